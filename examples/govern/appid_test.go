package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// byID is a command line that names the application by its appId.
func byID(app graphfake.ServicePrincipal, args ...string) []string {
	return with(args[0], []string{"-app-id", app.AppID, "-yes"}, args[1:]...)
}

func TestAppID_RegisterPlanAndApply(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	app, twin := c.application("TWIN", "General"), c.application("TWIN", "General")
	got := c.govern(byID(app, "register", "-role", "Auditor")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "TWIN is registered")

	path := filepath.Join(t.TempDir(), "p.json")
	roster := rows(t, row("ada", ""))
	got = c.govern(byID(app, "plan", "-roster", roster, "-match", "Email=userPrincipalName", "-role", "Auditor",
		"-out", path)...)
	require.Equal(t, exitDone, got.status, got.err)
	before := c.state()
	got = c.govern(byID(twin, "apply", path)...)
	assert.Equal(t, exitRefused, got.status, "both are called TWIN, and only one was approved")
	assert.Contains(t, got.err, path+" is a plan for another application than the one with appId "+twin.AppID)
	assert.True(t, before == c.state(), "the tenant changed")

	require.Equal(t, exitDone, c.govern(byID(app, "apply", path)...).status)
	assert.Len(t, c.Assignments(app.ID), 1)
	assert.Empty(t, c.Assignments(twin.ID))
	assert.Equal(t, exitDone, c.govern(byID(app, "verify", path)...).status)
}

func TestAppID_RegisterMakesNoApplicationForAnUnknownID(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	got := c.govern("register", "-app-id", "11111111-1111-1111-1111-111111111111", "-role", "General", "-yes")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "11111111-1111-1111-1111-111111111111")
	assert.Empty(t, c.writes(), "Entra chooses the id of a new application")
	got = c.govern("status", "-app-id", "11111111-1111-1111-1111-111111111111")
	assert.NotContains(t, got.err, "register makes it", "register can't make an application of a given id")
}

func TestAppID_FromTheReviewToTheAccounts(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	r.application("CORPDB1", "General") // a second one of that name
	got := r.govern("status", "-app", "CORPDB1")
	assert.Contains(t, got.err, `the name "CORPDB1" stands for more than one`)

	got = r.govern(byID(r.app, "preflight", "-reviewer", "olga@contoso.example")...)
	require.Equal(t, exitDone, got.status, got.err)
	got = r.govern(byID(r.app, "review", "-reviewer", "olga@contoso.example", "-roster", r.roster,
		"-match", "Email=userPrincipalName", "-account", "Login", "-snapshot", r.snapshot, "-auto-apply")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "govern status -app-id "+r.app.AppID,
		"the name would not do")
	require.NoError(t, r.Decide(graphfake.Decision{Review: r.Reviews()[0].ID, Principal: "bob@contoso.example",
		Decision: "Deny", Justification: "left"}))
	got = r.govern(byID(r.app, "status", "-do", "stop")...)
	require.Equal(t, exitDone, got.status, got.err)
	got = r.revocations("-app-id", r.app.AppID)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "BOB")
	other := r.application("Other", "General")
	for _, flag := range [][]string{{"-app-id", other.AppID}, {"-app", "Other"}} {
		got = r.revocations(flag...)
		assert.Equal(t, exitRefused, got.status, got.err)
		assert.Contains(t, got.err, r.snapshot+" is a journal for ")
	}
}

func TestAppID_IsOfferedWhereANameIsAmbiguous(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	one, two := c.application("TWIN", "General"), c.application("TWIN", "General")
	for _, args := range [][]string{
		{"register", "-role", "General"}, {"status"}, {"review", "-stages", "owners"},
		{"plan", "-role", "General", "-roster", rows(t, row("ada", "")), "-match", "Email=mail"},
	} {
		got := c.govern(append(args, "-app", "TWIN")...)
		assert.Equal(t, exitStopped, got.status, args)
		assert.Contains(t, got.err, "-app-id", args)
		offered := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`).FindAllString(got.err, -1)
		assert.ElementsMatch(t, []string{one.AppID, two.AppID}, offered, args)
		assertOneLine(t, got)
	}
	got := c.govern("preflight", "-app", "TWIN")
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.out, one.AppID)
	got = c.govern(byID(one, "register", "-role", "General")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Empty(t, c.writes(), "it is registered as it should be")
}
