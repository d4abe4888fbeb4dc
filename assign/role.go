package assign

import (
	"errors"
	"fmt"
	"maps"
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

// TakesUsers reports whether users and groups can be members of the role. Other
// roles are for applications only.
func (r AppRole) TakesUsers() bool {
	return slices.ContainsFunc(r.AllowedMemberTypes, func(t string) bool { return strings.EqualFold(t, "User") })
}

// Why a role can't be given. An error that wraps one of these names the roles
// that users can be given.
var (
	ErrUnknownRole      = errors.New("the application has no such role")
	ErrAmbiguousRole    = errors.New("several roles have that name")
	ErrRoleDisabled     = errors.New("the role is disabled")
	ErrRoleTakesNoUsers = errors.New("the role is for applications, not for users")
	ErrRoleNeeded       = errors.New("a role must be named, because the application has roles for users")
)

// Why a row names no role.
var (
	ErrNoRoleColumn = errors.New("the roster has no such column")
	ErrNoRoleValue  = errors.New("the row says no role")
)

// A RoleRule says which of an application's roles the person of a row should
// hold. It returns at least one role or an error, never both; the slice is
// shared and must not be changed. A rule must depend on nothing but the row and
// be safe for concurrent use. Ready ones are [OneRole] and [RoleColumn].
type RoleRule func(row roster.Row) ([]AppRole, error)

// OneRole gives every row the role of that name, which is compared with the
// roles' display names, values and ids without letter case. The empty name
// means [DefaultAccess] if the application declares no role for users, and is
// [ErrRoleNeeded] otherwise. Other names that can't be given are ErrUnknownRole,
// ErrAmbiguousRole, ErrRoleDisabled or ErrRoleTakesNoUsers.
func OneRole(roles []AppRole, name string) (RoleRule, error) {
	found, err := newRoleIndex(roles).find(name)
	if err != nil {
		return nil, err
	}
	given := []AppRole{found}
	return func(roster.Row) ([]AppRole, error) { return given, nil }, nil
}

// RoleByID returns the role with that id if users can be given it, and an error
// as [OneRole] does if not.
func RoleByID(roles []AppRole, id string) (AppRole, error) {
	index := newRoleIndex(roles)
	role, err := index.find(id)
	if err == nil && !strings.EqualFold(role.ID, id) {
		err = index.refuse(id, ErrUnknownRole) // that was its name
	}
	if err != nil {
		return AppRole{}, err
	}
	return role, nil
}

// A roleIndex finds roles by name.
type roleIndex struct {
	byName   map[string][]AppRole // by folded display name, value and id
	forUsers []string             // display names of the roles that users can be given, sorted
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
func (x *roleIndex) find(name string) (AppRole, error) {
	name = strings.TrimSpace(name)
	if name == "" || name == DefaultAccess {
		if x.declared {
			return AppRole{}, x.refuse("", ErrRoleNeeded)
		}
		return AppRole{ID: DefaultAccess, DisplayName: "Default Access",
			AllowedMemberTypes: []string{"User"}, IsEnabled: true}, nil
	}
	var usable []AppRole
	reason := ErrUnknownRole
	for _, role := range x.byName[roster.Fold(name)] {
		switch {
		case !role.TakesUsers():
			reason = ErrRoleTakesNoUsers
		case !role.IsEnabled:
			reason = ErrRoleDisabled
		default:
			usable = append(usable, role)
		}
	}
	if len(usable) == 1 {
		return usable[0], nil
	}
	if len(usable) > 1 {
		reason = ErrAmbiguousRole
	}
	return AppRole{}, x.refuse(name, reason)
}

// refuse says why no role has that name and what roles there are.
func (x *roleIndex) refuse(name string, reason error) error {
	choice := "it has no role that users can be given"
	if len(x.forUsers) > 0 {
		choice = "users can be given: " + roster.Printable(strings.Join(x.forUsers, ", "))
	}
	if name == "" {
		return fmt.Errorf("%w; %s", reason, choice)
	}
	return fmt.Errorf("role %q: %w; %s", name, reason, choice)
}

// RoleColumnOptions are the options of [RoleColumn]. The zero value reads each
// cell as the name of one role.
type RoleColumnOptions struct {
	// Map turns the application's words into role names, such as "adm" into
	// "Administrator". Its keys are compared without letter case. A value that
	// it doesn't hold is taken for the name of a role.
	Map map[string]string
	// Separator separates several roles in one cell, such as ";". "" means that
	// a cell holds one role.
	Separator string
}

// RoleColumn gives each row the roles that its cell in that column names,
// without the spaces around them, as [OneRole] compares names. If one of them
// can't be given, the row gets an error as from OneRole and no role at all,
// because half a wish is none. An empty cell is [ErrNoRoleValue], and a roster
// without the column [ErrNoRoleColumn].
func RoleColumn(column string, roles []AppRole, opts *RoleColumnOptions) RoleRule {
	if opts == nil {
		opts = new(RoleColumnOptions)
	}
	c := roleColumn{name: column, separator: opts.Separator, index: newRoleIndex(roles), names: make(map[string]string)}
	for _, word := range slices.Sorted(maps.Keys(opts.Map)) {
		c.names[roster.Fold(strings.TrimSpace(word))] = opts.Map[word]
	}
	return c.rolesOf
}

type roleColumn struct {
	name, separator string
	names           map[string]string // of roles, by the folded word for them
	index           *roleIndex
}

func (c *roleColumn) rolesOf(row roster.Row) ([]AppRole, error) {
	value, ok := row.Lookup(c.name)
	if !ok && row.Header() != nil {
		if err := row.Header().Ambiguous(c.name); err != nil {
			return nil, err
		}
		if _, ok := row.Header().Index(c.name); !ok {
			return nil, fmt.Errorf("column %q: %w", c.name, ErrNoRoleColumn)
		}
	}
	words := []string{value}
	if c.separator != "" {
		words = strings.Split(value, c.separator)
	}
	var all []AppRole
	for _, word := range words {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		role, err := c.role(word)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(r AppRole) bool { return r.ID == role.ID }) {
			all = append(all, role)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("column %q is empty: %w", c.name, ErrNoRoleValue)
	}
	return all, nil
}

// role returns the role that a word of the application means.
func (c *roleColumn) role(word string) (AppRole, error) {
	if name, mapped := c.names[roster.Fold(word)]; mapped {
		return c.index.find(name)
	}
	return c.index.find(word)
}
