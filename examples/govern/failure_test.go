package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

func TestSomeWritesFail_TheRestGoesOn(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	roster := rows(t, row("ada", ""), row("bob", ""), row("dee", ""), "bad,bad@elsewhere.example,bad,,")
	got := c.govern(with("run", flow(roster, "-role", "General", "-create", mapping), "-yes")...)
	assert.Equal(t, exitFailed, got.status, got.err)
	assert.Equal(t, "govern: 1 of 2 users could not be created\n", got.err)
	assert.Regexp(t, ` 5 bad@elsewhere\.example userPrincipalName "bad@elsewhere\.example" cannot be: the tenant has no verified domain`,
		strings.Join(strings.Fields(got.out), " "))
	assert.Equal(t, []string{"ada: General", "bob: General", "dee: General"}, c.assigned("CORPDB1"))
}

func TestNobodyCanBeCreated_StopsBeforeTheRest(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.Inject(graphfake.Fault{Method: "POST", Path: "/users", Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."})
	got := c.govern(with("run", flow(rows(t, row("ada", ""), row("dee", "")), "-role", "General", "-create", mapping), "-yes")...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "govern: nobody could be created: ")
	assert.Contains(t, got.err, "Insufficient privileges")
	assert.Empty(t, c.Applications())
}

func TestSomeAssignmentsFail(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	c.application("CORPDB1", "General")
	bob, _ := c.User("bob@contoso.example")
	c.Inject(graphfake.Fault{Method: "POST", Path: "/servicePrincipals/{id}/appRoleAssignedTo", Body: bob.ID, Status: 403,
		Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."})
	args := with("run", flow(rows(t, row("ada", ""), row("bob", ""), row("cy", "")), "-role", "General"), "-yes")
	got := c.govern(args...)
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "govern: 1 of 3 changes were not made: ")
	assert.Contains(t, got.out, "bob@contoso.example")
	assert.Equal(t, []string{"ada: General", "cy: General"}, c.assigned("CORPDB1"))

	assert.Equal(t, exitDone, c.govern(args...).status, "the same command goes on where it stopped")
	assert.Equal(t, []string{"ada: General", "bob: General", "cy: General"}, c.assigned("CORPDB1"))
}

func TestAllAssignmentsFail_IsNotCalledVerified(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.application("CORPDB1", "General")
	c.Inject(graphfake.Fault{Method: "POST", Path: "/servicePrincipals/{id}/appRoleAssignedTo", Status: 403})
	got := c.govern(with("run", flow(rows(t, row("ada", "")), "-role", "General"), "-yes")...)
	assert.Equal(t, exitFailed, got.status)
	assert.NotContains(t, got.out, "Verified")
}

// interrupted passes requests on to a company until the n-th write was handled,
// and interrupts then.
func interrupted(t *testing.T, c company, n int) (endpoint string, ctx context.Context) {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	var writes atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := len(c.writes())
		c.ServeHTTP(w, r)
		if made := len(c.writes()) - before; made > 0 && writes.Add(int64(made)) >= int64(n) {
			interrupt()
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1.0", ctx
}

func TestInterrupt_SaysWhatIsDoneAndHowToGoOn(t *testing.T) {
	t.Parallel()
	for n := 1; n < 12; n++ {
		c := newCompany(t, "ada", "bob")
		roster := rows(t, row("ada", "General"), row("bob", "Auditor"), row("dee", "General"))
		args := with("run", flow(roster, "-role-column", "Role", "-create", mapping), "-yes", "-wait", "2s")
		endpoint, ctx := interrupted(t, c, n)
		got := governUntil(ctx, map[string]string{"GRAPH_TOKEN": secret}, append(args, "-graph", endpoint)...)
		if got.status == exitDone {
			break // interrupted after the last thing there was to do
		}
		assert.Equal(t, exitInterrupted, got.status, "after write %d: %s", n, got.err)
		lines := strings.Split(got.err, "\n")
		assert.Regexp(t, `^govern: interrupted: (\d of 1 user created|.*registered|.*registration begun|\d of 3 assignments written)`, lines[0], "after write %d", n)
		assert.Equal(t, "to go on: govern run -roster "+roster+" -match Email=userPrincipalName -app CORPDB1 -role-column Role"+
			" -create "+mapping+" -yes -wait 2s -graph "+endpoint, lines[1])

		got = c.govern(args...)
		assert.Equal(t, exitDone, got.status, "going on after write %d: %s", n, got.err)
		assert.Equal(t, []string{"ada: General", "bob: Auditor", "dee: General"}, c.assigned("CORPDB1"), "after write %d", n)
		assert.Len(t, c.Applications(), 1, "after write %d", n)
	}
}

func TestInterrupt_BeforeAnythingWasWritten(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	got := c.until(ctx, with("run", flow(rows(t, row("ada", "")), "-role", "General"), "-yes")...)
	assert.Equal(t, exitInterrupted, got.status)
	assert.Contains(t, got.err, "govern: interrupted: nothing was written\nto go on: govern run ")
}

func TestCommandLine_ToGoOnDoesNotTellTheWebhook(t *testing.T) {
	t.Parallel()
	c := newReviewed(t)
	require.Equal(t, exitDone, c.review().status)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	const hook = "http://127.0.0.1:1/hooks/SECRET-PATH"
	for _, args := range [][]string{{"-webhook", hook}, {"-webhook=" + hook}} {
		got := c.until(ctx, append([]string{"revocations", "-snapshot", c.snapshot, "-yes"}, args...)...)
		assert.Equal(t, exitInterrupted, got.status)
		assert.Contains(t, got.err, "to go on: govern revocations ")
		assert.Contains(t, got.err, `"$WEBHOOK"`)
		assert.NotContains(t, got.err, "SECRET-PATH", "such addresses are secrets, and logs are not")
	}
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"plain-1.csv": "plain-1.csv", "": "''", "Full name": "'Full name'", "it's": `'it'\''s'`, "$(rm)": "'$(rm)'", "Ünï": "'Ünï'",
	} {
		assert.Equal(t, want, shellQuote(arg))
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestOutputThatCannotBeWritten_IsNoSuccess(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	roster := rows(t, row("ada", ""))
	for _, more := range [][]string{nil, {"-json"}} {
		var stderr strings.Builder
		args := append(with("match", flow(roster), "-graph", c.url), more...)
		status := run(t.Context(), args, strings.NewReader(""), full{}, &stderr, func(string) string { return secret })
		assert.Equal(t, int(exitStopped), status, "a program would take a cut-off report for the whole")
		assert.Equal(t, "govern: cannot write the output: no space left on device\n", stderr.String())
	}
}

func TestEmbeddedTenant_IsSaidToBeOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-roster", "testdata/roster.csv", "-exclude", "testdata/exclusions.csv", "-match", "Email=userPrincipalName", "-app", "Ledger", "-role", "General"}
	got := govern(t, nil, with("plan", args, "-out", dir+"/p.json")...)
	require.Equal(t, exitFailed, got.status, got.err)
	assert.Contains(t, got.out, "Tenant: the embedded demo tenant\n  Its users are made up")
	got = govern(t, nil, "apply", dir+"/p.json")
	assert.Equal(t, exitDone, got.status, "a plan made on it fits it in the next command: %s", got.err)
	assert.Contains(t, got.out, "changes made")
	_, err := os.Stat(dir + "/p.json")
	assert.NoError(t, err)
}

func TestNoRowCanBeLookedUp_IsOneError(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	c.Inject(graphfake.Fault{Path: "/users", Times: -1, Status: 400, Code: "Request_BadRequest", Message: "Something is off."})
	got := c.govern(with("match", flow(rows(t, row("ada", ""), row("bob", ""))))...)
	assert.Equal(t, exitStopped, got.status, "a report in which every row failed reads as if the rows were wrong")
	assert.Contains(t, got.err, "govern: no row could be looked up: ")
	assert.Contains(t, got.err, "Something is off")
}
