package governance

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
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
	return fail(InvalidReview, "AccessReviewInvalidOperationException: The access review instance %s is %s and must be %s", i.ID, i.Status, need)
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
// be added and not be removed while it runs.
func (i *Instance) ChangeReviewers(body map[string]any, now time.Time) error {
	if err := onlyKnown("accessReviewInstance", body, []string{"reviewers", "fallbackReviewers", "backupReviewers"}); err != nil {
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

// open tells whether the item is to be decided in the stage that runs.
func (i *Instance) open(it *Item) bool {
	return len(i.Stages) > 0 && len(it.Votes) == len(i.Stages) && !it.out
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
		return fail(InvalidReview, "AccessReviewInvalidOperationException: The decision %s is not part of this stage", it.ID)
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

// Reviews of catalogs are modelled for their custom data provided resources
// only: what is reviewed is what was uploaded. That Approve needs no mark, that
// unmarked decisions end after 30 days, and how decisions name a permission is
// believed, not verified.
// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews

// applyTime is how long decisions may be marked as applied.
const applyTime = 30 * 24 * time.Hour

// readUploads makes the decisions of an instance of what was uploaded for it.
// Sessions that were not completed are lost.
func (i *Instance) readUploads() {
	c, err := i.Review.g.Catalog(i.Terms.Resource)
	if err != nil {
		return
	}
	v := i.Review.g.Store.View()
	for _, r := range c.resources {
		for _, s := range r.Sessions {
			if s.Instance != i {
				continue
			}
			if s.Status == sessionActive {
				s.Status = sessionExpired
				continue
			}
			for _, row := range s.rows {
				u := v.Get(schema.Users, strings.ToLower(row.principalID))
				if u == nil || i.Terms.guests && u.Str("userType") != "Guest" {
					continue
				}
				who := IdentityOf(v, u.ID)
				who.Kind = "userIdentity"
				i.Items = append(i.Items, &Item{ID: i.Review.g.NewID(), Principal: who, Upload: row, Result: resultNew, Recommendation: noInfo})
			}
		}
	}
}

// awaitMarks leaves the instance Applying until every denial is marked.
func (i *Instance) awaitMarks(at time.Time) {
	if i.Terms.defaultDecision != "" {
		i.decideByDefault(at)
	}
	i.Status, i.next = applying, at.Add(applyTime)
	i.settleMarks(at)
}

// settleMarks ends the instance when nothing is left to be marked.
func (i *Instance) settleMarks(at time.Time) {
	left := func(it *Item) bool { return it.Final().Decision == "Deny" && it.Result == resultNew }
	if !slices.ContainsFunc(i.Items, left) {
		i.next = at.Add(i.Review.g.Phase)
	}
}

var markResults = []string{resultApplied, "AppliedWithUnknownFailure", resultGone, resultUnsupported}

// mark records what became of a denial in the application itself.
func (i *Instance) Mark(it *Item, result, description string, by Identity, at time.Time) error {
	n := slices.IndexFunc(markResults, func(r string) bool { return strings.EqualFold(r, result) })
	switch {
	case it.Upload == nil:
		return badArgument("applyResult can be set for custom data provided resources only")
	case i.Status != applying:
		return i.wrongStatus(applying)
	case n < 0:
		return badArgument("applyResult '%s' is not supported", result)
	}
	it.Result, it.Description, it.AppliedAt, it.AppliedBy = markResults[n], description, at, by
	i.settleMarks(at)
	return nil
}

// MarkAll marks all decisions about one resource.
func (i *Instance) MarkAll(resource, result, description string, by Identity, at time.Time) error {
	if i.Status != applying || !i.Terms.catalog {
		return i.wrongStatus(applying)
	}
	found := false
	for _, it := range i.Items {
		if !strings.EqualFold(it.Upload.Resource.ID, resource) {
			continue
		}
		found = true
		if err := i.Mark(it, result, description, by, at); err != nil {
			return err
		}
	}
	if !found {
		return missing("custom data provided resource", resource)
	}
	return nil
}
