package entra

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/entra/graph"
)

const (
	inValues    = 15    // https://learn.microsoft.com/graph/filter-query-parameter
	valueLength = 120   // of a value in a query that is not advanced
	filterBytes = 1_500 // encoded; a URL may have 2,048
	pageSize    = "999" // https://learn.microsoft.com/graph/api/user-list
)

// A group is the questions that one request asks: one filter, or values of one
// attribute.
type group struct {
	questions []*question
	advanced  bool // as an advanced query
}

// groupsOf puts questions about one attribute together, as many as a filter takes.
func (c *Client) groupsOf(questions []*question) []group {
	var groups []group
	last := map[*attribute]int{} // the group that is being filled
	size := map[*attribute]int{}
	for _, q := range questions {
		if !q.groupable() || q.attribute.many && c.apart.Load() {
			groups = append(groups, group{[]*question{q}, q.advanced()})
			continue
		}
		length := len(graph.Escape(q.attribute.term(q.text) + q.attribute.separator()))
		at, filling := last[q.attribute]
		if !filling || len(groups[at].questions) == inValues || size[q.attribute]+length > filterBytes {
			at = len(groups)
			groups = append(groups, group{advanced: q.attribute.advanced})
			last[q.attribute], size[q.attribute] = at, 0
		}
		groups[at].questions = append(groups[at].questions, q)
		size[q.attribute] += length
	}
	return groups
}

// split makes each question a group of its own.
func (g group) split() []group {
	groups := make([]group, len(g.questions))
	for i, q := range g.questions {
		groups[i] = group{g.questions[i : i+1], g.advanced || q.advanced()}
	}
	return groups
}

// groupable reports whether the question can share a request with others. Whether a
// user has what the directory takes as an element of a collection can only be told
// here for ASCII.
func (q *question) groupable() bool {
	return q.attribute != nil && utf8.RuneCountInString(q.text) <= valueLength && (!q.attribute.many || isASCII(q.text))
}

// advanced reports whether a default query can't ask the question.
func (q *question) advanced() bool {
	return q.attribute != nil && (q.attribute.advanced || utf8.RuneCountInString(q.text) > valueLength)
}

// request returns the request for a group's users.
// https://learn.microsoft.com/graph/aad-advanced-queries
func (l *lookup) request(g group) graph.Request {
	properties := slices.Clone(userProperties)
	if a := g.questions[0].attribute; a != nil {
		properties = withProperty(properties, a)
	}
	for _, name := range slices.Sorted(maps.Keys(l.selected)) {
		properties = withProperty(properties, l.selected[name])
	}
	query := url.Values{"$filter": {g.filter()}, "$select": {strings.Join(properties, ",")}, "$top": {pageSize}}
	if g.advanced {
		query.Set("$count", "true")
	}
	return graph.Request{Op: OpFindUsers, Path: l.collection + "?" + graph.EncodeQuery(query), Header: g.header()}
}

func (g group) header() map[string]string {
	if !g.advanced {
		return nil
	}
	return map[string]string{"ConsistencyLevel": "eventual"}
}

func (g group) filter() string {
	first := g.questions[0]
	if first.attribute == nil {
		return first.text
	}
	values := make([]string, len(g.questions))
	for i, q := range g.questions {
		values[i] = q.text
	}
	return first.attribute.filter(values)
}
