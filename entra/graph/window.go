package graph

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// How many requests are under way at a time where the caller leaves it open. Whether
// many at a time are held against a caller is documented nowhere.
const (
	fewInFlight  = 4 // at first
	mostInFlight = 32
)

// usualLatency is assumed until some latencies have been measured.
const usualLatency = 150 * time.Millisecond

// A window is how many requests may be under way at a time: a fixed number, or one that
// begins with four and grows up to 32, as long as requests wait for their turn and
// answers stay quick. It is halved at once if the service throttles, or takes twice as
// long as it can, and grows by one from then on. Only throttling leaves less than four:
// one answer that was quicker than usual makes all others look slow.
type window struct {
	slots  chan struct{} // holds one for each request under way, and those that are not given out
	adapts bool

	mu        sync.Mutex
	size      int
	owed      int // slots to take back from requests under way
	busy      int // requests under way
	most      int // of those at a time, since size was changed
	quick     int // quick answers since then
	halved    time.Time
	latencies map[kind]latency
}

// A kind of requests is one whose latencies are alike.
type kind struct{ op, shape string }

// The shapes of requests.
const (
	alone   = "alone"
	batched = "batched"
	paged   = "paged" // of a listing without a filter
)

// A latency is how long answers take.
type latency struct{ quickest, latest time.Duration } // later ones count for more in latest

// slow reports whether an answer takes much longer than it can. A few milliseconds are
// chance.
func (l latency) slow(took time.Duration) bool { return took > 2*l.quickest+50*time.Millisecond }

func newWindow(inFlight int) *window {
	w := &window{slots: make(chan struct{}, max(inFlight, mostInFlight)), size: inFlight, latencies: map[kind]latency{}}
	if w.adapts = inFlight == 0; w.adapts {
		w.size = fewInFlight
	}
	for range cap(w.slots) - w.size {
		w.slots <- struct{}{}
	}
	return w
}

// counts reports whether a request takes a slot. Where the number adapts, a page of a
// listing does not: there is one of them at a time, which must not wait for lookups.
func (w *window) counts(k kind) bool { return !w.adapts || k.shape != paged }

// enter takes a slot.
func (w *window) enter(ctx context.Context, k kind) error {
	if !w.counts(k) {
		return nil
	}
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy++
	w.most = max(w.most, w.busy)
	return nil
}

// leave gives the slot back.
func (w *window) leave(k kind) {
	if !w.counts(k) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy--
	if w.owed > 0 {
		w.owed--
	} else {
		<-w.slots
	}
}

// answered notes the answer to a request that was sent at some time, and adapts.
func (w *window) answered(k kind, sent time.Time, throttled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	took, l := time.Since(sent), w.latencies[k]
	if l.quickest == 0 {
		l = latency{took, took}
	}
	l = latency{min(l.quickest, took), l.latest + (took-l.latest)/4}
	w.latencies[k] = l
	switch {
	case !w.adapts || sent.Before(w.halved): // what was under way then says nothing new
	case !throttled && !w.counts(k):
	case throttled:
		w.halve(1)
	case l.slow(l.latest):
		w.halve(fewInFlight)
	case l.slow(took):
		w.quick = 0
	default:
		if w.quick++; w.quick >= w.size && w.most >= w.size {
			w.resize(w.next(w.size))
		}
	}
}

// halve halves the size, but not to less than least.
func (w *window) halve(least int) {
	w.resize(max(min(least, w.size), w.size/2))
	w.halved = time.Now()
}

// next returns the size that follows if all goes well.
func (w *window) next(size int) int {
	switch {
	case !w.adapts:
		return size
	case w.halved.IsZero():
		return min(2*size, mostInFlight)
	}
	return min(size+1, mostInFlight)
}

func (w *window) resize(size int) {
	for ; w.size < size; w.size++ {
		if w.owed > 0 {
			w.owed--
		} else {
			<-w.slots
		}
	}
	for ; w.size > size; w.size-- {
		select {
		case w.slots <- struct{}{}:
		default:
			w.owed++
		}
	}
	w.quick, w.most = 0, w.busy
}

// now returns the size.
func (w *window) now() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// reached reports whether there has been an answer at all.
func (w *window) reached() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.latencies) > 0
}

// timeFor returns how long pages take one after another, and then the other requests,
// as many at a time as there may be.
func (w *window) timeFor(op string, l Load) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := time.Duration(l.Pages) * w.expected(kind{op, paged})
	for _, line := range []struct {
		shape string
		n     int
	}{{batched, l.Batches}, {alone, l.Requests}} {
		for n, size := line.n, w.size; n > 0; size = w.next(size) {
			d, n = d+w.expected(kind{op, line.shape}), n-size
		}
	}
	return d
}

// expected returns how long the next answer of a kind takes: as long as the latest, or,
// before there has been one, as the quickest of any kind.
func (w *window) expected(k kind) time.Duration {
	if l, measured := w.latencies[k]; measured {
		return l.latest
	}
	quickest := time.Duration(0)
	for _, l := range w.latencies {
		if quickest == 0 || l.latest < quickest {
			quickest = l.latest
		}
	}
	if quickest == 0 {
		return usualLatency
	}
	return quickest
}

// kind returns the kind of a request that is sent by itself.
func (r Request) kind() kind {
	_, query, _ := strings.Cut(r.Path, "?")
	if r.verb() == http.MethodGet && strings.Contains(query, "$top=") && !strings.Contains(query, "$filter=") {
		return kind{r.Op.Name, paged}
	}
	return kind{r.Op.Name, alone}
}
