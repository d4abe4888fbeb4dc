package governance

import (
	"context"
	"encoding/json"
	"iter"
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

// readEach reads n objects in batches, or one by itself, and calls each once for every
// one of them.
func readEach[T any](ctx context.Context, c *Client, op graph.Operation, n int, path func(i int) string,
	each func(i int, object T, err error)) error {
	reads := graph.Requests{Len: n, At: func(i int) graph.Request { return graph.Request{Op: op, Path: path(i)} }}
	send := c.conn.Batch
	if n == 1 {
		send = c.conn.OneByOne
	}
	return send(ctx, reads, func(i int, body json.RawMessage, err error) bool {
		var object T
		if err == nil {
			err = json.Unmarshal(body, &object)
		}
		each(i, object, err)
		return true
	})
}

// list reads a listing to its end, see [graph.Collect].
func list[T any](ctx context.Context, c *Client, op graph.Operation, path string, id func(T) string) ([]T, error) {
	return graph.Collect(op, graph.Pages[T](ctx, c.conn, graph.Request{Op: op, Path: path}), id)
}

// complete ends a listing with an error at the first object that lacks a property.
func complete[T any](op graph.Operation, name string, listing iter.Seq2[T, error],
	missing func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for object, err := range listing {
			property := ""
			if err == nil {
				property = missing(object)
			}
			if property != "" {
				var none T
				yield(none, op.Missing(name, property))
				return
			}
			if !yield(object, err) {
				return
			}
		}
	}
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
