package graphfake_test

import (
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSnapshotsShowEveryChange(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada"})
	c := newClient(t, s)
	before := s.Snapshot()
	c.get("/users")
	assert.Equal(t, before, s.Snapshot(), "reading changes nothing")
	assert.Empty(t, before.Diff(s.Snapshot()))

	require.Equal(t, 204, c.do("PATCH", "/users/"+u.ID, map[string]any{"displayName": "Bea"}).status)
	assert.Regexp(t, `(?s)^- users .*"displayName":"Ada".*\n\+ users .*"displayName":"Bea".*\n$`, before.Diff(s.Snapshot()))
	require.Equal(t, 204, c.do("DELETE", "/users/"+u.ID, nil).status)
	assert.Regexp(t, `(?s)\+ deletedItems/users .*"displayName":"Bea"`, before.Diff(s.Snapshot()))
}

// Two runs that come to the same end in different ways are equal by name, and
// runs that don't are not.
func TestSnapshotByName(t *testing.T) {
	t.Parallel()
	run := func(detours int, role string) graphfake.Snapshot {
		s := graphfake.New(&graphfake.Options{TB: t})
		c := newClient(t, s)
		for range detours { // every request draws an id, so that all later ids differ
			c.get("/users")
		}
		ada := c.do("POST", "/users", newUser("ada")).json["id"]
		app := c.do("POST", "/applications", map[string]any{"displayName": "Orders", "appRoles": readerRoles()}).json
		sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": app["appId"]}).json["id"]
		if role != "" {
			a := c.do("POST", "/servicePrincipals/"+sp.(string)+"/appRoleAssignedTo", map[string]any{"principalId": ada, "resourceId": sp, "appRoleId": role})
			require.Equal(t, 201, a.status, a.text)
		}
		bob := c.do("POST", "/users", newUser("bob")).json["id"]
		require.Equal(t, 204, c.do("DELETE", "/users/"+bob.(string), nil).status)
		return s.SnapshotByName()
	}
	one, two, other := run(0, readerRole), run(3, readerRole), run(0, "")
	assert.Empty(t, one.Diff(two))
	assert.Contains(t, one.Diff(other), "- appRoleAssignments ")
	assert.Contains(t, one.String(), `"principalId":"(user ada@contoso.example)"`)
}
