package entra

import (
	"context"
	"sync"
	"time"
)

// A gate is the one place where requests wait: for quota, for the fence and for
// a free slot, in this order, so that a write that waits for its quota is in no
// read's way. Nothing else in this package sleeps before a request.
type gate struct {
	slots  chan struct{}
	fence  fence
	quotas quotas

	mu       sync.Mutex
	latency  time.Duration // of late
	answered bool
}

// usualLatency is taken for a request's until some have been measured.
const usualLatency = 150 * time.Millisecond

func newGate(inFlight int) *gate {
	return &gate{slots: make(chan struct{}, inFlight), quotas: newQuotas(), latency: usualLatency}
}

// enter waits until a request of that price may be sent, not before notBefore,
// and takes a slot, which leave gives back.
func (g *gate) enter(ctx context.Context, price cost, notBefore time.Time) error {
	for {
		if err := g.fence.wait(ctx, notBefore); err != nil {
			return err
		}
		place := g.quotas.reserve(price)
		err := g.fence.wait(ctx, place.ready)
		if err == nil {
			err = g.slot(ctx)
		}
		if err != nil {
			g.quotas.cancel(place)
			return err
		}
		if !g.quotas.void(place) && time.Until(g.fence.lowered()) <= 0 {
			return nil
		}
		g.leave() // the service throttled meanwhile
	}
}

func (g *gate) slot(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *gate) leave() { <-g.slots }

// took notes how long an answer took; later ones count for more.
func (g *gate) took(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.latency += (d - g.latency) / 4
	g.answered = true
}

// reached reports whether there has been an answer at all.
func (g *gate) reached() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.answered
}

func (g *gate) lately() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.latency
}
