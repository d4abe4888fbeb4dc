package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Hamilton and its sign-in were not written with graphfake either. They are fetched
// by go build, therefore only where FAKEGRAPH_HAMILTON=required says so, as in CI.
func TestHamiltonWorks(t *testing.T) {
	t.Parallel()
	if os.Getenv("FAKEGRAPH_HAMILTON") != "required" {
		t.Skip("skipped: FAKEGRAPH_HAMILTON=required would fetch hamilton and run it")
	}
	dir := t.TempDir()
	program, cert := filepath.Join(dir, "hamilton"), filepath.Join(dir, "cert.pem")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Dir = "testdata/hamilton"
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	const id, secret = "22222222-2222-4222-8222-222222222222", "not-a-secret"
	endpoint := start(t, "-tls", "-cert", cert, "-permissions", "-seed", "testdata/tenant", "-client", id+":"+secret)
	run := exec.CommandContext(t.Context(), program, strings.TrimSuffix(endpoint, "/v1.0"), id, secret)
	run.Env = append(os.Environ(), "SSL_CERT_FILE="+cert)
	out, err = run.CombinedOutput()
	t.Logf("%s", out)
	assert.NoError(t, err, "hamilton can tell the fake from the service")
}
