package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// ref is the body of a $ref request.
func ref(id string) map[string]string {
	return map[string]string{"@odata.id": root + "/directoryObjects/" + id}
}

// Access reviews and joiner-leaver tools follow groups to find who has a role.
func TestUserSeesRolesOfItsGroups(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "a0000000-0000-4000-8000-000000000000", DisplayName: "Orders",
		AppRoles: []graphfake.AppRole{{DisplayName: "Reader", Value: "read"}}})
	nested := s.AddGroup(graphfake.Group{DisplayName: "Nested"})
	direct := s.AddGroup(graphfake.Group{DisplayName: "Direct", Members: []string{ada.ID}})
	outer := s.AddGroup(graphfake.Group{DisplayName: "Outer", Members: []string{direct.ID, nested.ID}})
	for _, principal := range []string{ada.ID, direct.ID, outer.ID} {
		s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: principal, ResourceID: sp.ID, AppRoleID: sp.AppRoles[0].ID})
	}
	c := newClient(t, s)
	require.ElementsMatch(t, []string{"ada", "Direct"}, c.get("/users/"+ada.ID+"/appRoleAssignments").column("principalDisplayName"),
		"roles of direct groups come along, those of outer groups don't")
	require.Len(t, c.get("/users/"+ada.ID+"/appRoleAssignments?$filter=resourceId eq "+sp.ID).values(), 2)
	require.Empty(t, c.get("/users/"+ada.ID+"/appRoleAssignments?$filter=resourceId eq "+ada.ID).values())
	require.Equal(t, []string{"Outer"}, c.get("/groups/"+outer.ID+"/appRoleAssignments").column("principalDisplayName"))
	require.ElementsMatch(t, []string{"Direct"}, c.get("/users/"+ada.ID+"/memberOf").column("displayName"))
	require.ElementsMatch(t, []string{"Direct", "Outer"}, c.get("/users/"+ada.ID+"/transitiveMemberOf").column("displayName"))
	require.ElementsMatch(t, []string{"ada", "Direct", "Nested"}, c.get("/groups/"+outer.ID+"/transitiveMembers").column("displayName"))
	members := c.get("/groups/" + outer.ID + "/members?$select=id,displayName")
	require.Equal(t, root+"/$metadata#directoryObjects(id,displayName)", members.json["@odata.context"])
	require.Equal(t, "#microsoft.graph.group", members.values()[0]["@odata.type"])
	require.Equal(t, []string{"ada"}, c.get("/groups/"+direct.ID+"/members/microsoft.graph.user").column("displayName"))

	require.Equal(t, 204, c.do("POST", "/groups/"+nested.ID+"/members/$ref", ref(ada.ID)).status)
	_, message := c.do("POST", "/groups/"+nested.ID+"/members/$ref", ref(ada.ID)).fault()
	require.Equal(t, "One or more added object references already exist for the following modified properties: 'members'.", message)
	require.Equal(t, "1", c.advanced().get("/groups/"+nested.ID+"/members/$count").text)
	require.Equal(t, 204, c.do("DELETE", "/groups/"+nested.ID+"/members/"+ada.ID+"/$ref", nil).status)
	require.Equal(t, 404, c.do("DELETE", "/groups/"+nested.ID+"/members/"+ada.ID+"/$ref", nil).status)

	held := c.get("/users/" + ada.ID + "/appRoleAssignments?$filter=principalDisplayName eq 'ada'").values()[0]["id"].(string)
	require.Equal(t, 200, c.get("/users/"+ada.ID+"/appRoleAssignments/"+held).status)
	_, message = c.get("/users/" + ada.ID + "/appRoleAssignments/" + ada.ID).fault()
	require.Equal(t, "Invalid resource identifier for EntitlementGrant.", message)
	require.Equal(t, 204, c.do("DELETE", "/users/"+ada.ID+"/appRoleAssignments/"+held, nil).status)
	_, message = c.do("PATCH", "/servicePrincipals/"+sp.ID+"/appRoleAssignedTo/"+held, map[string]any{}).fault()
	require.Equal(t, "Specified HTTP method is not allowed for the request target.", message)
	_, message = c.get("/appRoleAssignments").fault()
	require.Equal(t, "Direct queries to this resource type are not supported.", message)
}

func TestManagersAndOwners(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	boss := s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
	c := newClient(t, s)
	at := "/users/" + ada.ID + "/manager"
	require.Equal(t, 404, c.get(at).status)
	require.Equal(t, 404, c.do("DELETE", at+"/$ref", nil).status)
	require.Equal(t, 204, c.do("PUT", at+"/$ref", ref(boss.ID)).status)
	require.Equal(t, "boss", c.get(at).json["displayName"])
	require.Equal(t, "#microsoft.graph.user", c.get(at).json["@odata.type"])
	require.Contains(t, c.get(at + "/$ref").json["@odata.id"], boss.ID)
	require.Equal(t, []string{"ada"}, c.get("/users/"+boss.ID+"/directReports").column("displayName"))
	expanded := c.get("/users/" + ada.ID + "?$select=id&$expand=manager($select=displayName)")
	require.Equal(t, root+"/$metadata#users(id,manager(displayName))/$entity", expanded.json["@odata.context"])
	require.Equal(t, map[string]any{"@odata.type": "#microsoft.graph.user", "displayName": "boss"}, expanded.json["manager"])
	require.Nil(t, c.get("/users/" + boss.ID + "?$expand=manager").json["manager"])
	require.Equal(t, 204, c.do("DELETE", at+"/$ref", nil).status)

	owned := "/applications/" + app.ID + "/owners"
	require.Equal(t, 204, c.do("POST", owned+"/$ref", ref(ada.ID)).status)
	require.Equal(t, []string{"ada"}, c.get(owned).column("displayName"))
	require.Equal(t, 404, c.do("POST", owned+"/$ref", ref("11111111-1111-4111-8111-111111111111")).status)
	require.Equal(t, 204, c.do("DELETE", owned+"/"+ada.ID+"/$ref", nil).status)
	require.Empty(t, c.get(owned).values())

	byIDs := c.do("POST", "/directoryObjects/getByIds", map[string]any{"ids": []string{ada.ID, app.ID, "11111111-1111-4111-8111-111111111111"}})
	require.Equal(t, []string{"ada", "Orders"}, byIDs.column("displayName"))
	byIDs = c.do("POST", "/directoryObjects/getByIds", map[string]any{"ids": []string{ada.ID, app.ID}, "types": []string{"user"}})
	require.Equal(t, []string{"ada"}, byIDs.column("displayName"))
}

// A leaver's account can be found, brought back under its name, or wiped.
func TestRecycleBin(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", Mail: "ada@contoso.example"})
	c := newClient(t, s)
	require.Equal(t, 204, c.do("DELETE", "/users/ada@contoso.example", nil).status)
	require.Equal(t, 404, c.get("/users/"+ada.ID).status)
	bin := "/directory/deletedItems/"
	require.Equal(t, []string{"ada@contoso.example"}, c.get(bin+"microsoft.graph.user?$filter=mail eq 'ADA@contoso.example'").column("mail"))
	deleted := c.get(bin + ada.ID)
	require.Equal(t, strings.ReplaceAll(ada.ID, "-", "")+"ada@contoso.example", deleted.json["userPrincipalName"])
	require.Equal(t, "1", c.advanced().get(bin+"microsoft.graph.user/$count").text)

	newcomer := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	_, message := c.do("POST", bin+ada.ID+"/restore", nil).fault()
	require.Equal(t, "Another object with the same value for property userPrincipalName already exists.", message)
	s.DeleteUser(newcomer.ID)
	require.Equal(t, 204, c.do("DELETE", bin+newcomer.ID, nil).status)
	restored := c.do("POST", bin+ada.ID+"/restore", nil)
	require.Equal(t, 200, restored.status, restored.text)
	require.Equal(t, "ada@contoso.example", c.get("/users/" + ada.ID).json["userPrincipalName"])
	require.Equal(t, 404, c.get(bin+ada.ID).status)
}

func TestDeltaTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var ids []string
	for _, n := range []string{"a", "b", "c"} {
		ids = append(ids, s.AddUser(graphfake.User{UserPrincipalName: n + "@contoso.example", JobTitle: "Clerk"}).ID)
	}
	c := newClient(t, s)
	first := c.get("/users/delta?$select=displayName,jobTitle")
	require.Len(t, first.values(), 3)
	link := first.json["@odata.deltaLink"].(string)
	require.Empty(t, c.get(link).values(), "nothing happened")

	require.Equal(t, 204, c.do("PATCH", "/users/"+ids[0], map[string]any{"jobTitle": nil}).status)
	require.Equal(t, 204, c.do("PATCH", "/users/"+ids[1], map[string]any{"department": "not tracked"}).status)
	require.Equal(t, 204, c.do("DELETE", "/users/"+ids[2], nil).status)
	changes := c.get(link)
	require.Equal(t, []map[string]any{
		{"id": ids[0], "displayName": "a", "jobTitle": nil},
		{"id": ids[2], "@removed": map[string]any{"reason": "changed"}},
	}, changes.values())
	next := changes.json["@odata.deltaLink"].(string)
	require.Equal(t, 204, c.do("DELETE", "/directory/deletedItems/"+ids[2], nil).status)
	require.Equal(t, []map[string]any{{"id": ids[2], "@removed": map[string]any{"reason": "deleted"}}}, c.get(next).values())
	require.Equal(t, []map[string]any{{"id": ids[0], "jobTitle": nil}}, c.with("Prefer", "return=minimal").get(link).values()[:1])
	latest := c.get("/users/delta?$deltatoken=latest")
	require.Empty(t, latest.values())
	require.Empty(t, c.get(latest.json["@odata.deltaLink"].(string)).values())
}

func TestTenantInformation(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, TenantID: "7e000000-0000-4000-8000-000000000000", Domains: []string{"fabrikam.example"}})
	c := newClient(t, s)
	require.Equal(t, []string{"7e000000-0000-4000-8000-000000000000"}, c.get("/organization").column("id"))
	require.Equal(t, []string{"fabrikam.example"}, c.get("/domains").column("id"))
	require.Equal(t, true, c.get("/domains/fabrikam.example").json["isDefault"])
	require.Empty(t, c.get("/subscribedSkus").values())
	_, message := c.get("/me").fault()
	require.Equal(t, "/me request is only valid with delegated authentication flow.", message)
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@fabrikam.example"})
	me := c.with("Authorization", "Bearer "+s.UserToken(ada.ID, "User.Read")).get("/me")
	require.Equal(t, "ada", me.json["displayName"])
}
