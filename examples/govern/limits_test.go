package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// delivering is a company whose access packages take no time.
func delivering(t *testing.T, names ...string) company {
	t.Helper()
	return companyOn(t, graphfake.New(&graphfake.Options{TB: t,
		Governance: &graphfake.Governance{Delivery: time.Nanosecond}}), names...)
}

// deliver gives a user of the company the role through an access package.
func (c company) deliver(app graphfake.ServicePrincipal, user string, role int) {
	c.t.Helper()
	pack := c.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Newcomers", ResourceID: app.ID,
		AppRoleIDs: []string{app.AppRoles[role].ID}})
	u, ok := c.User(user + "@contoso.example")
	require.True(c.t, ok)
	body := fmt.Sprintf(`{"requestType":"adminAdd","assignment":{"targetId":%q,"assignmentPolicyId":%q,"accessPackageId":%q}}`,
		u.ID, pack.PolicyID, pack.ID)
	answer, err := http.Post(c.url+"/identityGovernance/entitlementManagement/assignmentRequests", "application/json",
		strings.NewReader(body))
	require.NoError(c.t, err)
	require.NoError(c.t, answer.Body.Close())
	require.Equal(c.t, http.StatusCreated, answer.StatusCode)
	require.Eventually(c.t, func() bool {
		return slices.Contains(c.assigned(app.DisplayName), user+": "+app.AppRoles[role].DisplayName)
	},
		5*time.Second, time.Millisecond)
}

// The package would still say that the role is there, and could give it back.
func TestRemoval_KeepsWhatAccessPackagesDeliver(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"plan", "run"} {
		c := delivering(t, "ada", "bob", "cy")
		app := c.application("CORPDB1", "General")
		for _, user := range []string{"ada", "cy"} {
			c.assign(app, user, 0)
		}
		c.deliver(app, "bob", 0)
		args := with(command, flow(rows(t, row("ada", "")), "-role", "General", "-remove", "unlisted", "-max-removal-share", "100%"))
		if command == "plan" {
			args = append(args, "-out", filepath.Join(t.TempDir(), "p.json"))
		} else {
			args = append(args, "-yes")
		}
		c.Inject(graphfake.Fault{Method: http.MethodGet, Path: "/identityGovernance/entitlementManagement/accessPackages",
			Effect: graphfake.Refused, Status: http.StatusForbidden})
		got := c.govern(append(args, "-dry-run")...)
		require.Equal(t, exitDone, got.status, got.err)
		assert.Contains(t, got.out, "What access packages deliver was not read; a removal may be of such an\n"+
			"  assignment. The permission EntitlementManagement.Read.All lets them be kept.")
		assert.Contains(t, got.out, "2  to remove: General")

		got = c.govern(args...)
		require.Equal(t, exitDone, got.status, got.err)
		assert.NotContains(t, got.out, "was not read")
		assert.Contains(t, got.out, "1  to remove: General")
		assert.Contains(t, got.out, "1  delivered by access packages, kept")
		if command == "run" {
			assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
		}
	}
}

// An answer that failed is no answer: nothing is removed.
func TestRemoval_StopsWherePackagesCanNotBeRead(t *testing.T) {
	t.Parallel()
	c := delivering(t, "ada", "bob")
	app := c.application("CORPDB1", "General")
	c.assign(app, "bob", 0)
	c.deliver(app, "ada", 0)
	c.Inject(graphfake.Fault{Method: http.MethodGet, Path: "/identityGovernance/entitlementManagement/accessPackages/{id}",
		Effect: graphfake.NullProperty, Property: "resourceRoleScopes", Times: -1})
	c.ForgetRequests()
	got := c.govern(with("run", flow(rows(t, row("ada", "")), "-role", "General", "-remove", "unlisted"), "-yes")...)
	assert.Equal(t, exitStopped, got.status, got.out)
	assert.Contains(t, got.err, "resourceRoleScopes")
	assert.Empty(t, c.writes())
}

func TestRemoval_KeepsProtectedUsersAndEnoughHolders(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	for _, user := range []string{"ada", "bob", "cy"} {
		c.assign(app, user, 0)
	}
	args := with("run", flow(rows(t, row("ada", "")), "-role", "General", "-remove", "unlisted", "-max-removal-share", "100%"), "-yes")

	got := c.govern(append(args, "-min-holders", "2")...)
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "the plan would leave the role General with 1 users, and at least 2 must keep it")
	got = c.govern(append(args, "-protect", "bobb@contoso.example")...)
	assert.Equal(t, exitStopped, got.status, "a protection of nobody protects nobody")
	assert.Contains(t, got.err, "-protect bobb@contoso.example: there is no such user")
	assert.Empty(t, c.writes())

	got = c.govern(append(args, "-protect", "bob@contoso.example", "-min-holders", "2")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "1  of protected users, kept")
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
}

// A wrong -match finds nobody, and everybody would get a second account.
func TestCreation_HasItsLimits(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	var lines []string
	for i := range 101 {
		lines = append(lines, row(fmt.Sprintf("new%03d", i), ""))
	}
	args := []string{"create-users", "-roster", rows(t, lines...), "-match", "Email=userPrincipalName", "-create", mapping}
	for _, more := range []string{"-dry-run", "-yes", "-yes -max-creations 100 -max-creation-share 100%", "-yes -max-creations no-limit"} {
		got := c.govern(append(args, strings.Fields(more)...)...)
		assert.Equal(t, exitRefused, got.status, more)
		assert.Contains(t, got.err, "101 users would be created for a list of 101 rows, and only 100 may", more)
	}
	assert.Empty(t, c.writes())
	got := c.govern(append(args, "-yes", "-max-creation-share", "100%")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "101 users created")
}

func TestTickets_HaveTheirLimits(t *testing.T) {
	t.Parallel()
	posted := 0
	desk := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { posted++ }))
	t.Cleanup(desk.Close)
	c := newCompany(t, "ada", "bob", "cy")
	c.application("CORPDB1", "General")
	roster := rows(t, row("ada", ""), row("bob", ""), row("cy", ""))
	snapshot := filepath.Join(t.TempDir(), "before.json")
	got := c.govern(with("run", flow(roster, "-role", "General", "-snapshot", snapshot), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	c.DeleteUser("ada@contoso.example")
	c.DeleteUser("bob@contoso.example")
	args := []string{"revocations", "-snapshot", snapshot, "-webhook", desk.URL, "-yes"}
	for _, more := range []string{"-max-tickets 1", "-max-accounts 1"} {
		got = c.govern(append(args, strings.Fields(more)...)...)
		assert.Equal(t, exitRefused, got.status, more)
		assert.Contains(t, got.err, "and only 1 may", more)
		assert.Zero(t, posted, more)
	}
	got = c.govern(append(args, "-max-tickets", "1", "-override", "two have left")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, 2, posted)
}

// Nobody who writes 0, or less, means the default, or no limit.
func TestNoNumberLiftsALimitByAccident(t *testing.T) {
	t.Parallel()
	numbers := []string{"max-additions", "max-removals", "max-accounts", "max-tickets", "max-creations"}
	shares := []string{"max-addition-share", "max-removal-share", "max-account-share", "max-ticket-share", "max-creation-share"}
	refused := func(name string, values ...string) {
		for _, value := range values {
			args := append([]string{usersOf(name)[0], "-" + name + "=" + value}, strings.Fields(enough[usersOf(name)[0]])...)
			got := govern(t, nil, args...)
			assert.Equal(t, exitUsage, got.status, args)
			assert.Contains(t, got.err, "for flag -"+name+": want a ", args)
		}
	}
	for _, name := range numbers {
		refused(name, "0", "-1", "1.5", "99999999999999999999", "")
	}
	for _, name := range shares {
		refused(name, "0", "0%", "-1", "-5%", "NaN", "Inf", "1e400", "")
		if name != "max-addition-share" {
			refused(name, "101%", "1.01", "no-limit")
		}
	}
	got := govern(t, nil, append([]string{"plan", "-min-holders=-1", "-remove=unlisted"}, strings.Fields(enough["plan"])...)...)
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, "-min-holders is a number of users and cannot be less than 0")
	require.NoError(t, new(limit).Set("no-limit"))
	require.NoError(t, new(growth).Set("250%"))
	require.NoError(t, new(growth).Set("no-limit"))
}
