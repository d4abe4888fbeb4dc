package graphfake

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Request is one request as the server met it, with how it was answered. A
// batch is recorded itself, followed by its items.
type Request struct {
	N      int // number of this request, from 1
	Time   time.Time
	Method string
	Path   string // below /v1.0 and the tenant, escaped, as sent: "/users/ada%23x"
	Query  string // raw
	Route  string // pattern of the route such as "/users/{user}", "" if not modelled

	// Header is what the client sent, except for the token: Authorization only
	// shows that there was one.
	Header http.Header

	// Body is what the client sent. In JSON, the values of members that hold
	// passwords and secrets are replaced by "***".
	Body string

	Batch int    // number of the batch that this is an item of, 0 = none
	Item  string // id of the item inside its batch, "" outside batches

	Status int    // of the answer, 0 = none yet, or the connection was dropped
	Code   string // of the error in the answer, "" if there is none
	Units  int    // resource units that it cost

	// Replica is the number of the replica that it met, from 0, or -1 for the
	// index of advanced queries. Without Options.Replication it is 0.
	Replica int
}

// String returns method, path and query.
func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// Operation returns the method and the pattern of the route, or the path where
// there is no route: "GET /users/{user}".
func (r Request) Operation() string {
	if r.Route == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Route
}

// Requests returns what was asked so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := slices.Clone(s.log.list)
	for i := range list {
		list[i].Header = list[i].Header.Clone()
	}
	return list
}

// Operations returns how often each operation was asked for: single requests,
// items of batches, and batches as a whole each count. Given names such as
// "GET /users/{user}", it returns their counts only, 0 for what nobody asked for; it
// panics if one is no route, and names the nearest: a misspelt name would count
// nothing for ever.
func (s *Server) Operations(names ...string) map[string]int {
	for _, name := range names {
		if err := checkOperation(name); err != nil {
			panic("graphfake: " + err.Error())
		}
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	counts := map[string]int{}
	for _, r := range s.log.list {
		counts[r.Operation()]++
	}
	if names == nil {
		return counts
	}
	asked := map[string]int{}
	for _, name := range names {
		asked[name] = counts[name]
	}
	return asked
}

// ForgetRequests empties the record. Numbering continues.
func (s *Server) ForgetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.first += len(s.log.list)
	s.log.list = nil
}

// record keeps the request and what became of it.
func (s *Server) record(next handler) handler {
	return func(rq *request) (response, *graphError) {
		rq.n = s.log.add(rq)
		rsp, err := next(rq)
		s.log.finish(rq, rsp, err)
		return rsp, err
	}
}

// A recorder is the record of a server.
type recorder struct {
	mu    sync.Mutex
	first int // how many requests were forgotten
	list  []Request
}

func (l *recorder) add(rq *request) int {
	r := Request{Time: rq.began, Method: rq.method, Path: rq.path, Query: rq.rawQuery, Header: rq.header.Clone(),
		Body: redacted(rq.body), Item: rq.item}
	if rq.route != nil {
		r.Route = rq.route.path
	}
	if rq.batch != nil {
		r.Batch = rq.batch.n
	}
	if r.Header.Get("Authorization") != "" {
		r.Header.Set("Authorization", "***")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.N = l.first + len(l.list) + 1
	l.list = append(l.list, r)
	return r.N
}

func (l *recorder) finish(rq *request, rsp response, err *graphError) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := rq.n - l.first - 1
	if i < 0 {
		return // forgotten meanwhile
	}
	r := &l.list[i]
	r.Status, r.Units, r.Replica = rsp.status, rsp.units, rq.replica
	if err != nil {
		r.Status, r.Code = err.status, err.code
	}
	if rsp.cut {
		r.Status, r.Code = 0, ""
	}
}

// secrets are the members of Graph's objects that the record leaves out.
var secrets = []string{"password", "newPassword", "currentPassword", "secretText", "clientSecret"}

// redacted returns a body without secrets. One that is not JSON, and speaks of
// a password, is left out as a whole.
func redacted(body []byte) string {
	lower := bytes.ToLower(body)
	if !slices.ContainsFunc(secrets, func(s string) bool { return bytes.Contains(lower, []byte(strings.ToLower(s))) }) {
		return string(body)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return "***"
	}
	return string(toJSON(redact(v)))
}

func redact(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = redact(v[i])
		}
	case map[string]any:
		for name := range v {
			if slices.ContainsFunc(secrets, func(s string) bool { return strings.EqualFold(s, name) }) {
				v[name] = "***"
				continue
			}
			v[name] = redact(v[name])
		}
	}
	return v
}

// Patience says which requests come back too early after an answer with
// Retry-After, from throttling or from a fault. Such requests fail the test.
type Patience string

// How patient callers must be. Requests of one application are held against
// the answers that this application got; without tokens, all are.
const (
	// PatienceIgnored records early requests without failing the test.
	PatienceIgnored Patience = ""

	// PatienceSame fails the test when the request that was refused is sent
	// again, alone or in a batch, before its Retry-After has passed.
	PatienceSame Patience = "same"

	// PatienceAll fails the test when any request is sent before then. What
	// was sent before the refusal, or at that moment, does not count.
	PatienceAll Patience = "all"
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
	same := w.same[promiseKey{app, rq.fingerprint()}]
	if rq.envelope() && !rq.began.After(same.told) {
		same = promise{} // batches look alike: this one may be another that was under way
	}
	if e.Early = same.early(rq.began); e.Early > 0 {
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
