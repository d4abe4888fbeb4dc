package graphfake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

const root = "https://graph.microsoft.com/v1.0"

// A client asks a server over its in-process transport and decodes answers.
type client struct {
	t      *testing.T
	http   *http.Client
	header http.Header
}

func newClient(t *testing.T, s *graphfake.Server) *client {
	return &client{t, &http.Client{Transport: s.Transport()}, http.Header{}}
}

// advanced returns a client that sends ConsistencyLevel: eventual.
func (c *client) advanced() *client { return c.with("ConsistencyLevel", "eventual") }

func (c *client) with(name, value string) *client {
	h := c.header.Clone()
	h.Set(name, value)
	return &client{c.t, c.http, h}
}

type answer struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// do sends a request. Spaces and quotes in target are escaped, the rest is as given.
func (c *client) do(method, target string, body any) answer {
	c.t.Helper()
	var in io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(body)
	default:
		b, err := json.Marshal(body)
		require.NoError(c.t, err)
		in = strings.NewReader(string(b))
	}
	if !strings.Contains(target, "://") {
		target = root + target
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, strings.NewReplacer(" ", "%20", `"`, "%22").Replace(target), in)
	require.NoError(c.t, err)
	for name, values := range c.header {
		req.Header[name] = values
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	rsp, err := c.http.Do(req)
	require.NoError(c.t, err)
	defer rsp.Body.Close()
	b, err := io.ReadAll(rsp.Body)
	require.NoError(c.t, err)
	a := answer{status: rsp.StatusCode, header: rsp.Header, text: string(b)}
	_ = json.Unmarshal(b, &a.json)
	return a
}

func (c *client) get(target string) answer { c.t.Helper(); return c.do("GET", target, nil) }

// values returns the objects of a list.
func (a answer) values() []map[string]any {
	list, _ := a.json["value"].([]any)
	out := make([]map[string]any, len(list))
	for i, v := range list {
		out[i] = v.(map[string]any)
	}
	return out
}

// column returns one property of every object of a list.
func (a answer) column(name string) []string {
	out := []string{}
	for _, v := range a.values() {
		s, _ := v[name].(string)
		out = append(out, s)
	}
	return out
}

// fault returns code and message of an error.
func (a answer) fault() (code, message string) {
	e, _ := a.json["error"].(map[string]any)
	code, _ = e["code"].(string)
	message, _ = e["message"].(string)
	return code, message
}

// all follows nextLinks and returns one property of every object.
func (c *client) all(target, name string) []string {
	c.t.Helper()
	out := []string{}
	for target != "" {
		a := c.get(target)
		require.Equal(c.t, 200, a.status, a.text)
		out = append(out, a.column(name)...)
		target, _ = a.json["@odata.nextLink"].(string)
	}
	return out
}

func escape(s string) string { return url.QueryEscape(s) }
