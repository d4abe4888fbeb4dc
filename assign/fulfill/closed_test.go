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
	reader, err := roster.NewReader(strings.NewReader("Email,Role,Status\n"+strings.Join(lines, "\n")+"\n"), &roster.Options{Name: "new.csv"})
	require.NoError(t, err)
	return reader.Rows()
}

// left is a snapshot of four people of whom ada lost all and bob one of two roles.
func left(t testing.TB) (fulfill.Snapshot, *fulfill.Revocations) {
	t.Helper()
	snapshot := snapshotOf(t, reads(nil, held("ada", general), held("bob", general), held("bob", auditor), held("cy", general), held("dee", general)),
		"ada@x,", "bob@x,", "cy@x,", "dee@x,")
	users := map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled, "bob": fulfill.UserIsEnabled, "cy": fulfill.UserIsEnabled, "dee": fulfill.UserIsEnabled}
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Users: users, Access: reads(nil, held("bob", general), held("cy", general), held("dee", general))}, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"ada@x closeAccount: General removedOtherwise", "bob@x removeRoles: Auditor removedOtherwise; keeps General"}, lines(list))
	return snapshot, list
}

func TestANewExportProvesThatAccountsAreClosedOrSaysWhichAreNot(t *testing.T) {
	t.Parallel()
	snapshot, list := left(t)
	byRole := &fulfill.ClosedOptions{Roles: assign.RoleColumn("Role", testApp.Roles, nil)}
	byStatus := &fulfill.ClosedOptions{Closed: func(row roster.Row) bool { return row.Get("Status") == "inactive" }}
	for _, test := range []struct {
		reason               string
		rows                 []string
		opts                 *fulfill.ClosedOptions
		done, open, unproven string
	}{
		{reason: "all is done", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x bob@x"},
		{reason: "ada is still there, in whatever letters", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", " ADA@X ,,"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "bob still audits", rows: []string{"bob@x,General,", "bob@x,Auditor,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x", open: "bob@x row 3 of new.csv (bob@x)"},
		{reason: "an account that must keep a role was closed: that took the other away as well", rows: []string{"cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x bob@x"},
		{reason: "a role that nobody understands proves nothing", rows: []string{"bob@x,Boss,", "cy@x,General,", "dee@x,General,"}, opts: byRole, done: "ada@x", unproven: "bob@x"},
		{reason: "ada's name for the account is gone, and her row is there", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", ",General,ada@x"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "NULL is no name for an account", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,", "NULL,General,ada@x"}, opts: byRole, done: "bob@x", open: "ada@x row 5 of new.csv (ada@x)"},
		{reason: "without a rule roles prove nothing", rows: []string{"bob@x,General,", "cy@x,General,", "dee@x,General,"}, done: "ada@x", unproven: "bob@x"},
		{reason: "listed, and inactive", rows: []string{"ada@x,,inactive", "bob@x,,inactive", "cy@x,General,", "dee@x,General,"}, opts: byStatus, done: "ada@x bob@x"},
		{reason: "one of two rows is inactive", rows: []string{"ada@x,,inactive", "ada@x,,", "cy@x,General,", "dee@x,General,"}, opts: byStatus, done: "bob@x", open: "ada@x row 3 of new.csv (ada@x)"},
	} {
		closure, err := fulfill.ProveClosed(snapshot, list, export(t, test.rows...), "email", test.opts)
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
	snapshot, list := left(t)
	lost := errors.New("connection lost")
	for _, test := range []struct {
		reason string
		export iter.Seq2[roster.Row, error]
		text   string
	}{
		{"the row that can't be read may be ada's", export(t, "bob@x,General,", "cy@x,General", "dee@x,General,"), "whether accounts are closed can't be told: the new export was not read to its end: new.csv line 3"},
		{"a read that broke off", func(yield func(roster.Row, error) bool) {
			for row := range export(t, "bob@x,,", "cy@x,,", "dee@x,,") {
				if !yield(row, nil) {
					return
				}
			}
			yield(roster.Row{}, lost)
		}, "the new export was not read to its end: connection lost"},
		{"an empty export closes nobody", export(t), "only 0 of 2 accounts that keep their access are in the new export"},
		{"another application's", export(t, "zed@x,,", "yen@x,,"), "only 0 of 2"},
	} {
		closure, err := fulfill.ProveClosed(snapshot, list, test.export, "Email", nil)
		assert.ErrorIs(t, err, assign.ErrUnfinished, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Nil(t, closure, test.reason)
	}
	_, err := fulfill.ProveClosed(snapshot, list, export(t, "bob@x,,"), "Login", nil)
	assert.EqualError(t, err, `the new export has no column "Login"; it has Email, Role, Status`)
	snapshot.ResourceID = "another"
	_, err = fulfill.ProveClosed(snapshot, list, export(t, "bob@x,,"), "Email", nil)
	assert.ErrorIs(t, err, assign.ErrOtherApplication)
}

func TestWhatIsToBeLookedIntoNeedNotBeClosed(t *testing.T) {
	t.Parallel()
	snapshot := snapshotOf(t, reads(nil, held("ada", general)), "ada@x,")
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil, held("ada", general)), Reviews: []fulfill.Review{review(deny("ada"))},
		Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled}}, nil)
	require.NoError(t, err)
	require.Len(t, list.Accounts, 1)
	closure, err := fulfill.ProveClosed(snapshot, list, export(t, "ada@x,,"), "Email", nil)
	require.NoError(t, err)
	assert.Empty(t, closure.Open)
	assert.Empty(t, closure.Done)
}

func TestAClosureReadsAsAnAdministratorWouldWriteIt(t *testing.T) {
	t.Parallel()
	snapshot, list := left(t)
	closure, err := fulfill.ProveClosed(snapshot, list, export(t, "ada@x,,", "bob@x,,", "cy@x,,", "dee@x,,"), "Email", nil)
	require.NoError(t, err)
	assert.Equal(t, `CORPDB1: 0 of 2 accounts done, says the new export of 4 rows
       1  still open
       1  keep other roles, and the export doesn't show which

Still open
  Account  Person  Shown by
  ada@x    ada@x   row 2 of new.csv (ada@x)
`, text(t, closure.WriteText))
}

// Where nobody keeps access, an export that broke off looks like one without accounts.
func TestAnExportWithoutARowProvesNothing(t *testing.T) {
	t.Parallel()
	snapshot := snapshotOf(t, reads(nil, held("ada", general)), "ada@x,")
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil),
		Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled}}, nil)
	require.NoError(t, err)
	_, err = fulfill.ProveClosed(snapshot, list, export(t), "Email", nil)
	require.ErrorIs(t, err, assign.ErrUnfinished, "ada's account may be open")
	assert.ErrorContains(t, err, "the new export has no row")
}

// A file cut inside its last value, or with lost characters, lacks the accounts
// that these were.
func TestADoubtfulExportProvesNothing(t *testing.T) {
	t.Parallel()
	snapshot, list := left(t)
	for _, text := range []string{"Email\nbob@x\ncy@x\ndee@x\nad", "Email\nbob@x\ncy@x\ndee@x\nad\ufffd@x\n"} {
		reader, err := roster.NewReader(strings.NewReader(text), nil)
		require.NoError(t, err)
		_, err = fulfill.ProveClosed(snapshot, list, reader.Rows(), "Email", nil)
		assert.ErrorIs(t, err, assign.ErrUnfinished, "%q: the last line may be ada's", text)
	}
}
