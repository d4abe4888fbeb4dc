package chaos_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// people hold the role General of CORPDB1, and have accounts in it; zoe is nobody there.
var people = strings.Fields("ada bob cy dee eve fay gus hal ida jon")

// A company is a tenant with those people, and a program that keeps it in line.
type company struct {
	folder    string // for the journal
	fake      *graphfake.Server
	transport http.RoundTripper
	list, key string
	ids       map[string]string // object ids by name
	resource  string            // object id of CORPDB1's service principal
	rightful  []string          // the names of those who should hold the role
	closed    []string          // the names of those whose accounts were said to be closed

	// What the program sets.
	options graph.Options
	matched func(*match.Options)
	policy  func(*assign.Policy)
}

func export(names ...string) string {
	var b strings.Builder
	b.WriteString("Login,Name,Email\n")
	for _, name := range names {
		b.WriteString(strings.ToUpper(name) + "," + name + "," + name + "@contoso.example\n")
	}
	return b.String()
}

func newCompany(t *testing.T, list, key string) *company {
	fake := graphfake.New(nil)
	c := &company{folder: t.TempDir(), fake: fake, transport: fake.Transport(), ids: map[string]string{}, rightful: people,
		list: cmp.Or(list, export(people...)), key: cmp.Or(key, "Email=userPrincipalName"),
		options: graph.Options{Unpaced: true, MaxRetries: 3, ReplicationWait: 30 * time.Second}}
	app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1",
		AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	principal := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	c.resource = principal.ID
	for i, name := range append(slices.Clone(people), "zoe") {
		c.ids[name] = fake.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", DisplayName: name,
			EmployeeID: fmt.Sprint(418 + i)}).ID
		if name != "zoe" {
			fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: c.ids[name], ResourceID: principal.ID,
				AppRoleID: principal.AppRoles[0].ID})
		}
	}
	return c
}

// harmed reports whether anybody lost or was given a role, or was said to have lost it,
// and should not.
func (c *company) harmed() bool {
	holds := map[string]bool{}
	for _, a := range c.fake.Assignments(c.resource) {
		holds[a.PrincipalID] = true
	}
	for _, name := range c.rightful {
		if !holds[c.ids[name]] || slices.Contains(c.closed, name) {
			return true
		}
	}
	return len(holds) > len(people)
}

func withoutLimits(p *assign.Policy) { p.MaxRemovals, p.MaxRemovalShare = assign.NoLimit, 1 }

func removingNothing(p *assign.Policy) { p.Remove = assign.RemoveNothing }

func (c *company) RoundTrip(r *http.Request) (*http.Response, error) { return c.transport.RoundTrip(r) }

func (c *company) client() (*entra.Client, error) {
	return entra.Connect(graph.StaticToken("for the fake"), &graph.ConnectOptions{Transport: c, Options: c.options})
}

// reconcile gives the role to whoever is on the list and takes it from everybody else.
// It returns what it says of it.
func (c *company) reconcile(ctx context.Context) string {
	client, err := c.client()
	if err != nil {
		return err.Error()
	}
	report, err := c.match(ctx, client, c.list, c.key)
	if err != nil {
		return err.Error()
	}
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"})
	if err != nil {
		return err.Error()
	}
	role, err := assign.OneRole(app.AppRoles, "General")
	if err != nil {
		return err.Error()
	}
	wants, failed := assign.Wants(report.Found(nil), role)
	current, err := client.SettledAssignments(ctx, app.ServicePrincipalID)
	if err != nil {
		return err.Error()
	}
	policy := assign.Policy{Remove: assign.RemoveUnlisted, Roll: assign.NewRoll(report, failed)}
	if c.policy != nil {
		c.policy(&policy)
	}
	plan, err := assign.NewPlan(app.App(), wants, current, &policy)
	if err == nil {
		_, err = assign.Apply(ctx, client, plan, nil)
	}
	return fmt.Sprint(plan.Count(assign.Add), " added, ", plan.Count(assign.Remove), " removed: ", err)
}

func (c *company) match(ctx context.Context, client *entra.Client, list, key string) (*match.Report, error) {
	rows, err := roster.NewReader(strings.NewReader(list), nil)
	if err != nil {
		return nil, err
	}
	var options match.Options
	if c.matched != nil {
		c.matched(&options)
	}
	column, attribute, _ := strings.Cut(key, "=")
	return match.Run(ctx, client, rows.Rows(), match.Column(column, attribute), &options)
}

// close begins a journal, lets something happen, and lists the accounts to close.
func (c *company) close(ctx context.Context, happen func()) string {
	client, err := c.client()
	if err != nil {
		return err.Error()
	}
	report, err := c.match(ctx, client, export(people...), "Email=userPrincipalName")
	if err != nil {
		return err.Error()
	}
	state, err := begun(ctx, c.folder, client, report, "Login")
	if err != nil {
		return err.Error()
	}
	happen()
	look, err := governance.New(client).Look(ctx, state, nil)
	if err != nil {
		return err.Error()
	}
	news, err := state.Compare(look, &fulfill.RevocationOptions{MaxAccountShare: 1})
	if err != nil {
		return err.Error()
	}
	lost := news.Revocations()
	for _, r := range lost.Accounts {
		if r.Action() != fulfill.LookInto {
			c.closed = append(c.closed, strings.ToLower(r.Account.Key))
		}
	}
	return fmt.Sprint(len(lost.Accounts), " accounts listed")
}
