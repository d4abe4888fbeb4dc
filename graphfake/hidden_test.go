package graphfake_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who is in a group with hidden membership is left out without a word unless the
// token has Member.Read.Hidden: whoever takes the answer for whole takes people's
// access away. https://learn.microsoft.com/graph/api/group-list-members
func TestHiddenMembership(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	hidden := s.AddGroup(graphfake.Group{DisplayName: "Hidden", Members: []string{ada.ID},
		More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []any{"Unified"}}})
	outer := s.AddGroup(graphfake.Group{DisplayName: "Outer", Members: []string{hidden.ID}})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders",
		AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read"}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: hidden.ID, ResourceID: sp.ID, AppRoleID: readerRole})

	const read = "GroupMember.Read.All User.Read.All Directory.Read.All"
	all, none := read+" Member.Read.Hidden", read
	groups := map[string]any{"groupIds": []string{hidden.ID, outer.ID}}
	for _, tc := range []struct {
		method, path string
		body         any
		seen         string // what an answer has with the permission only
	}{
		{"GET", "/groups/" + hidden.ID + "/members", nil, ada.ID},
		{"GET", "/groups/" + hidden.ID + "/members/microsoft.graph.user", nil, ada.ID},
		{"GET", "/groups/" + outer.ID + "/transitiveMembers", nil, ada.ID},
		{"GET", "/groups/" + hidden.ID + "?$expand=members", nil, ada.ID},
		{"GET", "/users/" + ada.ID + "/memberOf", nil, hidden.ID},
		{"GET", "/users/" + ada.ID + "/transitiveMemberOf", nil, outer.ID},
		{"GET", "/users/" + ada.ID + "/appRoleAssignments", nil, hidden.ID},
		{"POST", "/users/" + ada.ID + "/checkMemberGroups", groups, hidden.ID},
		{"POST", "/users/" + ada.ID + "/checkMemberGroups", groups, outer.ID},
		{"POST", "/users/" + ada.ID + "/getMemberGroups", map[string]any{"securityEnabledOnly": false}, outer.ID},
		{"POST", "/directoryObjects/" + ada.ID + "/getMemberObjects", map[string]any{"securityEnabledOnly": false}, hidden.ID},
	} {
		for permissions, shown := range map[string]bool{all: true, none: false} {
			for _, token := range []string{s.AppToken(strings.Fields(permissions)...),
				s.UserToken(ada.ID, strings.Fields(permissions)...)} {
				a := newClient(t, s).bearer(token).do(tc.method, tc.path, tc.body)
				require.Equal(t, 200, a.status, "%s: %s", tc.path, a.text)
				_, rest, _ := strings.Cut(a.text, `"`+tc.seen+`"`)
				assert.Equal(t, shown, rest != "", "%s with %q: %s", tc.path, permissions, a.text)
			}
		}
	}
	count := newClient(t, s).bearer(s.AppToken(strings.Fields(none)...)).with("ConsistencyLevel", "eventual").
		get("/groups/" + hidden.ID + "/members/$count")
	assert.Equal(t, "0", count.text)
	outerMembers := newClient(t, s).bearer(s.AppToken(strings.Fields(none)...)).get("/groups/" + outer.ID + "/members")
	assert.Contains(t, outerMembers.text, hidden.ID, "the group itself is seen, as its members are not")
	open := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	assert.Equal(t, 200, open.get("/groups").status)
}

// HiddenMembership is for Microsoft 365 groups, and only when they are made.
// https://learn.microsoft.com/graph/api/resources/group#group-visibility-options
func TestHiddenMembershipIsForNewUnifiedGroups(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	group := func(visibility any, types ...string) map[string]any {
		return map[string]any{"displayName": "G", "mailEnabled": len(types) > 0, "mailNickname": fmt.Sprint("g", visibility), "securityEnabled": true,
			"groupTypes": types, "visibility": visibility}
	}
	made := c.do("POST", "/groups", group("HiddenMembership", "Unified"))
	require.Equal(t, 201, made.status, made.text)
	assert.Equal(t, "HiddenMembership", made.json["visibility"])
	assert.Equal(t, 400, c.do("POST", "/groups", group("HiddenMembership")).status, "a security group can't be")
	id, _ := made.json["id"].(string)
	assert.Equal(t, 400, c.do("PATCH", "/groups/"+id, map[string]any{"visibility": "Public"}).status)
	other := c.do("POST", "/groups", group("Public", "Unified"))
	require.Equal(t, 201, other.status, other.text)
	id, _ = other.json["id"].(string)
	assert.Equal(t, 400, c.do("PATCH", "/groups/"+id, map[string]any{"visibility": "HiddenMembership"}).status)
}
