package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
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

// A tenant is what an accident happens in.
type tenant struct {
	Staff    int // person000@contoso.example and so on
	Users    []graphfake.User
	Holds    []string // user names of those who hold the role; nil means nobody
	Entitled []string // user names of those who rightly have an account
	Faults   []graphfake.Fault
	Add      func(*scene) // more of what there is
	Wrap     func(http.RoundTripper) http.RoundTripper
}

// A rule finds people by one column and one attribute: Email and
// userPrincipalName if empty. Role is the column of their role; "" means General
// for everybody, which is all that the loop knows.
type rule struct{ Column, Attribute, Role string }

// limits are what rollcall is told beside the list.
type limits struct {
	Exclude   []match.Exclusion
	Additions int
	Protected bool // the first holder is protected
	AddOnly   bool // nothing is removed
}

// String says what rollcall was told, so that nobody takes it for a default.
func (l limits) String() string {
	switch {
	case len(l.Exclude) > 0:
		return fmt.Sprintf("told to exclude %d: ", len(l.Exclude))
	case l.Additions > 0:
		return fmt.Sprintf("told to add at most %d: ", l.Additions)
	case l.Protected:
		return "told to protect the administrator: "
	case l.AddOnly:
		return "told to remove nothing: "
	}
	return ""
}

// A result is what a run did, by a look into the tenant afterwards.
type result struct {
	strangers int // who hold the role and are not entitled
	lost      int // who are entitled and held the role, and don't hold it any more
	unserved  int // who are entitled and don't hold the role, and of whom nothing is said
	disabled  int // who are called disabled, and are not
	closed    int // accounts to close of people who lost nothing
	failed    int // calls that failed, and should not have been needed or did what they should
	unlisted  int // who are entitled and would lose the role if whoever wasn't found were removed
	said      string
}

const (
	roleID   = "11111111-2222-4333-8444-555555555555" // General, which the list stands for
	readerID = "22222222-2222-4333-8444-555555555555"
	name     = "CORPDB1"
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
	sp   string // id of the service principal
	http http.RoundTripper
}

func (a Accident) newScene() *scene {
	s := &scene{Accident: a, fake: graphfake.New(nil)}
	if s.Rule.Column == "" {
		s.Rule.Column, s.Rule.Attribute = "Email", "userPrincipalName"
	}
	for _, upn := range people(0, a.Tenant.Staff) {
		s.fake.AddUser(graphfake.User{UserPrincipalName: upn, Mail: upn})
	}
	for _, u := range a.Tenant.Users {
		s.fake.AddUser(u)
	}
	app := s.fake.AddApplication(graphfake.Application{DisplayName: name,
		AppRoles: []graphfake.AppRole{{ID: roleID, DisplayName: "General"}, {ID: readerID, DisplayName: "Reader"}}})
	s.sp = s.fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID}).ID
	for _, upn := range a.Tenant.Holds {
		s.give(s.id(upn), roleID)
	}
	if a.Tenant.Add != nil {
		a.Tenant.Add(s)
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

func (s *scene) give(principal, role string) {
	s.fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: principal, ResourceID: s.sp, AppRoleID: role})
}

// hiddenGroup is a group whose members only those may see who are in it.
func (s *scene) hiddenGroup(upn string) string {
	return s.fake.AddGroup(graphfake.Group{DisplayName: "Staff", Members: []string{s.id(upn)},
		More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []any{"Unified"}}}).ID
}

// play runs one way of working in a tenant of its own and looks at what it did.
func (a Accident) play(ctx context.Context, run func(context.Context, *scene) (result, error)) (result, error) {
	s := a.newScene()
	r, err := run(ctx, s)
	if err != nil {
		return r, err
	}
	holds := map[string]bool{}
	for _, held := range s.fake.Assignments(s.sp) {
		if held.AppRoleID == roleID && held.PrincipalType == "User" {
			holds[held.PrincipalID] = true
		}
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
	existing, _ := script.Assignments(ctx, s.sp) // an error is printed, and $existing is empty
	r.failed = script.Assign(ctx, s.sp, roleID, script.NotInRole(lists.MatchIDs, existing))
	for _, upn := range s.Tenant.Entitled {
		if slices.Contains(s.Tenant.Holds, upn) && !slices.Contains(lists.MatchIDs, s.id(upn)) {
			r.unlisted++
		}
	}
	for _, id := range lists.NotEnabled {
		if u, _ := s.fake.User(id); !u.Disabled {
			r.disabled++
		}
	}
	r.said = fmt.Sprintf("%d of %d rows found, %d calls failed", len(lists.MatchIDs), len(rows), r.failed)
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
	client, err := s.connect()
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
	change, err := s.plan(ctx, client, report)
	if err != nil {
		r.said = "refuses: " + reasons(err, change, report)
		return r, nil
	}
	if _, err := assign.Apply(ctx, client, change.Plan, nil); err != nil {
		return r, err
	}
	r.said = fmt.Sprintf("adds %d, removes %d", change.Count(assign.Add), change.Count(assign.Remove))
	if change.kept != nil {
		r.said = fmt.Sprintf("adds %d, refuses to remove", change.Count(assign.Add))
	}
	if why := reasons(change.kept, change, report); why != "" {
		r.said += ": " + why
	}
	return r, nil
}

func (s *scene) connect() (*entra.Client, error) {
	once := graph.Options{MaxRetries: graph.NoRetry} // the faults stay, and nobody wants to wait
	return entra.Connect(graph.StaticToken("for the fake"), &graph.ConnectOptions{Transport: s.http, Options: once})
}

// A change is what to do to the application.
type change struct {
	assign.Plan
	kept error               // why nothing may be removed, if nothing may
	bad  []*assign.WantError // rows whose role is not known
}

func (s *scene) plan(ctx context.Context, client *entra.Client, report *match.Report) (c change, err error) {
	app, err := client.FindApplication(ctx, entra.ApplicationRef{DisplayName: name})
	if err != nil {
		return c, err
	}
	role, err := assign.OneRole(app.AppRoles, "General")
	if err != nil {
		return c, err
	}
	if s.Rule.Role != "" {
		role = assign.RoleColumn(s.Rule.Role, app.AppRoles, nil)
	}
	wants, bad := assign.Wants(report.Found(nil), role)
	c.bad = bad
	current, err := client.SettledAssignments(ctx, app.ServicePrincipalID)
	if err != nil {
		return c, err
	}
	policy := &assign.Policy{Remove: assign.RemoveUnlisted, MaxAdditions: s.Limits.Additions,
		Roll: assign.NewRoll(report, bad)}
	if s.Limits.Protected {
		policy.Protected = []string{s.id(s.Tenant.Holds[0])}
	}
	if s.Limits.AddOnly {
		policy.Remove = assign.RemoveNothing
	}
	c.Plan, err = assign.NewPlan(app.App(), wants, current, policy)
	if errors.Is(err, assign.ErrUnfinished) && len(wants) > 0 {
		c.kept, policy.Remove = err, assign.RemoveNothing
		c.Plan, err = assign.NewPlan(app.App(), wants, current, policy)
	}
	return c, err
}

func countCalledDisabled(s *scene, report *match.Report) (n int) {
	for o := range report.Of(match.Matched) {
		if u, _ := s.fake.User(o.User.ID); !o.Enabled() && !u.Disabled {
			n++
		}
	}
	return n
}

// reasons are those of the first row of each kind that gets nothing, which say
// more than the refusal that follows from them.
func reasons(refusal error, c change, report *match.Report) string {
	var all []string
	seen := map[match.Kind]bool{}
	for o := range report.All() {
		if !seen[o.Kind] && (o.User == nil || o.Kind == match.Duplicate) {
			seen[o.Kind] = true
			all = append(all, fmt.Sprintf("line %d is %s: %s", o.Line(), o.Kind, firstPart(o.Reason())))
		}
	}
	if len(c.bad) > 0 {
		all = append(all, firstPart(c.bad[0].Error()))
	}
	if len(all) == 0 && refusal != nil {
		all = append(all, firstPart(refusal.Error()))
	}
	return strings.Join(all, "; ")
}

var (
	requestID = regexp.MustCompile(` \(request-id [^)]*\)`)
	firstTerm = regexp.MustCompile(`^(?:[^;(]|\([^)]*\))*`) // up to a semicolon that is not in brackets
)

// firstPart is what is wrong, without the advice.
func firstPart(reason string) string {
	return firstTerm.FindString(requestID.ReplaceAllString(reason, ""))
}
