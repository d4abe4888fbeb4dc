package state

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/btree"
)

// A Table holds the objects of one type, by id and by every indexed property.
type Table struct {
	Type *Type

	byID    btree.Tree[*Object]
	indexes []btree.Tree[entry] // parallel to Type.index
	view    *View               // the view that may change this table
}

// An entry stands for one value of the indexed property; n counts the values
// of a collection.
type entry struct {
	obj *Object
	n   int
}

func newTable(t *Type, v *View) *Table {
	tab := &Table{Type: t, byID: btree.New(compareID), view: v}
	for _, p := range t.index {
		tab.indexes = append(tab.indexes, btree.New(compareEntries(p)))
	}
	return tab
}

func (t *Table) clone(v *View) *Table {
	c := &Table{Type: t.Type, byID: t.byID.Clone(), indexes: make([]btree.Tree[entry], len(t.indexes)), view: v}
	for i := range t.indexes {
		c.indexes[i] = t.indexes[i].Clone()
	}
	return c
}

// Len returns the number of objects.
func (t *Table) Len() int { return t.byID.Len() }

// Get returns the object with the id, or nil.
func (t *Table) Get(id string) *Object {
	for o := range t.After(id, true) {
		if o.ID == id {
			return o
		}
		break
	}
	return nil
}

// All yields the objects in order of id.
func (t *Table) All() iter.Seq[*Object] { return t.byID.All() }

// After yields the objects in order of id, from the first one after id, or
// from id itself when inclusive.
func (t *Table) After(id string, inclusive bool) iter.Seq[*Object] {
	return t.byID.From(func(o *Object) bool {
		c := cmp.Compare(o.ID, id)
		return c > 0 || inclusive && c == 0
	})
}

// Index yields key and object of an index, in order of key (without letter
// case) and id, from the first whose key is at least key; of those with
// exactly this key only what comes after the object called after.
// Objects without a value are not in an index; one with several values appears
// once for each.
func (t *Table) Index(p *Property, key, after string) iter.Seq2[string, *Object] {
	if p == t.Type.id {
		return t.index(max(key, after), after == "")
	}
	i := slices.Index(t.Type.index, p)
	return func(yield func(string, *Object) bool) {
		entries := t.indexes[i].From(func(e entry) bool {
			c := CompareFold(keyOf(p, e), key)
			return c > 0 || c == 0 && (after == "" || e.obj.ID > after)
		})
		for e := range entries {
			if !yield(keyOf(p, e), e.obj) {
				return
			}
		}
	}
}

// IndexDown is Index in reverse order: from what comes before key and the
// object called before, or from the end if both are empty.
func (t *Table) IndexDown(p *Property, key, before string) iter.Seq2[string, *Object] {
	i := slices.Index(t.Type.index, p)
	return func(yield func(string, *Object) bool) {
		for e := range t.indexes[i].Before(func(e entry) bool {
			c := CompareFold(keyOf(p, e), key)
			return (key != "" || before != "") && (c > 0 || c == 0 && e.obj.ID >= before)
		}) {
			if !yield(keyOf(p, e), e.obj) {
				return
			}
		}
	}
}

// index is Index for the property "id".
func (t *Table) index(id string, inclusive bool) iter.Seq2[string, *Object] {
	return func(yield func(string, *Object) bool) {
		for o := range t.After(id, inclusive) {
			if !yield(o.ID, o) {
				return
			}
		}
	}
}

// Equal yields the objects that have the value, without regard to letter case.
func (t *Table) Equal(p *Property, value string) iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		for key, o := range t.Index(p, value, "") {
			if !EqualFold(key, value) || !yield(o) {
				return
			}
		}
	}
}

// First returns the first object that has the value in the named, indexed property.
func (t *Table) First(property, value string) *Object {
	for o := range t.Equal(t.Type.Prop(property), value) {
		return o
	}
	return nil
}

func (t *Table) put(o *Object) {
	t.remove(o.ID)
	t.byID.Put(o)
	for i, p := range t.Type.index {
		for n := range count(p, o) {
			t.indexes[i].Put(entry{o, n})
		}
	}
}

func (t *Table) remove(id string) {
	old := t.Get(id)
	if old == nil {
		return
	}
	t.byID.Delete(old)
	for i, p := range t.Type.index {
		for n := range count(p, old) {
			t.indexes[i].Delete(entry{old, n})
		}
	}
}

// putAll adds many objects at once: sorting them and building the trees anew
// is several times faster than one insertion after the other.
func (t *Table) putAll(objects []*Object) {
	if len(objects) < 1000 || len(objects) < t.Len()/8 {
		for _, o := range objects {
			t.put(o)
		}
		return
	}
	all := slices.AppendSeq(slices.Clone(objects), t.byID.All())
	slices.SortStableFunc(all, compareID)
	all = slices.CompactFunc(all, func(a, b *Object) bool { return a.ID == b.ID }) // the new ones come first
	t.byID = btree.Build(compareID, all)
	var s sorter
	for i, p := range t.Type.index {
		t.indexes[i] = btree.Build(compareEntries(p), s.entries(p, all))
	}
}

// A sorter sorts entries. Folding every key once, instead of at each comparison,
// is what makes a million users load in seconds; it keeps its memory for the
// next index.
type sorter struct {
	keys   []byte
	list   []folded
	sorted []entry
}

// A folded entry has its key in a sorter's keys.
type folded struct {
	entry
	from, to int
}

// entries returns the entries of all objects in the order of an index. They are
// good until the next call.
func (s *sorter) entries(p *Property, all []*Object) []entry {
	keys, list := s.keys[:0], s.list[:0]
	for _, o := range all {
		for n := range count(p, o) {
			e := entry{o, n}
			from := len(keys)
			keys = AppendFold(keys, keyOf(p, e))
			list = append(list, folded{e, from, len(keys)})
		}
	}
	slices.SortFunc(list, func(a, b folded) int {
		if c := bytes.Compare(keys[a.from:a.to], keys[b.from:b.to]); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.obj.ID, b.obj.ID), cmp.Compare(a.n, b.n))
	})
	s.keys, s.list, s.sorted = keys, list, s.sorted[:0]
	for i := range list {
		s.sorted = append(s.sorted, list[i].entry)
	}
	return s.sorted
}

func compareID(a, b *Object) int { return cmp.Compare(a.ID, b.ID) }

func compareEntries(p *Property) func(a, b entry) int {
	return func(a, b entry) int {
		if c := CompareFold(keyOf(p, a), keyOf(p, b)); c != 0 {
			return c
		}
		if c := cmp.Compare(a.obj.ID, b.obj.ID); c != 0 {
			return c
		}
		return cmp.Compare(a.n, b.n)
	}
}

func keyOf(p *Property, e entry) string {
	if p.Kind == Texts {
		return e.obj.Get(p).([]string)[e.n]
	}
	return e.obj.Text(p)
}

// count returns the number of values of p in o: the entries that it has.
func count(p *Property, o *Object) int {
	if p.Kind == Texts {
		list, _ := o.Get(p).([]string)
		return len(list)
	}
	if _, ok := o.find(p); ok {
		return 1
	}
	return 0
}

// CompareFold orders strings without regard to letter case.
func CompareFold(a, b string) int {
	for {
		ra, na := foldRune(a)
		rb, nb := foldRune(b)
		switch {
		case na == 0 || nb == 0:
			return cmp.Compare(na, nb)
		case ra != rb:
			return cmp.Compare(ra, rb)
		}
		a, b = a[na:], b[nb:]
	}
}

// AppendFold appends a form of s that orders as CompareFold does, and is the
// same for texts that EqualFold.
func AppendFold(b []byte, s string) []byte {
	for s != "" {
		r, n := foldRune(s)
		b = utf8.AppendRune(b, r)
		s = s[n:]
	}
	return b
}

// EqualFold reports whether two strings are the same but for letter case.
func EqualFold(a, b string) bool { return CompareFold(a, b) == 0 }

// HasPrefixFold reports whether s begins with prefix, without regard to letter case.
func HasPrefixFold(s, prefix string) bool {
	for prefix != "" {
		rs, ns := foldRune(s)
		rp, np := foldRune(prefix)
		if ns == 0 || rs != rp {
			return false
		}
		s, prefix = s[ns:], prefix[np:]
	}
	return true
}

// HasSuffixFold reports whether s ends with suffix, without regard to letter case.
func HasSuffixFold(s, suffix string) bool {
	cut := utf8.RuneCountInString(s) - utf8.RuneCountInString(suffix)
	if cut < 0 {
		return false
	}
	for ; cut > 0; cut-- {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return EqualFold(s, suffix)
}

// foldRune returns the first rune of s in a form that is the same for both
// cases, and its width in s.
func foldRune(s string) (rune, int) {
	if s == "" {
		return 0, 0
	}
	if c := s[0]; c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return unicode.ToLower(unicode.ToUpper(r)), n
}
