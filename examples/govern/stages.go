package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/match"
)

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
	list := s.opts.stages
	if list == nil {
		list = stageList{{reviewers, stageDays}}
	}
	var stages []governance.ReviewStage
	for _, item := range list {
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
	var queries []match.Query
	for _, name := range s.opts.reviewers {
		queries = append(queries, match.Equal("userPrincipalName", name))
	}
	if queries == nil {
		return nil, nil
	}
	answers, err := s.tenant.client.FindUsers(ctx, queries)
	if err != nil {
		return nil, err
	}
	var scopes []governance.QueryScope
	for i, answer := range answers {
		switch {
		case answer.Err != nil:
			return nil, answer.Err
		case len(answer.Users) == 0:
			return nil, fmt.Errorf("-reviewer %s: there is no such user in %s", s.opts.reviewers[i], s.tenant.name)
		}
		scopes = append(scopes, governance.UserReviewer(answer.Users[0].ID))
	}
	return scopes, nil
}
