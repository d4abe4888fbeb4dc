package match

import (
	"fmt"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// A Chooser is a [Matcher] that can choose among several users who answer one
// query, by attributes of theirs. What it chose, and why, stands in the outcome.
// [Choose] makes one of a function; [FirstOf] leaves the choice to the matcher
// whose query it was.
type Chooser interface {
	Matcher
	// Attributes returns the further attributes that Choose wants to see, by
	// Graph's names. [Run] asks for them with every query.
	Attributes() []string
	// Choose returns the index of the candidate who is the row's person, or -1
	// for "none of these", which leaves the row Ambiguous, and in a few words why.
	// It is asked only if there are several. The candidates are copies and come in
	// the directory's order. Another index fails the row.
	Choose(row roster.Row, query Query, candidates []User) (index int, why string)
}

// Choose makes m a [Chooser] that chooses by a function, with the attributes that
// the function reads. The function is as [Chooser].Choose and must be safe for
// concurrent use.
func Choose(
	m Matcher, choose func(row roster.Row, candidates []User) (index int, why string), attributes ...string,
) Chooser {
	return chooser{m, choose, slices.Clone(attributes)}
}

type chooser struct {
	Matcher
	choose     func(row roster.Row, candidates []User) (index int, why string)
	attributes []string
}

func (c chooser) Attributes() []string { return slices.Clone(c.attributes) }

func (c chooser) Choose(row roster.Row, _ Query, candidates []User) (int, string) {
	return c.choose(row, candidates)
}

// choose is m's choice; most matchers make none.
func choose(m Matcher, row roster.Row, query Query, candidates []User) (int, string) {
	if chooser, ok := m.(Chooser); ok {
		return chooser.Choose(row, query, candidates)
	}
	return -1, ""
}

// choose sets the outcome of a row for which several users answered.
func (r *run) choose(o *Outcome, query Query, users []User) {
	i, why := choose(r.matcher, o.Row, query, slices.Clone(users))
	switch {
	case i < -1 || i >= len(users):
		o.fail(query, fmt.Errorf("the rule chose user %d of %d", i+1, len(users)))
		return
	case i == -1:
		o.decide(Ambiguous, query)
	case users[i].ID == "":
		o.fail(query, errNoID)
		return
	default:
		o.decide(Matched, query)
		o.User = &users[i]
		r.countOf(query.Rule).Matched++
	}
	o.Candidates, o.Choice = users, why
}
