package governance_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

func TestUserStatuses(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	here, blocked, binned, purged := x.user("here"), x.user("blocked"), x.user("binned"), x.user("purged")
	x.send(http.MethodPatch, "/users/"+blocked.ID, `{"accountEnabled":false}`)
	x.fake.DeleteUser(binned.ID)
	x.fake.DeleteUser(purged.ID)
	x.send(http.MethodDelete, "/directory/deletedItems/"+purged.ID, "")
	const never = "99999999-9999-4999-8999-999999999999"
	got, err := x.governance.UserStatuses(t.Context(), []string{here.ID, blocked.ID, binned.ID, purged.ID, never})
	require.NoError(t, err)
	assert.Equal(t, map[string]fulfill.UserStatus{here.ID: fulfill.UserIsEnabled, blocked.ID: fulfill.UserIsDisabled,
		binned.ID: fulfill.UserIsDeleted, purged.ID: fulfill.UserIsDeleted, never: fulfill.UserIsDeleted}, got)
}

// Listings and filters may be behind: somebody's account must not be closed
// because one of them does not show the user.
func TestUserStatuses_DoNotTakeAListsWordForADeletion(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	ada := x.user("ada")
	x.fake.Inject(graphfake.Fault{Operation: "GET /users", Effect: graphfake.HideObjects})
	got, err := x.governance.UserStatuses(t.Context(), []string{ada.ID})
	require.NoError(t, err)
	assert.Equal(t, fulfill.UserIsEnabled, got[ada.ID])
}

// Nor the recycle bin's: a user who was restored a moment ago may still be listed
// there, and not yet among the users.
func TestUserStatuses_DoNotTakeTheRecycleBinsWordForADeletion(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	ada := x.user("ada")
	x.fake.DeleteUser(ada.ID)
	x.fake.Inject(graphfake.Fault{Operation: "GET /users", Effect: graphfake.Stale},
		graphfake.Fault{Operation: "GET /directory/deletedItems/{type}", Effect: graphfake.Stale})
	x.send(http.MethodPost, "/directory/deletedItems/"+ada.ID+"/restore", "")
	got, err := x.governance.UserStatuses(t.Context(), []string{ada.ID})
	require.NoError(t, err)
	assert.Equal(t, fulfill.UserIsEnabled, got[ada.ID])
}

// Whom this client created a moment ago is not deleted because replicas do not
// show them yet.
func TestUserStatuses_WaitForNewUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		created := faulttest.CreateUser(t.Context(), tn.Client, "ada")
		require.NoError(t, created.Err)
		tn.Fake.Inject(graphfake.Fault{Operation: "GET /users", Effect: graphfake.HideObjects},
			graphfake.Fault{Operation: "GET /users/{user}", Status: http.StatusNotFound, Times: 3})
		got, err := governance.New(tn.Client).UserStatuses(t.Context(), []string{created.User.ID})
		require.NoError(t, err)
		assert.Equal(t, fulfill.UserIsDisabled, got[created.User.ID])
	})
}

// Whichever read fails for good, there is an error and no list: access that was
// not seen would look like access that was lost.
func TestLook_UnfinishedReadsYieldNothing(t *testing.T) {
	t.Parallel()
	const reviews = "GET /identityGovernance/accessReviews/definitions"
	for _, kind := range []string{"GET /servicePrincipals/{id}", "GET /servicePrincipals/{id}/appRoleAssignedTo",
		"GET /users/{id}/appRoleAssignments", "GET /groups/{id}/members", reviews,
		reviews + "/{id}/instances",
		reviews + "/{id}/instances/{id}/decisions", "GET /users",
		"GET /directory/deletedItems/microsoft.graph.user", "GET /users/{id}"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
				x.people()
				state := x.begin(x.client).State()
				gone := x.users["deleted"].ID
				x.fake.DeleteUser(gone)
				x.send(http.MethodDelete, "/directory/deletedItems/"+gone, "")
				x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+x.grant("removed"), "")
				_, _, err := x.governance.CreateReview(t.Context(), x.review())
				require.NoError(t, err)
				time.Sleep(time.Hour)

				f := &faulttest.Transport{Next: x.fake.Transport()}
				reviews := governance.New(x.connect(f))
				f.Inject(kind, faulttest.Times(100, faulttest.Refusal("403", 403, "Authorization_RequestDenied",
					"Insufficient privileges to complete the operation."))...)
				look, err := reviews.Look(t.Context(), state, nil)
				require.ErrorIs(t, err, graph.ErrForbidden)
				assert.Equal(t, fulfill.Look{}, look)
				_, err = state.Compare(look, nil)
				require.Error(t, err, "and were the error not looked at, there would be no news either")
				assert.NotEmpty(t, f.Sent(kind), "the read was never made, and this test can't fail")

				f.Inject(kind)
				look, err = reviews.Look(t.Context(), state, nil)
				require.NoError(t, err, "the counter-case")
				_, err = state.Compare(look, nil)
				require.NoError(t, err)
			})
		})
	}
}

func TestAccess_ReadsDirectMembersOfGroupsOnly(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	ada, bob := x.user("ada"), x.user("bob")
	inner := x.fake.AddGroup(graphfake.Group{DisplayName: "Inner", Members: []string{bob.ID}})
	outer := x.fake.AddGroup(graphfake.Group{DisplayName: "Outer", Members: []string{ada.ID, inner.ID}})
	empty := x.fake.AddGroup(graphfake.Group{DisplayName: "Empty"})
	x.assign(outer.ID, general)
	x.assign(outer.ID, auditor)
	x.assign(empty.ID, general)
	access, err := x.governance.Access(t.Context(), x.app.ID)
	require.NoError(t, err)
	assert.True(t, access.Complete)
	assert.ElementsMatch(t, []string{ada.ID, inner.ID}, access.Members[outer.ID],
		"assignments do not reach into nested groups")
	assert.Contains(t, access.Members, empty.ID, "an empty group was read, too")
	assert.Empty(t, access.Members[empty.ID])
}
