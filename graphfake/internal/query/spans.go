package query

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A span is a part of an index: one value, or all that begin with a prefix.
type span struct {
	prop   *state.Property
	value  string
	prefix bool
}

// spans returns parts of indexes that together hold every match of n; false
// if no index helps.
func spans(t *state.Type, n node) ([]span, bool) {
	switch n := n.(type) {
	case leaf:
		if len(n.path) == 1 && !n.prop.Kind.Collection() && t.HasIndex(n.prop) {
			return leafSpans(n)
		}
	case some:
		if !n.all && n.body != nil && n.prop.Kind == state.Texts && n.prop.Is(state.Indexed) {
			return elementSpans(n.body)
		}
	case and:
		return best(t, n.terms)
	case or:
		var all []span
		for _, term := range n.terms {
			s, ok := spans(t, term)
			if !ok {
				return nil, false
			}
			all = append(all, s...)
		}
		return all, true
	}
	return nil, false
}

func leafSpans(n leaf) ([]span, bool) {
	if n.op != "eq" && n.op != "in" && n.op != "startswith" {
		return nil, false
	}
	var list []span
	for _, lit := range n.lits {
		if lit.Kind == odata.Null || n.op == "startswith" && lit.Text == "" {
			return nil, false
		}
		list = append(list, span{n.prop, lit.Text, n.op == "startswith"})
	}
	return list, true
}

// elementSpans is spans for the body of a lambda over plain values.
func elementSpans(n node) ([]span, bool) {
	switch n := n.(type) {
	case leaf:
		return leafSpans(n)
	case or:
		var all []span
		for _, term := range n.terms {
			s, ok := elementSpans(term)
			if !ok {
				return nil, false
			}
			all = append(all, s...)
		}
		return all, true
	case and:
		for _, term := range n.terms {
			if s, ok := elementSpans(term); ok {
				return s, true
			}
		}
	}
	return nil, false
}

// best picks the term whose index narrows most: exact values before prefixes, fewer before more.
func best(t *state.Type, terms []node) (list []span, ok bool) {
	rank := func(s []span) int {
		r := len(s)
		for _, x := range s {
			if x.prefix {
				r += 1000
			}
		}
		return r
	}
	for _, term := range terms {
		if s, found := spans(t, term); found && (!ok || rank(s) < rank(list)) {
			list, ok = s, true
		}
	}
	return list, ok
}

// oneProperty reports whether all spans are of one single-valued property, so
// that no object can be met twice.
func oneProperty(list []span) bool {
	for _, s := range list {
		if s.prop != list[0].prop || s.prop.Kind.Collection() {
			return false
		}
	}
	return true
}

// inSpans walks the spans of one property in the order of its index.
func inSpans(t *state.Table, list []span, at cursor) iter.Seq2[cursor, *state.Object] {
	list = disjoint(list)
	return func(yield func(cursor, *state.Object) bool) {
		for _, s := range list {
			for k, o := range s.objects(t, at) {
				if !yield(cursor{Keys: []string{k}, ID: o.ID}, o) {
					return
				}
			}
		}
	}
}

// objects yields what the span holds and the cursor has not passed yet.
func (s span) objects(t *state.Table, at cursor) iter.Seq2[string, *state.Object] {
	from, after := s.value, ""
	if s.prop == t.Type.ID() && !s.prefix {
		from = strings.ToLower(s.value)
		if t.Get(s.value) != nil {
			from = s.value // ids of assignments keep their letter case
		}
	}
	if len(at.Keys) == 1 && state.CompareFold(at.Keys[0], from) >= 0 {
		from, after = at.Keys[0], at.ID
	}
	return func(yield func(string, *state.Object) bool) {
		for k, o := range t.Index(s.prop, from, after) {
			inside := state.EqualFold(k, s.value) || s.prefix && state.HasPrefixFold(k, s.value)
			if !inside || !yield(k, o) {
				return
			}
		}
	}
}

// disjoint sorts spans and drops those that another one covers.
func disjoint(list []span) []span {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b span) int {
		return cmp.Or(state.CompareFold(a.value, b.value), cmp.Compare(btoi(b.prefix), btoi(a.prefix)))
	})
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 {
			prev := out[n-1]
			if state.EqualFold(prev.value, s.value) || prev.prefix && state.HasPrefixFold(s.value, prev.value) {
				continue
			}
		}
		out = append(out, s)
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
