package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A secret that can be read twice hides from a test that its program lost the first.
func TestSecretsAreShownOnce(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	app := s.AddApplication(graphfake.Application{DisplayName: "App"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	c := newClient(t, s)
	for _, path := range []string{"/applications/" + app.ID, "/applications(appId='" + app.AppID + "')",
		"/servicePrincipals/" + sp.ID} {
		a := c.do("POST", path+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": "CI"}})
		require.Equal(t, 200, a.status, a.text)
		assert.Equal(t, root+"/$metadata#microsoft.graph.passwordCredential", a.json["@odata.context"])
		secret := a.json["secretText"].(string)
		assert.Len(t, secret, 40)
		assert.Equal(t, secret[:3], a.json["hint"])
		assert.Equal(t, "CI", a.json["displayName"])

		kept := c.get(path).json["passwordCredentials"].([]any)
		last := kept[len(kept)-1].(map[string]any)
		assert.Equal(t, a.json["keyId"], last["keyId"])
		assert.Equal(t, secret[:3], last["hint"])
		require.Contains(t, last, "secretText")
		assert.Nil(t, last["secretText"])
		assert.NotContains(t, s.Snapshot().String()+dumpOf(s), secret)
		for _, r := range s.Requests() {
			assert.NotContains(t, r.Body, secret)
		}

		key := map[string]any{"keyId": a.json["keyId"]}
		assert.Equal(t, 204, c.do("POST", path+"/removePassword", key).status)
		code, message := c.do("POST", path+"/removePassword", key).fault()
		assert.Equal(t, "Request_BadRequest", code)
		assert.Contains(t, message, "No password credential found with keyId")
		assert.Len(t, c.get(path).json["passwordCredentials"], len(kept)-1)
	}
	assert.Equal(t, 400, c.do("POST", "/applications/"+app.ID+"/removePassword", map[string]any{}).status)
	assert.Equal(t, 200, c.do("POST", "/applications/"+app.ID+"/addPassword", nil).status, "the body is optional")
	other := newClient(t, graphfake.New(nil))
	assert.Equal(t, 501, other.do("POST", "/applications/"+app.ID+"/addKey", map[string]any{}).status)
}

func TestLifeOfPasswords(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	app := s.AddApplication(graphfake.Application{DisplayName: "App"})
	c := newClient(t, s)
	for _, tc := range []struct {
		reason string
		asked  map[string]any
		status int
		end    string
	}{
		{"two years from its start", map[string]any{"startDateTime": "2026-01-02T03:04:05Z"}, 200,
			"2028-01-02T03:04:05.0000000Z"},
		{"as asked", map[string]any{"endDateTime": "2099-12-31T23:59:59Z"}, 200, "2099-12-31T23:59:59Z"},
		{"not before it begins", map[string]any{"endDateTime": "2020-01-01T00:00:00Z"}, 400, ""},
		{"not a time", map[string]any{"endDateTime": "tomorrow"}, 400, ""},
		{"no such member", map[string]any{"lifetime": "P1D"}, 400, ""},
	} {
		a := c.do("POST", "/applications/"+app.ID+"/addPassword", map[string]any{"passwordCredential": tc.asked})
		require.Equal(t, tc.status, a.status, "%s: %s", tc.reason, a.text)
		if tc.end != "" {
			assert.Equal(t, tc.end, a.json["endDateTime"], tc.reason)
		}
	}
}

// Only the service makes passwords; a write of the whole collection can drop them.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/6179
func TestPasswordsOfWholeObjects(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s)
	made := c.do("POST", "/applications", map[string]any{"displayName": "App",
		"passwordCredentials": []any{map[string]any{"displayName": "first"}}})
	require.Equal(t, 201, made.status, made.text)
	first := made.json["passwordCredentials"].([]any)[0].(map[string]any)
	assert.Len(t, first["secretText"], 40, "an application can be created with a password")
	path := "/applications/" + made.json["id"].(string)
	assert.NotContains(t, c.get(path).text, first["secretText"])
	second := c.do("POST", path+"/addPassword", map[string]any{}).json

	const own = "New password credentials must be generated using service actions."
	for _, bad := range []map[string]any{{"displayName": "new"}, {"keyId": noKey, "displayName": "unknown"},
		{"secretText": "hunter2hunter2"}} {
		_, message := c.do("PATCH", path, map[string]any{"passwordCredentials": []any{bad}}).fault()
		assert.Equal(t, own, message, bad)
	}
	_, message := c.do("POST", "/applications", map[string]any{"displayName": "B",
		"passwordCredentials": []any{map[string]any{"secretText": "hunter2hunter2"}}}).fault()
	assert.Equal(t, own, message)

	onlySecond := []any{map[string]any{"keyId": second["keyId"]}}
	require.Equal(t, 204, c.do("PATCH", path, map[string]any{"passwordCredentials": onlySecond}).status)
	left := c.get(path + "/passwordCredentials").values()
	require.Len(t, left, 1)
	assert.Equal(t, second["keyId"], left[0]["keyId"])
	assert.Equal(t, second["endDateTime"], left[0]["endDateTime"], "what is kept is kept whole")
	require.Equal(t, 204, c.do("PATCH", path, map[string]any{"notes": "x"}).status)
	assert.Len(t, c.get(path+"/passwordCredentials").values(), 1, "another write leaves them alone")
	require.Equal(t, 204, c.do("PATCH", path, map[string]any{"passwordCredentials": []any{}}).status)
	assert.Empty(t, c.get(path+"/passwordCredentials").values())
}

const noKey = "99999999-9999-4999-8999-999999999999"

// A seed file that was taken from somewhere with its secrets does not spread them.
func TestSeededSecretsAreForgotten(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	given := map[string]any{"secretText": "Qr08Q~seeded", "displayName": "old"}
	s.AddApplication(graphfake.Application{DisplayName: "App", More: map[string]any{"passwordCredentials": []any{given}}})
	assert.NotContains(t, dumpOf(s), "seeded")
	assert.Contains(t, dumpOf(s), `"hint":"Qr0"`)
	assert.Equal(t, "Qr08Q~seeded", given["secretText"], "what was given is not changed")
	require.NoError(t, graphfake.New(nil).Load(strings.NewReader(dumpOf(s))))
}

// https://learn.microsoft.com/graph/permissions-reference#applicationreadwriteownedby
func TestPasswordsOfWhatOneOwns(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	caller := s.AddServicePrincipal(graphfake.ServicePrincipal{
		AppID: s.AddApplication(graphfake.Application{DisplayName: "Caller"}).AppID})
	foreign := s.AddApplication(graphfake.Application{DisplayName: "Foreign"})
	token := s.Token(graphfake.Grant{App: caller.AppID, Roles: []string{"Application.ReadWrite.OwnedBy"}})
	c := newClient(t, s).bearer(token)
	own := c.do("POST", "/applications", map[string]any{"displayName": "Own"})
	require.Equal(t, 201, own.status, own.text)
	id, _ := own.json["id"].(string)
	assert.Equal(t, 200, c.do("POST", "/applications/"+id+"/addPassword", map[string]any{}).status)
	assert.Equal(t, 403, c.do("POST", "/applications/"+foreign.ID+"/addPassword", map[string]any{}).status)
}
