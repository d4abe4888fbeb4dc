package assign

import (
	"fmt"
	"strings"
)

// A MovedError says that an application's assignments are no longer what a plan
// was made from, apart from what the plan itself changes.
type MovedError struct {
	Application string
	Appeared    []Assignment // there now, and neither before nor through this plan
	Gone        []Assignment // there before, not now, and not removed by this plan
}

func (e *MovedError) Error() string {
	var moved []string
	for _, side := range []struct {
		list []Assignment
		what string
	}{{e.Appeared, "appeared"}, {e.Gone, "gone"}} {
		if len(side.list) > 0 {
			moved = append(moved, fmt.Sprintf("%d %s (the first is of %s)", len(side.list), side.what, side.list[0].principal()))
		}
	}
	return fmt.Sprintf("the assignments of %s have changed since the plan was made: %s; make a new plan", e.Application, strings.Join(moved, ", "))
}

// principal names the holder for people.
func (a Assignment) principal() string {
	if a.PrincipalDisplayName == "" {
		return a.PrincipalID
	}
	return a.PrincipalDisplayName
}

// Check compares the plan's basis with the assignments as they are now, a whole
// list, and returns a [*MovedError] if somebody else changed them. Changes of
// this same plan that are already made, or not yet to be seen, don't count, so a
// plan that was cut off halfway may be checked and applied again. Assignments of
// another application are ErrOtherApplication.
func (p Plan) Check(current []Assignment) error {
	now, err := sortAssignments(p.ResourceID, current)
	if err != nil {
		return err
	}
	ownPairs, ownIDs := make(map[pair]bool), make(map[string]bool)
	for _, change := range p.Changes {
		if change.Action == Add {
			ownPairs[change.pair()] = true
		} else {
			ownIDs[change.AssignmentID] = true
		}
	}
	before, there := pairsOf(p.Before), pairsOf(now)
	moved := &MovedError{Application: p.Application}
	for _, a := range now {
		// A removed assignment that is back under another id was given anew.
		old, known := before[a.pair()]
		if !known && !ownPairs[a.pair()] || known && ownIDs[old] && old != a.ID && !ownIDs[a.ID] {
			moved.Appeared = append(moved.Appeared, a)
		}
	}
	for _, a := range p.Before {
		if _, still := there[a.pair()]; !still && !ownIDs[a.ID] {
			moved.Gone = append(moved.Gone, a)
		}
	}
	if len(moved.Appeared)+len(moved.Gone) > 0 {
		return moved
	}
	return nil
}

func (c Change) pair() pair {
	return pair{strings.ToLower(c.PrincipalID), strings.ToLower(c.AppRoleID)}
}

// pairsOf returns the pairs of a sorted list with an assignment id of each.
func pairsOf(assignments []Assignment) map[pair]string {
	pairs := make(map[pair]string, len(assignments))
	for _, a := range assignments {
		pairs[a.pair()] = a.ID
	}
	return pairs
}
