package graphfake

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Patience says which requests come back too early after an answer with
// Retry-After, from throttling or from a fault. Such requests fail the test.
type Patience int

// How patient callers must be. Requests of one application are held against
// the answers that this application got; without tokens, all are.
const (
	// PatienceIgnored records early requests without failing the test.
	PatienceIgnored Patience = iota

	// PatienceSame fails the test when the request that was refused is sent
	// again, alone or in a batch, before its Retry-After has passed.
	PatienceSame

	// PatienceAll fails the test when any request is sent before it, except
	// those that were sent before, or at the moment when, the refusal was
	// answered.
	PatienceAll
)

// An EarlyRequest is a request that came before a Retry-After had passed.
type EarlyRequest struct {
	Request string        // method, path and query
	Same    bool          // it is the refused request itself
	Early   time.Duration // by how much it came too early
}

// A waitlist remembers what callers were told.
type waitlist struct {
	mu     sync.Mutex
	same   map[promiseKey]promise
	all    map[string]promise // by application
	early  []EarlyRequest
	strict Patience
}

// A promiseKey is a request of an application.
type promiseKey struct {
	app         string
	fingerprint uint64
}

// A promise says that a caller who was told so at told comes back at until.
type promise struct{ told, until time.Time }

// early returns by how much a request that was sent then comes too early. It
// does not when it was sent before its sender could know.
func (p promise) early(sent time.Time) time.Duration {
	if sent.Before(p.told) || !sent.Before(p.until) {
		return 0
	}
	return p.until.Sub(sent)
}

// EarlyRequests returns the requests that did not wait for a Retry-After,
// whatever Options.Patience says.
func (s *Server) EarlyRequests() []EarlyRequest {
	s.waits.mu.Lock()
	defer s.waits.mu.Unlock()
	return slices.Clone(s.waits.early)
}

// watch holds requests against the Retry-After of earlier answers.
func (s *Server) watch(next handler) handler {
	return func(rq *request) (response, *graphError) {
		s.waits.arrive(rq)
		rsp, err := next(rq)
		h := rsp.header
		if err != nil {
			h = err.header
		}
		if wait := retryAfter(h.Get("Retry-After")); wait > 0 && !rsp.cut {
			s.waits.tell(rq, wait)
		}
		return rsp, err
	}
}

func (w *waitlist) tell(rq *request, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.same == nil {
		w.same, w.all = map[promiseKey]promise{}, map[string]promise{}
	}
	now := time.Now()
	p := promise{now, now.Add(wait)}
	app := rq.caller().app()
	w.same[promiseKey{app, rq.fingerprint()}] = p
	if p.until.After(w.all[app].until) {
		w.all[app] = p
	}
}

// arrive reports the request if it is early.
func (w *waitlist) arrive(rq *request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.same) == 0 {
		return
	}
	e := EarlyRequest{Request: rq.String()}
	app := rq.caller().app()
	if e.Early = w.same[promiseKey{app, rq.fingerprint()}].early(rq.began); e.Early > 0 {
		e.Same = true
	} else if all := w.all[app]; rq.began.After(all.told) {
		e.Early = all.early(rq.began)
	}
	if e.Early == 0 {
		return
	}
	w.early = append(w.early, e)
	if w.strict == PatienceAll || w.strict == PatienceSame && e.Same {
		rq.s.errorf("graphfake: %s came %v before the Retry-After that it was told", e.Request, e.Early)
	}
}

// retryAfter reads a Retry-After, in seconds or as a date; 0 if there is none.
func retryAfter(s string) time.Duration {
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		return time.Duration(seconds * float64(time.Second))
	}
	if t, err := http.ParseTime(s); err == nil {
		return time.Until(t)
	}
	return 0
}
