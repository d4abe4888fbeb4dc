package graph

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// A gate is the one place where requests wait: for quota, for the fence and for
// a place in the window, in this order, so that a write that waits for quota does not hold
// up reads. Nothing else in this package sleeps before a request.
type gate struct {
	window *window
	fence  fence
	quotas quotas
}

func newGate(inFlight int, retryFor time.Duration) *gate {
	return &gate{window: newWindow(inFlight), fence: fence{most: retryFor}, quotas: newQuotas()}
}

// enter waits until a request of that price may be sent, not before notBefore,
// and takes a place in the window, to be given back by window.leave.
func (g *gate) enter(ctx context.Context, k kind, price cost, notBefore time.Time) error {
	for {
		if err := g.fence.wait(ctx, notBefore); err != nil {
			return err
		}
		place := g.quotas.reserve(price)
		err := g.fence.wait(ctx, place.ready)
		if err == nil {
			err = g.window.enter(ctx, k)
		}
		if err != nil {
			g.quotas.cancel(place)
			return err
		}
		if time.Until(g.fence.lowered()) <= 0 && g.quotas.use(place) {
			return nil
		}
		g.quotas.cancel(place) // the service asked to wait meanwhile
		g.window.leave(k)
	}
}

// A fence holds every request of a connection until a moment, because the service
// throttles the application and not one request.
// https://learn.microsoft.com/graph/throttling
type fence struct {
	most time.Duration // a request that would be held for longer fails

	mu    sync.Mutex
	until time.Time
}

// raise holds all requests for d from now; it never lowers a fence.
func (f *fence) raise(d time.Duration) {
	until := time.Now().Add(d)
	f.mu.Lock()
	defer f.mu.Unlock()
	if until.After(f.until) {
		f.until = until
	}
}

func (f *fence) lowered() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.until
}

// wait returns once the fence is down and notBefore has come, or ctx ends. The
// fence may be raised again meanwhile. It fails at once with ErrThrottled if the
// fence stays up for longer than the caller allowed: coming back earlier than the
// service asks would only be throttled for longer.
func (f *fence) wait(ctx context.Context, notBefore time.Time) error {
	for {
		until := f.lowered()
		if held := time.Until(until); held > f.most {
			return fmt.Errorf("%w: the service asks to stay away for another %v, and Options.RetryFor allows %v",
				ErrThrottled, held.Round(time.Second), f.most)
		}
		if notBefore.After(until) {
			until = notBefore
		}
		if err := Sleep(ctx, time.Until(until)); err != nil {
			return err
		}
		if !f.lowered().After(until) {
			return nil
		}
	}
}

// Sleep waits for as long as d. It returns the cause if ctx ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
