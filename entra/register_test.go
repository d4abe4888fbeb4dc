package entra_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

func TestRegisterTwiceWritesOnce(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	first, err := tn.Client.Register(t.Context(), registration)
	require.NoError(t, err)
	assert.Equal(t, []string{upsert, "PATCH /applications/{id}", "POST /servicePrincipals"}, tn.Faults.Writes())
	assert.Equal(t, []string{entra.IntegratedTag}, first.Tags)
	require.Len(t, first.AppRoles, 1)
	assert.Equal(t, "General", first.AppRoles[0].Value)
	assert.Equal(t, []string{"User"}, first.AppRoles[0].AllowedMemberTypes)

	tn.Faults.Forget()
	second, err := tn.NewClient().Register(t.Context(), registration)
	require.NoError(t, err)
	assert.Empty(t, tn.Faults.Writes(), "a second run must change nothing")
	assert.Equal(t, first, second)
	found, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "corpdb1"})
	require.NoError(t, err, "names are compared without letter case")
	assert.Equal(t, first, found)
}

func TestRegisterKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	id, _ := tn.AddApplication("CORPDB1")
	app, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Approver", "General"}})
	require.NoError(t, err)
	assert.Equal(t, id, app.ID, "an application of that name must be used")
	assert.Equal(t, []string{"HideApp", entra.IntegratedTag}, app.Tags)
	assert.Equal(t, "application with roles General+Approver, 2 tags, principal with roles General+Approver, required false", registered(tn))
	assert.Equal(t, faulttest.RoleID, app.AppRoles[0].ID, "the id of a role is what assignments refer to")
}

// The article's names are looked for in filters, where these would break out.
func TestRegisterNamesWithSpecialCharacters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"O'Neil & Söhne", "100% + #1 (DB)", "a/b?c=d", "  padded  "} {
		tn := faulttest.NewTenant(t, nil)
		want := entra.Registration{Application: entra.ApplicationRef{DisplayName: name}, Roles: []string{"Général"}}
		app, err := tn.Client.Register(t.Context(), want)
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(name), app.DisplayName)
		_, err = tn.Client.Register(t.Context(), want)
		require.NoError(t, err)
		assert.Len(t, tn.List("/applications"), 1, "%q was not found again", name)
	}
}

func TestPlanRegistrationWritesNothingAndForetellsRegister(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, &graph.Options{ReadOnly: true})
	plan, err := tn.Client.PlanRegistration(t.Context(), registration)
	require.NoError(t, err)
	assert.Nil(t, plan.Application)
	_, err = tn.Client.Register(t.Context(), registration)
	require.ErrorIs(t, err, graph.ErrReadOnly)
	assert.Empty(t, tn.Faults.Writes(), "a read-only client must send no write")

	tn.Options.ReadOnly = false
	app, err := tn.NewClient().Register(t.Context(), registration)
	require.NoError(t, err)
	assert.Equal(t, plan.Roles, app.AppRoles, "assignments planned for a role that is not there yet would name another one")
	plan, err = tn.Client.PlanRegistration(t.Context(), registration)
	require.NoError(t, err)
	assert.Empty(t, plan.Steps)
	encoded, err := json.Marshal(plan)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"steps":[],"roles":[{`)
}

func TestAnEmptyNameIsNotAskedFor(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: " "}})
	require.ErrorAs(t, err, new(*entra.RegistrationError))
	assert.ErrorContains(t, err, "set exactly one of them")
	assert.Empty(t, tn.Faults.Calls())
}

func TestFindApplication(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.ErrorIs(t, err, graph.ErrNotFound)

	upper, _ := tn.AddApplication("CORPDB1")
	tn.AddApplication("corpdb1")
	found, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.NoError(t, err, "of two names that differ in letter case the one that is written so is meant")
	assert.Equal(t, upper, found.ID)
	_, err = tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CorpDB1"})
	var ambiguous *entra.AmbiguousError
	require.ErrorAs(t, err, &ambiguous)
	require.Len(t, ambiguous.IDs, 2)
	assert.Contains(t, ambiguous.IDs, found.AppID)
	for _, id := range ambiguous.IDs {
		assert.ErrorContains(t, err, id, "the error offers the ids")
		one, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{AppID: id})
		require.NoError(t, err)
		assert.Equal(t, id, one.AppID)
		for _, object := range []string{one.ID, one.ServicePrincipalID} {
			again, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{ObjectID: object})
			require.NoError(t, err, "an object id is that of either object")
			assert.Equal(t, one, again)
		}
	}

	tn.AddApplication("CORPDB1")
	_, err = tn.Client.Register(t.Context(), registration)
	require.ErrorAs(t, err, new(*entra.AmbiguousError), "writing to one of two applications of a name would be a guess")
	assert.Empty(t, tn.Faults.Writes())
}

const otherTenants = `{"value":[{"id":"22222222-2222-4222-8222-222222222222","appId":"33333333-3333-4333-8333-333333333333","displayName":"SaaS",
	"appRoles":[{"id":"11111111-1111-4111-8111-111111111111","displayName":"General","value":"General","allowedMemberTypes":["User"],"isEnabled":true}],"tags":[],"appRoleAssignmentRequired":true}]}`

func TestAnApplicationOfAnotherTenantHasItsRolesFromTheServicePrincipal(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject("GET /servicePrincipals", faulttest.Times(2, faulttest.Answer(otherTenants))...)
	app, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "SaaS"})
	require.NoError(t, err)
	assert.Empty(t, app.ID)
	assert.Equal(t, "22222222-2222-4222-8222-222222222222", app.ServicePrincipalID)
	assert.Len(t, app.AppRoles, 1)
	_, err = tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "SaaS"}, Roles: []string{"Approver"}})
	assert.ErrorContains(t, err, "registered in another tenant, which alone can add roles; choose one of its own roles: General")
}

func TestManagedIdentitiesAreNotApplications(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.AddApplication("CORPDB1")
	identity := strings.NewReplacer(`"SaaS"`, `"CORPDB1"`, `"tags"`, `"servicePrincipalType":"ManagedIdentity","tags"`).Replace(otherTenants)
	tn.Faults.Inject("GET /servicePrincipals", faulttest.Answer(identity))
	app, err := tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.NoError(t, err, "a virtual machine of the same name must not make the application ambiguous")
	assert.NotEqual(t, "22222222-2222-4222-8222-222222222222", app.ServicePrincipalID)
}

// upsert is the request that creates an application.
const upsert = "PATCH /applications({key})"

const conflictingKey = "Another object with the same value for property uniqueName already exists."

// A run that was cut off after it created the application leaves one that the
// next run may not see yet.
func TestRegisterAdoptsWhatACutOffRunCreated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		_, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		hidden := faulttest.Answer(`{"value":[]}`)
		tn.Faults.Inject("GET /applications", faulttest.Times(4, hidden)...)
		tn.Faults.Inject("GET /servicePrincipals", hidden)
		tn.Faults.Inject("GET /servicePrincipals({key})", faulttest.Unseen)
		tn.Faults.Inject("GET /applications({key})", faulttest.Times(4, faulttest.Unseen)...)
		tn.Faults.Inject(upsert, faulttest.Refusal("", 400, "Request_BadRequest", conflictingKey))
		app, err := tn.NewClient().Register(t.Context(), registration)
		require.NoError(t, err)
		assert.NotEmpty(t, app.ServicePrincipalID)
		assert.Len(t, tn.List("/applications"), 1, "a second application of the name")
		assert.Len(t, tn.List("/servicePrincipals?$filter=displayName%20eq%20'CORPDB1'"), 1)
	})
}

func TestRegisterSaysWhoHoldsTheUniqueName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject(upsert, faulttest.Times(9, faulttest.Refusal("", 400, "Request_BadRequest", conflictingKey))...)
		started := time.Now()
		_, err := tn.Client.Register(t.Context(), registration)
		require.ErrorAs(t, err, new(*entra.RegistrationError))
		assert.ErrorContains(t, err, "cannot be seen, probably a deleted one: restore that one, or register under another unique name")
		assert.LessOrEqual(t, time.Since(started), 2*time.Minute)

		tn.Faults.Inject(upsert)
		made, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		tn.Ask("PATCH", "/applications/"+made.ID, map[string]any{"displayName": "CORPDB2"})
		tn.Ask("PATCH", "/servicePrincipals/"+made.ServicePrincipalID, map[string]any{"displayName": "CORPDB2"})
		_, err = tn.Client.Register(t.Context(), registration)
		require.ErrorAs(t, err, new(*entra.RegistrationError))
		assert.ErrorContains(t, err, `is called "CORPDB2" now`, "renaming it back would be somebody's surprise")
		_, err = tn.Client.PlanRegistration(t.Context(), registration)
		assert.ErrorContains(t, err, `is called "CORPDB2" now`, "a dry run must not promise to create it")
	})
}

// The default of the service would let in everybody who has a Microsoft account.
func TestANewApplicationIsForThisTenantOnly(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	app, err := tn.Client.Register(t.Context(), registration)
	require.NoError(t, err)
	assert.Equal(t, "AzureADMyOrg", tn.Ask("GET", "/applications/"+app.ID, nil)["signInAudience"])
}

// An upsert updates what has the key. An application that cannot be seen for a
// moment keeps what its owners gave it.
func TestRegisterOverwritesNothingThatItCannotSee(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		app, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		role := map[string]any{"id": faulttest.RoleID, "displayName": "Old", "value": "Old", "description": "x",
			"allowedMemberTypes": []string{"User"}, "isEnabled": false}
		roles := append(tn.Ask("GET", "/applications/"+app.ID, nil)["appRoles"].([]any), role)
		tn.Ask("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": roles, "tags": []string{entra.IntegratedTag, "HideApp"}})
		tn.Faults.Inject("GET /applications", faulttest.Answer(`{"value":[]}`))
		tn.Faults.Inject("GET /servicePrincipals", faulttest.Answer(`{"value":[]}`))
		tn.Faults.Inject("GET /applications({key})", faulttest.Times(3, faulttest.Unseen)...)
		tn.Faults.Forget()
		again, err := tn.NewClient().Register(t.Context(), registration)
		require.NoError(t, err)
		assert.Equal(t, app.ID, again.ID)
		assert.Equal(t, []string{upsert, "POST /servicePrincipals"}, tn.Faults.Writes(), "roles and tags are as they should be")
		assert.Equal(t, "application with roles General+Old, 2 tags, principal with roles General+Old, required true", registered(tn))
	})
}

// Pipelines of two teams start at the same minute; replicas are seconds behind.
func TestRegisterByThreeProgramsAtOnceMakesOneApplication(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			fake := graphfake.New(&graphfake.Options{TB: t, Seed: seed, Replication: &graphfake.Replication{Copying: 5 * time.Second}})
			var runs errgroup.Group
			for range 3 {
				client, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: faulttest.Record(fake.Transport())})
				require.NoError(t, err)
				runs.Go(func() error { _, err := client.Register(t.Context(), registration); return err })
			}
			require.NoError(t, runs.Wait())
			fake.Settle()
			require.Len(t, fake.Applications(), 1)
			assert.Len(t, fake.Applications()[0].AppRoles, 1)
			assert.Equal(t, []string{entra.IntegratedTag}, fake.Applications()[0].Tags)
			assert.Len(t, principals(fake), 1)
		})
	}
}

// What is merged comes from a replica that may be behind.
func TestRegisterReadsAgainWhenARoleSeemsToBeLeftOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		id, _ := tn.AddApplication("CORPDB1")
		stale := tn.Ask("GET", "/applications/"+id, nil)
		stale["appRoles"] = []any{}
		body, err := json.Marshal(map[string]any{"value": []any{stale}})
		require.NoError(t, err)
		tn.Faults.Inject("GET /applications", faulttest.Answer(string(body)))
		app, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General", "Approver"}})
		require.NoError(t, err)
		assert.Equal(t, "application with roles General+Approver, 2 tags, principal with roles General+Approver, required false", registered(tn),
			"the role that the stale read lacked must neither go nor come twice")
		assert.Len(t, app.AppRoles, 2)
	})
}

func TestRegisterWaitsUntilTheServicePrincipalShowsTheRoles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, &graph.Options{ReplicationWait: time.Minute})
		_, principal := tn.AddApplication("CORPDB1")
		behind := faulttest.Answer(`{"id":"` + principal + `","appRoles":[]}`)
		want := entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Approver"}}
		tn.Faults.Inject("GET /servicePrincipals/{id}", faulttest.Times(3, behind)...)
		app, err := tn.Client.Register(t.Context(), want)
		require.NoError(t, err)
		assert.Len(t, app.AppRoles, 2)
		assert.Len(t, tn.Faults.Sent("GET /servicePrincipals/{id}"), 4)

		want.Roles = []string{"Auditor"}
		tn.Faults.Inject("GET /servicePrincipals/{id}", faulttest.Times(99, behind)...)
		started := time.Now()
		_, err = tn.Client.Register(t.Context(), want)
		require.ErrorIs(t, err, graph.ErrNotReplicated)
		assert.ErrorContains(t, err, "run again in a few minutes")
		assert.InDelta(t, time.Minute, time.Since(started), float64(6*time.Second), "the wait has a bound")
	})
}

func TestRegisterSaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject(upsert, faulttest.Refusal("", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	_, err := tn.Client.Register(t.Context(), registration)
	require.ErrorIs(t, err, graph.ErrForbidden)
	assert.EqualError(t, err, `registering application "CORPDB1": create application: status 403: Authorization_RequestDenied: `+
		`Insufficient privileges to complete the operation; it needs the Graph permission Application.ReadWrite.OwnedBy (good for what the calling application owns; `+
		`otherwise, and for a signed-in person, Application.ReadWrite.All), which a Privileged Role `+
		`Administrator or Global Administrator can grant; a signed-in person also needs the directory role Cloud Application Administrator `+
		`or Application Administrator (request-id rq-1)`)
	tn.Faults.Inject("GET /applications", faulttest.Refusal("", 401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid."))
	_, err = tn.Client.FindApplication(t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.ErrorIs(t, err, graph.ErrUnauthenticated)
	assert.ErrorContains(t, err, "sign in again")
}

// A proxy's login page is 200 as well, and whoever believes it thinks that a
// role is there which never was.
func TestRegisterDoesNotTakeAPageOfHTMLForAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		tn.AddApplication("CORPDB1")
		tn.Faults.Inject("PATCH /applications/{id}", faulttest.Answer("<html>sign in</html>"))
		app, err := tn.Client.Register(t.Context(), registration)
		require.NoError(t, err)
		assert.NotEmpty(t, app.AppRoles)
		assert.Greater(t, len(tn.Faults.Sent("PATCH /applications/{id}")), 1, "the page was believed")
	})
}

func TestAnApplicationIsNamedInExactlyOneWay(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	for _, ref := range []entra.ApplicationRef{{}, {DisplayName: " "}, {DisplayName: "CORPDB1", AppID: "x"}, {AppID: "x", ObjectID: "y"}} {
		_, err := tn.Client.FindApplication(t.Context(), ref)
		require.ErrorContains(t, err, "set exactly one of them", "%+v", ref)
		_, err = tn.Client.Register(t.Context(), entra.Registration{Application: ref})
		require.ErrorAs(t, err, new(*entra.RegistrationError), "%+v", ref)
	}
	assert.Empty(t, tn.Faults.Calls())
}

// Whoever gives an id means an application that is there.
func TestRegisterByIDCreatesNoApplication(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	unknown := entra.ApplicationRef{AppID: "00000000-0000-4000-8000-00000000dead"}
	_, err := tn.Client.Register(t.Context(), entra.Registration{Application: unknown, Roles: []string{"General"}})
	require.ErrorIs(t, err, graph.ErrNotFound)
	assert.Empty(t, tn.Faults.Writes())

	id, principal := tn.AddApplication("CORPDB1")
	app, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{ObjectID: id}, Roles: []string{"General", "Approver"}})
	require.NoError(t, err)
	assert.Equal(t, principal, app.ServicePrincipalID)
	assert.Len(t, app.AppRoles, 2)
}

func TestAPlanThatWasReadFromAFileIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	_, err := tn.Client.ApplyRegistration(t.Context(), &entra.RegistrationPlan{DisplayName: "CORPDB1"})
	require.ErrorAs(t, err, new(*entra.RegistrationError))
	assert.Empty(t, tn.Faults.Calls())
}

// While somebody thinks about the plan, somebody else registers the application.
func TestAnApplicationThatAppearsAfterThePlanGetsNoTwin(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	plan, err := tn.Client.PlanRegistration(t.Context(), registration)
	require.NoError(t, err)
	id, _ := tn.AddApplication("CORPDB1")
	for range 2 {
		app, err := tn.Client.ApplyRegistration(t.Context(), plan)
		require.NoError(t, err)
		assert.Equal(t, id, app.ID)
	}
	assert.Len(t, tn.List("/applications"), 1)
}

// Roles and delegated permissions of an application share their values.
func TestPlanRegistrationRefusesTheValueOfADelegatedPermission(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	id, _ := tn.AddApplication("CORPDB1")
	tn.Ask("PATCH", "/applications/"+id, map[string]any{"api": map[string]any{"oauth2PermissionScopes": []map[string]any{
		{"id": "22222222-2222-4222-8222-222222222222", "value": "Orders.Read", "type": "User", "isEnabled": true,
			"adminConsentDisplayName": "Read", "adminConsentDescription": "Read orders"}}}})
	for _, name := range []string{"Orders.Read", "orders.read", "Orders .Read"} {
		want := entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{name}}
		_, err := tn.Client.PlanRegistration(t.Context(), want)
		var refused *entra.RegistrationError
		require.ErrorAs(t, err, &refused, "a dry run that promises the role %s is wrong: the service refuses it", name)
		assert.Equal(t, name, refused.Role)
		assert.ErrorContains(t, err, "its value Orders.Read is that of a delegated permission of the application")
	}
	_, err := tn.Client.Register(t.Context(), entra.Registration{Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"Orders.Write"}})
	require.NoError(t, err, "another value is free")
}

func TestPlanRegistrationRefusesMoreRolesThanThereIsRoomFor(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	many := registration
	for i := range 1200 {
		many.Roles = append(many.Roles, fmt.Sprint("Role", i))
	}
	_, err := tn.Client.PlanRegistration(t.Context(), many)
	require.ErrorContains(t, err, "1201 roles and delegated permissions, and has room for fewer than 1200")
	many.Roles = many.Roles[:1199]
	_, err = tn.Client.Register(t.Context(), many)
	require.NoError(t, err, "with the tag that makes 1,200")
}

// One lagging look that doesn't show a disabled role must not cost that role: the
// list is written whole, and the service takes disabled roles away without a word.
func TestRegisterLosesNoRoleThatOneLookDoesNotShow(t *testing.T) {
	t.Parallel()
	for _, lagging := range []string{"GET /applications", "GET /applications/{id}"} { // the first look, or the second
		synctest.Test(t, func(t *testing.T) {
			tn := faulttest.NewTenant(t, nil)
			app, err := tn.Client.Register(t.Context(), registration)
			require.NoError(t, err)
			before := tn.Ask("GET", "/applications/"+app.ID, nil)
			roles := append(before["appRoles"].([]any), map[string]any{"id": faulttest.RoleID, "displayName": "Old", "value": "Old",
				"description": "x", "allowedMemberTypes": []string{"User"}, "isEnabled": false})
			tn.Ask("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": roles, "tags": []string{entra.IntegratedTag, "HideApp"}})
			stale, err := json.Marshal(before)
			require.NoError(t, err)
			if lagging == "GET /applications" {
				stale = []byte(`{"value":[` + string(stale) + `]}`)
			}
			tn.Faults.Inject(lagging, faulttest.Answer(string(stale)))
			more := registration
			more.Roles = append([]string{"Auditor"}, more.Roles...)
			_, err = tn.NewClient().Register(t.Context(), more)
			require.NoError(t, err)
			assert.Equal(t, "application with roles General+Old+Auditor, 2 tags, principal with roles General+Old+Auditor, required true",
				registered(tn))
		})
	}
}
