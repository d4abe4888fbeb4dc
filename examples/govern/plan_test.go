package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// planned writes a plan for adding ada and bob to CORPDB1 and returns its path.
func planned(t *testing.T, c company, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.json")
	got := c.govern(append(with("plan", flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General"), "-out", path), more...)...)
	require.Equal(t, exitDone, got.status, got.err)
	return path
}

func TestPlan_ThenApply_ThenVerify(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	c.application("CORPDB1", "General")
	path := planned(t, c)
	assert.Empty(t, c.writes(), "a plan is made by looking")

	got := c.govern("verify", path)
	assert.Equal(t, exitFailed, got.status, "nothing was applied yet")
	assert.Contains(t, got.err, "2 additions not seen")

	got = c.govern("apply", path, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
	assert.Equal(t, exitDone, c.govern("verify", path).status)
	assert.Equal(t, exitDone, c.govern(with("verify", flow(rows(t, row("ada", "")), "-role", "General"))...).status)

	c.ForgetRequests()
	got = c.govern("apply", path)
	assert.Equal(t, exitDone, got.status, "what is done needs no yes and no write: %s", got.err)
	assert.Contains(t, got.out, "Nothing is left to do")
	assert.Empty(t, c.writes())
}

func TestVerify_FromARosterSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	c.assign(c.application("CORPDB1", "General"), "ada", 0)
	got := c.govern(with("verify", flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General"))...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.out, "bob@contoso.example")
}

func TestPlan_IsWrittenUnderTheApplicationsName(t *testing.T) {
	for _, c := range []struct{ app, file, reason string }{
		{"CORPDB1", "CORPDB1.plan.json", "plain"},
		{"Sales / EMEA", "Sales - EMEA.plan.json", "a slash is no folder"},
		{"../../etc/x", "etc-x.plan.json", "a name must not lead out of the folder"},
		{"DB\x1b[2J\u202e", "DB-x1b[2J-u202e.plan.json", "a name must not command whoever lists the folder"},
		{".hidden", "hidden.plan.json", "a plan that nobody sees is not approved"},
	} {
		s := session{opts: options{app: c.app}}
		assert.Equal(t, c.file, strings.ReplaceAll(s.planFile(), "..-", ""), c.reason)
	}
}

func TestApply_RefusesWhatIsNotTheWorldAnyMore(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	path := planned(t, c)
	c.assign(app, "cy", 0)
	before := c.state()
	got := c.govern("apply", path, "-yes")
	assert.Equal(t, exitRefused, got.status)
	assert.Equal(t, "govern: the assignments of CORPDB1 have changed since the plan was made: 1 appeared (the first is of cy); make a new plan\n", got.err)
	assert.True(t, before == c.state(), "the tenant changed")
}

func TestApply_GoesOnAfterHalfAPlan(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	app := c.application("CORPDB1", "General")
	path := planned(t, c)
	c.assign(app, "ada", 0)
	got := c.govern("apply", path, "-yes")
	assert.Equal(t, exitDone, got.status, "what the plan itself brought about is no move of the world: %s", got.err)
	assert.Contains(t, got.out, "1 of 1 change made")
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
}

func TestApply_RefusesOtherFiles(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	c.application("CORPDB1", "General")
	path := planned(t, c)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, f := range []struct {
		text, want, reason string
	}{
		{string(text[:len(text)/2]), "it ends in the middle", "a copy that broke off"},
		{"", "it is empty", "an empty file"},
		{"Name,Email\nada,ada@contoso.example\n", "it is not JSON", "the roster instead of the plan"},
		{`{"kind":"something else","version":1}`, `says that it is "something else"`, "another program's file"},
	} {
		got := c.govern("apply", file(t, "p.json", f.text), "-yes")
		assert.Equal(t, exitStopped, got.status, f.reason)
		assert.Contains(t, got.err, f.want, f.reason)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), f.reason)
	}
	got := c.govern("apply", path, "-app", "OTHER", "-yes")
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "is a plan for CORPDB1, not for OTHER")
	got = c.govern("apply", "nowhere.json", "-yes")
	assert.Equal(t, "govern: cannot read nowhere.json: no such file or directory\n", got.err)
	assert.Empty(t, c.writes())

	other := newCompany(t, "ada", "bob") // another tenant: its application has another id
	otherApp := other.AddApplication(graphfake.Application{DisplayName: "Elsewhere"})
	other.AddServicePrincipal(graphfake.ServicePrincipal{AppID: otherApp.AppID})
	got = other.govern("apply", path, "-yes")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "CORPDB1 of the plan: ")
	assert.Empty(t, other.writes())
}

func TestPlan_LeavesNoHalfFile(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.application("CORPDB1", "General")
	dir := t.TempDir()
	args := with("plan", flow(rows(t, row("ada", "")), "-role", "General"))
	got := c.govern(append(args, "-out", filepath.Join(dir, "missing", "p.json"))...)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "no such file or directory")

	require.NoError(t, os.Mkdir(filepath.Join(dir, "p.json"), 0o700)) // a folder of that name
	got = c.govern(append(args, "-out", filepath.Join(dir, "p.json"))...)
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, "-out "+filepath.Join(dir, "p.json")+" is there and no plain file")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1, "a temporary file was left behind")
}

func TestRemoval_HasItsLimits(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy", "dee")
	app := c.application("CORPDB1", "General")
	for _, user := range []string{"ada", "bob", "cy", "dee"} {
		c.assign(app, user, 0)
	}
	group := c.AddGroup(graphfake.Group{DisplayName: "Staff"})
	c.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: group.ID, ResourceID: app.ID, AppRoleID: app.AppRoles[0].ID})
	roster := rows(t, row("ada", ""), row("bob", ""))
	args := with("run", flow(roster, "-role", "General", "-remove", "unlisted"), "-yes")

	got := c.govern(args...)
	assert.Equal(t, exitRefused, got.status, "a cut-off export would take everybody's access away")
	assert.Contains(t, got.err, "the plan would remove 2 of 4 direct assignments and only 1 may go")
	assert.Empty(t, c.writes())
	assert.Equal(t, exitRefused, c.govern(append(args, "-max-removals", "1", "-max-removal-share", "100%")...).status)

	got = c.govern(append(args, "-override", "two people left")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
	assert.Len(t, c.Assignments(app.ID), 3, "the group's assignment is not ours to take")
}

func TestRemoval_NeedsEveryRowResolved(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	app := c.application("CORPDB1", "General")
	c.assign(app, "ada", 0)
	c.assign(app, "bob", 0)
	args := with("run", flow(rows(t, row("ada", ""), row("who", "")), "-role", "General", "-remove", "unlisted"), "-yes")
	got := c.govern(args...)
	assert.Equal(t, exitRefused, got.status, "the row without a user may be bob's")
	assert.Contains(t, got.err, "nothing may be removed")
	assert.Empty(t, c.writes())

	require.Equal(t, exitDone, c.govern(append(args, "-accept-unresolved", "1")...).status)
	assert.Equal(t, []string{"ada: General"}, c.assigned("CORPDB1"))
}

// A quote that is left open makes one record of two people's rows.
func TestRemoval_AcceptsLinesAndNotRecords(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	c.assign(app, "bob", 0)
	c.assign(app, "cy", 0)
	roster := rows(t, row("ada", ""), "\"Bob,bob@contoso.example,bob,,", "Cy\",cy@contoso.example,cy,,")
	args := with("run", flow(roster, "-role", "General", "-remove", "unlisted"), "-yes", "-max-removal-share", "100%")
	got := c.govern(append(args, "-accept-unresolved", "1")...)
	assert.Equal(t, exitRefused, got.status, "one accepted row is not two lines")
	assert.Contains(t, got.err, "2 of the 3 rows")
	assert.Empty(t, c.writes())
}

// A super-admin is on the list of exclusions so that nobody touches them.
func TestRemoval_LeavesWhomAnExcludedRowNames(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "root", "gone")
	app := c.application("CORPDB1", "General")
	for _, user := range []string{"ada", "root", "gone"} {
		c.assign(app, user, 0)
	}
	list := file(t, "exclusions.csv", "key,owner,reason\nroot@contoso.example,IT,emergency access\n")
	got := c.govern(with("run", flow(rows(t, row("ada", ""), row("root", "")), "-role", "General", "-remove", "unlisted",
		"-exclude", list), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "root: General"}, c.assigned("CORPDB1"))
}

func TestWithoutRemove_NothingIsTakenAway(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	app := c.application("CORPDB1", "General", "Auditor")
	c.assign(app, "bob", 1)
	got := c.govern(with("run", flow(rows(t, row("ada", "")), "-role", "General"), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: Auditor"}, c.assigned("CORPDB1"))
	assert.Contains(t, got.out, "1  that no row asks for, kept")
}

func TestPlan_SaysHowManyRowsHaveNoRole(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	require.Equal(t, exitDone, c.govern("register", "-app", "Payroll", "-role", "General", "-yes").status)
	got := c.govern("plan", "-roster", file(t, "users.csv", "Email,Role\nada@contoso.example,X\nbob@contoso.example,Y\n"), "-match", "Email=userPrincipalName",
		"-app", "Payroll", "-role-column", "Role", "-out", t.TempDir()+"/plan.json")
	assert.Contains(t, got.out, "2 rows have a user but no role, and are left out:", got.err)
}
