package governance

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// A Client prepares, starts and follows reviews of access in one tenant. It is
// safe for concurrent use, and all that it does shares the limits of its
// connection.
type Client struct {
	client *entra.Client
	conn   *graph.Conn
}

// New returns a client for the tenant of directory, over the same connection.
func New(directory *entra.Client) *Client {
	return &Client{client: directory, conn: directory.Conn()}
}

// batch makes all requests, see [graph.Conn.Batch].
func (c *Client) batch(ctx context.Context, reqs []graph.Request, each func(i int, body json.RawMessage, err error)) error {
	return c.conn.Batch(ctx, graph.Each(reqs), func(i int, body json.RawMessage, err error) bool {
		each(i, body, err)
		return true
	})
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }
