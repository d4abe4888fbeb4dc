package state

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/btree"
)

// maxLog is the number of mutations that are remembered for delta queries.
const maxLog = 100_000

// A Store is the primary: the newest view, and the log of how it came about.
type Store struct {
	mu   sync.Mutex
	view atomic.Pointer[View]
	log  []Mutation

	// OnCommit, if set, is given the mutations of every update, in order and
	// under the store's lock, right after they became visible in View. It must
	// be set before the first update and must not call back into the store.
	OnCommit func([]Mutation)
}

// NewStore returns a store with an empty directory.
func NewStore() *Store {
	s := &Store{}
	s.view.Store(NewView())
	return s
}

// View returns the newest view. It never changes and costs nothing to take.
func (s *Store) View() *View { return s.view.Load() }

// Update runs write alone among all updates. When write returns true, all its
// mutations become visible at once; otherwise none do.
func (s *Store) Update(write func(*Tx) bool) { s.UpdateAt(time.Now(), write) }

// UpdateAt is Update with mutations that happened at a given time. It must not
// be before that of earlier updates.
func (s *Store) UpdateAt(now time.Time, write func(*Tx) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	tx := &Tx{View: s.view.Load().Clone(), now: now}
	if !write(tx) || len(tx.mutations) == 0 {
		return
	}
	s.view.Store(tx.View)
	s.remember(tx.mutations)
	if s.OnCommit != nil {
		s.OnCommit(tx.mutations)
	}
}

// remember keeps the log bounded, dropping the older half when it is full.
func (s *Store) remember(ms []Mutation) {
	s.log = append(s.log, ms...)
	if len(s.log) > maxLog {
		s.log = slices.Clone(s.log[len(s.log)-maxLog/2:])
	}
}

// Since returns the mutations after seq, in order; false if some of them are
// no longer remembered.
func (s *Store) Since(seq uint64) ([]Mutation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.log) == 0 || seq >= s.log[len(s.log)-1].Seq {
		return nil, true
	}
	if seq+1 < s.log[0].first() && len(s.log) >= maxLog/2 {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(s.log, seq+1, func(m Mutation, n uint64) int { return int(m.Seq) - int(n) })
	return slices.Clone(s.log[i:]), true
}

// A Tx is one update in progress. Its View shows what it has done so far, and
// nothing of it is visible elsewhere yet.
type Tx struct {
	*View

	// Seed makes the mutations that follow known everywhere at once.
	Seed bool

	now       time.Time
	mutations []Mutation
}

// Put stores the object, and takes it out of the recycle bin if it was there.
func (tx *Tx) Put(o *Object) { tx.do(Mutation{Op: Put, Object: o, Old: tx.Get(o.Type, o.ID)}) }

// PutLater changes an object in a way that replicas learn of later still.
func (tx *Tx) PutLater(o *Object, values []Value) {
	tx.do(Mutation{Op: Put, Object: o.With(values...), Old: o, Derived: values})
}

// bulk is the number of objects from which on they are stored as one mutation.
const bulk = 1000

// PutAll stores many objects of one type.
func (tx *Tx) PutAll(objects []*Object) {
	if len(objects) >= bulk {
		tx.do(Mutation{Op: PutAll, Objects: objects})
		return
	}
	for _, o := range objects {
		tx.Put(o)
	}
}

// Bury moves the object to the recycle bin, with the content given.
func (tx *Tx) Bury(o *Object) { tx.do(Mutation{Op: Bury, Object: o, Old: tx.Get(o.Type, o.ID)}) }

// Purge removes the object for good.
func (tx *Tx) Purge(o *Object) { tx.do(Mutation{Op: Purge, Object: o, Old: tx.Get(o.Type, o.ID)}) }

// Tie adds a link.
func (tx *Tx) Tie(l Link) { tx.do(Mutation{Op: Tie, Link: l}) }

// Untie removes a link.
func (tx *Tx) Untie(l Link) { tx.do(Mutation{Op: Untie, Link: l}) }

func (tx *Tx) do(m Mutation) {
	m.Seq, m.Time, m.Seed = tx.View.Seq+uint64(max(1, len(m.Objects))), tx.now, tx.Seed
	tx.Apply(m)
	tx.mutations = append(tx.mutations, m)
}

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
	Seq  uint64 // of PutAll: of the last object; those before have the numbers before
	Time time.Time
	Op   Op

	Object  *Object   // after Put and Bury; before, for Purge
	Old     *Object   // what was there before, nil if nothing was
	Objects []*Object // of PutAll
	Link    Link      // of Tie and Untie

	// Derived are the values of Object that are a consequence which the service
	// carries out a little later than the write that caused it, such as copying an
	// application's roles to its service principal. nil = this is no such mutation.
	Derived []Value

	// Seed marks what tests put into the directory without a request: no
	// replica learns of it late.
	Seed bool
}

// first returns the number of the first object that the mutation is about.
func (m Mutation) first() uint64 { return m.Seq + 1 - uint64(max(1, len(m.Objects))) }

// Changes yields the mutation, or one for each object of PutAll.
func (m Mutation) Changes() iter.Seq[Mutation] {
	return func(yield func(Mutation) bool) {
		if m.Op != PutAll {
			yield(m)
			return
		}
		for i, o := range m.Objects {
			if !yield(Mutation{Seq: m.first() + uint64(i), Time: m.Time, Op: Put, Object: o, Seed: m.Seed}) {
				return
			}
		}
	}
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

// Linked reports whether the link is there.
func (v *View) Linked(link Link) bool {
	for l := range v.links.From(func(l Link) bool { return compareLinks(l, link) >= 0 }) {
		return l == link
	}
	return false
}

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
		for _, o := range m.Objects {
			v.unbury(o)
		}
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
