package assign

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A pair is what plans compare: who holds which role. Ids are GUIDs, which
// compare without letter case, so both are in lower case.
type pair struct{ principal, role string }

func (p pair) compare(q pair) int {
	return cmp.Or(strings.Compare(p.principal, q.principal), strings.Compare(p.role, q.role))
}

func (w *Want) pair() pair       { return pair{w.PrincipalID, w.AppRoleID} }
func (a *Assignment) pair() pair { return pair{a.PrincipalID, a.AppRoleID} }

// wantsInOrder puts the wants of one pair together, in the order of their rows.
func wantsInOrder(wants []Want) *inOrder[Want] {
	return newInOrder(wants, Want.normal, (*Want).texts, func(a, b *Want) int {
		return cmp.Or(a.pair().compare(b.pair()), a.Source.Compare(b.Source), strings.Compare(a.PrincipalName, b.PrincipalName))
	})
}

func (w *Want) texts() (principal, other string)       { return w.PrincipalID, w.Source.Key }
func (a *Assignment) texts() (principal, other string) { return a.PrincipalID, a.ID }

func (w Want) normal() Want {
	w.PrincipalID, w.AppRoleID = strings.ToLower(w.PrincipalID), strings.ToLower(w.AppRoleID)
	return w
}

// Compare orders sources by file, line and key.
func (s Source) Compare(t Source) int {
	return cmp.Or(strings.Compare(s.File, t.File), cmp.Compare(s.Line, t.Line), strings.Compare(s.Key, t.Key))
}

// sortAssignments returns a copy, sorted by pair and id, each id once.
func sortAssignments(resourceID string, current []Assignment) ([]Assignment, error) {
	held, err := assignmentsInOrder(resourceID, current)
	if err != nil {
		return nil, err
	}
	return eachOnce(held.upTo(math.MaxUint64, make([]Assignment, 0, len(current)))), nil
}

// assignmentsInOrder puts them in the order of pair and id.
func assignmentsInOrder(resourceID string, current []Assignment) (*inOrder[Assignment], error) {
	for _, a := range current {
		if !strings.EqualFold(a.ResourceID, resourceID) {
			return nil, fmt.Errorf("assignment %s is of service principal %s and not of %s: %w", a.ID, a.ResourceID, resourceID, ErrOtherApplication)
		}
	}
	return newInOrder(current, Assignment.normal, (*Assignment).texts, func(a, b *Assignment) int {
		return cmp.Or(a.pair().compare(b.pair()), strings.Compare(a.ID, b.ID))
	}), nil
}

// eachOnce drops repeated ones, which stand together: a listing that changes
// while it is paged through may yield one twice.
func eachOnce(sorted []Assignment) []Assignment {
	return slices.CompactFunc(sorted, func(a, b Assignment) bool { return a.ID == b.ID && a.pair() == b.pair() })
}

func (a Assignment) normal() Assignment {
	a.PrincipalID, a.AppRoleID = strings.ToLower(a.PrincipalID), strings.ToLower(a.AppRoleID)
	a.CreatedDateTime = a.CreatedDateTime.UTC() // one form, so that equal states are equal values
	return a
}

// compareChanges is the order of a plan.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(string(a.Action), string(b.Action)), a.pair().compare(b.pair()), strings.Compare(a.AssignmentID, b.AssignmentID))
}
