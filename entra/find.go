package entra

import (
	"bytes"
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

const (
	users        = "/users"
	deletedUsers = "/directory/deletedItems/microsoft.graph.user"
)

// FindUsers implements [match.Directory]. It looks users up in the way that is
// fastest for so many queries, see [Client.PlanLookup], and plans again once the first
// batches were answered and what they take is known; the answers are the same
// in every way. Elements of collections, such as proxyAddresses, are asked for 15 in a
// filter joined by "or", and one at a time once the service refused that: no page says
// that it takes them. It ends with a [match.ErrDirectory] that wraps an [*AttributeError] if
// users can't be found by one of the attributes, [graph.ErrUnauthenticated] or
// [graph.ErrForbidden] if the service refuses, or ctx's cause; what concerns one
// query is in its answer. That nobody was found by an attribute of which no user has
// a value, in a directory of ten users or more, is a [graph.ErrIncomplete]: the token
// may not be allowed to read it. Who is not found in a listing is asked for if it has
// fewer users than the directory counts, or one without the attribute, not even null.
// Queries that ask the same share their Users, which must not be changed.
// Permission: User.Read.All. https://learn.microsoft.com/graph/api/user-list
func (c *Client) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return c.findUsers(ctx, queries, false)
}

// Prepare implements [match.Preparer]: if the first lookup of a run lists the directory,
// the listing answers the later ones, too.
func (c *Client) Prepare(all iter.Seq[match.Query]) match.Directory {
	return &prepared{client: c, all: all}
}

// A prepared directory is asked in one run.
type prepared struct {
	client *Client
	all    iter.Seq[match.Query]
	listed *lookup // the one that listed the directory; nil if none did
}

func (p *prepared) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		l, err := p.listed, error(nil)
		if l == nil {
			l, err = p.client.newLookup(users, queries, yield)
			l.later = p.all
		} else {
			l.yield, l.stopped = yield, false
			for _, q := range l.questions {
				q.queries = nil // nobody waits for them: the caller had enough
			}
			err = l.add(queries)
		}
		if err == nil {
			err = l.findUsers(ctx)
		}
		if err == nil && l.given {
			p.listed = l
		}
		l.finish(err)
	}
}

// findUsers is FindUsers. A trusting one does not ask whether anybody has what
// nobody was found by.
func (c *Client) findUsers(
	ctx context.Context, queries []match.Query, trusting bool) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		l, err := c.newLookup(users, queries, yield)
		l.trusting = trusting
		if err == nil {
			err = l.findUsers(ctx)
		}
		l.finish(err)
	}
}

// FindDeletedUsers implements [match.RecycleBin]: it is FindUsers for users that
// were deleted in the last 30 days. What one batch of filters asks for is asked; the
// recycle bin is read and searched here if there is more to ask, if the service
// refuses such a filter (no page lists the attributes), and for user principal names:
// they are compared as they were before the deletion, which put the user's id in
// front, and returned as stored.
// Permission: User.Read.All. https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		l, err := c.newLookup(deletedUsers, queries, yield)
		if err == nil {
			err = l.findDeletedUsers(ctx)
		}
		l.finish(err)
	}
}

func (l *lookup) findUsers(ctx context.Context) error {
	err := l.askDirectory(ctx)
	err = cmp.Or(err, l.confused)
	if err == nil && !l.stopped {
		l.settle(l.questions)
		l.settleDoubtful(ctx)
	}
	return err
}

func (l *lookup) askDirectory(ctx context.Context) error {
	open := l.open()
	if l.given {
		return l.askUnanswered(ctx, open)
	}
	plan, err := l.client.plan(ctx, l, open)
	if err != nil {
		return err
	}
	if plan.Strategy == Batches && len(plan.Others) > 0 {
		// What a batch takes is only known now, and may make the rest quicker to list.
		wave := l.client.groupsOf(open)
		wave = wave[:min(len(wave), l.client.conn.InFlight()*graph.BatchSize)]
		if err := l.ask(ctx, wave); err != nil || l.stopped {
			return err
		}
		open = unasked(open, wave)
		if plan, err = l.client.plan(ctx, l, open); err != nil {
			return err
		}
	}
	switch plan.Strategy {
	case PerRow:
		l.oneByOne = true
		return l.ask(ctx, group{questions: open}.split())
	case Listing:
		l.addLater()
		if err := l.readAll(ctx); err != nil {
			return err
		}
		return l.askUnanswered(ctx, open)
	}
	return l.ask(ctx, l.client.groupsOf(open))
}

// addLater makes questions of the queries that may come later. What is wrong with one
// is found out when it comes.
func (l *lookup) addLater() {
	if l.later == nil {
		return
	}
	for query := range l.later {
		_, _ = l.questionOf(query)
	}
}

// askUnanswered asks what the listing has not answered.
func (l *lookup) askUnanswered(ctx context.Context, open []*question) error {
	open = l.unanswered(open)
	for _, q := range open {
		q.users = nil // the directory's answer counts
	}
	return l.ask(ctx, l.client.groupsOf(open))
}

// unasked returns the questions that are in none of the groups.
func unasked(questions []*question, groups []group) []*question {
	asked := make(map[*question]bool)
	for _, g := range groups {
		for _, q := range g.questions {
			asked[q] = true
		}
	}
	return slices.DeleteFunc(questions, func(q *question) bool { return asked[q] })
}

func (l *lookup) findDeletedUsers(ctx context.Context) error {
	var filters, values []*question
	for _, q := range l.open() {
		if q.attribute == nil {
			filters = append(filters, q)
		} else {
			values = append(values, q)
			l.unfiltered = l.unfiltered || q.attribute.name == "userPrincipalName"
		}
	}
	groups := l.client.groupsOf(values)
	l.unfiltered = l.unfiltered || len(groups) > graph.BatchSize
	if !l.unfiltered {
		filters = append(filters, values...)
	}
	err := l.ask(ctx, l.client.groupsOf(filters))
	if err != nil || l.stopped || !l.unfiltered {
		return err
	}
	return l.readAll(ctx)
}

// ask makes the groups' requests and settles their questions. What could not be
// answered in a group is asked again alone.
func (l *lookup) ask(ctx context.Context, groups []group) error {
	for len(groups) > 0 && !l.stopped {
		reqs := graph.Requests{Len: len(groups), At: func(i int) graph.Request { return l.request(groups[i]) }}
		send := l.client.conn.Batch
		if l.oneByOne || reqs.Len == 1 && len(reqs.At(0).Path) < 2000 {
			send = l.client.conn.OneByOne
		}
		var again []group
		var fatal error // concerns every question
		err := send(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
			var people []person
			if err == nil {
				people, err = l.readAnswer(ctx, groups[i], body)
			}
			switch {
			case errors.Is(err, graph.ErrUnauthenticated), errors.Is(err, graph.ErrForbidden):
				fatal = err
			case err != nil && ctx.Err() != nil:
				fatal = context.Cause(ctx)
			default:
				again = append(again, l.take(groups[i], people, err)...)
			}
			return fatal == nil && !l.stopped
		})
		if fatal != nil {
			return fatal
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		groups = again
	}
	return nil
}

// take settles the questions of a group by its answer, or returns the groups in
// which they have to be asked again.
func (l *lookup) take(g group, people []person, err error) (again []group) {
	switch {
	case err == nil && l.distribute(g, people):
	case isBadRequest(err) && l.collection == deletedUsers && g.questions[0].attribute != nil:
		l.unfiltered = true
		return nil
	case isBadRequest(err) && len(g.questions) > 1 && g.questions[0].attribute.many:
		l.client.apart.Store(true)
		return g.split()
	case errors.Is(err, graph.ErrUnsupportedQuery) && !g.advanced:
		g.advanced = true
		return []group{g}
	case len(g.questions) > 1 && (err == nil || isBadRequest(err)):
		return g.split()
	default:
		for _, q := range g.questions {
			q.err = err
		}
	}
	l.settle(g.questions)
	return nil
}

func isBadRequest(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest
}

// readAnswer reads the users of an answer, and of the pages that follow it.
func (l *lookup) readAnswer(ctx context.Context, g group, body json.RawMessage) ([]person, error) {
	page, next, err := graph.Page[json.RawMessage](OpFindUsers, body)
	if err != nil {
		return nil, err
	}
	people := make([]person, len(page))
	for i, raw := range page {
		if people[i], err = l.client.readPerson(raw); err != nil {
			return nil, err
		}
		l.note(people[i])
	}
	if next == "" {
		return people, nil
	}
	for p, err := range l.people(ctx, graph.Request{Op: OpFindUsers, Path: next, Header: g.header()}) {
		if err != nil {
			return nil, err
		}
		people = append(people, p)
	}
	return people, nil
}

// readAll reads the whole collection and gives each user to the questions that
// it answers.
func (l *lookup) readAll(ctx context.Context) error {
	query := url.Values{"$select": {strings.Join(l.properties, ",")}, "$top": {pageSize}}
	req := graph.Request{Op: OpFindUsers, Path: l.collection + "?" + graph.EncodeQuery(query)}
	n := 0
	for p, err := range l.people(ctx, req) {
		if err != nil {
			return err
		}
		n++
		l.note(p)
		for _, a := range l.attributes {
			has := len(a.values(p.User, p.raw)) > 0
			l.came[a] = l.came[a] || has
			l.partial[a] = l.partial[a] || !has && !bytes.Contains(p.raw, []byte(`"`+a.property()+`"`))
			for _, q := range l.answeredBy(p, a) {
				l.give(p, q)
			}
		}
	}
	for _, a := range l.attributes {
		l.listed[a] = n
	}
	l.given = true
	counted := l.client.users.known.Load()
	l.short = counted != nil && n < *counted
	return nil
}

// unanswered returns the questions that a listing has not answered: what the
// directory takes as equal is only certain here for ASCII, an attribute with which no
// user came may have been withheld, and who is not found may be on a page that got lost,
// or have a value that was left out.
func (l *lookup) unanswered(open []*question) []*question {
	return slices.DeleteFunc(open, func(q *question) bool {
		lost := len(q.users) == 0 && (l.short || l.partial[q.attribute])
		return q.attribute != nil && isASCII(q.text) && l.came[q.attribute] && !q.late && !lost
	})
}

// people reads a listing of users.
func (l *lookup) people(ctx context.Context, req graph.Request) iter.Seq2[person, error] {
	return func(yield func(person, error) bool) {
		for raw, err := range graph.Pages[json.RawMessage](ctx, l.client.conn, req) {
			var p person
			if err == nil {
				p, err = l.client.readPerson(raw)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// finish settles the questions that are left, or yields what kept the directory
// from being asked.
func (l *lookup) finish(err error) {
	err = cmp.Or(err, l.confused)
	switch {
	case l.stopped:
	case err != nil:
		l.yield(0, match.Answer{Err: fmt.Errorf("%w: %w", match.ErrDirectory, err)})
	default:
		l.settle(l.questions)
	}
}
