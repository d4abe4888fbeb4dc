package assign

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// Why a file can't be used.
var (
	ErrTruncated = document.ErrTruncated
	ErrVersion   = document.ErrVersion
	ErrMalformed = document.ErrMalformed
)

// ErrOtherApplication says that assignments, a plan or a file belong to another
// application than the one at hand.
var ErrOtherApplication = document.ErrOtherApplication

// planKind marks plan files. If the fields change, so must the version.
var planKind = document.Kind{Name: "rollcall plan", Version: 3}

type planDocument struct {
	document.Stamp
	Plan
}

// Encode writes the plan as JSON with a version, the same bytes for equal plans.
func (p Plan) Encode(w io.Writer) error {
	return planKind.Encode(w, planDocument{planKind.Stamp(), p})
}

// DecodePlan reads what [Plan.Encode] wrote. It refuses a file that is cut short
// with ErrTruncated and one of another version with ErrVersion. Anything else is
// refused with ErrMalformed: other files, unknown fields, changes that
// contradict the state that the plan was made from, removals of what the plan
// spares, and more changes than the plan's own limits allow. That catches accidents; it doesn't prove who wrote
// the file.
func DecodePlan(r io.Reader) (Plan, error) {
	var file planDocument
	if err := planKind.Decode(r, &file); err != nil {
		return Plan{}, err
	}
	if err := file.Plan.validate(); err != nil {
		return Plan{}, err
	}
	return file.Plan, nil
}

// ForApplication returns an error that wraps [ErrOtherApplication] unless the
// plan was made for the service principal with that object id.
func (p Plan) ForApplication(resourceID string) error {
	return planKind.ForApplication(p.Application, p.ResourceID, resourceID)
}

// validate checks the plan against its own basis.
func (p Plan) validate() error {
	before, err := sortAssignments(p.ResourceID, p.Before)
	if err != nil {
		return planKind.Refuse(ErrMalformed, "%v", err)
	}
	if p.ResourceID == "" || !slices.Equal(before, p.Before) || digestOf(p.ResourceID, before) != p.Basis {
		return planKind.Refuse(ErrMalformed, "the state that it was made from was changed in the file; make a new plan")
	}
	removable := make(map[string]pair)
	for _, a := range before {
		if a.direct() {
			removable[a.ID] = a.pair()
		}
	}
	if err := p.checkChanges(idsByPair(before), removable); err != nil {
		return err
	}
	if !p.Limits.valid() {
		return planKind.Refuse(ErrMalformed, "its limits are none that a policy can set; make a new plan")
	}
	additions, removals := p.changes(Add), p.changes(Remove)
	err = p.Limits.check(additions, removals, len(removable))
	if err = cmp.Or(err, p.Limits.tooFew(before, additions, removals)); err != nil {
		return planKind.Refuse(ErrMalformed, "%v", err)
	}
	return nil
}

// checkChanges refuses changes that don't fit what was there and could be removed.
func (p Plan) checkChanges(there map[pair]string, removable map[string]pair) error {
	spared := make(map[string]bool)
	for _, id := range p.Spared {
		spared[id] = true
	}
	for i, change := range p.Changes {
		switch {
		case i > 0 && compareChanges(p.Changes[i-1], change) >= 0:
			return planKind.Refuse(ErrMalformed, "change %d is a repetition or out of order; make a new plan", i+1)
		case change.PrincipalID == "" || change.AppRoleID == "":
			return planKind.Refuse(ErrMalformed, "change %d names no user or no role", i+1)
		case change.Action == Remove && spared[change.AssignmentID]:
			return planKind.Refuse(ErrMalformed, "change %d removes what the plan keeps of %s: it is protected, "+
				"delivered by an access package, or in doubt", i+1, change.PrincipalID)
		case !change.fits(there, removable):
			return planKind.Refuse(ErrMalformed, "change %d (%s of %s) does not fit the state that it was made from; "+
				"make a new plan", i+1, change.Action, change.PrincipalID)
		}
	}
	return nil
}

// fits reports whether the change adds what is not there, or removes what is.
func (c Change) fits(there map[pair]string, removable map[string]pair) bool {
	switch c.Action {
	case Add:
		_, exists := there[c.pair()]
		return !exists && c.AssignmentID == ""
	case Remove:
		held, exists := removable[c.AssignmentID]
		return exists && held == c.pair()
	default:
		return false
	}
}

// digestOf names a state: equal states have equal digests, in whatever order
// they were listed.
func digestOf(resourceID string, sorted []Assignment) string {
	hash := sha256.New()
	io.WriteString(hash, strings.ToLower(resourceID))
	for _, a := range sorted {
		fmt.Fprintf(hash, "\n%s\n%s\n%s\n%s", a.PrincipalID, a.AppRoleID, a.ID, strings.ToLower(a.PrincipalType))
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// A MovedError says that an application's assignments are no longer what a plan
// was made from, apart from what the plan itself changes.
type MovedError struct {
	Application string
	Appeared    []Assignment // there now, but neither before nor through this plan
	Gone        []Assignment // there before, but not now, and not removed by this plan
}

func (e *MovedError) Error() string {
	var moved []string
	if len(e.Appeared) > 0 {
		moved = append(moved, fmt.Sprintf("%d appeared (the first is of %s)", len(e.Appeared), e.Appeared[0].principal()))
	}
	if len(e.Gone) > 0 {
		moved = append(moved, fmt.Sprintf("%d gone (the first is of %s)", len(e.Gone), e.Gone[0].principal()))
	}
	return roster.Printable(fmt.Sprintf("the assignments of %s have changed since the plan was made: %s; make a new plan",
		e.Application, strings.Join(moved, ", ")))
}

// Check compares the state that the plan was made from with the assignments as
// they are now, a whole list, and returns a [*MovedError] if somebody else has
// changed them. The plan's own changes don't count, whether they are already
// made or can't be seen yet, so that a plan that was cut off halfway can be
// checked and applied again. Assignments of another application are refused with
// [ErrOtherApplication].
func (p Plan) Check(current []Assignment) error {
	now, err := sortAssignments(p.ResourceID, current)
	if err != nil {
		return err
	}
	added, removed := make(map[pair]bool), make(map[string]bool)
	for _, change := range p.Changes {
		if change.Action == Add {
			added[change.pair()] = true
		} else {
			removed[change.AssignmentID] = true
		}
	}
	before, there := idsByPair(p.Before), idsByPair(now)
	moved := &MovedError{Application: p.Application}
	for _, a := range now {
		// A removed assignment that is back under another id was given anew.
		old, known := before[a.pair()]
		if !known && !added[a.pair()] || known && removed[old] && old != a.ID && !removed[a.ID] {
			moved.Appeared = append(moved.Appeared, a)
		}
	}
	for _, a := range p.Before {
		if _, still := there[a.pair()]; !still && !removed[a.ID] {
			moved.Gone = append(moved.Gone, a)
		}
	}
	if len(moved.Appeared)+len(moved.Gone) > 0 {
		return moved
	}
	return nil
}

// idsByPair returns the pairs of a sorted list with an assignment id of each.
func idsByPair(assignments []Assignment) map[pair]string {
	ids := make(map[pair]string, len(assignments))
	for _, a := range assignments {
		ids[a.pair()] = a.ID
	}
	return ids
}
