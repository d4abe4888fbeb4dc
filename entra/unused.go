package entra

import (
	"context"
	"fmt"
	"net/url"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// fewUsers are too few for it to be a sign of anything that none has an attribute.
const fewUsers = 10

// doubts reports whether it is open if the directory shows an attribute at all.
// Where nobody has one, or the token may not read it, "nobody found" is no answer.
// Every user has an id and a userPrincipalName, so filters by these are believed.
func (l *lookup) doubts(a *attribute) bool {
	if l.trusting || a == nil || l.collection == deletedUsers {
		return false
	}
	if _, shown := l.client.trusted.Load(a.name); shown {
		return false
	}
	_, read := l.listed[a]
	return read || a.name != "id" && a.name != "userPrincipalName"
}

// note remembers which attributes the directory shows.
func (l *lookup) note(p person) {
	if l.collection == deletedUsers {
		return
	}
	for _, a := range l.attributes {
		if _, shown := l.client.trusted.Load(a.name); !shown && len(a.values(p.User, p.raw)) > 0 {
			l.client.trusted.Store(a.name, true)
		}
	}
}

// settleDoubtful settles the questions that found nobody by an attribute of which
// no user that came had a value.
func (l *lookup) settleDoubtful(ctx context.Context) {
	for _, a := range l.attributes {
		var open []*question
		for _, q := range l.questions {
			if q.attribute == a && len(q.queries) > 0 {
				open = append(open, q)
			}
		}
		if len(open) == 0 || l.stopped {
			continue
		}
		err := l.unused(ctx, a)
		if err == nil {
			l.client.trusted.Store(a.name, true)
		}
		for _, q := range open {
			q.err = err
		}
	}
	l.settle(l.questions)
}

// unused returns an error if no user has a value of the attribute. It looks at all
// users if they were listed, and asks for those with a value otherwise.
func (l *lookup) unused(ctx context.Context, a *attribute) error {
	if _, read := l.listed[a]; !read {
		shown, err := l.isShown(ctx, a)
		if err != nil || shown {
			return err
		}
	}
	n, err := l.countUsers(ctx, a)
	if err != nil || n < fewUsers {
		return err
	}
	return fmt.Errorf("%w; if nobody has it, look users up by another attribute",
		OpFindUsers.Missing("every user of the directory", a.name))
}

// countUsers returns how many users there are without a value of the attribute. It
// reads them where the service doesn't count.
func (l *lookup) countUsers(ctx context.Context, a *attribute) (int, error) {
	if _, read := l.listed[a]; !read {
		if n, err := l.client.countUsers(ctx); err != nil || n > 0 {
			return n, err
		}
		if shown, err := l.isListed(ctx, a); err != nil || shown {
			return 0, err
		}
	}
	return l.listed[a], nil
}

// isShown reports whether a user comes with a value of the attribute. Where the
// service can't filter for such users, it reads all until there is one.
// https://learn.microsoft.com/graph/aad-advanced-queries#user-properties
func (l *lookup) isShown(ctx context.Context, a *attribute) (bool, error) {
	query := url.Values{"$select": {"id," + a.property()}, "$filter": {a.name + " ne null"},
		"$count": {"true"}, "$top": {"1"}}
	if a.many {
		query.Set("$filter", a.name+"/$count ne 0")
	}
	req := graph.Request{Op: OpFindUsers, Path: users + "?" + graph.EncodeQuery(query),
		Header: map[string]string{"ConsistencyLevel": "eventual"}}
	for p, err := range l.people(ctx, req) {
		if isBadRequest(err) {
			return l.isListed(ctx, a)
		}
		return err == nil && len(a.values(p.User, p.raw)) > 0, err
	}
	return false, nil
}

// isListed reads users until one has a value of the attribute.
func (l *lookup) isListed(ctx context.Context, a *attribute) (bool, error) {
	query := url.Values{"$select": {"id," + a.property()}, "$top": {pageSize}}
	req := graph.Request{Op: OpFindUsers, Path: users + "?" + graph.EncodeQuery(query)}
	n := 0
	for p, err := range l.people(ctx, req) {
		if err != nil || len(a.values(p.User, p.raw)) > 0 {
			return err == nil, err
		}
		n++
	}
	l.listed[a] = n
	return false, nil
}
