package graphfake

import (
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// The statuses of reviews, instances and stages. Their order around
// AutoReviewed and Applying is believed, not verified.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstance
const (
	notStarted    = "NotStarted"
	starting      = "Starting"
	inProgress    = "InProgress"
	completing    = "Completing"
	completed     = "Completed"
	autoReviewing = "AutoReviewing"
	autoReviewed  = "AutoReviewed"
	applying      = "Applying"
	applied       = "Applied"

	// Of reviews of catalogs.
	// https://learn.microsoft.com/entra/id-governance/custom-data-resource-access-reviews
	initializing = "Initializing"
	active       = "Active"
)

// next returns what happens to a review next.
func (r *review) next() (first event) {
	if at, ok := r.terms.begins(len(r.instances)); ok {
		first = event{at, r.begin}
	}
	for _, i := range r.instances {
		for _, e := range []event{{i.remindAt, i.remind}, {i.next, i.step}, {i.sweepAt, i.sweep}} {
			if e.before(first) {
				first = e
			}
		}
	}
	return first
}

// begin creates the instance whose time has come. The first one is there from
// the beginning, see newReview.
func (r *review) begin(at time.Time) {
	i := &instance{review: r, terms: r.terms, id: r.g.NewID(), status: notStarted, applier: system, start: at, end: at.AddDate(0, 0, r.terms.days())}
	i.next = at.Add(r.g.Slip)
	r.instances = append(r.instances, i)
}

// step moves an instance to its next status.
func (i *instance) step(at time.Time) {
	t := i.terms
	switch i.status {
	case notStarted:
		if t.catalog {
			i.status, i.next = initializing, at.Add(i.review.g.Upload)
			return
		}
		if i.gather(at); len(i.items) == 0 {
			i.complete(at) // an application without assignments
			return
		}
		i.enter(starting, at)
	case starting:
		i.status = inProgress
		i.openStage(0, i.start, at)
	case initializing:
		i.readUploads()
		i.status = active
		i.openStage(0, i.start, at)
	case inProgress, active:
		i.endStage(at)
	case completing:
		i.complete(at)
	case completed:
		switch {
		case t.defaultDecision != "" && i.undecided():
			i.enter(autoReviewing, at)
		default:
			i.enter(applying, at)
		}
	case autoReviewing:
		i.decideByDefault(at)
		i.status, i.next = autoReviewed, time.Time{}
		if t.autoApply {
			i.wait(at)
		}
	case autoReviewed:
		i.enter(applying, at)
	case applying:
		if t.catalog {
			i.status, i.next = applied, time.Time{}
			return
		}
		i.apply(at)
	}
}

// enter takes a passing status.
func (i *instance) enter(status string, at time.Time) {
	i.status = status
	i.wait(at)
}

// wait keeps the status for one phase.
func (i *instance) wait(at time.Time) { i.next = at.Add(i.review.g.Phase) }

// complete takes the status Completed, for good where nothing is left to be
// done without being asked.
func (i *instance) complete(at time.Time) {
	i.status, i.next, i.remindAt = completed, time.Time{}, time.Time{}
	if i.terms.autoApply || i.terms.defaultDecision != "" && i.undecided() {
		i.wait(at)
	}
}

// openStage begins stage n, from its planned start on. Its reviewers are asked,
// and half-way reminded.
func (i *instance) openStage(n int, start, at time.Time) {
	st := &stage{terms: &i.terms.stages[n], id: i.review.g.NewID(), start: start, status: inProgress}
	st.end = start.AddDate(0, 0, st.terms.days)
	i.stages = append(i.stages, st)
	i.next, i.remindAt = st.end, time.Time{}
	i.ask(n, at)
	if i.terms.reminders {
		i.remindAt = start.Add(st.end.Sub(start) / 2)
	}
}

// endStage closes the stage that runs, and opens the next one or ends the review.
func (i *instance) endStage(at time.Time) {
	n := len(i.stages)
	i.stages[n-1].status, i.stages[n-1].end = completed, at
	if n < len(i.terms.stages) && i.moveOn(n) {
		i.openStage(n, at, at)
		return
	}
	i.end, i.remindAt = at, time.Time{}
	if i.terms.catalog {
		i.awaitMarks(at)
		return
	}
	i.enter(completing, at)
}

// stop ends an instance that runs.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (i *instance) stop(at time.Time) {
	for _, st := range i.stages {
		if st.status == inProgress {
			st.status, st.end = completed, at
		}
	}
	i.end = at
	if i.terms.catalog {
		i.remindAt = time.Time{}
		i.awaitMarks(at)
		return
	}
	i.complete(at)
}

// The results of applying a decision.
// https://learn.microsoft.com/graph/api/resources/accessreviewinstancedecisionitem
const (
	resultNew         = "New"
	resultApplied     = "AppliedSuccessfully"
	resultUnsupported = "ApplyNotSupported"
	resultGone        = "AppliedSuccessfullyButObjectNotFound"
)

// apply carries out the decisions: of those who are denied, the assignments of
// their own go. What they have through a group stays, and their decision says
// so (believed: the documentation says only that it is not applied).
// https://learn.microsoft.com/entra/id-governance/complete-access-review
func (i *instance) apply(at time.Time) {
	i.status, i.next = applied, time.Time{}
	i.sweepAt = at.Add(i.review.g.Removal)
	v := i.review.g.Store.View()
	for _, it := range i.items {
		if it.final().decision != "Deny" {
			continue
		}
		it.result, it.description, it.appliedAt, it.appliedBy = i.outcome(v, it), "", at, i.applier
		if it.result == resultApplied {
			i.doomed = append(i.doomed, it)
		}
	}
	if i.review.g.Removal == 0 {
		i.sweep(at)
	}
}

// outcome tells what becomes of a denied item.
func (i *instance) outcome(v *state.View, it *item) string {
	switch {
	case v.Get(schema.Users, it.principal.id) == nil:
		return resultGone
	case len(i.held(v, it)) > 0, i.terms.deleteUsers:
		return resultApplied
	case it.group != "":
		return resultUnsupported
	}
	return resultGone
}

// held returns the assignments that go when an item is denied: those that the
// principal has directly now.
func (i *instance) held(v *state.View, it *item) []*object {
	var list []*object
	for a := range v.Live(schema.Assignments).Equal(schema.Assignments.Prop("principalId"), it.principal.id) {
		if a.Str("resourceId") == i.terms.resource && (it.role == "" || a.Str("appRoleId") == it.role) {
			list = append(list, a)
		}
	}
	return list
}

// sweep takes the assignments away.
func (i *instance) sweep(at time.Time) {
	i.sweepAt = time.Time{}
	if len(i.doomed) == 0 {
		return
	}
	i.review.g.commit(at, func(tx *state.Tx) {
		for _, it := range i.doomed {
			for _, a := range slices.Clone(i.held(tx.View, it)) {
				tx.Purge(a)
			}
			if u := tx.Get(schema.Users, it.principal.id); i.terms.deleteUsers && u != nil {
				tx.Put(u.With(state.Set(schema.Users, "accountEnabled", false))) // deleted 30 days later, which is not modelled
			}
		}
	})
	i.doomed = nil
}

// decideByDefault fills in the default decision where nobody decided.
func (i *instance) decideByDefault(at time.Time) {
	for _, it := range i.items {
		if it.final().decision != notReviewed {
			continue
		}
		d := i.terms.defaultDecision
		if d == "Recommendation" {
			if d = it.recommendation; d != "Approve" && d != "Deny" {
				continue
			}
		}
		it.auto = &vote{decision: d, by: system, at: at}
	}
}

// undecided tells whether there are items that nobody decided.
func (i *instance) undecided() bool {
	return slices.ContainsFunc(i.items, func(it *item) bool { return it.final().decision == notReviewed })
}
