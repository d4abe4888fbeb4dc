package fulfill_test

import (
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// export reads "email,role,status" lines as a new export of the application.
func export(t testing.TB, lines ...string) iter.Seq2[roster.Row, error] {
	t.Helper()
	return exported(t, "Email,Role,Status\n"+strings.Join(lines, "\n")+"\n")
}

func exported(t testing.TB, text string) iter.Seq2[roster.Row, error] {
	t.Helper()
	reader, err := roster.NewReader(strings.NewReader(text), &roster.Options{Name: "new.csv"})
	require.NoError(t, err)
	return reader.Rows()
}

// left is a journal of four people of whom ada lost all and bob one of two roles.
func left(t testing.TB) *fulfill.Journal {
	t.Helper()
	journal := known(t, reads(nil, granted("ada", general), granted("bob", general), granted("bob", auditor), granted("cy", general),
		granted("dee", general)), "ada@x,", "bob@x,", "cy@x,", "dee@x,")
	note(t, journal, look(advent, reads(nil, granted("bob", general), granted("cy", general), granted("dee", general))), nil)
	require.Equal(t, []string{"ada@x closeAccount: General removedOtherwise", "bob@x removeRoles: Auditor removedOtherwise; keeps General"},
		lines(journal.State().Revocations()))
	return journal
}

func TestANewExportProvesThatAccountsAreClosedOrSaysWhichAreNot(t *testing.T) {
	t.Parallel()
	state := left(t).State()
	byRole := &fulfill.ProofOptions{Roles: assign.RoleColumn("Role", testApp.Roles, nil)}
	byStatus := &fulfill.ProofOptions{Closed: func(row roster.Row) bool { return row.Get("Status") == "inactive" }}
	for _, test := range []struct {
		reason               string
		rows                 []string
		opts                 *fulfill.ProofOptions
		done, open, unproven string
	}{
		{reason: "all is done", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x bob@x"},
		{reason: "ada is still there, in whatever letters", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", " ADA@X ,,"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "bob still audits", rows: []string{"bob@x,General,", "bob@x,Auditor,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x", open: "bob@x row 3 of new.csv (bob@x)"},
		{reason: "an account that must keep a role was closed: that took the other away as well", rows: []string{"cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x bob@x"},
		{reason: "a role that nobody understands proves nothing", rows: []string{"bob@x,Boss,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x", unproven: "bob@x"},
		{reason: "ada's name for the account is gone, and her row is there", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", ",General,ada@x"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "NULL is no name for an account", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", "NULL,General,ada@x"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "a spreadsheet's ' and what nobody sees are no part of a name", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", "'ada@x\u200b,,"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "without a rule roles prove nothing", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,"}, done: "ada@x", unproven: "bob@x"},
		{reason: "listed, and inactive", rows: []string{"ada@x,,inactive", "bob@x,,inactive", "cy@x,General,", "dee@x,General,"}, opts: byStatus, done: "ada@x bob@x"},
		{reason: "one of two rows is inactive", rows: []string{"ada@x,,inactive", "ada@x,,", "cy@x,General,", "dee@x,General,"}, opts: byStatus, done: "bob@x", open: "ada@x row 3 of new.csv (ada@x)"},
	} {
		closure, err := state.Prove(export(t, test.rows...), test.opts)
		require.NoError(t, err, test.reason)
		var done, open, unproven []string
		for _, r := range closure.Done {
			done = append(done, r.Account.Key)
		}
		for _, r := range closure.Open {
			open = append(open, r.Account.Key+" "+r.Row.String())
		}
		for _, r := range closure.Unproven {
			unproven = append(unproven, r.Account.Key)
		}
		assert.Equal(t, []string{test.done, test.open, test.unproven}, []string{strings.Join(done, " "), strings.Join(open, " "), strings.Join(unproven, " ")}, test.reason)
	}
}

func TestAnExportThatIsNotWholeProvesNothing(t *testing.T) {
	t.Parallel()
	state := left(t).State()
	lost := errors.New("connection lost")
	for _, test := range []struct {
		reason string
		export iter.Seq2[roster.Row, error]
		text   string
	}{
		{"the row that can't be read may be ada's", export(t, "bob@x,General,", "cy@x,General,,x", "dee@x,General,"), "whether accounts are closed can't be told: the new export was not read to its end: new.csv line 3"},
		{"a read that broke off", func(yield func(roster.Row, error) bool) {
			for row := range export(t, "bob@x,,", "cy@x,,", "dee@x,,") {
				if !yield(row, nil) {
					return
				}
			}
			yield(roster.Row{}, lost)
		}, "the new export was not read to its end: connection lost"},
		{"an empty export closes nobody", export(t), "the new export has no row"},
		{"cut after its first row", export(t, "cy@x,,"), "only 1 of 3 accounts that keep their access are in new.csv"},
		{"another application's", export(t, "zed@x,,", "yen@x,,"), "only 0 of 3"},
		{"cut inside its last value, which may be ada's", exported(t, "Email\nbob@x\ncy@x\ndee@x\nad"), ""},
		{"with a lost character", exported(t, "Email\nbob@x\ncy@x\ndee@x\nad\ufffd@x\n"), ""},
	} {
		closure, err := state.Prove(test.export, nil)
		assert.ErrorIs(t, err, assign.ErrUnfinished, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Nil(t, closure, test.reason)
	}
	_, err := state.Prove(exported(t, "Login,Name\nbob@x,Bob\n"), nil)
	assert.EqualError(t, err, `new.csv has no column "Email" for the accounts' names; it has Login, Name`)
}

// Where nobody keeps access, an export that broke off looks like one without accounts.
func TestWhereNobodyIsLeftAMissingAccountProvesNothing(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general)), "ada@x,")
	note(t, journal, look(advent, reads(nil)), nil)
	_, err := journal.State().Prove(export(t), nil)
	require.ErrorIs(t, err, assign.ErrUnfinished, "ada's account may be open")

	closure, err := journal.State().Prove(export(t, "zed@x,,"), nil)
	require.NoError(t, err)
	assert.True(t, closure.NobodyLeft)
	assert.Empty(t, closure.Done)
	assert.Len(t, closure.Unproven, 1)
	assert.Contains(t, text(t, closure.WriteText), "No account is known that keeps its access")
}

func TestWhatIsToBeLookedIntoNeedNotBeClosed(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general)), "ada@x,")
	note(t, journal, look(advent, reads(nil, granted("ada", general)), review(deny("ada"))), nil)
	require.Len(t, journal.State().Revocations().Accounts, 1)
	closure, err := journal.State().Prove(export(t, "ada@x,,"), nil)
	require.NoError(t, err)
	assert.Empty(t, closure.Open)
	assert.Empty(t, closure.Done)
}

func TestAClosureReadsAsAnAdministratorWouldWriteIt(t *testing.T) {
	t.Parallel()
	closure, err := left(t).State().Prove(export(t, "ada@x,,", "bob@x,,", "cy@x,,"), nil)
	require.NoError(t, err)
	assert.Equal(t, `CORPDB1: 0 of 2 accounts done, says the new export of 3 rows
       1  still open
       1  of which the export doesn't show whether it is done
       1  missing in the export, though their people have access

Still open
  Account  Person  Shown by
  ada@x    ada@x   row 2 of new.csv (ada@x)

Missing, though their people have access
  Account  Column
  dee@x    Email
`, text(t, closure.WriteText))
}

// An account is proven closed once, and asked for no more.
func TestAProofIsKeptAndAnAccountThatIsBackIsFound(t *testing.T) {
	t.Parallel()
	journal := left(t)
	tickets := due(t, journal)
	require.Len(t, tickets, 2)
	rows := []string{"bob@x,General,", "cy@x,General,", "dee@x,General,"}
	byRole := &fulfill.ProofOptions{Roles: assign.RoleColumn("Role", testApp.Roles, nil), Bytes: 99, Digest: "abc"}
	closure, err := journal.State().Prove(export(t, rows...), byRole)
	require.NoError(t, err)
	assert.Equal(t, fulfill.Export{Name: "new.csv", Rows: 3, Bytes: 99, Digest: "abc"}, closure.Export)
	require.NoError(t, journal.Proven(closure))
	require.ErrorContains(t, journal.Proven(closure), "compare it again", "what it proves was of another state")
	assert.Empty(t, journal.State().Revocations().Accounts)
	assert.Empty(t, due(t, journal))
	delivery, err := journal.Deliver(t.Context(), new(desk), tickets)
	require.NoError(t, err)
	assert.Zero(t, delivery.Opened, "what is done needs no ticket")

	closure, err = journal.State().Prove(export(t, append(rows, "ada@x,General,")...), byRole)
	require.NoError(t, err)
	require.Len(t, closure.Back, 1, "the name is there again")
	assert.Equal(t, "ada@x", closure.Back[0].Key)
	assert.Contains(t, text(t, closure.WriteText), "that were closed and are there again")
}

// Names are looked for in their own column, and the key by which a row was looked up
// proves nothing about a login.
func TestEachAccountIsLookedForInItsOwnColumn(t *testing.T) {
	t.Parallel()
	journal := listedBy(t, byLogin(t, "A1,ada@x,", "B1,bob@x,", "cy1,cy@x,", ",eve@x,"))
	note(t, journal, look(advent, reads(nil, everybody[1:]...)), nil)
	for _, test := range []struct {
		reason, rows         string
		done, open, unproven string
	}{
		{"closed", "B1,bob@x\ncy1,cy@x\n,eve@x\n", "A1", "", ""},
		{"found by another rule than before", "A1,other@x\nB1,bob@x\ncy1,cy@x\n,eve@x\n", "", "A1", ""},
		{"the account cell is empty now", ",ada@x\nB1,bob@x\ncy1,cy@x\n,eve@x\n", "", "", "A1"},
		{"her name in another column is somebody else's mail address", "Z9,A1\nB1,bob@x\ncy1,cy@x\n,eve@x\n", "A1", "", ""},
	} {
		closure, err := journal.State().Prove(exported(t, "Login,Email\n"+test.rows), nil)
		require.NoError(t, err, test.reason)
		var done, open, unproven []string
		for _, r := range closure.Done {
			done = append(done, r.Account.Key)
		}
		for _, r := range closure.Open {
			open = append(open, r.Account.Key)
		}
		for _, r := range closure.Unproven {
			unproven = append(unproven, r.Account.Key)
		}
		assert.Equal(t, []string{test.done, test.open, test.unproven},
			[]string{strings.Join(done, " "), strings.Join(open, " "), strings.Join(unproven, " ")}, test.reason)
	}
}

// A role that was proven gone from an account, given back and lost again is lost again.
func TestARoleThatWasProvenGoneAndGivenBackIsAskedForAgain(t *testing.T) {
	t.Parallel()
	journal, desk := left(t), new(desk)
	deliver(t, journal, desk)
	require.Equal(t, []string{"closeAccount ada@x", "removeRoles bob@x"}, desk.accounts())
	byRole := &fulfill.ProofOptions{Roles: assign.RoleColumn("Role", testApp.Roles, nil)}
	closure, err := journal.State().Prove(export(t, "bob@x,General,", "cy@x,General,", "dee@x,General,"), byRole)
	require.NoError(t, err)
	require.NoError(t, journal.Proven(closure))
	stay := []assign.Assignment{granted("bob", general), granted("cy", general), granted("dee", general)}
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, append(stay, granted("bob", auditor))...)), nil)
	require.Empty(t, journal.State().Revocations().Accounts)
	note(t, journal, look(advent.AddDate(0, 0, 2), reads(nil, stay...)), nil)
	assert.Equal(t, []string{"bob@x removeRoles: Auditor removedOtherwise; keeps General"}, lines(journal.State().Revocations()))
	deliver(t, journal, desk)
	assert.Len(t, desk.keys(), 3)
}

func TestAProofOfAnotherJournalIsNotRecorded(t *testing.T) {
	t.Parallel()
	journal, other := left(t), left(t)
	require.Equal(t, journal.State().Entries, other.State().Entries)
	closure, err := other.State().Prove(export(t, "bob@x,General,", "cy@x,General,", "dee@x,General,"), nil)
	require.NoError(t, err)
	require.Error(t, journal.Proven(closure), "it would close the accounts of another list")
	require.NoError(t, other.Proven(closure))
	require.Error(t, other.Proven(closure), "nor twice")
}
