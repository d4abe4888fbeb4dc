package fulfill_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// stored is the path of a closed journal: in January ada and bob had a role; in December
// ada lost it.
func stored(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal := open(t, path)
	first := look(january, reads(nil, granted("ada", general), granted("bob", general)))
	first.List = listOf(t, accounts(t, "ada@x,", "bob@x,"), nil)
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil, granted("bob", general))), nil)
	require.NoError(t, journal.Close())
	return path
}

func TestAJournalSaysTheSameWhenItIsOpenedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal := open(t, path)
	first := look(january, reads(nil, granted("ada", general), granted("bob", general)))
	first.List = listOf(t, accounts(t, "ada@x,", "bob@x,"), nil)
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil, granted("bob", general)), review(deny("ada"))), nil)
	deliver(t, journal, new(desk))
	want := journal.State().Revocations()
	require.NoError(t, journal.Close())

	state, odd, err := fulfill.ReadJournal(path)
	require.NoError(t, err)
	assert.Empty(t, odd)
	assert.Equal(t, want, state.Revocations())
	again := open(t, path)
	assert.Empty(t, again.Note())
	assert.Equal(t, want, again.State().Revocations())
	assert.Equal(t, journal.State().Tickets, again.State().Tickets)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "who was denied what is nobody else's business")
}

func TestALookWithoutNewsIsRecordedAndSmall(t *testing.T) {
	t.Parallel()
	path := stored(t)
	before, err := os.Stat(path)
	require.NoError(t, err)
	journal := open(t, path)
	at := advent.AddDate(0, 0, 1)
	note(t, journal, look(at, reads(nil, granted("bob", general))), nil)
	assert.Equal(t, at, journal.State().Looked, "that somebody looked is news")
	require.NoError(t, journal.Close())
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.Less(t, after.Size()-before.Size(), int64(1000))
}

func TestAJournalOfAnotherApplicationOrTenantIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	journal, err := fulfill.OpenJournal(path, testApp, &fulfill.JournalOptions{Tenant: "T1"})
	require.NoError(t, err)
	require.NoError(t, journal.Close())
	other := testApp
	other.ResourceID = "bbbb"
	_, err = fulfill.OpenJournal(path, other, nil)
	require.ErrorIs(t, err, assign.ErrOtherApplication)
	_, err = fulfill.OpenJournal(path, testApp, &fulfill.JournalOptions{Tenant: "t2"})
	require.ErrorIs(t, err, assign.ErrOtherApplication)
	journal, err = fulfill.OpenJournal(path, testApp, &fulfill.JournalOptions{Tenant: "t1"})
	require.NoError(t, err, "ids have no letter case")
	require.NoError(t, journal.Close())
	require.ErrorIs(t, journal.BeginCampaign("2026"), os.ErrClosed, "what is closed is written no more")
}

func TestAJournalReplacesNothingThatALinkPointsTo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	target := filepath.Join(folder, "evidence.json")
	require.NoError(t, os.WriteFile(target, []byte("kept"), 0o600))
	path := filepath.Join(folder, "journal")
	require.NoError(t, os.Symlink(target, path))
	_, err := fulfill.OpenJournal(path, testApp, nil)
	require.ErrorContains(t, err, "is not a plain file")
	kept, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "kept", string(kept))
	_, err = fulfill.OpenJournal(filepath.Join(folder, "no", "such", "folder", "journal"), testApp, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, _, err = fulfill.ReadJournal(filepath.Join(folder, "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestCompactingKeepsWhatIsKnownAndTheChain(t *testing.T) {
	t.Parallel()
	path := stored(t)
	copied, err := os.ReadFile(path)
	require.NoError(t, err)
	journal := open(t, path)
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, granted("bob", general))), nil)
	tickets := due(t, journal)
	require.NoError(t, journal.Compact())
	assert.Equal(t, tickets, due(t, journal), "a ticket keeps its key")
	deliver(t, journal, new(desk))
	require.NoError(t, journal.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, 4, bytes.Count(text, []byte("\n")), "the state, a ticket asked and opened, and the end")
	journal = open(t, path)
	assert.Empty(t, journal.Note())
	assert.Empty(t, due(t, journal))
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise"}, lines(journal.State().Revocations()))

	swapped := filepath.Join(t.TempDir(), "journal")
	_, rest, _ := strings.Cut(string(text), "\n")
	require.NoError(t, os.WriteFile(swapped, append(copied, rest...), 0o600))
	_, err = fulfill.OpenJournal(swapped, testApp, nil)
	require.ErrorIs(t, err, assign.ErrMalformed, "what follows the compacted journal doesn't follow a copy")
}

func TestAPersonWhoIsForgottenIsNoLongerInTheFile(t *testing.T) {
	t.Parallel()
	path := stored(t)
	journal := open(t, path)
	require.ErrorContains(t, journal.Forget("bob"), "still holds a role of CORPDB1")
	require.ErrorContains(t, journal.Forget("ada"), "has the account ada@x, and the next look would record both")
	require.ErrorContains(t, journal.Forget("zoe"), "knows no person with the object id zoe")

	applied := deny("ada") // what reviews said of her is not kept either
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, granted("bob", general)), review(applied)), nil)
	deliver(t, journal, new(desk))
	closure, err := journal.State().Prove(export(t, "bob@x,,"), nil)
	require.NoError(t, err)
	require.NoError(t, journal.Proven(closure))
	require.NoError(t, journal.Forget("ADA"))
	require.NoError(t, journal.Close())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, trace := range []string{`"ada"`, "ada@x", "ada-", "Grace", "left the team"} {
		assert.NotContains(t, string(text), trace)
	}
	assert.Contains(t, string(text), "bob@x")
	state, odd, err := fulfill.ReadJournal(path)
	require.NoError(t, err)
	assert.Empty(t, odd)
	assert.Len(t, state.People, 1)
	assert.Len(t, state.Accounts, 1)
	assert.Empty(t, state.Tickets)
	for entry, err := range fulfill.Entries(path) {
		require.NoError(t, err)
		if entry.Kind == fulfill.EntryState {
			assert.Equal(t, 1, entry.Forgotten, "that somebody was forgotten is said")
		}
	}
}

// Whatever the case of ids, and whoever shared her account.
func TestForgettingFindsWhatRollcallWroteAndRowsOfSharedAccounts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	journal := open(t, path)
	first := look(january, reads(nil, everybody...))
	first.List = listOf(t, logins(t, "Team,ada@x,Ada L", "Team,bob@x,", "cy1,cy@x,", "eve1,eve@x,"),
		&fulfill.ListOptions{Column: "Login", Keep: []string{"Role"}})
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil, everybody[2:]...)), nil)
	closure, err := journal.State().Prove(exported(t, "Login\ncy1\neve1\n"), nil)
	require.NoError(t, err)
	require.NoError(t, journal.Proven(closure))
	add := assign.Change{Action: assign.Add, PrincipalID: "ADA", PrincipalName: "ada@x", AppRoleID: auditor.ID}
	require.NoError(t, journal.Applied(&assign.Report{Results: []assign.Result{{Change: add, State: assign.Done}}}, advent))

	require.NoError(t, journal.Forget("ada"))
	require.NoError(t, journal.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, trace := range []string{`"ada"`, "ada@x", "ada l"} {
		assert.NotContains(t, strings.ToLower(string(text)), trace)
	}
	assert.Contains(t, string(text), `"people":["bob"]`, "the account was his too")
}

// A person who shared an account leaves it to the others.
func TestAForgottenPersonsSharedAccountStaysTheOthers(t *testing.T) {
	t.Parallel()
	journal := listedBy(t, byLogin(t, "Team,ada@x,", "Team,bob@x,", "cy1,cy@x,"))
	now := look(advent, reads(nil, everybody[1:]...))
	now.List = byLogin(t, "Team,bob@x,", "cy1,cy@x,")
	note(t, journal, now, nil)
	require.NoError(t, journal.Forget("ada"))
	assert.Equal(t, []string{"login/Team bob", "login/cy1 cy"}, accountsIn(journal.State()))
	assert.Empty(t, journal.State().Revocations().NoAccount)
}

func TestEntriesTellOfEachLine(t *testing.T) {
	t.Parallel()
	var kinds []fulfill.EntryKind
	path := stored(t)
	for entry, err := range fulfill.Entries(path) {
		require.NoError(t, err)
		kinds = append(kinds, entry.Kind)
	}
	assert.Equal(t, []fulfill.EntryKind{fulfill.EntryBegun, fulfill.EntryLook, fulfill.EntryLook, fulfill.EntryEnd}, kinds)
	for range fulfill.Entries(path) {
		break
	}
	for _, err := range fulfill.Entries(path + "none") {
		require.ErrorIs(t, err, os.ErrNotExist)
	}
}
