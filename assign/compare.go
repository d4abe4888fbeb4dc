package assign

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
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

// sortWants returns a copy, sorted so that the wants of one pair stand together
// in the order of their rows.
func sortWants(wants []Want) []Want {
	return sorted(wants, (*Want).pair, Want.normal, func(a, b *Want) int {
		return cmp.Or(a.pair().compare(b.pair()), a.Source.compare(b.Source), strings.Compare(a.PrincipalName, b.PrincipalName))
	})
}

func (w Want) normal() Want {
	w.PrincipalID, w.AppRoleID = strings.ToLower(w.PrincipalID), strings.ToLower(w.AppRoleID)
	return w
}

func (s Source) compare(t Source) int {
	return cmp.Or(strings.Compare(s.File, t.File), cmp.Compare(s.Line, t.Line), strings.Compare(s.Key, t.Key))
}

// sortAssignments returns a copy, sorted by pair and id, each id once: a listing
// that changes while it is paged through may yield one twice.
func sortAssignments(resourceID string, current []Assignment) ([]Assignment, error) {
	for _, a := range current {
		if !strings.EqualFold(a.ResourceID, resourceID) {
			return nil, fmt.Errorf("assignment %s is of service principal %s and not of %s: %w", a.ID, a.ResourceID, resourceID, ErrOtherApplication)
		}
	}
	inOrder := sorted(current, (*Assignment).pair, Assignment.normal, func(a, b *Assignment) int {
		return cmp.Or(a.pair().compare(b.pair()), strings.Compare(a.ID, b.ID))
	})
	return slices.CompactFunc(inOrder, func(a, b Assignment) bool { return a.ID == b.ID && a.pair() == b.pair() }), nil
}

func (a Assignment) normal() Assignment {
	a.PrincipalID, a.AppRoleID = strings.ToLower(a.PrincipalID), strings.ToLower(a.AppRoleID)
	a.CreatedDateTime = a.CreatedDateTime.UTC() // one form, so that equal states are equal values
	return a
}

// sorted returns the normal forms of items in the order of compare, which must
// begin with the order of their principals. It sorts the principals' first bytes
// and moves each item once: a million items don't fit a processor's cache, and
// their first bytes nearly do.
func sorted[T any](items []T, pair func(*T) pair, normal func(T) T, compare func(a, b *T) int) []T {
	type ref struct {
		prefix uint64
		at     int
	}
	refs := make([]ref, len(items))
	for i := range items {
		var first [8]byte
		copy(first[:], strings.ToLower(pair(&items[i]).principal))
		refs[i] = ref{binary.BigEndian.Uint64(first[:]), i}
	}
	slices.SortFunc(refs, func(r, s ref) int {
		if r.prefix != s.prefix {
			return cmp.Compare(r.prefix, s.prefix)
		}
		a, b := normal(items[r.at]), normal(items[s.at])
		return compare(&a, &b)
	})
	result := make([]T, len(items))
	for i, ref := range refs {
		result[i] = normal(items[ref.at])
	}
	return result
}

// digest names a state: equal states have equal digests, whatever order they were listed in.
func digest(resourceID string, sorted []Assignment) string {
	hash := sha256.New()
	line := []byte(strings.ToLower(resourceID))
	for _, a := range sorted {
		hash.Write(line)
		line = line[:0]
		for _, field := range [...]string{a.PrincipalID, a.AppRoleID, a.ID, strings.ToLower(a.PrincipalType)} {
			line = append(append(line, '\n'), field...)
		}
	}
	hash.Write(line)
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// compareChanges is the order of a plan.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(string(a.Action), string(b.Action)), a.pair().compare(b.pair()), strings.Compare(a.AssignmentID, b.AssignmentID))
}
