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

// The samples are what somebody copies who has no Go: each of them does the same,
// and must do it over TLS, signed in, with what its language brings along. CI sets
// FAKEGRAPH_SAMPLES=required, so that none can be skipped there.
func TestSamplesInOtherLanguagesWork(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"sh curl.sh", "sh pages.sh", "python3 users.py", "node users.mjs"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			program, file, _ := strings.Cut(command, " ")
			needed := map[string]string{"sh": "curl"}[program]
			for _, name := range []string{program, needed} {
				if _, err := exec.LookPath(name); name != "" && err != nil {
					require.NotEqual(t, "required", os.Getenv("FAKEGRAPH_SAMPLES"), "%s is missing", name)
					t.Skipf("skipped: %s is not here", name)
				}
			}
			const id, secret = "22222222-2222-4222-8222-222222222222", "not+a&secret"
			cert := filepath.Join(t.TempDir(), "cert.pem")
			faults := filepath.Join(t.TempDir(), "faults.json")
			flags := []string{"-tls", "-cert", cert, "-permissions", "-seed", "testdata/tenant", "-client", id + ":" + secret}
			if file == "pages.sh" { // says that it comes back when throttled
				require.NoError(t, os.WriteFile(faults, []byte(throttled), 0o600))
				flags = append(flags, "-faults", faults)
			}
			endpoint := start(t, flags...)

			run := exec.CommandContext(t.Context(), program, file)
			run.Dir = "samples"
			run.Env = append(os.Environ(), "FAKE="+strings.TrimSuffix(endpoint, "/v1.0"), "CA="+cert,
				"NODE_EXTRA_CA_CERTS="+cert, "CLIENT_ID="+id, "CLIENT_SECRET="+secret)
			out, err := run.CombinedOutput()
			require.NoError(t, err, "%s", out)
			assert.ElementsMatch(t, []string{"ada@contoso.example", "bo@contoso.example", "dee@contoso.example",
				"zoe@contoso.example"}, strings.Fields(string(out)))
		})
	}
}

const throttled = `[{"method":"GET","path":"/users","status":429,"retryAfter":"0"}]`
