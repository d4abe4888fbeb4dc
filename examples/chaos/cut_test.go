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

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/graphfake"
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
	err, complaints := w.run(ctx, w.flow((&cut{at: at, end: end}).before))
	if err == nil && how == killed {
		complaints = append(complaints, "a run that was killed says that it is done")
	}
	again, more := w.run(t.Context(), w.flow(nil))
	if again != nil {
		more = append(more, fmt.Sprintf("running again fails: %v", again))
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
		for _, replicas := range []bool{false, true} {
			for _, how := range []manner{killed, offline} {
				t.Run(fmt.Sprintf("%s, replicas %v, %s", s, replicas, how), func(t *testing.T) {
					t.Parallel()
					tr := trial{scene: s, page: 2, options: entra.Options{InFlight: 1}, tenant: graphfake.Options{Seed: 1}}
					if replicas {
						tr.tenant.Replication = replicated(1)
					}
					all, requests := tr.places(t)
					failed := 0
					for _, at := range all {
						complaints := bubble(t, func(t *testing.T) []string { return tr.cutOff(t, at, how) })
						if len(complaints) > 0 {
							failed++
						}
						if failed <= 5 {
							report(t, "cut off "+at.String(), complaints)
						}
					}
					t.Logf("%d requests, cut at %d places, %d went wrong", requests, len(all), failed)
				})
			}
		}
	}
}
