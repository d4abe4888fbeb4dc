package entra

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// A lookup is one call's queries on their way to answers. Queries that ask the
// same are one question.
type lookup struct {
	client     *Client
	collection string
	oneByOne   bool               // each request goes by itself, not in a batch
	trusting   bool               // that nobody is found is believed at once
	listed     map[*attribute]int // how many users there are, if all were read with the attribute
	given      bool               // each of them was given to the questions that there were
	short      bool               // there were fewer users than had been counted
	// later are queries that may come once these are answered; a listing answers them, too.
	later      iter.Seq[match.Query]
	unfiltered bool // the recycle bin has to be read to answer what is asked of it

	questions  []*question
	index      map[questionKey]*question
	attributes []*attribute          // that are asked about, once each
	named      map[string]*attribute // the same, by the names that queries use
	selected   map[string]*attribute // further attributes to return, by the name that was asked for
	came       map[*attribute]bool   // whether any user of a listing has the attribute
	partial    map[*attribute]bool   // whether a user of a listing came without the property, not with null
	properties []string              // of all these attributes, for $select
	names      map[string]string     // user principal names by object id, as far as they came
	confused   error                 // users were mixed up on the way, so no answer is good

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
	late      bool // came after all users were given to the questions
	err       error
}

type questionKey struct {
	attribute *attribute
	value     string // folded
}

// userProperties are what is known of every user that is found. createdDateTime
// shows users whom another run has just created.
var userProperties = []string{"id", "userPrincipalName", "displayName", "mail", "accountEnabled", "createdDateTime"}

// newLookup returns the queries' questions. It refuses attributes that can't be
// asked about: a mistake in the program's set-up, which no row can help. The
// lookup is good for finish even then.
func (c *Client) newLookup(
	collection string, queries []match.Query, yield func(int, match.Answer) bool,
) (*lookup, error) {
	l := &lookup{
		client: c, collection: collection, yield: yield,
		index: make(map[questionKey]*question, len(queries)), properties: slices.Clone(userProperties),
		named: map[string]*attribute{}, selected: map[string]*attribute{}, came: map[*attribute]bool{},
		names: map[string]string{}, listed: map[*attribute]int{}, partial: map[*attribute]bool{},
	}
	return l, l.add(queries)
}

// add adds queries, and makes questions of what was not asked before.
func (l *lookup) add(queries []match.Query) error {
	for i, query := range queries {
		q, err := l.questionOf(query)
		if err != nil {
			return err
		}
		q.queries = append(q.queries, i)
	}
	return nil
}

// questionOf returns the question that a query asks.
func (l *lookup) questionOf(query match.Query) (*question, error) {
	if err := l.selectMore(query.Select); err != nil {
		return nil, err
	}
	name, value := equality(query)
	if query.Filter != "" && name == "" {
		return l.question(questionKey{value: query.Filter}, query.Filter), nil
	}
	a, err := l.attribute(name)
	if err != nil {
		return nil, err
	}
	return l.question(questionKey{a, a.fold(value)}, value), nil
}

// anEquality matches the filter "attribute eq 'value'".
var anEquality = regexp.MustCompile(`^\s*([\w/]+)\s+eq\s+'((?:[^']|'')+)'\s*$`)

// equality returns the attribute and the value that a query asks for, as far as it asks
// for one: a filter that says the same is asked in the same way, 15 at a time. Other
// filters, and those by attributes that are no texts, are left to the service.
func equality(query match.Query) (attribute, value string) {
	if query.Filter == "" {
		return query.Attribute, query.Value
	}
	parts := anEquality.FindStringSubmatch(query.Filter)
	if parts == nil {
		return "", ""
	}
	if a, err := lookUpAttribute(parts[1]); err != nil || a.many || a.exact {
		return "", ""
	}
	return parts[1], strings.ReplaceAll(parts[2], "''", "'")
}

// attribute returns the attribute that a query names.
func (l *lookup) attribute(name string) (*attribute, error) {
	if a := l.named[name]; a != nil {
		return a, nil
	}
	a, err := lookUpAttribute(name)
	if err != nil {
		return nil, err
	}
	same := slices.IndexFunc(l.attributes, func(other *attribute) bool { return other.name == a.name })
	if same >= 0 {
		a = l.attributes[same]
	} else {
		l.attributes = append(l.attributes, a)
		l.properties = withProperty(l.properties, a)
	}
	l.named[name] = a
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
		l.properties = withProperty(l.properties, a)
	}
	return nil
}

func withProperty(properties []string, a *attribute) []string {
	if slices.Contains(properties, a.property()) {
		return properties
	}
	return append(properties, a.property())
}

// question returns the question with a key, which it makes if there is none.
func (l *lookup) question(key questionKey, text string) *question {
	if q := l.index[key]; q != nil {
		return q
	}
	q := &question{attribute: key.attribute, text: text, late: l.given}
	if text == "" {
		q.err = errors.New("nothing to look up: the value is empty")
	}
	l.index[key] = q
	l.questions = append(l.questions, q)
	return q
}

// open returns the questions that can be asked and are not answered yet, in order.
func (l *lookup) open() []*question {
	open := make([]*question, 0, len(l.questions))
	for _, q := range l.questions {
		if q.err == nil && len(q.queries) > 0 {
			open = append(open, q)
		}
	}
	return open
}

// A person is a user as it was sent, with all properties that were selected.
type person struct {
	match.User
	AccountEnabled  *bool     `json:"accountEnabled"` // shadows the user's, to tell null from false
	CreatedDateTime time.Time `json:"createdDateTime"`
	raw             json.RawMessage
}

// readPerson reads a user. The connection remembers one who was created a moment
// ago by whichever run, so that they are waited for where they can't be seen yet.
func (c *Client) readPerson(raw json.RawMessage) (person, error) {
	p := person{raw: raw}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, &graph.Error{Op: OpFindUsers, Err: fmt.Errorf("the answer holds a user that can't be read: %w", err)}
	}
	if p.ID == "" {
		return p, OpFindUsers.Missing("a user", "id")
	}
	if p.AccountEnabled != nil {
		p.User.AccountEnabled = *p.AccountEnabled
	}
	p.Created = p.CreatedDateTime
	if graph.RecentlyCreated(p.CreatedDateTime) {
		c.conn.MarkWritten(p.ID)
	}
	return p, nil
}

// distribute gives each user to the question that it answers. It reports false,
// and gives nobody to any question, if the answer to one of the questions can't
// be told from the others': the directory takes as equal what looks different here.
func (l *lookup) distribute(g group, people []person) bool {
	a := g.questions[0].attribute
	if len(g.questions) == 1 {
		for _, p := range people {
			l.giveAlone(p, g.questions[0])
		}
		return true
	}
	answered := make([][]*question, len(people))
	for i, p := range people {
		answered[i] = slices.DeleteFunc(l.answeredBy(p, a),
			func(q *question) bool { return !slices.Contains(g.questions, q) })
		unsure := a.many && slices.ContainsFunc(a.values(p.User, p.raw), func(v string) bool { return !isASCII(v) })
		if len(answered[i]) == 0 || unsure {
			return false
		}
	}
	for i, questions := range answered {
		for _, q := range questions {
			l.give(people[i], q)
		}
	}
	return true
}

// giveAlone gives a user to the one question that was asked. Where the value is
// plain ASCII the user must have it; otherwise the directory's comparison counts.
func (l *lookup) giveAlone(p person, q *question) {
	a := q.attribute
	if a == nil || slices.Contains(l.answeredBy(p, a), q) {
		l.give(p, q)
		return
	}
	values := a.of(p.User, p.raw)
	switch {
	case len(values) == 0:
		q.err = OpFindUsers.Missing("user "+p.ID, a.name)
	case !a.exact && (!isASCII(q.text) || slices.ContainsFunc(values, func(v string) bool { return !isASCII(v) })):
		l.give(p, q)
	case !a.exact:
		q.err = &graph.Error{Op: OpFindUsers, Err: fmt.Errorf(
			"%w: user %s came back, whose %s is not the one that was asked for", graph.ErrIncomplete, p.ID, a.name)}
	}
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 }) }

// answeredBy returns the questions about an attribute that a user answers.
func (l *lookup) answeredBy(p person, a *attribute) []*question {
	user := p.User
	if l.collection == deletedUsers {
		user = restored(user)
	}
	var hits []*question
	for _, value := range a.of(user, p.raw) {
		if q := l.index[questionKey{a, value}]; q != nil && !slices.Contains(hits, q) {
			hits = append(hits, q)
		}
	}
	return hits
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

// give makes a user one of the answers to a question. Whether they can sign in
// is part of the answer, so one of whom that is unknown is none. Of deleted users
// nobody asks.
func (l *lookup) give(p person, q *question) {
	if p.AccountEnabled == nil && l.collection == users {
		q.err = OpFindUsers.Missing("user "+p.ID, "accountEnabled")
		return
	}
	user := p.User
	if before, came := l.names[user.ID]; came && !strings.EqualFold(before, user.UserPrincipalName) {
		l.confused = &graph.Error{Op: OpFindUsers, Err: fmt.Errorf("%w: two users came with the object id %s",
			graph.ErrIncomplete, user.ID)}
	}
	l.names[user.ID] = user.UserPrincipalName
	for name, a := range l.selected {
		if text := strings.Join(a.values(p.User, p.raw), ", "); text != "" {
			if user.Attributes == nil {
				user.Attributes = make(map[string]string, len(l.selected))
			}
			user.Attributes[name] = text
		}
	}
	q.users = append(q.users, user)
}

// settle yields the answers to questions, once, to every query that asked them. It
// leaves those that found nobody by an attribute that may not be readable.
func (l *lookup) settle(questions []*question) {
	for _, q := range questions {
		if q.err == nil && len(q.users) == 0 && l.doubts(q.attribute) {
			continue
		}
		answer := match.Answer{Err: q.err}
		if q.err == nil {
			q.users = unique(q.users)
			answer.Users = slices.Clip(q.users)
		}
		for _, i := range q.queries {
			if l.stopped = l.stopped || !l.yield(i, answer); l.stopped {
				return
			}
		}
		q.queries = nil
	}
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
