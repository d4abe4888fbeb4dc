package state

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
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
	for _, m := range ms {
		if m.Op != PutAll { // seeding is not a change that anybody follows
			s.log = append(s.log, m)
		}
	}
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
	if seq+1 < s.log[0].Seq && len(s.log) >= maxLog/2 {
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

// PutLater is Put for a consequence that replicas learn of later still.
func (tx *Tx) PutLater(o *Object) {
	tx.do(Mutation{Op: Put, Object: o, Old: tx.Get(o.Type, o.ID), Derived: true})
}

// bulk is the number of objects from which on they are stored as one mutation,
// that delta queries don't follow.
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
	m.Seq, m.Time, m.Seed = tx.View.Seq+1, tx.now, tx.Seed
	if m.Op == Put || m.Op == Bury { // new objects: nobody else has them yet
		m.Object.Rev = m.Seq
	}
	tx.Apply(m)
	tx.mutations = append(tx.mutations, m)
}
