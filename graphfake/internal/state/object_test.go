package state_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
	"github.com/stretchr/testify/require"
)

var things = state.Define(state.Type{Name: "thing", Set: "things", Props: []state.Property{
	{Name: "a", Flags: state.Indexed}, {Name: "on", Kind: state.Bool}, {Name: "id"}, {Name: "b"}, {Name: "n", Kind: state.Int},
	{Name: "list", Kind: state.Texts, Flags: state.Indexed}, {Name: "more", Kind: state.Complex},
}})

func value(name string, v any) state.Value { return state.Value{Prop: things.Prop(name), Value: v} }

// Every property must come back as it was set, and an unset one as nil: a
// packed neighbour must never show through.
func TestObjectsKeepTheirValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 300)
	o := state.New(things, "x", []state.Value{value("n", json.Number("7")), value("b", long), value("on", false), value("b", "first"), value("b", long)})
	require.Equal(t, []any{nil, false, "x", long, json.Number("7"), nil}, []any{o.Value("a"), o.Value("ON"), o.Value("id"), o.Value("b"), o.Value("n"), o.Value("list")})
	require.Empty(t, o.Str("a"))

	c := o.With(value("a", ""), value("b", nil), value("on", true), value("list", []string{"l"}), value("n", nil))
	require.Equal(t, []any{"", true, nil, nil, []string{"l"}}, []any{c.Value("a"), c.Value("on"), c.Value("b"), c.Value("n"), c.Value("list")})
	require.Equal(t, long, o.Value("b"), "the original stays")
	require.Equal(t, "x", c.ID)
}

// Bulk loading must end in the same tables as one object after the other.
func TestBulkEqualsOneByOne(t *testing.T) {
	t.Parallel()
	var objects []*state.Object
	for i := range 1500 {
		id := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		objects = append(objects, state.New(things, id, []state.Value{value("a", strings.ToUpper(id[:1])), value("list", []string{"B", "a", "b"}[:i%4])}))
	}
	bulk, single := &state.Tx{View: state.NewView()}, &state.Tx{View: state.NewView()}
	bulk.PutAll(objects)
	for _, o := range objects {
		single.Put(o)
	}
	keys := func(tab *state.Table, name string) (list []string) {
		for k, o := range tab.Index(things.Prop(name), "", "") {
			list = append(list, k+" "+o.ID)
		}
		return list
	}
	for _, name := range []string{"id", "a", "list"} {
		require.Equal(t, keys(single.Live(things), name), keys(bulk.Live(things), name), name)
	}
	require.Equal(t, 1500, bulk.Live(things).Len())
	require.NotEmpty(t, keys(bulk.Live(things), "list"))
}

// A view that a request holds must not see what is written later.
func TestViewsDontMove(t *testing.T) {
	t.Parallel()
	s := state.NewStore()
	one := state.New(things, "1", []state.Value{value("a", "x")})
	s.Update(func(tx *state.Tx) bool { tx.Put(one); tx.Tie(state.Link{Rel: "r", From: "1", To: "2"}); return true })
	before := s.View()
	s.Update(func(tx *state.Tx) bool {
		tx.Put(one.With(value("a", "y")))
		tx.Put(state.New(things, "2", nil))
		tx.Untie(state.Link{Rel: "r", From: "1", To: "2"})
		return true
	})
	s.Update(func(tx *state.Tx) bool { tx.Purge(one); return false })
	require.Equal(t, "x", before.Get(things, "1").Str("a"))
	require.Equal(t, 1, before.Live(things).Len())
	require.True(t, before.Linked(state.Link{Rel: "r", From: "1", To: "2"}))
	now := s.View()
	require.Equal(t, "y", now.Get(things, "1").Str("a"), "and what was given up did not happen")
	require.Nil(t, now.Live(things).First("a", "x"), "indexes follow")
	require.False(t, now.Linked(state.Link{Rel: "r", From: "1", To: "2"}))
	log, ok := s.Since(before.Seq)
	require.True(t, ok)
	require.Len(t, log, 3)
}
