package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
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
		s.explainMissing(ctx, seen)
		return withStatus(exitFailed, "%w", err)
	}
	return err
}

// auditSince is how far back the audit log is looked at if this run wrote nothing itself.
const auditSince = 24 * time.Hour

// explainMissing shows what the audit log says of changes that can't be seen. That it
// can't be read is said, and fails nothing.
func (s *session) explainMissing(ctx context.Context, seen *assign.Verification) {
	changes := slices.Concat(seen.Missing, seen.Remaining)
	for _, a := range seen.Gone {
		changes = append(changes, assign.Change{Action: assign.Add, PrincipalID: a.PrincipalID,
			PrincipalName: a.PrincipalDisplayName, AppRoleID: a.AppRoleID})
	}
	if len(changes) == 0 || ctx.Err() != nil {
		return
	}
	since, options := s.wroteFrom, &entra.AuditOptions{Wait: s.opts.wait, Interval: min(10*time.Second, s.opts.wait/10)}
	if since.IsZero() { // then nothing is on its way into the log
		since, options = time.Now().Add(-auditSince), nil
	}
	explained, err := s.tenant.client.ExplainChanges(ctx, seen.ResourceID, changes, since, options)
	s.out.block()
	if errors.Is(err, graph.ErrForbidden) {
		s.note("The audit log would tell the cause, but it can't be read: %s.", oneLine(err))
		return
	}
	if err != nil {
		s.note("The audit log, which would tell the cause, was not read: %s.", oneLine(err))
		return
	}
	s.doc.Audit = explained
	s.note("The audit log says of them:")
	t := table{heads: []string{"user", "role", "what became of it"}}
	for _, e := range explained {
		t.add(principalName(e.Change), cmp.Or(e.Change.AppRole, e.Change.AppRoleID), e.Cause)
	}
	t.print(s.out, rowsShown)
}
