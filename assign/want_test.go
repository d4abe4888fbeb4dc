package assign_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

func TestARowWithoutRoleOrUserIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	rule := assign.RoleColumn("Role", testApp.Roles, nil)
	all, failed := assign.Wants(each(accounts(t, "ada@x,General", "bob@x,", "nobody@x,General", "cy@x,Boss", "dee@x,Auditor")), rule)

	assert.Equal(t, []assign.Want{
		{PrincipalID: "ada", PrincipalName: "ada@x", AppRoleID: general.ID, Source: assign.Source{File: "users.csv", Line: 2, Key: "ada@x"}},
		{PrincipalID: "dee", PrincipalName: "dee@x", AppRoleID: auditor.ID, Source: assign.Source{File: "users.csv", Line: 6, Key: "dee@x"}},
	}, all, "the rows that can be used don't suffer from the others")

	require.Len(t, failed, 3)
	assert.EqualError(t, failed[0], `row 3 of users.csv (bob@x): column "Role" is empty: the row says no role`)
	assert.Equal(t, "bob", failed[0].PrincipalID, "who it is is known, and is needed to hold what they have")
	assert.ErrorIs(t, failed[1], assign.ErrNoUser)
	assert.ErrorIs(t, failed[2], assign.ErrUnknownRole)
	assert.ErrorContains(t, failed[2], "users can be given: Auditor, General")
}

func TestARowMayAskForSeveralRoles(t *testing.T) {
	t.Parallel()
	rule := assign.RoleColumn("Role", testApp.Roles, &assign.RoleColumnOptions{Separator: "/"})
	all, failed := assign.Wants(each(accounts(t, "ada@x,General/Auditor")), rule)
	require.Empty(t, failed)
	require.Len(t, all, 2)
	assert.Equal(t, []string{general.ID, auditor.ID}, []string{all[0].AppRoleID, all[1].AppRoleID})
	assert.Equal(t, all[0].Source, all[1].Source)
}

func TestARollTakesStockOfARoster(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,General", "bob@x,", "nobody@x,General", "cy@x,General")
	found := []account{rows[0], rows[1]} // cy is disabled and was left out
	rule := assign.RoleColumn("Role", testApp.Roles, nil)
	all, failed := assign.Wants(each(found), rule)
	current := []assign.Assignment{held("ada", auditor), held("bob", auditor), held("cy", auditor)}
	policy := removing(assign.NewRoll(listing{rows: rows, unresolved: rows[2:3]}, failed))
	_, err := assign.NewPlan(testApp, all, current, policy)
	assert.ErrorContains(t, err, "who is meant by 1 of the 4 rows of users.csv is not known (the first is row 4 of users.csv (nobody@x))")

	policy.AcceptUnresolved = 1
	plan, err := assign.NewPlan(testApp, all, current, policy)
	require.NoError(t, err)
	assert.Equal(t, []string{"+ada General", "-ada Auditor"}, brief(plan), "bob's role is not known, and cy has a row")
	assert.Equal(t, assign.Kept{Held: 2}, plan.Kept)

	all, failed = assign.Wants(each(rows), rule)
	policy.Roll = assign.NewRoll(listing{rows: rows, unresolved: rows[2:3]}, failed)
	plan, err = assign.NewPlan(testApp, all, current, policy)
	require.NoError(t, err)
	assert.Equal(t, 1, plan.Unresolved, "a row that both say is unresolved counts once")

	policy.Roll = assign.NewRoll(listing{rows: rows}, failed)
	plan, err = assign.NewPlan(testApp, all, current, policy)
	require.NoError(t, err)
	assert.Equal(t, 1, plan.Unresolved, "a row that only Wants found without a user is not forgotten")
}

// A quote that was left open makes one record of many accounts.
func TestARecordThatWasNotReadCountsAsManyAccountsAsLines(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,General", "nobody@x,General")
	rows[1].lines = 3
	policy := removing(assign.NewRoll(listing{rows: rows, unresolved: rows[1:]}, nil))
	current := []assign.Assignment{held("ada", general), held("bob", general), held("cy", general)}
	policy.AcceptUnresolved = 2
	_, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), current, policy)
	require.ErrorIs(t, err, assign.ErrUnfinished, "bob and cy may be in lines that nobody accepted")
	assert.ErrorContains(t, err, "3 of the 4 rows")
	policy.AcceptUnresolved = 3
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), current, policy)
	require.NoError(t, err)
	assert.Equal(t, 3, plan.Unresolved)
}
