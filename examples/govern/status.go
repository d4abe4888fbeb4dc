package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
)

func statusCommand(ctx context.Context, s *session) error {
	app, err := s.findApplication(ctx)
	if err != nil {
		return err
	}
	review, err := s.findReview(ctx, app)
	if err != nil {
		return err
	}
	if review == nil {
		return fmt.Errorf("%s has no access review %q in %s; review creates it, -review names another",
			s.opts.app, s.reviewName(), s.tenant.name)
	}
	s.doc.Review = review
	if err := s.status(ctx, review); err != nil || s.opts.journal == "" {
		return err
	}
	return s.journalStatus(app)
}

// journalStatus says what the journal knows is to be done in the application.
func (s *session) journalStatus(app *entra.Application) error {
	if err := s.readJournal(app.App()); err != nil {
		return err
	}
	s.heading("What the journal knows")
	list := s.known.Revocations()
	s.doc.Revocations = list
	s.printState(list)
	counts := make(map[fulfill.TicketStatus]int)
	for _, ticket := range s.known.Tickets {
		counts[ticket.Status]++
		if ticket.Untrue {
			s.note("The ticket for %s (%s) was opened, and its reason is gone; withdraw it.", ticket.Name, ticket.Action)
		}
	}
	t := table{right: []bool{true}}
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		t.add(thousands(counts[status]), "tickets "+string(status))
	}
	t.print(s.out, 0)
	return nil
}

// A round is one instance of a review with what was decided in it.
type round struct {
	governance.ReviewInstance
	Decisions map[string]int `json:"decisions"` // how many, by decision
}

// status does what -do says to the round that runs, and shows all rounds.
func (s *session) status(ctx context.Context, review *governance.ReviewDefinition) error {
	s.heading("Follow the access review")
	instances, err := s.tenant.governance.ReviewInstances(ctx, review.ID)
	if err != nil {
		return err
	}
	if err := s.actOnRound(ctx, review.ID, instances); err != nil {
		return err
	}
	if review, err = s.tenant.governance.ReadReview(ctx, review.ID); err != nil {
		return err
	}
	s.doc.Review = review
	if s.opts.do != "" { // it has moved on
		if instances, err = s.tenant.governance.ReviewInstances(ctx, review.ID); err != nil {
			return err
		}
	}
	for _, instance := range instances {
		if err := s.countDecisions(ctx, review.ID, instance); err != nil {
			return err
		}
	}
	s.note("%q: %s", review.DisplayName, review.Status)
	s.printRounds()
	return nil
}

// countDecisions counts the decisions of a round.
func (s *session) countDecisions(ctx context.Context, reviewID string, instance governance.ReviewInstance) error {
	r := round{ReviewInstance: instance, Decisions: map[string]int{}}
	for decision, err := range s.tenant.governance.ReviewDecisions(ctx, reviewID, instance.ID) {
		if err != nil {
			return err
		}
		r.Decisions[decision.Decision]++
	}
	s.doc.Rounds = append(s.doc.Rounds, r)
	return nil
}

func (s *session) printRounds() {
	t := table{heads: []string{"begins", "ends", "status", "approved", "denied", "open"},
		right: []bool{false, false, false, true, true, true}}
	for _, r := range s.doc.Rounds {
		approved, denied := r.Decisions["Approve"], r.Decisions["Deny"]
		open := -approved - denied
		for _, n := range r.Decisions {
			open += n
		}
		t.add(r.StartDateTime.Format(time.DateOnly), r.EndDateTime.Format(time.DateOnly), string(r.Status),
			fmt.Sprint(approved), fmt.Sprint(denied), fmt.Sprint(open))
	}
	t.print(s.out, rowsShown)
	for _, r := range s.doc.Rounds {
		for _, e := range r.Errors {
			s.note("Error in the round of %s: %s", r.StartDateTime.Format(time.DateOnly), cmp.Or(e.Message, e.Code))
		}
	}
}

// actOnRound carries out -do.
func (s *session) actOnRound(ctx context.Context, reviewID string, instances []governance.ReviewInstance) error {
	if s.opts.do == "" {
		return nil
	}
	action := map[string]struct {
		what string
		on   governance.ReviewStatus
		do   func(ctx context.Context, reviewID, instanceID string) error
	}{
		"remind": {"remind the reviewers of", governance.ReviewInProgress, s.tenant.governance.RemindReviewers},
		"stop":   {"stop, before its end,", governance.ReviewInProgress, s.tenant.governance.StopReview},
		"apply":  {"take away the denied access of", governance.ReviewCompleted, s.tenant.governance.ApplyDecisions},
	}[s.opts.do]
	for _, instance := range instances {
		if !instance.Status.Is(action.on) {
			continue
		}
		what := fmt.Sprintf("%s the round of %s", action.what, instance.StartDateTime.Format(time.DateOnly))
		if s.opts.dryRun {
			s.note("Dry run: would %s.", what)
			return nil
		}
		if err := s.confirm(ctx, what); err != nil {
			return err
		}
		return action.do(ctx, reviewID, instance.ID)
	}
	return refuse("no round of the review is %s, so there is nothing to %s", action.on, s.opts.do)
}
