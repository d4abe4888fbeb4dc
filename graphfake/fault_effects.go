package graphfake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Inject adds faults to those that wait to happen. When Options.TB was given,
// a fault that has not happened as often as it should by the end of the test
// fails it. It panics if a fault makes no sense or is for no route, and names the
// nearest one then.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		if err := f.check(); err != nil {
			panic("graphfake: " + err.Error() + " in " + f.String())
		}
		if f.Rate > 0 {
			s.logf("graphfake: faults by chance, Options.Seed is %d", s.opts.Seed)
		}
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range faults {
		a := newArmed(f)
		if f.Effect == Stale {
			a.view = s.store.View()
		}
		s.faults.list = append(s.faults.list, a)
	}
}

// Unfired returns the faults that have not happened as often as they should,
// in the order of Inject. Those that happen by chance are not among them.
func (s *Server) Unfired() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	var list []Fault
	for _, a := range s.faults.list {
		if a.Rate == 0 && (a.left > 0 || a.left < 0 && a.fired == 0) {
			list = append(list, a.Fault)
		}
	}
	return list
}

// ClearFaults forgets all faults, those that have not happened too.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// reportUnfired fails the test for faults that never happened.
func (s *Server) reportUnfired() {
	for _, f := range s.Unfired() {
		s.errorf("graphfake: this fault was injected and did not happen as often as it should: %s", f)
	}
}

// An armed fault counts.
type armed struct {
	Fault
	skip  int // requests to let pass
	left  int // requests to hit, negative = all
	fired int
	view  *state.View // of Stale
	dice  *dice
	inRow map[uint64]int // by fingerprint
}

func newArmed(f Fault) *armed {
	a := &armed{Fault: f, skip: f.After, left: f.Times, inRow: map[uint64]int{}}
	if f.Times == 0 {
		a.left = 1
		if f.Rate > 0 {
			a.left = -1
		}
	}
	return a
}

// script is the list of faults of a server.
type script struct {
	seed uint64

	mu   sync.Mutex
	list []*armed
	part map[*request]*partial // batches that fail in part
}

// partial counts the items of a batch that fails in part.
type partial struct {
	fault *armed
	items int
}

// fail lets faults happen.
func (s *Server) fail(next handler) handler {
	return func(rq *request) (response, *graphError) {
		f := s.faults.pick(rq)
		if f == nil {
			return next(rq)
		}
		defer s.faults.forget(rq)
		if !pause(rq.ctx, f.Delay) {
			return response{cut: true}, nil
		}
		rq.stale = f.view
		return f.happen(rq, next)
	}
}

// pick returns the fault that the request meets, or nil.
func (sc *script) pick(rq *request) *armed {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if p := sc.part[rq.batch]; p != nil {
		if p.items++; p.items%2 == 1 {
			return &armed{Fault: Fault{Status: cmp.Or(p.fault.Status, http.StatusServiceUnavailable), Code: p.fault.Code,
				Message: p.fault.Message, RetryAfter: p.fault.RetryAfter}}
		}
	}
	for i, a := range sc.list {
		if a.left == 0 || !a.fits(rq) || !a.hits(rq, sc.seed+uint64(i)) {
			continue
		}
		if a.Effect == PartFailed {
			if sc.part == nil {
				sc.part = map[*request]*partial{}
			}
			sc.part[rq] = &partial{fault: a}
		}
		return a
	}
	return nil
}

// hits counts a request that fits, and reports whether it is one to hit.
func (a *armed) hits(rq *request, seed uint64) bool {
	if a.skip > 0 {
		a.skip--
		return false
	}
	if a.Rate > 0 && !a.chance(rq, seed) {
		return false
	}
	if a.left > 0 {
		a.left--
	}
	a.fired++
	return true
}

func (a *armed) chance(rq *request, seed uint64) bool {
	if a.dice == nil {
		a.dice = newDice(seed, 0x6661756c74)
	}
	id := rq.fingerprint()
	if a.dice.roll(rq).Float64() >= a.Rate || a.InRow > 0 && a.inRow[id] >= a.InRow {
		delete(a.inRow, id)
		return false
	}
	a.inRow[id]++
	return true
}

func (sc *script) forget(rq *request) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	delete(sc.part, rq)
}

// strike carries out the effect.
func (f *Fault) happen(rq *request, next handler) (response, *graphError) {
	switch f.Effect {
	case ResetBefore:
		return response{cut: true}, nil
	case ResetAfter:
		next(rq)
		return response{cut: true}, nil
	case AnswerLost:
		next(rq)
		return f.refused(rq, http.StatusGatewayTimeout)
	case ExpiredPage:
		return response{}, refuse(http.StatusBadRequest, "Directory_ExpiredPageToken",
			"The specified page token value has expired and can no longer be included in your request.")
	case HTMLBody:
		status := cmp.Or(f.Status, http.StatusBadGateway)
		return f.raw(status, "text/html; charset=us-ascii", []byte(htmlPage(status))), nil
	case EmptyBody:
		return f.raw(cmp.Or(f.Status, http.StatusServiceUnavailable), "", nil), nil
	case TruncatedBody:
		if rq.batch != nil {
			next(rq)
			return f.refused(rq, http.StatusGatewayTimeout)
		}
		return truncated(rq, next), nil
	case Envelope424:
		rsp, err := next(rq)
		if err == nil {
			rsp.status = http.StatusFailedDependency
		}
		return rsp, err
	case NullProperty, DropProperty, HideObjects, NullObject:
		rsp, err := next(rq)
		if err == nil {
			rsp.body = f.spoiled(rsp.body)
		}
		return rsp, err
	case GrantNotFound:
		gone := *f
		gone.Message = cmp.Or(f.Message, "EntitlementGrant being updated or deleted is not found.")
		return gone.refused(rq, http.StatusBadRequest)
	case Refused:
		if f.Status != 0 {
			return f.refused(rq, 0)
		}
	}
	return next(rq)
}

// refused answers with the fault's status, code and message.
func (f *Fault) refused(rq *request, status int) (response, *graphError) {
	status = cmp.Or(f.Status, status)
	err := usualError(status, rq)
	err.code, err.message = cmp.Or(f.Code, err.code), cmp.Or(f.Message, err.message)
	if f.RetryAfter != "" {
		err.header = header1("Retry-After", f.RetryAfter)
	}
	return response{}, err
}

// raw answers with something else than Graph's JSON.
func (f *Fault) raw(status int, kind string, body []byte) response {
	rsp := response{status: status, kind: kind, body: body}
	if f.RetryAfter != "" {
		rsp.header = header1("Retry-After", f.RetryAfter)
	}
	return rsp
}

// truncated cuts the body of the answer in half.
func truncated(rq *request, next handler) response {
	rsp, err := next(rq)
	if err != nil {
		rsp = response{status: err.status, header: err.header, kind: errorKind, body: err.body(rq)}
	}
	rsp.body, rsp.broken = slices.Clip(rsp.body[:len(rsp.body)/2]), true
	return rsp
}

// usualError is what the service says with a status when nothing more is known.
func usualError(status int, rq *request) *graphError {
	switch status {
	case http.StatusUnauthorized:
		return unauthorized("Lifetime validation failed, the token is expired.")
	case http.StatusForbidden:
		return forbidden()
	case http.StatusNotFound:
		segments := odata.SplitPath(rq.path)
		return notFound(segments[len(segments)-1].Value)
	case http.StatusMethodNotAllowed:
		return wrongMethod()
	case http.StatusConflict:
		return refuse(status, "Directory_ConcurrencyViolation",
			"Error due to concurrent requests being made to the tenant. Please wait briefly and retry.")
	case http.StatusTooManyRequests:
		return tooManyRequests()
	case http.StatusServiceUnavailable:
		return refuse(status, "ServiceUnavailable", "Service is temporarily unavailable. Please wait and retry again.")
	}
	if status >= 500 {
		return refuse(status, "UnknownError", "")
	}
	return refuse(status, "Request_BadRequest", "One or more properties contains invalid values.")
}

func htmlPage(status int) string {
	title := http.StatusText(status)
	return "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"" +
		"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n<HTML><HEAD><TITLE>" + title +
		"</TITLE></HEAD>\r\n<BODY><h2>" + title + "</h2>\r\n</BODY></HTML>\r\n"
}

// pause waits, and reports whether the caller is still there.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reset is the error of a client whose connection the other side dropped.
func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// drop breaks the connection that w writes to: by a reset where it can be
// taken over, else by the way that net/http has for it.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // so that Close sends a reset
	}
	conn.Close()
}

// announce promises twice the bytes that will be sent.
func announce(h http.Header, body []byte) { h.Set("Content-Length", strconv.Itoa(2*len(body))) }

// brokenBody is a body whose connection breaks at its end.
func brokenBody(body []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(body), brokenReader{})
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// spoiled returns a JSON answer with its objects changed as the effect says.
// Anything else is returned as it is.
func (f *Fault) spoiled(body []byte) []byte {
	var answer map[string]any
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber()
	if numbers.Decode(&answer) != nil {
		return body
	}
	list, isList := answer["value"].([]any)
	switch {
	case !isList:
		f.spoil(answer, f.Property)
	case f.Effect == HideObjects:
		answer["value"] = list[:len(list)-min(cmp.Or(f.Objects, len(list)), len(list))]
	case f.Effect == NullObject && len(list) > 0:
		list[0] = nil
	default:
		f.spoil(list, f.Property)
	}
	changed, err := json.Marshal(answer)
	if err != nil {
		return body
	}
	return changed
}

// spoil changes the property at a path of an object, or of each object of a list.
func (f *Fault) spoil(value any, path string) {
	list, _ := value.([]any)
	for _, object := range list {
		f.spoil(object, path)
	}
	object, _ := value.(map[string]any)
	name, rest, deeper := strings.Cut(path, "/")
	_, there := object[name]
	switch {
	case !there:
	case deeper:
		f.spoil(object[name], rest)
	case f.Effect == NullProperty:
		object[name] = nil
	case f.Effect == DropProperty:
		delete(object, name)
	}
}
