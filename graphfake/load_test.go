package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

const seed = `{
 "servicePrincipals": [{"id": "5b000000-0000-4000-8000-000000000001", "appId": "a0000000-0000-4000-8000-000000000001", "appRoleAssignmentRequired": true}],
 "appRoleAssignments": [{"principalId": "6e000000-0000-4000-8000-000000000001", "resourceId": "5b000000-0000-4000-8000-000000000001", "appRoleId": "70000000-0000-4000-8000-000000000001"}],
 "users": [
  {"id": "11000000-0000-4000-8000-000000000001", "userPrincipalName": "ada@contoso.example", "mail": "ada@contoso.example", "manager": "11000000-0000-4000-8000-000000000002",
   "onPremisesExtensionAttributes": {"extensionAttribute1": "x"}, "passwordProfile": {"password": "never kept"}},
  {"id": "11000000-0000-4000-8000-000000000002", "userPrincipalName": "bob@contoso.example", "accountEnabled": false, "displayName": "Böb <&>"}],
 "groups": [{"id": "6e000000-0000-4000-8000-000000000001", "displayName": "Clerks", "members": ["11000000-0000-4000-8000-000000000001"]}],
 "applications": [{"appId": "a0000000-0000-4000-8000-000000000001", "displayName": "Orders", "tags": ["t"],
   "appRoles": [{"id": "70000000-0000-4000-8000-000000000001", "displayName": "Reader", "value": "r", "isEnabled": true, "allowedMemberTypes": ["User"]}]}],
 "deletedItems": [{"@odata.type": "#microsoft.graph.user", "userPrincipalName": "gone@contoso.example", "mail": "gone@contoso.example"}]
}`

// A tenant that was dumped must be the same when it is loaded elsewhere.
func TestLoadAndDump(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	require.NoError(t, s.Load(strings.NewReader(seed)))
	once := dump(t, s)
	require.NotContains(t, once, "never kept")
	other := graphfake.New(&graphfake.Options{TB: t, Seed: 99, Domains: []string{"other.example"}})
	require.NoError(t, other.Load(strings.NewReader(once)))
	require.Equal(t, once, dump(t, other))

	c := newClient(t, other)
	require.Equal(t, []string{"Clerks"}, c.get("/users/ada@contoso.example/appRoleAssignments").column("principalDisplayName"))
	require.Equal(t, "Böb <&>", c.get("/users/ada@contoso.example/manager").json["displayName"])
	sp := c.get("/servicePrincipals(appId='a0000000-0000-4000-8000-000000000001')").json
	require.Equal(t, []any{"Orders", []any{"t"}, true}, []any{sp["displayName"], sp["tags"], sp["appRoleAssignmentRequired"]})
	require.Equal(t, c.get("/organization").values()[0]["id"], sp["appOwnerOrganizationId"])
	made := other.AddServicePrincipal(graphfake.ServicePrincipal{AppID: "b0000000-0000-4000-8000-000000000001", DisplayName: "x"})
	require.Equal(t, sp["appOwnerOrganizationId"], made.More["appOwnerOrganizationId"], "the loaded tenant's")
	require.Len(t, c.get("/directory/deletedItems/microsoft.graph.user").values(), 1)
	require.Equal(t, []string{"contoso.example", "contoso.onmicrosoft.com"}, c.get("/domains").column("id"))
}

// Whoever writes a seed by hand must be told what is wrong, and where.
func TestLoadErrors(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ reason, seed, message string }{
		{"empty", ``, "empty: a directory is a JSON object"},
		{"a list", `[]`, "expected {, found ["},
		{"broken", `{"users":[{]}`, "users[0]: invalid character ']' looking for beginning of object key string"},
		{"unknown section", `{"people":[]}`, `unknown section "people": a directory has domains, organization, subscribedSkus, users, groups, applications, servicePrincipals, appRoleAssignments and deletedItems`},
		{"not a list", `{"users":{}}`, "users: expected [, found {"},
		{"typo", `{"users":[{"userPrincipalName":"a@contoso.example"},{"userPrincipalName":"b@contoso.example","DisplayName":"x"}]}`, `users[1]: unknown property "DisplayName": did you mean "displayName"?`},
		{"wrong type", `{"users":[{"userPrincipalName":"a@contoso.example","accountEnabled":"yes"}]}`, `users[0]: property "accountEnabled": not a value of type Edm.Boolean, or too long`},
		{"no UPN", `{"users":[{"displayName":"a"}]}`, `users[0]: a value is required for "userPrincipalName"`},
		{"foreign domain", `{"users":[{"userPrincipalName":"a@elsewhere.example"}]}`, `users[0]: user "a@elsewhere.example": The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization. "elsewhere.example" is none of them; Options.Domains sets them, here they are contoso.example, contoso.onmicrosoft.com.`},
		{"twice", `{"users":[{"userPrincipalName":"a@contoso.example"},{"userPrincipalName":"A@contoso.example"}]}`, `users[1]: user "A@contoso.example": another user has this userPrincipalName`},
		{"member of nothing", `{"groups":[{"id":"6e000000-0000-4000-8000-000000000001","displayName":"g","members":["11000000-0000-4000-8000-000000000001"]}]}`, `groups 6e000000-0000-4000-8000-000000000001: members: "11000000-0000-4000-8000-000000000001" is not the id of anything`},
		{"assignment to nobody", `{"appRoleAssignments":[{"principalId":"11000000-0000-4000-8000-000000000001"}]}`, `appRoleAssignments[0]: principalId "11000000-0000-4000-8000-000000000001" is not a user, group or service principal`},
		{"deleted what", `{"deletedItems":[{"displayName":"x"}]}`, `deletedItems[0]: deleted items need an "@odata.type" of user, group, application, servicePrincipal or appRoleAssignment, this has ""`},
		{"cut off", `{"users":[{"userPrincipalName":"a@contoso.example"}`, "users: not valid JSON: unexpected EOF"},
	} {
		s := graphfake.New(&graphfake.Options{TB: t})
		before := dump(t, s)
		err := s.Load(strings.NewReader(tc.seed))
		require.EqualError(t, err, tc.message, tc.reason)
		require.Equal(t, before, dump(t, s), "%s: nothing is half-loaded", tc.reason)
	}
}

// Tests read the state as values, and cannot change it through them.
func TestStateIsReadAsCopies(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	more := map[string]any{"identities": []any{map[string]any{"issuer": "x", "issuerAssignedId": "y", "signInType": "z"}}}
	u := s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example", OtherMails: []string{"a@b.example"}, More: more})
	u.OtherMails[0] = "changed"
	u.More["identities"].([]any)[0].(map[string]any)["issuer"] = "changed"
	again, ok := s.User("A@contoso.example")
	require.True(t, ok)
	require.Equal(t, []string{"a@b.example"}, again.OtherMails)
	require.Equal(t, "x", again.More["identities"].([]any)[0].(map[string]any)["issuer"])
	require.Equal(t, []graphfake.User{again}, s.Users())
	s.DeleteUser("a@contoso.example")
	require.Empty(t, s.Users())
	require.Len(t, s.DeletedUsers(), 1)
	_, ok = s.User("a@contoso.example")
	require.False(t, ok)
}

func TestSeedsThatCannotBe(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "x"})
	s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	for reason, add := range map[string]func(){
		"UPN in use":    func() { s.AddUser(graphfake.User{UserPrincipalName: "A@contoso.example"}) },
		"no UPN":        func() { s.AddUser(graphfake.User{DisplayName: "x"}) },
		"no name":       func() { s.AddApplication(graphfake.Application{}) },
		"two of one id": func() { s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID}) },
		"no such user":  func() { s.DeleteUser("b@contoso.example") },
	} {
		require.Panics(t, add, reason)
	}
	require.Len(t, s.Users(), 1)
	s.AddUser(graphfake.User{UserPrincipalName: "b@contoso.example"}) // still works after panics
}
