package assign

import (
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign/internal/document"
)

// planKind is the plan file's stamp. A change of the fields needs a new version.
var planKind = document.Kind{Name: "rollcall plan", Version: 1}

type planDocument struct {
	document.Stamp
	Plan
}

// Encode writes the plan as JSON with a version, the same bytes for equal plans.
func (p Plan) Encode(w io.Writer) error {
	return planKind.Encode(w, planDocument{planKind.Stamp(), p})
}

// DecodePlan reads what [Plan.Encode] wrote. Anything else is refused with a
// [*FileError]: a file of another kind or version, one cut short, unknown
// fields, and changes that contradict the state that the plan says it was made
// from. That catches accidents; it doesn't prove who wrote the file.
func DecodePlan(r io.Reader) (Plan, error) {
	var document planDocument
	if err := planKind.Decode(r, &document); err != nil {
		return Plan{}, err
	}
	if err := document.Plan.validate(); err != nil {
		return Plan{}, err
	}
	return document.Plan, nil
}

// ForApplication refuses a plan that was made for another service principal
// than the one with that object id, with a [*FileError] that wraps ErrOtherApplication.
func (p Plan) ForApplication(resourceID string) error {
	if strings.EqualFold(p.ResourceID, resourceID) {
		return nil
	}
	return planKind.OtherApplication(p.Application, p.ResourceID, resourceID)
}

// validate holds a plan against its own basis.
func (p Plan) validate() error {
	before, err := sortAssignments(p.ResourceID, p.Before)
	if err != nil {
		return planKind.Refuse(ErrMalformed, "%v", err)
	}
	if p.ResourceID == "" || !slices.Equal(before, p.Before) || digestOf(p.ResourceID, before) != p.Basis {
		return planKind.Refuse(ErrMalformed, "the state that it was made from was changed in the file; make a new plan")
	}
	pairs, removable := pairsOf(before), make(map[string]pair)
	for _, a := range before {
		if a.direct() {
			removable[a.ID] = a.pair()
		}
	}
	for i, change := range p.Changes {
		if i > 0 && compareChanges(p.Changes[i-1], change) >= 0 {
			return planKind.Refuse(ErrMalformed, "change %d is a repetition or out of order; make a new plan", i+1)
		}
		_, there := pairs[change.pair()]
		of, known := removable[change.AssignmentID]
		switch {
		case change.PrincipalID == "" || change.AppRoleID == "":
			return planKind.Refuse(ErrMalformed, "change %d names no user or no role", i+1)
		case change.Action == Add && !there && change.AssignmentID == "":
		case change.Action == Remove && known && of == change.pair():
		default:
			return planKind.Refuse(ErrMalformed, "change %d (%s of %s) does not fit the state that it was made from; make a new plan",
				i+1, change.Action, change.PrincipalID)
		}
	}
	return nil
}
