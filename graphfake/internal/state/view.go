package state

import (
	"cmp"
	"iter"
	"maps"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/btree"
)

// A View is the directory at one moment, or as one replica knows it. A view
// that was published never changes; Clone it (in constant time) to apply more
// mutations. Views share all objects and most of their indexes.
type View struct {
	Seq uint64 // the last mutation that was applied

	live, bin   map[*Type]*Table
	links, back btree.Tree[Link]
	ownsLinks   bool
}

// A Link is a directed relation between two objects, such as "members" from a
// group to a user.
type Link struct{ Rel, From, To string }

// An Op says what a mutation does.
type Op uint8

// The mutations that there are.
const (
	Put    Op = iota // the object is there, with this content; not in the recycle bin any more
	Bury             // the object is in the recycle bin, with this content
	Purge            // the object is gone from both
	Tie              // the link is there
	Untie            // the link is gone
	PutAll           // many new objects at once
)

// A Mutation is one change as a value. Applying it twice is the same as once.
type Mutation struct {
	Seq  uint64
	Time time.Time
	Op   Op

	Object  *Object   // after Put and Bury; before, for Purge
	Old     *Object   // what was there before, nil if nothing was
	Objects []*Object // of PutAll
	Link    Link      // of Tie and Untie

	// Derived marks a consequence that the service carries out a little later
	// than the write that caused it, such as copying an application's roles to
	// its service principal.
	Derived bool

	// Seed marks what tests put into the directory without a request: no
	// replica learns of it late.
	Seed bool
}

// NewView returns an empty directory.
func NewView() *View {
	return &View{
		live: map[*Type]*Table{}, bin: map[*Type]*Table{},
		links: btree.New(compareLinks), back: btree.New(compareBack), ownsLinks: true,
	}
}

// Clone returns a copy, in constant time, for applying mutations to. From then
// on v itself must not be changed any more.
func (v *View) Clone() *View {
	return &View{Seq: v.Seq, live: maps.Clone(v.live), bin: maps.Clone(v.bin), links: v.links, back: v.back}
}

// Live returns the table of the objects that are in use.
func (v *View) Live(t *Type) *Table { return look(v.live, t) }

// Bin returns the table of the soft-deleted objects.
func (v *View) Bin(t *Type) *Table { return look(v.bin, t) }

// Get returns the object in use that has the id, or nil.
func (v *View) Get(t *Type, id string) *Object { return v.Live(t).Get(id) }

// Find returns the object with the id among several types, or nil.
func (v *View) Find(id string, types ...*Type) *Object {
	for _, t := range types {
		if o := v.Get(t, id); o != nil {
			return o
		}
	}
	return nil
}

// Targets yields the ids that from points to by rel, from the first one after after.
func (v *View) Targets(rel, from, after string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for l := range v.links.From(func(l Link) bool { return compareLinks(l, Link{rel, from, after}) > 0 }) {
			if l.Rel != rel || l.From != from || !yield(l.To) {
				return
			}
		}
	}
}

// Sources yields the ids that point to to by rel, from the first one after after.
func (v *View) Sources(rel, to, after string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for l := range v.back.From(func(l Link) bool { return compareBack(l, Link{rel, after, to}) > 0 }) {
			if l.Rel != rel || l.To != to || !yield(l.From) {
				return
			}
		}
	}
}

// Linked tells whether the link is there.
func (v *View) Linked(link Link) bool {
	for l := range v.links.From(func(l Link) bool { return compareLinks(l, link) >= 0 }) {
		return l == link
	}
	return false
}

// Links yields every link.
func (v *View) Links() iter.Seq[Link] { return v.links.All() }

// Apply carries out m. The view must not have been published yet.
func (v *View) Apply(m Mutation) {
	switch m.Op {
	case Put:
		v.unbury(m.Object)
		v.own(v.live, m.Object.Type).put(m.Object)
	case Bury:
		v.own(v.live, m.Object.Type).remove(m.Object.ID)
		v.own(v.bin, m.Object.Type).put(m.Object)
	case Purge:
		v.own(v.live, m.Object.Type).remove(m.Object.ID)
		v.unbury(m.Object)
	case Tie, Untie:
		v.tie(m.Link, m.Op == Tie)
	case PutAll:
		v.own(v.live, m.Objects[0].Type).putAll(m.Objects)
	}
	v.Seq = max(v.Seq, m.Seq)
}

// unbury takes o out of the recycle bin, where there is something to take out.
func (v *View) unbury(o *Object) {
	if v.Bin(o.Type).Get(o.ID) != nil {
		v.own(v.bin, o.Type).remove(o.ID)
	}
}

func (v *View) tie(l Link, on bool) {
	if !v.ownsLinks {
		v.links, v.back, v.ownsLinks = v.links.Clone(), v.back.Clone(), true
	}
	if on {
		v.links.Put(l)
		v.back.Put(l)
		return
	}
	v.links.Delete(l)
	v.back.Delete(l)
}

// own returns the table for changing: a copy, if it is still shared.
func (v *View) own(tables map[*Type]*Table, t *Type) *Table {
	tab := tables[t]
	switch {
	case tab == nil:
		tab = newTable(t, v)
	case tab.view != v:
		tab = tab.clone(v)
	}
	tables[t] = tab
	return tab
}

func look(tables map[*Type]*Table, t *Type) *Table {
	if tab := tables[t]; tab != nil {
		return tab
	}
	return t.empty
}

func compareLinks(a, b Link) int {
	return cmp.Or(cmp.Compare(a.Rel, b.Rel), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

func compareBack(a, b Link) int {
	return cmp.Or(cmp.Compare(a.Rel, b.Rel), cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From))
}
