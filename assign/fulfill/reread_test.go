package fulfill_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// The desk must hear that an account which it was asked to close is in use again, also if
// it is one that several people share and nothing else is asked for.
func TestATicketToCloseASharedAccountIsUntrueWhenOneHasAnotherRole(t *testing.T) {
	t.Parallel()
	for _, newcomer := range []bool{false, true} {
		a := newSmallApp(t)
		a.login["ADA1"] = []string{"ada", "eve"}
		delete(a.login, "EVE1")
		a.look()
		delete(a.has, "ada")
		delete(a.has, "eve")
		a.look()
		require.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
		if newcomer {
			a.has["zoe"], a.status["zoe"] = []string{"r-1"}, "enabled"
			a.login["ADA1"] = append(a.login["ADA1"], "zoe")
		} else {
			a.has["eve"] = []string{"r-2"}
		}
		a.look()
		assert.Empty(t, a.deliver())
		assert.Len(t, a.journal.State().Revocations().Untrue, 1, "newcomer: %v", newcomer)
		delete(a.has, "eve")
		delete(a.has, "zoe")
		a.look()
		assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver(), "newcomer: %v", newcomer)
	}
}

// A role's new name is no change for reviewers.
func TestARoleThatIsRenamedChangesNobodysAccess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal, access := open(t, path), reads(nil, granted("ada", general), granted("bob", auditor))
	note(t, journal, look(january, access), nil)
	require.NoError(t, journal.BeginCampaign("2026"))
	now, renamed := look(advent, access), general
	renamed.DisplayName = "Everyday use"
	now.Roles = []assign.AppRole{renamed, auditor}
	note(t, journal, now, nil)
	changes, err := fulfill.ChangesSince(path, 0)
	require.NoError(t, err)
	require.Len(t, changes, 2)
	for _, change := range changes {
		assert.Equal(t, fulfill.ChangeUnchanged, change.Kind, change.Person.Name)
	}
}

// What somebody gave by hand, after ours was taken away, is not from rollcall.
func TestTheHistoryTellsOursFromWhatWasGivenLater(t *testing.T) {
	t.Parallel()
	path, journal, store := ran(t)
	seen(t, journal, store, time.Now())
	require.Len(t, journal.State().Ours, 1)
	rest := reads(nil, granted("bob", general), granted("dee", general))
	note(t, journal, look(time.Now(), rest), nil)
	byHand := granted("ada", general)
	byHand.ID = "by-hand"
	note(t, journal, look(time.Now(), reads(nil, granted("bob", general), granted("dee", general), byHand)), nil)
	history, err := fulfill.ReadHistory(path)
	require.NoError(t, err)
	for _, p := range history.Periods {
		if p.PrincipalID == "ada" && p.To.IsZero() {
			assert.False(t, p.Ours, "%v", p)
		}
	}
}

// After a typo in the column two accounts of one person are still two.
func TestTwoAccountsOfOneMailAddressAreTwoOnceTheColumnIsRight(t *testing.T) {
	t.Parallel()
	rows := []string{"A1,ada@x,", "A2,ada@x,", "B1,bob@x,", "cy1,cy@x,"}
	wrong := listOf(t, logins(t, rows...), &fulfill.ListOptions{Column: "email"})
	journal := listedBy(t, wrong)
	now := look(advent, reads(nil, everybody...))
	now.List = byLogin(t, rows...)
	note(t, journal, now, nil)
	assert.Equal(t, []string{"login/A1 ada", "login/A2 ada", "login/B1 bob", "login/cy1 cy"}, accountsIn(journal.State()))
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, everybody[1:]...)), nil)
	assert.Len(t, lines(journal.State().Revocations()), 2)
}

// A column that names no accounts, and its correction, when somebody has come meanwhile.
func TestATypoInTheColumnIsCorrectedWhenSomebodyHasCome(t *testing.T) {
	t.Parallel()
	rows, dee := []string{"A1,ada@x,General", "B1,bob@x,General", "cy1,cy@x,General"}, []string{"D1,dee@x,General"}
	for _, corrected := range [][]string{slices.Concat(rows, dee), slices.Concat(dee, rows)} {
		journal := listedBy(t, byLogin(t, rows...))
		now := look(advent, reads(nil, everybody...))
		now.List = listOf(t, logins(t, rows...), &fulfill.ListOptions{Column: "role"})
		note(t, journal, now, nil)
		now = look(advent.AddDate(0, 0, 1), reads(nil, append(everybody, granted("dee", general))...))
		now.List = byLogin(t, corrected...)
		note(t, journal, now, nil)
		assert.Equal(t, []string{"login/A1 ada", "login/B1 bob", "login/D1 dee", "login/cy1 cy"}, accountsIn(journal.State()))
	}
}

// A row without a login must not rename a carried account to a mail address.
func TestAnEmptyAccountCellDoesNotRenameACarriedAccount(t *testing.T) {
	t.Parallel()
	snapshot, ledger := old(t)
	journal, desk := open(t, put(t, snapshot, ledger)), new(desk)
	now := sinceThen(advent, nil, granted("cy", general))
	now.List = byLogin(t, "ADA1,ada@x,", ",bob@x,", "CY1,cy@x,", "DEE1,dee@x,", "Team,dee@x,", "FAY1,fay@x,")
	note(t, journal, now, nil)
	assert.Contains(t, accountsIn(journal.State()), "/BOB1 bob")
	deliver(t, journal, desk)
	assert.Empty(t, desk.accounts(), "the ledger has both tickets")
}

// What was proven to be gone stays so, though the next list doesn't say which roles there are.
func TestARoleThatWasProvenGoneIsSoAfterAListWithoutRoles(t *testing.T) {
	t.Parallel()
	list := func(lines ...string) *fulfill.List {
		return listOf(t, accounts(t, lines...), &fulfill.ListOptions{Roles: assign.RoleColumn("Role",
			testApp.Roles, &assign.RoleColumnOptions{Separator: "+"})})
	}
	journal, stay := begin(t), []assign.Assignment{granted("ada", general), granted("bob", general)}
	first := look(january, reads(nil, append(stay, granted("ada", auditor))...))
	first.List = list("ada@x,General+Auditor", "bob@x,General")
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil, stay...)), nil)
	closure, err := journal.State().Prove(export(t, "ada@x,General,", "bob@x,General,"),
		&fulfill.ProofOptions{Roles: assign.RoleColumn("Role", testApp.Roles, nil)})
	require.NoError(t, err)
	require.Len(t, closure.Done, 1)
	require.NoError(t, journal.Proven(closure))
	for _, roles := range []string{"", "Boss"} {
		now := look(advent.AddDate(0, 0, 1), reads(nil, stay...))
		now.List = list("ada@x,"+roles, "bob@x,General")
		note(t, journal, now, nil)
		assert.Empty(t, lines(journal.State().Revocations()), "the role %q", roles)
	}
}

// A role that had no value, or whose value an older snapshot didn't keep, is recognised too.
func TestARoleThatIsMadeAnewWithAValueIsTheSameRole(t *testing.T) {
	t.Parallel()
	plain := general
	plain.Value = ""
	journal, first := begin(t), look(january, reads(nil, granted("ada", plain), granted("bob", auditor)))
	first.Roles = []assign.AppRole{plain, auditor}
	first.List = listOf(t, accounts(t, "ada@x,", "bob@x,"), nil)
	note(t, journal, first, nil)
	anew := general
	anew.ID = "99999999-9999-9999-9999-999999999999"
	now := look(advent, reads(nil, granted("ada", anew), granted("bob", auditor)))
	now.Roles = []assign.AppRole{anew, auditor}
	note(t, journal, now, nil)
	assert.Empty(t, lines(journal.State().Revocations()))
}

// Whoever is enabled again, and may have the role through a group whose members are hidden.
func TestWhoIsEnabledAgainMayHaveTheRoleUnseen(t *testing.T) {
	t.Parallel()
	none := map[string][]string{"staff": {}}
	staff := through("staff", general)
	journal := known(t, reads(map[string][]string{"staff": {"ada"}}, staff, granted("bob", auditor)), "ada@x,", "bob@x,")
	access := hiding(none, staff, granted("bob", auditor))
	note(t, journal, look(advent, access), nil)
	now := look(advent.AddDate(0, 0, 1), access)
	now.Users["ada"] = fulfill.UserIsDisabled
	note(t, journal, now, nil)
	require.Equal(t, "ada@x closeAccount: General userDisabled", strings.Join(lines(journal.State().Revocations()), ";"))
	note(t, journal, look(advent.AddDate(0, 0, 2), access), nil)
	for _, r := range journal.State().Revocations().Accounts {
		assert.Equal(t, fulfill.LookInto, r.Action(), line(r))
	}
}

// Rows without a login that may be either of two accounts are no third one.
func TestRowsWithoutANameThatMayBeSeveralAccountsAreNoFurtherOne(t *testing.T) {
	t.Parallel()
	rows := []string{"A1,ada@x,", "A2,ada@x,", "B1,bob@x,", "cy1,cy@x,"}
	journal, want := listedBy(t, byLogin(t, rows...)), []string{"login/A1 ada", "login/A2 ada", "login/B1 bob", "login/cy1 cy"}
	for day, list := range [][]string{{",ada@x,", "NULL,ada@x,", "B1,bob@x,", "cy1,cy@x,"}, rows} {
		now := look(advent.AddDate(0, 0, day), reads(nil, everybody...))
		now.List = byLogin(t, list...)
		note(t, journal, now, nil)
		assert.Equal(t, want, accountsIn(journal.State()))
	}
}
