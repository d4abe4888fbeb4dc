package main

import (
	"context"
	"fmt"

	"github.com/rollcall-go/rollcall/entra"
)

func reviewCommand() command {
	return command{name: "review", needs: []need{needApp, needReviewers, needSnapshotRows}, run: func(ctx context.Context, s *session) error {
		app, err := s.application(ctx)
		if err != nil {
			return err
		}
		if err := s.preflight(ctx, governance.PreflightRequest{Steps: []governance.Step{governance.StepReview, governance.StepFollow}}, false); err != nil {
			return err
		}
		if s.opts.snapshot != "" {
			report, err := s.lookIfGiven(ctx)
			if err != nil {
				return err
			}
			if err := s.keepSnapshot(ctx, report, app, nil); err != nil {
				return err
			}
		}
		_, err = s.review(ctx, app)
		return err
	}}
}

// review creates the access review that the flags ask for, or finds it.
func (s *session) review(ctx context.Context, app *entra.Application) (*governance.ReviewDefinition, error) {
	s.heading("Create the access review")
	wanted, err := s.wantedReview(ctx, app)
	if err != nil {
		return nil, err
	}
	if s.doc.Review, err = wanted.Definition(); err != nil {
		return nil, err
	}
	existing, err := s.findReview(ctx, app)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		s.doc.Review = existing
		s.note("%q is there already, and its status is %s. Another round needs another name (-review).", clean(existing.DisplayName), existing.Status)
		return existing, nil
	}
	s.printReview(wanted)
	if s.opts.dryRun {
		s.note("Dry run: it is not created.")
		return s.doc.Review, nil
	}
	if err := s.confirm(ctx, fmt.Sprintf("create the access review %q", clean(wanted.DisplayName))); err != nil {
		return nil, err
	}
	made, _, err := governance.New(s.tenant.client).CreateReview(ctx, wanted)
	if err != nil {
		return nil, err
	}
	s.doc.Review, s.doc.reviewMade = made, true
	s.note("Created. To follow it: govern status -app %s", shellQuote(s.opts.app))
	return made, nil
}

func (s *session) wantedReview(ctx context.Context, app *entra.Application) (governance.Review, error) {
	stages, err := s.reviewStages(ctx, app.ServicePrincipalID)
	if err != nil {
		return governance.Review{}, err
	}
	return governance.Review{DisplayName: s.reviewName(), ServicePrincipalID: app.ServicePrincipalID, Application: app.DisplayName, Stages: stages,
		Weeks: s.opts.every.weeks, Months: s.opts.every.months, AutoApply: s.opts.autoApply}, nil
}

// reviewName is -review, or made of the application's name.
func (s *session) reviewName() string {
	if s.opts.review != "" {
		return s.opts.review
	}
	return s.opts.app + " access review"
}

// printReview says what would be created.
func (s *session) printReview(r governance.Review) {
	t := table{heads: []string{"stage", "days", "reviewers"}, right: []bool{true, true}}
	list := s.opts.stages
	if list == nil {
		list = stageList{{reviewers, stageDays}}
	}
	for i, item := range list {
		who := item.who
		switch {
		case who == reviewers:
			who = enumerate(s.opts.reviewers)
		case who == managers && len(s.opts.reviewers) > 0:
			who += "; for users without one " + enumerate(s.opts.reviewers)
		}
		t.add(fmt.Sprint(i+1), fmt.Sprint(item.days), who)
	}
	s.note("%q: %s.", clean(r.DisplayName), s.rhythm())
	t.print(s.out, 0)
	if r.AutoApply {
		s.note("Denied users lose their roles when it ends. Users whom nobody reviews keep them.")
	} else {
		s.note("Denied users lose their roles once somebody runs govern status -do apply. Users whom nobody reviews keep them.")
	}
}

func (s *session) rhythm() string {
	switch every := s.opts.every; {
	case every.weeks > 0:
		return "every " + plural(every.weeks, "week")
	case every.months > 0:
		return "every " + plural(every.months, "month")
	}
	return "once, beginning today"
}
