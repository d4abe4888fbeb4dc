package governance_test

import (
	"fmt"
	"net/http"
	"path/filepath"
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

// lost returns who lost access since the last look of a journal, and how, by login or
// name.
func (x *scene) lost(journal *fulfill.Journal) map[string]fulfill.Cause {
	x.t.Helper()
	return causes(x.revocations(journal))
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
func TestLook_DoesNotTakeAListingsWordForALoss(t *testing.T) {
	t.Parallel()
	for _, hidden := range []graphfake.Fault{
		{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1},
		{Path: assignedTo, Effect: graphfake.HideObjects, Objects: 2, Times: -1},
		{Path: assignedTo, Effect: graphfake.HideObjects, Objects: 1},
		{Path: "/groups/{id}/members", Effect: graphfake.HideObjects, Times: -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			x, _, _ := lagging(t, graphfake.Options{})
			journal := x.begin(x.client)
			x.fake.Inject(hidden)
			started := time.Now()
			assert.Empty(t, x.lost(journal), hidden)
			assert.Less(t, time.Since(started), 2*time.Second, "who is seen in their own list needs no waiting")
		})
	}
}

// What is really lost comes out as a loss, be the listing as it may.
func TestLook_RealLossesAreLosses(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{0, 24 * time.Hour} {
		for _, hidden := range []int{1, 3} {
			synctest.Test(t, func(t *testing.T) {
				x, own, staff := lagging(t, graphfake.Options{})
				x.user("eve", general)
				journal := x.begin(x.client)
				time.Sleep(age)
				x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+own.ID, "")
				x.send(http.MethodDelete, "/groups/"+staff.ID+"/members/"+x.users["cy"].ID+"/$ref", "")
				x.fake.DeleteUser(x.users["eve"].ID)
				x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Objects: hidden, Times: -1})
				assert.Equal(t, map[string]fulfill.Cause{"BOB": fulfill.RemovedOtherwise, "CY": fulfill.RemovedOtherwise,
					"EVE": fulfill.UserDeleted}, x.lost(journal))
			})
		}
	}
}

// Whoever is deleted while the lists are read has lost the role: a replica that
// still shows the user doesn't make the answer unfinished.
func TestLook_OfAUserWhoIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, _, _ := lagging(t, graphfake.Options{Replication: &graphfake.Replication{
			Replicas: graphfake.EvenLags(2, 5*time.Second), Choose: graphfake.Behind("/users")}})
		journal := x.begin(x.client)
		time.Sleep(time.Minute)
		x.send(http.MethodDelete, "/users/"+x.users["bob"].ID, "")
		assert.Equal(t, map[string]fulfill.Cause{"BOB": fulfill.UserDeleted}, x.lost(journal))
	})
}

// Without the permission to read people's own lists nothing is concluded.
func TestLook_OwnListsThatCannotBeReadAreNoLoss(t *testing.T) {
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
		journal := x.begin(x.client)
		test.fault.Path, test.fault.Times = ownList, -1
		x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1}, test.fault)
		look, err := x.governance.Look(t.Context(), journal.State(), nil)
		require.ErrorIs(t, err, test.want, test.reason)
		assert.ErrorContains(t, err, test.names, test.reason)
		assert.Equal(t, fulfill.Look{}, look, test.reason)
	}
}

// A journal that lacks a holder never lists them when they lose the role.
func TestLook_ShowsWhomTheListingLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, _, _ := lagging(t, graphfake.Options{})
		x.user("fay")
		x.logins = append(x.logins, "fay")
		whole, err := x.governance.Access(t.Context(), x.app.ID)
		require.NoError(t, err)
		x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1})
		report, err := x.report(t.Context(), x.client)
		require.NoError(t, err)
		look, err := x.look(t.Context(), x.client, x.nothingKnown(), report)
		require.NoError(t, err)
		assert.ElementsMatch(t, whole.Assignments, look.Access.Assignments)
		assert.Equal(t, whole.Members, look.Access.Members)
	})
}

// Whoever the application's list lacks is found through the group of somebody whose own
// list shows it, and may be unknown until then: the look is whole all the same.
func TestLook_OfWhoCameToAGroupThatTheListingLacks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x, _, staff := lagging(t, graphfake.Options{})
		journal := x.begin(x.client)
		eve := x.user("eve")
		x.send(http.MethodPost, "/groups/"+staff.ID+"/members/$ref",
			`{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/`+eve.ID+`"}`)
		x.fake.Inject(graphfake.Fault{Path: assignedTo, Effect: graphfake.HideObjects, Times: -1})
		look, err := x.governance.Look(t.Context(), journal.State(), nil)
		require.NoError(t, err)
		assert.Equal(t, fulfill.UserIsEnabled, look.Users[eve.ID])
		record(t, journal, look)
		assert.Len(t, journal.State().People[eve.ID].Held, 1)
		assert.Empty(t, journal.State().Losses)
	})
}

// nothingKnown is what the journal says that has just been begun.
func (x *scene) nothingKnown() *fulfill.State {
	app, err := x.client.FindApplication(x.t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.NoError(x.t, err)
	return fulfill.NewState(app.App(), time.Now())
}

// Replicas that learn late make a listing, and some people's own lists, lag: right
// after a run nobody has lost anything, and the journal has everybody.
func TestNobodyLosesAnythingRightAfterARun(t *testing.T) {
	t.Parallel()
	for seed := range 30 {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Seed: uint64(seed), Replication: &graphfake.Replication{}}), nil)
			for i := range 200 {
				x.logins = append(x.logins, fmt.Sprintf("user%d", i))
				x.user(x.logins[i])
			}
			report, err := x.report(t.Context(), x.client)
			require.NoError(t, err)
			app, err := x.client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
			require.NoError(t, err)
			x.run(app.App(), report)

			if seed%2 == 0 {
				journal := x.open(x.client, filepath.Join(t.TempDir(), "CORPDB1.journal"))
				defer journal.Close()
				record(t, journal, x.truth(report))
				assert.Empty(t, x.lost(journal), "seed %d", seed)
				return
			}
			journal := x.begin(x.client)
			assert.Empty(t, x.lost(journal), "seed %d: a second look", seed)
			look, err := x.look(t.Context(), x.client, x.nothingKnown(), report)
			require.NoError(t, err)
			assert.Equal(t, x.held(x.truth(report)), x.held(look), "seed %d: the look lacks somebody", seed)
			for _, user := range x.users {
				if user.ID != x.owner.ID {
					assert.Len(t, journal.State().People[user.ID].Held, 1, "seed %d: the journal lacks somebody", seed)
				}
			}
		})
	}
}

// held returns who holds what in the eyes of a journal that has just been begun.
func (x *scene) held(look fulfill.Look) map[string]string {
	x.t.Helper()
	news, err := x.nothingKnown().Compare(look, nil)
	require.NoError(x.t, err)
	held := map[string]string{}
	for _, person := range news.People {
		for _, role := range person.Held {
			held[person.Name+" "+role.AppRoleID] = fmt.Sprint(role.Paths)
		}
	}
	return held
}

// truth is what a look shows if no replica is behind: who is in the list, and who holds
// what.
func (x *scene) truth(report *match.Report) fulfill.Look {
	x.t.Helper()
	list, err := fulfill.NewList(report, &fulfill.ListOptions{Column: "Login"})
	require.NoError(x.t, err)
	look := fulfill.Look{Time: time.Now(), List: list, Access: fulfill.Access{Complete: true, ResourceID: x.app.ID}}
	for _, a := range x.fake.Assignments(x.app.ID) {
		look.Access.Assignments = append(look.Access.Assignments, assign.Assignment{ID: a.ID, PrincipalID: a.PrincipalID,
			PrincipalType: a.PrincipalType, ResourceID: a.ResourceID, AppRoleID: a.AppRoleID})
	}
	require.Len(x.t, look.Access.Assignments, len(x.logins))
	return look
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
