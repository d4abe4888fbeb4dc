package graphfake_test

import (
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequestsAreRecordedWithTheirAnswers(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	c := newClient(t, s).with("client-request-id", "mine")
	c.get("/users?$top=5")
	c.get("/users/00000000-0000-4000-8000-000000000000")
	c.items("/users/"+u.ID, "/applications")
	s.Inject(graphfake.Fault{Effect: graphfake.ResetAfter})
	_, _, err := c.try("PATCH", "/users/"+u.ID, map[string]any{"city": "Paris"})
	require.Error(t, err)

	type line struct {
		operation, item, code string
		batch, status, units  int
	}
	var got []line
	for _, r := range s.Requests() {
		got = append(got, line{r.Operation(), r.Item, r.Code, r.Batch, r.Status, r.Units})
	}
	assert.Equal(t, []line{
		{"GET /users", "", "", 0, 200, 1},
		{"GET /users/{user}", "", "Request_ResourceNotFound", 0, 404, 1},
		{"POST /$batch", "", "", 0, 200, 1},
		{"GET /users/{user}", "0", "", 3, 200, 1},
		{"GET /applications", "1", "", 3, 200, 2},
		{"PATCH /users/{user}", "", "", 0, 0, 1},
	}, got)
	first := s.Requests()[0]
	assert.Equal(t, "GET /users?$top=5", first.String())
	assert.Equal(t, "mine", first.Header.Get("client-request-id"))
	assert.Equal(t, map[string]int{"GET /users": 1, "GET /users/{user}": 2, "POST /$batch": 1, "GET /applications": 1, "PATCH /users/{user}": 1}, s.Operations())

	s.ForgetRequests()
	assert.Empty(t, s.Requests())
	c.get("/users")
	assert.Equal(t, 7, s.Requests()[0].N, "numbers go on")
}

func TestRecordIsACopy(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	newClient(t, s).with("Prefer", "x").get("/users")
	s.Requests()[0].Header.Set("Prefer", "changed")
	assert.Equal(t, "x", s.Requests()[0].Header.Get("Prefer"))
}

// Records end up in test logs and reports: no password and no token may be in them.
func TestRecordHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "xWwvJ]6NMw+bWH-d"
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s).bearer("token-" + secret)
	require.Equal(t, 201, c.do("POST", "/users", newUser("ada")).status)
	c.do("PATCH", "/users/ada@contoso.example", map[string]any{"passwordProfile": map[string]any{"PASSWORD": secret}})
	c.do("POST", "/$batch", map[string]any{"requests": []any{map[string]any{"id": "1", "method": "POST", "url": "/users", "body": newUser("bob"), "headers": map[string]any{"Content-Type": "application/json"}}}})
	c.do("POST", "/users", `{"passwordProfile": {"password": "`+secret+`"`) // broken JSON
	require.Len(t, s.Requests(), 5)
	for _, r := range s.Requests() {
		assert.NotContains(t, r.Body, secret, r.String())
		assert.Equal(t, "***", r.Header.Get("Authorization"), "that there was a token shows")
	}
	assert.Contains(t, s.Requests()[0].Body, `"password":"***"`)
	assert.Contains(t, s.Requests()[0].Body, `"userPrincipalName":"ada@contoso.example"`, "the rest stays")
}
