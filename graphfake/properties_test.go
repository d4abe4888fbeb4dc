package graphfake_test

import (
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every property that an object shows can be read on its own, and shows the same.
func TestSinglePropertiesShowWhatTheObjectShows(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s)
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", Department: "Research",
		More: map[string]any{"employeeOrgData": map[string]any{"division": "North"}, "otherMails": []string{"a@b.example"},
			"extension_0123456789abcdef0123456789abcdef_level": 3}})
	app := s.AddApplication(graphfake.Application{DisplayName: "App",
		AppRoles: []graphfake.AppRole{{DisplayName: "R", Value: "R"}}})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	group := s.AddGroup(graphfake.Group{DisplayName: "G"})
	for _, path := range []string{"/users/" + ada.ID, "/applications/" + app.ID, "/servicePrincipals/" + sp.ID,
		"/groups/" + group.ID, "/domains/contoso.example",
		"/users/" + ada.ID + "?$select=department,employeeOrgData,otherMails,accountEnabled," +
			"extension_0123456789abcdef0123456789abcdef_level"} {
		whole := c.get(path)
		require.Equal(t, 200, whole.status, path)
		base := path[:len(path)-len(query(path))]
		for name, value := range whole.json {
			if name[0] == '@' {
				continue
			}
			a := c.get(base + "/" + name)
			if value == nil {
				assert.Equal(t, 204, a.status, "%s/%s has no value", base, name)
				continue
			}
			require.Equal(t, 200, a.status, "%s/%s: %s", base, name, a.text)
			if m, ok := value.(map[string]any); ok {
				delete(a.json, "@odata.context")
				assert.Equal(t, m, a.json, name)
				continue
			}
			assert.Equal(t, value, a.json["value"], name)
		}
	}
	me := c.bearer(s.UserToken(ada.ID, "User.Read"))
	assert.Equal(t, "ada", me.get("/me/displayName").json["value"])
	assert.Equal(t, "ada", me.get("/me/displayname/$value").text)
	assert.Equal(t, 204, me.get("/me/city/$value").status)
	none := me.with("Accept", "application/json;odata.metadata=none").get("/me/displayName")
	assert.Equal(t, map[string]any{"value": "ada"}, none.json)
}

// query returns the query of a path, with its question mark.
func query(path string) string {
	for i := range path {
		if path[i] == '?' {
			return path[i:]
		}
	}
	return ""
}

// What is not a property of the type, and what is kept elsewhere, is not answered as
// if it had no value.
func TestWhatIsNoSingleProperty(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{Permissions: true})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "App"})
	c := newClient(t, s).bearer(s.AppToken("User.Read.All", "Application.Read.All"))
	for path, status := range map[string]int{
		"/users/" + ada.ID + "/mailboxSettings":          501,
		"/users/" + ada.ID + "/messages":                 501,
		"/users/" + ada.ID + "/displayName?$select=id":   501,
		"/users/" + ada.ID + "/businessPhones/$value":    501,
		"/applications/" + app.ID + "/logo":              501,
		"/groups/" + app.ID + "/displayName":             403,
		"/users/nobody@contoso.example/displayName":      404,
		"/users/" + ada.ID + "/displayName/$count":       501,
		"/applications/" + app.ID + "/userPrincipalName": 400,
	} {
		assert.Equal(t, status, c.get(path).status, path)
	}
	assert.Equal(t, 501, c.do("PUT", "/users/"+ada.ID+"/displayName", map[string]any{"value": "x"}).status,
		"the service has other methods on properties")
}
