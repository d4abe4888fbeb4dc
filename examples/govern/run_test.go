package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

func TestRun_FromARosterToAssignments(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	roster := rows(t, row("ada", "General"), row("bob", "Auditor"), row("dee", "General"))
	got := c.govern(with("run", flow(roster, "-role-column", "Role", "-create", mapping), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Empty(t, got.err)
	assert.Equal(t, []string{"ada: General", "bob: Auditor", "dee: General"}, c.assigned("CORPDB1"))
	dee, _ := c.User("dee@contoso.example")
	assert.True(t, dee.Disabled, "an account for somebody who may be gone must not open a door")
	app := c.ServicePrincipals()
	assert.True(t, app[len(app)-1].AppRoleAssignmentRequired, "without it the application cannot be reviewed")
}

func TestRun_ASecondTimeChangesNothing(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	args := with("run", flow(rows(t, row("ada", "General"), row("bob", "Auditor"), row("dee", "General")),
		"-role-column", "Role", "-create", mapping), "-yes")
	require.Equal(t, exitDone, c.govern(args...).status)
	assert.NotEmpty(t, c.writes())
	before := c.state()
	c.ForgetRequests()

	got := c.govern(args...)
	assert.Equal(t, exitDone, got.status, got.err)
	assert.True(t, before == c.state(), "the tenant changed")
	assert.Empty(t, c.writes(), "a nightly run would fill the audit log")
	assert.Contains(t, got.out, "nothing to do")
	assert.Equal(t, exitDone, c.govern(args[:len(args)-1]...).status, "with nothing to write there is nothing to ask, so a scheduled run needs no -yes")
}

func TestRun_WritesToARealTenantOnlyWhenToldTo(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"run", "create-users", "register"} {
		c := newCompany(t, "ada")
		before := c.state()
		got := c.govern(with(command, flow(rows(t, row("ada", "General"), row("dee", "General")), "-role", "General", "-create", mapping))...)
		assert.Equal(t, exitRefused, got.status, command)
		assert.Contains(t, got.err, "there is no terminal to ask on; -yes allows it, -dry-run shows it", command)
		assert.True(t, before == c.state(), "the tenant changed")
	}
}

func TestRun_WithoutCreateAssignsWhoIsThere(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	got := c.govern(with("run", flow(rows(t, row("ada", ""), row("dee", "")), "-role", "General"), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General"}, c.assigned("CORPDB1"))
	assert.Len(t, c.Users(), 2)
}

func TestRun_FindsUsersAgainWhomItDidNotCreateItself(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{
		Replicas: []graphfake.Lag{{}, {Time: time.Second}}, Choose: lateButOnce()}})
	c := companyOn(t, fake)
	args := flow(rows(t, row("dee", "")), "-role", "General", "-create", mapping, "-yes")
	got := c.govern(with("create-users", args, "-wait", "1ms")...)
	require.Equal(t, exitFailed, got.status, "a run that did not wait: %s", got.err)
	assert.Contains(t, got.err, "1 new user cannot be found yet; run this again later")
	got = c.govern(with("run", args)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"dee: General"}, c.assigned("CORPDB1"))
}

// lateButOnce lets reads meet the second replica, which is late, and only the one
// after the second creation of a user, which asks who has the name, the first.
func lateButOnce() func(graphfake.Visit) int {
	var mu sync.Mutex
	creations, once := 0, false
	return func(v graphfake.Visit) int {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case v.Write && v.Path == "/users":
			creations++
		case !v.Write && creations == 2 && !once:
			once = true
			return 0
		case !v.Write:
			return 1
		}
		return 0
	}
}

func TestRun_FindsAWrongRoleBeforeItCreatesAnybody(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	app := c.application("CORPDB1", "General")
	_ = app
	got := c.govern(with("run", flow(rows(t, row("dee", "")), "-role", "Genral", "-create", mapping), "-dry-run")...)
	require.Equal(t, exitDone, got.status, "a role that is not there is one to add: %s", got.err)
	assert.Contains(t, got.out, "add role Genral")

	disabled := newCompany(t)
	registerDisabledRole(disabled)
	got = disabled.govern(with("run", flow(rows(t, row("dee", "")), "-role", "Old", "-create", mapping), "-yes")...)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "disabled")
	assert.Empty(t, disabled.writes())
}

// A file that was cut inside its last value registered "Audi" and took "Auditor"
// away from whoever had it.
func TestNewRoles_NeedAWord(t *testing.T) {
	t.Parallel()
	cut := []string{row("ada", "General"), row("bob", "Audi")}
	for _, tt := range []struct {
		command string
		flags   []string
		refused string // "" if it is carried out
	}{
		{"run", []string{"-yes", "-remove", "unlisted"}, `govern: the list brings the new role "Audi", which CORPDB1 does not have, and -remove unlisted ` +
			"would take other roles away in the same run; if the list is right, register -new-role adds them first"},
		{"run", []string{"-yes", "-remove", "unlisted", "-new-role", "Audi"}, "in the same run"},
		{"run", []string{"-dry-run", "-remove", "unlisted"}, "in the same run"},
		{"run", []string{"-yes", "-new-role", "Admin"}, `the list brings the new role "Audi", which no -new-role names; name them all, or correct the list`},
		{"register", []string{"-yes", "-new-role", "Admin"}, `"Audi", which no -new-role names`},
		{"run", nil, `not allowed to register CORPDB1 (1 change, with the new role "Audi") in`},
		{"run", []string{"-yes"}, ""},
		{"run", []string{"-yes", "-new-role", "audi", "-new-role", "Admin"}, ""},
		{"register", []string{"-yes", "-new-role", "Audi"}, ""},
	} {
		c := newCompany(t, "ada", "bob")
		app := c.application("CORPDB1", "General", "Auditor")
		c.assign(app, "bob", 1)
		got := c.govern(with(tt.command, flow(rows(t, cut...), "-role-column", "Role"), tt.flags...)...)
		what := tt.command + " " + strings.Join(tt.flags, " ")
		assert.Contains(t, c.assigned("CORPDB1"), "bob: Auditor", what)
		if tt.refused == "" {
			assert.Equal(t, exitDone, got.status, "%s: %s", what, got.err)
			assert.Len(t, c.Applications()[0].AppRoles, 3, what)
			continue
		}
		assert.Equal(t, exitRefused, got.status, what)
		assert.Contains(t, got.err, tt.refused, what)
		assert.Empty(t, c.writes(), what)
	}
}

// A footer that looks like a row makes no role: nobody is found for it.
func TestNewRoles_ARowWithoutAUserMakesNone(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"-yes", "-dry-run"} {
		c := newCompany(t, "ada")
		list := rows(t, row("ada", "General"), "Generated by,,,,Gus Gray")
		got := c.govern(with("run", flow(list, "-role-column", "Role"), mode)...)
		assert.NotContains(t, got.out, "Gus Gray", mode)
		if mode == "-yes" {
			assert.Len(t, c.Applications()[0].AppRoles, 1)
		}
	}
}

// What stands where there is no value is no role.
func TestNewRoles_APlaceholderIsNone(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	list := rows(t, row("ada", "General"), row("bob", "NULL"))
	got := c.govern(with("run", flow(list, "-role-column", "Role"), "-yes")...)
	assert.NotEqual(t, exitStopped, got.status, got.err)
	assert.Equal(t, []string{"ada: General"}, c.assigned("CORPDB1"))
	assert.Len(t, c.Applications()[0].AppRoles, 1)
}

// A value with a line break or a lost character is damaged, and so is the last one of
// a file without its last line end.
func TestNewRoles_DamageIsNone(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"\"Admin\nx\"", "Ad\ufffdin", "Ad\x1b[2Jmin", "Admin\u200b"} {
		c := newCompany(t, "ada", "bob")
		c.application("CORPDB1", "General")
		c.govern(with("run", flow(rows(t, row("ada", "General"), row("bob", value)), "-role-column", "Role"), "-yes")...)
		assert.Len(t, c.Applications()[0].AppRoles, 1, "%q is no role", value)
	}
	c := newCompany(t, "ada", "bob")
	c.application("CORPDB1", "General", "Auditor")
	cut := file(t, "users.csv", "Email,Role\nada@contoso.example,General\nbob@contoso.example,Audi")
	got := c.govern(with("run", flow(cut, "-role-column", "Role"), "-yes")...)
	assert.Equal(t, exitRefused, got.status, "-yes is no yes to the half of a role")
	assert.Contains(t, got.err, `the list brings the new role "Audi", and users.csv line 3: the last line has no line end`)
	assert.Empty(t, c.writes())
	got = c.govern(with("run", flow(cut, "-role-column", "Role"), "-yes", "-new-role", "Audi")...)
	assert.Equal(t, exitDone, got.status, got.err)
}

func TestDryRun_SaysAllAndWritesNothing(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	before := c.state()
	args := with("run", flow(rows(t, row("ada", "General"), row("dee", "Auditor")), "-role-column", "Role", "-create", mapping), "-dry-run")
	got := c.govern(args...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Empty(t, c.writes())
	assert.True(t, before == c.state(), "the tenant changed")
	for _, said := range []string{"1 user to create", "create application", "add role Auditor", "require assignment",
		"ada@contoso.example", "dee@contoso.example", "would add 2 assignments of CORPDB1"} {
		assert.Contains(t, got.out, said)
	}

	d := c.govern(append(args, "-json")...).document(t)
	assert.Equal(t, true, d["dryRun"])
	changes := d["plan"].(map[string]any)["changes"].([]any)
	ids := []string{}
	for _, change := range changes {
		ids = append(ids, change.(map[string]any)["principalId"].(string))
	}
	assert.Len(t, ids, 2)
	assert.Contains(t, ids, "planned:dee@contoso.example", "who would be created must be in the plan")
	assert.Empty(t, c.writes())
}

func TestDryRun_HasAClientThatCannotWrite(t *testing.T) {
	t.Parallel()
	for dryRun, want := range map[bool]error{true: graph.ErrReadOnly, false: nil} {
		s := &session{opts: options{dryRun: dryRun}}
		require.NoError(t, s.connect())
		for _, created := range s.tenant.client.CreateUsers(t.Context(), []entra.NewUser{{DisplayName: "x", UserPrincipalName: "x@contoso.example", MailNickname: "x"}}) {
			assert.ErrorIs(t, created.Err, want, "should a step forget that it is a dry run, the client must not")
		}
	}
}

func TestDryRun_OfEachCommandWritesNothing(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.application("CORPDB1", "General")
	roster := rows(t, row("ada", ""), row("dee", ""))
	plan := t.TempDir() + "/p.json"
	require.Equal(t, exitDone, c.govern(with("plan", flow(roster, "-role", "General"), "-out", plan)...).status)
	before := c.state()
	for _, args := range [][]string{
		with("create-users", flow(roster, "-create", mapping)),
		with("register", flow(roster, "-role", "Auditor")),
		{"apply", plan},
		with("run", flow(roster, "-role", "Auditor", "-create", mapping)),
	} {
		got := c.govern(append(args, "-dry-run", "-yes")...)
		assert.Equal(t, exitDone, got.status, "%v: %s", args, got.err)
		assert.True(t, before == c.state(), "the tenant changed")
	}
	assert.Empty(t, c.writes())
	assert.Equal(t, exitDone, c.govern("apply", plan, "-yes").status)
	assert.NotEmpty(t, c.writes(), "the counter-case: without -dry-run it does write")
}

func TestRun_DisabledUsersGetNothingNewUnlessAskedFor(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	addDisabled(c, "bob", "cy")
	app := c.application("CORPDB1", "General")
	c.assign(app, "cy", 0)
	args := with("run", flow(rows(t, row("ada", ""), row("bob", ""), row("cy", "")), "-role", "General", "-remove", "unlisted"), "-yes")
	got := c.govern(args...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "cy: General"}, c.assigned("CORPDB1"), "cy keeps what they have, for the roster lists them")
	assert.Contains(t, got.out, "2  users cannot sign in and get nothing new")

	require.Equal(t, exitDone, c.govern(append(args, "-include-disabled")...).status)
	assert.Equal(t, []string{"ada: General", "bob: General", "cy: General"}, c.assigned("CORPDB1"))
}
