package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// A lookup is one call's queries on their way to answers. Queries that ask the
// same are one question.
type lookup struct {
	questions []question
	of        []int32               // the question of each query
	index     map[questionKey]int32 // questions about attributes
	asked     []*attribute          // attributes that are asked about, once each
	fields    []string              // $select
}

// A question is what is asked of the directory: users with a value in an
// attribute, or those that a filter selects.
type question struct {
	attribute *attribute // nil for a filter
	text      string     // the value, or the filter
	users     []match.User
	err       error
}

type questionKey struct {
	attribute *attribute
	value     string // folded
}

// userFields are what is known of every user that is found; the last one tells
// users whom another run created a moment ago, see writeLog.
var userFields = []string{"id", "userPrincipalName", "displayName", "mail", "accountEnabled", "createdDateTime"}

// newLookup refuses attributes that can't be asked about: a mistake in the
// program's set-up, which no row can help.
func newLookup(queries []match.Query) (*lookup, error) {
	l := &lookup{questions: make([]question, 0, len(queries)), of: make([]int32, len(queries)),
		index: make(map[questionKey]int32, len(queries)), fields: slices.Clone(userFields)}
	names := map[string]*attribute{}
	for i, query := range queries {
		q := question{text: query.Filter}
		if query.Filter == "" {
			a, err := l.resolve(names, query.Attribute)
			if err != nil {
				return nil, err
			}
			q = question{attribute: a, text: query.Value}
		}
		l.of[i] = l.add(q)
	}
	return l, nil
}

func (l *lookup) resolve(names map[string]*attribute, name string) (*attribute, error) {
	if a := names[name]; a != nil {
		return a, nil
	}
	a, err := lookUpAttribute(name)
	if err != nil {
		return nil, err
	}
	for _, other := range l.asked {
		if other.name == a.name {
			a = other
		}
	}
	names[name] = a
	if !slices.Contains(l.asked, a) {
		l.asked = append(l.asked, a)
	}
	if !slices.Contains(l.fields, a.property()) {
		l.fields = append(l.fields, a.property())
	}
	return a, nil
}

// add returns the place of the question, new or not.
func (l *lookup) add(q question) int32 {
	key := questionKey{q.attribute, q.text}
	if q.attribute != nil {
		key.value = q.attribute.fold(q.text)
	}
	if i, ok := l.index[key]; ok {
		return i
	}
	if q.text == "" {
		q.err = errors.New("nothing to look up: the value is empty")
	}
	i := int32(len(l.questions))
	l.index[key] = i
	l.questions = append(l.questions, q)
	return i
}

// open returns the questions that can be asked, in order.
func (l *lookup) open() []int32 {
	open := make([]int32, 0, len(l.questions))
	for i := range l.questions {
		if l.questions[i].err == nil {
			open = append(open, int32(i))
		}
	}
	return open
}

// forget drops what was found for questions that are asked otherwise.
func (l *lookup) forget(places []int32) {
	for _, i := range places {
		l.questions[i].users = nil
	}
}

// found notes that a user answers a question.
func (l *lookup) found(i int32, user match.User) {
	l.questions[i].users = append(l.questions[i].users, user)
}

// unique drops users that came twice, as they may on the pages of a listing.
func unique(users []match.User) []match.User {
	if len(users) < 2 {
		return users
	}
	seen := make(map[string]bool, len(users))
	return slices.DeleteFunc(users, func(user match.User) bool {
		again := seen[user.ID]
		seen[user.ID] = true
		return again
	})
}

// answers hands out what was found. Queries that asked the same share it.
func (l *lookup) answers() []match.Answer {
	for i := range l.questions {
		l.questions[i].users = unique(l.questions[i].users)
	}
	answers := make([]match.Answer, len(l.of))
	for i, place := range l.of {
		q := &l.questions[place]
		if answers[i].Err = q.err; q.err == nil {
			answers[i].Users = slices.Clip(q.users)
		}
	}
	return answers
}

// A person is a user as it was sent, with all properties that were selected.
type person struct {
	match.User
	CreatedDateTime time.Time `json:"createdDateTime"`
	raw             json.RawMessage
}

// readPerson reads a user. One who was created a moment ago, by whichever run,
// is remembered: where others can't see them yet, they are waited for.
func (c *Client) readPerson(raw json.RawMessage) (person, error) {
	p := person{raw: raw}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, fmt.Errorf("the answer holds a user that can't be read: %w", err)
	}
	if p.ID == "" {
		return p, errors.New("the answer holds a user without an id")
	}
	if graph.Young(p.CreatedDateTime) {
		c.conn.MarkWritten(p.ID)
	}
	return p, nil
}

// attribute gives each user to the question that it answers. It reports false,
// and gives nobody to anything, if the answer to one of the questions can't be
// told from the others': the directory takes as equal what looks different here.
func (l *lookup) attribute(g group, people []person) bool {
	a := l.questions[g.questions[0]].attribute
	places := make([]int32, len(people))
	for i, p := range people {
		hits := l.hits(a, p)
		if len(hits) != 1 || !slices.Contains(g.questions, hits[0]) {
			return false
		}
		places[i] = hits[0]
	}
	for i, place := range places {
		l.found(place, people[i].User)
	}
	return true
}

// hits returns the questions about an attribute that a user answers.
func (l *lookup) hits(a *attribute, p person) []int32 {
	var hits []int32
	for _, value := range a.of(p.User, p.raw) {
		if i, ok := l.index[questionKey{a, value}]; ok && !slices.Contains(hits, i) {
			hits = append(hits, i)
		}
	}
	return hits
}

// takeAll gives all users to the group's one question, which was asked alone.
func (l *lookup) takeAll(g group, people []person) {
	place := g.questions[0]
	a := l.questions[place].attribute
	for _, p := range people {
		if a == nil || !a.exact || slices.Contains(l.hits(a, p), place) {
			l.found(place, p.User)
		}
	}
}

func (l *lookup) fail(g group, err error) {
	for _, place := range g.questions {
		l.questions[place].err = err
	}
}

const (
	inValues    = 15    // https://learn.microsoft.com/graph/filter-query-parameter
	valueLength = 120   // of a value in a query that is not advanced
	filterBytes = 1_500 // encoded; a URL may have 2,048
	pageSize    = "999" // https://learn.microsoft.com/graph/api/user-list
)

// A group is a set of questions that one request asks.
type group struct {
	questions []int32
	advanced  bool // as an advanced query
	alone     bool // whoever is returned answers the one question
}

// groups puts questions about one attribute together, as many as a filter takes.
func (l *lookup) groups(open []int32) []group {
	var groups []group
	last := map[*attribute]int{} // the group that is being filled
	size := map[*attribute]int{}
	for _, i := range open {
		q := &l.questions[i]
		length := len(graph.Escape(match.Literal(q.text))) + len("%2C")
		if !q.groupable() {
			groups = append(groups, group{questions: []int32{i}, advanced: q.advanced()})
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
	for i := range groups {
		groups[i].alone = len(groups[i].questions) == 1
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
func (l *lookup) request(collection string, g group) graph.Request {
	query := url.Values{"$filter": {l.filter(g)}, "$select": {strings.Join(l.selected(g), ",")}, "$top": {pageSize}}
	if g.advanced {
		query.Set("$count", "true")
	}
	return graph.Request{Op: OpFindUsers, Path: collection + "?" + graph.EncodeQuery(query), Header: g.header()}
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

// split makes each question a group of its own.
func (g group) split(l *lookup) []group {
	groups := make([]group, len(g.questions))
	for i, place := range g.questions {
		groups[i] = group{questions: g.questions[i : i+1], advanced: g.advanced || l.questions[place].advanced(), alone: true}
	}
	return groups
}
