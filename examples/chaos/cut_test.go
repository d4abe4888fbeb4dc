package chaos_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/stretchr/testify/require"
)

// A place is where a run is cut off: at its i-th request, from 1, of which so
// many parts were handled by the service and none was answered. A batch has as
// many parts as requests in it, another request one.
type place struct{ request, handled int }

func (p place) String() string {
	if p.handled == 0 {
		return fmt.Sprintf("before request %d is sent", p.request)
	}
	return fmt.Sprintf("after part %d of request %d has landed", p.handled, p.request)
}

// A cut ends a client's requests at a place, and for good.
type cut struct {
	next http.RoundTripper
	at   place
	end  func() error // what the client meets from then on

	mu   sync.Mutex
	sent []int // the parts of each request so far
}

// before puts the cut between a client and next.
func (c *cut) before(next http.RoundTripper) http.RoundTripper {
	c.next = next
	return c
}

func (c *cut) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.sent = append(c.sent, max(1, len(steps(r))))
	n, parts := len(c.sent), c.sent[len(c.sent)-1]
	c.mu.Unlock()
	switch {
	case c.at.request == 0 || n < c.at.request:
		return c.next.RoundTrip(r)
	case n == c.at.request && c.at.handled > 0:
		if c.at.handled < parts {
			r = only(r, c.at.handled)
		}
		if res, err := c.next.RoundTrip(r); err == nil {
			_ = res.Body.Close()
		}
	}
	return nil, c.end()
}

// A manner is how a run ends before its time.
type manner string

const (
	killed  manner = "killed"  // the process is stopped, and started again at once
	offline manner = "offline" // the network goes; the client gives up by itself
)

var errOffline = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// cutOff runs the flow in a fresh world until it is cut off at a place, then
// once more to its end, by a new client that knows nothing of the first.
func (tr trial) cutOff(t *testing.T, at place, how manner) []string {
	w := tr.newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end := func() error { return errOffline }
	if how == killed {
		end = func() error { cancel(); return context.Canceled }
	}
	complaints, err := w.run(ctx, w.flow((&cut{at: at, end: end}).before))
	if err == nil && how == killed {
		complaints = append(complaints, "a run that was killed says that it is done")
	}
	more, err := w.run(t.Context(), w.flow(nil))
	if err != nil {
		more = append(more, fmt.Sprintf("it fails: %v", err))
	}
	if diff := tr.whole.Diff(w.fake.SnapshotByName()); diff != "" {
		more = append(more, "the end is not that of the whole run: "+diff)
	}
	for _, complaint := range more {
		complaints = append(complaints, "run again: "+complaint)
	}
	return complaints
}

// places runs the flow whole and returns all the places at which it can be cut.
func (tr *trial) places(t *testing.T) (all []place, requests int) {
	synctest.Test(t, func(t *testing.T) {
		w, whole := tr.newWorld(t), &cut{}
		require.NoError(t, w.flow(whole.before).run(t.Context()))
		tr.whole, requests = w.fake.SnapshotByName(), len(whole.sent)
		for i, parts := range whole.sent {
			for handled := range parts + 1 {
				all = append(all, place{i + 1, handled})
			}
		}
	})
	return all, requests
}

// TestCutAnywhere: a run may be stopped at any moment, also between two
// requests of a batch, and whoever runs it again gets the same tenant as
// without the interruption: nobody twice, nothing left out, nothing taken away.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for _, s := range scenes {
		for _, how := range []manner{killed, offline} {
			// 0 is a tenant without replicas; with each other seed, requests
			// meet the replicas in another order.
			for seed := range uint64(2 + *runs/500) {
				if hurried && (s == halfway || seed == 0) {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s, replicas %d", s, how, seed), func(t *testing.T) {
					t.Parallel()
					tr := trial{scene: s, page: 2, options: graph.Options{InFlight: 1}, tenant: tenant(seed, seed > 0)}
					all, requests := tr.places(t)
					bad := tr.cutAt(t, all, how)
					for i, at := range bad {
						if i < 5 {
							report(t, "cut off "+at.String(), at.complaints)
						}
					}
					t.Logf("%d requests, cut off at %d places, %d of them end badly", requests, len(all), len(bad))
				})
			}
		}
	}
}

// A bad end is what came of a run that was cut off.
type badEnd struct {
	place
	complaints []string
}

// cutAt cuts the flow off at each of the places.
func (tr trial) cutAt(t *testing.T, all []place, how manner) (bad []badEnd) {
	for _, at := range all {
		if complaints := bubble(t, func(t *testing.T) []string { return tr.cutOff(t, at, how) }); len(complaints) > 0 {
			bad = append(bad, badEnd{at, complaints})
		}
	}
	return bad
}
