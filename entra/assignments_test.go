package entra_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const (
	post   = "POST /servicePrincipals/{id}/appRoleAssignedTo"
	remove = "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}"
)

// What package assign relies on must hold over HTTP as it does in memory.
func TestTheClientIsAStoreOfAssignments(t *testing.T) {
	t.Parallel()
	assigntest.TestStore(t, func(t *testing.T) assigntest.Fixture {
		tn := faulttest.NewTenant(t, nil)
		app, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General", "Approver"}})
		require.NoError(t, err)
		f := assigntest.Fixture{Store: tn.NewClient(), ResourceID: app.ServicePrincipalID}
		for _, role := range app.AppRoles {
			f.Roles = append(f.Roles, role.ID)
		}
		for i := range 45 {
			f.Users = append(f.Users, tn.AddUser(fmt.Sprintf("user%d", i)))
		}
		f.Refused = assign.Change{Action: assign.Add, PrincipalID: f.Users[2], AppRoleID: "fefefefe-fefe-4efe-8efe-fefefefefefe"}
		return f
	})
}

func adding(users ...string) (changes []assign.Change) {
	for _, user := range users {
		changes = append(changes, assign.Change{Action: assign.Add, PrincipalID: user, AppRoleID: faulttest.RoleID})
	}
	return changes
}

// reported collects what was said of each change.
func reported(t *testing.T, ctx context.Context, c *entra.Client, resource string, changes []assign.Change) (errs []error, order []int) {
	t.Helper()
	errs, seen := make([]error, len(changes)), map[int]bool{}
	for i, err := range c.WriteAssignments(ctx, resource, changes) {
		require.False(t, seen[i], "change %d was reported twice", i)
		seen[i] = true
		errs[i] = err
		order = append(order, i)
	}
	require.Len(t, seen, len(changes))
	return errs, order
}

func TestAssignmentsReadsEveryPage(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, app := tn.AddApplication("CORPDB1")
	var users []string
	for i := range 1020 {
		users = append(users, tn.AddUser(fmt.Sprintf("user%d", i)))
	}
	errs, _ := reported(t, t.Context(), tn.Client, app, adding(users...))
	for _, err := range errs {
		require.NoError(t, err)
	}
	tn.Faults.Forget()
	all, err := tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	assert.Len(t, all, 1020)
	assert.Len(t, tn.Faults.Calls(), 2, "999 fit on a page")
	assert.Equal(t, "User", all[0].PrincipalType)
	assert.False(t, all[0].CreatedDateTime.IsZero())

	tn.Faults.Inject("GET /servicePrincipals/{id}/appRoleAssignedTo", faulttest.Answer(`{"value":[{"id":"a","principalId":"p","principalType":"User","appRoleId":"r","resourceId":"s"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x?$skiptoken=1"}`))
	tn.Faults.Inject("GET /x", faulttest.Refusal("", 403, "Authorization_RequestDenied", "no"))
	all, err = tn.Client.Assignments(t.Context(), app)
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.ErrorContains(t, err, "Application.Read.All")
	assert.Nil(t, all, "half a list would look like removed assignments")

	tn.Faults.Inject("GET /servicePrincipals/{id}/appRoleAssignedTo", faulttest.Answer(`{"value":[{"id":"a","principalId":"p","principalType":"User","appRoleId":"r","resourceId":"s"},{"id":"b","principalId":"q","principalType":"User","appRoleId":"r","resourceId":"s"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x?$skiptoken=1"}`))
	tn.Faults.Inject("GET /x", faulttest.Answer(`{"value":[{"id":"b","principalId":"q","principalType":"User","appRoleId":"r","resourceId":"s"},{"id":"A","principalId":"P","principalType":"User","appRoleId":"r","resourceId":"s"}]}`))
	all, err = tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	assert.Len(t, all, 3, "an assignment that comes on two pages is one; ids differ in letter case")
}

func TestAssignmentsOfAServicePrincipalOfThisRunAreWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		app, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		late := faulttest.Refusal("", 404, "Request_ResourceNotFound", "Resource does not exist.")
		tn.Faults.Inject("GET /servicePrincipals/{id}/appRoleAssignedTo", late, late)
		_, err = tn.Client.Assignments(t.Context(), app.ServicePrincipalID)
		require.NoError(t, err)

		tn.Faults.Inject("GET /servicePrincipals/{id}/appRoleAssignedTo", late)
		started := time.Now()
		_, err = tn.NewClient().Assignments(t.Context(), app.ServicePrincipalID)
		require.ErrorIs(t, err, graph.ErrNotFound, "for another run it is an answer")
		assert.Zero(t, time.Since(started))
	})
}

// What was made before, or is found after an attempt whose answer was lost, may be
// somebody else's doing; what a second attempt makes is ours.
func TestWriteAssignments_TellsWhatItMadeFromWhatItFound(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			tn := faulttest.NewTenant(t, nil)
			_, app := tn.AddApplication("CORPDB1")
			user := tn.AddUser("ada")
			time.Sleep(time.Hour)
			tn.Faults.Inject(post, faulttest.Fault{Status: 504, Lands: lands})
			errs, _ := reported(t, t.Context(), tn.Client, app, adding(user))
			if lands {
				assert.ErrorIs(t, errs[0], assign.ErrExisted)
			} else {
				assert.NoError(t, errs[0])
			}
			made, err := tn.Client.Assignments(t.Context(), app)
			require.NoError(t, err)
			assert.Len(t, made, 1)
		})
	}
}

func TestAssignedAlreadyIsDoneInAllItsWordings(t *testing.T) {
	t.Parallel()
	for _, f := range []faulttest.Fault{
		faulttest.Refusal("", 400, "Request_BadRequest", "Permission being assigned already exists on the object"),
		faulttest.Refusal("", 409, "Request_BadRequest", "Permission being assigned already exists on the object."),
		faulttest.Refusal("", 400, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists."),
		faulttest.Refusal("", 409, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists"),
	} {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject(post, f)
		errs, _ := reported(t, t.Context(), tn.Client, faulttest.RoleID, adding("u"))
		assert.ErrorIs(t, errs[0], assign.ErrExisted, "somebody else may have made it, and it is not ours to undo: %s", f.Body)
	}
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject(post, faulttest.Refusal("", 400, "Request_BadRequest", "One or more properties are invalid."))
	errs, _ := reported(t, t.Context(), tn.Client, faulttest.RoleID, adding("u"))
	assert.Error(t, errs[0], "another 400 is a failure")
}

func TestChangesAreMadeInTheirOrderAndBadOnesAreNotSent(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, app := tn.AddApplication("CORPDB1")
	ada, bob := tn.AddUser("ada"), tn.AddUser("bob")
	_, _ = reported(t, t.Context(), tn.Client, app, adding(ada))
	current, err := tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	tn.Faults.Forget()
	errs, order := reported(t, t.Context(), tn.NewClient(), app, []assign.Change{
		{Action: assign.Remove, AssignmentID: current[0].ID}, {Action: "grant", PrincipalID: ada}, {Action: assign.Remove},
		adding(bob)[0], {Action: assign.Add, AppRoleID: faulttest.RoleID}})
	assert.NoError(t, errs[0])
	assert.NoError(t, errs[3])
	assert.ErrorContains(t, errs[1], `unknown action "grant"`)
	assert.ErrorContains(t, errs[2], "has no id")
	assert.ErrorContains(t, errs[4], "no principal")
	assert.Equal(t, []int{1, 2, 4, 0, 3}, order)
	assert.Equal(t, []string{remove, post}, tn.Faults.Writes())
}

func TestApplyMakesAdditionsBeforeRemovals(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, app := tn.AddApplication("CORPDB1")
	ada, bob := tn.AddUser("ada"), tn.AddUser("bob")
	_, _ = reported(t, t.Context(), tn.Client, app, adding(ada))
	current, err := tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	tn.Faults.Forget()
	plan := assign.Plan{ResourceID: app, Changes: []assign.Change{{Action: assign.Remove, PrincipalID: ada, AssignmentID: current[0].ID}, adding(bob)[0]}}
	_, err = assign.Apply(t.Context(), tn.NewClient(), plan, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{post, remove}, tn.Faults.Writes(), "an interrupted change of roles must not leave a user without one")
}

// Truly absent users must not make a run hang for minutes:
// https://github.com/hashicorp/terraform-provider-azuread/issues/1092
func TestAbsentUsersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		_, app := tn.AddApplication("CORPDB1")
		ada := tn.AddUser("ada")
		started := time.Now()
		errs, _ := reported(t, t.Context(), tn.Client, app, adding("99999999-9999-4999-8999-999999999999", ada))
		assert.ErrorIs(t, errs[0], graph.ErrNotReplicated)
		assert.ErrorContains(t, errs[0], "Not a valid reference update")
		assert.NoError(t, errs[1], "one failed change must not stop the rest")
		assert.Zero(t, time.Since(started))

		app2, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB2"}, Roles: []string{"General"}})
		require.NoError(t, err)
		errs, _ = reported(t, t.Context(), tn.Client, app2.ServicePrincipalID, []assign.Change{
			{Action: assign.Add, PrincipalID: "99999999-9999-4999-8999-999999999999", AppRoleID: app2.AppRoles[0].ID},
			{Action: assign.Add, PrincipalID: ada, AppRoleID: faulttest.RoleID}})
		assert.ErrorIs(t, errs[0], graph.ErrNotReplicated)
		assert.ErrorContains(t, errs[1], "Permission being assigned was not found")
		assert.Zero(t, time.Since(started), "that the application is new says nothing about a user or a role that is not there")
	})
}

func TestWhatThisRunWroteIsWaitedForWithinABound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, &graph.Options{ReplicationWait: 30 * time.Second})
		app, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		ada := faulttest.CreateUser(t.Context(), tn.Client, "ada").User.ID
		changes := []assign.Change{{Action: assign.Add, PrincipalID: ada, AppRoleID: app.AppRoles[0].ID}}
		tn.Faults.Inject(post,
			faulttest.Refusal("", 404, "Request_ResourceNotFound", "Resource does not exist."),
			faulttest.Refusal("", 400, "Request_BadRequest", "Permission being assigned was not found on application 'x'."),
			faulttest.Refusal("", 400, "Request_BadRequest", "Not a valid reference update."))
		errs, _ := reported(t, t.Context(), tn.Client, app.ServicePrincipalID, changes)
		require.NoError(t, errs[0])
		assert.Len(t, tn.Faults.Sent(post), 4)

		tn.Faults.Inject(post, faulttest.Times(99, faulttest.Refusal("", 400, "Request_BadRequest", "Not a valid reference update."))...)
		started := time.Now()
		errs, _ = reported(t, t.Context(), tn.Client, app.ServicePrincipalID, changes)
		require.ErrorIs(t, errs[0], graph.ErrNotReplicated)
		assert.ErrorContains(t, errs[0], "after 30s; run again in a few minutes")
		assert.LessOrEqual(t, time.Since(started), 30*time.Second)

		tn.Faults.Inject(post, faulttest.Times(99, faulttest.Refusal("", 400, "Request_BadRequest", "Not a valid reference update."))...)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		errs, _ = reported(t, ctx, tn.Client, app.ServicePrincipalID, changes)
		assert.ErrorIs(t, errs[0], context.DeadlineExceeded)
	})
}

func TestWhatWasWrittenLongAgoIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		_, app := tn.AddApplication("CORPDB1")
		ada := faulttest.CreateUser(t.Context(), tn.Client, "ada").User.ID
		time.Sleep(20 * time.Minute)
		tn.Faults.Inject(post, faulttest.Refusal("", 400, "Request_BadRequest", "Not a valid reference update."))
		errs, _ := reported(t, t.Context(), tn.Client, app, adding(ada))
		assert.Error(t, errs[0])
		assert.Len(t, tn.Faults.Sent(post), 1)
	})
}

func TestWriteAssignmentsStopsWithItsContextAndItsConsumer(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, &graph.Options{InFlight: 1})
	_, app := tn.AddApplication("CORPDB1")
	var users []string
	for i := range 100 {
		users = append(users, tn.AddUser(fmt.Sprintf("user%d", i)))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done, untried := 0, 0
	for _, err := range tn.Client.WriteAssignments(ctx, app, adding(users...)) {
		cancel()
		if err == nil {
			done++
		} else if assert.ErrorIs(t, err, context.Canceled) {
			untried++
		}
	}
	assert.Equal(t, 100, done+untried)
	made, err := tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	assert.Len(t, made, done, "what was made must be reported as made")

	for range tn.Client.WriteAssignments(t.Context(), app, adding(users...)) {
		break
	}
	made, err = tn.Client.Assignments(t.Context(), app)
	require.NoError(t, err)
	assert.Less(t, len(made), 100, "breaking out must stop it")

	tn.Options.ReadOnly = true
	tn.Faults.Forget()
	for _, err := range tn.NewClient().WriteAssignments(t.Context(), app, adding(users...)) {
		assert.ErrorIs(t, err, graph.ErrReadOnly)
	}
	assert.Empty(t, tn.Faults.Calls())
}

func TestWriteAssignmentsSaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	denied := faulttest.Refusal("", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	tn.Faults.Inject(post, denied)
	tn.Faults.Inject(remove, denied)
	errs, _ := reported(t, t.Context(), tn.Client, faulttest.RoleID, append(adding(faulttest.RoleID),
		assign.Change{Action: assign.Remove, AssignmentID: strings.Repeat("a", 43)}))
	assert.ErrorContains(t, errs[0], "needs the Graph permission AppRoleAssignment.ReadWrite.All and Application.Read.All")
	assert.ErrorContains(t, errs[1], "needs the Graph permission AppRoleAssignment.ReadWrite.All, which")
}

// A permission that is missing is missing for all: hundreds of requests would be
// refused in vain, and the reason stand in hundreds of lines. One refused change
// among others is no reason to stop.
func TestWriteAssignmentsGivesUpWhenAllIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		refusals, changes, sent, notTried int
		status                            int
		reason                            string
	}{
		{-1, 300, 20, 280, 403, "every change is refused"},
		{-1, 300, 20, 280, 401, "the token is refused"},
		{19, 300, 300, 0, 403, "not every change of the first twenty is refused"},
		{-1, 5, 5, 0, 403, "all were tried"},
	} {
		synctest.Test(t, func(t *testing.T) {
			tn := faulttest.NewTenant(t, nil)
			app, resource := tn.AddApplication("CORPDB1")
			_ = app
			plan := assign.Plan{ResourceID: resource, Application: "CORPDB1"}
			for i := range tt.changes {
				plan.Changes = append(plan.Changes, assign.Change{Action: assign.Add, PrincipalID: tn.AddUser(fmt.Sprint("u", i)),
					AppRoleID: faulttest.RoleID, AppRole: "General"})
			}
			time.Sleep(time.Hour)
			tn.Fake.ForgetRequests()
			tn.Fake.Inject(graphfake.Fault{Method: "POST", Path: "/servicePrincipals/{id}/appRoleAssignedTo",
				Status: tt.status, Times: tt.refusals})
			report, err := assign.Apply(t.Context(), tn.Client, plan, nil)
			require.Error(t, err)
			assert.Equal(t, tt.notTried, report.Count(assign.NotTried), tt.reason)
			assert.Equal(t, tt.notTried > 0, errors.Is(err, assign.ErrNotTried), tt.reason)
			assert.Equal(t, tt.sent, tn.Fake.Operations("POST /servicePrincipals/{servicePrincipal}/appRoleAssignedTo")["POST /servicePrincipals/{servicePrincipal}/appRoleAssignedTo"], tt.reason)
			if tt.notTried > 0 {
				var text strings.Builder
				require.NoError(t, report.WriteText(&text))
				assert.Equal(t, 1, strings.Count(text.String(), fmt.Sprint("status ", tt.status)), text.String())
				assert.Equal(t, 1, strings.Count(err.Error(), fmt.Sprint("status ", tt.status)), err)
			}
		})
	}
}
