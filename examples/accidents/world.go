package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/internal/article"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// people have accounts in CORPDB1 and users in Entra.
var people = strings.Fields("ada bob cy dee eve fay gus hal ida jon")

// A world is a tenant with those people and CORPDB1, which has the role General.
type world struct {
	fake      *graphfake.Server
	transport http.RoundTripper // what both programs talk through
	app       graphfake.ServicePrincipal
	ids       map[string]string // object ids by name
	rightful  []string          // the names of those who should hold the role
	closed    []string          // the names of those whose accounts were said to be closed

	// What a careless caller of rollcall might do; nil for what a careful one does.
	matched func(*match.Options)
	policy  func(*assign.Policy)
	options func(*graph.Options)
}

// tuned lets a function change options, if there is one.
func tuned[T any](options T, tune func(*T)) *T {
	if tune != nil {
		tune(&options)
	}
	return &options
}

func newWorld(a accident) *world {
	fake := graphfake.New(&graphfake.Options{Permissions: a.hidden, Replication: a.replication})
	w := &world{fake: fake, transport: fake.Transport(), ids: map[string]string{}, rightful: people}
	app := fake.AddApplication(graphfake.Application{DisplayName: "CORPDB1",
		AppRoles: []graphfake.AppRole{{DisplayName: "General", Value: "General"}}})
	w.app = fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true,
		Tags: []string{entra.IntegratedTag}})
	for i, name := range people {
		user := fake.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", DisplayName: name,
			Mail: name + "@contoso.example", EmployeeID: fmt.Sprint(418 + i)})
		w.ids[name] = user.ID
		if a.holding {
			w.give(user.ID)
		}
	}
	return w
}

// give assigns the role as if it had always been so; assignNow does it by a request,
// which replicas learn of later.
func (w *world) give(principal string) {
	w.fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: principal, ResourceID: w.app.ID,
		AppRoleID: w.app.AppRoles[0].ID})
}

func (w *world) assignNow(principal string) {
	w.send(http.MethodPost, "/servicePrincipals/"+w.app.ID+"/appRoleAssignedTo", fmt.Sprintf(
		`{"principalId":%q,"resourceId":%q,"appRoleId":%q}`, principal, w.app.ID, w.app.AppRoles[0].ID))
}

func (w *world) take(name string) {
	for _, a := range w.fake.Assignments(w.app.ID) {
		if a.PrincipalID == w.ids[name] {
			w.send(http.MethodDelete, "/servicePrincipals/"+w.app.ID+"/appRoleAssignedTo/"+a.ID, "")
		}
	}
}

// send makes a request as an administrator in the portal does.
func (w *world) send(method, path, body string) {
	r, err := http.NewRequest(method, "https://graph.microsoft.com/v1.0"+path, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.fake.AppToken("Directory.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"))
	res, err := w.fake.Transport().RoundTrip(r)
	if err != nil || res.StatusCode >= 300 {
		panic(fmt.Sprint(method, " ", path, ": ", res, err))
	}
	res.Body.Close()
}

// A harm is what a program did to people.
type harm struct{ granted, removed, closed int }

func (h harm) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{h.granted, "given to the wrong person"}, {h.removed, "taken from somebody who should have it"},
		{h.closed, "closed of somebody with access"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprint(part.n, " ", part.what))
		}
	}
	if parts == nil {
		return "no harm"
	}
	return strings.Join(parts, ", ")
}

// harm compares the tenant with who should hold the role. held are those who held
// it before the program ran; nil if the program assigns nothing.
func (w *world) harm(held map[string]bool) (h harm) {
	now := w.holders()
	rightful := map[string]bool{}
	for _, name := range w.rightful {
		rightful[w.ids[name]] = true
	}
	for id := range now {
		if held != nil && !rightful[id] && !held[id] {
			h.granted++
		}
	}
	for id := range held {
		if rightful[id] && !now[id] {
			h.removed++
		}
	}
	for _, name := range w.closed {
		if rightful[w.ids[name]] {
			h.closed++
		}
	}
	return h
}

// holders are the object ids of those who hold the role.
func (w *world) holders() map[string]bool {
	ids := map[string]bool{}
	for _, a := range w.fake.Assignments(w.app.ID) {
		ids[a.PrincipalID] = true
	}
	return ids
}

// script is the article's program.
func (w *world) script(a accident) article.Script {
	return article.Script{Graph: &http.Client{Transport: signedIn{w.transport, w.token()}}, Column: a.column(),
		Attribute: a.attribute()}
}

// A signedIn transport adds a token.
type signedIn struct {
	next  http.RoundTripper
	token string
}

func (t signedIn) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+t.token)
	return t.next.RoundTrip(r)
}

// token is what both programs sign in with.
func (w *world) token() string {
	return w.fake.AppToken("Directory.Read.All", "AccessReview.Read.All", "AppRoleAssignment.ReadWrite.All")
}

// scriptRows are the rows as Import-Csv reads them: a quote that doesn't close in its
// line goes on in the next ones.
// Whoever is excluded is struck from the list beforehand.
func (a accident) scriptRows() (rows []roster.Row) {
	excluded := map[string]bool{}
	for _, e := range a.exclusions {
		excluded[e.Value] = true
	}
	in := csv.NewReader(strings.NewReader(a.theList()))
	in.LazyQuotes, in.FieldsPerRecord = true, -1
	names, err := in.Read()
	if err != nil {
		return nil
	}
	header, err := roster.NewHeader("", names)
	if err != nil {
		return nil
	}
	for line := 2; ; line++ {
		record, err := in.Read()
		if err == io.EOF {
			return rows
		}
		if err == nil && len(record) == len(names) && !excluded[record[len(record)-1]] {
			rows = append(rows, roster.NewRow(header, line, record))
		}
	}
}

// runScript matches and assigns as the article does. Where the accident is about
// removals it has the line that scripts of the trade add: whoever is not matched
// loses the role.
func (w *world) runScript(ctx context.Context, a accident) {
	script := w.script(a)
	lists := script.Match(ctx, a.scriptRows())
	existing, _ := script.Assignments(ctx, w.app.ID)
	script.Assign(ctx, w.app.ID, w.app.AppRoles[0].ID, script.NotInRole(lists.MatchIDs, existing))
	for _, e := range existing {
		if a.removes && !slices.Contains(lists.MatchIDs, e.PrincipalID) {
			script.Remove(ctx, w.app.ID, e.ID)
		}
	}
}

// closeByScript closes the accounts of whoever is not among the assignments any more,
// by the article's own comparison, or is on its list of users who are not enabled.
func (w *world) closeByScript(ctx context.Context, a accident) {
	script := w.script(a)
	existing, _ := script.Assignments(ctx, w.app.ID)
	gone := append(script.NotInRole(w.idsOf(people), existing), script.Match(ctx, a.scriptRows()).NotEnabled...)
	for _, name := range people {
		if slices.Contains(gone, w.ids[name]) {
			w.closed = append(w.closed, name)
		}
	}
}

func (w *world) idsOf(names []string) (ids []string) {
	for _, name := range names {
		ids = append(ids, w.ids[name])
	}
	return ids
}

func (w *world) connect() (*entra.Client, error) {
	options := tuned(graph.Options{Unpaced: true, MaxRetries: 3, ReplicationWait: 5 * time.Second}, w.options)
	return entra.Connect(graph.StaticToken(w.token()), &graph.ConnectOptions{Transport: anyTime{w}, Options: *options})
}

// anyTime is the world's transport as it is at the time of a request.
type anyTime struct{ *world }

func (t anyTime) RoundTrip(r *http.Request) (*http.Response, error) { return t.transport.RoundTrip(r) }

// reconcile matches and assigns with rollcall, and returns its answer in one line.
func (w *world) reconcile(ctx context.Context, a accident) string {
	client, err := w.connect()
	if err != nil {
		return err.Error()
	}
	list, err := roster.NewReader(strings.NewReader(a.theList()), nil)
	if err != nil {
		return err.Error()
	}
	report, err := match.Run(ctx, client, list.Rows(), match.Column(a.column(), a.attribute()),
		tuned(match.Options{Exclusions: a.exclusions}, w.matched))
	if err != nil {
		return err.Error()
	}
	found, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"})
	if err != nil {
		return err.Error()
	}
	role, err := assign.OneRole(found.AppRoles, "General")
	if err != nil {
		return err.Error()
	}
	wants, failed := assign.Wants(report.Found(nil), role)
	current, err := client.SettledAssignments(ctx, found.ServicePrincipalID)
	if err != nil {
		return err.Error()
	}
	policy := assign.Policy{Roll: assign.NewRoll(report, failed)}
	if a.removes {
		policy.Remove = assign.RemoveUnlisted
	}
	plan, err := assign.NewPlan(found.App(), wants, current, tuned(policy, w.policy))
	if err == nil {
		_, err = assign.Apply(ctx, client, plan, nil)
	}
	if err != nil {
		return err.Error()
	}
	return summary(report, plan)
}

// summary says what became of the rows and what was changed.
func summary(report *match.Report, plan assign.Plan) string {
	var parts []string
	for _, kind := range []match.Kind{match.Matched, match.NoKey, match.Duplicate, match.SameUser, match.NotFound,
		match.Ambiguous, match.Deleted, match.Excluded, match.Failed} {
		if n := report.Count(kind); n > 0 {
			parts = append(parts, fmt.Sprint(n, " ", kind))
		}
	}
	return fmt.Sprintf("%s; %d added, %d removed", strings.Join(parts, ", "), plan.Count(assign.Add), plan.Count(assign.Remove))
}

// closeByRollcall takes a snapshot, lets the accident happen, and lists the accounts
// to close.
func (w *world) closeByRollcall(ctx context.Context, happen func()) string {
	client, err := w.connect()
	if err != nil {
		return err.Error()
	}
	reviews := governance.New(client)
	found, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: "CORPDB1"})
	if err != nil {
		return err.Error()
	}
	list, err := roster.NewReader(strings.NewReader(export(people...)), nil)
	if err != nil {
		return err.Error()
	}
	report, err := match.Run(ctx, client, list.Rows(), match.Column("Email", "userPrincipalName"), nil)
	if err != nil {
		return err.Error()
	}
	access, err := reviews.AccessOf(ctx, found.ServicePrincipalID, w.idsOf(people))
	if err != nil {
		return err.Error()
	}
	snapshot, err := fulfill.NewSnapshot(found.App(), report.Found(&match.FoundOptions{All: true}), access,
		time.Now().Add(-time.Hour), &fulfill.SnapshotOptions{Column: "Email"})
	if err != nil {
		return err.Error()
	}
	happen()
	now, err := reviews.Present(ctx, snapshot, nil)
	if err != nil {
		return err.Error()
	}
	revocations, err := fulfill.NewRevocations(snapshot, now, nil)
	if limit := (*fulfill.LimitError)(nil); errors.As(err, &limit) {
		return fmt.Sprintf("refused: %d of %d accounts, and only %d may be closed", limit.Listed, limit.Current, limit.Allowed)
	}
	if err != nil {
		return err.Error()
	}
	looked := 0
	for _, r := range revocations.Accounts {
		if r.Action() == fulfill.LookInto {
			looked++
			continue
		}
		w.closed = append(w.closed, strings.TrimSuffix(r.Account.Key, "@contoso.example"))
	}
	return fmt.Sprintf("%d to close, %d to look into", len(revocations.Accounts)-looked, looked)
}
