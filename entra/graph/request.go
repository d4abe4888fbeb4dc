package graph

import (
	"cmp"
	"context"
	"net/http"
)

// A Request is one logical request, which may take several attempts.
type Request struct {
	// Op is what the request is for. Errors name it, with the permission that
	// it needs.
	Op Operation
	// Method is the HTTP method; "" means GET.
	Method string
	// Path is relative to the endpoint, begins with a slash, is escaped and
	// holds the query. An absolute URL must have the endpoint's host.
	Path   string
	Header map[string]string
	// Body is sent as JSON; nil sends none.
	Body any
	// ContentType is that of a Body that is sent as it is, a []byte; "" means JSON.
	ContentType string
	// Idempotent says that sending a write twice does no more than sending it
	// once, so that it may be sent again after an unclear outcome. Reads are.
	Idempotent bool
	// Settle is called after an unclear outcome of a write, which may or may not
	// have happened, before it is sent again. It reads back by natural key,
	// reports whether the write is done, and keeps what it finds, because the
	// answer is not decoded then. Its error ends the request. Without Settle and
	// Idempotent, an unclear outcome is an error that is ErrUnclear.
	Settle func(ctx context.Context) (done bool, err error)
}

func (r Request) verb() string { return cmp.Or(r.Method, http.MethodGet) }

func (r Request) writes() bool { return r.verb() != http.MethodGet }

// repeatable reports whether an unclear outcome can be followed by another attempt.
func (r Request) repeatable() bool { return !r.writes() || r.Idempotent || r.Settle != nil }
