package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
)

func applyCommand(ctx context.Context, s *session) error {
	plan, err := s.readPlan(ctx)
	if err != nil {
		return err
	}
	current, err := s.assignments(ctx, plan.ResourceID, plan.Count(assign.Remove) > 0)
	if err != nil {
		return fmt.Errorf("%s of the plan: %w", plan.Application, err)
	}
	if err := plan.Check(current); err != nil {
		return err
	}
	if err := s.openJournal(assign.App{ResourceID: plan.ResourceID, DisplayName: plan.Application}); err != nil {
		return err
	}
	left := remaining(plan, current)
	s.heading("What is left of the plan")
	s.printPlanTable(left, s.planTable(left))
	_, err = s.apply(ctx, left)
	return err
}

// readPlan reads the plan file that the command line names.
func (s *session) readPlan(ctx context.Context) (assign.Plan, error) {
	path := s.opts.args[0]
	plan, err := readFile(path, assign.DecodePlan)
	if err != nil {
		return plan, err
	}
	if plan.Tenant != "" {
		here, err := s.tenantID(ctx)
		if err != nil {
			return plan, err
		}
		if here != "" && !strings.EqualFold(here, plan.Tenant) {
			return plan, refuse("%s is a plan for the tenant %s; this is %s", path, plan.Tenant, here)
		}
	}
	if err := s.checkSameApplication(ctx, path+" is a plan", plan.Application, plan.ResourceID); err != nil {
		return plan, err
	}
	s.doc.Plan, s.doc.PlanFile = &plan, path
	return plan, nil
}

// checkSameApplication refuses a file for another application than the one that
// -app or -app-id names, if one is given. fileIs begins the refusal.
func (s *session) checkSameApplication(ctx context.Context, fileIs, name, resourceID string) error {
	ref := s.opts.appRef()
	switch {
	case ref.AppID != "":
		app, err := s.findApplication(ctx)
		if err != nil || strings.EqualFold(app.ServicePrincipalID, resourceID) {
			return err
		}
		return refuse("%s for another application than the one %s", fileIs, ref)
	case ref.DisplayName != "" && !strings.EqualFold(ref.DisplayName, name):
		return refuse("%s for %s, not for %s", fileIs, name, ref.DisplayName)
	}
	return nil
}

// remaining leaves out of a plan what current shows to be done, so that a plan
// that was interrupted asks for and writes only what is left.
func remaining(plan assign.Plan, current []assign.Assignment) assign.Plan {
	held, ids := make(map[string]bool), make(map[string]bool)
	for _, a := range current {
		held[strings.ToLower(a.PrincipalID+" "+a.AppRoleID)] = true
		ids[a.ID] = true
	}
	plan.Changes = slices.DeleteFunc(slices.Clone(plan.Changes), func(c assign.Change) bool {
		if c.Action == assign.Remove {
			return !ids[c.AssignmentID]
		}
		return held[strings.ToLower(c.PrincipalID+" "+c.AppRoleID)]
	})
	return plan
}

// apply makes the plan's changes and returns the part that was made.
func (s *session) apply(ctx context.Context, plan assign.Plan) (assign.Plan, error) {
	s.heading("Create the assignments")
	if len(plan.Changes) == 0 {
		s.note("Nothing is left to do.")
		return plan, nil
	}
	what := fmt.Sprintf("%s of %s", changes(plan), plan.Application)
	if s.opts.dryRun {
		s.note("Dry run: would %s; nothing is written.", what)
		return assign.Plan{}, nil
	}
	if err := s.confirm(ctx, what); err != nil {
		return assign.Plan{}, err
	}
	show, wipe := s.progress("writing assignments")
	began := time.Now()
	s.wroteFrom = began
	report, err := assign.Apply(ctx, s.tenant.client, plan, &assign.ApplyOptions{Progress: show})
	wipe()
	s.doc.Applied = report
	if failed := s.recordWrites(report, began); failed != nil {
		return assign.Plan{}, failed
	}
	report.WriteText(&indenter{to: s.out})
	var unfinished *assign.ApplyError
	switch {
	case errors.As(err, &unfinished) && unfinished.Err == nil:
		s.recordFailure("%d of %s were not made: %w",
			unfinished.Failed+unfinished.NotTried, plural(unfinished.Total, "change"), unfinished.First[0])
	case err != nil:
		return assign.Plan{}, err
	}
	return report.Done(), nil
}

// changes says what a plan does in the words of a question: "add 70 and remove
// 2 assignments".
func changes(plan assign.Plan) string {
	add, remove := plan.Count(assign.Add), plan.Count(assign.Remove)
	switch {
	case remove == 0:
		return "add " + plural(add, "assignment")
	case add == 0:
		return "remove " + plural(remove, "assignment")
	}
	return fmt.Sprintf("add %s and remove %s", thousands(add), plural(remove, "assignment"))
}
