package query_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
	"github.com/stretchr/testify/require"
)

// things is a type with every kind of property that a plan treats differently.
var things = state.Define(state.Type{
	Name: "thing", Resource: "Thing", Set: "things", Order: "name",
	Props: []state.Property{
		{Name: "id"},
		{Name: "name", Flags: state.Indexed},
		{Name: "mail", Flags: state.Indexed},
		{Name: "exact", Flags: state.Indexed | state.Exact},
		{Name: "plain"},
		{Name: "addresses", Kind: state.Texts, Flags: state.Indexed},
		{Name: "phones", Kind: state.Texts},
		{Name: "enabled", Kind: state.Bool},
	},
})

// table returns a table of things with few distinct values, so that filters
// hit several at once.
func table(n int, seed uint64) *state.Table {
	rnd := rand.New(rand.NewPCG(seed, 2))
	words := []string{"a", "A", "ab", "Ab", "b", "bä", "BÄ", "o'n", "a b"}
	word := func() string { return words[rnd.IntN(len(words))] }
	tx := &state.Tx{View: state.NewView()}
	for i := range n {
		id := fmt.Sprintf("%08x-0000-4000-8000-000000000000", rnd.Uint32())
		values := []state.Value{{Prop: things.Prop("name"), Value: fmt.Sprintf("%s%d", word(), i)}}
		for _, name := range []string{"mail", "exact", "plain"} {
			if rnd.IntN(3) > 0 {
				values = append(values, state.Value{Prop: things.Prop(name), Value: word()})
			}
		}
		for _, name := range []string{"addresses", "phones"} {
			if list := []string{word(), word()}[:rnd.IntN(3)]; len(list) > 0 {
				values = append(values, state.Value{Prop: things.Prop(name), Value: list})
			}
		}
		if rnd.IntN(4) > 0 {
			values = append(values, state.Value{Prop: things.Prop("enabled"), Value: rnd.IntN(2) > 0})
		}
		tx.Put(state.New(things, id, values))
	}
	return tx.Live(things)
}

// matches is the filter's meaning spelled out, without indexes, plans and
// resolved names. ok is false where it is not a filter over things.
func matches(e odata.Expr, get func(odata.Path) (any, bool)) (hit, ok bool) {
	switch e := e.(type) {
	case odata.And:
		hit, ok = true, true
		for _, t := range e.Terms {
			h, o := matches(t, get)
			hit, ok = hit && h, ok && o
		}
		return hit, ok
	case odata.Or:
		ok = true
		for _, t := range e.Terms {
			h, o := matches(t, get)
			hit, ok = hit || h, ok && o
		}
		return hit, ok
	case odata.Not:
		hit, ok = matches(e.X, get)
		return !hit, ok
	case odata.In:
		for _, v := range e.Values {
			h, o := matches(odata.Compare{Op: "eq", Path: e.Path, Value: v}, get)
			hit, ok = hit || h, o
		}
		return hit, ok
	case odata.Call:
		v, ok := get(e.Path)
		s, isText := v.(string)
		have, want := strings.ToLower(s), strings.ToLower(e.Value.Text)
		switch e.Func {
		case "startswith":
			return isText && strings.HasPrefix(have, want), ok
		case "endswith":
			return isText && strings.HasSuffix(have, want), ok
		}
		return isText && strings.Contains(have, want), ok
	case odata.Compare:
		return compared(e, get)
	case odata.Lambda:
		return lambda(e, get)
	}
	return false, false
}

func compared(e odata.Compare, get func(odata.Path) (any, bool)) (hit, ok bool) {
	v, ok := get(e.Path)
	var c int
	switch v := v.(type) {
	case nil:
		if e.Value.Kind != odata.Null {
			c = 2
		}
	case bool:
		if fmt.Sprint(v) != e.Value.Text {
			c = 2
		}
	case string:
		if e.Value.Kind == odata.Null {
			c = 2
		} else if strings.EqualFold(e.Path[len(e.Path)-1], "exact") {
			c = strings.Compare(v, e.Value.Text)
		} else {
			c = strings.Compare(strings.ToLower(v), strings.ToLower(e.Value.Text))
		}
	}
	switch e.Op {
	case "eq":
		return c == 0, ok
	case "ne":
		return c != 0, ok
	}
	if c == 2 || v == nil || e.Value.Kind == odata.Null {
		return (e.Op == "ge" || e.Op == "le") && v == nil && e.Value.Kind == odata.Null, ok
	}
	return map[string]bool{"gt": c > 0, "ge": c >= 0, "lt": c < 0, "le": c <= 0}[e.Op], ok
}

func lambda(e odata.Lambda, get func(odata.Path) (any, bool)) (hit, ok bool) {
	v, ok := get(e.Path)
	list, _ := v.([]string)
	if e.Body == nil {
		return len(list) > 0, ok
	}
	hit = e.All
	for _, s := range list {
		h, o := matches(e.Body, func(odata.Path) (any, bool) { return s, true })
		ok = ok && o
		if h != e.All {
			hit = h
		}
	}
	return hit, ok
}

// FuzzFilter: parsing never panics, and whatever plan a filter gets, with
// whatever index, it finds what the plain evaluation finds, once each, over
// any page size.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"name eq 'a1'", "mail in ('a','AB','x')", "mail eq 'a' or startswith(mail,'b')", "startswith(mail,'a') or mail eq 'ab' or mail eq 'a b'",
		"addresses/any(x:x eq 'a' or startswith(x,'b'))", "addresses/any(x:x eq 'a' and x ne 'b') and enabled eq true", "addresses/any()",
		"not(mail eq null) and exact eq 'Ab'", "exact in ('a','A')", "plain ge 'ab' and plain le 'b'", "endswith(mail,'Ä') or contains(plain,'''')",
		"mail eq 'a' or addresses/any(x:x eq 'b')", "(mail eq 'a' and plain eq 'b') or (exact eq 'A')", "phones/all(x:startswith(x,'a'))",
		"startswith(name,'a') and startswith(name,'ab')", "enabled", "mail eq 'o''n' and not enabled eq false", "id eq '00000000-0000-4000-8000-000000000000'",
		"startsWith(mail,'') eq false", "mail eq", "((((", "'", "name eq 'bä1'", "addresses/$count ge 1", "mail in (null,'a')", "mail ne null or mail le null", "mail lt null",
	} {
		f.Add(seed, uint8(3), uint64(1))
	}
	f.Fuzz(func(t *testing.T, filter string, size uint8, seed uint64) {
		e, err := odata.ParseFilter(filter)
		if err != nil {
			return
		}
		plan, bad := query.Unchecked(things, filter)
		if bad != nil {
			return
		}
		tab := table(60, seed)
		var want []string
		for o := range tab.All() {
			hit, ok := matches(e, reader(o))
			if !ok {
				return // beyond what the plain evaluation understands
			}
			if hit {
				want = append(want, o.ID)
			}
		}
		require.ElementsMatch(t, want, pages(t, plan, tab, int(size%50)+1), filter)
		require.Equal(t, len(want), plan.Count(query.Source{Table: tab}), filter)
	})
}

// reader reads properties by their names in a filter; what is inside a lambda
// or a count is for matches to say.
func reader(o *state.Object) func(odata.Path) (any, bool) {
	return func(p odata.Path) (any, bool) {
		if len(p) != 1 || things.Prop(p[0]) == nil {
			return nil, false
		}
		return o.Get(things.Prop(p[0])), true
	}
}

func pages(t *testing.T, plan *query.Plan, tab *state.Table, size int) []string {
	t.Helper()
	var ids []string
	for token := ""; ; {
		page, err := plan.Page(query.Source{Table: tab}, token, size)
		require.Nil(t, err)
		require.LessOrEqual(t, len(page.Objects), size)
		for _, o := range page.Objects {
			ids = append(ids, o.ID)
		}
		if token = page.Next; token == "" {
			return ids
		}
	}
}

// The plain evaluation must be able to fail: a planted defect in the plan's
// reading of a filter is noticed.
func TestPlainEvaluationNotices(t *testing.T) {
	t.Parallel()
	tab := table(60, 1)
	right, bad := query.Unchecked(things, "startswith(mail,'a')")
	require.Nil(t, bad)
	wrong, bad := query.Unchecked(things, "mail eq 'a'")
	require.Nil(t, bad)
	require.NotEqual(t, len(pages(t, right, tab, 7)), len(pages(t, wrong, tab, 7)))
}

func TestOrders(t *testing.T) {
	t.Parallel()
	tab := table(60, 3)
	all, bad := query.Compile(things, &query.Options{})
	require.Nil(t, bad)
	var names []string
	for _, id := range pages(t, all, tab, 7) {
		names = append(names, strings.ToLower(tab.Get(id).Str("name")))
	}
	require.Len(t, names, 60)
	require.True(t, slices.IsSorted(names), "the default order is the type's, without letter case")
	_, bad = query.Compile(things, &query.Options{Search: `"name:a"`, Eventual: true})
	require.NotNil(t, bad, "name is not searchable")
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for filter, message := range map[string]string{
		"":                          "Expression expected at position 0 in ''.",
		"mail eq":                   "Expression expected at position 7 in 'mail eq'.",
		"mail eq x":                 "Expression expected at position 8 in 'mail eq x'.",
		"(mail eq 'x'":              "')' or operator expected at position 12 in '(mail eq 'x''.",
		"mail in 'x'":               "'(' expected at position 8 in 'mail in 'x''.",
		"startswith(mail 'x')":      "')' or ',' expected at position 16 in 'startswith(mail 'x')'.",
		"lower(mail)":               "An unknown function with name 'lower' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.",
		"substringof('x',mail)":     "An unknown function with name 'substringof' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.",
		"mail eq \"x\"":             "Syntax error: character '\"' is not valid at position 8 in 'mail eq \"x\"'.",
		"addresses/any(x x eq 'a')": "':' expected at position 16 in 'addresses/any(x x eq 'a')'.",
		strings.Repeat("(", 500):    "Recursion depth exceeded allowed limit.",
	} {
		_, err := odata.ParseFilter(filter)
		require.EqualError(t, err, message, filter)
	}
}
