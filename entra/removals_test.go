package entra_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const oneAssignment = "/servicePrincipals/{id}/appRoleAssignedTo/{id}"

// The wordings in which the service says that there is nothing to remove.
var goneWordings = []graphfake.Fault{
	{Status: 404},
	{Status: 404, Code: "Directory_ObjectNotFound"},
	{Effect: graphfake.GrantNotFound},
	{Effect: graphfake.GrantNotFound, Message: "One or more removed object references do not exist: 'appRoleAssignments'."},
}

// removal prepares an assignment, and returns what removes it with a client of its own.
func removal(t *testing.T, opts *graph.Options) (tn *faulttest.Tenant, held func() int, remove func() error) {
	tn = faulttest.NewTenant(t, opts)
	_, app := tn.AddApplication("CORPDB1")
	_, _ = reported(t, t.Context(), tn.Client, app, adding(tn.AddUser("ada")))
	made := tn.Fake.Assignments(app)[0]
	time.Sleep(time.Hour)
	held = func() int { return len(tn.Fake.Assignments(app)) }
	remove = func() error {
		errs, _ := reported(t, t.Context(), tn.NewClient(), app, []assign.Change{{Action: assign.Remove, AssignmentID: made.ID}})
		return errs[0]
	}
	return tn, held, remove
}

// "Not found" in any wording is looked at before it is believed.
func TestARemovalThatFindsNothingIsLookedAt(t *testing.T) {
	t.Parallel()
	for _, wording := range goneWordings {
		wording.Method, wording.Path = "DELETE", oneAssignment
		synctest.Test(t, func(t *testing.T) {
			tn, held, remove := removal(t, nil)
			tn.Fake.Inject(wording)
			require.NoError(t, remove(), wording)
			assert.Zero(t, held(), "it was still there, and is to be removed: %s", wording)
			tn.Faults.Forget()
			tn.Fake.Inject(wording)
			require.NoError(t, remove(), "it is gone, says the look: %s", wording)
			assert.Len(t, tn.Faults.Calls(), 2, wording)
		})
		synctest.Test(t, func(t *testing.T) {
			tn, held, remove := removal(t, &graph.Options{ReplicationWait: 30 * time.Second})
			wording.Times = -1
			tn.Fake.Inject(wording)
			started := time.Now()
			require.ErrorIs(t, remove(), graph.ErrNotReplicated, "it is still there: %s", wording)
			assert.Equal(t, 1, held())
			assert.LessOrEqual(t, time.Since(started), 30*time.Second)
		})
		synctest.Test(t, func(t *testing.T) {
			tn, _, remove := removal(t, nil)
			tn.Fake.Inject(wording, graphfake.Fault{Method: "GET", Path: oneAssignment, Status: 403})
			err := remove()
			require.ErrorIs(t, err, graph.ErrForbidden, "a look that fails says nothing: %s", wording)
			assert.ErrorContains(t, err, "Application.Read.All")
		})
	}
}

// One "not found" does not settle a removal whose outcome is unclear.
func TestAnUnclearRemovalIsNotSettledByOneLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn, held, remove := removal(t, nil)
		tn.Fake.Inject(graphfake.Fault{Method: "DELETE", Path: oneAssignment, Status: 503},
			graphfake.Fault{Method: "GET", Path: oneAssignment, Status: 404})
		require.NoError(t, remove())
		assert.Zero(t, held(), "reported as removed, and still there")
	})
}

func TestOtherRefusalsOfARemovalAreFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn, held, remove := removal(t, nil)
		tn.Fake.Inject(graphfake.Fault{Method: "DELETE", Path: oneAssignment, Status: 400, Message: "Invalid object identifier."})
		require.ErrorContains(t, remove(), "Invalid object identifier")
		assert.Equal(t, 1, held())
	})
}

// A replica that has not learned of an assignment says that it is gone. Somebody
// else made it a moment ago, and it stays if that is believed.
func TestANewAssignmentOfSomebodyElseIsNotGoneBecauseOneReplicaSaysSo(t *testing.T) {
	t.Parallel()
	for _, faults := range [][]graphfake.Fault{
		nil,
		{{Method: "DELETE", Path: oneAssignment, Status: 503}},
		{{Method: "DELETE", Path: oneAssignment, Effect: graphfake.ResetBefore}},
	} {
		synctest.Test(t, func(t *testing.T) {
			fake := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{
				Replicas: graphfake.EvenLags(2, 30*time.Second), Choose: lateOnceSeen()}})
			tn := &faulttest.Tenant{T: t, Fake: fake, Faults: &faulttest.Transport{Next: fake.Transport()}}
			app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1", AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
			principal := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
			ada := fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
			errs, _ := reported(t, t.Context(), tn.NewClient(), principal.ID, []assign.Change{{Action: assign.Add, PrincipalID: ada.ID, AppRoleID: principal.AppRoles[0].ID}})
			require.NoError(t, errs[0])

			client := tn.NewClient()
			plan := planToRemove(t, client, principal.ID)
			fake.Inject(faults...)
			_, err := assign.Apply(t.Context(), client, plan, nil)
			require.NoError(t, err)
			assert.Empty(t, fake.Assignments(principal.ID), "reported as removed, and still there: %v", faults)
		})
	}
}

// planToRemove plans the removal of all that an application has.
func planToRemove(t *testing.T, client *entra.Client, resource string) assign.Plan {
	current, err := client.Assignments(t.Context(), resource)
	require.NoError(t, err)
	require.Len(t, current, 1)
	plan := assign.Plan{ResourceID: resource, Before: current}
	for _, a := range current {
		plan.Changes = append(plan.Changes, assign.Change{Action: assign.Remove, PrincipalID: a.PrincipalID, AppRoleID: a.AppRoleID, AssignmentID: a.ID})
	}
	return plan
}

// lateOnceSeen lets the listing meet the replica that knows, and what concerns one
// assignment the other.
func lateOnceSeen() func(graphfake.Visit) int {
	list := graphfake.Behind("/servicePrincipals/{id}/appRoleAssignedTo")
	return func(v graphfake.Visit) int {
		if v.Method == "POST" || list(v) > 0 {
			return 0
		}
		return 1
	}
}
