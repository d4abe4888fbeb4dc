package governance

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// A Client prepares, starts and follows access reviews in one tenant. It is safe
// for concurrent use. All that it does shares the limits of its connection.
type Client struct {
	client *entra.Client
	conn   *graph.Conn
}

// New returns a client for the same tenant, over the same connection.
func New(client *entra.Client) *Client { return &Client{client: client, conn: client.Conn()} }

// batch makes n requests, see [graph.Conn.Batch].
func (c *Client) batch(ctx context.Context, n int, request func(i int) graph.Request,
	each func(i int, body json.RawMessage, err error)) error {
	return c.conn.Batch(ctx, graph.Requests{Len: n, At: request}, func(i int, body json.RawMessage, err error) bool {
		each(i, body, err)
		return true
	})
}

// list reads a listing to its end, see [graph.Collect].
func list[T any](ctx context.Context, c *Client, op graph.Operation, path string, id func(T) string) ([]T, error) {
	return graph.Collect(graph.Pages[T](ctx, c.conn, graph.Request{Op: op, Path: path}), id)
}

// ambiguous says that several objects have a name.
func ambiguous[T any](kind, name string, found []T, id func(T) string) error {
	err := &entra.AmbiguousError{Kind: kind, Name: name}
	for _, object := range found {
		err.IDs = append(err.IDs, id(object))
	}
	return err
}

// read reads one object.
func read[T any](ctx context.Context, c *Client, op graph.Operation, path string) (*T, error) {
	object := new(T)
	if err := c.conn.Do(ctx, graph.Request{Op: op, Path: path}, object); err != nil {
		return nil, err
	}
	return object, nil
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }
