package entra_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// owned is the registration with owners.
func owned(upns ...string) entra.Registration {
	r := registration
	r.Owners = upns
	return r
}

// owners returns who owns an object, by the first part of the user principal name.
func owners(tn *faulttest.Tenant, object string) (names []string) {
	for _, user := range tn.List(object + "/owners") {
		name, _, _ := strings.Cut(user["userPrincipalName"].(string), "@")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A review's stage of owners asks the service principal's, and the portal shows the
// registration's: both must have them.
func TestRegisterSetsTheOwnersOfBothObjects(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	for _, name := range []string{"olga", "otto", "ada"} {
		tn.AddUser(name)
	}
	want := owned("olga@contoso.example", "OTTO@contoso.example", "olga@contoso.example", " ")
	plan, err := tn.Client.PlanRegistration(t.Context(), want)
	require.NoError(t, err)
	var text strings.Builder
	require.NoError(t, plan.WriteText(&text))
	assert.Contains(t, text.String(), "add owner olga@contoso.example: ")
	assert.Contains(t, text.String(), "add owner otto@contoso.example: ")
	app, err := tn.Client.ApplyRegistration(t.Context(), plan)
	require.NoError(t, err)
	for _, object := range []string{"/applications/" + app.ID, "/servicePrincipals/" + app.ServicePrincipalID} {
		assert.Equal(t, []string{"olga", "otto"}, owners(tn, object))
	}

	tn.Faults.Forget()
	plan, err = tn.NewClient().PlanRegistration(t.Context(), owned("otto@contoso.example"))
	require.NoError(t, err)
	assert.Empty(t, plan.Steps, "those that the application has stay, and are not written again")
	_, err = tn.NewClient().Register(t.Context(), owned("ada@contoso.example"))
	require.NoError(t, err)
	assert.Equal(t, []string{"POST /applications/{id}/owners/$ref", "POST /servicePrincipals/{id}/owners/$ref"}, tn.Faults.Writes())
	assert.Equal(t, []string{"ada", "olga", "otto"}, owners(tn, "/applications/"+app.ID))
}

// Whoever was made an owner by hand, of one object only, is completed.
func TestRegisterAddsAnOwnerWhereTheyAreMissing(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	olga := tn.AddUser("olga")
	app, err := tn.Client.Register(t.Context(), registration)
	require.NoError(t, err)
	tn.Ask("POST", "/applications/"+app.ID+"/owners/$ref",
		map[string]any{"@odata.id": graph.DefaultEndpoint + "/directoryObjects/" + olga})
	tn.Faults.Forget()
	_, err = tn.NewClient().Register(t.Context(), owned("olga@contoso.example"))
	require.NoError(t, err)
	assert.Equal(t, []string{"POST /servicePrincipals/{id}/owners/$ref"}, tn.Faults.Writes())
}

// A name that is nobody's is found out before anything is written.
func TestRegisterRefusesAnOwnerWhoIsNotThere(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.AddUser("olga")
	_, err := tn.Client.Register(t.Context(), owned("olga@contoso.example", "nobody@contoso.example"))
	require.ErrorAs(t, err, new(*entra.RegistrationError))
	assert.EqualError(t, err, `application "CORPDB1": there is no user nobody@contoso.example to own it: correct the user principal name`)
	assert.Empty(t, tn.Faults.Writes())
}

// An owner who can't sign in reviews nothing, and nobody would hear of it.
func TestRegisterRefusesAnOwnerWhoIsBlocked(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	blocked := tn.Fake.AddUser(graphfake.User{UserPrincipalName: "otto@contoso.example", Disabled: true})
	_, err := tn.Client.PlanRegistration(t.Context(), owned("otto@contoso.example"))
	assert.EqualError(t, err, `application "CORPDB1": otto@contoso.example is blocked from sign-in and can't review what they own: `+
		"name another owner, or enable the account")
	app, err := tn.Client.Register(t.Context(), registration)
	require.NoError(t, err)
	for _, object := range []string{"/applications/" + app.ID, "/servicePrincipals/" + app.ServicePrincipalID} {
		tn.Ask("POST", object+"/owners/$ref", map[string]any{"@odata.id": graph.DefaultEndpoint + "/directoryObjects/" + blocked.ID})
	}
	plan, err := tn.NewClient().PlanRegistration(t.Context(), owned("otto@contoso.example"))
	require.NoError(t, err, "whoever was an owner before they were blocked stays, and stops no later run")
	assert.Empty(t, plan.Steps)
}

// Adding an owner twice is refused, and the refusal means that it is done. Objects that
// were made a moment ago are not there for every replica.
func TestRegisterAddsOwnersThroughFaults(t *testing.T) {
	t.Parallel()
	add := []string{"POST /applications/{id}/owners/$ref", "POST /servicePrincipals/{id}/owners/$ref"}
	for reason, fault := range map[string]faulttest.Fault{
		"the answer is lost after the write": {Reset: true, Lands: true},
		"a gateway gives up":                 {Status: 504, Lands: true},
		"not visible yet":                    faulttest.Unseen,
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tn := faulttest.NewTenant(t, nil)
				tn.AddUser("olga")
				for _, write := range add {
					tn.Faults.Inject(write, fault)
				}
				app, err := tn.Client.Register(t.Context(), owned("olga@contoso.example"))
				require.NoError(t, err)
				assert.Equal(t, []string{"olga"}, owners(tn, "/applications/"+app.ID))
				assert.Equal(t, []string{"olga"}, owners(tn, "/servicePrincipals/"+app.ServicePrincipalID))
			})
		})
	}
}

// Application.ReadWrite.OwnedBy creates the application and adds nobody to its owners.
func TestRegisterSaysWhichPermissionOwnersNeed(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	fake.AddUser(graphfake.User{UserPrincipalName: "olga@contoso.example"})
	connect := func(permissions ...string) *entra.Client {
		client, err := entra.Connect(graph.StaticToken(fake.AppToken(permissions...)), &graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
		require.NoError(t, err)
		return client
	}
	_, err := connect("Application.ReadWrite.All", "User.Read.All").Register(t.Context(), owned("olga@contoso.example"))
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.ErrorContains(t, err, "Application.ReadWrite.All and Directory.Read.All")
	app, err := connect("Application.ReadWrite.All", "Directory.Read.All").Register(t.Context(), owned("olga@contoso.example"))
	require.NoError(t, err)
	assert.NotEmpty(t, app.ServicePrincipalID)
}
