package worklist

import (
	"slices"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
)

type place struct {
	file string
	line int
}

// An entry is an open row with what its cause is found from.
type entry struct {
	match.Outcome
	row       Row
	queries   []match.Query // what the rules ask of it
	proposals []near.Proposal
	finding   finding
	role      bool // it has one
}

// add adds an open row.
func (b *builder) add(o match.Outcome) {
	e := &entry{Outcome: o, queries: b.queries(o)}
	if b.Proposals != nil {
		e.proposals = b.Proposals.Of(o)
	}
	e.row = Row{Account: b.account(o), Key: o.Key, Line: o.Line(), Outcome: string(o.Kind), Reason: o.Reason(),
		Unread: o.UnreadText(), Candidates: b.candidates(e)}
	if o.Unread() > 1 {
		e.row.Lines = o.Unread()
	}
	if o.Unread() == 0 {
		e.row.Was = b.was(o)
		e.row.Guess, e.row.Why = b.guess(e)
		b.judge(e)
		b.addDecisions(e)
	}
	if o.Kind == match.Duplicate {
		e.row.Repeats = o.FirstLine
	}
	for _, column := range b.list.Facts {
		e.row.Values = append(e.row.Values, o.Row.Get(column))
	}
	b.open = append(b.open, e)
	b.at[place{o.Row.File(), o.Line()}] = e
}

// queries returns what the rules ask of a row.
func (b *builder) queries(o match.Outcome) []match.Query {
	if o.Unread() > 0 {
		return nil
	}
	if all := b.rules.Matcher.Queries(o.Row); len(all) > 0 || o.Key == "" {
		return all
	}
	if o.Query.Value == "" {
		return []match.Query{{Value: o.Key}}
	}
	return []match.Query{o.Query}
}

// account returns an account's own name.
func (b *builder) account(o match.Outcome) string {
	switch {
	case o.Unread() > 0:
		return ""
	case b.Account == "" && o.Kind == match.NoKey:
		return "" // a placeholder names nobody
	case b.Account == "" && !b.known:
		return o.Key
	}
	return b.rules.account(o.Row)
}

// was returns what tells a row's person apart, as decisions know it.
func (b *builder) was(o match.Outcome) string {
	if !b.known {
		return ""
	}
	return b.rules.was(o.Row)
}

// addDecisions adds what was decided about a row; what is not never comes first.
func (b *builder) addDecisions(e *entry) {
	list := b.about(e.Row)
	slices.SortStableFunc(list, func(x, y Decision) int { return first(x.Act != Never, y.Act != Never) })
	if len(list) > 0 {
		e.row.Decision, e.row.Also = &list[0], list[1:]
	}
}
