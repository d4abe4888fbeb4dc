package governance

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
func (r *Review) next() (first event) {
	if at, ok := r.Terms.begins(len(r.Instances)); ok {
		first = event{at, r.begin}
	}
	for _, i := range r.Instances {
		for _, e := range []event{{i.remindAt, i.remind}, {i.next, i.step}, {i.removeAt, i.removeAccess}} {
			if e.before(first) {
				first = e
			}
		}
	}
	return first
}

// begin creates the instance whose time has come. The first one is there from
// the beginning.
func (r *Review) begin(at time.Time) {
	i := &Instance{Review: r, Terms: r.Terms, ID: r.g.NewID(), Status: notStarted, applier: system, Start: at,
		End: at.AddDate(0, 0, r.Terms.Days())}
	i.next = at.Add(r.g.Slip)
	r.Instances = append(r.Instances, i)
}

// step moves an instance to its next status.
func (i *Instance) step(at time.Time) {
	t := i.Terms
	switch i.Status {
	case notStarted:
		if t.catalog {
			i.Status, i.next = initializing, at.Add(i.Review.g.Upload)
			return
		}
		if i.gather(at); len(i.Items) == 0 {
			i.complete(at) // an application without assignments
			return
		}
		i.enter(starting, at)
	case starting:
		i.Status = inProgress
		i.openStage(0, i.Start, at)
	case initializing:
		i.readUploads()
		i.Status = active
		i.openStage(0, i.Start, at)
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
		i.Status, i.next = autoReviewed, time.Time{}
		if t.autoApply {
			i.wait(at)
		}
	case autoReviewed:
		i.enter(applying, at)
	case applying:
		if t.catalog {
			i.Status, i.next = applied, time.Time{}
			return
		}
		i.apply(at)
	}
}

// enter takes a passing status.
func (i *Instance) enter(status string, at time.Time) {
	i.Status = status
	i.wait(at)
}

// wait keeps the status for one phase.
func (i *Instance) wait(at time.Time) { i.next = at.Add(i.Review.g.Phase) }

// complete takes the status Completed, for good where nothing is left to be
// done without being asked.
func (i *Instance) complete(at time.Time) {
	i.Status, i.next, i.remindAt = completed, time.Time{}, time.Time{}
	if i.Terms.autoApply || i.Terms.defaultDecision != "" && i.undecided() {
		i.wait(at)
	}
}

// openStage begins stage n, from its planned start on. Its reviewers are asked,
// and half-way reminded.
func (i *Instance) openStage(n int, start, at time.Time) {
	st := &Stage{Terms: &i.Terms.Stages[n], ID: i.Review.g.NewID(), Start: start, Status: inProgress}
	st.End = start.AddDate(0, 0, st.Terms.days)
	i.Stages = append(i.Stages, st)
	i.next, i.remindAt = st.End, time.Time{}
	i.ask(n, at)
	if i.Terms.reminders {
		i.remindAt = start.Add(st.End.Sub(start) / 2)
	}
}

// endStage closes the stage that runs, and opens the next one or ends the review.
func (i *Instance) endStage(at time.Time) {
	n := len(i.Stages)
	i.Stages[n-1].Status, i.Stages[n-1].End = completed, at
	if n < len(i.Terms.Stages) && i.passOn(n) {
		i.openStage(n, at, at)
		return
	}
	i.End, i.remindAt = at, time.Time{}
	if i.Terms.catalog {
		i.awaitMarks(at)
		return
	}
	i.enter(completing, at)
}

// stop ends an instance that runs.
// https://learn.microsoft.com/graph/api/accessreviewinstance-stop
func (i *Instance) stop(at time.Time) {
	for _, st := range i.Stages {
		if st.Status == inProgress {
			st.Status, st.End = completed, at
		}
	}
	i.End = at
	if i.Terms.catalog {
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
func (i *Instance) apply(at time.Time) {
	i.Status, i.next = applied, time.Time{}
	i.removeAt = at.Add(i.Review.g.Removal)
	v := i.Review.g.Store.View()
	for _, it := range i.Items {
		if it.Final().Decision != "Deny" {
			continue
		}
		it.Result, it.Description, it.AppliedAt, it.AppliedBy = i.outcome(v, it), "", at, i.applier
		if it.Result == resultApplied {
			i.toRemove = append(i.toRemove, it)
		}
	}
	if i.Review.g.Removal == 0 {
		i.removeAccess(at)
	}
}

// outcome returns what becomes of a denied item.
func (i *Instance) outcome(v *state.View, it *Item) string {
	switch {
	case v.Get(schema.Users, it.Principal.ID) == nil:
		return resultGone
	case len(i.held(v, it)) > 0, i.Terms.deleteUsers:
		return resultApplied
	case it.Group != "":
		return resultUnsupported
	}
	return resultGone
}

// held returns the assignments that go when an item is denied: those that the
// principal has directly now.
func (i *Instance) held(v *state.View, it *Item) []*state.Object {
	var list []*state.Object
	for a := range v.Live(schema.Assignments).Equal(schema.Assignments.Prop("principalId"), it.Principal.ID) {
		if a.Str("resourceId") == i.Terms.Resource && (it.Role == "" || a.Str("appRoleId") == it.Role) {
			list = append(list, a)
		}
	}
	return list
}

// removeAccess takes the assignments away.
func (i *Instance) removeAccess(at time.Time) {
	i.removeAt = time.Time{}
	if len(i.toRemove) == 0 {
		return
	}
	i.Review.g.commit(at, func(tx *state.Tx) {
		for _, it := range i.toRemove {
			for _, a := range slices.Clone(i.held(tx.View, it)) {
				tx.Purge(a)
			}
			if u := tx.Get(schema.Users, it.Principal.ID); i.Terms.deleteUsers && u != nil {
				tx.Put(u.With(state.Set(schema.Users, "accountEnabled", false))) // deleted 30 days later, which is not modelled
			}
		}
	})
	i.toRemove = nil
}

// decideByDefault fills in the default decision where nobody decided.
func (i *Instance) decideByDefault(at time.Time) {
	for _, it := range i.Items {
		if it.Final().Decision != notReviewed {
			continue
		}
		d := i.Terms.defaultDecision
		if d == "Recommendation" {
			if d = it.Recommendation; d != "Approve" && d != "Deny" {
				continue
			}
		}
		it.auto = &Vote{Decision: d, By: system, At: at}
	}
}

// undecided reports whether there are items that nobody decided.
func (i *Instance) undecided() bool {
	return slices.ContainsFunc(i.Items, func(it *Item) bool { return it.Final().Decision == notReviewed })
}
