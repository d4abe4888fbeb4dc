package graphfake_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// The flow that most tools go through must work over the wire alone.
func TestRegisterAndAssign(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))

	ada := c.do("POST", "/users", map[string]any{"accountEnabled": true, "displayName": "Ada Test", "mailNickname": "ada",
		"userPrincipalName": "ada@contoso.example", "passwordProfile": map[string]any{"forceChangePasswordNextSignIn": true, "password": "xWwvJ]6NMw+bWH-d"}})
	require.Equal(t, 201, ada.status, ada.text)
	require.Equal(t, root+"/$metadata#users/$entity", ada.json["@odata.context"])
	require.Len(t, ada.json, 12, "the default set and the context")

	role := "11111111-2222-4333-8444-555555555555"
	app := c.do("POST", "/applications", map[string]any{"displayName": "Orders", "tags": []string{"WindowsAzureActiveDirectoryIntegratedApp"},
		"appRoles": []any{map[string]any{"id": role, "displayName": "Reader", "description": "reads", "value": "Read", "isEnabled": true, "allowedMemberTypes": []string{"User"}}}})
	require.Equal(t, 201, app.status, app.text)
	sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": app.json["appId"]})
	require.Equal(t, 201, sp.status, sp.text)
	require.Equal(t, "Orders", sp.json["displayName"])
	require.Len(t, sp.json["appRoles"], 1)
	require.Equal(t, []any{"WindowsAzureActiveDirectoryIntegratedApp"}, sp.json["tags"])

	path := fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo", sp.json["id"])
	want := map[string]any{"principalId": ada.json["id"], "resourceId": sp.json["id"], "appRoleId": role}
	made := c.do("POST", path, want)
	require.Equal(t, 201, made.status, made.text)
	require.Len(t, made.json["id"], 43)
	again := c.do("POST", path, want)
	require.Equal(t, 400, again.status)
	_, message := again.fault()
	require.Equal(t, "Permission being assigned already exists on the object", message)

	require.Equal(t, []string{"Ada Test"}, c.get(path).column("principalDisplayName"))
	require.Equal(t, 204, c.do("DELETE", path+"/"+made.json["id"].(string), nil).status)
	require.Empty(t, c.get(path).values())
}

func TestBatchAnswersEveryItem(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var items []any
	for i := range 20 {
		u := s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
		items = append(items, map[string]any{"id": fmt.Sprint(i), "method": "GET", "url": "/users/" + u.ID})
	}
	a := newClient(t, s).do("POST", "/$batch", map[string]any{"requests": items})
	require.Equal(t, 200, a.status, a.text)
	responses := a.json["responses"].([]any)
	require.Len(t, responses, 20)
	for _, r := range responses {
		item := r.(map[string]any)
		require.Equal(t, 200.0, item["status"])
		require.Equal(t, fmt.Sprintf("u%s@contoso.example", item["id"]), item["body"].(map[string]any)["userPrincipalName"])
	}
}

func TestListingMeetsEveryUserOnce(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.AddUsers(func(yield func(graphfake.User) bool) {
		for i := range 2500 {
			if !yield(graphfake.User{UserPrincipalName: fmt.Sprintf("u%04d@contoso.example", i)}) {
				return
			}
		}
	})
	c := newClient(t, s)
	got := c.all("/users?$select=userPrincipalName&$top=999", "userPrincipalName")
	require.Len(t, got, 2500)
	require.IsIncreasing(t, got)
	require.Len(t, c.all("/users", "id"), 2500)
	require.Equal(t, []string{"u0042@contoso.example"}, c.get("/users?$filter=userPrincipalName eq 'U0042@Contoso.example'").column("userPrincipalName"))
	require.Len(t, c.get("/users?$filter=startswith(userPrincipalName,'u00')&$top=999").values(), 100)
	require.Len(t, c.all("/users?$filter=startswith(userPrincipalName,'u00')&$top=7", "id"), 100)
}
