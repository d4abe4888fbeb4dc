package governance

import (
	"slices"
	"strings"
	"time"
)

// running refuses what can be done only while reviewers decide.
func (i *Instance) running() error {
	if i.Status != inProgress && i.Status != active {
		return i.wrongStatus(inProgress)
	}
	return nil
}

// wrongStatus is believed, not verified: the documentation says which status
// is needed, not what is answered in another one.
func (i *Instance) wrongStatus(need string) error {
	return badOperation("The access review instance %s is %s and must be %s", i.ID, i.Status, need)
}

// Stop ends the instance now. Its decisions are applied when the settings say
// so; later instances of the series come as planned.
func (i *Instance) Stop(now time.Time) error {
	if err := i.running(); err != nil {
		return err
	}
	i.stop(now)
	return nil
}

// ApplyDecisions begins to carry the decisions out.
func (i *Instance) ApplyDecisions(by Identity, now time.Time) error {
	if i.Status != completed && i.Status != autoReviewed {
		return i.wrongStatus(completed)
	}
	i.applier = by
	i.enter(applying, now)
	return nil
}

// Remind sends a reminder that was asked for.
func (i *Instance) Remind(now time.Time) error {
	if err := i.running(); err != nil {
		return err
	}
	i.sendReminder(now, true)
	return nil
}

// Reset takes all decisions back.
func (i *Instance) Reset() error {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.Items {
		for n := range it.Votes {
			it.Votes[n] = Vote{Reviewers: it.Votes[n].Reviewers, Decision: notReviewed}
		}
	}
	return nil
}

// DecideAll decides all items, or those of a principal or resource, that the
// caller may decide.
func (i *Instance) DecideAll(principal, resource string, d Vote, may func(*Item) bool) error {
	found := false
	for _, it := range i.Items {
		switch {
		case principal != "" && !strings.EqualFold(principal, it.Principal.ID),
			resource != "" && !strings.EqualFold(resource, i.Terms.Resource),
			!i.open(it), !may(it):
			continue
		}
		found = true
		if err := i.Decide(it, d); err != nil {
			return err
		}
	}
	if !found && len(i.Items) > 0 {
		return badArgument("There is no decision to record")
	}
	return i.running()
}

// AcceptRecommendations decides what nobody has decided, as recommended, where
// the caller may.
func (i *Instance) AcceptRecommendations(by Identity, now time.Time, may func(*Item) bool) error {
	if err := i.running(); err != nil {
		return err
	}
	for _, it := range i.Items {
		if !i.open(it) || i.vote(it).Decision != notReviewed || it.Recommendation == noInfo || !may(it) {
			continue
		}
		v := i.vote(it)
		v.Decision, v.By, v.At = it.Recommendation, by, now
	}
	return nil
}

// ChangeReviewers changes the reviewers of an instance. Fallback reviewers can
// be added and not be removed while it runs. A scope may be sent and is not updated.
func (i *Instance) ChangeReviewers(body map[string]any, now time.Time) error {
	if err := onlyKnown("accessReviewInstance", body,
		[]string{"scope", "reviewers", "fallbackReviewers", "backupReviewers"}); err != nil {
		return err
	}
	n := max(0, len(i.Stages)-1)
	changed, old := i.Terms.Stages[n], i.Terms.Stages[n]
	if err := changed.readReviewers(i.Review.g.Store.View(), body); err != nil {
		return err
	}
	if body["reviewers"] == nil {
		changed.Reviewers = old.Reviewers
	}
	if body["fallbackReviewers"] == nil && body["backupReviewers"] == nil {
		changed.Fallback = old.Fallback
	}
	removed := func(q string) bool { return !slices.Contains(changed.Fallback, q) }
	if slices.ContainsFunc(old.Fallback, removed) && i.Status != notStarted {
		// That it is a conflict was seen in beta, the words are believed.
		return fail(Conflict, "Fallback reviewers of a running access review instance cannot be removed.")
	}
	own := *i.Terms
	own.Stages = slices.Clone(own.Stages)
	own.Stages[n] = changed
	i.Terms = &own
	if i.running() == nil {
		i.Stages[n].Terms = &own.Stages[n]
		i.ask(n, now)
	}
	return nil
}

// StopStage ends the stage that runs, and the next one starts.
func (i *Instance) StopStage(st *Stage, now time.Time) error {
	if st.Status != inProgress {
		return i.notInStage()
	}
	i.endStage(now)
	return nil
}

// CheckStage refuses decisions in a stage that does not run.
func (i *Instance) CheckStage(st *Stage) error {
	if i.Stages[len(i.Stages)-1] != st {
		return i.notInStage()
	}
	return nil
}

func (i *Instance) notInStage() error { return i.wrongStatus("in this stage") }

// MayDecide reports whether a user is one of those who may decide now.
func (it *Item) MayDecide(user string) bool {
	return len(it.Votes) == 0 || slices.Contains(it.Votes[len(it.Votes)-1].Reviewers, user)
}

// ReviewersOf returns the ids of those who may decide about an item now.
func (i *Instance) ReviewersOf(it *Item) []string {
	if !i.open(it) {
		return nil
	}
	return i.vote(it).Reviewers
}

// open reports whether the item is to be decided in the stage that runs.
func (i *Instance) open(it *Item) bool {
	return len(i.Stages) > 0 && len(it.Votes) == len(i.Stages) && !it.stopped
}

// vote is that of the stage that runs, for an item that is open.
func (i *Instance) vote(it *Item) *Vote { return &it.Votes[len(it.Votes)-1] }

// Decide records a decision, with its justification, author and time; of
// several, the last one counts.
func (i *Instance) Decide(it *Item, d Vote) error {
	if err := i.running(); err != nil {
		return err
	}
	switch {
	case !i.open(it):
		return badOperation("The decision %s is not part of this stage", it.ID)
	case !slices.Contains([]string{"Approve", "Deny", "DontKnow", notReviewed}, d.Decision):
		return badArgument("decision '%s' is not supported", d.Decision)
	case i.Terms.justification && strings.TrimSpace(d.Justification) == "" && d.Decision != notReviewed:
		return badArgument("justification is required")
	}
	if d.Decision == notReviewed {
		d.By, d.At = Identity{}, time.Time{}
	}
	v := i.vote(it)
	d.Reviewers = v.Reviewers
	*v = d
	return nil
}
