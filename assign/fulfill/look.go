package fulfill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// A Look is what one run saw: the directory, the reviews, and perhaps the
// application's list. Only a whole look can be made: whatever could not be read to
// its end is refused by [State.Compare] with [assign.ErrUnfinished].
type Look struct {
	// Time is when the reading began.
	Time   time.Time
	Roles  []assign.AppRole // that the application declares; none means that they were not read
	Access Access
	// Users holds by object id the status of everybody who holds a role now, or held
	// one at the look before, or whom a review denied something. Whoever is missing
	// here was not looked up.
	Users map[string]UserStatus
	// Reviews are those whose decisions count; there may be none.
	Reviews []Review
	// List is the application's list of accounts; nil means that it was not read.
	List *List
}

// An Account is a row of the roster with its user. match.Outcome is one.
type Account interface {
	assign.Account
	// Enabled reports whether the row has a user and that user can sign in.
	Enabled() bool
	// Unread returns the number of lines of a row that could not be read, each of
	// which may be an account; 0 for a row that was read.
	Unread() int
}

// ListOptions are the options of [NewList].
type ListOptions struct {
	// Column holds the application's own name for an account, such as a login; ""
	// means the key by which the row was looked up, which also stands in for an
	// empty cell, and for NULL and the like.
	Column string
	// Keep are columns that whoever closes an account wants to see.
	Keep []string
	// Roles, if set, is the rule that the roster is imported with. It shows which of
	// a person's roles an account has, and which it still has.
	Roles assign.RoleRule
	// Closed, if set, reports whether a row is of an account that is closed although
	// it is still listed, such as one whose status is "inactive".
	Closed func(row roster.Row) bool
}

// A List is an application's list of accounts as one run read it.
type List struct {
	column  string
	keep    []string
	name    string // of the file
	rows    []listRow
	unread  int      // lines that could not be read
	open    int      // rows without a person
	mayBe   []string // users whom a row without a person may mean, sorted
	columns []string // of all files, in their order
}

// A listRow is one row that was read.
type listRow struct {
	row          roster.Row
	column, key  string // the column is "" if no column holds the key
	person, name string // "" if it is not known who that is
	enabled      bool
	roles        []string // nil if they are not known
	closed       bool
	source       assign.Source
}

// NewList takes the rows of a roster with their users, all of them: those without a
// user are accounts, too. A roster that was not read and looked up to its end is
// refused with [assign.ErrUnfinished], and so is one without a row.
func NewList[A Account](accounts assign.Accounts[A], opts *ListOptions) (*List, error) {
	if opts == nil {
		opts = new(ListOptions)
	}
	if !accounts.Complete() {
		missing := "the list was not read and looked up to its end"
		if doubtful, ok := any(accounts).(interface{ Doubt() string }); ok {
			missing = cmp.Or(doubtful.Doubt(), missing)
		}
		return nil, unfinished(whichAccounts, missing, nil)
	}
	list := &List{column: opts.Column, keep: slices.Clone(opts.Keep)}
	for account := range accounts.All() {
		if err := list.add(account, opts); err != nil {
			return nil, err
		}
	}
	if len(list.rows) == 0 {
		return nil, unfinished(whichAccounts, "no row of the list was read", nil)
	}
	slices.Sort(list.mayBe)
	list.mayBe = slices.Compact(list.mayBe)
	return list, nil
}

func (l *List) add(account Account, opts *ListOptions) error {
	if lines := account.Unread(); lines > 0 {
		l.unread += lines
		return nil
	}
	row, key := account.Account()
	l.name = row.File()
	for _, column := range row.Header().Columns() {
		if !slices.Contains(l.columns, column) {
			l.columns = append(l.columns, column)
		}
	}
	added := listRow{row: row, enabled: account.Enabled(), source: assign.SourceOf(account),
		closed: opts.Closed != nil && opts.Closed(row)}
	var err error
	if added.column, added.key, err = accountIn(row, key, opts.Column); err != nil {
		return err
	}
	id, name := account.Principal()
	added.person, added.name = strings.ToLower(id), name
	if id == "" {
		l.open++
		for _, other := range account.MayBe() {
			l.mayBe = append(l.mayBe, strings.ToLower(other))
		}
	}
	if opts.Roles != nil {
		added.roles = roleIDs(opts.Roles, row)
	}
	l.rows = append(l.rows, added)
	return nil
}

// roleIDs returns the lower-case ids of a row's roles, or nil if they are not known.
func roleIDs(rule assign.RoleRule, row roster.Row) (ids []string) {
	roles, err := rule(row)
	if err != nil {
		return nil
	}
	ids = []string{}
	for _, role := range roles {
		ids = append(ids, strings.ToLower(role.ID))
	}
	return ids
}

// noNames stand where an account has no name.
var noNames = roster.NewPlaceholders(nil)

// accountIn returns the name of a row's account and the column that holds it: the
// wanted column, or the one that holds the key by which the row was looked up.
func accountIn(row roster.Row, key, wanted string) (column, name string, err error) {
	if wanted != "" {
		if _, ok := row.Header().Index(wanted); !ok {
			return "", "", noColumn(row, wanted)
		}
		if isName(row.Get(wanted)) {
			return wanted, strings.TrimSpace(row.Get(wanted)), nil
		}
	}
	for name, value := range row.All() {
		if accountKey(value) == accountKey(key) {
			return name, strings.TrimSpace(key), nil
		}
	}
	return "", strings.TrimSpace(key), nil
}

func noColumn(row roster.Row, column string) error {
	if err := row.Header().Ambiguous(column); err != nil {
		return err
	}
	return fmt.Errorf("%s has no column %q for the accounts' names; it has %s", roster.Printable(row.File()), column,
		roster.Printable(strings.Join(row.Header().Columns(), ", ")))
}

// isName reports whether a value names an account.
func isName(value string) bool { return accountKey(value) != "" && !noNames.Has(value) }

// accountKey is the form in which names of accounts are compared.
func accountKey(key string) string { return roster.Fold(strings.TrimSpace(key)) }

func columnsOf(row roster.Row, names []string) map[string]string {
	if len(names) == 0 {
		return nil
	}
	columns := make(map[string]string, len(names))
	for _, name := range names {
		columns[name] = row.Get(name)
	}
	return columns
}
