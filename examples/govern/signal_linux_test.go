package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets this binary be the program itself, so that a test can send it signals.
func TestMain(m *testing.M) {
	if os.Getenv("GOVERN_IS_THE_PROGRAM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// A container is stopped with SIGTERM, and must leave as clean a state as ctrl-C does.
func TestSignals_StopCleanly(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, "ada", "bob")
			writing := make(chan bool, 100)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c.ServeHTTP(w, r)
				if r.Method == http.MethodPatch && strings.Contains(r.URL.Path, "/applications(") {
					writing <- true
					<-r.Context().Done() // the answer comes never
				}
			}))
			defer server.Close()
			defer server.CloseClientConnections()
			args := with("run", flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General"), "-yes", "-graph", server.URL+"/v1.0")
			var out, err bytes.Buffer
			program := exec.Command(os.Args[0], args...)
			program.Env = append(os.Environ(), "GOVERN_IS_THE_PROGRAM=1", "GRAPH_TOKEN="+secret)
			program.Stdout, program.Stderr = &out, &err
			require.NoError(t, program.Start())
			ended := make(chan bool)
			go func() { _ = program.Wait(); close(ended) }()
			select {
			case <-writing:
				require.NoError(t, program.Process.Signal(signal))
				<-ended
			case <-ended:
			}
			assert.Equal(t, int(exitInterrupted), program.ProcessState.ExitCode(), err.String())
			assert.Contains(t, err.String(), "govern: interrupted: the registration begun; a write that was under way may have been made, too\n")
			assert.Contains(t, err.String(), "\nto go on: govern run ")

			got := c.govern(args[:len(args)-2]...)
			assert.Equal(t, exitDone, got.status, "going on: %s", got.err)
			assert.Len(t, c.Applications(), 1)
			assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
		})
	}
}
