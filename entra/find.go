package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

const users = "/users"

// FindUsers implements [match.Directory]. It looks users up in the way that is
// cheapest for so many queries, see [Client.PlanLookup]; the answers are the
// same. It ends with a [match.ErrDirectory] that wraps an [*AttributeError] if
// users can't be found by one of the attributes, [graph.ErrUnauthenticated] or
// [graph.ErrForbidden] if the service refuses, or ctx's error; what concerns one query
// is in its answer. Queries that ask the same share their Users, which must not
// be changed.
// Permission: User.Read.All. https://learn.microsoft.com/graph/api/user-list
func (c *Client) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return stream(ctx, queries, func(l *lookup) error {
		open := l.open()
		plan, err := c.plan(ctx, l, open)
		if err != nil {
			return err
		}
		return c.carryOut(ctx, l, open, plan.Strategy)
	})
}

// stream yields answers as find settles the questions of the queries.
func stream(ctx context.Context, queries []match.Query, find func(*lookup) error) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		l, err := newLookup(queries)
		if err == nil {
			l.yield = yield
			err = cmp.Or(find(l), context.Cause(ctx))
		}
		switch {
		case err == nil:
			l.settleAll()
		case l == nil || !l.stopped:
			yield(0, match.Answer{Err: fmt.Errorf("%w: %w", match.ErrDirectory, err)})
		}
	}
}

// carryOut answers the open questions.
func (c *Client) carryOut(ctx context.Context, l *lookup, open []int32, s Strategy) error {
	switch s {
	case PerRow:
		return c.askAll(ctx, l, users, group{questions: open}.split(l), c.conn.OneByOne)
	case Listing:
		if err := c.sweep(ctx, l, users, asStored); err != nil {
			return err
		}
		open = l.unlisted(open)
		l.forget(open)
	}
	return c.askAll(ctx, l, users, l.groups(open), c.conn.Batch)
}

// An asker makes requests and reports each: Conn.Batch or Conn.OneByOne.
type asker func(ctx context.Context, reqs graph.Requests, each func(i int, body json.RawMessage, err error) bool) error

// askAll asks groups, and again alone what could not be answered in a group.
func (c *Client) askAll(ctx context.Context, l *lookup, collection string, groups []group, ask asker) error {
	for len(groups) > 0 && !l.stopped {
		var err error
		if groups, err = c.askOnce(ctx, l, collection, groups, ask); err != nil {
			return err
		}
	}
	return nil
}

// askOnce asks groups and returns those that have to be asked otherwise.
func (c *Client) askOnce(ctx context.Context, l *lookup, collection string, groups []group, ask asker) (again []group, err error) {
	reqs := graph.Requests{Len: len(groups), At: func(i int) graph.Request { return l.request(collection, groups[i]) }}
	var refused error
	if reqs.Len == 1 && len(reqs.At(0).Path) < 2000 {
		ask = c.conn.OneByOne
	}
	err = ask(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		if errors.Is(err, graph.ErrUnauthenticated) || errors.Is(err, graph.ErrForbidden) {
			refused = err
			return false
		}
		if ctx.Err() != nil {
			return false
		}
		again = append(again, c.take(ctx, l, groups[i], body, err)...)
		return !l.stopped
	})
	if refused != nil {
		return nil, refused
	}
	return again, err
}

// take reads the answer to a group and returns what has to be asked otherwise.
func (c *Client) take(ctx context.Context, l *lookup, g group, body json.RawMessage, err error) []group {
	var people []person
	if err == nil {
		people, err = c.people(ctx, g, body)
	}
	switch {
	case err == nil && g.alone:
		l.takeAll(g, people)
	case err == nil && l.attribute(g, people):
	case !g.advanced && errors.Is(err, graph.ErrUnsupportedQuery):
		g.advanced = true
		return []group{g}
	case !g.alone && (err == nil || badRequest(err)):
		return g.split(l)
	default:
		l.fail(g, err)
	}
	l.settle(g.questions)
	return nil
}

func badRequest(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest
}

// people reads the users of an answer, and of the pages that follow it.
func (c *Client) people(ctx context.Context, g group, body json.RawMessage) ([]person, error) {
	page, next, err := graph.Page[json.RawMessage](OpFindUsers, body)
	if err != nil {
		return nil, err
	}
	people, err := c.readPeople(nil, page)
	if next == "" || err != nil {
		return people, err
	}
	req := graph.Request{Op: OpFindUsers, Path: next, Header: g.header()}
	for raw, err := range graph.Pages[json.RawMessage](ctx, c.conn, req) {
		if err == nil {
			people, err = c.readPeople(people, []json.RawMessage{raw})
		}
		if err != nil {
			return nil, err
		}
	}
	return people, nil
}

func (c *Client) readPeople(people []person, raws []json.RawMessage) ([]person, error) {
	people = slices.Grow(people, len(raws))
	for _, raw := range raws {
		p, err := c.readPerson(raw)
		if err != nil {
			return nil, &graph.Error{Op: OpFindUsers, Err: err}
		}
		people = append(people, p)
	}
	return people, nil
}

const deletedUsers = "/directory/deletedItems/microsoft.graph.user"

// FindDeletedUsers implements [match.RecycleBin]: it is FindUsers for users that
// were deleted in the last 30 days. The recycle bin is small and can't be
// filtered by every attribute, so that it is read once and searched here;
// filters are the service's. User principal names are compared as they were
// before the deletion, which put the user's id in front, and returned as stored.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return stream(ctx, queries, func(l *lookup) error {
		var filters []int32
		for _, i := range l.open() {
			if l.questions[i].attribute == nil {
				filters = append(filters, i)
			}
		}
		err := c.askAll(ctx, l, deletedUsers, l.groups(filters), c.conn.Batch)
		if err == nil && len(l.asked) > 0 && !l.stopped {
			err = c.sweep(ctx, l, deletedUsers, restored)
		}
		return err
	})
}

// restored returns the user with the principal name from before the deletion.
// That the id is put before it, without dashes, is believed, not verified.
func restored(user match.User) match.User {
	prefix := strings.ReplaceAll(user.ID, "-", "")
	if n := len(prefix); n < len(user.UserPrincipalName) && strings.EqualFold(user.UserPrincipalName[:n], prefix) {
		user.UserPrincipalName = user.UserPrincipalName[n:]
	}
	return user
}

// sweep reads a whole collection of users, page by page, and keeps those who
// answer a question. It compares them as seen through view.
func (c *Client) sweep(ctx context.Context, l *lookup, collection string, view func(match.User) match.User) error {
	query := url.Values{"$select": {strings.Join(l.fields, ",")}, "$top": {pageSize}}
	req := graph.Request{Op: OpFindUsers, Path: collection + "?" + graph.EncodeQuery(query)}
	for raw, err := range graph.Pages[json.RawMessage](ctx, c.conn, req) {
		if err != nil {
			return err
		}
		p, err := c.readPerson(raw)
		if err != nil {
			return &graph.Error{Op: OpFindUsers, Err: err}
		}
		seen := person{User: view(p.User), raw: raw}
		for _, a := range l.asked {
			for _, place := range l.hits(a, seen) {
				l.found(place, p)
			}
		}
	}
	return nil
}

func asStored(user match.User) match.User { return user }
