package query

import (
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Limits of a filter in a query that is not an advanced one.
// https://learn.microsoft.com/graph/known-issues (query parameters)
const (
	maxClauses = 15
	maxHeight  = 3
	maxValue   = 120 // characters
)

// A checker refuses what the directory does not support, after the names and
// types of a filter turned out to be right.
type checker struct {
	typ      *state.Type
	advanced bool
}

func (c checker) filter(n node) *Error {
	if err := c.node(n); err != nil {
		return err
	}
	if c.advanced {
		return nil
	}
	if k := widest(n); k > maxClauses {
		return unsupported("Too many child clauses specified in search filter expression containing 'OR' operators: %d. "+
			"Max allowed: %d", k, maxClauses)
	}
	if h := height(n); h > maxHeight {
		return unsupported("Search filter expression has excessive height: %d. Max allowed: %d.", h, maxHeight)
	}
	return nil
}

func (c checker) node(n node) *Error {
	switch n := n.(type) {
	case and:
		return c.all(n.terms)
	case or:
		return c.all(n.terms)
	case not:
		if !c.advanced {
			return needsAdvanced("not")
		}
		return c.node(n.x)
	case some:
		return c.some(n)
	case size:
		if !c.advanced {
			return c.invalid(n.prop)
		}
	case leaf:
		return c.leaf(n)
	}
	return nil
}

func (c checker) all(terms []node) *Error {
	for _, t := range terms {
		if err := c.node(t); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) some(n some) *Error {
	switch {
	case n.all:
		return operator("All")
	case n.body == nil:
		return c.allowed(n.prop, state.Advanced)
	}
	return c.node(n.body)
}

func (c checker) leaf(n leaf) *Error {
	p := n.prop
	switch n.op {
	case "contains":
		return operator("Contains")
	case "ne":
		if !c.advanced {
			return operator("NotEqualsMatch")
		}
	case "gt", "ge", "lt", "le":
		if !p.Is(state.Range) && !c.ordersText(p) {
			return operator(comparisons[n.op])
		}
	case "endswith":
		if !c.advanced {
			return needsAdvanced("endsWith")
		}
		if !p.Is(state.EndsWith) {
			return c.invalid(p)
		}
		return nil
	}
	for _, lit := range n.lits {
		if err := c.allowed(p, support(p, n.op, lit)); err != nil {
			return err
		}
		if !c.advanced && utf8.RuneCountInString(lit.Text) > maxValue {
			return c.invalid(p) // misleading, yet what the service says
		}
	}
	return nil
}

// comparisons are the directory's names of operators (believed, by the form of
// NotEqualsMatch).
var comparisons = map[string]string{
	"gt": "GreaterThanMatch", "ge": "GreaterOrEqualMatch", "lt": "LessThanMatch", "le": "LessOrEqualMatch",
}

// ordersText reports whether a text can be compared by ge and le. The user's page
// lists them for most texts, and they were seen to work with the header
// (https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/3227);
// that they don't without it is believed, not verified.
// https://learn.microsoft.com/graph/api/resources/user
func (c checker) ordersText(p *state.Property) bool {
	return c.advanced && p.Kind == state.Text && p.Null != state.Never
}

func support(p *state.Property, op string, lit odata.Literal) state.Support {
	switch {
	case op == "startswith":
		return p.StartsWith
	case lit.Kind == odata.Null:
		return p.Null
	}
	return p.Eq
}

func (c checker) allowed(p *state.Property, s state.Support) *Error {
	if s == state.Default || s == state.Advanced && c.advanced {
		return nil
	}
	return c.invalid(p)
}

func (c checker) invalid(p *state.Property) *Error {
	return unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", p.Name,
		c.typ.Resource)
}

func operator(name string) *Error {
	return unsupported("Unsupported property filter clause operator '%s'.", name)
}

func needsAdvanced(name string) *Error {
	return unsupported("Operator '%s' is not supported because the required parameters might be missing. Try adding "+
		"$count=true query parameter and ConsistencyLevel:eventual header. Refer to "+
		"https://aka.ms/graph-docs/advanced-queries for more information", name)
}

// widest returns the number of alternatives in the largest disjunction; the
// values of an in are alternatives too.
func widest(n node) int {
	switch n := n.(type) {
	case leaf:
		return len(n.lits)
	case and:
		most := 0
		for _, t := range n.terms {
			most = max(most, widest(t))
		}
		return most
	case or:
		sum := 0
		for _, t := range n.terms {
			sum += max(1, widest(t))
		}
		return sum
	case not:
		return widest(n.x)
	case some:
		if n.body != nil {
			return widest(n.body)
		}
	}
	return 0
}

// height counts the levels of a filter: a comparison is one, and each and, or
// and any adds one. An in is a disjunction of comparisons (believed, as the
// service counts its values like those of or).
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/3641
func height(n node) int {
	switch n := n.(type) {
	case leaf:
		if len(n.lits) > 1 {
			return 2
		}
	case and:
		return 1 + highest(n.terms)
	case or:
		most := 1
		for _, t := range n.terms {
			if _, ok := t.(leaf); !ok { // the values of an in join the disjunction
				most = max(most, height(t))
			}
		}
		return 1 + most
	case not:
		return height(n.x)
	case some:
		if n.body != nil {
			return 1 + height(n.body)
		}
	}
	return 1
}

func highest(terms []node) int {
	most := 0
	for _, t := range terms {
		most = max(most, height(t))
	}
	return most
}
