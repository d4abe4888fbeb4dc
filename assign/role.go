package assign

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// An AppRole is a role that an application declares.
// https://learn.microsoft.com/graph/api/resources/approle
type AppRole struct {
	ID                 string   `json:"id"`
	DisplayName        string   `json:"displayName"`
	Description        string   `json:"description,omitempty"`
	Value              string   `json:"value,omitempty"`
	AllowedMemberTypes []string `json:"allowedMemberTypes"`
	IsEnabled          bool     `json:"isEnabled"`
}

// DefaultAccess is the app role id of an assignment to an application that
// declares no role for users.
// https://learn.microsoft.com/graph/api/resources/approleassignment
const DefaultAccess = "00000000-0000-0000-0000-000000000000"

// TakesUsers reports whether users and groups can be members of the role; the
// others are for applications only.
func (r AppRole) TakesUsers() bool {
	return slices.ContainsFunc(r.AllowedMemberTypes, func(t string) bool { return strings.EqualFold(t, "User") })
}

// The reasons for which a role can't be given. They are found in a
// [*RoleError] with errors.Is.
var (
	ErrUnknownRole      = errors.New("the application has no such role")
	ErrAmbiguousRole    = errors.New("several roles go by that name")
	ErrRoleDisabled     = errors.New("the role is disabled")
	ErrRoleTakesNoUsers = errors.New("the role is for applications, not for users")
	ErrRoleNeeded       = errors.New("a role must be named, for the application has roles for users")
)

// A RoleError says why no role could be chosen by a name, and which ones there are.
type RoleError struct {
	Name  string   // as it was asked for
	Roles []string // display names of the enabled roles that users can be given, sorted
	Err   error    // ErrUnknownRole or one of its siblings
}

func (e *RoleError) Error() string {
	asked := ""
	if e.Name != "" {
		asked = fmt.Sprintf("role %q: ", e.Name)
	}
	if len(e.Roles) == 0 {
		return asked + e.Err.Error() + "; it has no role that users can be given"
	}
	return fmt.Sprintf("%s%v; users can be given: %s", asked, e.Err, strings.Join(e.Roles, ", "))
}

func (e *RoleError) Unwrap() error { return e.Err }

// A RoleRule says which of an application's roles the person of a row should
// hold. It returns at least one role or an error, never both; the slice is
// shared and must not be changed. A rule must depend on nothing but the row and
// be safe for concurrent use. Ready ones are [OneRole] and [RoleColumn].
type RoleRule func(row roster.Row) ([]AppRole, error)

// OneRole gives every row the role of that name, which is compared with the
// roles' display names, values and ids without letter case. The empty name
// means [DefaultAccess], and only if the application declares no role for users.
// A role that doesn't exist, isn't the only one of that name, is disabled or
// takes no users is refused with a [*RoleError].
func OneRole(roles []AppRole, name string) (RoleRule, error) {
	found, err := newRoleIndex(roles).find(name)
	if err != nil {
		return nil, err
	}
	return func(roster.Row) ([]AppRole, error) { return found, nil }, nil
}

// A roleIndex answers which role goes by a name; made once, so that a rule
// costs one look-up a row.
type roleIndex struct {
	byName   map[string][]AppRole // by folded display name, value and id
	forUsers []string             // display names
	declared bool                 // some role takes users, enabled or not
}

func newRoleIndex(roles []AppRole) *roleIndex {
	x := &roleIndex{byName: make(map[string][]AppRole)}
	for _, role := range roles {
		x.declared = x.declared || role.TakesUsers()
		if role.IsEnabled && role.TakesUsers() {
			x.forUsers = append(x.forUsers, role.DisplayName)
		}
		names := []string{roster.Fold(role.DisplayName), roster.Fold(role.Value), roster.Fold(role.ID)}
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
			x.byName[name] = append(x.byName[name], role)
		}
	}
	slices.Sort(x.forUsers)
	return x
}

// find returns the one usable role of that name. Unusable ones of the same name
// don't make it ambiguous: an application may keep a disabled twin.
func (x *roleIndex) find(name string) ([]AppRole, error) {
	name = strings.TrimSpace(name)
	if name == "" || name == DefaultAccess {
		if x.declared {
			return nil, &RoleError{Roles: x.forUsers, Err: ErrRoleNeeded}
		}
		return []AppRole{{ID: DefaultAccess, DisplayName: "Default Access", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}, nil
	}
	var usable []AppRole
	err := ErrUnknownRole
	for _, role := range x.byName[roster.Fold(name)] {
		switch {
		case !role.TakesUsers():
			err = ErrRoleTakesNoUsers
		case !role.IsEnabled:
			err = ErrRoleDisabled
		default:
			usable = append(usable, role)
		}
	}
	if len(usable) == 1 {
		return usable, nil
	}
	if len(usable) > 1 {
		err = ErrAmbiguousRole
	}
	return nil, &RoleError{Name: name, Roles: x.forUsers, Err: err}
}

// findID is find for an id alone, so that a name is not taken for one.
func (x *roleIndex) findID(id string) (AppRole, error) {
	found, err := x.find(id)
	if err == nil && !strings.EqualFold(found[0].ID, id) {
		err = &RoleError{Name: id, Roles: x.forUsers, Err: ErrUnknownRole}
	}
	if err != nil {
		return AppRole{}, err
	}
	return found[0], nil
}
