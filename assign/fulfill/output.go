package fulfill

import (
	"cmp"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// WriteText writes the list for people: the accounts to close first, then those
// that lose a role, then those that somebody must look into. A list ends after 20
// rows with the number of the others; WriteCSV writes all of them.
func (r *Revocations) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	counts := make(map[AccountAction]int)
	for _, revocation := range r.Accounts {
		counts[revocation.Action()]++
	}
	out.Prose("Access to %s lost since %s: %s", roster.Printable(r.Application), r.Since.Format("2 January 2006"),
		text.Plural(len(r.Accounts), "account", "accounts"))
	for _, group := range r.Hidden {
		out.Prose("The members of the group %s are hidden: who has access through it can't be told, nor who lost it. "+
			"Read everything again with permission to see them.", roster.Printable(group.Name))
	}
	out.Line("")
	out.Count(counts[CloseAccount], "accounts to close in the application")
	out.Count(counts[RemoveRoles], "accounts that lose a role and keep another")
	out.Count(counts[LookInto], "accounts to look into: access has not gone, or may not have")
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
	writeRevocations(out, "People without a known account", r.NoAccount, Revocation.person)
	return out.Err
}

func writeRevocations(out *text.Printer, title string, list []Revocation, name func(Revocation) string) {
	out.Table(title, []string{"Account", "Person", "Because"}, len(list), func(i int) []string {
		return []string{name(list[i]), list[i].person(), list[i].because()}
	})
}

// sentences says for people what happened to the roles.
func sentences(lost []Loss) string {
	var all []string
	for _, loss := range lost {
		all = append(all, loss.Sentence())
	}
	return strings.Join(all, "; ")
}

// because says for people what happened, and to whom else the account belongs.
func (r Revocation) because() string {
	if len(r.Others) == 0 {
		return sentences(r.Lost)
	}
	return sentences(r.Lost) + "; the account is also " + strings.Join(r.Others, "'s and ") + "'s"
}

// person names the account's person for people.
func (r Revocation) person() string { return cmp.Or(r.PrincipalName, r.PrincipalID) }

// Sentence says for people what happened to the role, such as "General: denied
// by Grace on 2 March 2026".
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
	case MaybeThroughGroup:
		text += "may be held through the group " + strings.Join(l.Through, " and the group ") + ", whose members are hidden"
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

var revocationsKind = document.Kind{Name: "rollcall revocations", Version: 2}

type revocationsDocument struct {
	document.Stamp
	*Revocations
}

// Encode writes the list as JSON with a version.
func (r *Revocations) Encode(w io.Writer) error {
	return revocationsKind.Encode(w, revocationsDocument{revocationsKind.Stamp(), r})
}

// revocationColumns are the columns of a CSV list, in the order in which whoever
// closes accounts reads them.
var revocationColumns = []string{"account", "action", "role", "cause",
	"denied by", "denied at", "review", "justification",
	"person", "user", "still has", "through groups", "packages", "principal id", "file", "row"}

// WriteCSV writes the list as CSV, one line for each account and role. Accounts
// that somebody must look into are in it too; the column action tells them apart.
// People without an account come last. Nil opts protect against spreadsheet
// formulas; see [roster.WriterOptions].
func (r *Revocations) WriteCSV(w io.Writer, opts *roster.WriterOptions) error {
	header, err := roster.NewHeader("", revocationColumns)
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, opts)
	for _, list := range [][]Revocation{r.Accounts, r.NoAccount} {
		for _, revocation := range list {
			for _, loss := range revocation.Lost {
				if err := out.Write(roster.NewRow(header, 0, revocation.record(loss))); err != nil {
					return err
				}
			}
		}
	}
	return out.Flush()
}

// record returns the values of one loss in the order of revocationColumns.
func (r Revocation) record(loss Loss) []string {
	var files, rows []string
	for _, source := range r.Account.Rows {
		rows = append(rows, strconv.Itoa(source.Line))
		if len(files) == 0 || files[len(files)-1] != source.File {
			files = append(files, source.File)
		}
	}
	at := ""
	if loss.At != nil {
		at = loss.At.Format(time.RFC3339)
	}
	list := func(items []string) string { return strings.Join(items, "; ") }
	return []string{r.Account.Key, string(r.Action()), loss.role(), string(loss.Cause),
		loss.By, at, loss.Review, loss.Justification,
		r.PrincipalName, string(r.User), list(r.Keeps), list(loss.Through), list(loss.Packages),
		r.PrincipalID, list(files), list(rows)}
}

// role names the role for people.
func (l Loss) role() string { return cmp.Or(l.AppRole, l.AppRoleID) }
