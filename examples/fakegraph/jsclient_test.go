package main

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const jsSeed = `{"users":[
	{"userPrincipalName":"ada@contoso.example","displayName":"Ada Byron"},
	{"userPrincipalName":"bo@contoso.example","displayName":"Bo"},
	{"userPrincipalName":"cy@contoso.example","displayName":"Cy"},
	{"userPrincipalName":"di@contoso.example","displayName":"Di"},
	{"userPrincipalName":"zoe@contoso.example","displayName":"Zoë O'Neil+1"}]}`

const jsFaults = `[{"method":"GET","path":"/organization","status":429,"retryAfter":"1"}]`

// TestMicrosoftsJavaScriptClient holds the fake against a client that it was not
// written with, over https, which that client insists on.
func TestMicrosoftsJavaScriptClient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed, faults := filepath.Join(dir, "seed.json"), filepath.Join(dir, "faults.json")
	require.NoError(t, os.WriteFile(seed, []byte(jsSeed), 0o600))
	require.NoError(t, os.WriteFile(faults, []byte(jsFaults), 0o600))
	node(t, "flow.mjs", []string{"-seed", seed, "-faults", faults})
}

// MSAL signs in as it does at Entra, and nothing else makes its tokens.
func TestMSALForNodeSignsIn(t *testing.T) {
	t.Parallel()
	node(t, "signin.mjs", []string{"-permissions", "-seed", "testdata/tenant"}, "11111111-1111-4111-8111-111111111111",
		"correct horse")
}

// node runs a script of jsclient against a fake with these flags, over https. CI
// installs the packages and sets FAKEGRAPH_JSCLIENT=required, so that they can't be
// skipped there.
func node(t *testing.T, script string, flags []string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("node")
	_, installed := os.Stat("jsclient/node_modules/@azure/msal-node")
	if err != nil || installed != nil {
		require.NotEqual(t, "required", os.Getenv("FAKEGRAPH_JSCLIENT"), "node or the packages are missing: %v, %v", err,
			installed)
		t.Skip("skipped: Node or the packages are not here; npm ci in examples/fakegraph/jsclient brings them")
	}
	cert := filepath.Join(t.TempDir(), "cert.pem")
	endpoint, err := url.Parse(start(t, append(flags, "-tls", "-cert", cert)...))
	require.NoError(t, err)

	run := exec.CommandContext(t.Context(), program, append([]string{script, "https://" + endpoint.Host}, args...)...)
	run.Dir = "jsclient"
	run.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+cert)
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	assert.NoError(t, err, "Microsoft's client can tell the fake from the service")
}
