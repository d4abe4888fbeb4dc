package main

import (
	"context"

	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
)

func preflightCommand(ctx context.Context, s *session) error {
	request := governance.PreflightRequest{Steps: []governance.Step{
		governance.StepMatch, governance.StepAssign, governance.StepReview, governance.StepFollow}}
	if s.opts.create != nil {
		request.Steps = append(request.Steps, governance.StepCreate)
	}
	if s.opts.role != "" {
		request.Roles = []string{s.opts.role}
	}
	for _, rule := range s.opts.rules {
		request.Attributes = append(request.Attributes, rule.attribute)
	}
	if s.opts.roster != "" && len(s.opts.rules) > 0 {
		report, err := s.match(ctx)
		if err != nil {
			return err
		}
		request.People = peopleOf(report)
	}
	return s.preflight(ctx, request, true)
}

// preflightReview is the part of preflight that a review needs; it shows what
// is wrong only.
func (s *session) preflightReview(ctx context.Context) error {
	steps := []governance.Step{governance.StepReview, governance.StepFollow}
	return s.preflight(ctx, governance.PreflightRequest{Steps: steps}, false)
}

// peopleOf returns the object ids of the rows' users.
func peopleOf(report *match.Report) (ids []string) {
	for outcome := range report.Found(&match.FoundOptions{All: true}) {
		id, _ := outcome.Principal()
		ids = append(ids, id)
	}
	return ids
}

// preflight checks that a review can be created and be good for something, and
// refuses to go on if not. What is fine is shown if all is asked for.
func (s *session) preflight(ctx context.Context, request governance.PreflightRequest, all bool) error {
	request.Application = s.opts.appRef()
	if s.opts.reviewers != nil || s.opts.stages != nil {
		stages, err := s.reviewStages(ctx, "")
		if err != nil {
			return err
		}
		request.Stages = stages
	}
	return s.checkSteps(ctx, "Check before the review", request, all)
}

// checkSteps is the part of preflight that is not about reviewers.
func (s *session) checkSteps(ctx context.Context, heading string, request governance.PreflightRequest, all bool) error {
	s.heading(heading)
	report, err := s.tenant.governance.Preflight(ctx, request)
	if err != nil {
		return err
	}
	s.doc.Preflight = report
	s.printFindings(report, all)
	if report.Stops() {
		stops := plural(report.Count(governance.Stop), "step")
		return refuse("%s would fail or be in vain: see the findings marked stop", stops)
	}
	return nil
}

func (s *session) printFindings(report *governance.PreflightReport, all bool) {
	t := table{heads: []string{"level", "about", "finding"}, keep: []bool{true, true}}
	for _, level := range []governance.Level{governance.Stop, governance.Advice, governance.OK} {
		for _, f := range report.Findings {
			if f.Level == level && (all || level != governance.OK) {
				t.add(string(level), string(f.Check), f.String())
			}
		}
	}
	if t.rows != nil {
		t.print(s.out, 0)
	}
	if fine := report.Count(governance.OK); !all && fine > 0 {
		s.note("%s found in order.", plural(fine, "thing"))
	}
}
