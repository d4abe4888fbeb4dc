package governance_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A scene is a tenant with an application whose access can be reviewed: CORPDB1
// with the roles General and Auditor, its owner, and its users, whose logins in
// the application are their names in capitals.
type scene struct {
	t          testing.TB
	fake       *graphfake.Server
	client     *entra.Client
	governance *governance.Client
	app        graphfake.ServicePrincipal
	owner      graphfake.User
	users      map[string]graphfake.User
	logins     []string
}

const general, auditor = 0, 1

func newScene(t testing.TB, fake *graphfake.Server, transport http.RoundTripper) *scene {
	t.Helper()
	x := &scene{t: t, fake: fake, users: map[string]graphfake.User{}}
	if transport == nil {
		transport = fake.Transport()
	}
	x.client = x.connect(transport)
	x.governance = governance.New(x.client)
	app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1", Tags: []string{entra.IntegratedTag},
		AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"},
			{DisplayName: "Auditor", Value: "Auditor"}}})
	x.app = fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	x.owner = x.user("olga")
	return x
}

// connect makes a client of its own, as another run of the program would have.
func (x *scene) connect(transport http.RoundTripper) *entra.Client {
	x.t.Helper()
	client, err := entra.Connect(graph.StaticToken("SECRET-TOKEN"),
		&graph.ConnectOptions{Transport: faulttest.Record(transport), Options: graph.Options{Unpaced: true, InFlight: 1}})
	require.NoError(x.t, err)
	return client
}

// user adds somebody; roles are those that they hold.
func (x *scene) user(name string, roles ...int) graphfake.User {
	address := name + "@contoso.example"
	user := x.fake.AddUser(graphfake.User{UserPrincipalName: address, DisplayName: name, Mail: address})
	x.users[name] = user
	for _, role := range roles {
		x.assign(user.ID, role)
	}
	if len(roles) > 0 {
		x.logins = append(x.logins, name)
	}
	return user
}

func (x *scene) assign(principal string, role int) graphfake.AppRoleAssignment {
	return x.fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: principal, ResourceID: x.app.ID,
		AppRoleID: x.app.AppRoles[role].ID})
}

// grant returns the id of the first assignment of somebody's own.
func (x *scene) grant(name string) string {
	for _, a := range x.fake.Assignments(x.app.ID) {
		if a.PrincipalID == x.users[name].ID {
			return a.ID
		}
	}
	x.t.Fatalf("%s holds no role", name)
	return ""
}

// manages makes boss the manager of somebody.
func (x *scene) manages(boss, name string) {
	x.send(http.MethodPut, "/users/"+x.users[name].ID+"/manager/$ref",
		fmt.Sprintf(`{"@odata.id":"https://graph.microsoft.com/v1.0/users/%s"}`, x.users[boss].ID))
}

// send makes a request behind the client's back.
func (x *scene) send(method, path, body string) {
	x.t.Helper()
	r, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	require.NoError(x.t, err)
	r.Header.Set("Content-Type", "application/json")
	res, err := x.fake.Transport().RoundTrip(r)
	require.NoError(x.t, err)
	require.Less(x.t, res.StatusCode, 300, "%s %s", method, path)
	_ = res.Body.Close()
}

// review is a review of the application by its owner for ten days.
func (x *scene) review() governance.Review {
	return governance.Review{DisplayName: "CORPDB1 Q4", ServicePrincipalID: x.app.ID, ApplicationName: "CORPDB1",
		AutoApply: true,
		Stages: []governance.ReviewStage{
			{Reviewers: []governance.QueryScope{governance.UserReviewer(x.owner.ID)}, Days: 10}}}
}

// export is the application's export: a login and an address for each user.
func (x *scene) export() string {
	var b strings.Builder
	b.WriteString("Login,Email\n")
	for _, name := range x.logins {
		fmt.Fprintf(&b, "%s,%s@contoso.example\n", strings.ToUpper(name), name)
	}
	return b.String()
}

func rosterOf(t testing.TB, csv string) *roster.Reader {
	t.Helper()
	reader, err := roster.NewReader(strings.NewReader(csv), &roster.Options{Name: "users.csv"})
	require.NoError(t, err)
	return reader
}

// report reads the export with a client and looks everybody up.
func (x *scene) report(ctx context.Context, client *entra.Client) (*match.Report, error) {
	return match.Run(ctx, client, rosterOf(x.t, x.export()).Rows(), match.Column("Email", "userPrincipalName"), nil)
}

// open opens the application's journal.
func (x *scene) open(client *entra.Client, path string) *fulfill.Journal {
	x.t.Helper()
	app, err := client.FindApplication(x.t.Context(), entra.ApplicationRef{DisplayName: "CORPDB1"})
	require.NoError(x.t, err)
	journal, err := fulfill.OpenJournal(path, app.App(), nil)
	require.NoError(x.t, err)
	return journal
}

// look looks at the tenant with a client; at the export too, if it is not nil.
func (x *scene) look(ctx context.Context, client *entra.Client, state *fulfill.State,
	export *match.Report) (fulfill.Look, error) {
	return governance.New(client).Look(ctx, state, &governance.LookOptions{Report: export,
		List: &fulfill.ListOptions{Column: "Login"}})
}

// begin begins a journal with a look at the export and at the tenant.
func (x *scene) begin(client *entra.Client) *fulfill.Journal {
	x.t.Helper()
	journal := x.open(client, filepath.Join(x.t.TempDir(), "CORPDB1.journal"))
	x.t.Cleanup(func() { _ = journal.Close() })
	report, err := x.report(x.t.Context(), client)
	require.NoError(x.t, err)
	look, err := x.look(x.t.Context(), client, journal.State(), report)
	require.NoError(x.t, err)
	record(x.t, journal, look)
	return journal
}

// record adds to a journal what a look brings.
func record(t testing.TB, journal *fulfill.Journal, look fulfill.Look) {
	t.Helper()
	news, err := journal.State().Compare(look, nil)
	require.NoError(t, err)
	require.NoError(t, journal.Record(news))
}

// revocations lists who lost access since the last look of a journal, which stays as
// it is.
func (x *scene) revocations(journal *fulfill.Journal, packages ...*governance.AccessPackage) *fulfill.Revocations {
	x.t.Helper()
	look, err := x.governance.Look(x.t.Context(), journal.State(), &governance.LookOptions{Packages: packages})
	require.NoError(x.t, err)
	news, err := journal.State().Compare(look, nil)
	require.NoError(x.t, err)
	return news.Revocations()
}

// causes returns why each account is listed, by login, or by the name of who has none.
func causes(list *fulfill.Revocations) map[string]fulfill.Cause {
	causes := map[string]fulfill.Cause{}
	for _, r := range list.Accounts {
		causes[r.Account.Key] = r.Lost[0].Cause
	}
	for _, r := range list.NoAccount {
		causes[r.People[0].String()] = r.Lost[0].Cause
	}
	return causes
}

// decide lets the owner, or the manager, decide about somebody.
func (x *scene) decide(review, name, decision string) {
	x.t.Helper()
	require.NoError(x.t, x.fake.Decide(graphfake.Decision{Review: review, Principal: x.users[name].ID,
		Decision: decision, Justification: "because"}))
}

// An answering transport answers requests whose path ends so with a body of its own.
type answering struct {
	next         http.RoundTripper
	suffix, body string
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, a.suffix) {
		return faulttest.Answer(a.body).Response(r), nil
	}
	return a.next.RoundTrip(r)
}
