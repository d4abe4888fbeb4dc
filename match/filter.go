package match

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// Filter looks rows up by an OData filter with columns in braces, such as
//
//	mail eq {Email} and department eq {Dept}
//
// Each {Column} is replaced by the row's value as a quoted [Literal]; {{ and
// }} stand for braces. A row in which one of the columns is empty or absent has
// no key. A template with no column, with an unbalanced brace or quote, or with
// a column inside quotes or touching one is refused. Which filters users support:
// https://learn.microsoft.com/graph/aad-advanced-queries
func Filter(template string) (Matcher, error) {
	texts, columns, err := parseTemplate(template)
	if err != nil {
		return nil, fmt.Errorf("filter %q: %w", template, err)
	}
	return Func(template, func(row roster.Row) Query {
		values := make([]string, len(columns))
		for i, column := range columns {
			values[i] = row.Get(column)
		}
		return fill(texts, values)
	}, columns...), nil
}

// templateToken matches a brace that is written twice, a column, or a character.
var templateToken = regexp.MustCompile(`(?s)\{\{|\}\}|\{[^{}]*\}|.`)

// parseTemplate cuts a template into its columns and the texts around them, of
// which there is one more.
func parseTemplate(template string) (texts, columns []string, err error) {
	var text strings.Builder // since the last column
	quoted := false          // inside an OData string literal
	for _, token := range templateToken.FindAllString(template, -1) {
		name := strings.Trim(token, "{}")
		switch {
		case token == "{":
			return nil, nil, errors.New("a { is not closed; write {{ for a brace")
		case token == "}":
			return nil, nil, errors.New("a } has no { before it; write }} for a brace")
		case token == "{{", token == "}}":
			text.WriteString(token[:1])
		case token[0] != '{':
			quoted = quoted != (token == "'") // a doubled quote flips twice
			text.WriteString(token)
		case strings.TrimSpace(name) == "":
			return nil, nil, errors.New("{} names no column")
		case quoted:
			return nil, nil, fmt.Errorf("{%s} stands inside quotes; write it without them, they are added", name)
		default:
			texts, columns = append(texts, text.String()), append(columns, name)
			text.Reset()
		}
	}
	if quoted {
		return nil, nil, errors.New("a quote is not closed")
	}
	if len(columns) == 0 {
		return nil, nil, errors.New("no {Column} in it, so it would ask the same for every row")
	}
	if texts = append(texts, text.String()); touching(texts) {
		return nil, nil, errors.New("a {Column} touches a quote or another one; put a space or an operator between them")
	}
	return texts, columns, nil
}
