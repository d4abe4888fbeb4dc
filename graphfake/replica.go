package graphfake

import (
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

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
	case m.Derived:
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
	var arrived []state.Mutation
	for _, a := range r.queue[:n] {
		arrived = append(arrived, a.Mutation)
	}
	r.apply(arrived...)
	r.queue = slices.Delete(r.queue, 0, n)
	r.derived = slices.DeleteFunc(r.derived, func(a arrival) bool {
		if !a.arrived(r, now) || len(r.queue) > 0 && r.queue[0].Seq < a.Seq {
			return false
		}
		if old := r.view.Get(a.Object.Type, a.Object.ID); old != nil && old.Rev < a.Object.Rev {
			r.apply(a.Mutation) // unless the object is gone, or newer already
		}
		return true
	})
}

func (a *arrival) arrived(r *replica, now time.Time) bool {
	return !now.Before(a.at) && r.reads > a.reads
}

func (r *replica) apply(ms ...state.Mutation) {
	if len(ms) == 0 {
		return
	}
	r.view = r.view.Clone()
	for _, m := range ms {
		r.view.Apply(m)
	}
}
