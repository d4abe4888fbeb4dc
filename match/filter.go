package match

import (
	"fmt"
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
	p := templateParser{rest: template}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("filter %q: %w", template, err)
	}
	return Func(template, func(row roster.Row) Query {
		values := make([]string, len(p.columns))
		for i, column := range p.columns {
			values[i] = row.Get(column)
		}
		return fill(p.texts, values)
	}, p.columns...), nil
}

// templateParser cuts a template into the texts around its columns.
type templateParser struct {
	rest    string
	text    strings.Builder // the text since the last column
	quoted  bool            // inside an OData string literal
	texts   []string
	columns []string
}

func (p *templateParser) parse() error {
	for p.rest != "" {
		if err := p.next(); err != nil {
			return err
		}
	}
	switch {
	case p.quoted:
		return fmt.Errorf("a quote is not closed")
	case len(p.columns) == 0:
		return fmt.Errorf("no {Column} in it, so it would ask the same for every row")
	}
	p.texts = append(p.texts, p.text.String())
	if touching(p.texts) {
		return fmt.Errorf("a {Column} touches a quote or another one; put a space or an operator between them")
	}
	return nil
}

// next consumes one brace pair, one column or one byte.
func (p *templateParser) next() error {
	c := p.rest[0]
	switch {
	case strings.HasPrefix(p.rest, "{{"), strings.HasPrefix(p.rest, "}}"):
		p.rest = p.rest[1:] // the second brace is plain text
	case c == '{':
		return p.column()
	case c == '}':
		return fmt.Errorf("a } has no { before it; write }} for a brace")
	case c == '\'':
		p.quoted = !p.quoted // a doubled quote flips twice
	}
	p.text.WriteByte(c)
	p.rest = p.rest[1:]
	return nil
}

func (p *templateParser) column() error {
	name, rest, closed := strings.Cut(p.rest[1:], "}")
	switch {
	case !closed || strings.Contains(name, "{"):
		return fmt.Errorf("a { is not closed; write {{ for a brace")
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("{} names no column")
	case p.quoted:
		return fmt.Errorf("{%s} stands inside quotes; write it without them, they are added", name)
	}
	p.texts = append(p.texts, p.text.String())
	p.columns = append(p.columns, name)
	p.text.Reset()
	p.rest = rest
	return nil
}
