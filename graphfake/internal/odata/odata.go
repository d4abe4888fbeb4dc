// Package odata reads the query languages of OData 4 as the directory takes
// them: $filter, $search and $orderby become small syntax trees. It knows
// nothing of types and properties.
package odata

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Error is a syntax error, in the words of the service's OData library
// (https://github.com/OData/odata.net, Microsoft.OData.Core).
type Error struct {
	Message     string
	NotModelled bool // it is no error of syntax; Message says what it is
}

func (e *Error) Error() string { return e.Message }

func fail(format string, args ...any) error { return &Error{Message: fmt.Sprintf(format, args...)} }

type tokenKind uint8

const (
	end tokenKind = iota
	identifier
	literal
	punctuation
)

type token struct {
	kind tokenKind
	text string
	pos  int
	lit  Literal
}

// is reports whether the token is the given punctuation or, in any letter case, the given word.
func (t token) is(text string) bool {
	return t.kind == punctuation && t.text == text || t.kind == identifier && strings.EqualFold(t.text, text)
}

type lexer struct {
	text string
	pos  int
}

var (
	guidLiteral = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}`)
	timeLiteral = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}([Tt]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?`)
	number      = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?`)
)

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) && (l.text[l.pos] == ' ' || l.text[l.pos] == '\t') {
		l.pos++
	}
	rest := l.text[l.pos:]
	if rest == "" {
		return token{kind: end, pos: l.pos}, nil
	}
	if rest[0] == '\'' {
		return l.quoted()
	}
	for _, try := range []struct {
		re   *regexp.Regexp
		kind LiteralKind
	}{{guidLiteral, GUID}, {timeLiteral, Time}, {number, Number}} {
		if m := try.re.FindString(rest); m != "" && !wordAt(rest[len(m):]) {
			return l.take(literal, m, Literal{try.kind, m}), nil
		}
	}
	if strings.IndexByte("(),/:=*", rest[0]) >= 0 {
		return l.take(punctuation, rest[:1], Literal{}), nil
	}
	if n := wordLen(rest); n > 0 {
		return l.word(rest[:n]), nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, fail("Syntax error: character '%c' is not valid at position %d in '%s'.", r, l.pos, l.text)
}

func (l *lexer) take(kind tokenKind, text string, lit Literal) token {
	t := token{kind: kind, text: text, pos: l.pos, lit: lit}
	l.pos += len(text)
	return t
}

func (l *lexer) word(w string) token {
	switch strings.ToLower(w) {
	case "null":
		return l.take(literal, w, Literal{Null, "null"})
	case "true", "false":
		return l.take(literal, w, Literal{Bool, strings.ToLower(w)})
	}
	return l.take(identifier, w, Literal{})
}

// quoted reads a string literal; a quote inside is written twice.
func (l *lexer) quoted() (token, error) {
	var b strings.Builder
	for i := l.pos + 1; i < len(l.text); i++ {
		if l.text[i] != '\'' {
			b.WriteByte(l.text[i])
			continue
		}
		if i+1 < len(l.text) && l.text[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return l.take(literal, l.text[l.pos:i+1], Literal{String, b.String()}), nil
	}
	return token{}, fail("There is an unterminated string literal at position %d in '%s'.", len(l.text), l.text)
}

func wordAt(s string) bool { return wordLen(s) > 0 }

// wordLen returns the length of the identifier that s begins with. Dots belong
// to qualified names, $ to $count.
func wordLen(s string) int {
	for i, r := range s {
		if !unicode.IsLetter(r) && r != '_' && r != '$' && r != '@' && (i == 0 || !unicode.IsDigit(r) && r != '.') {
			return i
		}
	}
	return len(s)
}

// A Key is what stands for an object in a path: an id, or another property's
// value as in servicePrincipals(appId='…').
type Key struct{ Property, Value string }

func (k Key) String() string { return k.Value }

// Is compares a segment with a literal one, without regard to letter case;
// functions and types may be written with their namespace.
func (k Key) Is(literal string) bool {
	if k.Property != "" {
		return false
	}
	v := strings.TrimSuffix(k.Value, "()")
	return strings.EqualFold(v, literal) || strings.EqualFold(Unqualified(v), literal)
}

// Unqualified is a name without the namespace microsoft.graph, or without the alias that
// the metadata gives it: of microsoft.graph.user and graph.user, user.
func Unqualified(name string) string {
	for _, prefix := range []string{"microsoft.graph.", "graph."} {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return name[len(prefix):]
		}
	}
	return name
}

// LiteralOnly reports whether a segment cannot be an id: $count, $ref and delta().
func (k Key) LiteralOnly() bool {
	return k.Property == "" && (k.Value == "$count" || k.Value == "$ref" || k.Value == "$value" ||
		strings.HasSuffix(k.Value, "()"))
}

// SplitPath cuts a path into segments and unescapes them. A key in
// parentheses becomes a segment of its own: users('x') is users/x.
func SplitPath(path string) []Key {
	var list []Key
	for raw := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s, err := url.PathUnescape(raw)
		if err != nil {
			s = raw
		}
		name, inside, ok := strings.Cut(s, "(")
		inside, closed := strings.CutSuffix(inside, ")")
		if !ok || !closed || inside == "" {
			list = append(list, Key{Value: s})
			continue
		}
		list = append(list, Key{Value: name}, parseKey(inside))
	}
	return list
}

// parseKey reads 'x' or property='x'.
func parseKey(s string) Key {
	k := Key{Value: s}
	if name, value, ok := strings.Cut(s, "="); ok && !strings.HasPrefix(s, "'") {
		k = Key{strings.TrimSpace(name), strings.TrimSpace(value)}
	}
	if n := len(k.Value); n >= 2 && k.Value[0] == '\'' && k.Value[n-1] == '\'' {
		k.Value = strings.ReplaceAll(k.Value[1:n-1], "''", "'")
	}
	if strings.EqualFold(k.Property, "id") {
		k.Property = ""
	}
	return k
}

// Paths returns the paths of an expression in order, without those inside of a
// lambda.
func Paths(e Expr) []Path {
	switch e := e.(type) {
	case And:
		return pathsOf(e.Terms)
	case Or:
		return pathsOf(e.Terms)
	case Not:
		return Paths(e.X)
	case Compare:
		return []Path{e.Path}
	case In:
		return []Path{e.Path}
	case Call:
		return []Path{e.Path}
	case Lambda:
		return []Path{e.Path}
	}
	return nil
}

func pathsOf(terms []Expr) []Path {
	var list []Path
	for _, t := range terms {
		list = append(list, Paths(t)...)
	}
	return list
}

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
			return nil, fail("Syntax error at position %d in '%s'.", len(text), text)
		}
		o := Order{Path: strings.Split(f[0], "/")}
		if len(f) == 2 {
			switch strings.ToLower(f[1]) {
			case "desc":
				o.Desc = true
			case "asc":
			default:
				return nil, fail("Syntax error at position %d in '%s'.", strings.Index(text, f[1]), text)
			}
		}
		list = append(list, o)
	}
	return list, nil
}
