package graph

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Logs go to places that must not learn who is in the directory, nor a token.
func TestLogsHoldNoValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
		ids := map[string]string{"request-id": "rq-1", "client-request-id": "crq-1"}
		throttled := map[string]string{"request-id": "rq-0", "Retry-After": "3"}
		inBatch := batchAnswers(func(batchStep) batchAnswer {
			return batchAnswer{Status: 404, Headers: map[string]any{"request-id": "rq-item"},
				Body: json.RawMessage(odataError("Request_ResourceNotFound", "Resource 'secret@contoso.example' does not exist."))}
		})
		c, _ := client(t, func(r sent) answer {
			switch r.n {
			case 0:
				return answer{status: 429, header: throttled, body: odataError("TooManyRequests", "secret")}
			case 1:
				return answer{err: resetError}
			case 2:
				return answer{status: 200, header: ids, body: `{"value":[{"id":"secret"}],"@odata.nextLink":"` + root + `/users?$skiptoken=secret"}`}
			case 3:
				return answer{status: 400, header: ids, body: odataError("Request_BadRequest", "secret")}
			}
			return inBatch(r)
		}, &Options{Logger: log})
		_, err := listed(t, c, Request{Op: Operation{Name: "find users"}, Path: "/users?$filter=mail%20eq%20%27secret%40contoso.example%27"})
		require.Error(t, err)
		_ = c.Batch(t.Context(), Each([]Request{{Op: Operation{Name: "read"}, Method: "POST", Path: "/users/secret%40contoso.example/x(id='secret')", Body: "secret"}}), collected(t).each)

		assert.NotContains(t, out.String(), "secret")
		assert.NotContains(t, out.String(), "SECRET-TOKEN")
		assert.NotContains(t, out.String(), "skiptoken")

		var records []map[string]any
		for line := range bytes.Lines(out.Bytes()) {
			var record map[string]any
			require.NoError(t, json.Unmarshal(line, &record))
			records = append(records, record)
		}
		require.Len(t, records, 6)
		first := records[0]
		for _, volatile := range []string{"time", "took"} {
			assert.Contains(t, first, volatile)
			delete(first, volatile)
		}
		assert.Equal(t, map[string]any{"level": "WARN", "msg": "graph request", "op": "find users", "method": "GET", "path": "/users", "attempt": 1.0,
			"status": 429.0, "request-id": "rq-0", "client-request-id": "", "code": "TooManyRequests", "retry-after": 3e9}, first)
		assert.Equal(t, 2.0, records[1]["attempt"])
		assert.NotContains(t, records[1], "status")
		assert.Equal(t, []any{"rq-1", "crq-1", "DEBUG"}, []any{records[2]["request-id"], records[2]["client-request-id"], records[2]["level"]})
		assert.Equal(t, "/v1.0/users", records[3]["path"])
		assert.Equal(t, []any{"/users/{id}/x({key})", "rq-item"}, []any{records[4]["path"], records[4]["request-id"]})
		assert.Equal(t, "/$batch", records[5]["path"])
	})
}

func TestTemplate(t *testing.T) {
	tests := map[string]string{
		"/users":                       "/users",
		"/users?$filter=x":             "/users",
		"/users/$count":                "/users/$count",
		"/users/ada%40contoso.example": "/users/{id}",
		"/users/87d349ed-44d7-43e1-9a83-5f2406dee5bd/appRoleAssignments":           "/users/{id}/appRoleAssignments",
		"/servicePrincipals(appId='x')/appRoleAssignedTo":                          "/servicePrincipals({key})/appRoleAssignedTo",
		"/directory/deletedItems/microsoft.graph.user":                             "/directory/deletedItems/microsoft.graph.user",
		"https://graph.microsoft.com/v1.0/users?$skiptoken=x":                      "/v1.0/users",
		"/servicePrincipals/x1/appRoleAssignedTo/41W1zT6z1U-kJxf62svfp1HFE8pMZhxD": "/servicePrincipals/{id}/appRoleAssignedTo/{id}",
		"/$batch": "/$batch",
	}
	for path, want := range tests {
		assert.Equal(t, want, template(path), path)
	}
}
