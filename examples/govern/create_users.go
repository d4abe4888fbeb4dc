package main

import (
	"context"
	"fmt"
	"iter"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func createUsersCommand() command {
	return command{name: "create-users", needs: []need{needRoster, needMatch, needCreate}, run: func(ctx context.Context, s *session) error {
		report, err := s.match(ctx)
		if err != nil {
			return err
		}
		_, err = s.createUsers(ctx, report)
		return err
	}}
}

// createUsers makes users for the rows that nobody was found for, and matches
// again until they are found. It returns the new report; in a dry run, one in
// which the planned users are there already.
func (s *session) createUsers(ctx context.Context, report *match.Report) (*match.Report, error) {
	s.heading("Create missing users")
	users, missing := s.opts.create.NewUsers(rowsOf(report.Of(match.NotFound)))
	s.printNewUsers(report, users, missing)
	if err := s.strictly(report, linesOf(users)); err != nil {
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

func rowsOf(outcomes iter.Seq[match.Outcome]) iter.Seq[roster.Row] {
	return func(yield func(roster.Row) bool) {
		for o := range outcomes {
			if !yield(o.Row) {
				return
			}
		}
	}
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
		s.doc.Users = append(s.doc.Users, newUser{Line: u.Row.Line(), UserPrincipalName: u.UserPrincipalName, State: statePlanned})
	}
	s.note("%s to create; they cannot sign in until somebody enables them:", plural(len(users), "user"))
	t.print(s.out, rowsShown)
	s.printLacking(missing)
	for _, m := range missing {
		s.doc.Users = append(s.doc.Users, newUser{Line: m.Line, State: stateLacking, Error: m.Error()})
	}
	s.warnOfTwins(report, users)
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

// warnOfTwins names the new users who may be somebody that is there already.
func (s *session) warnOfTwins(report *match.Report, users []entra.NewUser) {
	creates := linesOf(users)
	for o := range report.Of(match.NotFound) {
		if len(o.Near) > 0 && creates[o.Line()] {
			s.note("Look first: line %d may be %s (found by %s).", o.Line(), clean(o.Near[0].User.UserPrincipalName), clean(o.Near[0].Query.Rule))
		}
	}
}
