package chaos_test

import (
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/roster"
)

// A scene is how the tenant stands before the flow; its people are those that
// testdata/roster.csv speaks of.
type scene string

const (
	// unknown: the application does not exist.
	unknown scene = "unknown"
	// halfway: it is registered and has no service principal.
	halfway scene = "halfway"
	// standing: it is in use, with other people's roles, tags and assignments,
	// and two assignments that no row asks for any more.
	standing scene = "standing"
)

var scenes = []scene{unknown, halfway, standing}

// removes reports whether the flow is to take away what no row asks for.
func (s scene) removes() bool { return s == standing }

// removable are the assignments that may go, as "principal role".
var removable = map[string]bool{"zed@contoso.example Reader": true, "bo@contoso.example Auditor": true}

// readRoster returns the rows of the roster that the flow is run on.
func readRoster(t testing.TB) []roster.Row {
	t.Helper()
	file, err := roster.OpenFile("testdata/roster.csv", nil)
	require.NoError(t, err)
	defer file.Close()
	var rows []roster.Row
	for row, err := range file.Rows() {
		require.NoError(t, err)
		rows = append(rows, row)
	}
	return rows
}

// fill puts the scene into an empty tenant.
func (s scene) fill(fake *graphfake.Server) {
	addPeople(fake)
	if s == unknown {
		return
	}
	app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1", Tags: []string{"finance"}, AppRoles: []graphfake.AppRole{
		{DisplayName: "Auditor", Value: "Auditor"}, {DisplayName: "Reader", Value: "Reader"}}})
	if s == halfway {
		return
	}
	principal := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	assign := func(id, role string) {
		for _, r := range app.AppRoles {
			if r.DisplayName == role {
				fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: id, ResourceID: principal.ID, AppRoleID: r.ID})
			}
		}
	}
	for _, held := range [][2]string{{"ada", "Reader"}, {"bo", "Auditor"}, {"dee", "Reader"}, {"zed", "Reader"}} {
		user, _ := fake.User(held[0] + "@contoso.example")
		assign(user.ID, held[1])
	}
	zed, _ := fake.User("zed@contoso.example")
	group := fake.AddGroup(graphfake.Group{DisplayName: "Auditors", Members: []string{zed.ID}})
	assign(group.ID, "Auditor")
}

func addPeople(fake *graphfake.Server) {
	for _, u := range []graphfake.User{
		{UserPrincipalName: "ada", Mail: "ada@contoso.example"},
		{UserPrincipalName: "bo", Mail: "bo.o'neil+db@contoso.example", More: login("corp-bo")},
		{UserPrincipalName: "bo2", Mail: "bo.o'neil@contoso.example"},
		{UserPrincipalName: "cy", Mail: "cy@contoso.example", More: login("corp-cy")},
		{UserPrincipalName: "dee", More: login("corp-dee")},
		{UserPrincipalName: "gus", Mail: "gus@contoso.example", Disabled: true},
		{UserPrincipalName: "hal", Mail: "hal@contoso.example"},
		{UserPrincipalName: "jan", Mail: "jan@contoso.example"},
		{UserPrincipalName: "twin1", More: login("corp-twin")},
		{UserPrincipalName: "twin2", More: login("corp-twin")},
		{UserPrincipalName: "zed", Mail: "zed@contoso.example"},
	} {
		u.UserPrincipalName += "@contoso.example"
		fake.AddUser(u)
	}
	fake.DeleteUser("hal@contoso.example")
	fake.DeleteUser("jan@contoso.example")
}

func login(name string) map[string]any { return map[string]any{"onPremisesSamAccountName": name} }

// replicated is a directory of three replicas, and an index for advanced
// queries, that learn of writes late; who meets which is scattered by seed and
// by the order of requests, so that runs repeat.
func replicated(seed uint64) *graphfake.Replication {
	return &graphfake.Replication{
		Replicas: graphfake.EvenLags(3, 10*time.Second),
		Index:    graphfake.Lag{Time: 7 * time.Second},
		Copying:  5 * time.Second,
		Choose: func(v graphfake.Visit) int {
			h := fnv.New32a()
			fmt.Fprint(h, seed, v.Write, v.N)
			return int(h.Sum32()>>8) % v.Replicas
		},
	}
}
