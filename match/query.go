package match

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A Query asks the directory for the users of one row. It is a plain value;
// build it with [Equal] or [Where].
type Query struct {
	// Attribute is the user property that must equal Value, by Graph's name,
	// such as "userPrincipalName", "mail" or "employeeId". The collections
	// "proxyAddresses" and "otherMails" match if any element equals Value; a
	// Value for proxyAddresses that has no prefix of its own, such as
	// "ada@contoso.com", stands for "smtp:ada@contoso.com".
	// It is empty when Filter is set.
	Attribute string
	// Value is what is looked up, and the row's key in every report. It is
	// compared without letter case and never rewritten. With Filter it is only
	// the name that reports give the row.
	Value string
	// Raw is the value as the file has it, if Normaliser rewrote it; the row's
	// key in every report is then Raw.
	Raw string
	// Normaliser names the normalisers that rewrote Raw, joined by ", ".
	Normaliser string
	// Filter is a complete OData filter, sent as it is, for rules that an
	// equality can't express. https://learn.microsoft.com/graph/filter-query-parameter
	Filter string
	// Select names attributes that the users who are found must have in
	// User.Attributes, separated by commas as in Graph's $select. [Run] sets it
	// from Options.Attributes.
	Select string
	// Rule names the rule that asked, for reports.
	Rule string
}

// Equal asks for the users whose attribute equals value. An empty value makes
// a query without a key, which is never asked.
func Equal(attribute, value string) Query {
	return Query{Attribute: attribute, Value: value}
}

// Where asks for the users that an OData filter selects. Each ? outside quotes
// stands for one of values and is replaced by its [Literal], so that no value
// can change the filter's meaning. The row's key is the values, joined by ", ".
// An empty value makes the zero Query: the row has no key. Where panics if the
// number of values is not that of the placeholders, or if a placeholder touches
// a quote or another one, which are mistakes in the program.
func Where(filter string, values ...string) Query {
	texts := splitPlaceholders(filter)
	if len(texts)-1 != len(values) {
		panic(fmt.Sprintf("match.Where: %d values for the %d placeholders of %q", len(values), len(texts)-1, filter))
	}
	if touching(texts) {
		panic(fmt.Sprintf("match.Where: a placeholder of %q touches a quote or another placeholder", filter))
	}
	return fill(texts, values)
}

// Literal returns value as an OData string literal: in single quotes, with
// each quote in it doubled. It is not encoded for a URL.
// https://learn.microsoft.com/graph/filter-query-parameter
func Literal(value string) string {
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// splitPlaceholders cuts filter at each ? that is not inside a string literal.
func splitPlaceholders(filter string) []string {
	var texts []string
	quoted, start := false, 0
	for i := range len(filter) {
		switch {
		case filter[i] == '\'':
			quoted = !quoted // a doubled quote flips twice
		case filter[i] == '?' && !quoted:
			texts = append(texts, filter[start:i])
			start = i + 1
		}
	}
	return append(texts, filter[start:])
}

// touching reports whether a literal put between the texts would run into
// another: two quotes in a row are a quote in a literal, and not two literals.
func touching(texts []string) bool {
	for i, text := range texts {
		if i > 0 && strings.HasPrefix(text, "'") ||
			i < len(texts)-1 && strings.HasSuffix(text, "'") ||
			i > 0 && i < len(texts)-1 && text == "" {
			return true
		}
	}
	return false
}

// fill puts the values, as literals, between the texts.
func fill(texts, values []string) Query {
	var b strings.Builder
	for i, value := range values {
		if value == "" {
			return Query{}
		}
		b.WriteString(texts[i])
		b.WriteString(Literal(value))
	}
	b.WriteString(texts[len(values)])
	return Query{Filter: b.String(), Value: strings.Join(values, ", ")}
}

// hasKey reports whether there is anything to look up.
func (q Query) hasKey() bool { return q.Value != "" || q.Filter != "" }

// key is the row's name in reports.
func (q Query) key() string { return cmp.Or(q.Raw, q.Value, q.Filter) }

// check finds mistakes of a custom rule, and values that are not what the
// application has. Such a query would be answered as if it asked something else.
func (q Query) check() error {
	switch {
	case q.Attribute == "" && q.Filter == "":
		return errors.New("the rule gave a value but neither an attribute nor a filter")
	case q.Attribute != "" && q.Filter != "":
		return errors.New("the rule gave both an attribute and a filter")
	case strings.ContainsAny(q.Value, "\n\r\v\f\u0085\u2028\u2029"):
		return errors.New("the key holds a line break, as when a quote is missing; correct the file")
	case strings.Contains(q.Value, "\ufffd"):
		return errors.New("the key holds U+FFFD, which stands for a character that was lost; export the list anew")
	}
	return nil
}

// An identity is what makes two queries the same question.
type identity struct{ attribute, text string }

func (q Query) identity() identity {
	if q.Filter != "" {
		return identity{text: roster.Fold(q.Filter)}
	}
	return identity{q.Attribute, roster.Fold(q.Value)}
}

// questions returns text that only the same list of queries has.
func questions(queries []Query) string {
	var b strings.Builder
	for _, query := range queries {
		id := query.identity()
		b.WriteString(id.attribute)
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(len(id.text))) // so that no text runs into the next
		b.WriteByte(' ')
		b.WriteString(id.text)
	}
	return b.String()
}
