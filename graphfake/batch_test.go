package graphfake_test

import (
	"fmt"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

type item = map[string]any

// items returns the answers of a batch by id.
func (a answer) items() map[string]item {
	out := map[string]item{}
	list, _ := a.json["responses"].([]any)
	for _, r := range list {
		out[r.(item)["id"].(string)] = r.(item)
	}
	return out
}

func TestBatchesThatAreRefused(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	get := func(id string, on ...string) item {
		return item{"id": id, "method": "GET", "url": "/users", "dependsOn": on}
	}
	var many []item
	for i := range 21 {
		many = append(many, get(fmt.Sprint(i)))
	}
	for reason, tc := range map[string]struct {
		items   []item
		message string
	}{
		"21":                   {many, "Number of requests inside batch exceeds the limit"},
		"none":                 {nil, "Invalid batch payload format."},
		"no id":                {[]item{{"method": "GET", "url": "/users"}}, "Invalid batch payload format."},
		"same id, other case":  {[]item{get("a"), get("A")}, "Duplicate request Id 'A' found in the batch."},
		"mixed shape":          {[]item{get("1"), get("2", "1"), get("3")}, "Batch should be either fully sequential or fully parallel."},
		"forward reference":    {[]item{get("1", "2"), get("2")}, "Invalid dependency for request Id 1"},
		"body without a type":  {[]item{{"id": "1", "method": "POST", "url": "/users", "body": item{}}}, "Write request with id '1' does not contain a Content-Type header."},
		"two orders in a tree": {[]item{get("1"), get("2", "1"), get("3", "2"), get("4", "1")}, "Batch should be either fully sequential or fully parallel."},
	} {
		a := c.do("POST", "/$batch", item{"requests": tc.items})
		code, message := a.fault()
		require.Equal(t, []any{400, "BadRequest", tc.message}, []any{a.status, code, message}, reason)
	}
	require.Equal(t, 400, c.do("POST", "/$batch", "{").status)
}

func TestBatchItemsAreRequestsOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	u := s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example"})
	c := newClient(t, s)
	a := c.advanced().do("POST", "/$batch", item{"requests": []item{
		{"id": "get", "method": "get", "url": "users/" + u.ID + "?$select=id"},
		{"id": "absolute", "method": "GET", "url": root + "/users/" + u.ID},
		{"id": "patch", "method": "PATCH", "url": "/users/" + u.ID, "headers": item{"content-type": "application/json"}, "body": item{"jobTitle": "x"}},
		{"id": "missing", "method": "GET", "url": "/users/nobody@contoso.example"},
		{"id": "count", "method": "GET", "url": "/users/$count", "headers": item{"ConsistencyLevel": "eventual"}},
		{"id": "no header", "method": "GET", "url": "/users/$count"},
		{"id": "batch", "method": "POST", "url": "/$batch", "headers": item{"Content-Type": "application/json"}, "body": item{"requests": []item{}}},
	}})
	require.Equal(t, 200, a.status, a.text)
	r := a.items()
	require.Equal(t, item{"@odata.context": root + "/$metadata#users(id)/$entity", "id": u.ID}, r["get"]["body"])
	require.Equal(t, 200.0, r["absolute"]["status"])
	require.Equal(t, 204.0, r["patch"]["status"])
	require.NotContains(t, r["patch"], "body")
	require.Equal(t, 404.0, r["missing"]["status"])
	require.Equal(t, "Request_ResourceNotFound", r["missing"]["body"].(item)["error"].(item)["code"])
	require.Equal(t, 200.0, r["count"]["status"])
	require.Equal(t, 400.0, r["no header"]["status"], "the batch's own headers don't count")
	require.Equal(t, 400.0, r["batch"]["status"])
	headers := r["get"]["headers"].(item)
	require.Equal(t, "4.0", headers["OData-Version"])
	require.Equal(t, "1", headers["x-ms-resource-unit"])
}

func TestFailedDependencies(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s)
	missing := item{"id": "1", "method": "GET", "url": "/users/nobody@contoso.example"}
	for reason, requests := range map[string][]item{
		"one after the other": {missing, {"id": "2", "method": "GET", "url": "/users", "dependsOn": []string{"1"}}, {"id": "3", "method": "GET", "url": "/users", "dependsOn": []string{"2"}}},
		"all after the first": {missing, {"id": "2", "method": "GET", "url": "/users", "dependsOn": []string{"1"}}, {"id": "3", "method": "GET", "url": "/users", "dependsOn": []string{"1"}}},
	} {
		r := c.do("POST", "/$batch", item{"requests": requests}).items()
		require.Equal(t, []any{404.0, 424.0, 424.0}, []any{r["1"]["status"], r["2"]["status"], r["3"]["status"]}, reason)
	}
	ok := item{"id": "1", "method": "GET", "url": "/users"}
	r := c.do("POST", "/$batch", item{"requests": []item{ok, {"id": "2", "method": "GET", "url": "/users", "dependsOn": []string{"1"}}}}).items()
	require.Equal(t, 200.0, r["2"]["status"])
}
