package graphfake_test

import (
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who leaves the audience out gets an application for everybody, as the examples
// show: a client must not find that out in the tenant.
// https://learn.microsoft.com/graph/api/application-post-applications#response-1
func TestApplicationsAreForAllAccountsUnlessTold(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	everybodys := c.do("POST", "/applications", map[string]any{"displayName": "Orders"})
	require.Equal(t, 201, everybodys.status)
	assert.Equal(t, "AzureADandPersonalMicrosoftAccount", everybodys.json["signInAudience"])
	ours := c.do("POST", "/applications", map[string]any{"displayName": "Orders", "signInAudience": "AzureADMyOrg"})
	assert.Equal(t, "AzureADMyOrg", ours.json["signInAudience"])
}

// https://learn.microsoft.com/graph/api/application-upsert
func TestUpsertOfApplications(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	key := "/applications(uniqueName='o''neil')"
	orders := map[string]any{"displayName": "Orders"}
	assert.Equal(t, 404, c.do("PATCH", key, orders).status, "without the header it is an update")
	upsert := c.with("Prefer", "create-if-missing")
	assert.Equal(t, 400, upsert.do("PATCH", key, map[string]any{"notes": "x"}).status, "displayName is required")
	made := upsert.do("PATCH", key, orders)
	require.Equal(t, 201, made.status, made.text)
	assert.Equal(t, "o'neil", made.json["uniqueName"])
	assert.Equal(t, "AzureADandPersonalMicrosoftAccount", made.json["signInAudience"])

	assert.Equal(t, 204, upsert.do("PATCH", key, map[string]any{"displayName": "Sales"}).status)
	assert.Equal(t, "Sales", c.get(key).json["displayName"], "an upsert updates what is there")
	other := map[string]any{"uniqueName": "other"}
	assert.Equal(t, 400, c.do("PATCH", "/applications/"+made.json["id"].(string), other).status, "it is immutable")
}

// What no page shows is not answered in the service's voice, and fails the test.
func TestUniqueNamesOutsideOfTheUpsertAreNotModelled(t *testing.T) {
	t.Parallel()
	for _, request := range []struct {
		method, target string
		body           any
	}{
		{"POST", "/applications", map[string]any{"displayName": "Orders", "uniqueName": "orders"}},
		{"GET", "/applications?$filter=uniqueName eq 'orders'", nil},
		{"GET", "/applications/$count?$filter=uniqueName eq 'orders'", nil},
	} {
		tb := &failures{}
		c := newClient(t, graphfake.New(&graphfake.Options{TB: tb})).advanced()
		assert.Equal(t, 501, c.do(request.method, request.target, request.body).status, "%s %s", request.method, request.target)
		assert.Len(t, tb.list, 1)
	}
}
