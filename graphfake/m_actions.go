package graphfake

import (
	"slices"
	"strings"
	"time"
)

// running refuses what can be done only while reviewers decide.
func (i *instance) running() error {
	if i.status != inProgress && i.status != active {
		return i.wrongStatus(inProgress)
	}
	return nil
}

// wrongStatus is believed, not verified: the documentation says which status
// is needed, not what is answered in another one.
func (i *instance) wrongStatus(need string) error {
	return fail(InvalidReview, "AccessReviewInvalidOperationException: The access review instance %s is %s and must be %s", i.id, i.status, need)
}

// Stop ends the instance now. Its decisions are applied when the settings say
// so; later instances of the series come as planned.
func (i *instance) Stop(now time.Time) error {
	if err := i.running(); err != nil {
		return err
	}
	i.stop(now)
	return nil
}

// ApplyDecisions begins to carry the decisions out.
func (i *instance) ApplyDecisions(by identity, now time.Time) error {
	if i.status != completed && i.status != autoReviewed {
		return i.wrongStatus(completed)
	}
	i.applier = by
	i.enter(applying, now)
	return nil
}

// Remind sends a reminder that was asked for.
func (i *instance) Remind(now time.Time) error {
	if err := i.running(); err != nil {
		return err
	}
	i.sendReminder(now, true)
	return nil
}

// Reset takes all decisions back.
func (i *instance) Reset() error {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.items {
		for n := range it.votes {
			it.votes[n] = vote{reviewers: it.votes[n].reviewers, decision: notReviewed}
		}
	}
	return nil
}

// DecideAll decides all items, or those of a principal or resource, that the
// caller may decide.
func (i *instance) DecideAll(principal, resource string, d vote, may func(*item) bool) error {
	found := false
	for _, it := range i.items {
		switch {
		case principal != "" && !strings.EqualFold(principal, it.principal.id),
			resource != "" && !strings.EqualFold(resource, i.terms.resource),
			!i.open(it), !may(it):
			continue
		}
		found = true
		if err := i.Decide(it, d); err != nil {
			return err
		}
	}
	if !found && len(i.items) > 0 {
		return badArgument("There is no decision to record")
	}
	return i.running()
}

// AcceptRecommendations decides what nobody has decided, as recommended, where
// the caller may.
func (i *instance) AcceptRecommendations(by identity, now time.Time, may func(*item) bool) error {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.items {
		if !i.open(it) || i.vote(it).decision != notReviewed || it.recommendation == noInfo || !may(it) {
			continue
		}
		v := i.vote(it)
		v.decision, v.by, v.at = it.recommendation, by, now
	}
	return nil
}

// ChangeReviewers changes the reviewers of an instance. Fallback reviewers can
// be added and not be removed while it runs.
func (i *instance) ChangeReviewers(body map[string]any, now time.Time) error {
	if err := onlyKnown("accessReviewInstance", body, []string{"reviewers", "fallbackReviewers", "backupReviewers"}); err != nil {
		return err
	}
	n := max(0, len(i.stages)-1)
	changed, old := i.terms.stages[n], i.terms.stages[n]
	if err := changed.readReviewers(i.review.g.Store.View(), body); err != nil {
		return err
	}
	if body["reviewers"] == nil {
		changed.reviewers = old.reviewers
	}
	if body["fallbackReviewers"] == nil && body["backupReviewers"] == nil {
		changed.fallback = old.fallback
	}
	removed := func(q string) bool { return !slices.Contains(changed.fallback, q) }
	if slices.ContainsFunc(old.fallback, removed) && i.status != notStarted {
		// That it is a conflict was seen in beta, the words are believed.
		return fail(Conflict, "Fallback reviewers of a running access review instance cannot be removed.")
	}
	own := *i.terms
	own.stages = slices.Clone(own.stages)
	own.stages[n] = changed
	i.terms = &own
	if i.running() == nil {
		i.stages[n].terms = &own.stages[n]
		i.ask(n, now)
	}
	return nil
}

// StopStage ends the stage that runs, and the next one starts.
func (i *instance) StopStage(st *stage, now time.Time) error {
	if st.status != inProgress {
		return i.notInStage()
	}
	i.endStage(now)
	return nil
}

// CheckStage refuses decisions in a stage that does not run.
func (i *instance) CheckStage(st *stage) error {
	if i.stages[len(i.stages)-1] != st {
		return i.notInStage()
	}
	return nil
}

func (i *instance) notInStage() error { return i.wrongStatus("in this stage") }

// MayDecide reports whether a user is one of those who may decide now.
func (it *item) MayDecide(user string) bool {
	return len(it.votes) == 0 || slices.Contains(it.votes[len(it.votes)-1].reviewers, user)
}

// ReviewersOf returns the ids of those who may decide about an item now.
func (i *instance) ReviewersOf(it *item) []string {
	if !i.open(it) {
		return nil
	}
	return i.vote(it).reviewers
}

// open tells whether the item is to be decided in the stage that runs.
func (i *instance) open(it *item) bool {
	return len(i.stages) > 0 && len(it.votes) == len(i.stages) && !it.out
}

// vote is that of the stage that runs, for an item that is open.
func (i *instance) vote(it *item) *vote { return &it.votes[len(it.votes)-1] }

// Decide records a decision, with its justification, author and time; of
// several, the last one counts.
func (i *instance) Decide(it *item, d vote) error {
	if err := i.running(); err != nil {
		return err
	}
	switch {
	case !i.open(it):
		return fail(InvalidReview, "AccessReviewInvalidOperationException: The decision %s is not part of this stage", it.id)
	case !slices.Contains([]string{"Approve", "Deny", "DontKnow", notReviewed}, d.decision):
		return badArgument("decision '%s' is not supported", d.decision)
	case i.terms.justification && strings.TrimSpace(d.justification) == "" && d.decision != notReviewed:
		return badArgument("justification is required")
	}
	if d.decision == notReviewed {
		d.by, d.at = identity{}, time.Time{}
	}
	v := i.vote(it)
	d.reviewers = v.reviewers
	*v = d
	return nil
}
