package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// Options adjusts a [Client]. The zero value, and nil, mean the defaults.
type Options struct {
	// Lookup forces a way of looking users up; "" means the fastest.
	Lookup Strategy
}

// A Client reads and writes the users, applications and assignments of one
// tenant. It is safe for concurrent use, and all that it does shares the limits
// of its connection.
type Client struct {
	conn   *graph.Conn
	lookup Strategy
	users  userCount
	// apart says that the service refused a filter for several elements of a
	// collection, so that they are asked for one at a time.
	apart atomic.Bool
	// trusted are the names of attributes that some user came with.
	trusted sync.Map
}

// Connect returns a client that authenticates with cred, over a connection of
// its own; see [graph.Connect]. Nil opts mean the defaults. Nothing is sent yet.
func Connect(cred azcore.TokenCredential, opts *graph.ConnectOptions) (*Client, error) {
	conn, err := graph.Connect(cred, opts)
	if err != nil {
		return nil, err
	}
	return New(conn, nil), nil
}

// New returns a client over a connection, which it may share with others. Nil
// opts mean the defaults. It panics if conn is nil.
func New(conn *graph.Conn, opts *Options) *Client {
	if conn == nil {
		panic("entra.New: the connection is nil")
	}
	c := &Client{conn: conn}
	if opts != nil {
		c.lookup = opts.Lookup
	}
	return c
}

// Conn returns the client's connection. A program's own requests that go through
// it share the client's limits.
func (c *Client) Conn() *graph.Conn { return c.conn }

// filterPath returns the path of a collection's objects whose property equals
// a text. The service compares texts without letter case.
func filterPath(collection, property, value, fields string) string {
	return collection + "?" + graph.EncodeQuery(url.Values{
		"$filter": {property + " eq " + match.Literal(value)},
		"$select": {fields},
	})
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }

// batch makes writes, a first batch of them before the others: what refuses all of
// those, such as a missing permission or an outage, refuses the rest too. These then
// get an error that wraps [assign.ErrNotTried].
func (c *Client) batch(ctx context.Context, reqs graph.Requests,
	each func(i int, body json.RawMessage, err error) bool) {
	first, refused, wanted := min(graph.BatchSize, reqs.Len), 0, true
	probe := graph.Requests{Len: first, At: reqs.At}
	failure := c.conn.Batch(ctx, probe, func(i int, body json.RawMessage, err error) bool {
		if refusedIdentity(err) {
			refused++
		}
		wanted = each(i, body, err)
		return wanted
	})
	if refused == first {
		failure = errors.New("every request before this one was refused")
	}
	switch rest := reqs.Len - first; {
	case !wanted || rest == 0:
	case failure == nil || ctx.Err() != nil:
		// Each gets its own error; that of a whole batch adds nothing.
		_ = c.conn.Batch(ctx, graph.Requests{Len: rest, At: func(i int) graph.Request { return reqs.At(first + i) }},
			func(i int, body json.RawMessage, err error) bool { return each(first+i, body, err) })
	default:
		for i := first; i < reqs.Len && each(i, nil, fmt.Errorf("%w: %w", assign.ErrNotTried, failure)); i++ {
		}
	}
}

// refusedIdentity reports whether it is the token that was refused, so that other
// writes of the kind may be, too.
func refusedIdentity(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}
