package entra

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// DefaultEndpoint is the root of Microsoft Graph v1.0 in the worldwide cloud.
// https://learn.microsoft.com/graph/deployments
const DefaultEndpoint = "https://graph.microsoft.com/v1.0"

// Options adjusts a [Client]. The zero value, and nil, mean the defaults.
type Options struct {
	// Endpoint is the root of the API: any national cloud's, or a loopback
	// address for a stand-in. Used by Connect only; "" = DefaultEndpoint.
	Endpoint string
	// Scopes are asked of the credential. Used by Connect only; nil = the
	// endpoint's ".default", and that of the worldwide cloud on loopback.
	Scopes []string
	// Transport sends the requests. Used by Connect only; nil = an
	// http.Transport tuned for many requests to one host.
	Transport http.RoundTripper
	// InFlight is how many requests may be under way at a time; 0 = 4.
	InFlight int
	// Timeout bounds one attempt of one request; 0 = 100 s.
	Timeout time.Duration
	// MaxRetries is how often one request may be sent again after a failure
	// that may pass; 0 = 10, negative = never. Throttling doesn't count: RetryFor
	// bounds it.
	MaxRetries int
	// RetryFor is how long after its first failure a request may still be sent
	// again; 0 = 15 min.
	RetryFor time.Duration
	// ReplicationWait is how long to wait for an object that this client has
	// just written to become visible; 0 = 2 min.
	ReplicationWait time.Duration
	// Unpaced sends requests without keeping to the published limits ahead of
	// time, for a stand-in that has none. Its 429s are obeyed all the same.
	Unpaced bool
	// ReadOnly makes every write fail with ErrReadOnly before anything is sent.
	ReadOnly bool
	// Logger receives one record for each answer: method, path template,
	// status, ids, waits. Never values, tokens or bodies. nil = none.
	Logger *slog.Logger
	// Lookup forces a way of looking users up; "" = the cheapest.
	Lookup Strategy
}

// A Client asks one Microsoft Graph tenant and writes to it. It is safe for
// concurrent use, and everything that it does shares one set of limits, so that
// a program should have one Client for each tenant.
type Client struct {
	adapter abstractions.RequestAdapter
	auth    *bearer // Connect's; nil if the adapter brings its own
	opts    Options
	gate    *gate
	wrote   writeLog
	users   userCount
}

// New returns a client that sends its requests through adapter; whoever holds a
// *msgraphsdk.GraphServiceClient passes its GetAdapter(). Authentication, base
// URL, middleware and tracing stay the adapter's; retries are the client's own.
// It panics if adapter is nil.
func New(adapter abstractions.RequestAdapter, opts *Options) *Client {
	if adapter == nil {
		panic("entra.New: the request adapter is nil")
	}
	o := opts.withDefaults()
	c := &Client{adapter: adapter, opts: o, gate: newGate(o.InFlight)}
	c.gate.quotas.off = o.Unpaced
	return c
}

func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	setDefault(&opts.InFlight, 4)
	setDefault(&opts.Timeout, 100*time.Second)
	setDefault(&opts.MaxRetries, 10)
	setDefault(&opts.RetryFor, 15*time.Minute)
	setDefault(&opts.ReplicationWait, 2*time.Minute)
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	opts.InFlight = max(opts.InFlight, 1)
	return opts
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A request is one logical request, which may take several attempts.
type request struct {
	// op says what the caller was doing, for errors: "find users".
	op string
	// method is the HTTP method; GET when empty.
	method string
	// path is relative to the endpoint, begins with a slash, is escaped and
	// holds the query. An absolute URL must have the endpoint's host.
	path   string
	header map[string]string
	// body is sent as JSON; nil sends none.
	body any
	// contentType is that of a body that is sent as it is, a []byte; "" = JSON.
	contentType string
	// idempotent says that sending a write twice does no more than sending it
	// once, so that it may be sent again after an unclear outcome. Reads are.
	idempotent bool
	// settle is asked after an unclear outcome of a write (it may or may not
	// have happened) before it is sent again: is it done? It should read back by
	// natural key, and keep what it finds where the caller looks for it, as out
	// is not filled. An error ends the request. Without settle and idempotent, an
	// unclear outcome is an error that is ErrUnclear.
	settle func(ctx context.Context) (done bool, err error)
}

func (r request) verb() string {
	if r.method == "" {
		return http.MethodGet
	}
	return r.method
}

func (r request) writes() bool { return r.verb() != http.MethodGet }

// repeatable reports whether an unclear outcome can be followed by another attempt.
func (r request) repeatable() bool { return !r.writes() || r.idempotent || r.settle != nil }
