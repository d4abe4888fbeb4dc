package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

func reviewCommand(ctx context.Context, s *session) error {
	app, err := s.findApplication(ctx)
	if err != nil {
		return err
	}
	if err := s.preflightReview(ctx); err != nil {
		return err
	}
	var report *match.Report
	if s.opts.roster != "" {
		if report, err = s.runMatch(ctx); err != nil {
			return err
		}
		if err := s.checkStrict(report); err != nil {
			return err
		}
	}
	if err := s.needsList(); err != nil {
		return err
	}
	if err := s.openJournal(app.App()); err != nil {
		return err
	}
	if err := s.lookAtAll(ctx, report, nil); err != nil {
		return err
	}
	_, err = s.review(ctx, app)
	return err
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
		s.note("%q is there already; its status is %s. A new review needs another name (-review).",
			existing.DisplayName, existing.Status)
		return existing, nil
	}
	s.printReview(wanted)
	if s.opts.dryRun {
		s.note("Dry run: it is not created.")
		return s.doc.Review, nil
	}
	if err := s.confirm(ctx, fmt.Sprintf("create the access review %q", wanted.DisplayName)); err != nil {
		return nil, err
	}
	made, _, err := s.tenant.governance.CreateReview(ctx, wanted)
	if err != nil {
		return nil, err
	}
	s.doc.Review, s.doc.reviewMade = made, true
	if s.journal != nil {
		if err := s.journal.BeginCampaign(made.DisplayName); err != nil {
			return nil, err
		}
	}
	s.note("Created. To follow it: govern status %s", s.opts.appFlag())
	return made, nil
}

func (s *session) wantedReview(ctx context.Context, app *entra.Application) (governance.Review, error) {
	stages, err := s.reviewStages(ctx, app.ServicePrincipalID)
	if err != nil {
		return governance.Review{}, err
	}
	return governance.Review{DisplayName: s.reviewName(), Stages: stages,
		ServicePrincipalID: app.ServicePrincipalID, ApplicationName: app.DisplayName,
		Weeks: s.opts.every.weeks, Months: s.opts.every.months, AutoApply: s.opts.autoApply}, nil
}

// reviewName is -review, or made of the application's name.
func (s *session) reviewName() string {
	return cmp.Or(s.opts.review, s.opts.app+" access review")
}

// findReview returns nil if there is none of that name.
func (s *session) findReview(ctx context.Context, app *entra.Application) (*governance.ReviewDefinition, error) {
	review, err := s.tenant.governance.FindReview(ctx, app.ServicePrincipalID, s.reviewName())
	if errors.Is(err, graph.ErrNotFound) {
		return nil, nil
	}
	return review, err
}

// printReview says what would be created.
func (s *session) printReview(r governance.Review) {
	t := table{heads: []string{"stage", "days", "reviewers"}, right: []bool{true, true}}
	for i, item := range s.opts.stagesOrDefault() {
		who := item.who
		switch {
		case who == reviewers:
			who = enumerate(s.opts.reviewers)
		case who == managers && len(s.opts.reviewers) > 0:
			who += "; for users without one " + enumerate(s.opts.reviewers)
		}
		t.add(fmt.Sprint(i+1), fmt.Sprint(item.days), who)
	}
	s.note("%q: %s.", r.DisplayName, s.rhythm())
	t.print(s.out, 0)
	if r.AutoApply {
		s.note("Denied users lose their roles when it ends. Users whom nobody reviews keep them.")
	} else {
		s.note("Denied users lose their roles once somebody runs govern status -do apply. " +
			"Users whom nobody reviews keep them.")
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

// A stage is one item of -stages: who reviews, for how many days.
type stage struct {
	who  string
	days int
}

// The words of -stages.
const (
	managers  = "managers"
	reviewers = "reviewers" // those of -reviewer
	owners    = "owners"    // of the service principal
)

// stageDays is how long a stage takes unless -stages says otherwise.
const stageDays = 14

// stageList is -stages, such as managers:5,reviewers.
type stageList []stage

func (l *stageList) String() string { return "" }

// Set reads the list, for package flag.
func (l *stageList) Set(value string) error {
	*l = nil
	for item := range strings.SplitSeq(value, ",") {
		who, days, given := strings.Cut(strings.TrimSpace(item), ":")
		s := stage{who, stageDays}
		if given {
			n, err := strconv.Atoi(days)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no number of days", days)
			}
			s.days = n
		}
		switch who {
		case managers, reviewers, owners:
		default:
			return errors.New("want managers, reviewers or owners, each with days if wanted, such as managers:5,reviewers")
		}
		*l = append(*l, s)
	}
	return nil
}

// stagesOrDefault is -stages; without it, those of -reviewer decide.
func (o *options) stagesOrDefault() stageList {
	if o.stages == nil {
		return stageList{{reviewers, stageDays}}
	}
	return o.stages
}

// period is -every: so many weeks or months.
type period struct{ weeks, months int }

func (p *period) String() string { return "" }

// Set reads a period, for package flag.
func (p *period) Set(value string) error {
	*p = period{}
	number, unit := strings.TrimRight(value, "wm"), strings.TrimLeft(value, "0123456789")
	n, err := strconv.Atoi(number)
	switch {
	case err == nil && n > 0 && unit == "w":
		p.weeks = n
	case err == nil && n > 0 && unit == "m":
		p.months = n
	default:
		return errors.New("want weeks or months, such as 2w or 3m")
	}
	return nil
}

// reviewStages are the stages that the flags ask for: without -stages, one in
// which the reviewers of -reviewer decide. Where managers decide, those step in
// for missing ones.
func (s *session) reviewStages(ctx context.Context, servicePrincipalID string) ([]governance.ReviewStage, error) {
	users, err := s.reviewers(ctx)
	if err != nil {
		return nil, err
	}
	var stages []governance.ReviewStage
	for _, item := range s.opts.stagesOrDefault() {
		stage := governance.ReviewStage{Days: item.days}
		switch item.who {
		case managers:
			stage.Reviewers, stage.Fallback = []governance.QueryScope{governance.ManagerReviewers()}, users
		case owners:
			stage.Reviewers = []governance.QueryScope{governance.OwnerReviewers(servicePrincipalID)}
		default:
			stage.Reviewers = users
		}
		stages = append(stages, stage)
	}
	return stages, nil
}

// reviewers finds the users of -reviewer.
func (s *session) reviewers(ctx context.Context) ([]governance.QueryScope, error) {
	ids, err := s.userIDs(ctx, "-reviewer", s.opts.reviewers)
	var scopes []governance.QueryScope
	for _, id := range ids {
		scopes = append(scopes, governance.UserReviewer(id))
	}
	return scopes, err
}
