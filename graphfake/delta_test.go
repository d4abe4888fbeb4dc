package graphfake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func user(id string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.user", "id": id}
}

func gone(id string) map[string]any {
	m := user(id)
	m["@removed"] = map[string]any{"reason": "deleted"}
	return m
}

// A copy of the groups that misses a member who came or went gives or keeps access
// wrongly. https://learn.microsoft.com/graph/delta-query-groups
func TestDeltaOfGroups(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var ids []string
	for _, n := range []string{"a", "b", "c"} {
		ids = append(ids, s.AddUser(graphfake.User{UserPrincipalName: n + "@contoso.example"}).ID)
	}
	slices.Sort(ids)
	team := s.AddGroup(graphfake.Group{DisplayName: "Team", Members: ids[:2]})
	empty := s.AddGroup(graphfake.Group{DisplayName: "Empty"})
	c := newClient(t, s)
	first := c.get("/groups/delta?$select=displayName,members")
	assert.ElementsMatch(t, []any{
		map[string]any{"id": team.ID, "displayName": "Team", "members@delta": []any{user(ids[0]), user(ids[1])}},
		map[string]any{"id": empty.ID, "displayName": "Empty"},
	}, first.json["value"], "a group without members has no members@delta")
	link := first.json["@odata.deltaLink"].(string)
	require.Empty(t, c.get(link).values(), "nothing happened")

	members := "/groups/" + team.ID + "/members/"
	require.Equal(t, 204, c.do("DELETE", members+ids[0]+"/$ref", nil).status)
	require.Equal(t, 204, c.do("POST", members+"$ref", ref(ids[2])).status)
	require.Equal(t, 204, c.do("PATCH", "/groups/"+empty.ID, map[string]any{"description": "not tracked"}).status)
	changes := c.get(link)
	want := []map[string]any{{"id": team.ID, "displayName": "Team", "members@delta": []any{gone(ids[0]), user(ids[2])}}}
	assert.Equal(t, want, changes.values())
	delete(want[0], "displayName")
	assert.Equal(t, want, c.with("Prefer", "return=minimal").get(link).values(), "only what changed")
	assert.Equal(t, want[0]["members@delta"], c.get(link).values()[0]["members@delta"], "a link can be followed again")

	next := changes.json["@odata.deltaLink"].(string)
	require.Equal(t, 204, c.do("DELETE", "/users/"+ids[1], nil).status)
	require.Equal(t, []any{gone(ids[1])}, c.get(next).values()[0]["members@delta"],
		"a user who is deleted is no member any more")
	require.Equal(t, 204, c.do("DELETE", "/groups/"+team.ID, nil).status)
	assert.Equal(t, []map[string]any{{"id": team.ID, "@removed": map[string]any{"reason": "changed"}}},
		c.get(next).values())
	require.Equal(t, 204, c.do("DELETE", "/directory/deletedItems/"+team.ID, nil).status)
	assert.Equal(t, []map[string]any{{"id": team.ID, "@removed": map[string]any{"reason": "deleted"}}},
		c.get(next).values())
}

func TestWhatADeltaOfGroupsReports(t *testing.T) {
	t.Parallel()
	s := graphfake.New(nil)
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"}).ID
	g := s.AddGroup(graphfake.Group{DisplayName: "G", Members: []string{ada}, Owners: []string{ada}}).ID
	s.AddGroup(graphfake.Group{DisplayName: "Other"})
	c := newClient(t, s)
	only := "$filter=id eq '" + g + "'"
	for query, want := range map[string][]string{
		"":                                     {"members@delta"}, // by default
		"&$select=displayName":                 nil,
		"&$select=members":                     {"members@delta"},
		"&$select=displayName&$expand=members": {"members@delta"},
		"&$select=owners,members,displayName":  {"members@delta", "owners@delta"},
	} {
		a := c.get("/groups/delta?" + only + query)
		require.Equal(t, 200, a.status, a.text)
		require.Len(t, a.values(), 1, query)
		var got []string
		for name := range a.values()[0] {
			if strings.HasSuffix(name, "@delta") {
				got = append(got, name)
			}
		}
		assert.ElementsMatch(t, want, got, query)
	}
	whole := c.get("/groups/delta?" + only).values()[0]
	assert.Equal(t, true, whole["securityEnabled"])
	assert.NotContains(t, whole, "description", "what was never set is left out")
	for query, status := range map[string]int{
		"$top=5": 400, "$filter=displayName eq 'G'": 400, "$select=nope": 400,
		"$select=transitiveMembers": 501, "$expand=members($select=id)": 501,
	} {
		assert.Equal(t, status, c.get("/groups/delta?"+query).status, query)
	}
	manager := s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"}).ID
	link, _ := c.get("/users/delta?$select=manager").json["@odata.deltaLink"].(string)
	require.Equal(t, 204, c.do("PUT", "/users/"+ada+"/manager/$ref", ref(manager)).status)
	assert.Equal(t, []map[string]any{{"id": ada, "manager@delta": []any{user(manager)}}}, c.get(link).values())
}

// A token of one collection means nothing in another. The text is believed.
func TestDeltaTokensBelongToACollection(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	link, _ := c.get("/users/delta").json["@odata.deltaLink"].(string)
	require.Equal(t, 200, c.get(link).status)
	require.Equal(t, 400, c.get(strings.Replace(link, "/users/", "/groups/", 1)).status)
}

// A large group comes in pieces, with its properties each time.
func TestDeltaPagesThroughMembers(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var ids []string
	for i := range 2500 {
		ids = append(ids, fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
	}
	s.AddUsers(func(yield func(graphfake.User) bool) {
		for i, id := range ids {
			if !yield(graphfake.User{ID: id, UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)}) {
				return
			}
		}
	})
	for i := range 3 {
		s.AddGroup(graphfake.Group{DisplayName: fmt.Sprint("Small ", i), Members: ids[:i]})
	}
	large := s.AddGroup(graphfake.Group{DisplayName: "Large", Members: ids})
	c := newClient(t, s)
	seen, times, groups := map[string]bool{}, 0, map[string]bool{}
	for link := "/groups/delta?$select=displayName,members"; link != ""; {
		a := c.get(link)
		require.Equal(t, 200, a.status, a.text)
		for _, g := range a.values() {
			groups[g["id"].(string)] = true
			if g["id"] != large.ID {
				continue
			}
			times++
			assert.Equal(t, "Large", g["displayName"])
			for _, m := range g["members@delta"].([]any) {
				id := m.(map[string]any)["id"].(string)
				assert.False(t, seen[id], "%s twice", id)
				seen[id] = true
			}
		}
		link, _ = a.json["@odata.nextLink"].(string)
	}
	assert.Len(t, seen, len(ids))
	assert.Equal(t, 3, times)
	assert.Len(t, groups, 4)
}

// Replicas report what they know, and nothing is lost on the way.
func TestDeltaOfGroupsIsReplicated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lags := []graphfake.Lag{{}, {Time: time.Minute}}
		s := graphfake.New(&graphfake.Options{TB: t,
			Replication: &graphfake.Replication{Replicas: lags, Choose: graphfake.Apart(1, 0)}})
		ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"}).ID
		g := s.AddGroup(graphfake.Group{DisplayName: "G"}).ID
		c := newClient(t, s)
		link := c.get("/groups/delta?$select=members").json["@odata.deltaLink"].(string)
		require.Equal(t, 204, c.do("POST", "/groups/"+g+"/members/$ref", ref(ada)).status)
		early := c.get(link)
		require.Empty(t, early.values())
		time.Sleep(time.Minute)
		late := c.get(early.json["@odata.deltaLink"].(string))
		require.Equal(t, []map[string]any{{"id": g, "members@delta": []any{user(ada)}}}, late.values())
	})
}

// https://learn.microsoft.com/graph/api/resources/group#group-visibility-options
func TestDeltaHidesMembers(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"}).ID
	s.AddGroup(graphfake.Group{DisplayName: "Hidden", Members: []string{ada},
		More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []any{"Unified"}}})
	for permissions, shown := range map[string]bool{"Group.Read.All": false, "Group.Read.All Member.Read.Hidden": true} {
		c := newClient(t, s).bearer(s.AppToken(strings.Fields(permissions)...))
		a := c.get("/groups/delta")
		require.Equal(t, 200, a.status, a.text)
		assert.Equal(t, shown, strings.Contains(a.text, ada), permissions)
	}
	assert.Equal(t, 403, newClient(t, s).bearer(s.AppToken("User.Read.All")).get("/groups/delta").status)
}
