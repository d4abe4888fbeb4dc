package entra

import (
	"context"
	"sync"
	"time"
)

// A fence holds every request of a client until a moment: the service throttles
// the application, not a request, so that one 429 speaks to all of them.
// https://learn.microsoft.com/graph/throttling
type fence struct {
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
// fence may be raised again meanwhile.
func (f *fence) wait(ctx context.Context, notBefore time.Time) error {
	for {
		until := f.lowered()
		if notBefore.After(until) {
			until = notBefore
		}
		if err := sleepUntil(ctx, until); err != nil {
			return err
		}
		if !f.lowered().After(until) {
			return nil
		}
	}
}

func sleepUntil(ctx context.Context, moment time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	wait := time.Until(moment)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
