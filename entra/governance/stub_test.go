package governance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// A stub answers requests in process.
type stub func(r sent) answer

// sent is a request that reached the stub.
type sent struct {
	*http.Request
	body string
}

type answer struct {
	status int
	body   string
}

func (s stub) RoundTrip(r *http.Request) (*http.Response, error) {
	got := sent{Request: r}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		got.body = string(body)
	}
	a := s(got)
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Request: r,
		ContentLength: int64(len(a.body)), Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// client connects to a stub.
func client(t testing.TB, answer stub) *Client {
	t.Helper()
	c, err := entra.Connect(graph.StaticToken("SECRET-TOKEN"), &graph.ConnectOptions{Transport: answer})
	require.NoError(t, err)
	return New(c)
}

func odataError(code, message string) string {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"code": code, "message": message}})
	return string(body)
}
