package fulfill

import (
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/assign/internal/text"
)

// WriteText writes the list for people: the accounts to close first, then those
// that lose a role, then what needs somebody to look into. Lists end after 20
// rows with the number of the others; WriteCSV writes all.
func (r *Revocations) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	counts := make(map[AccountAction]int)
	for _, revocation := range r.Accounts {
		counts[revocation.Action()]++
	}
	out.Prose("Access to %s lost since %s: %s", text.Printable(r.Application), r.Since.Format("2 January 2006"), text.Plural(len(r.Accounts), "account", "accounts"))
	out.Line("")
	out.Count(counts[CloseAccount], "accounts to close in the application")
	out.Count(counts[RemoveRoles], "accounts that lose a role and keep another")
	out.Count(counts[LookInto], "accounts to look into: access was to go and has not gone")
	out.Count(len(r.NoAccount), "people without an account that the snapshot knows")
	out.Count(r.Kept, "roles held as before")
	out.Count(r.Waiting, "of them denied in a review that is not applied yet")
	for _, part := range []struct {
		title  string
		action AccountAction
	}{{"To close", CloseAccount}, {"To take a role from", RemoveRoles}, {"To look into", LookInto}} {
		var list []Revocation
		for _, revocation := range r.Accounts {
			if revocation.Action() == part.action {
				list = append(list, revocation)
			}
		}
		writeRevocations(out, part.title, list, func(r Revocation) string { return r.Account.Key })
	}
	writeRevocations(out, "People without a known account", r.NoAccount, func(r Revocation) string { return r.person() })
	return out.Err
}

func writeRevocations(out *text.Printer, title string, list []Revocation, name func(Revocation) string) {
	var rows [][]string
	for _, revocation := range list[:min(len(list), text.Rows)] {
		var why []string
		for _, loss := range revocation.Lost {
			why = append(why, loss.Sentence())
		}
		rows = append(rows, []string{name(revocation), revocation.person(), strings.Join(why, "; ")})
	}
	out.Table(title, []string{"Account", "Person", "Because"}, rows, len(list))
}

// person names the account's person for people.
func (r Revocation) person() string {
	if r.PrincipalName == "" {
		return r.PrincipalID
	}
	return r.PrincipalName
}

// Sentence says for people what happened to the role.
func (l Loss) Sentence() string {
	text := l.role() + ": "
	switch l.Cause {
	case Denied:
		text += "denied" + l.denial()
	case RemovedOtherwise:
		text += "removed, and not by a review"
	case UserDeleted:
		text += "the user was deleted"
	case UserDisabled:
		text += "the user was disabled"
	case StillThroughGroup:
		text += "still held through the group " + strings.Join(l.Through, " and the group ")
		if l.By != "" || l.At != nil {
			text += ", though denied" + l.denial()
		}
	case DeniedNotApplied:
		text += "denied" + l.denial() + ", and still held"
	default:
		text += string(l.Cause)
	}
	if len(l.Packages) > 0 {
		text += " (the access package " + strings.Join(l.Packages, " and the access package ") + " delivers it)"
	}
	return text
}

func (l Loss) denial() string {
	text := ""
	if l.By != "" {
		text = " by " + l.By
	}
	if l.At != nil {
		text += " on " + l.At.Format("2 January 2006")
	}
	return text
}
