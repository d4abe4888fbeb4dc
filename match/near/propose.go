package near

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// Options are the options of [Index.Propose] and [Ask]. The zero value means the
// defaults.
type Options struct {
	// Parts says what columns of the roster say about a person, by name without
	// letter case. nil means those that are called First name, Nachname, Employee ID
	// and the like. A value with an @ is an address in any column. A name that the
	// roster lacks is passed over.
	Parts map[string]Part
	// Most is the largest number of proposals for a row; 0 means 3.
	Most int
	// Least is how likely a proposal must be to be made, up to 1; 0 means 0.2.
	Least float64
}

// Proposals are the proposals for the rows of a report.
type Proposals struct {
	byRow map[place][]Proposal
	// Unanswered is the number of queries of [Ask] that failed, such as those for
	// an attribute of which no user has a value. Users whom they would have found are
	// not proposed.
	Unanswered int
}

type place struct {
	file string
	line int
}

func placeOf(o match.Outcome) place { return place{o.Row.File(), o.Line()} }

// Of returns the proposals for a row of the report, by file and line, the likeliest
// first; none if nobody resembles it, or somebody was found for it. The slice is the
// caller's.
func (p *Proposals) Of(o match.Outcome) []Proposal { return slices.Clone(p.byRow[placeOf(o)]) }

// Rows returns the number of rows that have a proposal.
func (p *Proposals) Rows() int { return len(p.byRow) }

// Propose proposes users for the rows of a report that found nobody (NotFound), or
// could not be looked up (NoKey), but nobody whom people decided against. It asks
// nothing and changes nothing. Nil opts mean the defaults.
func (x *Index) Propose(report *match.Report, opts *Options) *Proposals {
	t := newTask(report, opts)
	proposals := &Proposals{byRow: make(map[place][]Proposal)}
	for o := range report.Of(match.NotFound, match.NoKey) {
		if list := x.propose(t.person(o), o.Decision, t); len(list) > 0 {
			proposals.byRow[placeOf(o)] = list
		}
	}
	return proposals
}

// A task is what the proposals for one report have in common.
type task struct {
	Options
	lines  map[string]int // of the rows that have a user, by id
	header *roster.Header
	parts  map[string]Part // of header's columns
}

func newTask(report *match.Report, opts *Options) *task {
	t := &task{lines: make(map[string]int)}
	if opts != nil {
		t.Options = *opts
	}
	t.Most, t.Least = cmp.Or(t.Most, 3), cmp.Or(t.Least, 0.2)
	for o := range report.Found(&match.FoundOptions{All: true}) {
		if t.lines[o.User.ID] == 0 {
			t.lines[o.User.ID] = o.Line()
		}
	}
	return t
}

// person returns what a row says about its person.
func (t *task) person(o match.Outcome) *person {
	if h := o.Row.Header(); h != t.header {
		t.header, t.parts = h, make(map[string]Part)
		for _, column := range h.Columns() {
			t.parts[column] = t.partOf(column)
		}
	}
	return personIn(o, t.parts)
}

func (t *task) partOf(column string) Part {
	if t.Parts == nil {
		return partOf(column)
	}
	for name, part := range t.Parts {
		if roster.Fold(name) == roster.Fold(column) {
			return part
		}
	}
	return ""
}

// propose returns the proposals for one row's person, the likeliest first.
func (x *Index) propose(row *person, decided *match.Decision, t *task) []Proposal {
	var list []Proposal
	for _, n := range x.like(row) {
		if decided.Refuses(*x.entries[n].user) {
			continue
		}
		if p := x.proposal(row, &x.entries[n], t); p.odds > t.Least/100 {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(b.odds, a.odds), strings.Compare(a.User.ID, b.User.ID))
	})
	first := list[:min(t.Most, len(list))]
	for i := range first {
		first[i].Rivals = rivalsOf(first[i], list)
	}
	all := total(list)
	for i := range first {
		first[i].Likely = first[i].odds / all
	}
	return slices.DeleteFunc(first, func(p Proposal) bool { return p.Likely < t.Least })
}

// rivalsOf returns the number of others in list that are about as likely.
func rivalsOf(p Proposal, list []Proposal) int {
	n := -1 // p itself
	for _, other := range list {
		if other.odds*10 > p.odds {
			n++
		}
	}
	return n
}

// total returns the odds of all proposals together and of nobody.
func total(list []Proposal) float64 {
	all := 1.0 // nobody
	for _, p := range list {
		all += p.odds
	}
	if len(list) > 0 && list[0].namesake && list[0].Rivals == 0 {
		all += list[0].odds // it may as well be the one who had the name before
	}
	return all
}

// proposal compares a row's person with a user.
func (x *Index) proposal(row *person, e *entry, t *task) Proposal {
	p := Proposal{User: *e.user, Deleted: e.deleted, Fields: x.compare(row, e), Line: t.lines[e.user.ID]}
	p.Guest = strings.EqualFold(e.user.Attributes["userType"], "Guest") ||
		strings.Contains(e.user.UserPrincipalName, "#EXT#")
	sum := -math.Log2(float64(max(2, x.size)))
	agrees, proved := false, 0.0
	for _, f := range p.Fields {
		sum += f.bits
		agrees = agrees || f.Grade != Different
		if f.Name == "address" || f.Name == "number" {
			proved = max(proved, f.bits)
		}
	}
	if p.Line > 0 {
		sum += hasRow
	}
	p.namesake = e.numbered && proved <= madeOfNames
	if agrees {
		p.odds = math.Exp2(sum)
	}
	return p
}
