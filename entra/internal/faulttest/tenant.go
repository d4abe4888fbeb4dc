package faulttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A Tenant is a fake tenant with a client whose requests can be made to fail.
type Tenant struct {
	T      testing.TB
	Fake   *graphfake.Server
	Faults *Transport
	Client *entra.Client
	// Options are those of the clients that NewClient makes.
	Options graph.Options
}

// NewTenant returns an empty tenant, whose lists have no order; opts are those of its
// clients.
func NewTenant(t testing.TB, opts *graph.Options) *Tenant {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{TB: t, Shuffle: true})
	tn := &Tenant{T: t, Fake: fake, Faults: &Transport{Next: fake.Transport()}}
	if opts != nil {
		tn.Options = *opts
	}
	tn.Client = tn.NewClient()
	return tn
}

// NewClient returns a client of its own, as another run of the program would have.
func (tn *Tenant) NewClient() *entra.Client {
	tn.T.Helper()
	client, err := entra.Connect(graph.StaticToken("SECRET-TOKEN"),
		&graph.ConnectOptions{Transport: Record(tn.Faults), Options: tn.Options})
	require.NoError(tn.T, err)
	return client
}

// Ask makes a request behind the client's back, which never fails.
func (tn *Tenant) Ask(method, path string, body any) map[string]any {
	tn.T.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(tn.T, err)
	r, err := http.NewRequestWithContext(tn.T.Context(), method, graph.DefaultEndpoint+path,
		bytes.NewReader(encoded))
	require.NoError(tn.T, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	res, err := tn.Fake.Transport().RoundTrip(r)
	require.NoError(tn.T, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	require.NoError(tn.T, err)
	require.Less(tn.T, res.StatusCode, 300, "%s %s: %s", method, path, answer)
	var decoded map[string]any
	if len(answer) > 0 {
		require.NoError(tn.T, json.Unmarshal(answer, &decoded))
	}
	return decoded
}

// List returns the objects of a collection as they are in the tenant.
func (tn *Tenant) List(path string) []map[string]any {
	tn.T.Helper()
	var all []map[string]any
	for _, object := range tn.Ask(http.MethodGet, path, nil)["value"].([]any) {
		all = append(all, object.(map[string]any))
	}
	return all
}

// AddUser creates a user and returns the id.
func (tn *Tenant) AddUser(name string) string {
	tn.T.Helper()
	user := tn.Ask(http.MethodPost, "/users", map[string]any{"accountEnabled": true, "displayName": name,
		"mailNickname": name, "userPrincipalName": name + "@contoso.example",
		"passwordProfile": map[string]any{"password": "xWwvJ]6NMw+bWH-d"}})
	return user["id"].(string)
}

// RoleID is the id of the role General of the applications of AddApplication.
const RoleID = "11111111-1111-4111-8111-111111111111"

// AddApplication registers an application with the role General, and its
// service principal.
func (tn *Tenant) AddApplication(name string) (applicationID, principalID string) {
	tn.T.Helper()
	app := tn.Ask(http.MethodPost, "/applications", map[string]any{"displayName": name, "tags": []string{"HideApp"},
		"appRoles": []map[string]any{{"id": RoleID, "displayName": "General", "value": "General",
			"description": "General role", "allowedMemberTypes": []string{"User"}, "isEnabled": true}}})
	principal := tn.Ask(http.MethodPost, "/servicePrincipals", map[string]any{"appId": app["appId"]})
	return app["id"].(string), principal["id"].(string)
}

// CreateUser creates a user with a client.
func CreateUser(ctx context.Context, c *entra.Client, name string) (created entra.CreatedUser) {
	wanted := entra.NewUser{DisplayName: name, UserPrincipalName: name + "@contoso.example", MailNickname: name}
	for _, created = range c.CreateUsers(ctx, []entra.NewUser{wanted}) {
		if created.Err == nil && created.User.ID == "" {
			created.Err = fmt.Errorf("a user without id: %+v", created)
		}
	}
	return created
}
