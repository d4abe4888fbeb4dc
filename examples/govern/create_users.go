package main

import (
	"context"
	"errors"
	"fmt"
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
	_, err = s.createUsers(ctx, report)
	return err
}

// createUsers makes users for the rows that nobody was found for, and matches
// again until they are found. It returns the new report; in a dry run, one in
// which the planned users are there already.
func (s *session) createUsers(ctx context.Context, report *match.Report) (*match.Report, error) {
	s.heading("Create missing users")
	var rows []roster.Row
	for o := range report.Of(match.NotFound) {
		rows = append(rows, o.Row)
	}
	users, missing := s.opts.create.NewUsers(slices.Values(rows))
	s.printNewUsers(report, users, missing)
	if err := s.checkStrict(report, linesOf(users)); err != nil {
		return nil, err
	}
	if len(users) == 0 {
		return report, nil
	}
	if s.opts.dryRun {
		return withPlanned(report, users), nil
	}
	if err := s.confirm(ctx, "create "+plural(len(users), "user")); err != nil {
		return nil, err
	}
	s.explain("Each gets a random password that nobody is told. The rows are looked up again until Entra shows them.")
	if err := s.writeUsers(ctx, users); err != nil {
		return nil, err
	}
	return s.matchAgain(ctx)
}

func linesOf(users []entra.NewUser) map[int]bool {
	lines := make(map[int]bool, len(users))
	for _, u := range users {
		lines[u.Row.Line()] = true
	}
	return lines
}

// printNewUsers says who would be created and for which rows nobody can be, and
// starts the list of new users of the document.
func (s *session) printNewUsers(report *match.Report, users []entra.NewUser, missing []*entra.MissingColumnError) {
	s.doc.Users = []newUser{}
	if len(users)+len(missing) == 0 {
		s.note("Every row that can be looked up has a user: nobody to create.")
		return
	}
	t := table{heads: []string{"line", "new user", "display name"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range users {
		t.add(fmt.Sprint(u.Row.Line()), u.UserPrincipalName, u.DisplayName)
		s.doc.Users = append(s.doc.Users,
			newUser{Line: u.Row.Line(), UserPrincipalName: u.UserPrincipalName, State: statePlanned})
	}
	s.note("%s to create; they cannot sign in until somebody enables them:", plural(len(users), "user"))
	t.print(s.out, rowsShown)
	s.printLacking(missing)
	for _, m := range missing {
		s.doc.Users = append(s.doc.Users, newUser{Line: m.Line, State: stateLacking, Error: m.Error()})
	}
	s.warnOfLookalikes(report, users)
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

// warnOfLookalikes names the new users who may be somebody that is there already.
func (s *session) warnOfLookalikes(report *match.Report, users []entra.NewUser) {
	creates := linesOf(users)
	for o := range report.Of(match.NotFound) {
		if len(o.Near) > 0 && creates[o.Line()] {
			near := o.Near[0]
			s.note("Look first: line %d may be %s (found by %s).",
				o.Line(), near.User.UserPrincipalName, near.Query.Rule)
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

// writeUsers creates users and records what became of each.
func (s *session) writeUsers(ctx context.Context, users []entra.NewUser) error {
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
	if s.doc.count(stateFailed) == len(users) { // something is wrong beside the rows
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
	t := table{heads: []string{"line", "not created", "why"}, right: []bool{true}, keep: []bool{true}}
	for _, u := range s.doc.Users {
		if u.State == stateFailed {
			t.add(fmt.Sprint(u.Line), u.UserPrincipalName, u.Error)
		}
	}
	if n := len(t.rows); n > 0 {
		s.out.block()
		t.print(s.out, rowsShown)
		s.recordFailure("%d of %s could not be created", n, plural(len(users), "user"))
	}
}

// matchAgain matches all rows until those of new users find them, as the
// directory takes a while to show what was written, and prints the new counts.
func (s *session) matchAgain(ctx context.Context) (*match.Report, error) {
	deadline := time.Now().Add(s.opts.wait)
	awaited, err := s.waitForUsers(ctx)
	if err != nil {
		return nil, err
	}
	for {
		report, err := s.runMatch(ctx)
		if err != nil {
			return nil, err
		}
		unseen := 0
		for o := range report.Of(match.NotFound) {
			if awaited[o.Line()] {
				unseen++
			}
		}
		if unseen > 0 && s.canFindNewUsers() && time.Now().Before(deadline) {
			if err := graph.Sleep(ctx, s.tenant.interval); err != nil {
				return nil, err
			}
			continue
		}
		s.printFound(report, unseen)
		return report, s.writeUnresolved(report)
	}
}

// waitForUsers waits until new users can be read by their ids, which costs less
// than to look all rows up again, and returns their lines.
func (s *session) waitForUsers(ctx context.Context) (lines map[int]bool, err error) {
	lines = make(map[int]bool)
	var ids []string
	for _, u := range s.doc.Users {
		if u.State == stateCreated || u.State == stateExisted && s.matchesByName() {
			lines[u.Line] = true
			ids = append(ids, u.ID)
		}
	}
	if !s.canFindNewUsers() {
		return lines, nil
	}
	if err = s.tenant.client.WaitForUsers(ctx, ids); errors.Is(err, graph.ErrNotReplicated) {
		err = nil // the rows will tell which
	}
	return lines, err
}

// matchesByName reports whether a row finds whoever has the name that -create
// would give, so that a user who exists already, perhaps since an earlier run
// that was cut off, can be waited for.
func (s *session) matchesByName() bool {
	return slices.ContainsFunc(s.opts.rules, func(r rule) bool {
		return strings.EqualFold(r.attribute, "userPrincipalName") &&
			strings.EqualFold(r.column, s.opts.create["userPrincipalName"])
	})
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

func (s *session) printFound(report *match.Report, unseen int) {
	found := 0
	for range report.Found(&match.FoundOptions{All: true}) {
		found++
	}
	s.note("Matched again: %s of %s now have a user.", thousands(found), plural(len(report.Outcomes), "row"))
	switch {
	case unseen > 0 && !s.canFindNewUsers():
		s.recordFailure("%s cannot be found by -match: let -create set an attribute that -match looks at",
			plural(unseen, "new user"))
	case unseen > 0:
		s.recordFailure("%s cannot be found yet; run this again later", plural(unseen, "new user"))
	}
}

// withPlanned returns report as it would be if users were there. Their ids are
// not known yet and begin with "planned:".
func withPlanned(report *match.Report, users []entra.NewUser) *match.Report {
	byLine := make(map[int]entra.NewUser, len(users))
	for _, u := range users {
		byLine[u.Row.Line()] = u
	}
	planned := new(match.Report)
	*planned = *report
	planned.Outcomes = slices.Clone(report.Outcomes)
	for i := range planned.Outcomes {
		o := &planned.Outcomes[i]
		if u, ok := byLine[o.Line()]; ok && o.Kind == match.NotFound {
			o.Kind = match.Matched
			name := u.UserPrincipalName
			o.User = &match.User{ID: plannedID(name), UserPrincipalName: name, DisplayName: u.DisplayName}
		}
	}
	return planned
}

// plannedID stands for the id of something that a dry run would create.
func plannedID(name string) string { return "planned:" + name }
