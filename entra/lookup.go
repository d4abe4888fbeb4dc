package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	index     map[questionKey]int32 // questions about attributes
	asked     []*attribute          // attributes that are asked about, once each
	selected  map[string]*attribute // further attributes to return, by the name that was asked for
	fields    []string              // $select

	yield   func(int, match.Answer) bool // takes the answer to a query
	stopped bool                         // yield wants no more
}

// A question is what is asked of the directory: users with a value in an
// attribute, or those that a filter selects.
type question struct {
	attribute *attribute // nil for a filter
	text      string     // the value, or the filter
	queries   []int      // that ask it and are not answered yet
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
	l := &lookup{questions: make([]question, 0, len(queries)),
		index: make(map[questionKey]int32, len(queries)), fields: slices.Clone(userFields), selected: map[string]*attribute{}}
	names := map[string]*attribute{}
	for i, query := range queries {
		if err := l.selectMore(query.Select); err != nil {
			return nil, err
		}
		q := question{text: query.Filter}
		if query.Filter == "" {
			a, err := l.resolve(names, query.Attribute)
			if err != nil {
				return nil, err
			}
			q = question{attribute: a, text: query.Value}
		}
		place := l.add(q)
		l.questions[place].queries = append(l.questions[place].queries, i)
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
	l.fields = withProperty(l.fields, a)
	return a, nil
}

// selectMore has attributes returned, whose names are separated by commas.
func (l *lookup) selectMore(names string) error {
	for name := range strings.FieldsFuncSeq(names, func(r rune) bool { return r == ',' }) {
		if l.selected[name] != nil {
			continue
		}
		a, err := lookUpAttribute(name)
		if err != nil {
			return err
		}
		l.selected[name] = a
		l.fields = withProperty(l.fields, a)
	}
	return nil
}

func withProperty(fields []string, a *attribute) []string {
	if slices.Contains(fields, a.property()) {
		return fields
	}
	return append(fields, a.property())
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
func (l *lookup) found(i int32, p person) {
	user := p.User
	for name, a := range l.selected {
		if text := strings.Join(a.values(p.User, p.raw), ", "); text != "" {
			if user.Attributes == nil {
				user.Attributes = make(map[string]string, len(l.selected))
			}
			user.Attributes[name] = text
		}
	}
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

// settle yields the answers to questions, once, to every query that asked them.
func (l *lookup) settle(places []int32) {
	for _, place := range places {
		q := &l.questions[place]
		answer := match.Answer{Err: q.err}
		if q.err == nil {
			answer.Users = slices.Clip(unique(q.users))
		}
		for _, i := range q.queries {
			if l.stopped = l.stopped || !l.yield(i, answer); l.stopped {
				return
			}
		}
		q.queries = nil
	}
}

// settleAll settles the questions that are left.
func (l *lookup) settleAll() {
	for place := range l.questions {
		l.settle([]int32{int32(place)})
	}
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
	if graph.RecentlyCreated(p.CreatedDateTime) {
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
		l.found(place, people[i])
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
			l.found(place, p)
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
	query := url.Values{"$filter": {l.filter(g)}, "$select": {strings.Join(l.properties(g), ",")}, "$top": {pageSize}}
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

// properties returns what has to be selected for a group's users.
func (l *lookup) properties(g group) []string {
	fields := slices.Clone(userFields)
	if a := l.questions[g.questions[0]].attribute; a != nil {
		fields = withProperty(fields, a)
	}
	for _, name := range slices.Sorted(maps.Keys(l.selected)) {
		fields = withProperty(fields, l.selected[name])
	}
	return fields
}

// split makes each question a group of its own.
func (g group) split(l *lookup) []group {
	groups := make([]group, len(g.questions))
	for i, place := range g.questions {
		groups[i] = group{questions: g.questions[i : i+1], advanced: g.advanced || l.questions[place].advanced(), alone: true}
	}
	return groups
}
