package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const decidedRoster = "Login,Name,Email\n" +
	"ada,Ada Lund,ada@contoso.example\n" +
	"grc,Grace Vik,grace@oldco.example\n" +
	"svc,Backup,backup@oldco.example\n" +
	"new,Nils Ny,nils@oldco.example\n"

const decisionsOfPayroll = "application,account,decision,user,kind,owner,until,by,why\n" +
	"Payroll,grc,match,grace@contoso.example,,,,kari,the company was bought\n" +
	"Payroll,svc,nobody,,service,IT,2099-01-01,kari,\n" +
	"Payroll,left,match,ada@contoso.example,,,,kari,\n"

func TestDecisions_AreFollowedAndChecked(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace")
	args := []string{"match", "-roster", file(t, "users.csv", decidedRoster), "-match", "Email=userPrincipalName", "-account", "Login"}
	got := c.govern(append(args, "-app", "Payroll", "-decisions", file(t, "d.csv", decisionsOfPayroll))...)
	require.Equal(t, exitDone, got.status, got.err)
	for _, want := range []string{"Matched    2", "Excluded   1", "1        1  decision", "1 of 3 decisions are to be looked at:",
		"left     match     no        the list does not have the account any more"} {
		assert.Contains(t, got.out, want)
	}
	doc := c.govern(append(args, "-json", "-app", "Payroll", "-decisions", file(t, "d.csv", decisionsOfPayroll))...).document(t)
	assert.EqualValues(t, 3, doc["decided"].(map[string]any)["decisions"])
	assert.Len(t, doc["decided"].(map[string]any)["stale"], 1)
}

func TestDecisions_OfAnotherApplicationAreRefused(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace")
	args := []string{"match", "-roster", file(t, "users.csv", decidedRoster), "-match", "Email=userPrincipalName", "-account", "Login",
		"-decisions", file(t, "d.csv", decisionsOfPayroll)}
	for app, want := range map[string]string{"CRM": `they name "Payroll", and this is "CRM"`, "": `they name "Payroll"; -app says which`} {
		all := args
		if app != "" {
			all = append(all, "-app", app)
		}
		got := c.govern(all...)
		assert.Equal(t, exitUsage, got.status, got.out)
		assert.Contains(t, got.err, want)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
	}
}

// A plan must hold the user whom people decided on, and nothing else may change in it.
func TestDecisions_ComeIntoThePlan(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace", "bob")
	plan := func(more ...string) string {
		out := t.TempDir() + "/plan.json"
		got := c.govern(append([]string{"plan", "-roster", file(t, "users.csv", decidedRoster), "-match", "Email=userPrincipalName", "-app", "Payroll",
			"-role", "General", "-out", out}, more...)...)
		require.Equal(t, exitDone, got.status, got.err+got.out)
		text, err := os.ReadFile(out)
		require.NoError(t, err)
		return string(text)
	}
	got := c.govern("register", "-app", "Payroll", "-role", "General", "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	without, with := plan(), plan("-account", "Login", "-decisions", file(t, "d.csv", decisionsOfPayroll))
	assert.Equal(t, 1, strings.Count(without, `"action": "add"`), without)
	assert.Equal(t, 2, strings.Count(with, `"action": "add"`), with)
	assert.Contains(t, with, "grace@contoso.example")
}

func TestDecisions_SayWhoIsCreated(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace")
	got := c.govern("create-users", "-roster", file(t, "users.csv", strings.ReplaceAll(decidedRoster, "oldco", "contoso")),
		"-match", "Email=userPrincipalName", "-account", "Login", "-create", "displayName=Name,userPrincipalName=Email,mailNickname=Login", "-yes", "-dry-run", "-app", "Payroll",
		"-decisions", file(t, "d.csv", "account,decision\nnew,create\nsvc,close\n"))
	require.Equal(t, exitDone, got.status, got.err+got.out)
	assert.Contains(t, got.out, "1 row is left alone, as nobody decided")
	assert.Contains(t, got.out, "1 user to create")
	assert.Contains(t, got.out, "nils@contoso.example")
}

// A decision that has ended takes nobody's access, whoever the rules find instead.
func TestDecisions_ThatHaveEndedRemoveNobody(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace", "bob", "olga")
	flow := []string{"-roster", file(t, "users.csv", "Login,Email\nada,ada@contoso.example\nbob,bob@contoso.example\ngrc,grace@oldco.example\n"),
		"-match", "Email=userPrincipalName", "-app", "Payroll", "-role", "General", "-account", "Login", "-remove", "unlisted",
		"-max-removals", "9", "-max-removal-share", "100%", "-accept-unresolved", "3", "-decisions"}
	const pins = "account,decision,user,until\nbob,match,olga@contoso.example,%\ngrc,match,grace@contoso.example,%\n"
	got := c.govern(append([]string{"run", "-yes"}, append(flow, file(t, "d.csv", strings.ReplaceAll(pins, "%", "2099-01-01")))...)...)
	require.Equal(t, exitDone, got.status, got.err+got.out)

	out := t.TempDir() + "/plan.json"
	got = c.govern(append([]string{"plan", "-out", out}, append(flow, file(t, "d.csv", strings.ReplaceAll(pins, "%", "2020-01-01")))...)...)
	require.Equal(t, exitDone, got.status, got.err+got.out)
	assert.Contains(t, got.out, "2 decisions are to be looked at", got.out)
	plan, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.NotContains(t, string(plan), `"action": "remove"`, "olga and grace keep what they have until somebody decides")
	assert.Contains(t, string(plan), "bob@contoso.example", "the rules decide whose the account is")
}
