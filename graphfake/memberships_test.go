package graphfake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that asks in one of these ways and is answered otherwise gives access by
// groups that nobody is in, or takes it away from people who are.
func TestMembershipActions(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{
		AppID: s.AddApplication(graphfake.Application{DisplayName: "App"}).AppID})
	inner := s.AddGroup(graphfake.Group{DisplayName: "Inner", Members: []string{ada.ID, sp.ID}})
	outer := s.AddGroup(graphfake.Group{DisplayName: "Outer", Members: []string{inner.ID}})
	mail := s.AddGroup(graphfake.Group{DisplayName: "Mail", Members: []string{ada.ID},
		More: map[string]any{"securityEnabled": false, "mailEnabled": true, "groupTypes": []any{"Unified"}}})
	me := newClient(t, s).bearer(s.UserToken(ada.ID, "User.Read"))
	all, security := map[string]any{"securityEnabledOnly": false}, map[string]any{"securityEnabledOnly": true}
	asked := []string{strings.ToUpper(inner.ID), outer.ID, mail.ID}
	for _, tc := range []struct {
		reason, path string
		body         any
		want         []string
	}{
		{"of a user", "/users/" + ada.ID + "/getMemberGroups", all, []string{inner.ID, outer.ID, mail.ID}},
		{"only groups that give access", "/users/" + ada.ID + "/getMemberGroups", security, []string{inner.ID, outer.ID}},
		{"of the signed-in user", "/me/getMemberObjects", security, []string{inner.ID, outer.ID}},
		{"of a group", "/groups/" + inner.ID + "/getMemberGroups", all, []string{outer.ID}},
		{"of a group that is in none", "/groups/" + outer.ID + "/getMemberObjects", all, []string{}},
		{"of a service principal", "/servicePrincipals/" + sp.ID + "/getMemberGroups", all, []string{inner.ID, outer.ID}},
		{"by its appId", "/servicePrincipals(appId='" + sp.AppID + "')/getMemberObjects", all, []string{inner.ID, outer.ID}},
		{"of any object", "/directoryObjects/" + sp.ID + "/getMemberGroups", all, []string{inner.ID, outer.ID}},
		{"ids in any letter case", "/me/checkMemberGroups", map[string]any{"groupIds": asked},
			[]string{inner.ID, outer.ID, mail.ID}},
		{"not those of others", "/groups/" + inner.ID + "/checkMemberObjects", map[string]any{"ids": asked},
			[]string{outer.ID}},
		{"of a service principal, some", "/servicePrincipals/" + sp.ID + "/checkMemberGroups",
			map[string]any{"groupIds": asked[:1]}, []string{inner.ID}},
		{"with the namespace", "/users/" + ada.ID + "/microsoft.graph.checkMemberObjects", map[string]any{"ids": asked[1:]},
			[]string{outer.ID, mail.ID}},
	} {
		a := me.do("POST", tc.path, tc.body)
		require.Equal(t, 200, a.status, "%s: %s", tc.reason, a.text)
		got := []string{}
		for _, v := range a.json["value"].([]any) {
			got = append(got, v.(string))
		}
		assert.ElementsMatch(t, tc.want, got, tc.reason)
	}
	assert.Equal(t, 400, me.do("POST", "/me/checkMemberGroups", map[string]any{"ids": asked}).status,
		"ids is the parameter of checkMemberObjects")
	assert.Equal(t, 405, me.get("/me/getMemberGroups").status)
}

// https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
func TestTooManyMemberships(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	var groups []string
	for i := range 11_001 {
		groups = append(groups, fmt.Sprintf(`{"displayName":"G%d","members":["%s"]}`, i, ada.ID))
	}
	require.NoError(t, s.Load(strings.NewReader(`{"groups":[`+strings.Join(groups, ",")+`]}`)))
	a := newClient(t, s).do("POST", "/users/"+ada.ID+"/getMemberGroups", map[string]any{"securityEnabledOnly": true})
	code, _ := a.fault()
	require.Equal(t, "Directory_ResultSizeLimitExceeded", code, a.text)
	require.Equal(t, 400, a.status)
}

// The pages name other permissions for each kind of object.
// https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
func TestMembershipPermissions(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	ada, bob := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"}),
		s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	group := s.AddGroup(graphfake.Group{DisplayName: "G"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{
		AppID: s.AddApplication(graphfake.Application{DisplayName: "App"}).AppID})
	const user, app = "user", "app"
	for _, tc := range []struct {
		kind, permissions, path string
		status                  int
	}{
		{app, "User.Read.All", "/users/" + ada.ID + "/getMemberGroups", 403},
		{app, "User.Read.All GroupMember.Read.All", "/users/" + ada.ID + "/getMemberGroups", 200},
		{app, "User.ReadBasic.All Group.Read.All", "/users/" + ada.ID + "/checkMemberGroups", 400},
		{app, "User.Read.All", "/users/" + ada.ID + "/getMemberObjects", 200},
		{user, "User.Read", "/me/getMemberObjects", 200},
		{user, "User.Read", "/users/" + bob.ID + "/getMemberObjects", 403},
		{user, "User.Read GroupMember.Read.All", "/me/getMemberGroups", 200},
		{user, "User.Read GroupMember.Read.All", "/users/" + bob.ID + "/getMemberGroups", 403},
		{app, "GroupMember.Read.All", "/groups/" + group.ID + "/getMemberGroups", 200},
		{app, "Application.Read.All", "/groups/" + group.ID + "/getMemberGroups", 403},
		{app, "Application.Read.All", "/servicePrincipals/" + sp.ID + "/getMemberGroups", 200},
		{app, "User.Read.All", "/directoryObjects/" + ada.ID + "/getMemberObjects", 403},
		{app, "Directory.Read.All", "/directoryObjects/" + ada.ID + "/getMemberObjects", 200},
	} {
		token := s.AppToken(strings.Fields(tc.permissions)...)
		if tc.kind == user {
			token = s.UserToken(ada.ID, strings.Fields(tc.permissions)...)
		}
		a := newClient(t, s).bearer(token).do("POST", tc.path, map[string]any{"securityEnabledOnly": false})
		assert.Equal(t, tc.status, a.status, "%s with %s: %s: %s", tc.kind, tc.permissions, tc.path, a.text)
	}
}

// Everything else that the service has below a relation is not answered in its voice.
func TestRelationsOfOneType(t *testing.T) {
	t.Parallel()
	s := graphfake.New(nil)
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "App", More: map[string]any{"owners": []string{ada.ID}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	var people []string
	for i := range 3 {
		people = append(people, s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("user%d@contoso.example", i)}).ID)
	}
	group := s.AddGroup(graphfake.Group{DisplayName: "G", Members: append(people, ada.ID, sp.ID),
		Owners: []string{ada.ID}})
	c := newClient(t, s)
	g := "/groups/" + group.ID
	assert.ElementsMatch(t, append(people, ada.ID), c.all(g+"/members/microsoft.graph.user?$top=2&$select=id", "id"))
	assert.Equal(t, []string{sp.ID}, c.get(g+"/members/microsoft.graph.servicePrincipal").column("id"))
	assert.Equal(t, []string{ada.ID}, c.get(g+"/owners/microsoft.graph.user").column("id"))
	assert.Equal(t, []string{ada.ID}, c.get("/applications/"+app.ID+"/owners/microsoft.graph.user").column("id"))
	assert.ElementsMatch(t, []string{app.ID, group.ID}, c.get("/users/"+ada.ID+"/ownedObjects").column("id"))
	assert.Equal(t, []string{app.ID}, c.get("/users/"+ada.ID+"/ownedObjects/microsoft.graph.application").column("id"))
	assert.Equal(t, []string{group.ID}, c.get("/servicePrincipals/"+sp.ID+"/memberOf/microsoft.graph.group").column("id"))
	const filter = "?$filter=startswith(userPrincipalName,'user') and not startswith(userPrincipalName,'user2')"
	assert.Equal(t, "2", c.advanced().get(g+"/members/microsoft.graph.user/$count"+filter).text)
	assert.Equal(t, 400, c.get(g+"/members/microsoft.graph.user?$orderby=displayName").status)
	assert.Equal(t, "2", c.get("/users/"+ada.ID+"/memberOf").header.Get("x-ms-resource-unit"))
	for _, path := range []string{"/members/microsoft.graph.device", "/members/" + ada.ID,
		"/members/microsoft.graph.orgContact/$count", "/members/$count?$filter=displayName eq 'x'"} {
		assert.Equal(t, 501, c.advanced().get(g+path).status, path)
	}
}

// Asking is no write: a replica that writes go to and the quota of writes have
// nothing to do with it. https://learn.microsoft.com/graph/throttling-limits
func TestMembershipActionsAreReads(t *testing.T) {
	t.Parallel()
	oneWrite := graphfake.Limit{Scope: graphfake.PerApp, Counts: graphfake.Writes, Amount: 1, Per: time.Hour}
	s := graphfake.New(&graphfake.Options{TB: t,
		Throttle:    &graphfake.Throttle{Limits: []graphfake.Limit{oneWrite}},
		Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}, {Time: time.Hour}}, Choose: graphfake.Apart(0, 1)}})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	c := newClient(t, s)
	made := c.do("POST", "/groups", map[string]any{"displayName": "G", "mailEnabled": false, "mailNickname": "g",
		"securityEnabled": true, "members@odata.bind": []string{root + "/users/" + ada.ID}})
	require.Equal(t, 201, made.status, made.text)
	for range 3 {
		a := c.do("POST", "/users/"+ada.ID+"/getMemberGroups", map[string]any{"securityEnabledOnly": true})
		require.Equal(t, 200, a.status, a.text)
		require.Equal(t, []any{made.json["id"]}, a.json["value"])
	}
}
