package odata

import (
	"fmt"
	"strings"
)

// A Search is a node of $search: SearchAnd, SearchOr or SearchTerm.
type Search interface{ search() }

// The nodes of a search.
type (
	SearchAnd  struct{ Terms []Search }
	SearchOr   struct{ Terms []Search }
	SearchTerm struct{ Property, Text string }
)

func (SearchAnd) search()  {}
func (SearchOr) search()   {}
func (SearchTerm) search() {}

// ParseSearch parses a $search of clauses "property:text" in double quotes,
// joined by AND and OR. Errors are *Error.
// https://learn.microsoft.com/graph/search-query-parameter
func ParseSearch(text string) (Search, error) {
	p := &searchParser{text: text}
	s, err := p.or(0)
	if err == nil && p.skip() < len(text) {
		err = p.invalid()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

type searchParser struct {
	text string
	pos  int
}

func (p *searchParser) skip() int {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
	return p.pos
}

func (p *searchParser) invalid() error {
	at := p.pos
	for at < len(p.text) && (p.text[at] >= 'a' && p.text[at] <= 'z' || p.text[at] >= 'A' && p.text[at] <= 'Z') {
		at++
	}
	if at >= len(p.text) {
		return fail("Syntax error at position %d in '%s'.", len(p.text), p.text)
	}
	return fail("Syntax error: character '%c' is not valid at position %d in '%s'.", []rune(p.text[at:])[0], at, p.text)
}

func (p *searchParser) keyword(w string) bool {
	if strings.HasPrefix(p.text[p.skip():], w+" ") {
		p.pos += len(w)
		return true
	}
	return false
}

func (p *searchParser) or(depth int) (Search, error) {
	terms, err := p.chain("OR", depth, p.and)
	if err != nil || len(terms) > 1 {
		return SearchOr{terms}, err
	}
	return terms[0], nil
}

func (p *searchParser) and(depth int) (Search, error) {
	terms, err := p.chain("AND", depth, p.clause)
	if err != nil || len(terms) > 1 {
		return SearchAnd{terms}, err
	}
	return terms[0], nil
}

func (p *searchParser) chain(word string, depth int, operand func(int) (Search, error)) ([]Search, error) {
	if depth > maxDepth {
		return nil, fail("Recursion depth exceeded allowed limit.")
	}
	var terms []Search
	for {
		s, err := operand(depth + 1)
		if err != nil {
			return nil, err
		}
		if terms = append(terms, s); !p.keyword(word) {
			return terms, nil
		}
	}
}

func (p *searchParser) clause(depth int) (Search, error) {
	rest := p.text[p.skip():]
	switch {
	case strings.HasPrefix(rest, "("):
		p.pos++
		s, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(p.text[p.skip():], ")") {
			return nil, fail("')' expected at position %d in '%s'.", p.pos, p.text)
		}
		p.pos++
		return s, nil
	case strings.HasPrefix(rest, `"`):
		return p.phrase()
	}
	return nil, p.invalid()
}

// phrase reads one quoted clause; a backslash keeps the next character as it is.
func (p *searchParser) phrase() (Search, error) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\' && i+1 < len(p.text):
			i++
			b.WriteByte(p.text[i])
		case c == '"':
			p.pos = i + 1
			property, text, ok := strings.Cut(b.String(), ":")
			if !ok {
				property, text = "", property
			}
			return SearchTerm{property, text}, nil
		default:
			b.WriteByte(c)
		}
	}
	return nil, fail("There is an unterminated string literal at position %d in '%s'.", len(p.text), p.text)
}

// An Order is one key of $orderby.
type Order struct {
	Path Path
	Desc bool
}

// ParseOrder parses a $orderby. Errors are *Error.
func ParseOrder(text string) ([]Order, error) {
	var list []Order
	for key := range strings.SplitSeq(text, ",") {
		f := strings.Fields(key)
		if len(f) == 0 || len(f) > 2 {
			return nil, &Error{fmt.Sprintf("Syntax error at position %d in '%s'.", len(text), text)}
		}
		o := Order{Path: strings.Split(f[0], "/")}
		if len(f) == 2 {
			switch strings.ToLower(f[1]) {
			case "desc":
				o.Desc = true
			case "asc":
			default:
				return nil, &Error{fmt.Sprintf("Syntax error at position %d in '%s'.", strings.Index(text, f[1]), text)}
			}
		}
		list = append(list, o)
	}
	return list, nil
}
