package graphfake_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Between a role's declaration and its arrival at the service principal anybody may
// change the principal: that must not bring the role there early, nor lose it.
func TestCopyingIsNotHastenedByAnotherWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t,
			Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}}, Copying: 15 * time.Second}})
		app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
		c := newClient(t, s)
		look := func() (roles int, notes any) {
			a := c.get("/servicePrincipals/" + sp.ID)
			list, _ := a.json["appRoles"].([]any)
			return len(list), a.json["notes"]
		}
		require.Equal(t, 204, c.do("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": readerRoles()}).status)
		time.Sleep(5 * time.Second)
		require.Equal(t, 204, c.do("PATCH", "/servicePrincipals/"+sp.ID, map[string]any{"notes": "x"}).status)
		roles, notes := look()
		assert.Equal(t, "x", notes, "the write itself is there")
		assert.Zero(t, roles, "the roles are still on their way")
		time.Sleep(10 * time.Second)
		roles, notes = look()
		assert.Equal(t, "x", notes, "what was copied takes nothing back")
		assert.Equal(t, 1, roles, "and they arrive when they should")
	})
}

// A load of 1,000 users or more is stored at once; whoever follows by delta must hear
// of them all the same.
func TestManyUsersAtOnceAreFollowedByDelta(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	c := newClient(t, s)
	link, _ := c.get("/users/delta?$deltatoken=latest&$select=id").json["@odata.deltaLink"].(string)
	gone := s.AddUser(graphfake.User{UserPrincipalName: "gone@contoso.example"})
	s.DeleteUser(gone.ID)
	s.AddUsers(func(yield func(graphfake.User) bool) {
		yield(graphfake.User{ID: gone.ID, UserPrincipalName: "gone@contoso.example"})
		for i := range 1234 {
			yield(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
		}
	})
	s.AddUser(graphfake.User{UserPrincipalName: "last@contoso.example"})
	assert.Empty(t, s.DeletedUsers(), "a user that is there again is not in the recycle bin")
	seen := map[string]int{}
	for pages := 0; link != ""; pages++ {
		require.Less(t, pages, 30, "the rounds end")
		a := c.get(link)
		require.Equal(t, 200, a.status, a.text)
		for _, id := range a.column("id") {
			seen[id]++
		}
		link, _ = a.json["@odata.nextLink"].(string)
	}
	assert.Len(t, seen, 1236)
}

// A token is good for the listing that it came from. Used elsewhere, it must not lead
// into the middle of another list without a word.
func TestASkipTokenBelongsToOneListing(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var ids []string
	for i := range 3 {
		u := s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Surname: "S"})
		ids = append(ids, u.ID)
	}
	a := s.AddGroup(graphfake.Group{DisplayName: "A", Members: ids})
	b := s.AddGroup(graphfake.Group{DisplayName: "B", Members: ids})
	c := newClient(t, s)
	token := func(target string) string {
		link, _ := c.get(target).json["@odata.nextLink"].(string)
		require.NotEmpty(t, link, target)
		return link[len(link)-len(afterToken(link)):]
	}
	deltaToken := func() string {
		link, _ := c.get("/users/delta").json["@odata.deltaLink"].(string)
		return afterToken(link)
	}
	for _, tc := range []struct{ reason, from, to string }{
		{"of another collection", "/users?$top=1", "/groups?$top=1"},
		{"of another group's members", "/groups/" + a.ID + "/members?$top=1", "/groups/" + b.ID + "/members?$top=1"},
		{"of another filter", "/users?$top=1&$filter=surname eq 'S'", "/users?$top=1&$filter=surname eq 'T'"},
		{"of no filter", "/users?$top=1", "/users?$top=1&$filter=surname eq 'S'"},
		{"of another order", "/users?$top=1&$orderby=displayName", "/users?$top=1&$orderby=displayName desc"},
		{"of the recycle bin", "/users?$top=1", "/directory/deletedItems/microsoft.graph.user?$top=1"},
	} {
		got := c.get(tc.to + "&$skiptoken=" + token(tc.from))
		_, message := got.fault()
		assert.Equal(t, []any{400, "The page token is not valid."}, []any{got.status, message}, tc.reason)
		assert.Equal(t, 200, c.get(tc.from+"&$skiptoken="+token(tc.from)).status, "its own listing: %s", tc.from)
	}
	assert.Equal(t, 400, c.get("/users?$skiptoken="+deltaToken()).status, "a delta token is none of a list")
}

func afterToken(link string) string {
	for i := len(link) - 1; i > 0; i-- {
		if link[i] == '=' && link[i-1] == 'n' { // …token=
			return link[i+1:]
		}
	}
	return ""
}
