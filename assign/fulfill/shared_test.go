package fulfill_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// Two people use one account. As long as one of them keeps the access, it is not closed.
func TestAnAccountOfTwoPeopleIsClosedOnlyIfBothLostAccess(t *testing.T) {
	t.Parallel()
	everybody := []assign.Assignment{held("ada", general), held("bob", general), held("cy", general)}
	snapshot, err := fulfill.NewSnapshot(testApp, each(accounts(t, "ada@x,Team", "bob@x,team ", "cy@x,Cy")),
		reads(nil, everybody...), january, &fulfill.SnapshotOptions{Column: "Role"})
	require.NoError(t, err)
	users := map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled, "bob": fulfill.UserIsEnabled, "cy": fulfill.UserIsEnabled}
	list := func(now ...assign.Assignment) *fulfill.Revocations {
		list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Users: users, Access: reads(nil, now...)},
			&fulfill.RevocationOptions{MaxAccountShare: 1})
		require.NoError(t, err)
		return list
	}

	one := list(held("ada", general), held("cy", general))
	require.Len(t, one.Accounts, 1)
	assert.Equal(t, fulfill.LookInto, one.Accounts[0].Action(), "ada would lose the account that she uses")
	assert.Equal(t, []string{"ada@x"}, one.Accounts[0].Others)
	assert.Contains(t, text(t, one.WriteText), "General: removed, and not by a review; the account is also")
	waiting, err := fulfill.Waiting(one, t.TempDir()+"/tickets", &fulfill.DeliveryOptions{MaxTicketShare: 1})
	require.NoError(t, err)
	assert.Empty(t, waiting, "no ticket says to close it")

	both := list(held("cy", general))
	require.Len(t, both.Accounts, 2)
	assert.Equal(t, fulfill.CloseAccount, both.Accounts[0].Action(), "nobody is left")
	waiting, err = fulfill.Waiting(both, t.TempDir()+"/tickets", &fulfill.DeliveryOptions{MaxTicketShare: 1})
	require.NoError(t, err)
	assert.Len(t, waiting, 2)
}

// NULL is nobody's account, so that no ticket says to close it.
func TestAPlaceholderNamesNoAccount(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"NULL", " n/a", "-", ""} {
		snapshot, err := fulfill.NewSnapshot(testApp, each(accounts(t, "ada@x,"+name)), reads(nil, held("ada", general)),
			january, &fulfill.SnapshotOptions{Column: "Role"})
		require.NoError(t, err)
		assert.Equal(t, "ada@x", snapshot.People[0].Accounts[0].Key, "%q", name)
	}
}
