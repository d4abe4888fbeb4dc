package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"reflect"
)

// A page is one page of a listing.
// https://learn.microsoft.com/graph/paging
type page[T any] struct {
	Value *[]element[T]   `json:"value"`
	Next  string          `json:"@odata.nextLink"`
	Error json.RawMessage `json:"error"`
}

// An element is one object of a page's. A null in its place is refused.
type element[T any] struct {
	value T
	hash  uint64 // of its JSON
}

var hashSeed = maphash.MakeSeed()

func (o *element[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return fmt.Errorf("%w: the listing has a null in it", ErrIncomplete)
	}
	o.hash = maphash.Bytes(hashSeed, b)
	if value, ok := any(&o.value).(json.Unmarshaler); ok {
		return value.UnmarshalJSON(b) // b is valid, which json.Unmarshal would find out once more
	}
	return json.Unmarshal(b, &o.value)
}

// check refuses an answer that is not a page, or only half of one.
func (p page[T]) check() error {
	switch {
	case p.Value == nil:
		return errNotAPage
	case len(p.Error) > 0 && string(p.Error) != "null":
		return fmt.Errorf("%w: the page has an error beside its objects", ErrIncomplete)
	}
	return nil
}

// Pages yields every object of a listing, page by page. Each pair is an object
// and nil, or the zero T and an error, which is always the last pair: a listing
// that ends without one is complete. An object may come twice, because the
// directory changes meanwhile, and because a listing whose page token expired
// begins again, once; consumers go by id, as [Collect] does.
func Pages[T any](ctx context.Context, c *Conn, req Request) iter.Seq2[T, error] {
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

// Page reads the first page of a listing that a batch asked for: its objects, and
// the path of the next page, "" if there is none.
func Page[T any](op Operation, body []byte) (objects []T, next string, err error) {
	var got page[T]
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, "", &Error{Op: op, Err: wrapAs(errNotAPage, err)}
	}
	if err := got.check(); err != nil {
		return nil, "", &Error{Op: op, Err: err}
	}
	for _, o := range *got.Value {
		objects = append(objects, o.value)
	}
	return objects, got.Next, nil
}

// AllPages is [Pages] for a listing of which a batch brought the first page, in answer
// to req: it yields the objects of body and of all pages after it. That a page is empty
// says nothing about the next.
func AllPages[T any](ctx context.Context, c *Conn, req Request, body []byte) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		objects, next, err := Page[T](req.Op, body)
		for _, object := range objects {
			if !yield(object, nil) {
				return
			}
		}
		var zero T
		if err != nil {
			yield(zero, err)
		}
		if err != nil || next == "" {
			return
		}
		req.Path = next
		for object, err := range Pages[T](ctx, c, req) {
			if !yield(object, err) {
				return
			}
		}
	}
}

var (
	errStopped  = errors.New("the consumer has enough")
	errNotAPage = errors.New("the answer is not a page: it has no \"value\"")
)

// maxIdlePages is how many pages in a row may bring nothing new. Graph answers
// empty pages with a link to the next one, if rarely.
// https://learn.microsoft.com/graph/paging
const maxIdlePages = 100

func eachPage[T any](ctx context.Context, c *Conn, req Request, yield func(T, error) bool) error {
	seen, contents := map[string]bool{}, map[uint64]bool{}
	for idle := 0; ; {
		var got page[T]
		if err := c.Do(ctx, req, &got); err != nil {
			return err
		}
		if err := got.check(); err != nil {
			return &Error{Op: req.Op, Err: err}
		}
		var content uint64 // whatever the order
		for _, o := range *got.Value {
			content += o.hash
			if !yield(o.value, nil) {
				return errStopped
			}
		}
		if got.Next == "" {
			return nil
		}
		if idle++; len(*got.Value) > 0 && !contents[content] {
			idle, contents[content] = 0, true
		}
		if idle > maxIdlePages {
			return &Error{Op: req.Op, Err: fmt.Errorf("the listing does not end: %d pages in a row brought nothing new", idle)}
		}
		if seen[got.Next] {
			return &Error{Op: req.Op, Err: fmt.Errorf(
				"the listing goes in a circle: page %d names an earlier page as the next", len(seen)+1)}
		}
		seen[got.Next] = true
		req.Path = got.Next // verbatim; the headers have to be sent again
	}
}

// Collect returns the objects of a listing, or the listing's error and no objects. One
// that comes twice, as the listing moves, is kept once; two that share an id and
// differ, or an object without an id, can't be told apart and are [ErrIncomplete], with
// the name and permission of op.
func Collect[T any](op Operation, listing iter.Seq2[T, error], id func(T) string) ([]T, error) {
	var all []T
	seen := map[string]T{}
	for object, err := range listing {
		if err != nil {
			return nil, err
		}
		key := id(object)
		before, again := seen[key]
		switch {
		case key == "":
			return nil, op.Missing("one of the list", "id")
		case again && !reflect.DeepEqual(before, object):
			return nil, &Error{Op: op, Err: fmt.Errorf("%w: two of the list have the id %s", ErrIncomplete, key)}
		case !again:
			seen[key] = object
			all = append(all, object)
		}
	}
	return all, nil
}
