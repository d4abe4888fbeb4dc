package graphfake_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const readerRole = "11111111-2222-4333-8444-555555555555"

// newUser is the body of a user to create.
func newUser(name string) map[string]any {
	return map[string]any{"accountEnabled": true, "displayName": name, "mailNickname": name, "userPrincipalName": name + "@contoso.example",
		"passwordProfile": map[string]any{"password": "xWwvJ]6NMw+bWH-d"}}
}

func readerRoles() []any {
	return []any{map[string]any{"id": readerRole, "displayName": "Reader", "description": "reads", "value": "Read", "isEnabled": true, "allowedMemberTypes": []string{"User"}}}
}

// two has a replica that knows everything at once, and one that is 10 seconds late.
func two(choose func(graphfake.Visit) int) *graphfake.Replication {
	return &graphfake.Replication{Replicas: []graphfake.Lag{{}, {Time: 10 * time.Second}}, Choose: choose}
}

func TestNewObjectIsNotFoundUntilReplicated(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		replica, status int
		after           time.Duration
		reason          string
	}{
		{1, 404, 0, "the late replica does not know it yet"},
		{1, 404, 9999 * time.Millisecond, "nor just before its lag has passed"},
		{1, 200, 10 * time.Second, "and then it does"},
		{0, 200, 0, "a replica without lag knows it at once"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Replication: two(graphfake.Apart(tc.replica, 0))}))
				made := c.do("POST", "/users", newUser("ada"))
				require.Equal(t, 201, made.status, made.text)
				time.Sleep(tc.after)
				a := c.get("/users/" + made.json["id"].(string))
				assert.Equal(t, tc.status, a.status, a.text)
				if tc.status == 404 {
					code, _ := a.fault()
					assert.Equal(t, "Request_ResourceNotFound", code)
					assert.Empty(t, c.get("/users").values(), "lists come from the same replica")
				}
			})
		})
	}
}

func TestLagCountedInReads(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{Reads: 3}}}})
	c := newClient(t, s)
	id := c.do("POST", "/users", newUser("ada")).json["id"].(string)
	var got []int
	for range 5 {
		got = append(got, c.get("/users/"+id).status)
	}
	assert.Equal(t, []int{404, 404, 404, 200, 200}, got)
}

func TestSeededObjectsAreKnownEverywhere(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{Time: time.Hour}}, Index: graphfake.Lag{Time: time.Hour}}})
	s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	c := newClient(t, s)
	assert.Len(t, c.get("/users").values(), 1)
	assert.Len(t, c.advanced().get("/users?$count=true").values(), 1)
	require.Equal(t, 204, c.do("PATCH", "/users/ada@contoso.example", map[string]any{"displayName": "New"}).status)
	assert.NotEqual(t, "New", c.get("/users/ada@contoso.example").json["displayName"], "what requests write is late")
	s.Settle()
	assert.Equal(t, "New", c.get("/users/ada@contoso.example").json["displayName"], "until it has settled")
}

// A successful read proves nothing for the next write: it may meet another replica.
// https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2508
func TestReadsAndWritesMeetDifferentReplicas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Replication: two(graphfake.Apart(0, 1))})
		app := s.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{{ID: readerRole, DisplayName: "Reader", Value: "Read"}}})
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
		c := newClient(t, s)
		ada := c.do("POST", "/users", newUser("ada")).json["id"].(string)
		require.Equal(t, 200, c.get("/users/"+ada).status, "the reading replica knows the user")

		path := "/servicePrincipals/" + sp.ID + "/appRoleAssignedTo"
		want := map[string]any{"principalId": ada, "resourceId": sp.ID, "appRoleId": readerRole}
		a := c.do("POST", path, want)
		assert.Equal(t, 400, a.status)
		_, message := a.fault()
		assert.Equal(t, "Not a valid reference update.", message)
		time.Sleep(10 * time.Second)
		assert.Equal(t, 201, c.do("POST", path, want).status)
	})
}

func TestDuplicateOfWhatNoListShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Replication: two(graphfake.Apart(1, 1))}))
		require.Equal(t, 201, c.do("POST", "/users", newUser("ada")).status)
		a := c.do("POST", "/users", newUser("ada"))
		assert.Equal(t, 400, a.status, "uniqueness is decided on the newest state")
		_, message := a.fault()
		assert.Equal(t, "Another object with the same value for property userPrincipalName already exists.", message)
		assert.Empty(t, c.get("/users?$filter=userPrincipalName eq 'ada@contoso.example'").values())
	})
}

func TestDeletedObjectIsStillListed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Replication: two(graphfake.Apart(1, 1))})
		u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
		c := newClient(t, s)
		require.Equal(t, 204, c.do("DELETE", "/users/"+u.ID, nil).status)
		assert.Equal(t, 200, c.get("/users/"+u.ID).status, "readable for a while")
		assert.Equal(t, 404, c.do("DELETE", "/users/"+u.ID, nil).status, "but gone for writes")
		time.Sleep(10 * time.Second)
		assert.Equal(t, 404, c.get("/users/"+u.ID).status)
	})
}

// Two answers are known for a service principal of an application that is too
// new: 400, and 403 for callers that may create only what they own.
func TestServicePrincipalOfAnApplicationTooNew(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		permission string
		status     int
		message    string
	}{
		{"Application.ReadWrite.All", 400, "The appId '{}' of the service principal does not reference a valid application object."},
		{"Application.ReadWrite.OwnedBy", 403, "When using this permission, the backing application of the service principal being created must in the local tenant"},
	} {
		t.Run(tc.permission, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphfake.New(&graphfake.Options{TB: t, Permissions: true, Replication: two(graphfake.Apart(0, 1))})
				c := newClient(t, s).bearer(s.AppToken(tc.permission))
				app := c.do("POST", "/applications", map[string]any{"displayName": "Orders"})
				require.Equal(t, 201, app.status, app.text)
				id := app.json["appId"].(string)
				a := c.do("POST", "/servicePrincipals", map[string]any{"appId": id})
				assert.Equal(t, tc.status, a.status)
				_, message := a.fault()
				assert.Equal(t, tc.message, strings.ReplaceAll(message, id, "{}"))
				if tc.status == 400 {
					assert.Contains(t, a.text, `"code":"NoBackingApplicationObject"`)
				}
				time.Sleep(10 * time.Second)
				assert.Equal(t, 201, c.do("POST", "/servicePrincipals", map[string]any{"appId": id}).status)
			})
		})
	}
}

// Roles added to an application can't be assigned until they have been copied
// to its service principal.
func TestNewRolesReachTheServicePrincipalLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}}, Copying: 15 * time.Second}})
		app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
		u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
		c := newClient(t, s)
		require.Equal(t, 204, c.do("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": readerRoles(), "tags": []string{"HideApp"}}).status)
		assert.Len(t, c.get("/applications/" + app.ID).json["appRoles"], 1, "the application shows it at once")
		assert.Empty(t, c.get("/servicePrincipals/" + sp.ID).json["appRoles"])
		assert.Empty(t, c.get("/servicePrincipals/" + sp.ID).json["tags"])

		want := map[string]any{"principalId": u.ID, "resourceId": sp.ID, "appRoleId": readerRole}
		a := c.do("POST", "/servicePrincipals/"+sp.ID+"/appRoleAssignedTo", want)
		assert.Equal(t, 400, a.status)
		_, message := a.fault()
		assert.Contains(t, message, "Permission being assigned was not found on application '")

		time.Sleep(15 * time.Second)
		assert.Len(t, c.get("/servicePrincipals/" + sp.ID).json["appRoles"], 1)
		assert.Equal(t, []any{"HideApp"}, c.get("/servicePrincipals/" + sp.ID).json["tags"])
		assert.Equal(t, 201, c.do("POST", "/servicePrincipals/"+sp.ID+"/appRoleAssignedTo", want).status)
	})
}

// A copy that arrives late must not undo what was written in between.
func TestLateCopyDoesNotUndoNewerWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}}, Copying: 15 * time.Second}})
		app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
		sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
		gone := s.AddApplication(graphfake.Application{DisplayName: "Gone"})
		goneSP := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: gone.AppID})
		c := newClient(t, s)
		require.Equal(t, 204, c.do("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": readerRoles()}).status)
		require.Equal(t, 204, c.do("PATCH", "/servicePrincipals/"+sp.ID, map[string]any{"appRoleAssignmentRequired": true}).status)
		require.Equal(t, 204, c.do("PATCH", "/applications/"+gone.ID, map[string]any{"appRoles": readerRoles()}).status)
		require.Equal(t, 204, c.do("DELETE", "/servicePrincipals/"+goneSP.ID, nil).status)
		time.Sleep(15 * time.Second)
		assert.Equal(t, true, c.get("/servicePrincipals/" + sp.ID).json["appRoleAssignmentRequired"])
		assert.Len(t, c.get("/servicePrincipals/" + sp.ID).json["appRoles"], 1)
		assert.Equal(t, 404, c.get("/servicePrincipals/"+goneSP.ID).status, "and it must not bring back what was deleted")
	})
}

// A copy that would arrive before the service principal itself waits for it.
func TestCopiesWaitForWhatTheyChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			s := graphfake.New(&graphfake.Options{TB: t, Seed: seed, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{Jitter: time.Minute}}, Copying: 1}})
			app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
			c := newClient(t, s)
			sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": app.AppID})
			require.Equal(t, 201, sp.status, sp.text)
			require.Equal(t, 204, c.do("PATCH", "/applications/"+app.ID, map[string]any{"appRoles": readerRoles()}).status)
			for range 70 {
				time.Sleep(time.Second)
				c.get("/servicePrincipals")
			}
			assert.Len(t, c.get("/servicePrincipals/" + sp.json["id"].(string)).json["appRoles"], 1, "seed %d", seed)
		})
	}
}

// Advanced queries are answered by an index of its own.
// https://learn.microsoft.com/graph/aad-advanced-queries
func TestAdvancedQueriesLagBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}}, Index: graphfake.Lag{Time: 30 * time.Second}}})
		c := newClient(t, s)
		require.Equal(t, 201, c.do("POST", "/users", newUser("ada")).status)
		require.Len(t, c.get("/users").values(), 1)
		assert.Empty(t, c.advanced().get("/users?$count=true").values())
		time.Sleep(30 * time.Second)
		assert.Len(t, c.advanced().get("/users?$count=true").values(), 1)
	})
}

func TestChoiceOfReplica(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		choose func(graphfake.Visit) int
		want   []int
	}{
		{"round robin, with reads counted for themselves", graphfake.RoundRobin(), []int{200, 404, 404, 200, 404, 404}},
		{"in turn, then the last one", graphfake.InTurn(0, 2, 1, 0, 0), []int{404, 404, 200, 200, 200, 200}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}, {Time: time.Hour}, {Time: time.Hour}}, Choose: tc.choose}})
			c := newClient(t, s)
			id := c.do("POST", "/users", newUser("ada")).json["id"].(string)
			var got []int
			for range tc.want {
				got = append(got, c.get("/users/"+id).status)
			}
			assert.Equal(t, tc.want, got)
			for i, r := range s.Requests()[1:] {
				assert.Equal(t, tc.want[i] == 200, r.Replica == 0, "the record says which replica was met")
			}
		})
	}
}

// A listing that lags does not show what the object itself does.
func TestOneListingLags(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t, Replication: two(graphfake.Behind("/users"))})
	c := newClient(t, s)
	id := c.do("POST", "/users", newUser("ada")).json["id"].(string)
	assert.Empty(t, c.get("/users").json["value"])
	assert.Equal(t, 200, c.get("/users/"+id).status)
}

// Without Choose, chance decides: repeatable from the seed, and mixed.
func TestReplicasByChanceRepeat(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (got []int) {
		s := graphfake.New(&graphfake.Options{TB: t, Seed: seed, Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}, {Time: time.Hour}}}})
		c := newClient(t, s)
		c.do("POST", "/users", newUser("ada"))
		for range 40 {
			got = append(got, c.get("/users/ada@contoso.example").status)
		}
		return got
	}
	assert.Equal(t, run(7), run(7))
	assert.NotEqual(t, run(7), run(8))
	assert.Contains(t, run(7), 200)
	assert.Contains(t, run(7), 404)
}

// Whatever the replicas did, in the end all agree with the primary.
func TestReplicasConverge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Seed: 3, Replication: &graphfake.Replication{
			Replicas: []graphfake.Lag{{Time: time.Second, Jitter: 20 * time.Second}, {Time: 5 * time.Second, Jitter: 9 * time.Second}, {Time: time.Minute}},
			Copying:  7 * time.Second, Choose: graphfake.RoundRobin()}})
		c := newClient(t, s)
		for i := range 30 {
			name := "u" + string(rune('a'+i%7))
			c.do("POST", "/users", newUser(name))
			time.Sleep(500 * time.Millisecond)
			c.do("PATCH", "/users/"+name+"@contoso.example", map[string]any{"displayName": time.Now().String()})
			if i%3 == 0 {
				c.do("DELETE", "/users/"+name+"@contoso.example", nil)
			}
		}
		time.Sleep(2 * time.Minute)
		first := c.get("/users?$select=id,displayName").text
		assert.NotEmpty(t, s.Users())
		for range 3 {
			a := c.get("/users?$select=id,displayName")
			assert.Equal(t, first, a.text)
			assert.Len(t, a.values(), len(s.Users()))
		}
	})
}
