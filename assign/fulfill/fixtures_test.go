package fulfill_test

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// The application that the tests of this package plan for, and its roles.
var (
	general = assign.AppRole{ID: "11111111-1111-1111-1111-111111111111", DisplayName: "General", Value: "general",
		AllowedMemberTypes: []string{"User"}, IsEnabled: true}
	auditor = assign.AppRole{ID: "22222222-2222-2222-2222-222222222222", DisplayName: "Auditor", Value: "audit.read",
		AllowedMemberTypes: []string{"User", "Application"}, IsEnabled: true}
	retired = assign.AppRole{ID: "33333333-3333-3333-3333-333333333333", DisplayName: "Retired", Value: "retired",
		AllowedMemberTypes: []string{"User"}}
	daemon = assign.AppRole{ID: "44444444-4444-4444-4444-444444444444", DisplayName: "Daemon", Value: "daemon",
		AllowedMemberTypes: []string{"Application"}, IsEnabled: true}

	testApp = assign.App{ResourceID: "aaaaaaaa-0000-0000-0000-000000000001", DisplayName: "CORPDB1",
		Roles: []assign.AppRole{general, auditor, retired, daemon}}
)

// An account is a row with its user, as match.Outcome is.
type account struct {
	row           roster.Row
	key, id, name string
	mayBe         []string
	disabled      bool
	unread        int // lines, of a row that could not be read
}

func (a account) Principal() (id, name string)  { return a.id, a.name }
func (a account) Account() (roster.Row, string) { return a.row, a.key }
func (a account) MayBe() []string               { return a.mayBe }
func (a account) Enabled() bool                 { return a.id != "" && !a.disabled }
func (a account) Unread() int                   { return a.unread }

// A listed is a roster as match.Report tells of it.
type listed struct {
	rows       []account
	unfinished bool
	doubt      string
}

func (l listed) All() iter.Seq[account]        { return slices.Values(l.rows) }
func (l listed) Unresolved() iter.Seq[account] { return slices.Values[[]account](nil) }
func (l listed) Complete() bool                { return !l.unfinished && l.doubt == "" }
func (l listed) Doubt() string                 { return l.doubt }

// accounts reads "email,role" lines below a header of line 1. A user's id is
// what precedes the @, unless that is "nobody", whom the directory doesn't know.
func accounts(t testing.TB, lines ...string) []account {
	t.Helper()
	header, err := roster.NewHeader("users.csv", []string{"Email", "Role"})
	require.NoError(t, err)
	var all []account
	for i, line := range lines {
		row := roster.NewRow(header, i+2, strings.Split(line, ","))
		a := account{row: row, key: row.Get("Email"), name: row.Get("Email")}
		if a.id, _, _ = strings.Cut(a.key, "@"); a.id == "nobody" || a.id == "" {
			a.id, a.name = "", ""
		}
		all = append(all, a)
	}
	return all
}

// granted is a user's direct assignment.
func granted(user string, role assign.AppRole) assign.Assignment {
	return assign.Assignment{ID: fmt.Sprintf("%s-%s", user, role.Value), PrincipalID: user, PrincipalType: "User",
		PrincipalDisplayName: "Display " + user, ResourceID: testApp.ResourceID, AppRoleID: role.ID}
}

// through is a group's assignment.
func through(group string, role assign.AppRole) assign.Assignment {
	a := granted(group, role)
	a.PrincipalType, a.PrincipalDisplayName = "Group", group
	return a
}

// reads is finished access of these assignments, with the members of each group.
func reads(members map[string][]string, assignments ...assign.Assignment) fulfill.Access {
	return fulfill.Access{Complete: true, ResourceID: testApp.ResourceID, Assignments: assignments, Members: members}
}

// The times of the first look, of the decisions of a review, and of the look after it.
var (
	january  = time.Date(2026, 1, 15, 9, 30, 0, 0, time.UTC)
	december = time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC)
	advent   = december.AddDate(0, 0, 1)
)

// enabled are users who can sign in.
func enabled(ids ...string) map[string]fulfill.UserStatus {
	users := make(map[string]fulfill.UserStatus)
	for _, id := range ids {
		users[id] = fulfill.UserIsEnabled
	}
	return users
}

// listOf is the list of these rows.
func listOf(t testing.TB, rows []account, opts *fulfill.ListOptions) *fulfill.List {
	t.Helper()
	list, err := fulfill.NewList(listed{rows: rows}, opts)
	require.NoError(t, err)
	return list
}

// look is one of the directory in which everybody who holds something can sign in.
func look(at time.Time, access fulfill.Access, reviews ...fulfill.Review) fulfill.Look {
	users := enabled("ada", "bob", "cy", "dee", "eve", "fay")
	for _, a := range access.Assignments {
		users[strings.ToLower(a.PrincipalID)] = fulfill.UserIsEnabled
	}
	for _, members := range access.Members {
		maps.Copy(users, enabled(members...))
	}
	return fulfill.Look{Time: at, Roles: testApp.Roles, Access: access, Users: users, Reviews: reviews}
}

// begin returns a new journal without a look.
func begin(t testing.TB) *fulfill.Journal {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "CORPDB1.journal"))
}

// open opens a journal, and closes it when the test ends.
func open(t testing.TB, path string) *fulfill.Journal {
	t.Helper()
	journal, err := fulfill.OpenJournal(path, testApp, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = journal.Close() })
	return journal
}

// note records a look.
func note(t testing.TB, journal *fulfill.Journal, look fulfill.Look, opts *fulfill.RevocationOptions) *fulfill.News {
	t.Helper()
	news, err := journal.State().Compare(look, opts)
	require.NoError(t, err)
	require.NoError(t, journal.Record(news))
	return news
}

// known returns a journal whose first look, in January, showed that access, and the
// accounts whose key is a mail address.
func known(t testing.TB, access fulfill.Access, lines ...string) *fulfill.Journal {
	t.Helper()
	journal, first := begin(t), look(january, access)
	first.List = listOf(t, accounts(t, lines...), nil)
	note(t, journal, first, nil)
	return journal
}

// deny is Grace's decision that a user loses all roles.
func deny(user string) fulfill.Decision {
	return fulfill.Decision{PrincipalID: user, Decision: "Deny", ReviewedBy: "Grace", Reviewed: december, Justification: "left the team"}
}

// review is one whose decisions were read and applied.
func review(decisions ...fulfill.Decision) fulfill.Review {
	return fulfill.Review{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: decisions}
}

// sample is a journal with one account of each action and one person without.
func sample(t testing.TB) *fulfill.Journal {
	t.Helper()
	in := map[string][]string{"staff": {"bob"}}
	staff := through("staff", general)
	rows := accounts(t, "ada@x,", "bob@x,", "cy@x,", "dee@x,")
	rows[0].key = `=HYPERLINK("http://evil")`
	journal, first := begin(t), look(january, reads(in, granted("ada", general), granted("bob", general), granted("cy", general),
		granted("cy", auditor), granted("fay", general), staff))
	first.List = listOf(t, rows, nil)
	note(t, journal, first, nil)
	now := look(advent, reads(in, staff, granted("cy", general)), review(deny("ada"), deny("bob")))
	now.Users["fay"] = fulfill.UserIsDeleted
	note(t, journal, now, nil)
	return journal
}

// line writes a revocation as "account action: role cause[ through …]…[ keeps …]".
func line(r fulfill.Revocation) string {
	var parts []string
	for _, loss := range r.Lost {
		part := loss.AppRole + " " + string(loss.Cause)
		if loss.By != "" {
			part += " by " + loss.By
		}
		for _, name := range loss.Through {
			part += " through " + name
		}
		for _, name := range loss.Packages {
			part += " package " + name
		}
		parts = append(parts, part)
	}
	text := fmt.Sprintf("%s %s: %s", r.Account.Key, r.Action(), strings.Join(parts, ", "))
	if len(r.Keeps) > 0 {
		text += "; keeps " + strings.Join(r.Keeps, ", ")
	}
	return text
}

func lines(list *fulfill.Revocations) []string {
	all := []string{}
	for _, r := range list.Accounts {
		all = append(all, line(r))
	}
	return all
}

// text is what a WriteText writes.
func text(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, write(&b))
	return b.String()
}
