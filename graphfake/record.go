package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Request is one request as the server met it. A batch is recorded itself,
// followed by its items.
type Request struct {
	Time   time.Time
	Method string
	Path   string // below /v1.0, escaped, as sent: "/users/ada%23x"
	Query  string // raw
	Header http.Header
	Body   string
	Item   string // id of the item inside its batch, "" outside batches
	Route  string // pattern of the route such as "/users/{id}", "" if not modelled
}

// String returns method, path and query.
func (r Request) String() string {
	if r.Query == "" {
		return r.Method + " " + r.Path
	}
	return r.Method + " " + r.Path + "?" + r.Query
}

// record keeps the request for Requests.
func (s *Server) record(next handler) handler {
	return func(rq *request) (response, *graphError) {
		s.log.add(rq)
		return next(rq)
	}
}

type recorder struct {
	mu   sync.Mutex
	list []Request
}

func (l *recorder) add(rq *request) {
	r := Request{Time: rq.began, Method: rq.method, Path: rq.path, Query: rq.rawQuery, Header: rq.header.Clone(), Body: string(rq.body), Item: rq.item}
	if rq.route != nil {
		r.Route = rq.route.path
	}
	if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		r.Header.Set("Authorization", "Bearer …") // tokens are not kept
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, r)
}

// Requests returns what was asked so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return slices.Clone(s.log.list)
}

// ForgetRequests empties the record.
func (s *Server) ForgetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.list = nil
}
