package entra_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
)

var registration = entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}, RequireAssignment: true}

// register returns a step that registers the application and looks at what is returned.
func register(tn *faulttest.Tenant) func(*entra.Client) error {
	return func(c *entra.Client) error {
		app, err := c.Register(tn.T.Context(), registration)
		if err == nil && (app.ID == "" || app.ServicePrincipalID == "" || len(app.AppRoles) == 0 || !app.AppRoleAssignmentRequired) {
			return fmt.Errorf("the application that is returned is unfinished: %+v", app)
		}
		return err
	}
}

// registered describes the applications of the tenant.
func registered(tn *faulttest.Tenant) string {
	s := ""
	for _, app := range tn.List("/applications") {
		s += fmt.Sprintf("application with roles %s, %d tags", names(app["appRoles"]), len(app["tags"].([]any)))
		for _, principal := range tn.List("/servicePrincipals") {
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
func assigned(tn *faulttest.Tenant) string {
	principal := tn.List("/servicePrincipals?$filter=displayName%20eq%20'CORPDB1'")[0]
	return fmt.Sprint(len(tn.List("/servicePrincipals/"+principal["id"].(string)+"/appRoleAssignedTo")), " assignments")
}

// write returns a step that makes one change.
func write(tn *faulttest.Tenant, resource string, change assign.Change) func(*entra.Client) error {
	return func(c *entra.Client) (failed error) {
		times := 0
		for _, err := range c.WriteAssignments(tn.T.Context(), resource, []assign.Change{change}) {
			if !errors.Is(err, assign.ErrExisted) { // as good: it is there
				failed = err
			}
			times++
		}
		if times != 1 {
			return fmt.Errorf("one change was reported %d times", times)
		}
		return failed
	}
}

// assigning returns a step that assigns a user to a new application.
func assigning(tn *faulttest.Tenant, user string) func(*entra.Client) error {
	_, app := tn.AddApplication("CORPDB1")
	return write(tn, app, assign.Change{Action: assign.Add, PrincipalID: user, AppRoleID: faulttest.RoleID})
}

// removing returns a step that removes an assignment that a client has made.
func removing(tn *faulttest.Tenant, c *entra.Client) func(*entra.Client) error {
	_, app := tn.AddApplication("CORPDB1")
	require.NoError(tn.T, write(tn, app, assign.Change{Action: assign.Add, PrincipalID: tn.AddUser("ada"), AppRoleID: faulttest.RoleID})(c))
	made := tn.List("/servicePrincipals/" + app + "/appRoleAssignedTo")[0]["id"].(string)
	return write(tn, app, assign.Change{Action: assign.Remove, AssignmentID: made})
}

// owning returns a step that registers the application with an owner.
func owning(tn *faulttest.Tenant) func(*entra.Client) error {
	return func(c *entra.Client) error {
		_, err := c.Register(tn.T.Context(), owned("olga@contoso.example"))
		return err
	}
}

// ownedBy says who owns the tenant's application.
func ownedBy(tn *faulttest.Tenant) string {
	s := ""
	for _, set := range []string{"/applications", "/servicePrincipals"} {
		for _, object := range tn.List(set + "?$filter=displayName%20eq%20'CORPDB1'") {
			s += fmt.Sprint(set, " of ", owners(tn, set+"/"+object["id"].(string)), " ")
		}
	}
	return strings.TrimSpace(s)
}

// aged lets an hour pass, so that all that is there is of old.
func aged(step func(*entra.Client) error) func(*entra.Client) error {
	time.Sleep(time.Hour)
	return step
}

var operations = []faulttest.Operation{
	{Name: "create application", Target: "PATCH /applications({key})", State: registered, Prepare: register},
	{Name: "add role and tag", Target: "PATCH /applications/{id}", State: registered,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			app := tn.Ask("POST", "/applications", map[string]any{"displayName": "CORPDB1", "tags": []string{"HideApp"}, "appRoles": []map[string]any{
				{"id": faulttest.RoleID, "displayName": "Other", "value": "Other", "description": "x", "allowedMemberTypes": []string{"User"}}}})
			tn.Ask("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]})
			return aged(register(tn))
		}},
	{Name: "create service principal of an application of this run", Target: "POST /servicePrincipals", State: registered, Prepare: register},
	{Name: "create service principal of an application of old", Target: "POST /servicePrincipals", State: registered,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			tn.Ask("POST", "/applications", map[string]any{"displayName": "CORPDB1"})
			return aged(register(tn))
		}},
	{Name: "require assignment", Target: "PATCH /servicePrincipals/{id}", Again: true, State: registered,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			tn.AddApplication("CORPDB1")
			return aged(register(tn))
		}},
	{Name: "add an owner to an application of old", Target: "POST /applications/{id}/owners/$ref", Again: true, State: ownedBy,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			tn.AddUser("olga")
			tn.AddApplication("CORPDB1")
			return aged(owning(tn))
		}},
	{Name: "add an owner to an application of this run", Target: "POST /servicePrincipals/{id}/owners/$ref", Again: true, State: ownedBy,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			tn.AddUser("olga")
			return owning(tn)
		}},
	{Name: "create user", Target: "POST /users",
		State: func(tn *faulttest.Tenant) string { return fmt.Sprint(len(tn.List("/users")), " users") },
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			return func(c *entra.Client) error { return faulttest.CreateUser(tn.T.Context(), c, "ada").Err }
		}},
	{Name: "assign a user of old", Target: "POST /servicePrincipals/{id}/appRoleAssignedTo", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error { return aged(assigning(tn, tn.AddUser("ada"))) }},
	{Name: "assign a user of this run", Target: "POST /servicePrincipals/{id}/appRoleAssignedTo", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			return assigning(tn, faulttest.CreateUser(tn.T.Context(), tn.Client, "ada").User.ID)
		}},
	{Name: "assign to an application of this run", Target: "POST /servicePrincipals/{id}/appRoleAssignedTo", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			ada := tn.AddUser("ada")
			time.Sleep(time.Hour)
			app, err := tn.Client.Register(tn.T.Context(), registration)
			require.NoError(tn.T, err)
			return write(tn, app.ServicePrincipalID, assign.Change{Action: assign.Add, PrincipalID: ada, AppRoleID: app.AppRoles[0].ID})
		}},
	{Name: "assign a user of a run before", Target: "POST /servicePrincipals/{id}/appRoleAssignedTo", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error {
			return assigning(tn, faulttest.CreateUser(tn.T.Context(), tn.NewClient(), "ada").User.ID)
		}},
	{Name: "remove an assignment of old", Target: "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error { return aged(removing(tn, tn.NewClient())) }},
	{Name: "remove an assignment of this run", Again: true, Target: "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}", State: assigned,
		Prepare: func(tn *faulttest.Tenant) func(*entra.Client) error { return removing(tn, tn.Client) }},
}

func TestRetryTable(t *testing.T) { faulttest.RunTable(t, operations, "testdata/retrytable.txt") }
