package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A Matcher says how one row's person is looked up. Implementations must be safe
// for concurrent use and must not depend on anything but the row.
type Matcher interface {
	// Queries returns what to ask, in order: each query is asked only if those
	// before it found nobody. No query means that the row has no key.
	Queries(row roster.Row) []Query
	// Rules returns the rules that the queries come from, in the order in which
	// they are tried.
	Rules() []Rule
}

// A Rule is one way in which a [Matcher] looks rows up.
type Rule struct {
	Name    string   // the Query.Rule of its queries
	Columns []string // the columns that it reads, as far as they are known
}

// Column looks a row up by "the value in this column equals this attribute",
// such as Column("EMail", "userPrincipalName"). A row whose column is empty has
// no key. [Query] says what equality means for an attribute that is a collection.
//
// The value is used as the file has it, not even trimmed, unless normalisers are
// named: they rewrite it one after the other. The rule's name ends in theirs, as in
// "EMail=mail (trim, address)", and a value of which they leave nothing is no key.
func Column(column, attribute string, normalisers ...Normaliser) Matcher {
	normalisers = slices.Clone(normalisers)
	name := column + "=" + attribute
	if len(normalisers) > 0 {
		var names []string
		for _, n := range normalisers {
			names = append(names, n.Name)
		}
		name += " (" + strings.Join(names, ", ") + ")"
	}
	return Func(name, func(row roster.Row) Query {
		return normalise(Equal(attribute, row.Get(column)), normalisers)
	}, column)
}

// Func makes a Matcher of a function, for rules of your own, and names the
// columns that the function reads, so that [Run] can check that the roster has
// them. The query's Rule is rule unless the function sets one. A query with
// neither a value nor a filter, such as the zero Query, says that the row has no
// key. The function must be safe for concurrent use and must not depend on
// anything but the row.
func Func(rule string, f func(roster.Row) Query, columns ...string) Matcher {
	return funcMatcher{Rule{rule, slices.Clone(columns)}, f}
}

type funcMatcher struct {
	rule Rule
	f    func(roster.Row) Query
}

func (m funcMatcher) Queries(row roster.Row) []Query {
	query := m.f(row)
	if !query.hasKey() {
		return nil
	}
	if query.Rule == "" {
		query.Rule = m.rule.Name
	}
	return []Query{query}
}

func (m funcMatcher) Rules() []Rule { return []Rule{m.rule} }

// FirstOf tries matchers in order: each is asked only about rows for which
// those before it had no key or found nobody. One that finds several users, or
// whose lookup fails, ends the search, so that a weaker rule never overrules it.
func FirstOf(matchers ...Matcher) Matcher {
	return firstOf(slices.Clone(matchers))
}

type firstOf []Matcher

func (m firstOf) Queries(row roster.Row) []Query {
	queries := make([]Query, 0, len(m))
	for _, matcher := range m {
		queries = append(queries, matcher.Queries(row)...)
	}
	return queries
}

func (m firstOf) Rules() (rules []Rule) {
	for _, matcher := range m {
		rules = append(rules, matcher.Rules()...)
	}
	return rules
}

func (m firstOf) Attributes() (names []string) {
	for _, matcher := range m {
		if chooser, ok := matcher.(Chooser); ok {
			names = append(names, chooser.Attributes()...)
		}
	}
	return names
}

// Choose leaves the choice to the matcher that made the query.
func (m firstOf) Choose(row roster.Row, query Query, candidates []User) (int, string) {
	for _, matcher := range m {
		made := func(q Query) bool {
			q.Select = query.Select
			return q == query
		}
		if slices.ContainsFunc(matcher.Queries(row), made) {
			return choose(matcher, row, query, candidates)
		}
	}
	return -1, ""
}

// ruleNames names a matcher by its rules.
func ruleNames(m Matcher) string {
	var names []string
	for _, rule := range m.Rules() {
		names = append(names, rule.Name)
	}
	return strings.Join(names, ", then ")
}

// CheckColumns checks that a roster has the columns that the rules of m name.
// The first one missing makes a [*ColumnError], one that is there twice a
// [*roster.HeaderError]. [Run] does the same at the first
// row; CheckColumns does it as soon as the header is known.
func CheckColumns(m Matcher, h *roster.Header) error {
	for _, rule := range m.Rules() {
		for _, column := range rule.Columns {
			if err := checkColumn(column, h); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkColumn(column string, h *roster.Header) error {
	if _, ok := h.Index(column); ok {
		return nil
	}
	if err := h.Ambiguous(column); err != nil {
		return err
	}
	return &ColumnError{File: h.File(), Column: column, Have: h.Columns()}
}

// A ColumnError says that a roster lacks a column that a rule or an exclusion
// names.
type ColumnError struct {
	File   string   // the roster's name; may be empty
	Column string   // the column that was looked for
	Have   []string // the columns there are, in file order
}

func (e *ColumnError) Error() string {
	file := roster.Printable(e.File)
	if file == "" {
		file = "the roster"
	}
	return fmt.Sprintf("%s has no column %q; it has: %s", file, e.Column, roster.Printable(strings.Join(e.Have, ", ")))
}
