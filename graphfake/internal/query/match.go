package query

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

func (n and) match(at any) bool {
	return !slices.ContainsFunc(n.terms, func(t node) bool { return !t.match(at) })
}

func (n or) match(at any) bool {
	return slices.ContainsFunc(n.terms, func(t node) bool { return t.match(at) })
}

func (n not) match(at any) bool { return !n.x.match(at) }

func (n size) match(at any) bool {
	return ordered(n.op, cmp.Compare(len(elements(at.(*state.Object).Get(n.prop))), n.n))
}

func (n some) match(at any) bool {
	o := at.(*state.Object)
	values := elements(o.Get(n.prop))
	if n.elements != nil {
		values = n.elements(o, n.prop)
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
	if n.elements != nil && len(n.elements(at.(*state.Object), n.prop)) > 0 {
		v = true // anything but null
	}
	if s, ok := v.(string); ok && n.set != nil {
		var room [64]byte
		return n.set[string(appendKey(room[:0], n.prop, s))]
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
		return v == nil && lit.Kind == odata.Null && slices.Contains([]string{"eq", "in", "le", "ge"}, n.op)
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

// compileSearch plans $search.
// https://learn.microsoft.com/graph/search-query-parameter
func (p *Plan) compileSearch(o *Options) *Error {
	if o.Search == "" {
		return nil
	}
	if !o.Eventual {
		return unsupported("Request with $search query parameter only works through MSGraph with a special request " +
			"header: 'ConsistencyLevel: eventual'")
	}
	s, err := odata.ParseSearch(o.Search)
	if err != nil {
		return requestBadRequest("%s", err.Error())
	}
	match, bad := p.searcher(s)
	p.search = match
	return bad
}

func (p *Plan) searcher(s odata.Search) (func(*state.Object) bool, *Error) {
	switch s := s.(type) {
	case odata.SearchAnd:
		return p.searchers(s.Terms, true)
	case odata.SearchOr:
		return p.searchers(s.Terms, false)
	}
	term := s.(odata.SearchTerm)
	prop := p.typ.Prop(term.Property)
	if prop == nil || prop.Kind != state.Text && prop.Kind != state.Texts ||
		!prop.Is(state.Search) && prop.StartsWith == state.Never {
		// believed, not verified
		err := unsupported("Unsupported or invalid search clause specified for property '%s' of resource '%s'.",
			term.Property, p.typ.Resource)
		if prop == nil {
			err.Missing = metadata.Of(p.typ.Name, term.Property)
		}
		return nil, err
	}
	if prop.Is(state.Tokens) {
		want := tokens(term.Text)
		return func(o *state.Object) bool { return hasTokens(tokens(o.Text(prop)), want) }, nil
	}
	return func(o *state.Object) bool {
		for _, v := range append(elements(o.Get(prop)), o.Get(prop)) {
			if s := text(v); s != "" && state.HasPrefixFold(s, term.Text) {
				return true
			}
		}
		return false
	}, nil
}

func (p *Plan) searchers(terms []odata.Search, all bool) (func(*state.Object) bool, *Error) {
	var list []func(*state.Object) bool
	for _, t := range terms {
		f, err := p.searcher(t)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return func(o *state.Object) bool {
		for _, f := range list {
			if f(o) != all {
				return !all
			}
		}
		return all
	}, nil
}

// hasTokens reports whether every wanted token begins one of the tokens there are.
func hasTokens(have, want []string) bool {
	for _, w := range want {
		found := false
		for _, h := range have {
			found = found || strings.HasPrefix(h, w)
		}
		if !found {
			return false
		}
	}
	return len(want) > 0
}

// tokens splits at spaces, symbols, and changes of case or between letters and digits.
func tokens(s string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = nil
		}
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if n := len(word); n > 0 {
			prev := word[n-1]
			if unicode.IsDigit(prev) != unicode.IsDigit(r) || unicode.IsLower(prev) && unicode.IsUpper(r) {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return list
}
