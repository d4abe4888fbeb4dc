package match

import (
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// Column looks a row up by "the value in this column equals this attribute",
// such as Column("EMail", "userPrincipalName"). A row whose column is empty or
// absent has no key. The value is used as the file has it, not trimmed. What
// equality means for an attribute that is a collection, [Query] says.
func Column(column, attribute string) Matcher {
	return columnMatcher{column: column, attribute: attribute, rule: column + "=" + attribute}
}

type columnMatcher struct{ column, attribute, rule string }

func (m columnMatcher) Queries(row roster.Row) []Query { return m.appendQueries(nil, row) }

func (m columnMatcher) appendQueries(queries []Query, row roster.Row) []Query {
	value := row.Get(m.column)
	if value == "" {
		return queries
	}
	return append(queries, Query{Attribute: m.attribute, Value: value, Rule: m.rule})
}

func (m columnMatcher) Columns() []string { return []string{m.column} }
func (m columnMatcher) String() string    { return m.rule }

// Func makes a Matcher of a function, for rules of your own. The query's Rule
// is rule unless the function sets one. A query without a value and a filter,
// such as the zero Query, says that the row has no key. The function must be
// safe for concurrent use and must not depend on anything but the row.
func Func(rule string, f func(roster.Row) Query) Matcher {
	return funcMatcher{rule, f}
}

type funcMatcher struct {
	rule string
	f    func(roster.Row) Query
}

func (m funcMatcher) Queries(row roster.Row) []Query {
	query := m.f(row)
	if !query.hasKey() {
		return nil
	}
	if query.Rule == "" {
		query.Rule = m.rule
	}
	return []Query{query}
}

func (m funcMatcher) String() string { return m.rule }

// FirstOf tries matchers in order: each is asked only about rows for which
// those before it had no key or found nobody. One that finds several users, or
// whose lookup fails, ends the search, so that a weaker rule never overrules it.
func FirstOf(matchers ...Matcher) Matcher {
	return firstOf(append([]Matcher(nil), matchers...))
}

type firstOf []Matcher

func (m firstOf) Queries(row roster.Row) []Query { return m.appendQueries(nil, row) }

func (m firstOf) appendQueries(queries []Query, row roster.Row) []Query {
	for _, matcher := range m {
		queries = appendQueries(queries, matcher, row)
	}
	return queries
}

func (m firstOf) Columns() []string {
	var columns []string
	for _, matcher := range m {
		columns = append(columns, columnsOf(matcher)...)
	}
	return columns
}

func (m firstOf) String() string {
	rules := make([]string, len(m))
	for i, matcher := range m {
		rules[i] = ruleOf(matcher)
	}
	return strings.Join(rules, ", then ")
}

// appendQueries appends what m asks of a row; for the matchers that every row
// goes through it does so without an allocation.
func appendQueries(queries []Query, m Matcher, row roster.Row) []Query {
	if own, ok := m.(interface {
		appendQueries([]Query, roster.Row) []Query
	}); ok {
		return own.appendQueries(queries, row)
	}
	return append(queries, m.Queries(row)...)
}

// ruleOf returns the name of a matcher's rule, as far as it has one.
func ruleOf(m Matcher) string {
	if named, ok := m.(fmt.Stringer); ok {
		return named.String()
	}
	return "a custom rule"
}

// columnsOf returns the columns that a matcher says it reads.
func columnsOf(m Matcher) []string {
	if known, ok := m.(interface{ Columns() []string }); ok {
		return known.Columns()
	}
	return nil
}
