package main

import (
	"context"

	"github.com/rollcall-go/rollcall/match"
)

// runCommand goes through the article's sections in order. What can be wrong with
// the application is found out before anything is written.
func runCommand(ctx context.Context, s *session) error {
	registration, err := s.planRegistration(ctx)
	if err != nil {
		return err
	}
	if err := s.openExistingJournal(registration.Application); err != nil {
		return err
	}
	if err := s.checkRolesAndRemovals(registration); err != nil {
		return err
	}
	report, err := s.match(ctx)
	if err != nil {
		return err
	}
	if report, err = s.missingUsers(ctx, report); err != nil {
		return err
	}
	s.withUser = make(map[int]bool)
	for o := range report.Found(&match.FoundOptions{All: true}) {
		s.withUser[o.Line()] = true
	}
	app, err := s.register(ctx)
	if err != nil {
		return err
	}
	if err := s.openJournal(app.App()); err != nil {
		return err
	}
	plan, err := s.plan(ctx, report, app)
	if err != nil {
		return err
	}
	made, err := s.apply(ctx, plan)
	if err != nil || s.opts.dryRun {
		return err
	}
	if err := s.verify(ctx, made); err != nil {
		return err
	}
	made.Before = plan.Before // the look must show what was left, too
	return s.lookAtAll(ctx, report, &made)
}

// missingUsers creates the users that are missing, if -create says how.
func (s *session) missingUsers(ctx context.Context, report *match.Report) (*match.Report, error) {
	if s.opts.create == nil {
		return report, s.checkStrict(report)
	}
	return s.createUsers(ctx, report)
}
