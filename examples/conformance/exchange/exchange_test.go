package exchange

import (
	"encoding/json"
	"path"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExchangesAreReadAndCompared(t *testing.T) {
	t.Parallel()
	list, err := parse("x.http", "preface\n\n### A fact.\n# source https://example.org\n# verified\n# let id = /value/0/id\nPOST /users\nPrefer: x\n\n{\"a\": 1}\n\nHTTP 201\nContent-Type: application/*\n\n{\"b\": \"(guid)\"}\n\n### Another.\nGET /me\n\nHTTP 204\n")
	require.NoError(t, err)
	require.Len(t, list, 2)
	x := list[0]
	assert.Equal(t, "x.http:3", x.Place)
	assert.Equal(t, "x.http:17", list[1].Place)
	assert.Equal(t, []any{"A fact.", "https://example.org", "POST", "/users", "x", `{"a": 1}`, 201, "application/*"},
		[]any{x.Fact, x.Source, x.Method, x.Target, x.Header.Get("Prefer"), x.Body, x.Status, x.WantHeader["Content-Type"]})
	assert.Equal(t, "ada", point(map[string]any{"value": []any{map[string]any{"id": "ada"}}}, x.Let["id"]))
	for _, bad := range []string{"### A\n# token User.Read.All\nGET /x\n\nHTTP 200\n", "### A\nGET /x\n", "### A\n# nonsense\nGET /x\n\nHTTP 200\n", "### A\n# verified\n\nHTTP 200\n", "### A\nGET /x\n\nHTTP 200\n\n{\n"} {
		_, err := parse("x.http", bad)
		assert.ErrorContains(t, err, "x.http:1: ", bad)
	}
	assert.True(t, path.IsAbs(x.Target))
}

// A comparison that takes everything would prove nothing.
func TestComparisonOfAnswers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		want, got string
		equal     bool
	}{
		{`{"a":1}`, `{"a":1,"b":2}`, true},
		{`{"a":1,"(only)":true}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"(only)":true}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{}`, false},
		{`{"a":"(absent)"}`, `{}`, true},
		{`{"a":"(absent)"}`, `{"a":null}`, false},
		{`{"a":null}`, `{"a":null}`, true},
		{`{"a":null}`, `{}`, false},
		{`{"a":"*"}`, `{"a":null}`, false},
		{`{"a":"x*z"}`, `{"a":"xyz"}`, true},
		{`{"a":"x*z"}`, `{"a":"xy"}`, false},
		{`{"a":"x.z"}`, `{"a":"xyz"}`, false},
		{`{"a":"{{v}}"}`, `{"a":"filled"}`, true},
		{`{"a":true}`, `{"a":"true"}`, true}, // told apart by nobody
		{`[1,2]`, `[1,2]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1,2]`, `[1,2,3]`, false},
		{`[1,"..."]`, `[1,2,3]`, true},
		{`["(any order)",1,2]`, `[2,1]`, true},
		{`["(any order)",1,2]`, `[2,3]`, false},
		{`{"a":"(guid)"}`, `{"a":"87d349ed-44d7-43e1-9a83-5f2406dee5bd"}`, true},
		{`{"a":"(guid)"}`, `{"a":"87d349ed"}`, false},
		{`{"a":"(time7)"}`, `{"a":"2026-02-02T04:22:45.9480566Z"}`, true},
		{`{"a":"(time7)"}`, `{"a":"2026-02-02T04:22:45Z"}`, false},
	} {
		var want, got any
		require.NoError(t, json.Unmarshal([]byte(tc.want), &want))
		require.NoError(t, json.Unmarshal([]byte(tc.got), &got))
		d := differ("", want, got, map[string]string{"v": "filled"})
		assert.Equal(t, tc.equal, d == "", "%s against %s: %s", tc.want, tc.got, d)
	}
}

// A guess that counts as a recording would be trusted as one.
func TestWhatAFactRestsOn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ mark, source, want string }{
		{"verified", "https://learn.microsoft.com/graph/api/user-get", "documented"},
		{"verified", "https://github.com/microsoftgraph/microsoft-graph-devx-content/blob/master/permissions/new/permissions.json", "documented"},
		{"verified", "https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1517", "recorded"},
		{"verified", "https://learn.microsoft.com/answers/questions/1274766", "recorded"},
		{"verified", "answers pasted in public code", "recorded"},
		{"verified", "https://github.com/nais/azurerator", "relied upon"},
		{"relied", "https://learn.microsoft.com/graph/api/user-get", "relied upon"},
		{"believed", "https://learn.microsoft.com/graph/api/user-get", "believed"},
		{"setup", "", ""},
	} {
		x := Exchange{Source: tc.source, Marks: []string{tc.mark}}
		assert.Equal(t, tc.want, x.Standing(), "%s %s", tc.mark, tc.source)
	}
}
