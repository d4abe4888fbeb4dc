package governance_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

const (
	assignedTo = "/servicePrincipals/{id}/appRoleAssignedTo"
	ownList    = "/users/{id}/appRoleAssignments"
)

// lost returns who lost access since a snapshot, and how, by login or name.
func (x *scene) lost(snapshot fulfill.Snapshot) map[string]fulfill.Cause {
	x.t.Helper()
	present, err := x.governance.Present(x.t.Context(), snapshot, nil)
	require.NoError(x.t, err)
	list, err := fulfill.NewRevocations(snapshot, present, nil)
	require.NoError(x.t, err)
	causes := map[string]fulfill.Cause{}
	for _, r := range append(list.Accounts, list.NoAccount...) {
		causes[r.Account.Key] = r.Lost[0].Cause
	}
	return causes
}

// A scene of people who hold a role of their own, two roles, or one through a group.
func lagging(t *testing.T, opts graphfake.Options) (x *scene, own graphfake.AppRoleAssignment, staff graphfake.Group) {
	opts.TB = t
	x = newScene(t, graphfake.New(&opts), nil)
	x.user("ada", general, auditor)
	own = x.assign(x.user("bob").ID, general)
	staff = x.fake.AddGroup(graphfake.Group{DisplayName: "Staff", Members: []string{x.user("cy").ID, x.user("dee").ID}})
	x.assign(staff.ID, general)
	x.logins = []string{"ada", "bob", "cy", "dee"}
	return x, own, staff
}

// A listing that lacks what its users still hold closes nobody's account.
func TestPresent_DoesNotTakeAListingsWordForALoss(t *testing.T) {
	t.Parallel()
	for _, hidden := range []graphfake.Fault{
		{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1},
		{Path: assignedTo, Effect: graphfake.HideObjects, Objects: 2, Times: -1},
		{Path: assignedTo, Effect: graphfake.HideObjects, Objects: 1},
		{Path: "/groups/{id}/members", Effect: graphfake.HideObjects, Times: -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			x, _, _ := lagging(t, graphfake.Options{})
			snapshot, err := x.snapshot(t.Context(), x.client)
			require.NoError(t, err)
			x.fake.Inject(hidden)
			started := time.Now()
			assert.Empty(t, x.lost(snapshot), hidden)
			assert.Less(t, time.Since(started), 2*time.Second, "who is seen in their own list needs no waiting")
		})
	}
}

// What is really lost comes out as a loss, be the listing as it may.
func TestPresent_RealLossesAreLosses(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, 24 * time.Hour} {
		for _, hidden := range []int{1, 3} {
			synctest.Test(t, func(t *testing.T) {
				x, own, staff := lagging(t, graphfake.Options{})
				x.user("eve", general)
				snapshot, err := x.snapshot(t.Context(), x.client)
				require.NoError(t, err)
				time.Sleep(age)
				x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+own.ID, "")
				x.send(http.MethodDelete, "/groups/"+staff.ID+"/members/"+x.users["cy"].ID+"/$ref", "")
				x.fake.DeleteUser(x.users["eve"].ID)
				x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Objects: hidden, Times: -1})
				assert.Equal(t, map[string]fulfill.Cause{"BOB": fulfill.RemovedOtherwise, "CY": fulfill.RemovedOtherwise,
					"EVE": fulfill.UserDeleted}, x.lost(snapshot))
			})
		}
	}
}

// Whoever is deleted while the lists are read has lost the role: a replica that
// still shows the user doesn't make the answer unfinished.
func TestPresent_OfAUserWhoIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, _, _ := lagging(t, graphfake.Options{Replication: &graphfake.Replication{
			Replicas: graphfake.EvenLags(2, 5*time.Second), Choose: graphfake.Behind("/users")}})
		snapshot, err := x.snapshot(t.Context(), x.client)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		x.send(http.MethodDelete, "/users/"+x.users["bob"].ID, "")
		assert.Equal(t, map[string]fulfill.Cause{"BOB": fulfill.UserDeleted}, x.lost(snapshot))
	})
}

// Without the permission to read people's own lists nothing is concluded.
func TestPresent_OwnListsThatCannotBeReadAreNoLoss(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		fault  graphfake.Fault
		want   error
		names  string
	}{
		{"refused", graphfake.Fault{Status: 403}, graph.ErrForbidden, "Directory.Read.All"},
		{"an assignment without id", graphfake.Fault{Effect: graphfake.DropProperty, Property: "id"}, graph.ErrIncomplete, "id"},
		{"a role that is null", graphfake.Fault{Effect: graphfake.NullProperty, Property: "appRoleId"}, graph.ErrIncomplete, "appRoleId"},
		{"no page", graphfake.Fault{Effect: graphfake.NullObject}, graph.ErrIncomplete, "null"},
	} {
		x, _, _ := lagging(t, graphfake.Options{})
		snapshot, err := x.snapshot(t.Context(), x.client)
		require.NoError(t, err)
		test.fault.Path, test.fault.Times = ownList, -1
		x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1}, test.fault)
		present, err := x.governance.Present(t.Context(), snapshot, nil)
		require.ErrorIs(t, err, test.want, test.reason)
		assert.ErrorContains(t, err, test.names, test.reason)
		assert.Equal(t, fulfill.Present{}, present, test.reason)
	}
}

// A snapshot that lacks a holder never lists them when they lose the role.
func TestAccessOf_ShowsWhomTheListingLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, _, _ := lagging(t, graphfake.Options{})
		x.user("fay")
		whole, err := x.governance.Access(t.Context(), x.app.ID)
		require.NoError(t, err)
		x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1})
		access, err := x.governance.AccessOf(t.Context(), x.app.ID, x.everybody())
		require.NoError(t, err)
		assert.ElementsMatch(t, whole.Assignments, access.Assignments)
		assert.Equal(t, whole.Members, access.Members)
	})
}

func (x *scene) everybody() (ids []string) {
	for _, user := range x.users {
		ids = append(ids, user.ID)
	}
	return ids
}

// Replicas that learn late make a listing, and some people's own lists, lag: right
// after a run nobody has lost anything, and the snapshot has everybody.
func TestNobodyLosesAnythingRightAfterARun(t *testing.T) {
	t.Parallel()
	for seed := range 30 {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Seed: uint64(seed), Replication: &graphfake.Replication{}}), nil)
			for i := range 200 {
				x.logins = append(x.logins, fmt.Sprintf("user%d", i))
				x.user(x.logins[i])
			}
			report, err := match.Run(t.Context(), x.client, rosterOf(t, x.export()).Rows(),
				match.Column("Email", "userPrincipalName"), nil)
			require.NoError(t, err)
			app, err := x.client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
			require.NoError(t, err)
			x.run(app.App(), report)

			now := fulfill.Access{Complete: true, ResourceID: x.app.ID}
			for _, a := range x.fake.Assignments(x.app.ID) {
				now.Assignments = append(now.Assignments, assign.Assignment{ID: a.ID, PrincipalID: a.PrincipalID,
					PrincipalType: a.PrincipalType, ResourceID: a.ResourceID, AppRoleID: a.AppRoleID})
			}
			require.Len(t, now.Assignments, 200)
			snapshot, err := fulfill.NewSnapshot(app.App(), report.Found(nil), now, time.Now(), nil)
			require.NoError(t, err)
			if seed%2 == 0 {
				assert.Empty(t, x.lost(snapshot), "seed %d", seed)
				return
			}
			access, err := x.governance.AccessOf(t.Context(), x.app.ID, x.everybody())
			require.NoError(t, err)
			taken, err := fulfill.NewSnapshot(app.App(), report.Found(nil), access, snapshot.Taken, nil)
			require.NoError(t, err)
			assert.Equal(t, snapshot, taken, "seed %d: the snapshot lacks somebody", seed)
		})
	}
}

// run gives everybody of the report the role General, without verifying it.
func (x *scene) run(app assign.App, report *match.Report) {
	x.t.Helper()
	rule, err := assign.OneRole(app.Roles, "General")
	require.NoError(x.t, err)
	wants, _ := assign.Wants(report.Found(nil), rule)
	plan, err := assign.NewPlan(app, wants, nil, nil)
	require.NoError(x.t, err)
	_, err = assign.Apply(x.t.Context(), x.client, plan, nil)
	require.NoError(x.t, err)
}
