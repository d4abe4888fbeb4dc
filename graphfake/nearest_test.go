package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A fault for a route that there is not would never happen, and a count of one would be
// 0 for ever: a test would pass for the wrong reason.
func TestRoutesThatThereAreNotAreRefused(t *testing.T) {
	t.Parallel()
	s := graphfake.New(nil)
	refusal := func(do func()) (message string) {
		defer func() { message, _ = recover().(string) }()
		do()
		return ""
	}
	for _, tc := range []struct {
		fault graphfake.Fault
		want  string
	}{
		{graphfake.Fault{Path: "/user/{id}", Status: 503}, `path "/user/{id}" is that of no route; the nearest is "/users/{user}"`},
		{graphfake.Fault{Path: "/user", Status: 503}, `path "/user" is that of no route; the nearest is "/users"`},
		{graphfake.Fault{Path: "/servicePrincipals/{id}/appRolesAssignedTo", Status: 503},
			`the nearest is "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo"`},
		{graphfake.Fault{Method: "patch", Path: "/users", Status: 503}, `path "/users" is that of no route with PATCH; the nearest is "/users/{user}"`},
		{graphfake.Fault{Operation: "GET /users/{id}/memberoff", Status: 503}, `is no route; the nearest is "GET /users/{user}/memberOf"`},
		{graphfake.Fault{Operation: "/users", Status: 503}, `operation "/users" is no route; the nearest is "GET /users"`},
		{graphfake.Fault{Method: "POST", Path: "/users", Effect: graphfake.Stale}, `effect "stale" is for reads, not for POST`},
	} {
		assert.Contains(t, refusal(func() { s.Inject(tc.fault) }), tc.want)
		_, err := graphfake.ReadFaults(strings.NewReader("[" + tc.fault.String() + "]"))
		assert.ErrorContains(t, err, tc.want, "in a file too")
	}
	assert.Contains(t, refusal(func() { s.Operations("GET /users/{id}") }),
		`graphfake: operation "GET /users/{id}" is no route; the nearest is "GET /users/{user}"`)
	for _, path := range []string{"/users/ada@contoso.example", "/users/{any}/memberOf", "/users/{rest...}", "/{rest...}", "/USERS",
		"/servicePrincipals(appId='x')/appRoleAssignedTo", "/$batch", "/directory/deletedItems/microsoft.graph.user"} {
		assert.Empty(t, refusal(func() { s.Inject(graphfake.Fault{Path: path, Status: 503}) }), path)
	}
}

func TestOperationsCountsWhatIsNamed(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	newClient(t, s).get("/users")
	assert.Equal(t, map[string]int{"GET /users": 1, "GET /groups": 0}, s.Operations("GET /users", "GET /groups"))
	assert.Equal(t, map[string]int{"GET /users": 1}, s.Operations())
}

// Who seeds or creates a user in a domain that the tenant hasn't must be told which
// there are, and where that is set.
func TestAForeignDomainsErrorNamesTheDomains(t *testing.T) {
	t.Parallel()
	log := &fakeTB{}
	s := graphfake.New(&graphfake.Options{TB: log, Domains: []string{"fabrikam.example"}})
	const want = `"contoso.example" is none of them; Options.Domains sets them, here they are fabrikam.example.`
	func() {
		defer func() { assert.Contains(t, recover(), want) }()
		s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	}()
	a := newClient(t, s).do("POST", "/users", newUser("ada"))
	require.Equal(t, 400, a.status)
	assert.NotContains(t, a.text, "Options", "the answer is the service's own")
	assert.Contains(t, strings.Join(log.logs, "\n"), want)
}

// One listing that lags: it shows the directory as it was when the fault was injected,
// and everything else shows it as it is.
func TestAStaleListing(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	s.Inject(graphfake.Fault{Path: "/users", Effect: graphfake.Stale, Times: 2})
	bob := s.AddUser(graphfake.User{UserPrincipalName: "bob@contoso.example"})
	s.DeleteUser(ada.ID)
	c := newClient(t, s)
	assert.Equal(t, []string{ada.ID}, c.get("/users").column("id"), "the listing lags")
	assert.Equal(t, 404, c.get("/users/"+ada.ID).status, "the object itself does not")
	assert.Equal(t, 201, c.do("POST", "/users", newUser("cy")).status, "writes are not hit")
	assert.Equal(t, []string{ada.ID}, c.get("/users").column("id"))
	assert.Contains(t, c.get("/users").column("id"), bob.ID, "once it is over")
}
