package graph

import (
	"cmp"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
)

// Options adjusts a [Conn]. The zero value, and nil, mean the defaults. Negative
// numbers are refused; [NoRetry] is the one exception.
type Options struct {
	// InFlight is how many requests may be under way at a time. 0 means that it adapts:
	// it begins with 4 and doubles, up to 32, as long as requests wait for their turn and
	// answers stay quick. When the service throttles, or answers take twice as long as
	// the quickest of their kind, it is halved at once and then grows by one; slow answers
	// alone leave 4. How many are welcome is documented nowhere. No more than 4 batches of writes are sent at a time.
	InFlight int
	// Timeout bounds one attempt of one request; 0 means 100 s.
	Timeout time.Duration
	// MaxRetries is how often one request may be sent again after a failure
	// that may pass; 0 means 10, and [NoRetry] means never. Throttling doesn't
	// count: RetryFor bounds it.
	MaxRetries int
	// RetryFor is how long after its first failure a request may still be sent
	// again; 0 means 15 min.
	RetryFor time.Duration
	// ReplicationWait is how long to wait for an object that this connection has
	// just written to become visible; 0 means 2 min.
	ReplicationWait time.Duration
	// Unpaced sends requests without regard to the published limits, for a
	// stand-in that has none. A 429 is obeyed all the same.
	Unpaced bool
	// ReadOnly makes every write fail with ErrReadOnly before anything is sent.
	ReadOnly bool
	// MaxAnswer is how many bytes an answer may have when it is unpacked; 0 means
	// 64 MiB. A larger one fails with ErrTooLarge.
	MaxAnswer int64
	// Logger receives one record for each attempt; the package's documentation has
	// its keys, and what is never in it. nil means none.
	Logger *slog.Logger
}

// NoRetry, as [Options.MaxRetries], sends every request once.
const NoRetry = -1

// A Conn sends requests to one Microsoft Graph tenant. It is safe for
// concurrent use. All that it sends shares one set of limits, so a program
// should have one Conn for each tenant.
type Conn struct {
	adapter abstractions.RequestAdapter
	auth    *bearer // Connect's; nil if the adapter brings its own
	opts    Options
	gate    *gate
	wrote   writeLog
}

// New returns a connection that sends its requests through adapter; whoever
// holds a *msgraphsdk.GraphServiceClient passes its GetAdapter().
// Authentication, base URL, middleware and tracing stay the adapter's; retries
// are the connection's own. It panics if adapter is nil or an option is negative.
func New(adapter abstractions.RequestAdapter, opts *Options) *Conn {
	if adapter == nil {
		panic("graph.New: the request adapter is nil")
	}
	if err := opts.check(); err != nil {
		panic(err)
	}
	o := opts.withDefaults()
	c := &Conn{adapter: adapter, opts: o, gate: newGate(o.InFlight, o.RetryFor)}
	c.gate.quotas.off = o.Unpaced
	return c
}

func (o *Options) check() error {
	if o != nil && (o.InFlight < 0 || o.MaxRetries < NoRetry || min(o.Timeout, o.RetryFor, o.ReplicationWait) < 0 ||
		o.MaxAnswer < 0) {
		return errors.New("graph.Options: a number is negative")
	}
	return nil
}

func (o *Options) withDefaults() Options {
	opts := *cmp.Or(o, &Options{})
	opts.Timeout = cmp.Or(opts.Timeout, 100*time.Second)
	opts.MaxRetries = cmp.Or(opts.MaxRetries, 10)
	opts.RetryFor = cmp.Or(opts.RetryFor, 15*time.Minute)
	opts.ReplicationWait = cmp.Or(opts.ReplicationWait, 2*time.Minute)
	opts.MaxAnswer = cmp.Or(opts.MaxAnswer, 64<<20)
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return opts
}

// InFlight returns how many requests may be under way at a time now.
func (c *Conn) InFlight() int { return c.gate.window.now() }

// Reference returns the body of a request that adds a directory object to a list of
// another one, by its id. https://learn.microsoft.com/graph/api/group-post-members
func (c *Conn) Reference(id string) map[string]string {
	root := cmp.Or(strings.TrimRight(c.adapter.GetBaseUrl(), "/"), DefaultEndpoint)
	return map[string]string{"@odata.id": root + "/directoryObjects/" + url.PathEscape(id)}
}

// A Load is work whose time can be estimated.
type Load struct {
	Pages    int // of a listing, one after another
	Batches  int // as many at a time as may be in flight, like the next
	Requests int // that are sent by themselves
	Units    int // resource units of all of them
}

// Estimate returns how long work takes, by the latest answers of the operation's
// requests and the published limits.
func (c *Conn) Estimate(op Operation, l Load) time.Duration {
	return max(c.gate.window.timeFor(op.Name, l), c.gate.quotas.timeFor(l.Units))
}

// SetUsers tells the connection how many users the tenant has, which decides
// how many resource units it is granted.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
func (c *Conn) SetUsers(users int) { c.gate.quotas.resize(users) }
