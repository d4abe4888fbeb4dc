package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func createUsersCommand(ctx context.Context, s *session) error {
	report, err := s.match(ctx)
	if err != nil {
		return err
	}
	if s.opts.out != "" {
		plan, err := s.planUsers(ctx, report)
		if err == nil && s.opts.strict {
			_, err = s.matchPlanned(ctx, report, plan)
		}
		if err != nil || s.opts.dryRun {
			return err
		}
		return s.writeBulkCreate(plan.Users)
	}
	_, err = s.createUsers(ctx, report)
	return err
}

// planUsers says who is to be created for the rows that nobody was found for.
func (s *session) planUsers(ctx context.Context, report *match.Report) (*entra.CreationPlan, error) {
	s.heading("Create missing users")
	var rows []roster.Row
	toCreate, undecided := s.toCreate(), 0
	for o := range report.Of(match.NotFound) {
		if toCreate(o) {
			rows = append(rows, o.Row)
		} else {
			undecided++
		}
	}
	s.notDecided(undecided)
	wanted, missing := s.opts.create.NewUsers(slices.Values(rows))
	plan, err := s.tenant.client.PlanUsers(ctx, wanted)
	if err != nil {
		return nil, err
	}
	s.printNewUsers(report, plan, missing)
	return plan, plan.Check(len(report.Outcomes), s.creationLimits())
}

// createUsers makes users for the rows that nobody was found for, and matches
// again until they are found. It returns the new report; in a dry run, one in
// which the planned users are there already.
func (s *session) createUsers(ctx context.Context, report *match.Report) (*match.Report, error) {
	plan, err := s.planUsers(ctx, report)
	if err != nil {
		return nil, err
	}
	if s.opts.dryRun || s.opts.strict {
		if report, err = s.matchPlanned(ctx, report, plan); err != nil {
			return nil, err
		}
	}
	if len(plan.Users)+len(plan.Existing) == 0 || s.opts.dryRun {
		return report, nil
	}
	if err := s.writeUsers(ctx, plan.Users); err != nil {
		return nil, err
	}
	return s.matchAgain(ctx)
}

// writeBulkCreate writes the new users for the portal, where somebody else creates them.
func (s *session) writeBulkCreate(users []entra.NewUser) error {
	var lacking []string
	err := writeFile(s.opts.out, func(w io.Writer) (err error) {
		lacking, err = entra.WriteBulkCreate(w, users)
		return err
	})
	if err != nil {
		return err
	}
	s.note("Nobody is created. %s is for Users, Bulk create in the Entra admin center; whoever uploads it fills in "+
		"the initial passwords. The next match finds the users.", s.opts.out)
	if len(lacking) > 0 {
		s.note("The file has no column for %s.", enumerate(lacking))
	}
	return nil
}

// matchPlanned matches all rows as if the planned users were there. What it finds
// then is what a dry run goes on with, and what -strict is about.
func (s *session) matchPlanned(
	ctx context.Context, report *match.Report, plan *entra.CreationPlan) (*match.Report, error) {
	if len(plan.Users)+len(plan.Existing) == 0 {
		return report, s.checkStrict(report)
	}
	planned, err := s.matchIn(ctx, plan)
	if err != nil {
		return nil, err
	}
	if err := s.checkStrict(planned); err != nil || !s.opts.dryRun {
		return report, err
	}
	s.doc.report = planned
	s.printFound("Matched as if they were there", planned, s.unseen(planned))
	return planned, nil
}

// unseen counts the rows with a new user that nobody was found for.
func (s *session) unseen(report *match.Report) (n int) {
	lines := make(map[int]bool)
	for _, u := range s.doc.Users {
		lines[u.Line] = u.there()
	}
	for o := range report.Of(match.NotFound) {
		if lines[o.Line()] {
			n++
		}
	}
	return n
}

// printNewUsers says who would be created and for which rows nobody can be, and
// starts the list of new users of the document.
func (s *session) printNewUsers(
	report *match.Report, plan *entra.CreationPlan, missing []*entra.MissingColumnError) {
	s.doc.Users = []newUser{}
	if len(plan.Users)+len(plan.Existing)+len(plan.Refused)+len(missing) == 0 {
		s.note("Every row that can be looked up has a user: nobody to create.")
		return
	}
	t := table{heads: []string{"line", "new user", "display name"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range plan.Users {
		t.add(fmt.Sprint(u.Row.Line()), u.UserPrincipalName, u.DisplayName)
		s.doc.Users = append(s.doc.Users,
			newUser{Line: u.Row.Line(), UserPrincipalName: u.UserPrincipalName, State: statePlanned})
	}
	s.note("%s to create; they cannot sign in until somebody enables them:", plural(len(plan.Users), "user"))
	t.print(s.out, rowsShown)
	s.printExisting(plan.Existing)
	s.printRefused(plan)
	s.printLacking(missing)
	for _, m := range missing {
		s.doc.Users = append(s.doc.Users, newUser{Line: m.Line, State: stateLacking, Error: m.Error()})
	}
	s.warnOfLookalikes(report, plan.Users)
}

// printExisting says whose accounts are there already.
func (s *session) printExisting(users []entra.ExistingUser) {
	t := table{heads: []string{"line", "already there", "display name"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range users {
		t.add(fmt.Sprint(u.Row.Line()), u.User.UserPrincipalName, u.User.DisplayName)
		s.doc.Users = append(s.doc.Users, newUser{Line: u.Row.Line(), UserPrincipalName: u.User.UserPrincipalName,
			ID: u.User.ID, State: stateExisted})
	}
	if t.rows != nil {
		s.out.block()
		t.print(s.out, rowsShown)
		s.out.block()
	}
}

// printRefused says who cannot be created, and what could not be found out.
func (s *session) printRefused(plan *entra.CreationPlan) {
	var refused []newUser
	for _, e := range plan.Refused {
		refused = append(refused, newUser{Line: e.User.Row.Line(), UserPrincipalName: e.User.UserPrincipalName,
			State: stateFailed, Error: e.Reason})
	}
	s.doc.Users = append(s.doc.Users, refused...)
	if plan.DomainsUnread != nil {
		s.note("Whether their domains are verified shows only when they are created: %s.",
			plan.DomainsUnread)
	}
	s.printNotCreated(refused, len(plan.Users)+len(refused))
}

// printNotCreated lists the users that could not be created, with the reason.
func (s *session) printNotCreated(users []newUser, all int) {
	t := table{heads: []string{"line", "not created", "why"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range users {
		if u.State == stateFailed {
			t.add(fmt.Sprint(u.Line), u.UserPrincipalName, u.Error)
		}
	}
	if n := len(t.rows); n > 0 {
		s.out.block()
		t.print(s.out, rowsShown)
		s.recordFailure("%d of %s could not be created", n, plural(all, "user"))
	}
}

// printLacking says for which rows nobody can be created.
func (s *session) printLacking(missing []*entra.MissingColumnError) {
	t := table{heads: []string{"line", "not created, as it has no"}, right: []bool{true}}
	for _, m := range missing {
		t.add(fmt.Sprint(m.Line), enumerate(m.Columns))
	}
	if t.rows != nil {
		s.out.block()
		t.print(s.out, rowsShown)
		s.out.block()
	}
}

// warnOfLookalikes names the new users who may be users who exist already.
func (s *session) warnOfLookalikes(report *match.Report, users []entra.NewUser) {
	creates := make(map[int]bool, len(users))
	for _, u := range users {
		creates[u.Row.Line()] = true
	}
	for o := range report.Of(match.NotFound) {
		if list := s.near.Of(o); len(list) > 0 && creates[o.Line()] {
			s.note("Look first: line %d is %s.", o.Line(), list[0].Why())
		}
	}
}

// A newUser is what became of one row that nobody was found for.
type newUser struct {
	Line              int    `json:"line"`
	UserPrincipalName string `json:"userPrincipalName,omitempty"`
	ID                string `json:"id,omitempty"`
	State             string `json:"state"`
	Error             string `json:"error,omitempty"`
}

// The states of a new user.
const (
	stateCreated  = "created"
	stateExisted  = "existed"  // somebody has that userPrincipalName already
	stateFailed   = "failed"   // Error says why
	stateNotTried = "notTried" // the program ended before
	statePlanned  = "planned"  // -dry-run
	stateLacking  = "lacking"  // the row has no value for a required attribute
)

// there reports whether the user is there, or will be in a dry run.
func (u newUser) there() bool {
	return u.State == statePlanned || u.State == stateCreated || u.State == stateExisted
}

// writeUsers creates users and records what became of each.
func (s *session) writeUsers(ctx context.Context, users []entra.NewUser) error {
	if len(users) == 0 {
		return nil
	}
	if err := s.confirm(ctx, "create "+plural(len(users), "user")); err != nil {
		return err
	}
	s.explain("Each gets a random password that nobody is told. The rows are looked up again until Entra shows them.")
	for i := range users {
		s.doc.Users[i].State = stateNotTried
	}
	show, wipe := s.progress("creating users")
	settled := 0
	for i, created := range s.tenant.client.CreateUsers(ctx, users) {
		s.doc.Users[i].settle(ctx, created)
		settled++
		show(settled, len(users))
	}
	wipe()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.printCreated(users)
	tried := s.doc.Users[:len(users)]
	made := func(u newUser) bool { return u.State != stateFailed }
	if !slices.ContainsFunc(tried, made) { // something is wrong beside the rows
		return withStatus(exitFailed, "nobody could be created: %s", s.doc.Users[0].Error)
	}
	return nil
}

func (u *newUser) settle(ctx context.Context, created entra.CreatedUser) {
	switch {
	case created.Err != nil && ctx.Err() != nil:
	case created.Err != nil:
		u.State, u.Error = stateFailed, created.Err.Error()
	case created.Existed:
		u.State, u.ID = stateExisted, created.User.ID
	default:
		u.State, u.ID = stateCreated, created.User.ID
	}
}

func (s *session) printCreated(users []entra.NewUser) {
	s.note("%s created.", plural(s.doc.count(stateCreated), "user"))
	if n := s.doc.count(stateExisted); n > 0 {
		s.note("%s already there under that userPrincipalName, and left unchanged.", agree(n, "user", "was", "were"))
	}
	s.printNotCreated(s.doc.Users[:len(users)], len(users))
}

// matchAgain matches all rows until those of new users find them, as the
// directory takes a while to show what was written, and prints the new counts.
func (s *session) matchAgain(ctx context.Context) (*match.Report, error) {
	deadline := time.Now().Add(s.opts.wait)
	if err := s.waitForUsers(ctx); err != nil {
		return nil, err
	}
	for {
		report, err := s.runMatch(ctx)
		if err != nil {
			return nil, err
		}
		unseen := s.unseen(report)
		if unseen > 0 && s.canFindNewUsers() && time.Now().Before(deadline) {
			if err := graph.Sleep(ctx, s.tenant.interval); err != nil {
				return nil, err
			}
			continue
		}
		s.printFound("Matched again", report, unseen)
		return report, s.writeUnresolved(report)
	}
}

// waitForUsers waits until new users can be read by their ids, which costs less
// than to look all rows up again.
func (s *session) waitForUsers(ctx context.Context) error {
	var ids []string
	for _, u := range s.doc.Users {
		if u.there() {
			ids = append(ids, u.ID)
		}
	}
	if !s.canFindNewUsers() {
		return nil
	}
	err := s.tenant.client.WaitForUsers(ctx, ids)
	if errors.Is(err, graph.ErrNotReplicated) {
		return nil // the rows will tell which
	}
	return err
}

// canFindNewUsers reports whether new users have an attribute that the rules look at.
func (s *session) canFindNewUsers() bool {
	for attribute := range s.opts.create {
		if slices.ContainsFunc(s.opts.rules, func(r rule) bool { return strings.EqualFold(attribute, r.attribute) }) {
			return true
		}
	}
	return false
}

func (s *session) printFound(how string, report *match.Report, unseen int) {
	found := 0
	for range report.Found(&match.FoundOptions{All: true}) {
		found++
	}
	s.note("%s: %s of %s now have a user.", how, thousands(found), plural(len(report.Outcomes), "row"))
	switch {
	case unseen > 0 && !s.canFindNewUsers():
		s.recordFailure("%s cannot be found by -match: let -create set an attribute that -match looks at",
			plural(unseen, "new user"))
	case unseen > 0:
		s.recordFailure("%s cannot be found yet; run this again later", plural(unseen, "new user"))
	}
}

// plannedID stands for the id of something that a dry run would create.
func plannedID(name string) string { return "planned:" + name }
