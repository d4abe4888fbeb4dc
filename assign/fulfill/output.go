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
	out.Prose("Access to %s on %s: %s to look at", roster.Printable(r.Application), r.Looked.Format("2 January 2006"),
		text.Plural(len(r.Accounts), "account", "accounts"))
	for _, group := range r.Hidden {
		out.Prose("The members of the group %s are hidden: who has access through it can't be told, nor who lost it. "+
			"Read everything again with permission to see them.", roster.Printable(group.Name))
	}
	out.Line("")
	out.Count(counts[CloseAccount], "accounts to close in the application")
	out.Count(counts[RemoveRoles], "accounts that lose a role and keep another")
	out.Count(counts[LookInto], "accounts to look into: access has not gone, or may not have")
	out.Count(len(r.NoAccount), "people who lost access and whose account is not known")
	out.Count(len(r.ToOpen), "people who hold a role and have no account")
	out.Count(len(r.Back), "accounts that were closed and are there again")
	out.Count(len(r.Untrue), "tickets that were opened and are no longer true")
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
	out.Table("To withdraw", []string{"Ticket for", "Asks to"}, len(r.Untrue), func(i int) []string {
		return []string{r.Untrue[i].Name, string(r.Untrue[i].Action)}
	})
	writeRevocations(out, "People without a known account", r.NoAccount, Revocation.person)
	out.Table("To open", []string{"Person", "With"}, len(r.ToOpen), func(i int) []string {
		return []string{r.ToOpen[i].person(), strings.Join(r.ToOpen[i].Keeps, ", ")}
	})
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

// person names for people those who lost access, or who lack an account.
func (r Revocation) person() string {
	names := make([]string, len(r.People))
	for i, person := range r.People {
		names[i] = person.String()
	}
	return strings.Join(names, " and ")
}

// Sentence says for people what happened to the role, such as "General: denied
// by Grace on 2 March 2026".
func (l Loss) Sentence() string { return l.role() + ": " + l.why() }

// why says for people what happened to the role.
func (l Loss) why() string {
	text := ""
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
		if l.By != "" || !l.Decided.IsZero() {
			text += ", though denied" + l.denial()
		}
	case MaybeThroughGroup:
		text += "may be held through the group " + strings.Join(l.Through, " and the group ") + ", whose members are hidden"
		if l.By != "" || !l.Decided.IsZero() {
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
	if !l.Decided.IsZero() {
		text += " on " + l.Decided.Format("2 January 2006")
	}
	if l.Tied {
		text += " (at the same time as an approval, and a denial counts)"
	}
	return text
}

var revocationsKind = document.Kind{Name: "rollcall revocations", Version: 3}

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
// People without an account come last, and of them those who should have one. Nil opts protect against spreadsheet
// formulas; see [roster.WriterOptions].
func (r *Revocations) WriteCSV(w io.Writer, opts *roster.WriterOptions) error {
	header, err := roster.NewHeader("", revocationColumns)
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, opts)
	for _, list := range [][]Revocation{r.Accounts, r.NoAccount, r.ToOpen} {
		for _, revocation := range list {
			lost := revocation.Lost
			if revocation.Action() == OpenAccount {
				lost = []Loss{{PrincipalID: revocation.People[0].ID, PrincipalName: revocation.People[0].Name,
					AppRole: strings.Join(revocation.Keeps, "; ")}}
			}
			for _, loss := range lost {
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
	at, user := "", ""
	if !loss.Decided.IsZero() {
		at = loss.Decided.Format(time.RFC3339)
	}
	for _, person := range r.People {
		if person.ID == loss.PrincipalID {
			user = string(person.Status)
		}
	}
	list := func(items []string) string { return strings.Join(items, "; ") }
	return []string{r.Account.Key, string(r.Action()), loss.role(), string(loss.Cause),
		loss.By, at, loss.Review, loss.Justification,
		cmp.Or(loss.PrincipalName, loss.PrincipalID), user, list(r.Keeps), list(loss.Through), list(loss.Packages),
		loss.PrincipalID, list(files), list(rows)}
}

// role names the role for people.
func (l Loss) role() string { return cmp.Or(l.AppRole, l.AppRoleID, "access") }
