package entra_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const (
	listing = "GET /servicePrincipals/{id}/appRoleAssignedTo"
	ownList = "GET /users/{id}/appRoleAssignments"
)

// One listing of a replica that lags is not what is there.
func TestSettledAssignmentsLooksUntilTwoLooksAgree(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		lags   int // listings
		looks  int
		took   time.Duration
	}{
		{"quiet: one listing more", 0, 2, 0},
		{"the first lags", 1, 4, time.Second},
		{"two lag, each in its way", 2, 4, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			tn := faulttest.NewTenant(t, nil)
			_, app := tn.AddApplication("CORPDB1")
			_, _ = reported(t, t.Context(), tn.Client, app, adding(tn.AddUser("ada"), tn.AddUser("bob"), tn.AddUser("cy")))
			for i := range test.lags {
				tn.Fake.Inject(graphfake.Fault{Path: "/servicePrincipals/{id}/appRoleAssignedTo", Method: "GET",
					Effect: graphfake.HideObjects, Objects: i + 1})
			}
			tn.Faults.Forget()
			started := time.Now()
			all, err := tn.Client.SettledAssignments(t.Context(), app)
			require.NoError(t, err, test.reason)
			assert.Len(t, all, 3, test.reason)
			assert.Len(t, tn.Faults.Sent(listing), test.looks, test.reason)
			assert.Equal(t, test.took, time.Since(started), test.reason)
		})
	}
}

func TestSettledAssignmentsEndsWhenLooksNeverAgree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, &graph.Options{ReplicationWait: 30 * time.Second})
		_, app := tn.AddApplication("CORPDB1")
		_, _ = reported(t, t.Context(), tn.Client, app, adding(tn.AddUser("ada")))
		var flicker []faulttest.Fault
		for range 50 {
			flicker = append(flicker, faulttest.Answer(`{"value":[]}`), faulttest.Answer(`{"value":[{"id":"a","principalId":"p","principalType":"User","appRoleId":"r","resourceId":"s"}]}`))
		}
		tn.Faults.Inject(listing, flicker...)
		all, err := tn.Client.SettledAssignments(t.Context(), app)
		require.ErrorIs(t, err, graph.ErrNotReplicated)
		assert.Nil(t, all)
	})
}

func TestUserAssignmentsReadsEachUsersOwnList(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, app := tn.AddApplication("CORPDB1")
	_, other := tn.AddApplication("CORPDB2")
	ada, bob, cy := tn.AddUser("ada"), tn.AddUser("bob"), tn.AddUser("cy")
	staff := tn.Fake.AddGroup(graphfake.Group{DisplayName: "Staff", Members: []string{bob}})
	for _, resource := range []string{app, other} {
		tn.Fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: ada, ResourceID: resource, AppRoleID: faulttest.RoleID})
	}
	tn.Fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: staff.ID, ResourceID: app, AppRoleID: faulttest.RoleID})
	const nobody = "99999999-9999-4999-8999-999999999999"
	lists, err := tn.Client.UserAssignments(t.Context(), app, []string{ada, nobody, bob, cy})
	require.NoError(t, err)
	require.Len(t, lists, 4)
	require.Len(t, lists[0], 1, "the other application's assignment is none of this one")
	assert.Equal(t, ada, lists[0][0].PrincipalID)
	assert.Nil(t, lists[1], "not found")
	require.Len(t, lists[2], 1)
	assert.Equal(t, staff.ID, lists[2][0].PrincipalID, "what a group gives")
	assert.NotNil(t, lists[3], "was read, and is empty")
	assert.Empty(t, lists[3])
}

// An answer that doesn't fit the question, or isn't whole, says nothing.
func TestUserAssignmentsRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	const ada, app = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	const mine = `{"id":"a","principalId":"` + ada + `","principalType":"User","appRoleId":"r","resourceId":"` + app + `"}`
	for reason, body := range map[string]string{
		"somebody else's":      `{"value":[{"id":"a","principalId":"p","principalType":"User","appRoleId":"r","resourceId":"` + app + `"}]}`,
		"of another resource":  `{"value":[{"id":"a","principalId":"` + ada + `","principalType":"User","appRoleId":"r","resourceId":"s"}]}`,
		"without its type":     `{"value":[{"id":"a","principalId":"` + ada + `","appRoleId":"r","resourceId":"` + app + `"}]}`,
		"null":                 `{"value":[null]}`,
		"a broken second page": `{"value":[` + mine + `],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x?$skiptoken=1"}`,
	} {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject(ownList, faulttest.Answer(body))
		tn.Faults.Inject("GET /x", faulttest.Answer(`{"value":[{"id":"b"}]}`))
		lists, err := tn.Client.UserAssignments(t.Context(), app, []string{ada})
		require.ErrorIs(t, err, graph.ErrIncomplete, reason)
		assert.Nil(t, lists, reason)
	}
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject(ownList, faulttest.Answer(`{"value":[],"@odata.nextLink":"https://graph.microsoft.com/v1.0/x?$skiptoken=1"}`))
	tn.Faults.Inject("GET /x", faulttest.Answer(`{"value":[`+mine+`]}`))
	lists, err := tn.Client.UserAssignments(t.Context(), app, []string{ada})
	require.NoError(t, err)
	assert.Len(t, lists[0], 1, "an empty page with a link is not the end")
}
