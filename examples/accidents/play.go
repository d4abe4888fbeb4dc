package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/examples/article"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A tenant is what an accident happens in. The users of Staff(n) are there as well.
type tenant struct {
	Staff    int // person000@contoso.example and so on
	Users    []graphfake.User
	Holds    []string // user names of those who hold the role; nil means nobody
	Entitled []string // user names of those who rightly have an account
	Faults   []graphfake.Fault
	Wrap     func(http.RoundTripper) http.RoundTripper
}

// A rule finds people by one column and one attribute: Email and
// userPrincipalName if empty.
type rule struct{ Column, Attribute string }

// limits are what rollcall is told beside the list.
type limits struct {
	Exclude   []match.Exclusion
	Additions int
	Protected bool // the first holder is protected
}

// A result is what a run did, by a look into the tenant afterwards.
type result struct {
	strangers int // who hold the role and are not entitled
	lost      int // who are entitled and held the role, and don't hold it any more
	unserved  int // who are entitled and don't hold the role, and of whom nothing is said
	disabled  int // who are called disabled, and are not
	said      string
}

const (
	roleID = "11111111-2222-4333-8444-555555555555"
	name   = "CORPDB1"
)

func person(n int) string { return fmt.Sprintf("person%03d@contoso.example", n) }

// people are the user names of persons a to b-1.
func people(a, b int) (all []string) {
	for n := a; n < b; n++ {
		all = append(all, person(n))
	}
	return all
}

// emails is a list with a column Email.
func emails(names ...string) string { return "Email\n" + strings.Join(names, "\n") + "\n" }

// A scene is one run's own tenant.
type scene struct {
	Accident
	fake *graphfake.Server
	app  string // id of the service principal
	http http.RoundTripper
}

func (a Accident) newScene() *scene {
	s := &scene{Accident: a, fake: graphfake.New(nil)}
	if s.Rule == (rule{}) {
		s.Rule = rule{"Email", "userPrincipalName"}
	}
	for _, upn := range people(0, a.Tenant.Staff) {
		s.fake.AddUser(graphfake.User{UserPrincipalName: upn, Mail: upn})
	}
	for _, u := range a.Tenant.Users {
		s.fake.AddUser(u)
	}
	app := s.fake.AddApplication(graphfake.Application{DisplayName: name,
		AppRoles: []graphfake.AppRole{{ID: roleID, DisplayName: "General"}}})
	s.app = s.fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID}).ID
	for _, upn := range a.Tenant.Holds {
		s.fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: s.id(upn), ResourceID: s.app, AppRoleID: roleID})
	}
	s.fake.Inject(a.Tenant.Faults...)
	if s.http = s.fake.Transport(); a.Tenant.Wrap != nil {
		s.http = a.Tenant.Wrap(s.http)
	}
	return s
}

func (s *scene) id(upn string) string {
	u, ok := s.fake.User(upn)
	if !ok {
		panic("no user " + upn)
	}
	return u.ID
}

// play runs one way of working in a tenant of its own and looks at what it did.
func (a Accident) play(ctx context.Context, run func(context.Context, *scene) (result, error)) (result, error) {
	s := a.newScene()
	r, err := run(ctx, s)
	if err != nil {
		return r, err
	}
	holds := map[string]bool{}
	for _, held := range s.fake.Assignments(s.app) {
		holds[held.PrincipalID] = true
	}
	entitled := map[string]bool{}
	for _, upn := range a.Tenant.Entitled {
		id := s.id(upn)
		entitled[id] = true
		switch {
		case holds[id]:
		case slices.Contains(a.Tenant.Holds, upn):
			r.lost++
		default:
			r.unserved++
		}
	}
	for id := range holds {
		if !entitled[id] {
			r.strangers++
		}
	}
	return r, nil
}

// theLoop is the article's script: it reads the list as Import-Csv does, matches
// and assigns, and goes on after every error.
func theLoop(ctx context.Context, s *scene) (r result, err error) {
	rows, err := importCSV(s.List)
	if err != nil {
		return r, err
	}
	script := article.Script{Graph: &http.Client{Transport: s.http}, Column: s.Rule.Column, Attribute: s.Rule.Attribute}
	lists := script.Match(ctx, rows)
	existing, _ := script.Assignments(ctx, s.app) // an error is printed, and $existing is empty
	failed := script.Assign(ctx, s.app, roleID, script.NotInRole(lists.MatchIDs, existing))
	for _, id := range lists.NotEnabled {
		if u, _ := s.fake.User(id); !u.Disabled {
			r.disabled++
		}
	}
	r.said = fmt.Sprintf("%d rows found, %d not found, %d calls failed; it removes nobody",
		len(lists.MatchIDs), len(rows)-len(lists.MatchIDs), failed)
	return r, nil
}

// importCSV reads as PowerShell does: a record that is short has no values, and
// one that is too long loses some.
func importCSV(list string) (rows []roster.Row, err error) {
	csv := csv.NewReader(strings.NewReader(list))
	csv.FieldsPerRecord, csv.LazyQuotes = -1, true
	names, err := csv.Read()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	header, err := roster.NewHeader("list.csv", names)
	if err != nil {
		return nil, err
	}
	for {
		record, err := csv.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := csv.FieldPos(0)
		fields := append(record, make([]string, len(names))...)[:len(names)]
		rows = append(rows, roster.NewRow(header, line, fields))
	}
}

// rollcall brings the application in line with the list, removals included. It
// stops at the first refusal.
func rollcall(ctx context.Context, s *scene) (r result, err error) {
	refused := func(err error) (result, error) { return result{said: "refuses: " + firstPart(err.Error())}, nil }
	options := &graph.ConnectOptions{Transport: s.http, Options: graph.Options{MaxRetries: graph.NoRetry}}
	client, err := entra.Connect(graph.StaticToken("for the fake"), options)
	if err != nil {
		return r, err
	}
	list, err := roster.NewReader(bytes.NewReader([]byte(s.List)), nil)
	if err != nil {
		return refused(err)
	}
	report, err := match.Run(ctx, client, list.Rows(), match.Column(s.Rule.Column, s.Rule.Attribute),
		&match.Options{Exclusions: s.Limits.Exclude})
	if err != nil {
		return refused(err)
	}
	r.disabled = countCalledDisabled(s, report)
	plan, err := s.plan(ctx, client, report)
	if err != nil {
		r.said = "refuses: " + firstPart(err.Error()) + openRows(report)
		return r, nil
	}
	if _, err := assign.Apply(ctx, client, plan, nil); err != nil {
		return r, err
	}
	r.said = fmt.Sprintf("adds %d, removes %d", plan.Count(assign.Add), plan.Count(assign.Remove)) + openRows(report)
	return r, nil
}

func (s *scene) plan(ctx context.Context, client *entra.Client, report *match.Report) (assign.Plan, error) {
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: name})
	if err != nil {
		return assign.Plan{}, err
	}
	role, err := assign.OneRole(app.AppRoles, "General")
	if err != nil {
		return assign.Plan{}, err
	}
	wants, bad := assign.Wants(report.Found(nil), role)
	current, err := client.SettledAssignments(ctx, app.ServicePrincipalID)
	if err != nil {
		return assign.Plan{}, err
	}
	policy := &assign.Policy{Remove: assign.RemoveUnlisted, MaxAdditions: s.Limits.Additions, Roll: assign.NewRoll(report, bad)}
	if s.Limits.Protected {
		policy.Protected = []string{s.id(s.Tenant.Holds[0])}
	}
	plan, err := assign.NewPlan(app.App(), wants, current, policy)
	if errors.Is(err, assign.ErrUnfinished) && len(wants) > 0 { // as without -remove-unlisted
		policy.Remove = assign.RemoveNothing
		plan, err = assign.NewPlan(app.App(), wants, current, policy)
	}
	return plan, err
}

func countCalledDisabled(s *scene, report *match.Report) (n int) {
	for o := range report.Of(match.Matched) {
		if u, _ := s.fake.User(o.User.ID); !o.Enabled() && !u.Disabled {
			n++
		}
	}
	return n
}

// openRows gives the first reason of each kind of row that found nobody.
func openRows(report *match.Report) string {
	var b strings.Builder
	seen := map[match.Kind]bool{}
	for o := range report.All() {
		if !seen[o.Kind] && (o.User == nil || o.Kind == match.Duplicate) {
			seen[o.Kind] = true
			fmt.Fprintf(&b, "; %s: %s", o.Kind, firstPart(o.Reason()))
		}
	}
	return b.String()
}

// firstPart is what is wrong, without the advice.
func firstPart(reason string) string {
	head, _, _ := strings.Cut(reason, "; ")
	return head
}
