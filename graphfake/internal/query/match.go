package query

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

func (n and) match(at any) bool {
	for _, t := range n.terms {
		if !t.match(at) {
			return false
		}
	}
	return true
}

func (n or) match(at any) bool {
	for _, t := range n.terms {
		if t.match(at) {
			return true
		}
	}
	return false
}

func (n not) match(at any) bool { return !n.x.match(at) }

func (n size) match(at any) bool {
	return ordered(n.op, cmp.Compare(len(elements(at.(*state.Object).Get(n.prop))), n.n))
}

func (n some) match(at any) bool {
	o := at.(*state.Object)
	values := elements(o.Get(n.prop))
	if n.nav != nil {
		for _, related := range n.nav(o, n.prop) {
			values = append(values, map[string]any{"id": related.ID})
		}
	}
	for _, e := range values {
		if hit := n.body == nil || n.body.match(e); hit != n.all {
			return hit
		}
	}
	return n.all
}

func (n leaf) match(at any) bool {
	v := at
	if len(n.path) > 0 {
		v = walk(at, n.path)
	}
	for _, lit := range n.lits {
		if n.one(v, lit) {
			return true
		}
	}
	return false
}

// one compares a value with one literal. Null equals only null and is neither
// greater nor less than anything.
func (n leaf) one(v any, lit odata.Literal) bool {
	switch {
	case n.op == "ne":
		return !leaf{op: "eq", prop: n.prop}.one(v, lit)
	case v == nil || lit.Kind == odata.Null:
		return n.op != "startswith" && n.op != "endswith" && n.op != "contains" && v == nil && lit.Kind == odata.Null
	}
	switch n.op {
	case "startswith":
		return state.HasPrefixFold(text(v), lit.Text)
	case "endswith":
		return state.HasSuffixFold(text(v), lit.Text)
	case "contains":
		return strings.Contains(strings.ToLower(text(v)), strings.ToLower(lit.Text))
	case "in":
		return compare(n.prop, v, lit) == 0
	}
	return ordered(n.op, compare(n.prop, v, lit))
}

func compare(p *state.Property, v any, lit odata.Literal) int {
	switch v := v.(type) {
	case bool:
		if v == (lit.Text == "true") {
			return 0
		}
		return 1
	case json.Number:
		a, _ := v.Float64()
		b, _ := json.Number(lit.Text).Float64()
		return cmp.Compare(a, b)
	case string:
		switch {
		case p.Kind == state.Time:
			a, _ := ParseTime(v)
			b, _ := ParseTime(lit.Text)
			return a.Compare(b)
		case p.Is(state.Exact):
			return cmp.Compare(v, lit.Text)
		}
		return state.CompareFold(v, lit.Text)
	}
	return 1
}

func ordered(op string, c int) bool {
	switch op {
	case "eq":
		return c == 0
	case "ne":
		return c != 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	default:
		return c <= 0
	}
}

// walk follows a path from an object or from an element of a collection.
func walk(at any, path []*state.Property) any {
	for _, p := range path {
		switch v := at.(type) {
		case *state.Object:
			at = v.Get(p)
		case map[string]any:
			at = v[p.Name]
		default:
			return nil
		}
	}
	return at
}

func elements(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	}
	return nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
