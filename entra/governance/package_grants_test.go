package governance_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// What a package delivers looks like a direct assignment: taken away, the package
// would still say that it is there, and might give it back.
func TestPackageGrants_AreThoseOfAllPackagesOfTheApplication(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		for _, name := range []string{"ada", "bob", "cy"} {
			x.user(name)
		}
		grants, err := x.governance.PackageGrants(t.Context(), x.app.ID)
		require.NoError(t, err)
		assert.Equal(t, &assign.Packages{}, grants, "read, and there is none: not nil, which means unread")

		_, err = x.governance.AssignPackage(t.Context(), x.withPackage(), x.ids("ada", "bob"), nil)
		require.NoError(t, err)
		x.fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Auditors", ResourceID: x.app.ID,
			AppRoleIDs: []string{x.app.AppRoles[auditor].ID}})
		auditors, err := x.governance.FindAccessPackage(t.Context(), "Auditors")
		require.NoError(t, err)
		_, err = x.governance.AssignPackage(t.Context(), auditors, x.ids("bob"), nil)
		require.NoError(t, err)
		clerks, _ := x.elsewhere()
		found, err := x.governance.FindAccessPackage(t.Context(), clerks.DisplayName)
		require.NoError(t, err)
		_, err = x.governance.AssignPackage(t.Context(), found, x.ids("cy"), nil)
		require.NoError(t, err)

		grants, err = x.governance.PackageGrants(t.Context(), x.app.ID)
		require.NoError(t, err)
		assert.ElementsMatch(t, []assign.PackageGrant{
			{PrincipalID: x.users["ada"].ID, AppRoleID: x.app.AppRoles[general].ID},
			{PrincipalID: x.users["bob"].ID, AppRoleID: x.app.AppRoles[general].ID},
			{PrincipalID: x.users["bob"].ID, AppRoleID: x.app.AppRoles[auditor].ID}}, grants.Grants)
	})
}

// elsewhere adds a package of another application.
func (x *scene) elsewhere() (graphfake.AccessPackage, graphfake.Application) {
	app := x.fake.AddApplication(graphfake.Application{DisplayName: "Payroll",
		AppRoles: []graphfake.AppRole{{DisplayName: "Clerk", Value: "Clerk"}}})
	payroll := x.fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	return x.fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Clerks", ResourceID: payroll.ID,
		AppRoleIDs: []string{payroll.AppRoles[0].ID}}), app
}

// A delivery takes minutes, and a package that is on its way must not be raced.
func TestPackageGrants_CountWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Delivery: time.Hour}})
		x := newScene(t, fake, nil)
		x.user("ada")
		_, err := x.governance.AssignPackage(t.Context(), x.withPackage(), x.ids("ada"), nil)
		require.NoError(t, err)
		time.Sleep(31 * time.Minute) // now it says for whom it is
		grants, err := x.governance.PackageGrants(t.Context(), x.app.ID)
		require.NoError(t, err)
		assert.Len(t, grants.Grants, 1)
	})
}

// A package of another application with a role that is gone there says nothing about
// this one, and must not stop its plans.
func TestPackageGrants_DoNotRestOnWhatIsDeliveredElsewhere(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	x.withPackage()
	clerks, payroll := x.elsewhere()
	x.send(http.MethodPatch, "/applications/"+payroll.ID, `{"appRoles":[{"id":"`+payroll.AppRoles[0].ID+
		`","displayName":"Clerk","description":"Clerk","value":"Clerk","allowedMemberTypes":["User"],"isEnabled":false}]}`)
	x.send(http.MethodPatch, "/applications/"+payroll.ID, `{"appRoles":[]}`)
	_, err := x.governance.FindAccessPackage(t.Context(), clerks.DisplayName)
	require.ErrorIs(t, err, graph.ErrIncomplete, "the role is gone")
	grants, err := x.governance.PackageGrants(t.Context(), x.app.ID)
	require.NoError(t, err)
	assert.Empty(t, grants.Grants)
}
