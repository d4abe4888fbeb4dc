package assign

import (
	"strings"
	"time"
)

// An App is the application whose assignments are planned.
type App struct {
	ResourceID  string    // object id of its service principal
	DisplayName string    // for people
	Roles       []AppRole // the roles it declares
}

// An Assignment is an app role assignment as it stands in the directory.
// https://learn.microsoft.com/graph/api/resources/approleassignment
type Assignment struct {
	ID                   string    `json:"id"`
	PrincipalID          string    `json:"principalId"`
	PrincipalType        string    `json:"principalType"` // User, Group or ServicePrincipal
	PrincipalDisplayName string    `json:"principalDisplayName,omitempty"`
	ResourceID           string    `json:"resourceId"`
	AppRoleID            string    `json:"appRoleId"`
	CreatedDateTime      time.Time `json:"createdDateTime"`
}

// direct reports whether a user holds the assignment themselves. A kind of
// principal that isn't known is not a user.
func (a Assignment) direct() bool { return strings.EqualFold(a.PrincipalType, "User") }

// Kept counts what a plan leaves as it is.
type Kept struct {
	Met      int `json:"met"`      // wanted, and already there
	Unlisted int `json:"unlisted"` // users' assignments that no row asks for and the policy leaves
	Held     int `json:"held"`     // users' assignments left because their row settles no role
	Groups   int `json:"groups"`   // assignments of groups: members keep access, whatever a review says
	Others   int `json:"others"`   // assignments of service principals
}

// A Plan says which assignments of one application to add and to remove, why,
// and from what state that was concluded. It is plain data: print it with
// WriteText, keep it with Encode, make it true with [Apply].
type Plan struct {
	ResourceID  string `json:"resourceId"` // object id of the service principal
	Application string `json:"application"`
	// Changes are sorted: additions first, then by the ids of principal, role and assignment.
	Changes []Change `json:"changes"`
	Kept    Kept     `json:"kept"`
	// Unresolved is the number of rows without a known person that the policy
	// accepted; 0 for a policy that removes nothing, which needs no such thing.
	Unresolved int    `json:"unresolved,omitempty"`
	Override   string `json:"override,omitempty"` // Policy.Override
	// Basis is a digest of Before, to tell at a glance whether two plans saw the same state.
	Basis  string       `json:"basis"`
	Before []Assignment `json:"before"` // all assignments that were there, sorted by the ids of principal and role
}

// Count returns the number of changes with that action.
func (p Plan) Count(action Action) int {
	n := 0
	for _, change := range p.Changes {
		if change.Action == action {
			n++
		}
	}
	return n
}

// NewPlan compares what should be with what is there, by user and role, and
// says what to change. It is a function of its arguments alone, whatever their
// order. A nil policy removes nothing.
//
// A want without a user, or for a role that the application can't give, is
// refused with a [*WantError], which wraps a [*RoleError]. A
// policy that removes is refused with an [*UnfinishedError] unless its Roll
// shows the whole roster, and with a [*RemovalLimitError] if it would remove
// too much; then nothing at all is planned. Assignments of another application
// are ErrOtherApplication. current must be a whole list, as [Reader] returns it.
func NewPlan(app App, wants []Want, current []Assignment, policy *Policy) (Plan, error) {
	if policy == nil {
		policy = new(Policy)
	}
	if policy.Remove != RemoveNothing {
		if err := policy.Roll.settled(policy.AcceptUnresolved); err != nil {
			return Plan{}, err
		}
	}
	names, err := roleNames(app, wants)
	if err != nil {
		return Plan{}, err
	}
	there, err := assignmentsInOrder(app.ResourceID, current)
	if err != nil {
		return Plan{}, err
	}
	asked := wantsInOrder(wants)
	d := newDiffer(*policy, names, missing(asked, there))
	basis, before := newDigest(app.ResourceID), make([]Assignment, 0, len(current))
	for wants, held := range sideBySide(asked, there) {
		held = eachOnce(held)
		before = append(before, held...)
		basis.add(held)
		d.compare(wants, held)
	}
	if err := policy.guard(d.removals, d.direct); err != nil {
		return Plan{}, err
	}
	plan := Plan{ResourceID: app.ResourceID, Application: app.DisplayName, Changes: append(d.additions, d.removals...), Kept: d.kept,
		Basis: basis.String(), Before: before}
	if policy.Remove != RemoveNothing {
		plan.Override, plan.Unresolved = strings.TrimSpace(policy.Override), len(policy.Roll.Unresolved)
	}
	return plan, nil
}

// roleNames returns the display name of each role id, and an error if a want
// names no user or a role that can't be given.
func roleNames(app App, wants []Want) (map[string]string, error) {
	index := newRoleIndex(app.Roles)
	names := make(map[string]string, len(app.Roles))
	for _, role := range app.Roles {
		names[strings.ToLower(role.ID)] = role.DisplayName
	}
	checked := make(map[string]bool)
	for _, want := range wants {
		if want.PrincipalID == "" {
			return nil, &WantError{Source: want.Source, Err: ErrNoUser}
		}
		if checked[want.AppRoleID] {
			continue
		}
		role, err := index.findID(want.AppRoleID)
		if err != nil {
			return nil, &WantError{Source: want.Source, PrincipalID: want.PrincipalID, Err: err}
		}
		names[strings.ToLower(role.ID)] = role.DisplayName
		checked[want.AppRoleID] = true
	}
	return names, nil
}
