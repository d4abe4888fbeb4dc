// Package faulttest is a fake tenant whose requests fail as a test wants them
// to, and a table of what writes do about it. It is for the tests of packages
// entra and governance only.
package faulttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Fault is what happens to a request instead of, or after, being handled.
type Fault struct {
	Name   string
	Lands  bool // the request is handled all the same
	Reset  bool // the connection breaks instead of an answer
	Status int
	Header map[string]string
	Body   string
}

// Answer is an answer that comes from elsewhere than the tenant: a stale replica.
func Answer(body string) Fault { return Fault{Status: 200, Body: body} }

// Times returns a fault n times.
func Times(n int, f Fault) []Fault { return slices.Repeat([]Fault{f}, n) }

// Refusal is an error in the words of Graph.
func Refusal(name string, status int, code, message string) Fault {
	return Fault{Name: name, Status: status,
		Body: fmt.Sprintf(`{"error":{"code":%q,"message":%q,"innerError":{"request-id":"rq-1"}}}`, code, message)}
}

// Transient are the faults that pass by themselves.
var Transient = []Fault{
	{Name: "429", Status: 429, Header: map[string]string{"Retry-After": "2.5"},
		Body: `{"error":{"code":"TooManyRequests","message":"Too many requests."}}`},
	{Name: "503", Status: 503, Body: `{"error":{"code":"ServiceUnavailable","message":""}}`},
	{Name: "504 before", Status: 504, Body: "<html>Gateway Timeout</html>"},
	{Name: "504 landed", Status: 504, Lands: true, Body: "<html>Gateway Timeout</html>"},
	{Name: "reset before", Reset: true},
	{Name: "reset landed", Reset: true, Lands: true},
}

// Unseen is the answer of a replica that does not know an object yet.
var Unseen = Refusal("404 replica", 404, "Request_ResourceNotFound",
	"Resource 'x' does not exist or one of its queried reference-property objects are not present.")

// A Transport stands between a client and a fake tenant and makes requests
// fail, also those inside batches. It notes every request, batches by item.
type Transport struct {
	Next http.RoundTripper

	mu     sync.Mutex
	faults map[string][]Fault // by kind
	calls  []Call
}

// A Call is a request that was made.
type Call struct {
	Kind string // method and path with ids as {id}: "POST /users"
	URL  string
	Body string
	At   time.Time
}

// Inject makes faults happen, one after another, to the next requests of a kind.
func (f *Transport) Inject(kind string, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.faults == nil {
		f.faults = map[string][]Fault{}
	}
	f.faults[kind] = faults
}

// Forget forgets the calls so far.
func (f *Transport) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = nil
}

// Sent returns the calls of a kind.
func (f *Transport) Sent(kind string) (calls []Call) {
	for _, c := range f.Calls() {
		if c.Kind == kind {
			calls = append(calls, c)
		}
	}
	return calls
}

// Writes returns the kinds of the calls that were no reads.
func (f *Transport) Writes() (kinds []string) {
	for _, c := range f.Calls() {
		if !strings.HasPrefix(c.Kind, "GET ") {
			kinds = append(kinds, c.Kind)
		}
	}
	return kinds
}

// Calls returns all calls.
func (f *Transport) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

var (
	idInPath  = regexp.MustCompile(`/[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|/[\w-]{43}$`)
	keyInPath = regexp.MustCompile(`\([^)]*\)`)
)

func kindOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(path, "/v1.0")
	return method + " " + idInPath.ReplaceAllString(keyInPath.ReplaceAllString(path, "({key})"), "/{id}")
}

// meets notes a call and returns the fault that it meets, or nil.
func (f *Transport) meets(c Call) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	if len(f.faults[c.Kind]) == 0 {
		return nil
	}
	met := f.faults[c.Kind][0]
	f.faults[c.Kind] = f.faults[c.Kind][1:]
	return &met
}

// ErrReset is what a broken connection is to a client.
var ErrReset = errors.New("read: connection reset by peer")

// RoundTrip makes the request, or has it fail.
func (f *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/$batch") {
		return f.batch(r)
	}
	return f.single(r)
}

func (f *Transport) single(r *http.Request) (*http.Response, error) {
	c := Call{Kind: kindOf(r.Method, r.URL.Path), URL: r.URL.String(), At: time.Now()}
	c.Body = string(readBody(r))
	met := f.meets(c)
	if met == nil {
		return f.Next.RoundTrip(r)
	}
	if met.Lands {
		answer, err := f.Next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close()
	}
	if met.Reset {
		return nil, ErrReset
	}
	return met.Response(r), nil
}

// Response returns the fault as the answer to a request.
func (f Fault) Response(r *http.Request) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range f.Header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: f.Status, Header: header, Body: io.NopCloser(strings.NewReader(f.Body)), Request: r}
}

// readBody reads a request's body and puts it back.
func readBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

type batchStep struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// batch handles the items one by one; if one's connection breaks, so does that
// of the batch.
func (f *Transport) batch(r *http.Request) (*http.Response, error) {
	var batch struct{ Requests []batchStep }
	if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
		return nil, err
	}
	var answers []map[string]any
	var broken error
	for _, step := range batch.Requests {
		answer, err := f.item(r, step)
		if err != nil {
			broken = err
			continue
		}
		answers = append(answers, answer)
	}
	if broken != nil {
		return nil, broken
	}
	body, err := json.Marshal(map[string]any{"responses": answers})
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), Request: r}, err
}

func (f *Transport) item(r *http.Request, step batchStep) (map[string]any, error) {
	root := strings.TrimSuffix(r.URL.String(), "/$batch")
	root = strings.TrimSuffix(root, "/%24batch")
	single, err := http.NewRequestWithContext(r.Context(), step.Method, root+step.URL, bytes.NewReader(step.Body))
	if err != nil {
		return nil, err
	}
	single.Header = r.Header.Clone()
	single.Header.Del("Content-Length")
	for name, value := range step.Headers {
		single.Header.Set(name, value)
	}
	res, err := f.single(single)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer := map[string]any{"id": step.ID, "status": res.StatusCode}
	headers := map[string]string{}
	for name := range res.Header {
		headers[name] = res.Header.Get(name)
	}
	answer["headers"] = headers
	body, err := io.ReadAll(res.Body)
	switch {
	case json.Valid(body):
		answer["body"] = json.RawMessage(body)
	case len(body) > 0:
		answer["body"] = string(body)
	}
	return answer, err
}
