package graphfake

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/metadata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// maxBody is the largest body that Graph takes, in bytes.
const maxBody = 4 << 20

// ServeHTTP answers Graph requests below any prefix that ends in /v1.0, and
// those that an application signs in with, see Application.Secrets.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rsp := s.exchange(r)
	if rsp.cut {
		drop(w)
		return
	}
	for name, values := range rsp.header {
		w.Header()[name] = values
	}
	if rsp.broken {
		announce(w.Header(), rsp.body)
	}
	w.WriteHeader(rsp.status)
	w.Write(rsp.body)
}

// Transport returns an in-process transport: requests to any host are answered
// by this server, without a socket and without goroutines, so that it works in
// a testing/synctest bubble. It may be used by any number of clients.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rsp := t.s.exchange(r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if rsp.cut {
		return nil, reset()
	}
	body, length := io.Reader(bytes.NewReader(rsp.body)), int64(len(rsp.body))
	if rsp.broken {
		body, length = brokenBody(rsp.body), 2*length
	}
	return &http.Response{
		Status: strconv.Itoa(rsp.status) + " " + http.StatusText(rsp.status), StatusCode: rsp.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rsp.header,
		Body: io.NopCloser(body), ContentLength: length, Request: r,
	}, nil
}

// exchange answers one HTTP request.
func (s *Server) exchange(r *http.Request) response {
	if route := signInRouteOf(r); route != nil {
		return s.signIn(r, route)
	}
	rq := s.newRequest(r)
	body, err := readBody(r)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return response{cut: true}
	}
	rq.body = body
	var rsp response
	if err != nil {
		rsp = s.answerError(rq, bodyError(err))
	} else {
		rsp = s.answer(rq)
	}
	if rsp.header == nil {
		rsp.header = http.Header{}
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && len(rsp.body) > 0 {
		rsp.header = rsp.header.Clone()
		rsp.header.Set("Content-Encoding", "gzip")
		rsp.header.Set("Vary", "Accept-Encoding")
		rsp.body = zip(rsp.body)
	}
	return rsp
}

// answerError answers with an error that was found before the chain.
func (s *Server) answerError(rq *request, err *graphError) response {
	return response{status: err.status, kind: errorKind, body: err.body(rq),
		header: http.Header{"Content-Type": {errorKind}, "Request-Id": {rq.id}, "Client-Request-Id": {rq.clientID}}}
}

func (s *Server) newRequest(r *http.Request) *request {
	rq := &request{ctx: r.Context(), s: s, method: r.Method, header: r.Header, rawQuery: r.URL.RawQuery,
		began: time.Now(), id: s.newID()}
	if rq.clientID = r.Header.Get("client-request-id"); rq.clientID == "" {
		rq.clientID = rq.id
	}
	rq.base, rq.path = splitBase(r)
	rq.findRoute()
	return rq
}

// splitBase divides a URL behind /v1.0. A path without it is kept whole, and
// meets no route.
func splitBase(r *http.Request) (base, path string) {
	scheme, host := r.URL.Scheme, r.URL.Host
	if host == "" {
		host = r.Host
	}
	if scheme == "" {
		scheme = "http"
		if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
			scheme = "https"
		}
	}
	path = r.URL.EscapedPath()
	prefix, rest, ok := strings.Cut(path+"/", "/v1.0/")
	if !ok {
		return scheme + "://" + host, path
	}
	return scheme + "://" + host + prefix + "/v1.0", "/" + strings.TrimSuffix(rest, "/")
}

// inTenant returns a path without the tenant that it may begin with:
// /myorganization, or the tenant's id. Clients of Azure AD's own API had them, and
// some still send them: https://github.com/pnp/cli-microsoft365 and
// https://github.com/manicminer/hamilton. That contexts and links leave them out is
// believed.
func (s *Server) inTenant(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.EqualFold(first, "myorganization") ||
		schema.IsGUID(first) && strings.EqualFold(first, tenantID(s.store.View())) {
		return "/" + rest
	}
	return path
}

var errTooLarge = errors.New("request body too large")

// readBody reads the whole body, unpacking it if it is compressed.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	in := io.Reader(r.Body)
	if strings.EqualFold(r.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		in = z
	}
	b, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err == nil && len(b) > maxBody {
		err = errTooLarge
	}
	return b, err
}

func bodyError(err error) *graphError {
	if errors.Is(err, errTooLarge) {
		// believed, not verified
		return refuse(http.StatusRequestEntityTooLarge, "BadRequest", "The maximum request length supported is %d bytes.",
			maxBody)
	}
	return badJSON()
}

// zippers are gzip writers for reuse: a new one takes 800 kB.
var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zip(b []byte) []byte {
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	var buf bytes.Buffer
	z.Reset(&buf)
	z.Write(b)
	z.Close()
	return buf.Bytes()
}

// A graphError is an answer in the service's error envelope.
// https://learn.microsoft.com/graph/errors
type graphError struct {
	status  int
	code    string
	message string
	details []errorDetail
	header  http.Header   // further headers, such as Retry-After
	missing metadata.Name // what the service is said not to have, see honest
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

func (e *graphError) Error() string { return e.message }

func (e *graphError) withDetail(code, target string) *graphError {
	e.details = append(e.details, errorDetail{code, e.message, target})
	return e
}

// denies says which name of a type the error denies; "" is the type that the path leads to.
func (e *graphError) denies(typ string, path ...string) *graphError {
	e.missing = metadata.Of(typ, path...)
	return e
}

// body renders the envelope. The date has no zone, though it is UTC.
func (e *graphError) body(rq *request) []byte {
	type inner struct {
		Date            string `json:"date"`
		RequestID       string `json:"request-id"`
		ClientRequestID string `json:"client-request-id"`
	}
	type envelope struct {
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Details []errorDetail `json:"details,omitempty"`
		Inner   inner         `json:"innerError"`
	}
	b, _ := json.Marshal(map[string]envelope{"error": {e.code, e.message, e.details,
		inner{rq.began.UTC().Format("2006-01-02T15:04:05"), rq.id, rq.clientID}}})
	return b
}

func refuse(status int, code, format string, args ...any) *graphError {
	return &graphError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// badRequest is the directory's usual refusal.
func badRequest(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "Request_BadRequest", format, args...)
}

// malformed is a refusal by the gateway, before the directory saw the request.
func malformed(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "BadRequest", format, args...)
}

func notFound(id string) *graphError {
	return refuse(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func badJSON() *graphError {
	return malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of " +
		"valid JSON format.")
}

func badID(id string) *graphError { return badRequest("Invalid object identifier '%s'.", id) }

func wrongMethod() *graphError {
	return refuse(http.StatusMethodNotAllowed, "Request_BadRequest",
		"Specified HTTP method is not allowed for the request target.")
}

func notYetSupported() *graphError {
	return refuse(http.StatusNotImplemented, "NotImplemented", "This operation target is not yet supported.")
}

// taken says that another object has the same value in a unique property.
func taken(property string) *graphError {
	return badRequest("Another object with the same value for property %s already exists.", property).
		withDetail("ObjectConflict", property)
}

// invalidValue refuses a property's value.
func invalidValue(property, resource string) *graphError {
	return badRequest("Invalid value specified for property '%s' of resource '%s'.", property, resource).
		withDetail("InvalidValue", property)
}

func required(property, resource string) *graphError {
	return badRequest("A value is required for property '%s' of resource '%s'.", property, resource)
}

func fromQuery(e *query.Error) *graphError {
	if e == nil {
		return nil
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return refuse(status, e.Code, "%s", e.Message).denies(e.Missing.Type, e.Missing.Path...)
}
