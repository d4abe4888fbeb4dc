package entra

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

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
		length := len(escaped(quoted(q.text))) + len("%2C")
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
func (l *lookup) request(collection string, g group) request {
	query := url.Values{"$filter": {l.filter(g)}, "$select": {strings.Join(l.properties(g), ",")}, "$top": {pageSize}}
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
