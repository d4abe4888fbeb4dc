package graphfake_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// A file of faults is read or refused, and what was read can be written and
// read again.
func FuzzReadFaults(f *testing.F) {
	f.Add(`[{"method": "POST", "path": "/users", "effect": "answerLost", "times": 2}]`)
	f.Add(`[{"path": "/users/{id}", "status": 429, "retryAfter": "2.5", "delay": "100ms"}]`)
	f.Add(`[{"path": "/{rest...}", "rate": 0.5, "inRow": 1, "status": 503}, {"effect": "partFailed"}]`)
	f.Add(`[{"delay": "9223372036854775807ns"}, null, {}]`)
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := graphfake.ReadFaults(strings.NewReader(text))
		if err != nil {
			return
		}
		b, err := json.Marshal(faults)
		require.NoError(t, err)
		again, err := graphfake.ReadFaults(strings.NewReader(string(b)))
		require.NoError(t, err)
		require.Equal(t, faults, again)
		graphfake.New(nil).Inject(faults...)
	})
}

// Whatever comes as a token, it is answered, and lets nobody in who was not let in.
func FuzzTokens(f *testing.F) {
	s := graphfake.New(&graphfake.Options{Permissions: true})
	f.Add("")
	f.Add("Bearer " + s.AppToken("Application.Read.All"))
	f.Add("Bearer a.b.c")
	f.Add("bearer e30.e30.")
	f.Fuzz(func(t *testing.T, header string) {
		if strings.Contains(header, "User") {
			return // could be a token that is good
		}
		req, err := http.NewRequestWithContext(t.Context(), "GET", root+"/users", nil)
		require.NoError(t, err)
		req.Header["Authorization"] = []string{header}
		rsp, err := s.Transport().RoundTrip(req)
		require.NoError(t, err)
		rsp.Body.Close()
		require.Contains(t, []int{401, 403}, rsp.StatusCode)
	})
}
