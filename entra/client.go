package entra

import (
	"net/url"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

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
