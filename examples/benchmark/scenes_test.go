package benchmark_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/article"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// cases are the table's rows beside the article's work, with what each costs at
// least and what it may cost.
func cases() []workCase {
	const rows = 10_000
	filters := ceil(rows, filterTakes)
	asked := toll{trips: 1, requests: ceil(filters, batchTakes), units: filters}
	return []workCase{
		{work: "matching, a batch takes 750 ms", rows: 100_000, users: 100_000, open: slowBatches, large: true,
			floor: matchingToll(100_000, 100_000), within: 19.9},
		{work: "matching by two rules, 90% misses in the first", rows: 100_000, users: 100_000, open: twoRules, large: true,
			floor: matchingToll(100_000, 100_000).plus(matchingToll(90_000, 100_000)), within: 19.9},
		{work: "matching by proxyAddresses", rows: rows, users: 1_000_000, open: byAttribute("proxyAddresses"), large: true,
			floor: asked, within: 1.95},
		{work: "matching by otherMails", rows: rows, users: 1_000_000, open: byAttribute("otherMails"), large: true,
			floor: asked, within: 1.95},
		{work: "matching by a filter rule", rows: rows, users: 10_000, open: byFilter, floor: asked, within: 1.95},
		{work: "verifying 10 changes", rows: 100_000, users: 100_000, open: verifying, large: true,
			floor: toll{trips: 2, requests: 2, units: 20, waits: 3 * time.Second}, within: 4.29},
		{work: "verifying 10 changes", rows: 500_000, users: 500_000, open: verifying, large: true,
			floor: toll{trips: 2, requests: 2, units: 20, waits: 3 * time.Second}, within: 4.29},
		{work: "one row not found, 20,000 deleted users", rows: 100, users: 20_000, open: oneDeleted,
			floor: toll{trips: 2, requests: 2, units: 8}, within: 0.39},
		{work: "near matches of rows not found", rows: rows, users: 10_000, open: nearRules,
			floor: toll{trips: 1, requests: ceil(nearQueries*filters, batchTakes), units: nearQueries * filters}, within: 3.9},
		{work: "access through 200 groups", rows: 200, users: 2_000, open: groups,
			floor: toll{trips: 2, requests: 21, units: 600}, within: 2},
		{work: "an access package", rows: rows, users: rows, open: accessPackage, large: true,
			floor: toll{trips: 1, requests: ceil(rows, batchTakes), governance: rows}, within: 6_565},
	}
}

// nearQueries is how many things are asked of a row that has an address and a name.
const nearQueries = 7

// newScene is a tenant whose users have addresses of all kinds.
func newScene(t *testing.T, users int, change func(i int, u *graphfake.User)) *graphfake.Server {
	fake := newTenant(t, 0)
	fake.AddUsers(func(yield func(graphfake.User) bool) {
		i := 0
		for user := range staff(users) {
			if change != nil {
				change(i, &user)
			}
			if i++; !yield(user) {
				return
			}
		}
	})
	return fake
}

// finding is rollcall's matching by m, of whose rows so many must be found.
func finding(t *testing.T, transport http.RoundTripper, l list, m match.Matcher, found int) func() {
	return func() {
		report, err := match.Run(t.Context(), connectTo(t, transport, graph.ConnectOptions{}), l.rows(t), m, nil)
		require.NoError(t, err)
		require.Equal(t, found, report.Count(match.Matched))
	}
}

// scripting is the article's matching by the attributes in turn, each for those rows
// that were not found before.
func scripting(t *testing.T, transport http.RoundTripper, l list, columns, attributes []string, found int) func() {
	return func() {
		var rows []roster.Row
		for row, err := range l.rows(t) {
			require.NoError(t, err)
			rows = append(rows, row)
		}
		n := 0
		for i := range columns {
			script := article.Script{Graph: &http.Client{Transport: transport}, Column: columns[i], Attribute: attributes[i]}
			lists := script.Match(t.Context(), rows)
			rows, n = lists.NotMatched, n+len(lists.MatchIDs)
		}
		require.Equal(t, found, n)
	}
}

func slowBatches(t *testing.T, rows, users int) scene {
	fake := newTenant(t, users)
	slow := slowBatch{fake.Transport()}
	l := newList(rows, users)
	return scene{fake, scripting(t, slow, l, []string{column}, []string{attribute}, rows),
		finding(t, slow, l, match.Column(column, attribute), rows)}
}

// twoRules is a list with numbers of which one in ten is some user's.
func twoRules(t *testing.T, rows, users int) scene {
	fake := newScene(t, users, func(i int, u *graphfake.User) {
		if i%10 == 0 {
			u.EmployeeID = number(i)
		}
	})
	var b strings.Builder
	b.WriteString("Number,EMail\n")
	for i := range rows {
		fmt.Fprintf(&b, "%s,%s\n", number(i), principalName(i))
	}
	l := list(b.String())
	m := match.FirstOf(match.Column("Number", "employeeId"), match.Column(column, attribute))
	return scene{fake, scripting(t, fake.Transport(), l, []string{"Number", column}, []string{"employeeId", attribute}, rows),
		finding(t, fake.Transport(), l, m, rows)}
}

func number(i int) string { return fmt.Sprintf("N%07d", i) }

func byAttribute(attribute string) func(t *testing.T, rows, users int) scene {
	return func(t *testing.T, rows, users int) scene {
		fake := newScene(t, users, func(i int, u *graphfake.User) {
			if attribute == "otherMails" {
				u.OtherMails = []string{u.UserPrincipalName}
			} else {
				u.Mail = u.UserPrincipalName
			}
		})
		return scene{fake: fake, rollcall: finding(t, fake.Transport(), newList(rows, users), match.Column(column, attribute), rows)}
	}
}

func byFilter(t *testing.T, rows, users int) scene {
	fake := newScene(t, users, func(_ int, u *graphfake.User) { u.Mail = u.UserPrincipalName })
	m, err := match.Filter("mail eq {EMail}")
	require.NoError(t, err)
	l := newList(rows, users)
	return scene{fake, scripting(t, fake.Transport(), l, []string{column}, []string{"mail"}, rows),
		finding(t, fake.Transport(), l, m, rows)}
}

// verifying looks for ten new assignments in an application with many.
func verifying(t *testing.T, rows, users int) scene {
	fake := newTenant(t, users)
	app := newApplication(fake, "verified")
	current := assignAll(t, fake, app, rows)
	fresh, before := current[:10], current[10:]
	plan := assign.Plan{ResourceID: app.ID, Application: "verified", Before: before}
	for _, a := range fresh {
		plan.Changes = append(plan.Changes, assign.Change{Action: assign.Add, PrincipalID: a.PrincipalID, AppRoleID: roleID})
	}
	return scene{fake: fake,
		article: func() {
			time.Sleep(time.Minute)
			script := article.Script{Graph: &http.Client{Transport: fake.Transport()}}
			all, err := script.Assignments(t.Context(), app.ID)
			require.NoError(t, err)
			require.Len(t, all, rows)
		},
		rollcall: func() {
			_, err := assign.Verify(t.Context(), connect(t, fake, graph.ConnectOptions{}), plan, nil)
			require.NoError(t, err)
		}}
}

// assignAll gives the role to the first n users.
func assignAll(t *testing.T, fake *graphfake.Server, app graphfake.ServicePrincipal, n int) []assign.Assignment {
	all := make([]assign.Assignment, n)
	objects := make([]map[string]any, n)
	for i := range all {
		user := fmt.Sprintf("5e1f0000-0000-4000-8000-%012d", i)
		all[i] = assign.Assignment{ID: fmt.Sprintf("assignment-%032d", i), PrincipalID: user, PrincipalType: "User",
			AppRoleID: roleID, ResourceID: app.ID}
		objects[i] = map[string]any{"id": all[i].ID, "principalId": user, "resourceId": app.ID, "appRoleId": roleID,
			"createdDateTime": "1999-12-01T00:00:00Z"}
	}
	load(t, fake, "appRoleAssignments", objects)
	return all
}

// load puts many objects into a tenant at once.
func load(t *testing.T, fake *graphfake.Server, section string, objects []map[string]any) {
	directory, err := json.Marshal(map[string]any{section: objects})
	require.NoError(t, err)
	require.NoError(t, fake.Load(bytes.NewReader(directory)))
}

// oneDeleted is a list with one row whose user was deleted, as many others were.
func oneDeleted(t *testing.T, rows, users int) scene {
	fake := newScene(t, users+rows, func(i int, u *graphfake.User) {
		if i >= users {
			u.Mail = u.UserPrincipalName
		}
	})
	deleted := make([]map[string]any, users)
	for i := range deleted {
		id := fmt.Sprintf("de1e0000-0000-4000-8000-%012d", i)
		deleted[i] = map[string]any{"@odata.type": "#microsoft.graph.user", "id": id, "mail": principalName(i),
			"userPrincipalName": strings.ReplaceAll(id, "-", "") + principalName(i)}
	}
	load(t, fake, "deletedItems", deleted)
	var b strings.Builder
	b.WriteString("EMail\n")
	for i := range rows {
		fmt.Fprintln(&b, principalName(users-1+i))
	}
	return scene{fake: fake, rollcall: finding(t, fake.Transport(), list(b.String()), match.Column(column, "mail"), rows-1)}
}

// nearRules is a list of people of whom nobody is found.
func nearRules(t *testing.T, rows, users int) scene {
	fake := newScene(t, users, func(i int, u *graphfake.User) { u.Mail, u.Surname = u.UserPrincipalName, surname(i) })
	var b strings.Builder
	b.WriteString("Name,EMail\n")
	for i := range rows {
		fmt.Fprintf(&b, "Given%d %s,nobody%d@fabrikam.example\n", i, surname(users+i), i)
	}
	client := connect(t, fake, graph.ConnectOptions{})
	report, err := match.Run(t.Context(), client, list(b.String()).rows(t), match.Column(column, "mail"), nil)
	require.NoError(t, err)
	require.Equal(t, rows, report.Count(match.NotFound))
	return scene{fake: fake, rollcall: func() {
		_, err := near.Ask(t.Context(), connect(t, fake, graph.ConnectOptions{}), report, nil)
		require.NoError(t, err)
	}}
}

func surname(i int) string { return fmt.Sprintf("Surname%d", i) }

// groups is an application whose roles people have through groups.
func groups(t *testing.T, rows, users int) scene {
	fake := newTenant(t, users)
	app := newApplication(fake, "grouped")
	for i := range rows {
		var members []string
		for k := range 10 {
			members = append(members, fmt.Sprintf("5e1f0000-0000-4000-8000-%012d", (10*i+k)%users))
		}
		group := fake.AddGroup(graphfake.Group{DisplayName: fmt.Sprint("group ", i), Members: members,
			More: map[string]any{"mailEnabled": false, "securityEnabled": true}})
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: group.ID, ResourceID: app.ID, AppRoleID: roleID})
	}
	return scene{fake: fake, rollcall: func() {
		access, err := governance.New(connect(t, fake, graph.ConnectOptions{})).Access(t.Context(), app.ID)
		require.NoError(t, err)
		require.Len(t, access.Members, rows)
	}}
}

// accessPackage gives a package to everybody, at the rate that is reported for
// identity governance.
func accessPackage(t *testing.T, rows, users int) scene {
	limits := append(graphfake.PublishedLimits(graphfake.Large), graphfake.GovernanceLimit())
	fake := graphfake.New(&graphfake.Options{TB: t, Latency: latency, Throttle: &graphfake.Throttle{Limits: limits}})
	fake.AddUsers(staff(users))
	app := newApplication(fake, "packaged")
	fake.AddAccessPackage(graphfake.AccessPackage{DisplayName: "users", ResourceID: app.ID, AppRoleIDs: []string{roleID}})
	return scene{fake: fake, rollcall: func() {
		client := governance.New(connect(t, fake, graph.ConnectOptions{}))
		p, err := client.FindAccessPackage(t.Context(), "users")
		require.NoError(t, err)
		ids := make([]string, rows)
		for i := range ids {
			ids[i] = fmt.Sprintf("5e1f0000-0000-4000-8000-%012d", i)
		}
		report, err := client.AssignPackage(t.Context(), p, ids, &governance.PackageOptions{MaxRequests: assign.NoLimit})
		require.NoError(t, err)
		require.Equal(t, rows, report.Count(governance.PackageDelivered))
	}}
}
