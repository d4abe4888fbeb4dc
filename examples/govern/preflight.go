package main

import (
	"context"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
)

func preflightCommand() command {
	return command{name: "preflight", needs: []need{needApp}, run: func(ctx context.Context, s *session) error {
		request := entra.PreflightRequest{Steps: []entra.Step{entra.StepMatch, entra.StepAssign, entra.StepReview, entra.StepFollow}}
		if s.opts.create != nil {
			request.Steps = append(request.Steps, entra.StepCreate)
		}
		if s.opts.role != "" {
			request.Roles = []string{s.opts.role}
		}
		if s.opts.roster != "" && len(s.opts.rules) > 0 {
			report, err := s.match(ctx)
			if err != nil {
				return err
			}
			request.People = peopleOf(report)
		}
		return s.preflight(ctx, request, true)
	}}
}

// peopleOf returns the object ids of the rows' users.
func peopleOf(report *match.Report) (ids []string) {
	for outcome := range report.Found(&match.FoundOptions{IncludeDisabled: true}) {
		id, _ := outcome.Principal()
		ids = append(ids, id)
	}
	return ids
}

// preflight checks that a review can be created and be good for something, and
// refuses to go on if not. What is fine is shown if all is asked for.
func (s *session) preflight(ctx context.Context, request entra.PreflightRequest, all bool) error {
	s.heading("Check before the review")
	request.Application = s.opts.app
	if s.opts.reviewers != nil || s.opts.stages != nil {
		stages, err := s.reviewStages(ctx, "")
		if err != nil {
			return err
		}
		request.Stages = stages
	}
	report, err := s.tenant.client.Preflight(ctx, request)
	if err != nil {
		return err
	}
	s.doc.Preflight = report
	s.printFindings(report, all)
	if report.Stops() {
		return refuse("%s would fail or be in vain: see the findings marked stop", plural(report.Count(entra.Stop), "step"))
	}
	return nil
}

func (s *session) printFindings(report *entra.PreflightReport, all bool) {
	t := table{heads: []string{"level", "about", "finding"}, keep: []bool{true, true}}
	for _, level := range []entra.Level{entra.Stop, entra.Advice, entra.OK} {
		for _, f := range report.Findings {
			if f.Level == level && (all || level != entra.OK) {
				t.add(string(level), string(f.Check), f.String())
			}
		}
	}
	if t.rows != nil {
		t.print(s.out, 0)
	}
	if fine := report.Count(entra.OK); !all && fine > 0 {
		s.note("%s found in order.", plural(fine, "thing"))
	}
}
