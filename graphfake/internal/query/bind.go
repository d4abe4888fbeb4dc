package query

import (
	"strconv"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A node is a filter whose names are resolved. match looks at an object, or
// inside a lambda at an element of a collection.
type node interface{ match(at any) bool }

type (
	and struct{ terms []node }
	or  struct{ terms []node }
	not struct{ x node }

	// leaf compares one property with literals. An empty path is the element
	// of a collection of plain values itself.
	leaf struct {
		op   string // eq ne gt ge lt le in startswith endswith contains
		path []*state.Property
		prop *state.Property // what the comparison is about: the last of path, or the collection
		lits []odata.Literal
		set  map[string]bool // the lits of an in as texts, so that they need not be tried one by one; may be nil

		elements Elements // of a derived property, else nil
	}
	// size compares the number of values of a collection.
	size struct {
		prop *state.Property
		op   string
		n    int
	}
	// some is any or all.
	some struct {
		prop *state.Property
		all  bool
		body node // nil: is there any at all

		elements Elements // of a virtual or derived property, else nil
	}
)

// A binder resolves names to properties and checks types, as the service's
// OData library does before the directory sees a query.
type binder struct {
	typ      *state.Type
	elements Elements
	// Inside a lambda:
	variable string
	over     *state.Property
}

func (b binder) bind(e odata.Expr) (node, *Error) {
	switch e := e.(type) {
	case odata.And:
		terms, err := b.all(e.Terms)
		return and{terms}, err
	case odata.Or:
		terms, err := b.all(e.Terms)
		return or{terms}, err
	case odata.Not:
		x, err := b.bind(e.X)
		return not{x}, err
	case odata.Compare:
		return b.compare(e)
	case odata.In:
		return b.leaf("in", e.Path, e.Values)
	case odata.Call:
		return b.leaf(e.Func, e.Path, []odata.Literal{e.Value})
	case odata.Lambda:
		return b.lambda(e)
	}
	return nil, badRequest("Invalid filter clause")
}

func (b binder) all(exprs []odata.Expr) ([]node, *Error) {
	nodes := make([]node, len(exprs))
	for i, e := range exprs {
		n, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes, nil
}

func (b binder) compare(e odata.Compare) (node, *Error) {
	last := len(e.Path) - 1
	if last < 1 || e.Path[last] != "$count" {
		return b.leaf(e.Op, e.Path, []odata.Literal{e.Value})
	}
	path, err := b.resolve(e.Path[:last])
	if err != nil {
		return nil, err
	}
	n, convErr := strconv.Atoi(e.Value.Text)
	if p := path[len(path)-1]; p.Kind.Collection() && convErr == nil && e.Value.Kind == odata.Number {
		return size{p, e.Op, n}, nil
	}
	return nil, incompatible("Edm.Int64", e.Value.Kind.EDM(), e.Op)
}

func (b binder) leaf(op string, names odata.Path, lits []odata.Literal) (node, *Error) {
	path, err := b.resolve(names)
	if err != nil {
		return nil, err
	}
	l := leaf{op: op, path: path, prop: b.over, lits: lits}
	kind := state.Text
	if len(path) > 0 {
		l.prop = path[len(path)-1]
		kind = l.prop.Kind
		if l.prop.Is(state.Derived) {
			l.elements = b.elements
		}
	} else if b.over.Kind == state.GUIDs {
		kind = state.GUID
	}
	if strings.HasSuffix(op, "with") || op == "contains" {
		if kind != state.Text && kind != state.Untyped || lits[0].Kind != odata.String {
			return nil, badRequest("Invalid filter clause: No function signature for the function with name '%s' matches the "+
				"specified arguments. The function signatures considered are: %s(Edm.String Nullable=true, Edm.String "+
				"Nullable=true).", op, op)
		}
		return l, nil
	}
	for _, lit := range lits {
		if err := checkLiteral(kind, op, lit); err != nil {
			return nil, err
		}
	}
	if op == "in" && l.prop.Kind != state.Time {
		l.set = textSet(l.prop, lits)
	}
	return l, nil
}

// textSet returns the literals in the form in which a property's texts are compared.
func textSet(p *state.Property, lits []odata.Literal) map[string]bool {
	set := map[string]bool{}
	for _, lit := range lits {
		if lit.Kind != odata.Null {
			set[string(appendKey(nil, p, lit.Text))] = true
		}
	}
	return set
}

// appendKey appends a text in a form that is the same for texts that equal each other.
func appendKey(b []byte, p *state.Property, s string) []byte {
	if p.Is(state.Exact) {
		return append(b, s...)
	}
	return state.AppendFold(b, s)
}

// resolve turns names into properties, stripping a lambda's variable.
func (b binder) resolve(names odata.Path) ([]*state.Property, *Error) {
	var path []*state.Property
	find, owner, from := b.typ.Prop, b.typ.Name, []string(nil)
	if b.over != nil {
		if !strings.EqualFold(names[0], b.variable) {
			return nil, noSuch("Invalid filter clause", names[0], owner, metadata.Of(owner, names[0]))
		}
		names, find, owner, from = names[1:], b.over.Field, b.over.Name, []string{b.over.Name}
	}
	for i, name := range names {
		p := find(name)
		if p == nil {
			return nil, noSuch("Invalid filter clause", name, owner, metadata.Of(b.typ.Name, append(from, names[:i+1]...)...))
		}
		if p.Is(state.Disputed) {
			return nil, &Error{Status: 501, Code: "NotImplemented",
				Message: "graphfake does not model $filter by " + p.Name + ": the pages don't agree on it."}
		}
		path = append(path, p)
		find, owner = p.Field, p.Name
	}
	return path, nil
}

func (b binder) lambda(e odata.Lambda) (node, *Error) {
	path, err := b.resolve(e.Path)
	if err != nil {
		return nil, err
	}
	if len(path) != 1 || !path[0].Kind.Collection() {
		return nil, badRequest("Invalid filter clause: Any/All may only be used following a collection.")
	}
	s := some{prop: path[0], all: e.All}
	if s.prop.Is(state.Virtual) || s.prop.Is(state.Derived) {
		s.elements = b.elements
	}
	if e.Body == nil {
		return s, nil
	}
	s.body, err = binder{b.typ, b.elements, e.Var, s.prop}.bind(e.Body)
	return s, err
}

var operatorKinds = map[string]string{
	"eq": "Equal", "ne": "NotEqual", "gt": "GreaterThan", "ge": "GreaterThanOrEqual",
	"lt": "LessThan", "le": "LessThanOrEqual", "in": "Equal",
}

func incompatible(left, right, op string) *Error {
	return badRequest("Invalid filter clause: A binary operator with incompatible types was detected. Found operand "+
		"types '%s' and '%s' for operator kind '%s'.", left, right, operatorKinds[op])
}

func checkLiteral(kind state.Kind, op string, lit odata.Literal) *Error {
	ok := lit.Kind == odata.Null
	switch kind {
	case state.Text:
		ok = ok || lit.Kind == odata.String
	case state.GUID:
		ok = ok || lit.Kind == odata.GUID
	case state.Bool:
		ok = ok || lit.Kind == odata.Bool
	case state.Int:
		ok = ok || lit.Kind == odata.Number
	case state.Untyped:
		ok = true
	case state.Time:
		if ok = ok || lit.Kind == odata.Time; ok && lit.Kind == odata.Time {
			if _, err := ParseTime(lit.Text); err != nil {
				return badRequest("Invalid filter clause: The DateTimeOffset text '%s' should be in format "+
					"'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field value is within valid range.", lit.Text)
			}
		}
	default:
		ok = false
	}
	if !ok {
		return incompatible(kind.EDM(), lit.Kind.EDM(), op)
	}
	return nil
}

// ParseTime reads a DateTimeOffset; a plain date is its midnight in UTC
// (believed, not verified: the OData library promotes Edm.Date).
func ParseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, strings.ToUpper(s)); err == nil {
			return t, nil
		}
	}
	return time.Parse(time.RFC3339Nano, s)
}
