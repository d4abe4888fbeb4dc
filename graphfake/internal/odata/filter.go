package odata

import (
	"slices"
	"strings"
)

// An Expr is a node of a $filter: And, Or, Not, Compare, In, Call or Lambda.
type Expr interface{ expr() }

// The nodes of a filter. And and Or are flattened: no term of an Or is an Or.
type (
	And     struct{ Terms []Expr }
	Or      struct{ Terms []Expr }
	Not     struct{ X Expr }
	Compare struct {
		Op    string // eq ne gt ge lt le
		Path  Path
		Value Literal
	}
	In struct {
		Path   Path
		Values []Literal
	}
	// Call is a function of a path and a literal, such as startswith.
	Call struct {
		Func  string // in lower case
		Path  Path
		Value Literal
	}
	// Lambda is any or all over a collection. Paths in Body begin with Var.
	Lambda struct {
		Path Path
		All  bool
		Var  string
		Body Expr // nil for any()
	}
)

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}
func (In) expr()      {}
func (Call) expr()    {}
func (Lambda) expr()  {}

// A Path names a property, or a property of a property.
type Path []string

func (p Path) String() string { return strings.Join(p, "/") }

// A LiteralKind is the syntactic kind of a literal.
type LiteralKind uint8

// The kinds of literals.
const (
	Null LiteralKind = iota
	String
	Bool
	Number
	GUID
	Time
)

// EDM returns the kind's name in error messages.
func (k LiteralKind) EDM() string {
	return [...]string{"<null>", "Edm.String", "Edm.Boolean", "Edm.Int32", "Edm.Guid", "Edm.DateTimeOffset"}[k]
}

// A Literal is a constant; Text is unquoted.
type Literal struct {
	Kind LiteralKind
	Text string
}

const maxDepth = 100

// ParseFilter parses a $filter expression. Errors are *Error.
func ParseFilter(text string) (Expr, error) {
	p := &parser{lexer: lexer{text: text}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.or(0)
	if err == nil && p.tok.kind != end {
		err = p.syntax()
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

type parser struct {
	lexer
	tok token
}

func (p *parser) advance() (err error) {
	p.tok, err = p.next()
	return err
}

// syntax is the error for a token that does not belong here. Its position is
// the one behind the token:
// https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/3227
func (p *parser) syntax() error {
	return fail("Syntax error at position %d in '%s'.", p.pos, p.text)
}

// expect consumes the punctuation or fails with the message for its absence.
func (p *parser) expect(text, what string) error {
	if !p.tok.is(text) {
		return fail("%s expected at position %d in '%s'.", what, p.tok.pos, p.text)
	}
	return p.advance()
}

func (p *parser) or(depth int) (Expr, error) {
	terms, err := p.chain("or", depth, p.and)
	if err != nil || len(terms) == 1 {
		return first(terms), err
	}
	return Or{flatten(terms, func(e Expr) []Expr { o, _ := e.(Or); return o.Terms })}, nil
}

func (p *parser) and(depth int) (Expr, error) {
	terms, err := p.chain("and", depth, p.unary)
	if err != nil || len(terms) == 1 {
		return first(terms), err
	}
	return And{flatten(terms, func(e Expr) []Expr { a, _ := e.(And); return a.Terms })}, nil
}

// flatten puts the inner terms of a term, if it has any, in its place.
func flatten(terms []Expr, inner func(Expr) []Expr) (flat []Expr) {
	for _, t := range terms {
		if in := inner(t); in != nil {
			flat = append(flat, in...)
		} else {
			flat = append(flat, t)
		}
	}
	return flat
}

// chain reads one or more operands joined by the operator.
func (p *parser) chain(operator string, depth int, operand func(int) (Expr, error)) ([]Expr, error) {
	if depth > maxDepth {
		return nil, fail("Recursion depth exceeded allowed limit.")
	}
	var terms []Expr
	for {
		e, err := operand(depth + 1)
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		if p.tok.kind != identifier || !p.tok.is(operator) {
			return terms, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) unary(depth int) (Expr, error) {
	if depth > maxDepth {
		return nil, fail("Recursion depth exceeded allowed limit.")
	}
	switch {
	case p.tok.kind == identifier && p.tok.is("not"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := p.unary(depth + 1)
		return Not{x}, err
	case p.tok.is("("):
		return p.parentheses(depth)
	case p.tok.kind == identifier:
		return p.predicate(depth)
	}
	return nil, fail("Expression expected at position %d in '%s'.", p.tok.pos, p.text)
}

func (p *parser) parentheses(depth int) (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	return e, p.expect(")", "')' or operator")
}

// predicate reads what begins with a name: a comparison, a function or a lambda.
func (p *parser) predicate(depth int) (Expr, error) {
	var path Path
	for {
		name := p.tok
		if name.kind != identifier {
			return nil, p.syntax()
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.is("(") {
			if (name.is("any") || name.is("all")) && len(path) > 0 {
				return p.lambda(path, name.is("all"), depth)
			}
			return p.call(name, path)
		}
		path = append(path, name.text)
		if !p.tok.is("/") {
			return p.comparison(path)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) comparison(path Path) (Expr, error) {
	operator := strings.ToLower(p.tok.text)
	if p.tok.kind != identifier {
		return Compare{"eq", path, Literal{Bool, "true"}}, nil // a Boolean property on its own
	}
	switch operator {
	case "and", "or":
		return Compare{"eq", path, Literal{Bool, "true"}}, nil
	case "in":
		return p.in(path)
	case "eq", "ne", "gt", "ge", "lt", "le":
	default:
		return nil, p.syntax()
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	value, err := p.literal()
	return Compare{operator, path, value}, err
}

func (p *parser) literal() (Literal, error) {
	if p.tok.kind != literal {
		return Literal{}, fail("Expression expected at position %d in '%s'.", p.tok.pos, p.text)
	}
	lit := p.tok.lit
	return lit, p.advance()
}

func (p *parser) in(path Path) (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect("(", "'('"); err != nil {
		return nil, err
	}
	var values []Literal
	for {
		v, err := p.literal()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if !p.tok.is(",") {
			return In{path, values}, p.expect(")", "')' or ','")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

// call reads name(path,'literal'), optionally compared with a Boolean.
func (p *parser) call(name token, before Path) (Expr, error) {
	c := Call{Func: strings.ToLower(name.text)}
	switch {
	case len(before) > 0:
		return nil, unknownFunction(name.text)
	case slices.Contains(functions, c.Func):
		return nil, &Error{Message: "$filter by " + name.text, NotModelled: true}
	case !c.known():
		return nil, unknownFunction(name.text)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var path Path
	for {
		if p.tok.kind != identifier {
			return nil, fail("Expression expected at position %d in '%s'.", p.tok.pos, p.text)
		}
		path = append(path, p.tok.text)
		if err := p.advance(); err != nil {
			return nil, err
		}
		if !p.tok.is("/") {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	c.Path = path
	if err := p.expect(",", "')' or ','"); err != nil {
		return nil, err
	}
	var err error
	if c.Value, err = p.literal(); err != nil {
		return nil, err
	}
	if err := p.expect(")", "')' or ','"); err != nil {
		return nil, err
	}
	return p.truth(c)
}

func (c Call) known() bool {
	switch c.Func {
	case "startswith", "endswith", "contains":
		return true
	}
	return false
}

// functions are those of OData 4 that are not modelled.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html
var functions = strings.Fields("cast ceiling concat date day floor fractionalseconds geo.distance geo.intersects " +
	"geo.length hassubsequence hassubset hour indexof isof length matchespattern maxdatetime mindatetime minute month now " +
	"round second substring time tolower totaloffsetminutes totalseconds toupper trim year")

func unknownFunction(name string) error {
	return fail("An unknown function with name '%s' was found. This may also be a function import or a key lookup on a "+
		"navigation property, which is not allowed.", name)
}

// truth reads an optional "eq true" or "eq false" after a function.
func (p *parser) truth(c Call) (Expr, error) {
	if p.tok.kind != identifier || !p.tok.is("eq") {
		return c, nil
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	v, err := p.literal()
	switch {
	case err != nil:
		return nil, err
	case v.Kind != Bool:
		return nil, fail("A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and "+
			"'%s' for operator kind 'Equal'.", v.Kind.EDM())
	case v.Text == "false":
		return Not{c}, nil
	}
	return c, nil
}

// lambda reads what follows path/any or path/all.
func (p *parser) lambda(path Path, all bool, depth int) (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.is(")") && !all {
		return Lambda{Path: path}, p.advance()
	}
	if p.tok.kind != identifier {
		return nil, fail("Expression expected at position %d in '%s'.", p.tok.pos, p.text)
	}
	l := Lambda{Path: path, All: all, Var: p.tok.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect(":", "':'"); err != nil {
		return nil, err
	}
	var err error
	if l.Body, err = p.or(depth + 1); err != nil {
		return nil, err
	}
	return l, p.expect(")", "')' or operator")
}

func first(terms []Expr) Expr {
	if len(terms) == 0 {
		return nil
	}
	return terms[0]
}
