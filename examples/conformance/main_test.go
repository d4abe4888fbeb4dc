package main

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the result into README.md")

// send runs the program with a token, and returns its output.
func send(t *testing.T, args ...string) (agree bool, out string) {
	t.Helper()
	var b strings.Builder
	agree, err := run(t.Context(), args, &b, func(string) string { return "any" })
	require.NoError(t, err)
	return agree, b.String()
}

// The README must not claim more than the program finds.
func TestGraphfakeAgreesAndTheREADMESaysSo(t *testing.T) {
	t.Parallel()
	agree, out := send(t)
	require.True(t, agree, out)
	const readme = "../../README.md"
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	line := regexp.MustCompile(`graphfake: \d+ of \d+ exchanges agree \([^)]*\)`)
	require.Regexp(t, line, string(text))
	if *update {
		text = line.ReplaceAllLiteral(text, []byte(line.FindString(out)))
		require.NoError(t, os.WriteFile(readme, text, 0o644))
	}
	require.Contains(t, string(text), line.FindString(out), "go test ./examples/conformance -update")
}

// listen serves a fake over HTTP, and whatever stands before it.
func listen(t *testing.T, before func(http.ResponseWriter, *http.Request) bool) (*graphfake.Server, string) {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{Governance: &graphfake.Governance{Phase: time.Nanosecond, Delivery: time.Nanosecond}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if before == nil || !before(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return fake, server.URL + "/v1.0"
}

// Whoever runs this on a tenant trusts that nothing stays there.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	for reason, before := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"all files to their ends": nil,
		"files that end early":    failing(http.MethodPost, "/servicePrincipals"),
		"objects made by batches": failing(http.MethodPatch, "/users/"),
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			fake, root := listen(t, before)
			agree, out := send(t, "-graph", root)
			assert.Equal(t, before == nil, agree, out)
			assert.NotContains(t, out, "left behind")
			assert.Contains(t, out, root+": ")
			assert.NotEmpty(t, fake.Requests())
			assert.Empty(t, fake.Users())
			assert.Empty(t, fake.Groups())
			assert.Empty(t, fake.Applications())
			assert.Empty(t, fake.DeletedUsers())
			assert.Empty(t, fake.Reviews())
		})
	}
}

// failing answers requests with 500.
func failing(method, path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.Contains(r.URL.Path, path) {
			return false
		}
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
}

// What could not be deleted must be named, or somebody has to search the tenant.
func TestWhatIsLeftIsNamed(t *testing.T) {
	t.Parallel()
	_, root := listen(t, failing(http.MethodDelete, "/users/"))
	agree, out := send(t, "-graph", root)
	assert.False(t, agree)
	assert.Regexp(t, `(?m)^left behind: /users/[0-9a-f-]{36}: status 500$`, out)
}

// A difference is one line that says where to look.
func TestDifferencesAreOneLineEach(t *testing.T) {
	t.Parallel()
	_, root := listen(t, func(w http.ResponseWriter, r *http.Request) bool {
		return r.Header.Get("Prefer") == "" && failing(http.MethodGet, "/users/delta")(w, r)
	})
	agree, out := send(t, "-graph", root)
	assert.False(t, agree)
	assert.Regexp(t, `(?m)^paging\.http:\d+: The first round of a delta query lists users, and ends in a deltaLink\. status: want 200, got 500$`, out)
	assert.Regexp(t, `\d+ of \d+ exchanges agree \(recorded \d+ of \d+, documented`, out)
	assert.Regexp(t, `(?m)^\d+ were not sent: they need a fake, or tokens with permissions of their own$`, out)
}

// A tenant that is throttled is not one that differs.
func TestRequestsThatAreRefusedAreSentAgain(t *testing.T) {
	t.Parallel()
	refused := 0
	_, root := listen(t, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || refused >= 3 {
			return false
		}
		refused++
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	})
	agree, out := send(t, "-graph", root)
	assert.True(t, agree, out)
	assert.Equal(t, 3, refused)
}

// The program deletes users: it must not do so where nobody meant it to, and it must not
// send a token where others can read it.
func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ token, args, want string }{
		{"t", "-graph graph.microsoft.com", "-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN"},
		{"t", "-graph https://u:p@graph.microsoft.com", "-graph wants a URL such as https://graph.microsoft.com/v1.0; the token belongs in GRAPH_TOKEN"},
		{"t", "-graph https://graph.microsoft.com/v1.0", "users, groups, applications, reviews and packages would be created and deleted at graph.microsoft.com: say -yes if its tenant is made for tests"},
		{"t", "-graph https://localhost.example/v1.0", "users, groups, applications, reviews and packages would be created and deleted at localhost.example: say -yes if its tenant is made for tests"},
		{"t", "-yes -graph http://graph.microsoft.com/v1.0", "-graph: graph.microsoft.com is not on loopback, and a token is sent over https only"},
		{"", "-yes -graph https://graph.microsoft.com/v1.0", "-graph needs a bearer token in the variable GRAPH_TOKEN"},
		{"a b", "-yes -graph https://graph.microsoft.com/v1.0", "GRAPH_TOKEN does not hold a token: it has spaces or other characters that no token has"},
		{"t", "users", `"users" is no flag; see conformance -h`},
	} {
		var out strings.Builder
		_, err := run(t.Context(), strings.Fields(tc.args), &out, func(string) string { return tc.token })
		assert.EqualError(t, err, tc.want, tc.args)
	}
}
