package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

//go:embed testdata/roster.csv testdata/exclusions.csv
var demoFiles embed.FS

// demoOptions is the command line of the demo:
//
//	govern run -roster roster.csv -exclude exclusions.csv -app CORPDB1 -role-column Role
//	  -match Email=userPrincipalName -match EmployeeID=employeeId
//	  -create 'displayName=Full name,userPrincipalName=Email,mailNickname=Alias,employeeId=EmployeeID'
//	  -journal CORPDB1.journal -account Login
//
// and then of review -reviewer … -auto-apply, status -do stop and
// revocations -webhook … -roster new-export.csv.
func demoOptions() options {
	return options{
		roster:  "testdata/roster.csv",
		exclude: "testdata/exclusions.csv",
		rules:   []rule{{column: "Email", attribute: "userPrincipalName"}, {column: "EmployeeID", attribute: "employeeId"}},
		app:     "CORPDB1", roleColumn: "Role", requireAssignment: true,
		create: entra.UserColumns{"displayName": "Full name", "userPrincipalName": "Email", "mailNickname": "Alias",
			"employeeId": "EmployeeID"},
		wait: time.Minute,

		account: "Login", reviewers: []string{demoReviewer}, autoApply: true,
		webhook: "https://tickets.contoso.example/new",
	}
}

// demoWorklist returns the FILE of "govern -worklist FILE", which is the demo with the
// worklist's page.
func demoWorklist(args []string) (path string, ok bool) {
	name, path, joined := strings.Cut(args[0], "=")
	if strings.TrimLeft(name, "-") != "worklist" || name == "worklist" {
		return "", false
	}
	if !joined && len(args) == 2 {
		return args[1], true
	}
	return path, joined && len(args) == 1
}

// demo shows the whole flow on the embedded tenant, and then that doing it
// again leaves nothing to do.
func (s *session) demo(ctx context.Context, page string) error {
	s.command, s.opts, s.tutorial = "demo", demoOptions(), true
	if page != "" {
		if err := s.opts.addWorklist(page); err != nil {
			return usageError("-worklist: %w", err)
		}
	}
	s.roster, s.excluded = fromFS(demoFiles, s.opts.roster), fromFS(demoFiles, s.opts.exclude)
	if err := s.connect(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "govern-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s.opts.journal = filepath.Join(folder, "CORPDB1.journal")
	s.introduce()
	if err := s.allParts(ctx); ctx.Err() != nil {
		return withStatus(exitInterrupted, "interrupted; nothing of the demo is kept")
	} else if err != nil {
		return err
	}
	s.explain("To do the same with your own application: govern -h lists the steps and flags. " +
		"Begin with govern run -live -dry-run …, which writes nothing.")
	return nil
}

func (s *session) allParts(ctx context.Context) error {
	if err := errors.Join(runCommand(ctx, s), s.closeJournal()); err != nil {
		return err
	}
	if err := s.secondRun(ctx); err != nil {
		return err
	}
	return s.reviewAndClose(ctx)
}

func (s *session) introduce() {
	for _, line := range wrap(fmt.Sprintf("The accounts of %s, an application that supports no provisioning, are "+
		"matched with users in Microsoft Entra ID and assigned to its roles there, so that their access can be reviewed. "+
		"All of this happens on a made-up tenant of %d users in memory: nothing leaves this machine.",
		s.opts.app, demoPeople+3), screen) {
		s.say("%s\n", line)
	}
	s.heading("Collect the accounts of the application")
	s.explain("roster.csv is the application's export: one row per account, with a login, a name, an e-mail address, " +
		"an employee number where there is one, and a role. exclusions.csv lists the accounts that belong to nobody, " +
		"such as backup jobs, with their owner.")
}

// secondRun does everything again, without a word, and reports what it found to do.
func (s *session) secondRun(ctx context.Context) error {
	s.heading("Run it again")
	again := &session{command: s.command, opts: s.opts, in: s.in, out: &console{to: io.Discard}, err: s.err,
		roster: s.roster, excluded: s.excluded, tenant: s.tenant}
	if err := errors.Join(runCommand(ctx, again), again.closeJournal()); err != nil {
		return err
	}
	d := &again.doc
	creatable := len(d.Users) - d.count(stateLacking)
	t := table{right: []bool{true}}
	t.add(fmt.Sprint(creatable), "users to create")
	t.add(fmt.Sprint(len(d.Registration.Steps)), "changes to the registration")
	t.add(fmt.Sprint(len(d.Plan.Changes)), "assignments to add or remove")
	t.print(s.out, 0)
	if left := creatable + len(d.Registration.Steps) + len(d.Plan.Changes); left > 0 {
		return fmt.Errorf("the second run found %d things to do", left)
	}
	s.explain("Nothing is left to do: a run that was stopped, or is repeated every night, does no harm.")
	return again.failure
}

// reviewAndClose goes on after the import: the review, what happens while it runs, the
// accounts to close, and the proof that they are.
func (s *session) reviewAndClose(ctx context.Context) error {
	app := s.doc.Application
	life := newDemoLife(s.tenant.fake, app.ServicePrincipalID)
	if err := s.preflightReview(ctx); err != nil {
		return err
	}
	if err := s.openJournal(app.App()); err != nil {
		return err
	}
	defer s.closeJournal()
	review, err := s.review(ctx, app)
	if err != nil {
		return err
	}
	if err := s.letTimePass(ctx, life, review); err != nil {
		return err
	}
	desk := &ticketRecorder{}
	s.tenant.ticketTransport = desk
	ticketer, err := s.ticketer()
	if err != nil {
		return err
	}
	export := s.newExport(life)
	s.roster = source{}
	if err := s.revocations(ctx, ticketer); err != nil {
		return err
	}
	s.explain("A ticket reads: %s. Running this again opens no second one.", desk.first)
	s.roster = export
	return s.proveClosed()
}

// letTimePass makes the days of the review go by: reviewers decide, people
// leave, and the round is stopped before its end.
func (s *session) letTimePass(ctx context.Context, life *demoLife, review *governance.ReviewDefinition) error {
	if err := s.untilItRuns(ctx, review.ID); err != nil {
		return err
	}
	if err := life.happen(review.ID); err != nil {
		return err
	}
	s.opts.do = "stop"
	if err := s.status(ctx, review); err != nil {
		return err
	}
	s.explain("Its reviewer has decided, and meanwhile somebody was deleted, somebody blocked from sign-in, and "+
		"somebody's role removed by hand. The round is stopped early, so that nobody has to wait %d days.", stageDays)
	waiting := &governance.WaitReviewOptions{Interval: s.tenant.interval, Wait: s.opts.wait}
	if _, err := s.tenant.governance.WaitReview(ctx, review, waiting); err != nil {
		return err
	}
	return graph.Sleep(ctx, demoLag) // what was removed can be seen for as long
}

func (s *session) untilItRuns(ctx context.Context, reviewID string) error {
	for {
		rounds, err := s.tenant.governance.ReviewInstances(ctx, reviewID)
		if err != nil || len(rounds) > 0 && rounds[0].Status.Is(governance.ReviewInProgress) {
			return err
		}
		if err := graph.Sleep(ctx, s.tenant.interval); err != nil {
			return err
		}
	}
}

// A demoLife is what happens to people while the review runs.
type demoLife struct {
	fake                      *graphfake.Server
	app                       string
	denied                    []string // user principal names
	removed, deleted, blocked string
}

// newDemoLife chooses whom it happens to, and gives one of them the role
// through a group as well, which no review takes away.
func newDemoLife(fake *graphfake.Server, app string) *demoLife {
	var names []string
	for _, a := range fake.Assignments(app) {
		if user, ok := fake.User(a.PrincipalID); ok && !user.Disabled {
			names = append(names, user.UserPrincipalName)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	life := &demoLife{fake: fake, app: app, denied: []string{names[4], names[17], names[30], names[43]},
		removed: names[9], deleted: names[22], blocked: names[35]}
	member, _ := fake.User(life.denied[3])
	group := fake.AddGroup(graphfake.Group{DisplayName: "Branch managers", Members: []string{member.ID}})
	role := life.rolesOf(member.ID)[0].AppRoleID
	fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: group.ID, ResourceID: app, AppRoleID: role})
	return life
}

func (l *demoLife) rolesOf(user string) (held []graphfake.AppRoleAssignment) {
	for _, a := range l.fake.Assignments(l.app) {
		if a.PrincipalID == user {
			held = append(held, a)
		}
	}
	return held
}

func (l *demoLife) happen(review string) error {
	for _, user := range l.fake.Users() {
		decision := "Approve"
		switch {
		case slices.Contains(l.denied, user.UserPrincipalName):
			decision = "Deny"
		case len(l.rolesOf(user.ID)) == 0 || user.Disabled:
			continue // not reviewed, or nobody gets round to it
		}
		if err := l.fake.Decide(graphfake.Decision{Review: review, Principal: user.ID, Decision: decision,
			Justification: "asked the department"}); err != nil {
			return err
		}
	}
	removed, _ := l.fake.User(l.removed)
	blocked, _ := l.fake.User(l.blocked)
	l.fake.DeleteUser(l.deleted)
	assignment := "/servicePrincipals/" + l.app + "/appRoleAssignedTo/" + l.rolesOf(removed.ID)[0].ID
	return errors.Join(l.byHand(http.MethodPatch, "/users/"+blocked.ID, `{"accountEnabled":false}`),
		l.byHand(http.MethodDelete, assignment, ""))
}

// byHand makes a request as an administrator does in the portal.
func (l *demoLife) byHand(method, path, body string) error {
	req, err := http.NewRequest(method, graph.DefaultEndpoint+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := l.fake.Transport().RoundTrip(req)
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: status %d", method, path, res.StatusCode)
	}
	return nil
}

// newExport is the application's export after most of the accounts were closed,
// and after the row that could not be read was corrected.
func (s *session) newExport(life *demoLife) source {
	open := s.roster.open
	closed := []string{life.denied[0], life.denied[1], life.removed, life.deleted}
	return source{name: "new-export.csv", open: func() (io.ReadCloser, error) {
		file, err := open()
		if err != nil {
			return nil, err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		var left bytes.Buffer
		corrected := strings.Replace(string(text), "Dubois, Clément", "Clément Dubois", 1)
		for line := range strings.Lines(corrected) {
			gone := func(name string) bool { return strings.Contains(strings.ToLower(line), strings.ToLower(name)) }
			if !slices.ContainsFunc(closed, gone) {
				left.WriteString(line)
			}
		}
		return io.NopCloser(&left), err
	}}
}

// A ticketRecorder takes tickets and remembers the first.
type ticketRecorder struct{ first string }

func (d *ticketRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	var ticket fulfill.Ticket
	if err := json.NewDecoder(r.Body).Decode(&ticket); err != nil {
		return nil, err
	}
	if d.first == "" {
		d.first = ticket.Summary
	}
	return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}
