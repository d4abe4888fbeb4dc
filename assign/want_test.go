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
	var unknown *assign.RoleError
	require.ErrorAs(t, failed[2], &unknown)
	assert.Equal(t, []string{"Auditor", "General"}, unknown.Roles)
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

func TestRollTakesStockOfARoster(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,General", "bob@x,", "nobody@x,General", "cy@x,General")
	found := []account{rows[0], rows[1]} // cy is disabled and was left out
	_, failed := assign.Wants(each(found), assign.RoleColumn("Role", testApp.Roles, nil))
	roll := assign.NewRoll(each(rows), each(rows[2:3]), failed)
	assert.Equal(t, &assign.Roll{Name: "users.csv", Rows: 4, Listed: []string{"ada", "bob", "cy"}, Unsettled: []string{"bob"},
		Unresolved: []assign.Source{{File: "users.csv", Line: 4, Key: "nobody@x"}}}, roll, "and Complete is left to the caller")

	_, failed = assign.Wants(each(rows), assign.RoleColumn("Role", testApp.Roles, nil))
	roll = assign.NewRoll(each(rows), each(rows[2:3]), failed)
	assert.Len(t, roll.Unresolved, 1, "a row that both say is unresolved counts once")
	roll = assign.NewRoll(each(rows), each(rows[:0]), failed)
	assert.Len(t, roll.Unresolved, 1, "a row that only Wants found without a user is not forgotten")
}
