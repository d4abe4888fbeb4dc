package governance_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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

// snapshot imports the export with a client.
func (x *scene) snapshot(ctx context.Context, client *entra.Client) (fulfill.Snapshot, error) {
	report, err := match.Run(ctx, client, rosterOf(x.t, x.export()).Rows(), match.Column("Email", "userPrincipalName"),
		nil)
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"})
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	access, err := governance.New(client).Access(ctx, app.ServicePrincipalID)
	if err != nil {
		return fulfill.Snapshot{}, err
	}
	return fulfill.NewSnapshot(app.App(), report.Found(&match.FoundOptions{All: true}), access, time.Now(),
		&fulfill.SnapshotOptions{Column: "Login"})
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
