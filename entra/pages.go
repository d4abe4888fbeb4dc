package entra

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// A page is one page of a listing.
// https://learn.microsoft.com/graph/paging
type page[T any] struct {
	Value *[]T   `json:"value"`
	Next  string `json:"@odata.nextLink"`
}

// pages yields every object of a listing, page by page. Each pair is an object
// and nil, or the zero T and an error, which is always the last pair: a listing
// that ends without one is complete. An object may come twice, as the directory
// changes meanwhile and a listing whose page token expired begins anew, once;
// consumers go by id.
func pages[T any](ctx context.Context, c *Client, req request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := eachPage(ctx, c, req, yield)
		if errors.Is(err, ErrPageExpired) {
			err = eachPage(ctx, c, req, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			var zero T
			yield(zero, err)
		}
	}
}

var (
	errStopped  = errors.New("the consumer has enough")
	errNotAPage = errors.New("the answer is not a page: it has no \"value\"")
)

func eachPage[T any](ctx context.Context, c *Client, req request, yield func(T, error) bool) error {
	seen := map[string]bool{}
	for {
		var got page[T]
		if err := c.do(ctx, req, &got); err != nil {
			return err
		}
		if got.Value == nil {
			return &Error{Op: req.op, Err: errNotAPage}
		}
		for _, object := range *got.Value {
			if !yield(object, nil) {
				return errStopped
			}
		}
		if got.Next == "" {
			return nil
		}
		if seen[got.Next] {
			return &Error{Op: req.op, Err: fmt.Errorf("the listing goes in a circle: page %d names an earlier page as the next", len(seen)+1)}
		}
		seen[got.Next] = true
		req.path = got.Next // verbatim; the headers have to be sent again
	}
}
