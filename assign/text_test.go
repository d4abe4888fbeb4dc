package assign_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

func TestAPlanReadsAsAnAdministratorWouldWriteIt(t *testing.T) {
	t.Parallel()
	group := held("staff", general)
	group.PrincipalType = "Group"
	rows := accounts(t, "dis@x,", "nobody@x,")
	roll := assign.NewRoll(listing{rows: rows, unresolved: rows[1:]}, nil)
	policy := &assign.Policy{Remove: assign.RemoveUnlisted, Roll: roll, AcceptUnresolved: 1, Override: "HR confirmed that the Oslo office has closed"}
	plan, err := assign.NewPlan(testApp, wants(t, "bob@x,General", "ada@x,General", "cy@x,General"),
		[]assign.Assignment{held("cy", general), held("gone", auditor), group, held("dis", general)}, policy)
	require.NoError(t, err)
	assert.Equal(t, `Plan for CORPDB1: 2 assignments to add, 1 to remove
The limits are overridden: HR confirmed that the Oslo office has closed

       2  to add
       1  to remove
       1  wanted and already there
       1  of users whose row settles no role; left
       1  held by groups; left: their members keep access, also after a review
       1  rows without a known person, accepted as they are
What access packages deliver was not read; a removal may be of such an
assignment.

To add
  User   Role     Because
  ada@x  General  row 3 of users.csv (ada@x) has the role General
  bob@x  General  row 2 of users.csv (bob@x) has the role General

To remove
  User          Role     Because
  Display gone  Auditor  no row of users.csv names this user
`, text(t, plan.WriteText))
}

func TestALongPlanIsCutAndFitsATerminal(t *testing.T) {
	t.Parallel()
	var wanted []assign.Want
	for i := range 260 {
		name := fmt.Sprintf("Päivi-Liisa.von.und.zu.%03d@subsidiary.example.com\x1b[2J", i)
		wanted = append(wanted, assign.Want{PrincipalID: fmt.Sprint("user", i), PrincipalName: name, AppRoleID: general.ID,
			Source: assign.Source{File: "export-of-all-accounts-2026-11.csv", Line: i, Key: name}})
	}
	app := testApp
	app.DisplayName = strings.Repeat("A very long application name ", 5)
	plan, err := assign.NewPlan(app, wanted, nil, nil)
	require.NoError(t, err)
	out := text(t, plan.WriteText)
	assert.Contains(t, out, "  … and 240 more\n")
	assert.NotContains(t, out, "\x1b", "a name must not command the terminal")
	for line := range strings.Lines(out) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
}

func TestAPlanWithNothingToDoSaysSo(t *testing.T) {
	t.Parallel()
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), []assign.Assignment{held("ada", general), held("bob", general)}, nil)
	require.NoError(t, err)
	assert.Equal(t, `Plan for CORPDB1: nothing to do

       1  wanted and already there
       1  not asked for by any row; left, as the policy removes nothing
`, text(t, plan.WriteText))
}

func TestAReportSaysWhatWasNotMade(t *testing.T) {
	t.Parallel()
	plan, store := roleChanges(t, "ada", "bob")
	store.Fail = func(c assign.Change) error {
		if c.PrincipalID == "bob" {
			return errors.New("403 Authorization_RequestDenied: Insufficient privileges to complete the operation")
		}
		return nil
	}
	report, _ := assign.Apply(t.Context(), store, plan, nil)
	assert.Equal(t, `CORPDB1: 2 of 4 changes made
       1  failed
       1  not tried; apply the plan again

Failed
  Change  User   Role     Because
  add     bob@x  General  403 Authorization_RequestDenied: Insufficient
                          privileges to complete the operation

Not tried
  Change  User   Role     Because
  remove  bob@x  Auditor  held back, because another role could not be added to
                          this user
`, text(t, report.WriteText))
}

func TestAVerificationSaysWhatIsNotToBeSeen(t *testing.T) {
	t.Parallel()
	seen := &assign.Verification{Application: "CORPDB1", Changes: 2, Confirmed: true, Looks: 3, Took: 6200 * time.Millisecond}
	assert.Equal(t, "CORPDB1: all of 2 changes seen after 6s, in 3 reads\n", text(t, seen.WriteText))

	plan, _ := roleChanges(t, "ada")
	seen = &assign.Verification{Application: "CORPDB1", Changes: 2, Looks: 40, FailedLooks: 2, Unread: 4000, Took: 2 * time.Minute,
		Missing: plan.Changes[:1], Remaining: plan.Changes[1:]}
	assert.Equal(t, `CORPDB1: not confirmed after 2m0s: 1 addition not seen, 1 removed assignment
still there
       2  reads failed, which says nothing about the assignments
    4000  assignments of other users, which were not looked at

Added and not seen
  User   Role     Because
  ada@x  General  row 2 of users.csv (ada@x) has the role General

Removed and still there
  User   Role     Because
  ada@x  Auditor  no row of users.csv gives this user the role Auditor; row 2 of
                  users.csv (ada@x) has the role General
`, text(t, seen.WriteText))
}

func TestTextStopsAtTheFirstErrorOfItsWriter(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada")
	full := errors.New("disk full")
	writer := &failing{err: full}
	assert.ErrorIs(t, plan.WriteText(writer), full)
	assert.Equal(t, 1, writer.calls)
}

type failing struct {
	err   error
	calls int
}

func (f *failing) Write([]byte) (int, error) {
	f.calls++
	return 0, f.err
}
