package entra_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// faults are the lines of the retry table's sections, besides "already exists".
var faults = []fault{
	{name: "429", status: 429, header: map[string]string{"Retry-After": "2.5"}, body: `{"error":{"code":"TooManyRequests","message":"Too many requests."}}`},
	{name: "503", status: 503, body: `{"error":{"code":"ServiceUnavailable","message":""}}`},
	{name: "504 before", status: 504, body: "<html>Gateway Timeout</html>"},
	{name: "504 landed", status: 504, lands: true, body: "<html>Gateway Timeout</html>"},
	{name: "reset before", reset: true},
	{name: "reset landed", reset: true, lands: true},
	refusal("404 replica", 404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present."),
	refusal("400 reference", 400, "Request_BadRequest", "Not a valid reference update."),
	refusal("400 no application", 400, "Request_BadRequest", "The appId 'x' of the service principal does not reference a valid application object."),
	refusal("409 concurrent", 409, "Directory_ConcurrencyViolation", "Error due to concurrent requests being made to the tenant. Please wait briefly and retry."),
}

// passing are the faults that every write must survive.
var passing = []string{"429", "503", "504 before", "504 landed", "reset before", "reset landed", "409 concurrent"}

// An operation is a section of the retry table.
type operation struct {
	name   string
	target string // the write that is hurt
	// prepare sets the tenant up and returns what to do with a client.
	prepare func(tn *tenant) func(*entra.Client) error
	// state describes the tenant afterwards.
	state func(tn *tenant) string
}

var registration = entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}, RequireAssignment: true}

// register returns a step that registers the application and looks at what is returned.
func register(tn *tenant) func(*entra.Client) error {
	return func(c *entra.Client) error {
		app, err := c.Register(tn.t.Context(), registration)
		if err == nil && (app.ID == "" || app.ServicePrincipalID == "" || len(app.AppRoles) == 0 || !app.AppRoleAssignmentRequired) {
			return fmt.Errorf("the application that is returned is unfinished: %+v", app)
		}
		return err
	}
}

// registered describes the applications of the tenant.
func registered(tn *tenant) string {
	s := ""
	for _, app := range tn.list("/applications") {
		s += fmt.Sprintf("application with roles %s, %d tags", names(app["appRoles"]), len(app["tags"].([]any)))
		for _, principal := range tn.list("/servicePrincipals") {
			if principal["appId"] == app["appId"] {
				s += fmt.Sprintf(", principal with roles %s, required %v", names(principal["appRoles"]), principal["appRoleAssignmentRequired"])
			}
		}
	}
	return s
}

func names(roles any) string {
	var names []string
	for _, role := range roles.([]any) {
		names = append(names, role.(map[string]any)["displayName"].(string))
	}
	return strings.Join(names, "+")
}

// assigned counts the assignments of the tenant's application.
func assigned(tn *tenant) string {
	principal := tn.list("/servicePrincipals?$filter=displayName%20eq%20'CORPDB1'")[0]
	return fmt.Sprint(len(tn.list("/servicePrincipals/"+principal["id"].(string)+"/appRoleAssignedTo")), " assignments")
}

// write returns a step that makes one change.
func write(tn *tenant, resource string, change assign.Change) func(*entra.Client) error {
	return func(c *entra.Client) (failed error) {
		times := 0
		for _, err := range c.WriteAssignments(tn.t.Context(), resource, []assign.Change{change}) {
			failed = err
			times++
		}
		if times != 1 {
			return fmt.Errorf("one change was reported %d times", times)
		}
		return failed
	}
}

func createUser(ctx context.Context, c *entra.Client, name string) (created entra.CreatedUser) {
	for _, created = range c.CreateUsers(ctx, []entra.NewUser{{DisplayName: name, UserPrincipalName: name + "@contoso.example", MailNickname: name}}) {
		if created.Err == nil && created.User.ID == "" {
			created.Err = fmt.Errorf("a user without id: %+v", created)
		}
	}
	return created
}

// assigning returns a step that assigns a user to a new application.
func assigning(tn *tenant, user string) func(*entra.Client) error {
	_, app := tn.addApplication("CORPDB1")
	return write(tn, app, assign.Change{Action: assign.Add, PrincipalID: user, AppRoleID: generalID})
}

// removing returns a step that removes an assignment that a client has made.
func removing(tn *tenant, c *entra.Client) func(*entra.Client) error {
	_, app := tn.addApplication("CORPDB1")
	require.NoError(tn.t, write(tn, app, assign.Change{Action: assign.Add, PrincipalID: tn.addUser("ada"), AppRoleID: generalID})(c))
	made := tn.list("/servicePrincipals/" + app + "/appRoleAssignedTo")[0]["id"].(string)
	return write(tn, app, assign.Change{Action: assign.Remove, AssignmentID: made})
}

// aged lets an hour pass, so that all that is there is of old.
func aged(step func(*entra.Client) error) func(*entra.Client) error {
	time.Sleep(time.Hour)
	return step
}

var operations = []operation{
	{name: "create application", target: "POST /applications", state: registered, prepare: register},
	{name: "add role and tag", target: "PATCH /applications/{id}", state: registered,
		prepare: func(tn *tenant) func(*entra.Client) error {
			app := tn.ask("POST", "/applications", map[string]any{"displayName": "CORPDB1", "tags": []string{"HideApp"}, "appRoles": []map[string]any{
				{"id": generalID, "displayName": "Other", "value": "Other", "description": "x", "allowedMemberTypes": []string{"User"}}}})
			tn.ask("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]})
			return aged(register(tn))
		}},
	{name: "create service principal of an application of this run", target: "POST /servicePrincipals", state: registered, prepare: register},
	{name: "create service principal of an application of old", target: "POST /servicePrincipals", state: registered,
		prepare: func(tn *tenant) func(*entra.Client) error {
			tn.ask("POST", "/applications", map[string]any{"displayName": "CORPDB1"})
			return aged(register(tn))
		}},
	{name: "require assignment", target: "PATCH /servicePrincipals/{id}", state: registered,
		prepare: func(tn *tenant) func(*entra.Client) error {
			tn.addApplication("CORPDB1")
			return aged(register(tn))
		}},
	{name: "create user", target: "POST /users",
		state: func(tn *tenant) string { return fmt.Sprint(len(tn.list("/users")), " users") },
		prepare: func(tn *tenant) func(*entra.Client) error {
			return func(c *entra.Client) error { return createUser(tn.t.Context(), c, "ada").Err }
		}},
	{name: "assign a user of old", target: "POST /servicePrincipals/{id}/appRoleAssignedTo", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error { return aged(assigning(tn, tn.addUser("ada"))) }},
	{name: "assign a user of this run", target: "POST /servicePrincipals/{id}/appRoleAssignedTo", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error {
			return assigning(tn, createUser(tn.t.Context(), tn.client, "ada").User.ID)
		}},
	{name: "assign to an application of this run", target: "POST /servicePrincipals/{id}/appRoleAssignedTo", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error {
			ada := tn.addUser("ada")
			time.Sleep(time.Hour)
			app, err := tn.client.Register(tn.t.Context(), registration)
			require.NoError(tn.t, err)
			return write(tn, app.ServicePrincipalID, assign.Change{Action: assign.Add, PrincipalID: ada, AppRoleID: app.AppRoles[0].ID})
		}},
	{name: "assign a user of a run before", target: "POST /servicePrincipals/{id}/appRoleAssignedTo", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error {
			return assigning(tn, createUser(tn.t.Context(), tn.another(), "ada").User.ID)
		}},
	{name: "remove an assignment of old", target: "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error { return aged(removing(tn, tn.another())) }},
	{name: "remove an assignment of this run", target: "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}", state: assigned,
		prepare: func(tn *tenant) func(*entra.Client) error { return removing(tn, tn.client) }},
}

// A cell is what came of an operation under a fault.
type cell struct {
	writes, others int // requests
	gap            time.Duration
	took           time.Duration
	state          string
	err            error
}

// try runs an operation. The fault named "exists" is none: another run has done
// the same before.
func (op operation) try(t *testing.T, f fault) (c cell) {
	synctest.Test(t, func(t *testing.T) {
		tn := newTenant(t, nil)
		do := op.prepare(tn)
		if f.name == "exists" {
			require.NoError(t, do(tn.another()))
		}
		tn.faulty.forget()
		if f.status != 0 || f.reset {
			tn.faulty.hurt(op.target, f)
		}
		started := time.Now()
		c.err = do(tn.client)
		c.took = time.Since(started)
		var last time.Time
		for _, made := range tn.faulty.made() {
			if made.name != op.target {
				c.others++
				continue
			}
			if c.writes++; c.writes > 1 {
				c.gap = made.at.Sub(last)
			}
			last = made.at
		}
		c.state = op.state(tn)
	})
	return c
}

var updateTable = flag.Bool("update-retrytable", false, "write testdata/retrytable.txt anew")

// The table says for every write and every fault how many requests are made,
// how the tenant ends up, and which error is given. What must hold in every
// cell is checked here; the rest is in testdata/retrytable.txt.
func TestRetryTable(t *testing.T) {
	var table strings.Builder
	for _, op := range slices.Concat(operations, operationsOnReviews) {
		wanted := op.try(t, fault{name: "none"})
		require.NoError(t, wanted.err)
		fmt.Fprintf(&table, "%s (%s)\n%-22s%7s%7s  %-108s  %s\n", op.name, op.target, "", "writes", "others", "state", "error")
		for _, f := range append([]fault{{name: "none"}}, append(faults, fault{name: "exists"})...) {
			got := op.try(t, f)
			op.check(t, f, got, wanted)
			fmt.Fprintf(&table, "  %-20s%7d%7d  %-108s  %s\n", f.name, got.writes, got.others, got.state, line(got.err))
		}
		table.WriteString("\n")
	}
	const file = "testdata/retrytable.txt"
	if *updateTable {
		require.NoError(t, os.WriteFile(file, []byte(table.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), table.String())
}

func (op operation) check(t *testing.T, f fault, got, wanted cell) {
	what := op.name + ", " + f.name
	// A 404 about an old assignment is believed: that is what "gone" looks like.
	believed := f.name == "404 replica" && op.name == "remove an assignment of old"
	if got.err == nil && !believed {
		assert.Equal(t, wanted.state, got.state, "%s: reported as done, and it is not", what)
	}
	if got.err != nil {
		assert.NotContains(t, got.err.Error(), "\n", what)
		assert.NotContains(t, got.err.Error(), "ada", "%s: an error must not hold names", what)
		assert.Zero(t, got.took, "%s: an answer that will not change must not be waited for", what)
	}
	if f.name == "exists" || f.name == "none" {
		assert.NoError(t, got.err, what)
	}
	if slices.Contains(passing, f.name) {
		assert.NoError(t, got.err, "%s passes by itself", what)
		assert.LessOrEqual(t, got.writes, 2, "%s: one failure needs one more attempt at most", what)
	}
	if strings.HasSuffix(f.name, "landed") && op.target != "PATCH /servicePrincipals/{id}" {
		assert.Equal(t, 1, got.writes, "%s: a write that landed must be found, not made again", what)
	}
	if f.name == "429" {
		assert.GreaterOrEqual(t, got.gap, 2500*time.Millisecond, "%s: came back before Retry-After", what)
	}
	if f.name == "exists" {
		assert.Less(t, got.took, 5*time.Minute, what)
	}
}

func line(err error) string {
	if err == nil {
		return "-"
	}
	for name, sentinel := range map[string]error{"ErrNotFound": graph.ErrNotFound, "ErrNotReplicated": graph.ErrNotReplicated, "ErrExists": graph.ErrExists,
		"ErrUnclear": graph.ErrUnclear} {
		if errors.Is(err, sentinel) {
			return name
		}
	}
	return err.Error()
}
