package graphfake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who asks for 999 users with their last sign-in gets pages of 500, and must follow
// the links. https://learn.microsoft.com/graph/api/user-list#optional-query-parameters
func TestPagesWithSignInActivityHaveAtMost500Users(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUsers(func(yield func(graphfake.User) bool) {
		for i := range 700 {
			if !yield(graphfake.User{UserPrincipalName: fmt.Sprintf("u%03d@contoso.example", i)}) {
				return
			}
		}
	})
	c := newClient(t, s)
	for query, want := range map[string]int{
		"$select=id,signInActivity&$top=999":                                           500,
		"$select=id,signInActivity&$top=50":                                            50,
		"$select=id,signInActivity":                                                    100,
		"$select=id&$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z": 0,
		"$select=id&$top=999":                                                          700,
	} {
		a := c.get("/users?" + query)
		require.Equal(t, 200, a.status, "%s: %s", query, a.text)
		assert.Len(t, a.values(), want, query)
	}
	assert.Len(t, c.all("/users?$select=id,signInActivity&$top=999", "id"), 700)
}

// What restore brings back must survive a dump, and an object that was deleted too
// must not come back by the restoring of another.
func TestRestoreBringsBackWhatADumpHolds(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	bob := s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example", More: map[string]any{"manager": ada.ID}})
	s.AddGroup(graphfake.Group{DisplayName: "G", Members: []string{ada.ID, bob.ID}, Owners: []string{ada.ID}})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders",
		AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read"}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	for _, id := range []string{ada.ID, bob.ID} {
		s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: id, ResourceID: sp.ID, AppRoleID: readerRole})
	}
	before := s.Snapshot()
	c := newClient(t, s)
	require.Equal(t, 204, c.do("DELETE", "/users/"+ada.ID, nil).status)
	require.Equal(t, 204, c.do("DELETE", "/servicePrincipals/"+sp.ID, nil).status)
	require.Empty(t, s.Assignments(""))

	second := graphfake.New(&graphfake.Options{TB: t})
	require.NoError(t, second.Load(strings.NewReader(dump(t, s))))
	require.Equal(t, dump(t, s), dump(t, second))
	c = newClient(t, second)
	require.Equal(t, 200, c.do("POST", "/directory/deletedItems/"+ada.ID+"/restore", nil).status)
	require.Empty(t, second.Assignments(""), "the service principal is still deleted")
	require.Equal(t, []string{ada.ID}, second.Groups()[0].Owners)
	require.Equal(t, 200, c.do("POST", "/directory/deletedItems/"+sp.ID+"/restore", nil).status)
	require.Len(t, second.Assignments(sp.ID), 2)
	require.Empty(t, before.Diff(second.Snapshot()))

	require.Equal(t, 204, c.do("DELETE", "/users/"+bob.ID, nil).status)
	require.Equal(t, 204, c.do("DELETE", "/directory/deletedItems/"+bob.ID, nil).status)
	assert.NotContains(t, dump(t, second), bob.ID, "what is deleted for good leaves nothing behind")
}

// A subscription in its grace period has no enabled seats: whoever counts only those
// finds none. https://learn.microsoft.com/graph/api/resources/licenseunitsdetail
func TestSeatsInTheGracePeriodCountAsWarning(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", CapabilityStatus: "Warning", Warning: 25})
	sku := newClient(t, s).get("/subscribedSkus").values()[0]
	assert.Equal(t, "Warning", sku["capabilityStatus"])
	assert.Equal(t, map[string]any{"enabled": 0.0, "warning": 25.0, "suspended": 0.0, "lockedOut": 0.0}, sku["prepaidUnits"])
	assert.PanicsWithValue(t, "graphfake: a license with the status Warning has Warning seats and no Enabled ones",
		func() { s.AddLicense(graphfake.License{PartNumber: "X", CapabilityStatus: "Warning", Enabled: 1}) })
}
