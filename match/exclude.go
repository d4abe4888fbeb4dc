package match

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// An Exclusion is an account that belongs to nobody: a service account, a
// vendor's, a super-admin. Its rows are not reported as missing. Whom they name is
// looked up, so that a plan leaves those users alone (Outcome.Candidates).
type Exclusion struct {
	Column string `json:"column,omitempty"` // column to compare; "" compares the values the row is looked up by
	Value  string `json:"value"`            // compared without letter case
	Kind   string `json:"kind,omitempty"`   // such as service, shared, vendor
	Owner  string `json:"owner,omitempty"`  // who answers for the account
	Reason string `json:"reason,omitempty"`
	// Until is the last day, in UTC, on which the exclusion holds; zero means that it
	// has no end. After it the account is looked up like any other, and
	// [Report.ExpiredExclusions] says so.
	Until time.Time `json:"until,omitzero"`
}

// Expired reports whether the exclusion's last day is over.
func (e *Exclusion) Expired(now time.Time) bool {
	return !e.Until.IsZero() && !now.UTC().Before(e.Until.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1))
}

// ReadExclusions reads a list of accounts that belong to nobody from a roster
// with the columns key (the value that the account is looked up by) or column
// and value (the column to compare, and its value), and optionally kind, owner, reason
// and until (a date such as 2027-06-30). It stops at the first error of the stream and at the first row
// without a value or with a date that is none: half a list would let the other accounts
// through.
// A list that lacks the columns is refused with a [*ColumnError].
func ReadExclusions(rows iter.Seq2[roster.Row, error]) ([]Exclusion, error) {
	var list []Exclusion
	for row, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("reading the exclusions: %w", err)
		}
		e, err := readExclusion(row)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func readExclusion(row roster.Row) (Exclusion, error) {
	e := Exclusion{Kind: row.Get("kind"), Owner: row.Get("owner"), Reason: row.Get("reason")}
	if until := strings.TrimSpace(row.Get("until")); until != "" {
		var err error
		if e.Until, err = time.Parse(time.DateOnly, until); err != nil {
			return e, fmt.Errorf("%s line %d: until is no date such as 2027-06-30", roster.Printable(row.File()), row.Line())
		}
	}
	value, hasKey := row.Lookup("key")
	if !hasKey {
		for _, column := range []string{"column", "value"} {
			if _, ok := row.Lookup(column); !ok {
				return e, &ColumnError{File: row.File(), Column: "key", Have: row.Header().Columns()}
			}
		}
	}
	e.Value = value
	if e.Value == "" {
		e.Column, e.Value = row.Get("column"), row.Get("value")
	}
	if e.Value == "" {
		return e, fmt.Errorf("%s line %d: the exclusion has no value", roster.Printable(row.File()), row.Line())
	}
	return e, nil
}

// exclusions finds the entry of a row without walking the list.
type exclusions struct {
	list    []Exclusion
	columns []string // in the order of the list
	entries map[exclusionKey]*Exclusion
	used    map[exclusionKey]bool // those with a row
	now     time.Time
}

type exclusionKey struct{ column, value string } // both folded

func (e *Exclusion) key() exclusionKey {
	return exclusionKey{roster.Fold(e.Column), roster.Fold(e.Value)}
}

func newExclusions(list []Exclusion, now time.Time) (*exclusions, error) {
	x := &exclusions{list: list, now: now, entries: make(map[exclusionKey]*Exclusion, len(list)),
		used: make(map[exclusionKey]bool)}
	for i := range list {
		e := &list[i]
		if e.Value == "" {
			return nil, errors.New("an exclusion has no value; it would stand for every row that lacks one")
		}
		if _, taken := x.entries[e.key()]; !taken {
			x.entries[e.key()] = e
		}
		if e.Column != "" && !slices.Contains(x.columns, e.Column) {
			x.columns = append(x.columns, e.Column)
		}
	}
	return x, nil
}

// check refuses exclusions by a column that the roster doesn't have: they would
// silently let every account through.
func (x *exclusions) check(h *roster.Header) error {
	for _, column := range x.columns {
		if err := checkColumn(column, h); err != nil {
			return fmt.Errorf("exclusions: %w", err)
		}
	}
	return nil
}

// of returns the first entry of a row with these queries, or nil, and notes that
// all of its entries are used.
func (x *exclusions) of(row roster.Row, queries []Query) (first *Exclusion) {
	if len(x.entries) == 0 {
		return nil
	}
	use := func(key exclusionKey) {
		if e := x.entries[key]; e != nil {
			x.used[key] = true
			if !e.Expired(x.now) {
				first = cmp.Or(first, e)
			}
		}
	}
	for _, column := range x.columns {
		use(exclusionKey{roster.Fold(column), roster.Fold(row.Get(column))})
	}
	for _, query := range queries {
		use(exclusionKey{"", roster.Fold(query.Value)})
		use(exclusionKey{"", roster.Fold(query.Raw)})
	}
	return first
}

// expired returns the entries whose end has come, and that a row is on.
func (x *exclusions) expired() (list []Exclusion) {
	for i := range x.list {
		if e := &x.list[i]; x.used[e.key()] && e.Expired(x.now) {
			list = append(list, *e)
		}
	}
	return list
}

// unused returns the entries that no row is on.
func (x *exclusions) unused() (list []Exclusion) {
	for _, e := range x.list {
		if !x.used[e.key()] {
			list = append(list, e)
		}
	}
	return list
}
