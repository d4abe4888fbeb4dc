package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// start runs fakegraph and returns its endpoint; the test's end interrupts it.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, write)
		write.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		interrupt()
		assert.NoError(t, <-ended, "an interrupt is how it ends well")
	})
	output := bufio.NewReader(read)
	line, err := output.ReadString('\n')
	require.NoError(t, err)
	go io.Copy(io.Discard, output)
	return strings.Fields(line)[1]
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer any")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestServesWhatTheSeedHolds(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "tenant.json")
	require.NoError(t, os.WriteFile(seed, []byte(`{"users":[{"userPrincipalName":"ada@contoso.example","displayName":"Ada Byron"}]}`), 0o600))
	endpoint := start(t, "-seed", seed)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/v1\.0$`, endpoint)

	status, body := get(t, endpoint+"/users")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "Ada Byron")
	status, _ = get(t, endpoint+"/users/ada@contoso.example")
	assert.Equal(t, http.StatusOK, status)
	status, _ = get(t, endpoint+"/users/nobody@contoso.example")
	assert.Equal(t, http.StatusNotFound, status, "it is a directory and not an echo")
}

func TestServesAnEmptyTenantWithoutASeed(t *testing.T) {
	t.Parallel()
	_, body := get(t, start(t)+"/users")
	assert.Contains(t, body, `"value":[]`)
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"users":[`), 0o600))
	for _, c := range []struct{ args, want, reason string }{
		{"-addr :8080", "could be reached from outside", "no host means every interface"},
		{"-addr 0.0.0.0:8080", "could be reached from outside", "the same, said"},
		{"-addr 192.0.2.7:8080", "could be reached from outside", "a network's address"},
		{"-addr example.com:80", "could be reached from outside", "a name that may be anywhere"},
		{"-addr 127.0.0.1", "-addr wants HOST:PORT", "no port"},
		{"-seed /nowhere/tenant.json", "no such file", "a misspelt file must not become an empty tenant"},
		{"-seed " + broken, broken, "half a seed must not be served"},
		{"-replicas 0", "at least 1", "a directory that nobody can ask"},
		{"-delay -1s", "cannot be negative", "a replica that knows the future"},
		{"-faults " + broken, broken, "half a script would leave faults out"},
		{"-tls -cert /nowhere/cert.pem", "-cert", "clients would have nothing to trust"},
		{"tenant.json", `there is no argument "tenant.json"`, "a forgotten -seed must not become an empty tenant"},
	} {
		err := run(t.Context(), strings.Fields(c.args), io.Discard)
		assert.ErrorContains(t, err, c.want, c.reason)
	}
}

func TestFlagsMakeTheTenantAsHardToLiveWithAsTheService(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.json")
	require.NoError(t, os.WriteFile(faults, []byte(`[{"method":"GET","path":"/users","status":503}]`), 0o600))
	for _, c := range []struct {
		args         []string
		status       int
		body, reason string
	}{
		{nil, http.StatusOK, `"value":[]`, "well-behaved by default"},
		{[]string{"-permissions"}, http.StatusUnauthorized, "InvalidAuthenticationToken", "any token would do"},
		{[]string{"-faults", faults}, http.StatusServiceUnavailable, "error", "the fault is not answered"},
	} {
		status, body := get(t, start(t, c.args...)+"/users")
		assert.Equal(t, c.status, status, c.reason)
		assert.Contains(t, body, c.body, c.reason)
	}
}

func TestShuffledListsComeInAnotherOrderEachTime(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "tenant.json")
	var users []string
	for _, name := range strings.Split("abcdefghij", "") {
		users = append(users, `{"userPrincipalName":"`+name+`@contoso.example"}`)
	}
	require.NoError(t, os.WriteFile(seed, []byte(`{"users":[`+strings.Join(users, ",")+`]}`), 0o600))
	for _, c := range []struct {
		args   []string
		same   bool
		reason string
	}{
		{[]string{"-seed", seed}, true, "in order by default"},
		{[]string{"-seed", seed, "-shuffle"}, false, "a client that relies on an order would not notice"},
	} {
		endpoint := start(t, c.args...)
		_, first := get(t, endpoint+"/users?$select=userPrincipalName")
		_, second := get(t, endpoint+"/users?$select=userPrincipalName")
		assert.Equal(t, c.same, first == second, c.reason)
		assert.Len(t, second, len(first), c.reason)
	}
}

func TestAFaultThatNeverFiredIsAnErrorAtTheEnd(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.json")
	require.NoError(t, os.WriteFile(faults, []byte(`[{"method":"GET","path":"/users","status":503}]`), 0o600))
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	require.ErrorContains(t, run(ctx, []string{"-faults", faults}, io.Discard), "never fired",
		"a test would pass for the wrong reason")
}

func TestATokenIsPrintedThatSufficesWherePermissionsAreDemanded(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	require.NoError(t, run(ctx, []string{"-permissions", "-replicas", "3", "-throttle"}, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, 2, strings.Count(lines[len(lines)-1], "."), "not a JWT: %s", out.String())
}
