package fulfill_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// logins reads "login,email,role" lines below a header of line 1. Who the user is, is
// told as accounts does.
func logins(t testing.TB, lines ...string) []account {
	t.Helper()
	header, err := roster.NewHeader("users.csv", []string{"Login", "Email", "Role"})
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

// byLogin is a list whose accounts have the names of the column Login.
func byLogin(t testing.TB, lines ...string) *fulfill.List {
	t.Helper()
	return listOf(t, logins(t, lines...), &fulfill.ListOptions{Column: "login"})
}

// everybody is who has a role in tests of accounts: ada, bob and cy.
var everybody = []assign.Assignment{granted("ada", general), granted("bob", general), granted("cy", general)}

// listedBy returns a journal after a first look in which everybody had a role.
func listedBy(t testing.TB, list *fulfill.List) *fulfill.Journal {
	t.Helper()
	journal, first := begin(t), look(january, reads(nil, everybody...))
	first.List = list
	note(t, journal, first, nil)
	return journal
}

// accountsIn tells of each account "column/key people", and what became of it.
func accountsIn(state *fulfill.State) (all []string) {
	for _, a := range state.Accounts {
		text := a.Column + "/" + a.Key + " " + strings.Join(a.People, "+")
		if !a.Gone.IsZero() {
			text += " gone"
		}
		if a.Back {
			text += " back"
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

func TestALookKeepsWhoHeldWhatAndWhoseAccountThatWas(t *testing.T) {
	t.Parallel()
	rows := logins(t, "ADA1,ada@x,Ada L", "ada1 ,ada@x,Ada again", "ADA2,ada@x,Ada", "GHOST,nobody@x,Nobody", "DEE1,dee@x,Dee", ",eve@x,Eve")
	rows[0].id, rows[4].disabled = "ADA", true
	access := reads(map[string][]string{"STAFF": {"ada", "zoe", "ADA"}}, granted("ada", general), through("staff", general),
		through("staff", auditor), granted("fay", auditor))
	access.Packages = []fulfill.PackageAccess{{PrincipalID: "ADA", AppRoleID: general.ID, Package: "Finance"}}
	journal, first := begin(t), look(january, access)
	first.Users = enabled("fay", "zoe")
	first.List = listOf(t, rows, &fulfill.ListOptions{Column: "login", Keep: []string{"Role"}})
	note(t, journal, first, nil)
	state := journal.State()

	assert.Equal(t, []string{"Email/eve@x eve", "login/ADA1 ada", "login/ADA2 ada", "login/DEE1 dee", "login/GHOST "}, accountsIn(state),
		"one account for each name; an empty login leaves the key that is known; whose GHOST is, is not")
	for _, a := range state.Accounts {
		if a.Key == "ADA1" {
			assert.Equal(t, []assign.Source{{File: "users.csv", Line: 2, Key: "ada@x"}, {File: "users.csv", Line: 3, Key: "ada@x"}}, a.Rows)
			assert.Equal(t, map[string]string{"Role": "Ada L"}, a.Columns)
		}
	}
	assert.Equal(t, fulfill.UserIsDisabled, state.People["dee"].Status)
	held := func(id string) (all []string) {
		for _, h := range state.People[id].Held {
			text := state.Roles[h.AppRoleID].DisplayName
			for _, path := range h.Paths {
				text += fmt.Sprintf(" %s(%s%s)", path.Kind, path.Name, path.AssignmentID)
			}
			all = append(all, text)
		}
		return all
	}
	assert.Equal(t, []string{"General direct(ada-general) group(staffstaff-general) package(Finance)", "Auditor group(staffstaff-audit.read)"}, held("ada"))
	assert.Equal(t, []string{"Auditor direct(fay-audit.read)"}, held("fay"))
	assert.Equal(t, []string{"General group(staffstaff-general)", "Auditor group(staffstaff-audit.read)"}, held("zoe"))
	assert.Len(t, state.People, 5)
}

func TestAListThatWasNotReadToItsEndIsRefused(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,")
	for reason, l := range map[string]listed{ // whoever is missing would count as gone
		"the roster was not looked up to its end": {rows: rows, unfinished: true},
		"no row":                    {},
		"no row that could be read": {rows: []account{{row: rows[0].row, unread: 1}}},
	} {
		_, err := fulfill.NewList(l, nil)
		assert.ErrorIs(t, err, assign.ErrUnfinished, reason)
	}
	const doubt = "users.csv line 2: the last line has no line end"
	_, err := fulfill.NewList(listed{rows: rows, doubt: doubt}, nil)
	assert.ErrorContains(t, err, doubt, "whoever reads the list again gets the same refusal")
	_, err = fulfill.NewList(listed{rows: rows}, &fulfill.ListOptions{Column: "Account"})
	assert.EqualError(t, err, `users.csv has no column "Account" for the accounts' names; it has Email, Role`)
}

// NULL is nobody's account, so that no ticket says to close it.
func TestAPlaceholderNamesNoAccount(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"NULL", " n/a", "-", ""} {
		journal := listedBy(t, byLogin(t, name+",ada@x,"))
		assert.Equal(t, []string{"Email/ada@x ada"}, accountsIn(journal.State()), "%q", name)
	}
}

// Two people use one account. As long as one of them keeps the access, it is not closed.
func TestAnAccountOfTwoPeopleIsClosedOnlyIfBothLostAccess(t *testing.T) {
	t.Parallel()
	journal := listedBy(t, byLogin(t, "Team,ada@x,", "team ,bob@x,", "Cy,cy@x,"))
	note(t, journal, look(advent, reads(nil, granted("ada", general), granted("cy", general))), nil)
	one := journal.State().Revocations()
	require.Len(t, one.Accounts, 1)
	assert.Equal(t, fulfill.LookInto, one.Accounts[0].Action(), "ada would lose the account that she uses")
	assert.Equal(t, []string{"ada@x"}, one.Accounts[0].Others)
	assert.Contains(t, text(t, one.WriteText), "General: removed, and not by a review; the account is also")
	assert.Empty(t, due(t, journal), "no ticket says to close it")

	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, granted("cy", general))), nil)
	both := journal.State().Revocations()
	require.Len(t, both.Accounts, 1)
	assert.Equal(t, fulfill.CloseAccount, both.Accounts[0].Action(), "nobody is left")
	assert.Len(t, due(t, journal), 1, "one ticket for one account")
}

// Of several accounts of one person each keeps its own roles.
func TestOfSeveralAccountsEachLosesItsOwnRoles(t *testing.T) {
	t.Parallel()
	rows := logins(t, "ada,ada@x,General", "ada-audit,ada@x,Auditor", "bob,bob@x,General")
	journal, first := begin(t), look(january, reads(nil, granted("ada", general), granted("ada", auditor), granted("bob", general)))
	first.List = listOf(t, rows, &fulfill.ListOptions{Column: "Login", Roles: assign.RoleColumn("Role", testApp.Roles, nil)})
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil, granted("ada", general), granted("bob", general))), nil)
	assert.Equal(t, []string{"ada-audit closeAccount: Auditor removedOtherwise"}, lines(journal.State().Revocations()),
		"the account with which she does her work stays")
}

func TestTheNextListTellsWhichAccountsAreNewGoneAndBack(t *testing.T) {
	t.Parallel()
	const cy = "cy1,cy@x,"
	for _, test := range []struct {
		reason string
		lists  [][]string // the first is A1 of ada, B1 of bob, and cy1
		want   []string
	}{
		{"closed", [][]string{{"B1,bob@x,", cy}}, []string{"login/A1 ada gone", "login/B1 bob", "login/cy1 cy"}},
		{"new", [][]string{{"A1,ada@x,", "B1,bob@x,", cy, "D1,dee@x,"}}, []string{"login/A1 ada", "login/B1 bob", "login/D1 dee", "login/cy1 cy"}},
		{"other letters", [][]string{{" a1,ada@x,", "B1,bob@x,", cy}}, []string{"login/A1 ada", "login/B1 bob", "login/cy1 cy"}},
		{"closed and opened again", [][]string{{"B1,bob@x,", cy}, {"A1,ada@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada back", "login/B1 bob", "login/cy1 cy"}},
		{"the name was given to somebody else", [][]string{{"A1,dee@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada gone", "login/A1 dee", "login/B1 bob", "login/cy1 cy"}},
		{"the name was given to somebody else after a while", [][]string{{"B1,bob@x,", cy}, {"A1,dee@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada gone", "login/A1 dee", "login/B1 bob", "login/cy1 cy"}},
		{"nobody could tell whose it is", [][]string{{"A1,nobody@x,", "B1,bob@x,", cy}}, []string{"login/A1 ada", "login/B1 bob", "login/cy1 cy"}},
		{"a second person uses it", [][]string{{"A1,ada@x,", "A1,dee@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada+dee", "login/B1 bob", "login/cy1 cy"}},
		{"its name is missing: the row is hers all the same", [][]string{{"NULL,ada@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada", "login/B1 bob", "login/cy1 cy"}},
		{"its name was missing once", [][]string{{",ada@x,", "B1,bob@x,", cy}, {"A1,ada@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada", "login/B1 bob", "login/cy1 cy"}},
		{"another account of hers without a name", [][]string{{",ada@x,", "A1,ada@x,", "B1,bob@x,", cy}},
			[]string{"Email/ada@x ada", "login/A1 ada", "login/B1 bob", "login/cy1 cy"}},
		{"it has a name at last", [][]string{{",dee@x,", "A1,ada@x,", "B1,bob@x,", cy}, {"D1,dee@x,", "A1,ada@x,", "B1,bob@x,", cy}},
			[]string{"login/A1 ada", "login/B1 bob", "login/D1 dee", "login/cy1 cy"}},
	} {
		journal := listedBy(t, byLogin(t, "A1,ada@x,", "B1,bob@x,", cy))
		for day, rows := range test.lists {
			now := look(advent.AddDate(0, 0, day), reads(nil, everybody...))
			now.List = byLogin(t, rows...)
			note(t, journal, now, nil)
		}
		assert.Equal(t, test.want, accountsIn(journal.State()), test.reason)
	}
}

// A typo in the name of the column must not make other accounts of all.
func TestAnotherColumnForTheNamesIsNoOtherAccount(t *testing.T) {
	t.Parallel()
	rows := []string{"A1,ada@x,", "B1,bob@x,", "cy1,cy@x,"}
	journal := listedBy(t, listOf(t, logins(t, rows...), nil)) // by the key, which is the mail address
	now := look(advent, reads(nil, everybody...))
	now.List = byLogin(t, rows...)
	note(t, journal, now, nil)
	assert.Equal(t, []string{"login/A1 ada", "login/B1 bob", "login/cy1 cy"}, accountsIn(journal.State()))
	now.Time, now.List = advent.AddDate(0, 0, 1), listOf(t, logins(t, rows...), nil)
	note(t, journal, now, nil)
	assert.Len(t, journal.State().Accounts, 3)
}

func TestAListThatIsCutShortIsRefusedAndLinesThatWereNotReadCloseNothing(t *testing.T) {
	t.Parallel()
	journal := listedBy(t, byLogin(t, "A1,ada@x,", "B1,bob@x,", "cy1,cy@x,"))
	now := look(advent, reads(nil, everybody...))
	now.List = byLogin(t, "A1,ada@x,")
	_, err := journal.State().Compare(now, nil)
	require.ErrorIs(t, err, assign.ErrUnfinished)
	assert.ErrorContains(t, err, "only 1 of 3 accounts that keep their access are in users.csv")

	rows := logins(t, "A1,ada@x,", "B1,bob@x,")
	unread := rows[0]
	unread.unread = 1
	now.List = listOf(t, append(rows, unread), &fulfill.ListOptions{Column: "Login"})
	now.Access = reads(nil, append(slices.Clone(everybody), granted("eve", general))...)
	news := note(t, journal, now, nil)
	assert.Empty(t, news.Accounts, "the line that can't be read may be cy's")
	assert.Empty(t, news.Lacking, "or eve's")
	assert.Equal(t, 1, news.List.Unread)
}

// An account that is listed as inactive is closed, and no ticket asks for it again.
func TestAnAccountThatIsListedAsInactiveIsClosed(t *testing.T) {
	t.Parallel()
	journal := listedBy(t, byLogin(t, "A1,ada@x,", "B1,bob@x,", "cy1,cy@x,"))
	now := look(advent, reads(nil, everybody[1:]...))
	now.List = listOf(t, logins(t, "A1,ada@x,inactive", "B1,bob@x,", "cy1,cy@x,"),
		&fulfill.ListOptions{Column: "Login", Closed: func(row roster.Row) bool { return row.Get("Role") == "inactive" }})
	note(t, journal, now, nil)
	assert.Equal(t, []string{"login/A1 ada gone", "login/B1 bob", "login/cy1 cy"}, accountsIn(journal.State()))
	assert.Empty(t, due(t, journal))
	now.Time, now.List = advent.AddDate(0, 0, 1), byLogin(t, "A1,ada@x,", "B1,bob@x,", "cy1,cy@x,")
	note(t, journal, now, nil)
	list := journal.State().Revocations()
	require.Len(t, list.Back, 1, "it is there again, and she has no access")
	assert.Equal(t, "A1", list.Back[0].Key)
	assert.Len(t, due(t, journal), 1)
}
