package assign

import (
	"cmp"
	"fmt"
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

// direct reports whether a user holds the assignment themselves. An unknown
// type of principal is not a user.
func (a Assignment) direct() bool { return strings.EqualFold(a.PrincipalType, "User") }

// principal names the holder for people.
func (a Assignment) principal() string { return cmp.Or(a.PrincipalDisplayName, a.PrincipalID) }

// An Action is what a change does.
type Action string

// The actions of a plan.
const (
	Add    Action = "add"
	Remove Action = "remove"
)

// A Change is one assignment to add or to remove, with its reason.
type Change struct {
	Action        Action   `json:"action"`
	PrincipalID   string   `json:"principalId"`
	PrincipalName string   `json:"principalName,omitempty"`
	AppRoleID     string   `json:"appRoleId"`
	AppRole       string   `json:"appRole,omitempty"`      // display name, for people
	AssignmentID  string   `json:"assignmentId,omitempty"` // of the assignment to remove
	Reason        string   `json:"reason"`
	Sources       []Source `json:"sources,omitempty"` // rows that ask for it
	// Created is when the assignment to remove was made, or zero if that is unknown.
	// [Apply] takes it from Plan.Before. A replica may not know of one that is new.
	Created time.Time `json:"-"`
}

// person names the change's user for people.
func (c Change) person() string { return cmp.Or(c.PrincipalName, c.PrincipalID) }

// role names the change's role. A role that is no longer declared has only an id.
func (c Change) role() string { return cmp.Or(c.AppRole, c.AppRoleID) }

// compareChanges is the order of a plan.
func compareChanges(a, b Change) int {
	return cmp.Or(strings.Compare(string(a.Action), string(b.Action)), a.pair().compare(b.pair()),
		strings.Compare(a.AssignmentID, b.AssignmentID))
}

// Kept counts what a plan leaves as it is.
type Kept struct {
	Met      int `json:"met"`      // wanted, and already there
	Unlisted int `json:"unlisted"` // users' assignments that no row asks for and the policy leaves
	Held     int `json:"held"`     // users' assignments left because their row settles no role
	Groups   int `json:"groups"`   // assignments of groups: members keep access, whatever a review says
	Others   int `json:"others"`   // assignments of service principals
	// Protected and Delivered are users' assignments that no row asks for, and
	// that are left because of Policy.Protected and Policy.Packages.
	Protected int `json:"protected,omitempty"`
	Delivered int `json:"delivered,omitempty"`
}

// A Plan says which assignments of one application to add and to remove, why,
// and from what state that was concluded. It is plain data: print it with
// WriteText, keep it with Encode, carry it out with [Apply].
type Plan struct {
	// Tenant is the id of the tenant that the plan was made for, for whoever reads it;
	// "" if nobody wrote it down. NewPlan doesn't know it.
	Tenant      string `json:"tenant,omitempty"`
	ResourceID  string `json:"resourceId"` // object id of the service principal
	Application string `json:"application"`
	// Changes are sorted by action, and then by the ids of principal, role and assignment.
	Changes []Change `json:"changes"`
	Kept    Kept     `json:"kept"`
	// Spared are the ids of the assignments that the policy shields: of protected
	// users, delivered by access packages, or in doubt. A plan that was changed to
	// remove one of them is refused.
	Spared []string `json:"spared,omitempty"`
	// Unresolved is the number of rows without a known person that the policy
	// accepted. It is 0 if the policy removes nothing, which needs no such count.
	Unresolved int `json:"unresolved,omitempty"`
	// PackagesUnread says that the plan removes without knowing what access
	// packages deliver.
	PackagesUnread bool `json:"packagesUnread,omitempty"`
	// Limits are those of the policy. A plan that was changed beyond them is refused.
	Limits Limits `json:"limits"`
	// Basis is a digest of Before: two plans with the same Basis saw the same state.
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

func (p Plan) changes(action Action) []Change {
	var changes []Change
	for _, change := range p.Changes {
		if change.Action == action {
			changes = append(changes, change)
		}
	}
	return changes
}

// NewPlan compares what should be with what is there, by user and role, and
// says what to change. The result depends on the arguments alone, and not on
// their order. A nil policy removes nothing.
//
// A want without a user, or for a role that the application can't give, is
// refused with a [*WantError]. A policy that removes is refused with
// [ErrUnfinished] unless its Roll shows the whole roster, and with a
// [*LimitError] or [ErrTooFewHolders] if it would change too much. Assignments of another
// application are refused with [ErrOtherApplication]. If anything is refused,
// nothing is planned. current must be a whole list, as [Reader] returns it.
func NewPlan(app App, wants []Want, current []Assignment, policy *Policy) (Plan, error) {
	if policy == nil {
		policy = new(Policy)
	}
	if err := policy.check(); err != nil {
		return Plan{}, err
	}
	return newPlan(app, wants, current, *policy, false)
}

// NewReversal says how to take back what an earlier plan did: the wants are given back,
// and of the current assignments those with the ids in remove are taken away. Everything
// else stays. The policy's limits, protected users, packages and last holders count, and
// its errors are [NewPlan]'s; it needs no Roll, because nothing is concluded from a
// roster, and its Remove must be empty.
func NewReversal(app App, wants []Want, remove []string, current []Assignment, policy *Policy) (Plan, error) {
	var p Policy
	if policy != nil {
		p = *policy
	}
	if p.Remove != "" {
		return Plan{}, fmt.Errorf("the policy's Remove is %q: a reversal removes what it is given", p.Remove)
	}
	if err := p.check(); err != nil {
		return Plan{}, err
	}
	p.Remove, p.Ours, p.Roll = RemoveOurs, remove, nil
	return newPlan(app, wants, current, p, true)
}

func newPlan(app App, wants []Want, current []Assignment, policy Policy, reversal bool) (Plan, error) {
	names, err := roleNames(app, wants)
	if err != nil {
		return Plan{}, err
	}
	before, err := sortAssignments(app.ResourceID, current)
	if err != nil {
		return Plan{}, err
	}
	d := newDiff(policy, names)
	d.reversal = reversal
	d.compare(sortWants(wants), before)
	limits := policy.limits(d.direct)
	if err := limits.check(d.additions, d.removals, d.direct); err != nil {
		return Plan{}, err
	}
	if err := limits.tooFew(before, d.additions, d.removals); err != nil {
		return Plan{}, err
	}
	plan := Plan{ResourceID: app.ResourceID, Application: app.DisplayName, Changes: append(d.additions, d.removals...),
		Kept: d.kept, Spared: d.spared, Limits: limits, Basis: digestOf(app.ResourceID, before), Before: before}
	if policy.removes() {
		plan.PackagesUnread = policy.Packages == nil && len(d.removals) > 0
	}
	if policy.Roll != nil && policy.removes() {
		plan.Unresolved = policy.Roll.open()
	}
	return plan, nil
}

// roleNames returns the display name of each role by its id. It returns an error
// if a want names no user, or a role that can't be given.
func roleNames(app App, wants []Want) (map[string]string, error) {
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
		role, err := RoleByID(app.Roles, want.AppRoleID)
		if err != nil {
			return nil, &WantError{Source: want.Source, PrincipalID: want.PrincipalID, Err: err}
		}
		names[strings.ToLower(role.ID)] = role.DisplayName
		checked[want.AppRoleID] = true
	}
	return names, nil
}
