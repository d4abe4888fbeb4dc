package graphfake

import (
	"net/http"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Replication makes the directory eventually consistent: requests meet
// replicas that learn of writes late. A read may then miss what was just
// written or show what was just deleted; a write may be refused because the
// replica that checks it does not know an object yet, though another replica
// has shown it. Only uniqueness is always decided on the newest state, so that
// "already exists" can be answered for something that no list shows.
// https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra
type Replication struct {
	// Replicas says of each replica how late it learns of writes.
	// nil = EvenLags(3, 10*time.Second).
	Replicas []Lag

	// Index is how late the index learns of writes that answers requests with
	// the header ConsistencyLevel: eventual. The zero Lag means none at all.
	Index Lag

	// Copying is how much later than the write itself its consequences become
	// visible: an application's new roles, tags and names on its service
	// principal. 0 = no later.
	Copying time.Duration

	// Choose says which replica a request meets. The result is taken modulo
	// their number. nil = by chance, from Options.Seed and the request.
	Choose func(Visit) int
}

// A Lag says when a replica learns of a write: once Time has passed, and Reads
// requests have met this replica without seeing it. Both 0 = at once.
type Lag struct {
	Time   time.Duration
	Reads  int
	Jitter time.Duration // at most this much is added to Time, for each write separately
}

// A Visit is what Replication.Choose decides by.
type Visit struct {
	Method, Path string
	Write        bool
	N            int // how many visits of this kind, reads or writes, came before
	Replicas     int // how many there are
}

// EvenLags returns n lags, spread evenly from none to slowest.
func EvenLags(n int, slowest time.Duration) []Lag {
	lags := make([]Lag, n)
	for i := range lags {
		if n > 1 {
			lags[i].Time = slowest * time.Duration(i) / time.Duration(n-1)
		}
	}
	return lags
}

// RoundRobin sends reads round the replicas, and writes on a round of their own.
func RoundRobin() func(Visit) int { return func(v Visit) int { return v.N } }

// Apart sends reads to one replica and writes to another.
func Apart(reads, writes int) func(Visit) int {
	return func(v Visit) int {
		if v.Write {
			return writes
		}
		return reads
	}
}

// Behind sends reads of one path, given as that of a Fault, to the last replica, and
// everything else to the first: one listing lags while what it lists is up to date.
func Behind(path string) func(Visit) int {
	return func(v Visit) int {
		if !v.Write && fitsPath(path, v.Path) {
			return v.Replicas - 1
		}
		return 0
	}
}

// InTurn sends requests to the listed replicas, one after the other; later ones
// go to the last replica of the list.
func InTurn(replicas ...int) func(Visit) int {
	var mu sync.Mutex
	n := -1
	return func(Visit) int {
		mu.Lock()
		defer mu.Unlock()
		n = min(n+1, len(replicas)-1)
		return replicas[n]
	}
}

// replicas are those of a server.
type replicas struct {
	choose func(Visit) int
	dice   *dice

	mu     sync.Mutex
	list   []*replica
	index  *replica
	all    []*replica   // list and index
	visits map[bool]int // by Visit.Write
}

func newReplicas(conf *Replication, seed uint64, view *state.View) *replicas {
	if conf == nil {
		return nil
	}
	lags := conf.Replicas
	if len(lags) == 0 {
		lags = EvenLags(3, 10*time.Second)
	}
	rs := &replicas{choose: conf.Choose, dice: newDice(seed, 0x7265706c), visits: map[bool]int{}}
	for _, lag := range lags {
		rs.list = append(rs.list, &replica{lag: lag, extra: conf.Copying, view: view})
	}
	rs.index = &replica{lag: conf.Index, extra: conf.Copying, view: view}
	rs.all = append(slices.Clip(rs.list), rs.index)
	return rs
}

// commit tells all replicas of mutations, see state.Store.OnCommit.
func (rs *replicas) commit(ms []state.Mutation) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for i, r := range rs.all {
		for _, m := range ms {
			r.send(m, rs.dice.jitter(m.Seq, i, r.lag.Jitter))
		}
	}
}

// visit returns the view that a request sees.
func (rs *replicas) visit(rq *request) *state.View {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	now := time.Now()
	if rq.eventual() && !rq.writes() {
		rq.replica = -1
		return rs.index.read(now)
	}
	v := Visit{Method: rq.method, Path: rq.path, Write: rq.writes(), N: rs.visits[rq.writes()], Replicas: len(rs.list)}
	rs.visits[v.Write]++
	n := 0
	if rs.choose != nil {
		n = rs.choose(v)
	} else {
		n = rs.dice.roll(rq).IntN(len(rs.list))
	}
	rq.replica = (n%len(rs.list) + len(rs.list)) % len(rs.list)
	return rs.list[rq.replica].read(now)
}

// replicate chooses the view that the request reads from.
func (s *Server) replicate(next handler) handler {
	return func(rq *request) (response, *graphError) {
		switch {
		case rq.stale != nil:
			rq.read = rq.stale
		case s.replicas == nil:
			rq.read = s.store.View()
		case !rq.envelope():
			rq.read = s.replicas.visit(rq)
		}
		return next(rq)
	}
}

// Settle lets all replicas learn of everything at once, as if much time had
// passed. Without Options.Replication it does nothing.
func (s *Server) Settle() {
	if s.replicas == nil {
		return
	}
	s.replicas.mu.Lock()
	defer s.replicas.mu.Unlock()
	view := s.store.View()
	for _, r := range s.replicas.all {
		r.view, r.queue, r.derived = view, nil, nil
	}
}

// noBackingApplication answers for a service principal whose application is
// not there, or not there yet. Callers that may create only what they own get
// the other of the two answers that were seen, believed to depend on that.
func (rq *request) noBackingApplication(appID string) *graphError {
	c := rq.caller()
	if c.can("Application.ReadWrite.OwnedBy") && !c.can("Application.ReadWrite.All") {
		return refuse(http.StatusForbidden, "Authorization_RequestDenied",
			"When using this permission, the backing application of the service principal being created must "+
				"in the local tenant")
	}
	return badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID).
		withDetail("NoBackingApplicationObject", "appId")
}

// A replica is a view that learns of writes later than the primary, in the
// order in which they happened. It is brought up to date when it is asked, so
// that it needs no goroutine. Its methods are not safe for concurrent use.
type replica struct {
	lag   Lag
	extra time.Duration // before it learns of derived changes

	view    *state.View
	reads   int
	queue   []arrival
	derived []arrival
}

// An arrival is a mutation on its way to a replica.
type arrival struct {
	state.Mutation
	at    time.Time // when it arrives
	reads int       // how many requests the replica must have met by then
}

// send puts a mutation on its way.
func (r *replica) send(m state.Mutation, jitter time.Duration) {
	a := arrival{m, m.Time.Add(r.lag.Time + jitter), r.reads + r.lag.Reads}
	switch {
	case m.Seed:
		r.apply(m)
	case m.Derived != nil:
		a.at = a.at.Add(r.extra)
		r.derived = append(r.derived, a)
	default:
		r.queue = append(r.queue, a)
	}
}

// read counts a request, and returns the view that it sees.
func (r *replica) read(now time.Time) *state.View {
	r.reads++
	r.learn(now)
	return r.view
}

// learn applies what has arrived.
func (r *replica) learn(now time.Time) {
	n := 0
	for n < len(r.queue) && r.queue[n].arrived(r, now) {
		n++
	}
	if n > 0 {
		r.view = r.view.Clone()
	}
	for _, a := range r.queue[:n] {
		r.view.Apply(r.withhold(a.Mutation))
	}
	r.queue = slices.Delete(r.queue, 0, n)
	waiting := map[string]bool{} // ids of objects with an earlier one under way
	r.derived = slices.DeleteFunc(r.derived, func(a arrival) bool {
		if waiting[a.Object.ID] || !a.arrived(r, now) || len(r.queue) > 0 && r.queue[0].Seq < a.Seq {
			waiting[a.Object.ID] = true
			return false
		}
		if o := r.view.Get(a.Object.Type, a.Object.ID); o != nil { // unless it is gone meanwhile
			m := a.Mutation
			m.Object = o.With(a.Derived...)
			r.apply(m)
		}
		return true
	})
}

// withhold takes out of a write what the object has only from consequences that the
// replica does not know of yet. What the write itself changes takes their place.
func (r *replica) withhold(m state.Mutation) state.Mutation {
	if m.Op != state.Put || m.Old == nil {
		return m
	}
	for i, a := range r.derived {
		if a.Seq > m.Seq || a.Object.Type != m.Object.Type || a.Object.ID != m.Object.ID {
			continue
		}
		known := r.view.Get(m.Object.Type, m.Object.ID)
		var later []state.Value
		for _, v := range a.Derived {
			if reflect.DeepEqual(m.Old.Get(v.Prop), m.Object.Get(v.Prop)) && known != nil {
				later = append(later, v)
				m.Object = m.Object.With(state.Value{Prop: v.Prop, Value: known.Get(v.Prop)})
			}
		}
		r.derived[i].Derived = later
	}
	return m
}

func (a *arrival) arrived(r *replica, now time.Time) bool {
	return !now.Before(a.at) && r.reads > a.reads
}

func (r *replica) apply(m state.Mutation) {
	r.view = r.view.Clone()
	r.view.Apply(m)
}
