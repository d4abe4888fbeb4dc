package graphfake

import (
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

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
	v := i.review.g.s.store.View()
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
	case v.Get(users, it.principal.id) == nil:
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
	for a := range v.Live(assignments).Equal(assignments.Prop("principalId"), it.principal.id) {
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
			if u := tx.Get(users, it.principal.id); i.terms.deleteUsers && u != nil {
				tx.Put(u.With(set(users, "accountEnabled", false))) // deleted 30 days later, which is not modelled
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
