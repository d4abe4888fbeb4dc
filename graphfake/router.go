package graphfake

import (
	"net/http"
	"strings"
	"sync"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A router finds routes by method and path, among those of equal length.
type router struct{ bySize map[int][]pattern }

// A pattern is a route with its path cut into segments.
type pattern struct {
	*route
	segments []string
}

// allRoutes returns the router of the whole table, which no server changes.
var allRoutes = sync.OnceValue(func() router { return newRouter(routes()) })

func newRouter(routes []route) router {
	r := router{bySize: map[int][]pattern{}}
	for i := range routes {
		p := pattern{&routes[i], strings.Split(strings.TrimPrefix(routes[i].path, "/"), "/")}
		r.bySize[len(p.segments)] = append(r.bySize[len(p.segments)], p)
	}
	return r
}

// findRoute finds the request's route and reads its query options as the service
// behind that route does.
func (rq *request) findRoute() {
	rq.path = rq.s.inTenant(rq.path)
	rq.s.routes.find(rq)
	dialect := query.Directory
	if rq.governs() {
		dialect = query.Governance
	}
	if rq.query, rq.badQuery = query.Parse(rq.rawQuery, dialect); rq.query != nil {
		rq.query.Eventual, rq.query.Elements, rq.query.Listing = rq.eventual(), rq.elements, rq.path
		rq.query.Shuffle = rq.s.shuffled(rq)
	}
}

// find sets the request's route and parameters. Where two routes fit, the
// first in the table wins.
func (r router) find(rq *request) {
	segments := odata.SplitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if p.method != rq.method {
			continue
		}
		if params, ok := p.match(segments); ok {
			rq.route, rq.params = p.route, params
			return
		}
	}
}

// otherMethod reports whether the path is routed for another method.
func (r router) otherMethod(rq *request) bool {
	segments := odata.SplitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if _, ok := p.match(segments); ok {
			return true
		}
	}
	return false
}

// begin reports whether routes begin with the path.
func (r router) begin(path []odata.Key) bool {
	for _, patterns := range r.bySize {
		for _, p := range patterns {
			if len(p.segments) < len(path) {
				continue
			}
			if _, ok := (pattern{p.route, p.segments[:len(path)]}).match(path); ok {
				return true
			}
		}
	}
	return false
}

func (p pattern) match(segments []odata.Key) (map[string]odata.Key, bool) {
	var params map[string]odata.Key
	for i, want := range p.segments {
		name, isParam := strings.CutPrefix(want, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case !isParam && segments[i].Is(want):
		case isParam && standsFor(name, segments[:i+1]):
			if params == nil {
				params = map[string]odata.Key{}
			}
			params[name] = segments[i]
		default:
			return nil, false
		}
	}
	return params, true
}

// chain puts the middleware around the handlers, outermost first. Items of a
// batch pass through it one by one, and so does the batch as a whole.
func (s *Server) chain() handler {
	h := handler(dispatch)
	for _, m := range []middleware{
		s.replicate, // innermost: which view is read
		s.elapse,    // reviews and requests are up to date
		s.fail,
		s.throttle,
		s.permit,
		s.watch,
		s.wait,
		s.record, // outermost
	} {
		h = m(h)
	}
	return h
}

// wait lets the latency pass, unless the caller gives up before.
func (s *Server) wait(next handler) handler {
	return func(rq *request) (response, *graphError) {
		if rq.batch == nil && !pause(rq.ctx, s.opts.Latency) {
			return response{cut: true}, nil
		}
		return next(rq)
	}
}

// dispatch calls the route's handler, or says that there is none.
func dispatch(rq *request) (response, *graphError) {
	if rq.route == nil {
		return rq.unrouted()
	}
	if rq.badQuery != nil {
		return response{}, fromQuery(rq.badQuery)
	}
	if err := rq.tooLong(); err != nil {
		return response{}, err
	}
	rsp, err := rq.route.handler(rq)
	return rsp, rq.honest(err)
}

// A finder finds the object that the path is about.
type finder func(*request, *state.View) (*object, *graphError)

// on makes a handler of a function that works on the object of the path.
func on(find finder, do func(*request, *object) (response, *graphError)) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return do(rq, o)
	}
}

// withBody makes a handler of a function that works on a JSON body.
func withBody(do func(*request, map[string]any) (response, *graphError)) handler {
	return func(rq *request) (response, *graphError) {
		body, err := rq.object()
		if err != nil {
			return response{}, err
		}
		return do(rq, body)
	}
}

// change changes the object of the path on the primary, unless the replica that
// is read does not know it.
func (rq *request) change(find finder, do func(*state.Tx, *object) *graphError) (response, *graphError) {
	return on(find, func(rq *request, _ *object) (response, *graphError) {
		return noContent(), rq.update(func(tx *state.Tx) *graphError {
			o, err := find(rq, tx.View)
			if err != nil {
				return err
			}
			return do(tx, o)
		})
	})(rq)
}

// Handlers that are the same for all types: one object, all, and their number.

func getOne(find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) { return rq.one(http.StatusOK, o.Type.Set, o) })
}

func listAll(t *state.Type) handler {
	return func(rq *request) (response, *graphError) { return rq.list(rq.table(t)) }
}

func countAll(t *state.Type) handler {
	return func(rq *request) (response, *graphError) { return rq.count(rq.table(t)) }
}

// deleteOne makes a handler that removes the object of the path in its own way.
func deleteOne(find finder, remove func(*state.Tx, *object)) handler {
	return func(rq *request) (response, *graphError) {
		return rq.change(find, func(tx *state.Tx, o *object) *graphError {
			remove(tx, o)
			return nil
		})
	}
}
