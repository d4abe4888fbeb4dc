package match

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// A Difference says what another matcher would change.
type Difference struct {
	// After is the report that [Run] would have made.
	After *Report
	// Changes are the rows, in their order, that would have an outcome of another
	// kind or another user.
	Changes []Change
	// Asked is the number of queries that the directory had to be asked, the
	// recycle bin included: those that the report had no answer to.
	Asked int
}

// A Change is a row's outcome now and with the other matcher.
type Change struct{ Before, After Outcome }

// A ChangeCount is the number of rows that change in one way. Before and After are
// the same kind where only the user is another.
type ChangeCount struct {
	Before, After Kind
	Rows          int
}

// Counts returns how many rows change in which way, the most frequent first.
func (d *Difference) Counts() (counts []ChangeCount) {
	for _, change := range d.Changes {
		same := func(c ChangeCount) bool { return c.Before == change.Before.Kind && c.After == change.After.Kind }
		i := slices.IndexFunc(counts, same)
		if i < 0 {
			i = len(counts)
			counts = append(counts, ChangeCount{Before: change.Before.Kind, After: change.After.Kind})
		}
		counts[i].Rows++
	}
	slices.SortStableFunc(counts, func(a, b ChangeCount) int { return cmp.Compare(b.Rows, a.Rows) })
	return counts
}

// WhatIf finds out what another matcher would change in a report, and changes
// nothing: it is [Run] on the report's rows, but does not ask dir again what the
// report knows the answer to: dir is the directory of the report's run. A report
// that was read from JSON knows only each row's last answer. opts are those of the report's run; nil means the defaults.
// It fails as Run does.
func WhatIf(
	ctx context.Context, dir Directory, report *Report, m Matcher, opts *Options,
) (*Difference, error) {
	d := new(Difference)
	live, deleted := report.answers()
	asked := Directory(knowing{dir.FindUsers, live, &d.Asked})
	if bin, ok := dir.(RecycleBin); ok {
		asked = knowingBin{asked, knowing{bin.FindDeletedUsers, deleted, &d.Asked}}
	}
	var err error
	if d.After, err = Run(ctx, asked, report.rows(), m, opts); err != nil {
		return nil, err
	}
	for i, after := range d.After.Outcomes {
		before := report.Outcomes[i]
		id, _ := before.Principal()
		if other, _ := after.Principal(); before.Kind != after.Kind || id != other {
			d.Changes = append(d.Changes, Change{before, after})
		}
	}
	return d, nil
}

// rows streams the rows of a report as their roster did.
func (r *Report) rows() iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for _, o := range r.Outcomes {
			var err error
			if o.Kind == Failed && o.Query == (Query{}) {
				err = unreadable(o)
			}
			if !yield(o.Row, err) {
				return
			}
		}
	}
}

// unreadable returns why a row could not be read; a report that was read from JSON
// has it as text only.
func unreadable(o Outcome) *roster.RowError {
	if bad, ok := errors.AsType[*roster.RowError](o.Err); ok {
		return bad
	}
	return &roster.RowError{File: o.Row.File(), Line: o.Line(), Lines: o.Lines(), Err: o.Err}
}

// answers returns what the directory and its recycle bin answered to the queries of
// the report's rows. A row without such answers, such as a failed one, adds nothing.
func (r *Report) answers() (live, deleted map[identity]known) {
	live, deleted = make(map[identity]known), make(map[identity]known)
	for i := range r.Outcomes {
		o := &r.Outcomes[i]
		if o.Decision != nil {
			continue // its users may not be those who answered
		}
		before, all := r.asked(o)
		found := known{o.Query.Select, o.Candidates}
		switch {
		case o.Kind == Matched || o.Kind == SameUser || o.Kind == Ambiguous && o.Err == nil:
			if len(o.Candidates) == 0 && o.User != nil {
				found.users = []User{*o.User}
			}
			nobody(live, before)
			live[o.Query.identity()] = found
		case o.Kind == NotFound || o.Kind == Deleted:
			nobody(live, all)
			nobody(deleted, before)
			deleted[o.Query.identity()] = found
		}
	}
	return live, deleted
}

// asked returns the queries that the row made, and those before the one that
// decided; nobody's row was decided by all.
func (r *Report) asked(o *Outcome) (before, all []Query) {
	all = []Query{o.Query}
	if r.asks != nil {
		all = r.asks(o.Row)
	}
	if o.Kind == NotFound {
		return all, all
	}
	decided := func(q Query) bool { return q.identity() == o.Query.identity() }
	return all[:max(0, slices.IndexFunc(all, decided))], all
}

// known are the users who answered a query, with the attributes that it selected.
type known struct {
	selected string
	users    []User
}

func nobody(answers map[identity]known, queries []Query) {
	for _, query := range queries {
		answers[query.identity()] = known{}
	}
}

// A knowing directory asks only what it has no answer to, and counts that.
type knowing struct {
	find    Finder
	answers map[identity]known
	asked   *int
}

func (k knowing) FindUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer] {
	return func(yield func(int, Answer) bool) {
		var open []Query
		var at []int // indexes of the open ones in queries
		for i, query := range queries {
			answer, ok := k.answers[query.identity()]
			if !ok || len(answer.users) > 0 && answer.selected != query.Select {
				open, at = append(open, query), append(at, i)
			} else if !yield(i, Answer{Users: slices.Clone(answer.users)}) {
				return
			}
		}
		if len(open) == 0 {
			return
		}
		*k.asked += len(open)
		for i, answer := range k.find(ctx, open) {
			if i >= 0 && i < len(at) {
				i = at[i]
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

// knowingBin is a knowing directory with a recycle bin.
type knowingBin struct {
	Directory
	bin knowing
}

func (k knowingBin) FindDeletedUsers(ctx context.Context, queries []Query) iter.Seq2[int, Answer] {
	return k.bin.FindUsers(ctx, queries)
}
