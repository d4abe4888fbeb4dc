package graphfake

import (
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
)

// chain puts the middleware around the handlers, outermost first. Items of a
// batch pass through it one by one, and so does the batch as a whole.
func (s *Server) chain() handler {
	h := handler(dispatch)
	for _, m := range []middleware{
		s.replicate, // innermost: which view is read
		s.elapse,    // after what time has brought about
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
	if rq.governs() {
		return rq.route.handler(rq)
	}
	opts, err := query.Parse(rq.rawQuery, rq.eventual())
	if err != nil {
		return response{}, fromQuery(err)
	}
	rq.query, opts.Navigate = opts, rq.navigate
	if err := rq.tooLong(); err != nil {
		return response{}, err
	}
	return rq.route.handler(rq)
}
