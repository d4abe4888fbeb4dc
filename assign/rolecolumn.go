package assign

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// Why a row says no role, for errors.Is on a [*WantError].
var (
	ErrNoRoleColumn = errors.New("the roster has no such column")
	ErrNoRoleValue  = errors.New("the row says no role")
)

// RoleColumnOptions are the options of [RoleColumn]. The zero value reads each
// cell as the name of one role.
type RoleColumnOptions struct {
	// Map turns the application's words into role names, such as "adm" into
	// "Administrator". Its keys are compared without letter case. A value that
	// it doesn't hold is taken for a role's name itself.
	Map map[string]string
	// Separator parts several roles in one cell, such as ";". "" means that a
	// cell holds one role.
	Separator string
}

// RoleColumn gives each row the roles that its cell in that column names, as
// [OneRole] compares names, with the spaces around them left out. A row whose
// cell is empty, or that names a role which can't be given, gets an error
// (ErrNoRoleColumn, ErrNoRoleValue or a [*RoleError]) and no role at all, for a
// half-understood cell is not a wish.
func RoleColumn(column string, roles []AppRole, opts *RoleColumnOptions) RoleRule {
	if opts == nil {
		opts = new(RoleColumnOptions)
	}
	c := roleColumn{name: column, separator: opts.Separator, words: make(map[string]cell)}
	index := newRoleIndex(roles)
	c.unknown = index.forUsers
	for name := range index.byName {
		c.words[name] = newCell(index, name)
	}
	for _, word := range slices.Sorted(maps.Keys(opts.Map)) {
		c.words[roster.Fold(strings.TrimSpace(word))] = newCell(index, opts.Map[word])
	}
	return c.rolesOf
}

// A roleColumn is a RoleColumn's rule, with every word's answer made beforehand.
type roleColumn struct {
	name, separator string
	words           map[string]cell
	unknown         []string
}

type cell struct {
	roles []AppRole
	err   error
}

func newCell(index *roleIndex, name string) cell {
	roles, err := index.find(name)
	return cell{roles, err}
}

func (c *roleColumn) rolesOf(row roster.Row) ([]AppRole, error) {
	value, ok := row.Lookup(c.name)
	if !ok && row.Header() != nil {
		if _, ok := row.Header().Index(c.name); !ok {
			return nil, fmt.Errorf("column %q: %w", c.name, ErrNoRoleColumn)
		}
	}
	value = strings.TrimSpace(value)
	if c.separator == "" || !strings.Contains(value, c.separator) {
		return c.word(value)
	}
	var all []AppRole
	for word := range strings.SplitSeq(value, c.separator) {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		roles, err := c.word(word)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(r AppRole) bool { return r.ID == roles[0].ID }) {
			all = append(all, roles...)
		}
	}
	if len(all) == 0 {
		return c.word("")
	}
	return all, nil
}

func (c *roleColumn) word(word string) ([]AppRole, error) {
	if word == "" {
		return nil, fmt.Errorf("column %q is empty: %w", c.name, ErrNoRoleValue)
	}
	known, ok := c.words[roster.Fold(word)]
	if !ok {
		return nil, &RoleError{Name: word, Roles: c.unknown, Err: ErrUnknownRole}
	}
	if known.err != nil {
		return nil, known.err
	}
	return known.roles, nil
}
