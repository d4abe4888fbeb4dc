package fulfill_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// old is a snapshot of the version before there were journals, made with Login as the
// column of the names. Its ledger has open tickets for ada's role Auditor and for bob,
// who was in the group staff, and a ticket that waits for cy. Bob shares the account Team
// with dee.
func old(t testing.TB) (snapshot, ledger string) {
	t.Helper()
	first, err := os.ReadFile("testdata/snapshot.v1.json")
	require.NoError(t, err)
	second, err := os.ReadFile("testdata/snapshot.v1.json.tickets")
	require.NoError(t, err)
	return string(first), string(second)
}

// put writes a snapshot, and a ledger if it is not empty.
func put(t testing.TB, snapshot, ledger string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "corpdb1.json")
	require.NoError(t, os.WriteFile(path, []byte(snapshot), 0o600))
	if ledger != "" {
		require.NoError(t, os.WriteFile(path+".tickets", []byte(ledger), 0o600))
	}
	return path
}

// sinceThen is what is left of the access in the snapshot.
func sinceThen(at time.Time, members []string, further ...assign.Assignment) fulfill.Look {
	return look(at, reads(map[string][]string{"staff": members}, append(further, granted("ada", general), through("staff", general),
		granted("dee", general), granted("fay", auditor))...))
}

func TestASnapshotOfAnOlderVersionIsCarriedOverOnce(t *testing.T) {
	t.Parallel()
	snapshot, ledger := old(t)
	path := put(t, snapshot, ledger)
	before, note0, err := fulfill.ReadJournal(path)
	require.NoError(t, err, "who only reads, may read it as it is")
	assert.Empty(t, note0)
	assert.NoFileExists(t, path+".old")

	journal := open(t, path)
	assert.Equal(t, before, journal.State())
	assert.Equal(t, january, journal.State().Begun)
	assert.Equal(t, []string{"/ADA1 ada", "/BOB1 bob", "/CY1 cy", "/DEE1 dee", "/Team bob+dee"}, accountsIn(journal.State()))
	kept, err := os.ReadFile(path + ".old")
	require.NoError(t, err)
	assert.Equal(t, snapshot, string(kept), "the evidence is kept")

	note(t, journal, sinceThen(advent, nil), nil)
	assert.Equal(t, []string{"ADA1 removeRoles: Auditor removedOtherwise; keeps General", "BOB1 closeAccount: General removedOtherwise",
		"CY1 closeAccount: General removedOtherwise", "Team lookInto: General removedOtherwise; keeps General"},
		lines(journal.State().Revocations()))
	desk := new(desk)
	deliver(t, journal, desk)
	assert.Equal(t, []string{"closeAccount CY1"}, desk.accounts(), "the others have a ticket in the ledger")
	require.NoError(t, journal.Close())

	journal = open(t, path)
	assert.Len(t, journal.State().Accounts, 5, "the second time it is a journal")
	again, err := os.ReadFile(path + ".old")
	require.NoError(t, err)
	assert.Equal(t, kept, again)
}

// The ledger knew tickets by what was lost. What is given back and lost again is lost twice.
func TestALossAfterTheOneInTheLedgerHasItsOwnTicket(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		first  fulfill.Look
	}{
		{"the first look shows the loss, and a later one that it has ended", sinceThen(advent, nil)},
		{"it had ended before the first look", sinceThen(advent, []string{"bob"}, granted("ada", auditor))},
	} {
		journal, desk := open(t, put(t, func() string { s, _ := old(t); return s }(), func() string { _, l := old(t); return l }())), new(desk)
		note(t, journal, test.first, nil)
		note(t, journal, sinceThen(advent.AddDate(0, 0, 1), []string{"bob"}, granted("ada", auditor), granted("cy", general)), nil)
		deliver(t, journal, desk)
		require.Empty(t, desk.opened, test.reason)
		note(t, journal, sinceThen(advent.AddDate(0, 0, 2), nil, granted("cy", general)), nil)
		deliver(t, journal, desk)
		assert.Equal(t, []string{"closeAccount BOB1", "removeRoles ADA1"}, desk.accounts(), test.reason)
	}
}

func TestATicketThatACutOffDeliveryOpenedIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	snapshot, ledger := old(t)
	path := put(t, snapshot, ledger)
	require.NoError(t, os.WriteFile(path+".tickets.opened", []byte("b6b752c88426275045fc8b15ae261dc8\n"), 0o600))
	journal := open(t, path)
	note(t, journal, sinceThen(advent, nil), nil)
	assert.Empty(t, due(t, journal), "cy's ticket was open when the program was killed")
}

// The snapshot knew no columns: the next list, or whoever proves, tells them.
func TestTheColumnOfCarriedAccountsIsLearned(t *testing.T) {
	t.Parallel()
	const rows = "ADA1,ada@x,\nBOB1,bob@x,\nCY1,cy@x,\nDEE1,dee@x,\nTeam,bob@x,\nTeam,dee@x,"
	snapshot, _ := old(t)
	journal := open(t, put(t, snapshot, ""))
	now := sinceThen(advent, []string{"bob"}, granted("cy", general), granted("ada", auditor))
	now.List = byLogin(t, strings.Split(rows, "\n")...)
	note(t, journal, now, nil)
	assert.Equal(t, []string{"login/ADA1 ada", "login/BOB1 bob", "login/CY1 cy", "login/DEE1 dee", "login/Team bob+dee"},
		accountsIn(journal.State()), "no account is new")

	journal = open(t, put(t, snapshot, ""))
	note(t, journal, sinceThen(advent, []string{"bob"}, granted("ada", auditor)), nil)
	without := "Login,Email\nADA1,ada@x\nBOB1,bob@x\nDEE1,dee@x\nTeam,bob@x\n"
	closure, err := journal.State().Prove(exported(t, without), &fulfill.ProofOptions{Column: "Login"})
	require.NoError(t, err)
	require.Len(t, closure.Done, 1)
	assert.Equal(t, "CY1", closure.Done[0].Account.Key)
	_, err = journal.State().Prove(exported(t, without), nil)
	require.ErrorIs(t, err, assign.ErrUnfinished, "without a column nothing shows which accounts are there")
}

func TestThatARoleWasGivenDirectlyIsCarriedOver(t *testing.T) {
	t.Parallel()
	snapshot, _ := old(t)
	journal := open(t, put(t, snapshot, ""))
	note(t, journal, sinceThen(advent, []string{"bob", "cy"}, granted("ada", auditor)), nil)
	assert.Equal(t, []string{"CY1 lookInto: General stillThroughGroup through staff; keeps General"}, lines(journal.State().Revocations()))
}

func TestWhoWasDisabledInASnapshotHasAccess(t *testing.T) {
	t.Parallel()
	snapshot, _ := old(t)
	snapshot = strings.Replace(snapshot, `"principalName": "dee@x",`, `"principalName": "dee@x", "disabled": true,`, 1)
	journal := open(t, put(t, snapshot, ""))
	require.Equal(t, fulfill.UserIsDisabled, journal.State().People["dee"].Status)
	now := sinceThen(advent, []string{"bob"}, granted("cy", general), granted("ada", auditor))
	now.Users["dee"] = fulfill.UserIsDisabled
	note(t, journal, now, nil)
	assert.Empty(t, journal.State().Revocations().Accounts)
}

func TestAFileThatIsNoSnapshotOfThisApplicationIsRefusedAndLeft(t *testing.T) {
	t.Parallel()
	good, ledger := old(t)
	empty, err := assign.NewPlan(testApp, nil, nil, nil)
	require.NoError(t, err)
	var plan strings.Builder
	require.NoError(t, empty.Encode(&plan))
	for _, test := range []struct {
		reason, file, ledger string
		err                  error
		text                 string
	}{
		{"cut short", good[:len(good)-100], "", assign.ErrMalformed, "it ends in the middle"},
		{"older", strings.Replace(good, `"version": 1`, `"version": 0`, 1), "", assign.ErrMalformed, "make it anew"},
		{"newer", strings.Replace(good, `"version": 1`, `"version": 7`, 1), "", assign.ErrMalformed, "it has version 7 and this program knows version 1"},
		{"a plan", plan.String(), "", assign.ErrMalformed, `says that it is "rollcall plan"`},
		{"a list of accounts", "Email,Role\n", "", assign.ErrMalformed, "it is no journal, and no snapshot of an older version"},
		{"a field that it doesn't know", strings.Replace(good, `"taken"`, `"note": "", "taken"`, 1), "", assign.ErrMalformed, "unknown field"},
		{"another application's", strings.Replace(good, testApp.ResourceID, "bbbb", 1), "", assign.ErrOtherApplication, "it was made for CORPDB1 (service principal bbbb)"},
		{"a ledger that is cut short, and has forgotten tickets", good, ledger[:len(ledger)-20], assign.ErrTruncated, ".tickets: "},
		{"a ledger that is empty", good, " ", assign.ErrTruncated, ".tickets: "},
		{"a newer program's ledger", good, strings.Replace(ledger, `"version": 1`, `"version": 2`, 1), assign.ErrVersion, ".tickets: "},
		{"another application's ledger", good, strings.Replace(ledger, testApp.ResourceID, "bbbb", 1), assign.ErrOtherApplication, ".tickets: "},
	} {
		path := put(t, test.file, test.ledger)
		_, err := fulfill.OpenJournal(path, testApp, nil)
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, path, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, test.file, string(after), "%s: the file is left for somebody to look at", test.reason)
		assert.NoFileExists(t, path+".old", test.reason)
	}
	path := put(t, good, "")
	require.NoError(t, os.WriteFile(path+".old", []byte("kept"), 0o600))
	_, err = fulfill.OpenJournal(path, testApp, nil)
	require.ErrorContains(t, err, "which is there already; move that away")
	kept, err := os.ReadFile(path + ".old")
	require.NoError(t, err)
	assert.Equal(t, "kept", string(kept))

	require.NoError(t, os.WriteFile(path+".old", []byte(good), 0o600)) // as a run leaves it that was cut off
	assert.Len(t, open(t, path).State().Accounts, 5)
}

// Whatever is in a file, it is refused in words or can be worked with.
func FuzzCarryOver(f *testing.F) {
	good, _ := old(f)
	journal := left(f)
	require.NoError(f, journal.Compact())
	f.Add(good)
	f.Add(good[:100])
	f.Add(`{"kind": "rollcall snapshot", "version": 1, "resourceId": "x", "people": [{"held": [{}]}]}`)
	f.Add(`{"n":1}`)
	f.Fuzz(func(t *testing.T, file string) {
		path := put(t, file, "")
		state, _, err := fulfill.ReadJournal(path)
		if err != nil {
			refused := errors.Is(err, assign.ErrTruncated) || errors.Is(err, assign.ErrVersion) || errors.Is(err, assign.ErrMalformed)
			require.True(t, refused, "%v", err)
			return
		}
		now := look(advent, fulfill.Access{Complete: true, ResourceID: state.ResourceID})
		for id := range state.People {
			now.Users[id] = fulfill.UserIsEnabled
		}
		_, err = state.Compare(now, &fulfill.RevocationOptions{Override: "a test"})
		require.NoError(t, err, "what was accepted can be worked with")
	})
}
