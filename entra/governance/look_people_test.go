package governance_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// The roles that the application declares give losses their names, and tell a role that
// was made anew from one that was taken away.
func TestLook_ReadsTheRoles(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	look, err := x.governance.Look(t.Context(), x.nothingKnown(), nil)
	require.NoError(t, err)
	var names []string
	for _, role := range look.Roles {
		names = append(names, role.DisplayName)
		assert.NotEmpty(t, role.ID)
	}
	assert.Equal(t, []string{"General", "Auditor"}, names)
	assert.False(t, look.Time.IsZero())
}

// Roles that did not come are not no roles: all of them would look as if they were made
// anew, or taken away.
func TestLook_WithoutRolesIsUnfinished(t *testing.T) {
	t.Parallel()
	const other = `{"id":"` + anybody + `","appRoles":[]}`
	for _, test := range []struct {
		effect          graphfake.Effect
		property, names string
		body            string // instead of the effect
	}{
		{graphfake.NullProperty, "appRoles", "appRoles", ""},
		{graphfake.DropProperty, "appRoles", "appRoles", ""},
		{graphfake.NullProperty, "appRoles/id", "id", ""},
		{graphfake.DropProperty, "appRoles/id", "id", ""},
		{graphfake.DropProperty, "id", "its id", ""},
		{"", "", "id", `{"id":"ID","appRoles":[null]}`},
		{"", "", "its id", other},
	} {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		state, c := x.nothingKnown(), x.governance
		if test.body == "" {
			x.fake.Inject(graphfake.Fault{Operation: "GET /servicePrincipals/{servicePrincipal}", Effect: test.effect,
				Property: test.property, Times: -1})
		} else {
			body := strings.Replace(test.body, `"ID"`, `"`+x.app.ID+`"`, 1)
			c = governance.New(x.connect(answering{x.fake.Transport(), "/servicePrincipals/" + x.app.ID, body}))
		}
		look, err := c.Look(t.Context(), state, nil)
		require.ErrorIs(t, err, graph.ErrIncomplete, "%v", test)
		assert.ErrorContains(t, err, "comes without "+test.names, "%v", test)
		assert.ErrorContains(t, err, "CORPDB1", "%v", test)
		assert.ErrorContains(t, err, "Application.Read.All", "%v", test)
		assert.Equal(t, fulfill.Look{}, look, "%v", test)
	}
}

// Somebody is given a role after the last look and loses it by a review before the next
// one: no look has shown it, and their account is to be closed all the same.
func TestLook_DeniedWhomNoLookShowed(t *testing.T) {
	t.Parallel()
	for status, change := range map[fulfill.UserStatus]func(x *scene, id string){
		fulfill.UserIsEnabled: func(*scene, string) {},
		fulfill.UserIsDisabled: func(x *scene, id string) {
			x.send(http.MethodPatch, "/users/"+id, `{"accountEnabled":false}`)
		},
		fulfill.UserIsDeleted: func(x *scene, id string) { x.fake.DeleteUser(id) },
	} {
		for _, listed := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
				x.user("ada", general)
				journal := x.begin(x.client)
				time.Sleep(time.Hour)
				eve := x.user("eve", general)
				d, _ := x.running(x.review())
				x.decide(d.ID, "eve", "Deny")
				_, err := x.governance.WaitReview(t.Context(), d, &governance.WaitReviewOptions{Interval: 24 * time.Hour})
				require.NoError(t, err)
				change(x, eve.ID)
				time.Sleep(time.Hour)

				report, err := x.report(t.Context(), x.client)
				require.NoError(t, err)
				if !listed {
					report = nil
				}
				look, err := x.look(t.Context(), x.client, journal.State(), report)
				require.NoError(t, err)
				what := fmt.Sprintf("%s, in the list: %v", status, listed)
				assert.Equal(t, status, look.Users[eve.ID], what)
				record(t, journal, look)
				list := journal.State().Revocations()
				if !listed || status == fulfill.UserIsDeleted { // of a user who is gone the list's row is nobody's
					require.Len(t, list.NoAccount, 1, what)
					assert.Equal(t, eve.ID, list.NoAccount[0].People[0].ID, what)
					assert.Equal(t, fulfill.Denied, list.NoAccount[0].Lost[0].Cause, what)
					assert.Empty(t, list.Accounts, what)
					return
				}
				require.Len(t, list.Accounts, 1, what)
				assert.Equal(t, "EVE", list.Accounts[0].Account.Key, what)
				assert.Equal(t, fulfill.CloseAccount, list.Accounts[0].Action(), what)
				assert.Equal(t, "olga", list.Accounts[0].Lost[0].By, what)
				assert.Empty(t, list.NoAccount, what)
			})
		}
	}
}

// Whoever came since the last look, by whichever way, comes with whether they can sign
// in: without that the whole look would be refused.
func TestLook_StatusesOfWhoCame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		p := x.withPackage()
		journal := x.begin(x.client)
		direct, member := x.user("direct", auditor), x.user("member")
		x.user("delivered")
		_, err := x.governance.AssignPackage(t.Context(), p, x.ids("delivered"), nil)
		require.NoError(t, err)
		x.assign(x.fake.AddGroup(graphfake.Group{DisplayName: "Staff", Members: []string{member.ID}}).ID, general)
		x.send(http.MethodPatch, "/users/"+member.ID, `{"accountEnabled":false}`)
		look, err := x.governance.Look(t.Context(), journal.State(),
			&governance.LookOptions{Packages: []*governance.AccessPackage{p}})
		require.NoError(t, err)
		assert.Equal(t, map[string]fulfill.UserStatus{x.users["ada"].ID: fulfill.UserIsEnabled,
			direct.ID: fulfill.UserIsEnabled, member.ID: fulfill.UserIsDisabled,
			x.users["delivered"].ID: fulfill.UserIsEnabled}, look.Users)
		record(t, journal, look)
		for id, roles := range map[string]int{direct.ID: 1, member.ID: 1, x.users["delivered"].ID: 1} {
			assert.Len(t, journal.State().People[id].Held, roles)
		}
	})
}

// The service tells times in milliseconds, and we know our own in nanoseconds: a denial
// in the same millisecond as a look was not taken before it.
func TestLook_ADecisionInTheMillisecondOfALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		x.user("bob", general)
		eve := x.user("eve", general)
		x.logins = []string{"ada", "bob"}
		d, _ := x.running(x.review())
		x.send(http.MethodDelete, "/servicePrincipals/"+x.app.ID+"/appRoleAssignedTo/"+x.grant("eve"), "")
		time.Sleep(24*time.Hour + 123_456_789*time.Nanosecond)
		journal := x.begin(x.client)
		time.Sleep(30 * time.Nanosecond)
		require.Equal(t, journal.State().Looked.Truncate(time.Millisecond), time.Now().UTC().Truncate(time.Millisecond),
			"the look has taken so long that this test can't fail")
		x.assign(eve.ID, general)
		for _, name := range []string{"ada", "eve"} {
			x.decide(d.ID, name, "Deny")
		}
		look, err := x.governance.Look(t.Context(), journal.State(), nil)
		require.NoError(t, err)
		record(t, journal, look)
		require.NotZero(t, journal.State().People[eve.ID].Held[0].NotBefore, "the first look did not show it")

		_, err = x.governance.WaitReview(t.Context(), d, &governance.WaitReviewOptions{Interval: 24 * time.Hour})
		require.NoError(t, err)
		time.Sleep(time.Hour)
		require.Len(t, x.fake.Assignments(x.app.ID), 1)
		assert.Equal(t, map[string]fulfill.Cause{"ADA": fulfill.Denied, "eve": fulfill.Denied}, x.lost(journal))
	})
}
