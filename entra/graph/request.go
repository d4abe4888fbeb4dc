package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
)

// A Request is one logical request, which may take several attempts.
type Request struct {
	// Op is what the request is for. Errors name it, with the permission that
	// it needs.
	Op Operation
	// Method is the HTTP method; "" means GET.
	Method string
	// Path begins with a slash, is relative to the endpoint, escaped, and holds
	// the query. It may be an absolute URL of the endpoint's host.
	Path string
	// Header holds further headers. Accept is application/json unless it is here.
	Header map[string]string
	// Body is sent as JSON; nil means none.
	Body any
	// ContentType is that of a Body of type []byte, which is then sent as it is;
	// "" means JSON.
	ContentType string
	// Idempotent says that a write that is sent twice does no more than once, so
	// that it may be sent again after an unclear outcome. Reads always are.
	Idempotent bool
	// Look, if set, returns the request that looks for what a write should have made,
	// by its natural key. It is made after the write had an unclear outcome, for all
	// such writes of a batch in one batch, and its answer goes to Settle.
	Look func() Request
	// Settle is called after a write had an unclear outcome, before it is sent
	// again. It looks for the object by its natural key, or judges what Look saw,
	// reports whether the write is done, and keeps what it finds, because there is no
	// answer to decode then. What it asks with its context has what is left of the
	// write's time and attempts. Its error ends the request. Without Settle and
	// Idempotent, an unclear outcome is an [ErrUnclear].
	Settle func(ctx context.Context, seen Seen) (done bool, err error)
}

// Seen is the answer to [Request.Look]; the zero Seen if there is none.
type Seen struct {
	Body json.RawMessage
	Err  error
}

func (r Request) verb() string { return cmp.Or(r.Method, http.MethodGet) }

func (r Request) writes() bool { return r.verb() != http.MethodGet }

// repeatable reports whether an unclear outcome can be followed by another attempt.
func (r Request) repeatable() bool { return !r.writes() || r.Idempotent || r.Settle != nil }
