package main

import (
	"context"
	"errors"

	"github.com/rollcall-go/rollcall/assign"
)

func verifyCommand(ctx context.Context, s *session) error {
	makePlan := s.planFromFlags // what it would change is what the tenant lacks
	if len(s.opts.args) == 1 {
		makePlan = s.readPlan
	}
	plan, err := makePlan(ctx)
	if err != nil {
		return err
	}
	return s.verify(ctx, plan)
}

// verify looks until the plan's changes can be read, or -wait is over. There is
// nothing to look for if all changes failed.
func (s *session) verify(ctx context.Context, plan assign.Plan) error {
	s.heading("Verify")
	if len(plan.Changes) == 0 && s.failure != nil {
		return nil
	}
	s.explain("The assignments are read until several reads in a row show all of them; Entra needs a while for that.")
	show, wipe := s.progress("waiting for assignments")
	seen, err := assign.Verify(ctx, s.tenant.client, plan, &assign.VerifyOptions{
		Wait: s.opts.wait, Interval: s.tenant.interval, Agree: s.tenant.agree, Progress: show})
	wipe()
	s.doc.Verification = seen
	seen.WriteText(&indenter{to: s.out})
	if errors.Is(err, assign.ErrNotVisible) {
		return withStatus(exitFailed, "%w", err)
	}
	return err
}
