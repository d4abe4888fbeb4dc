package entra

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/match"
)

const (
	opFindUsers = "find users"

	inValues    = 15    // https://learn.microsoft.com/graph/filter-query-parameter
	valueLength = 120   // of a value in a query that is not advanced
	filterBytes = 1_500 // encoded; a URL may have 2,048
	pageSize    = "999" // https://learn.microsoft.com/graph/api/user-list
)

// FindUsers implements [match.Directory]. It looks users up in the way that is
// cheapest for so many queries, see [Client.PlanLookup]; the answers are the
// same. It fails with an [*AttributeError] if users can't be found by one of the
// attributes, with [ErrUnauthenticated] or [ErrForbidden] if the service refuses,
// and with ctx's error; what concerns one query is in its answer. Queries that
// ask the same share their Users, which must not be changed.
// Permission: User.Read.All. https://learn.microsoft.com/graph/api/user-list
func (c *Client) FindUsers(ctx context.Context, queries []match.Query) ([]match.Answer, error) {
	l, err := newLookup(queries)
	if err != nil {
		return nil, err
	}
	open := l.open()
	plan, err := c.plan(ctx, l, open)
	if err != nil {
		return nil, err
	}
	if err := c.carryOut(ctx, l, open, plan.Strategy); err != nil {
		return nil, err
	}
	return l.answers(), context.Cause(ctx)
}

// carryOut answers the open questions.
func (c *Client) carryOut(ctx context.Context, l *lookup, open []int32, s Strategy) error {
	switch s {
	case PerRow:
		return c.askAll(ctx, l, users, group{questions: open}.split(l), c.oneByOne)
	case Listing:
		if err := c.sweep(ctx, l, users, asStored); err != nil {
			return err
		}
		open = l.unlisted(open)
		l.forget(open)
	}
	return c.askAll(ctx, l, users, c.groups(l, open), c.batchAll)
}

const users = "/users"

// An asker makes requests and reports each: batchAll or oneByOne.
type asker func(ctx context.Context, reqs requests, each func(i int, body json.RawMessage, err error) bool) error

// A group is a set of questions that one request asks.
type group struct {
	questions []int32
	advanced  bool // as an advanced query
	alone     bool // whoever is returned answers the one question
}

// groups puts questions about one attribute together, as many as a filter takes.
func (c *Client) groups(l *lookup, open []int32) []group {
	var groups []group
	last := map[*attribute]int{} // the group that is being filled
	size := map[*attribute]int{}
	for _, i := range open {
		q := &l.questions[i]
		length := len(escaped(quoted(q.text))) + len("%2C")
		if !q.groupable() {
			groups = append(groups, group{questions: []int32{i}, advanced: q.advanced(), alone: true})
			continue
		}
		at, filling := last[q.attribute]
		if !filling || len(groups[at].questions) == inValues || size[q.attribute]+length > filterBytes {
			at = len(groups)
			groups = append(groups, group{advanced: q.attribute.advanced})
			last[q.attribute], size[q.attribute] = at, 0
		}
		groups[at].questions = append(groups[at].questions, i)
		size[q.attribute] += length
	}
	return groups
}

// groupable reports whether the question can share a request with others.
func (q *question) groupable() bool {
	return q.attribute != nil && !q.attribute.many && utf8.RuneCountInString(q.text) <= valueLength
}

// advanced reports whether a default query can't ask the question.
func (q *question) advanced() bool {
	return q.attribute != nil && (q.attribute.advanced || utf8.RuneCountInString(q.text) > valueLength)
}

// request returns what asks for a group's users.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (l *lookup) request(collection string, g group) request {
	query := url.Values{"$filter": {l.filter(g)}, "$select": {strings.Join(l.selected(g), ",")}, "$top": {pageSize}}
	if g.advanced {
		query.Set("$count", "true")
	}
	return request{op: opFindUsers, path: collection + "?" + encodeQuery(query), header: g.header()}
}

func (g group) header() map[string]string {
	if !g.advanced {
		return nil
	}
	return map[string]string{"ConsistencyLevel": "eventual"}
}

func (l *lookup) filter(g group) string {
	first := l.questions[g.questions[0]]
	if first.attribute == nil {
		return first.text
	}
	values := make([]string, len(g.questions))
	for i, place := range g.questions {
		values[i] = l.questions[place].text
	}
	return first.attribute.filter(values)
}

func (l *lookup) selected(g group) []string {
	a := l.questions[g.questions[0]].attribute
	if a == nil || slices.Contains(userFields, a.property()) {
		return userFields
	}
	return append(slices.Clone(userFields), a.property())
}

// askAll asks groups, and again alone what could not be answered in a group.
func (c *Client) askAll(ctx context.Context, l *lookup, collection string, groups []group, ask asker) error {
	for len(groups) > 0 {
		var err error
		if groups, err = c.askOnce(ctx, l, collection, groups, ask); err != nil {
			return err
		}
	}
	return nil
}

// askOnce asks groups and returns those that have to be asked otherwise.
func (c *Client) askOnce(ctx context.Context, l *lookup, collection string, groups []group, ask asker) (again []group, err error) {
	reqs := requests{len(groups), func(i int) request { return l.request(collection, groups[i]) }}
	var refused error
	if reqs.n == 1 && len(reqs.at(0).path) < 2000 {
		ask = c.oneByOne
	}
	err = ask(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		if errors.Is(err, ErrUnauthenticated) || errors.Is(err, ErrForbidden) {
			refused = err
			return false
		}
		again = append(again, c.take(ctx, l, groups[i], body, err)...)
		return true
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
	case !g.advanced && errors.Is(err, ErrUnsupportedQuery):
		g.advanced = true
		return []group{g}
	case !g.alone && (err == nil || badRequest(err)):
		return g.split(l)
	default:
		l.fail(g, err)
	}
	return nil
}

// split makes each question a group of its own.
func (g group) split(l *lookup) []group {
	groups := make([]group, len(g.questions))
	for i, place := range g.questions {
		groups[i] = group{questions: g.questions[i : i+1], advanced: g.advanced || l.questions[place].advanced(), alone: true}
	}
	return groups
}

func badRequest(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest
}

// people reads the users of an answer, and of the pages that follow it.
func (c *Client) people(ctx context.Context, g group, body json.RawMessage) ([]person, error) {
	var first page[json.RawMessage]
	if err := json.Unmarshal(body, &first); err != nil || first.Value == nil {
		return nil, &Error{Op: opFindUsers, Err: because(errNotAPage, err)}
	}
	people, err := c.readPeople(nil, *first.Value)
	if first.Next == "" || err != nil {
		return people, err
	}
	req := request{op: opFindUsers, path: first.Next, header: g.header()}
	for raw, err := range pages[json.RawMessage](ctx, c, req) {
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
			return nil, &Error{Op: opFindUsers, Err: err}
		}
		people = append(people, p)
	}
	return people, nil
}
