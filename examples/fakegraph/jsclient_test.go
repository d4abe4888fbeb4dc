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
// written with, over https, which that client insists on. CI installs the client
// and sets FAKEGRAPH_JSCLIENT=required, so that it can't be skipped there.
func TestMicrosoftsJavaScriptClient(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	_, installed := os.Stat("jsclient/node_modules/@microsoft/microsoft-graph-client")
	if err != nil || installed != nil {
		require.NotEqual(t, "required", os.Getenv("FAKEGRAPH_JSCLIENT"), "node or the client is missing: %v, %v", err,
			installed)
		t.Skip("skipped: Node or the client is not here; npm install in examples/fakegraph/jsclient brings the client")
	}
	dir := t.TempDir()
	seed, faults, cert := filepath.Join(dir, "seed.json"), filepath.Join(dir, "faults.json"),
		filepath.Join(dir, "cert.pem")
	require.NoError(t, os.WriteFile(seed, []byte(jsSeed), 0o600))
	require.NoError(t, os.WriteFile(faults, []byte(jsFaults), 0o600))
	endpoint, err := url.Parse(start(t, "-tls", "-cert", cert, "-seed", seed, "-faults", faults))
	require.NoError(t, err)

	flow := exec.CommandContext(t.Context(), node, "flow.mjs", "https://"+endpoint.Host)
	flow.Dir = "jsclient"
	flow.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+cert)
	out, err := flow.CombinedOutput()
	t.Logf("%s", out)
	assert.NoError(t, err, "Microsoft's client can tell the fake from the service")
}
