package graphfake_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// https://learn.microsoft.com/graph/resolve-auth-errors
func TestTokensThatGraphDoesNotTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
		c := newClient(t, s)
		good := s.AppToken("User.Read.All")
		for _, tc := range []struct{ header, message, reason string }{
			{"", "Access token is empty.", "no header at all"},
			{"Bearer", "Access token is empty.", "no token"},
			{"Basic YTpi", "Access token is empty.", "another scheme"},
			{"Bearer nonsense", "CompactToken parsing failed with error code: 80049217", "not a JWT"},
			{"Bearer a.b.c", "CompactToken parsing failed with error code: 80049217", "not base64 JSON inside"},
			{"Bearer " + s.Token(graphfake.Grant{Roles: []string{"User.Read.All"}, Expires: time.Now().Add(-time.Second)}), "Lifetime validation failed, the token is expired.", "expired"},
			// {"aud":"api://other","exp":99999999999,"roles":["User.Read.All"]}
			{"Bearer e30.eyJhdWQiOiJhcGk6Ly9vdGhlciIsImV4cCI6OTk5OTk5OTk5OTksInJvbGVzIjpbIlVzZXIuUmVhZC5BbGwiXX0.x", "Access token validation failure. Invalid audience.", "for another resource"},
		} {
			a := c.with("Authorization", tc.header).get("/users")
			code, message := a.fault()
			assert.Equal(t, 401, a.status, tc.reason)
			assert.Equal(t, "InvalidAuthenticationToken", code, tc.reason)
			assert.Equal(t, tc.message, message, tc.reason)
			assert.True(t, strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer "), tc.reason)
		}
		assert.Equal(t, 200, c.bearer(good).get("/users").status, "and a good one is taken")
		time.Sleep(2 * time.Hour)
		assert.Equal(t, 401, c.bearer(good).get("/users").status, "until it expires")
	})
}

func TestPermissionsAreOffByDefault(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	assert.Equal(t, 200, c.bearer("whatever").get("/users").status)
}

// Least privileged permissions must suffice and weaker ones must not: a tool
// that works here must not be refused by the tenant.
func TestPermissionsByOperation(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	bob := s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read"}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	path := "/servicePrincipals/" + sp.ID + "/appRoleAssignedTo"
	assignment := map[string]any{"principalId": ada.ID, "resourceId": sp.ID, "appRoleId": readerRole}
	enable := map[string]any{"accountEnabled": true}

	for _, tc := range []struct {
		kind, permissions string // app or user
		method, target    string
		body              any
		status            int
	}{
		{"app", "User.Read.All", "GET", "/users", nil, 200},
		{"app", "User.ReadBasic.All", "GET", "/users", nil, 200},
		{"app", "Directory.Read.All", "GET", "/users", nil, 200},
		{"app", "user.read.all", "GET", "/users", nil, 200},
		{"app", "User.Read", "GET", "/users", nil, 403},
		{"app", "Application.Read.All", "GET", "/users", nil, 403},
		{"app", "", "GET", "/users", nil, 403},
		{"user", "User.ReadBasic.All", "GET", "/users", nil, 200},
		{"user", "User.Read", "GET", "/users", nil, 403},
		{"user", "User.Read", "GET", "/users/" + ada.ID, nil, 200},
		{"user", "User.Read", "GET", "/users/ada@contoso.example", nil, 200},
		{"user", "User.Read", "GET", "/users/" + bob.ID, nil, 403},
		{"user", "User.Read", "GET", "/me", nil, 200},
		{"user", "User.ReadWrite", "PATCH", "/users/" + ada.ID, map[string]any{"city": "Paris"}, 204},
		{"user", "User.ReadWrite", "PATCH", "/users/" + bob.ID, map[string]any{"city": "Paris"}, 403},

		{"app", "User.Read.All", "PATCH", "/users/" + bob.ID, enable, 403},
		{"app", "User.ReadWrite.All", "PATCH", "/users/" + bob.ID, enable, 204},
		{"app", "User.EnableDisableAccount.All User.Read.All", "PATCH", "/users/" + bob.ID, enable, 204},
		{"app", "User.EnableDisableAccount.All", "PATCH", "/users/" + bob.ID, enable, 403},
		{"app", "User.EnableDisableAccount.All User.Read.All", "PATCH", "/users/" + bob.ID, map[string]any{"city": "Paris"}, 403},
		{"app", "User-Phone.ReadWrite.All", "PATCH", "/users/" + bob.ID, map[string]any{"mobilePhone": "+1 555 0100"}, 204},
		{"app", "User-Phone.ReadWrite.All", "PATCH", "/users/" + bob.ID, map[string]any{"mobilePhone": "+1 555 0100", "city": "Paris"}, 403},
		{"user", "User.Read", "GET", "/users/delta", nil, 200},
		{"user", "User.Read", "GET", "/organization", nil, 200},
		{"app", "User.Read.All", "POST", "/users", newUser("eve"), 403},
		{"app", "User.Read.All", "DELETE", "/users/" + bob.ID, nil, 403},

		{"app", "Application.Read.All", "GET", "/applications", nil, 200},
		{"app", "User.Read.All", "GET", "/applications", nil, 403},
		{"app", "Application.Read.All", "GET", "/servicePrincipals", nil, 200},
		{"app", "Application.Read.All", "PATCH", "/applications/" + app.ID, map[string]any{"notes": "x"}, 403},
		{"app", "Application.ReadWrite.OwnedBy", "PATCH", "/applications/" + app.ID, map[string]any{"notes": "x"}, 403},
		{"app", "Application.ReadWrite.All", "PATCH", "/applications/" + app.ID, map[string]any{"notes": "x"}, 204},

		{"app", "Application.Read.All", "GET", path, nil, 200},
		{"app", "Application.Read.All", "POST", path, assignment, 403},
		{"app", "AppRoleAssignment.ReadWrite.All", "POST", path, assignment, 403},
		{"app", "AppRoleAssignment.ReadWrite.All Application.Read.All", "POST", path, assignment, 201},
		{"user", "AppRoleAssignment.ReadWrite.All Application.Read.All", "POST", path, assignment, 400}, // already there: it got through
	} {
		token := s.AppToken(strings.Fields(tc.permissions)...)
		if tc.kind == "user" {
			token = s.UserToken(ada.ID, strings.Fields(tc.permissions)...)
		}
		a := newClient(t, s).bearer(token).do(tc.method, tc.target, tc.body)
		assert.Equal(t, tc.status, a.status, "%s with %q: %s %s: %s", tc.kind, tc.permissions, tc.method, tc.target, a.text)
		if tc.status == 403 {
			code, message := a.fault()
			assert.Equal(t, "Authorization_RequestDenied", code)
			assert.Equal(t, "Insufficient privileges to complete the operation.", message)
		}
	}
	_, there := s.User("eve@contoso.example")
	assert.False(t, there, "a refused request must not have an effect")
}

func TestOwnersMayWriteWhatTheyOwn(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	caller := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: s.AddApplication(graphfake.Application{DisplayName: "Caller"}).AppID})
	foreign := s.AddApplication(graphfake.Application{DisplayName: "Foreign"})
	c := newClient(t, s).bearer(s.Token(graphfake.Grant{App: caller.AppID, Roles: []string{"Application.ReadWrite.OwnedBy"}}))

	own := c.do("POST", "/applications", map[string]any{"displayName": "Own"})
	require.Equal(t, 201, own.status, own.text)
	note := map[string]any{"notes": "x"}
	assert.Equal(t, 204, c.do("PATCH", "/applications/"+own.json["id"].(string), note).status, "who creates an application owns it")
	sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": own.json["appId"]})
	require.Equal(t, 201, sp.status, sp.text)
	assert.Equal(t, 204, c.do("PATCH", "/servicePrincipals/"+sp.json["id"].(string), note).status, "and its service principal")
	assert.Equal(t, 403, c.do("PATCH", "/applications/"+foreign.ID, note).status)
	assert.Equal(t, 403, c.do("DELETE", "/servicePrincipals/"+caller.ID, nil).status)
}

func TestBatchItemsAreJudgedOneByOne(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	c := newClient(t, s).bearer(s.AppToken("User.Read.All"))
	items := c.items("/users", "/applications")
	assert.Equal(t, 200.0, items["/users"]["status"])
	assert.Equal(t, 403.0, items["/applications"]["status"])
	assert.Equal(t, 401, newClient(t, s).do("POST", "/$batch", map[string]any{"requests": []any{}}).status, "the batch itself needs a token")
}
