package graphfake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shuffling returns a tenant in which lists have another order each time, with 30
// users who are members of a group and assigned to an application.
func shuffling(t *testing.T, seed uint64) (c *client, ids []string, group, principal string) {
	s := graphfake.New(&graphfake.Options{TB: t, Seed: seed, Shuffle: true})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders",
		AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read"}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	for i := range 30 {
		u := s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%02d@contoso.example", i), Surname: "S"})
		s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: u.ID, ResourceID: sp.ID, AppRoleID: readerRole})
		ids = append(ids, u.ID)
	}
	g := s.AddGroup(graphfake.Group{DisplayName: "G", Members: ids})
	return newClient(t, s), ids, g.ID, sp.ID
}

// A test that relies on an order which the service does not promise must fail here, and
// one that reads all pages must see each object once.
func TestShuffledListsHaveAllAndNoOrder(t *testing.T) {
	t.Parallel()
	c, ids, group, principal := shuffling(t, 1)
	slices.Sort(ids)
	for target, property := range map[string]string{
		"/users?$top=7":                        "id",
		"/users?$top=7&$filter=surname eq 'S'": "id",
		"/users?$top=7&$filter=startswith(mail,'u') or startswith(userPrincipalName,'u')": "id",
		"/groups/" + group + "/members?$top=7":                                            "id",
		"/groups/" + group + "/members/microsoft.graph.user?$top=7":                       "id",
		"/groups/" + group + "/transitiveMembers?$top=7":                                  "id",
		"/servicePrincipals/" + principal + "/appRoleAssignedTo?$top=7":                   "principalId",
		"/users/delta": "id",
	} {
		first, second := c.all(target, property), c.all(target, property)
		if !strings.HasSuffix(target, "/delta") {
			assert.NotEqual(t, first, second, "%s: each listing has its own order", target)
		}
		for _, list := range [][]string{first, second} {
			assert.False(t, slices.IsSorted(list), target)
			slices.Sort(list)
			assert.Equal(t, ids, list, "%s: its pages fit together", target)
		}
	}
	byIDs := c.do("POST", "/directoryObjects/getByIds", map[string]any{"ids": ids}).column("id")
	assert.NotEqual(t, ids, byIDs)
	assert.ElementsMatch(t, ids, byIDs)
	expanded := c.get("/groups/" + group + "?$expand=members($select=id)").json["members"].([]any)
	assert.Len(t, expanded, 20)
	count := c.advanced().get("/users?$count=true&$top=1")
	assert.EqualValues(t, 30, count.json["@odata.count"])
}

func TestShuffleKeepsTheOrderThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c, _, _, _ := shuffling(t, 1)
	names := c.all("/users?$top=7&$orderby=displayName", "displayName")
	assert.Len(t, names, 30)
	assert.True(t, slices.IsSorted(names))
}

func TestShuffleRepeatsFromItsSeed(t *testing.T) {
	t.Parallel()
	order := func(seed uint64) (names []string) {
		c, _, _, _ := shuffling(t, seed)
		return append(c.all("/users?$top=7", "displayName"), c.all("/users?$top=7", "displayName")...)
	}
	require.Equal(t, order(7), order(7), "or a failure could not be looked into")
	assert.NotEqual(t, order(7), order(8))
}

// Governance services page by $skip: there the order must be the same for all pages
// without a token to keep it.
func TestShuffledCatalogsFitTogether(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Seed: 3, Shuffle: true}))
	const catalogs = "/identityGovernance/entitlementManagement/catalogs"
	var made []string
	for i := range 12 {
		a := c.do("POST", catalogs, map[string]any{"displayName": fmt.Sprintf("C%02d", i)})
		require.Equal(t, 201, a.status, a.text)
		made = append(made, fmt.Sprintf("C%02d", i))
	}
	names := c.all(catalogs+"?$top=5", "displayName")
	assert.NotEqual(t, made, names)
	assert.Subset(t, names, made)
}
