package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// Options are what a run may know beyond the rows and the rule. The zero value
// excludes nobody and proposes nothing.
type Options struct {
	// Exclusions are accounts that belong to nobody. They are looked at before
	// anything is asked. One by a column that the roster lacks ends the run.
	Exclusions []Exclusion
	// Near are rules that are asked about rows that found nobody. The users they
	// meet become proposals of the NotFound outcome and are never acted on; a
	// lookup that fails proposes nothing.
	Near []Matcher
	// Progress, if not nil, is called after each call to the directory with the
	// number of rows whose lookup is over and the number of all rows.
	Progress func(done, total int)
}

// Run reads rows to their end and finds the user of each. The report has one
// outcome for each row, in order. Nil opts mean the defaults.
//
// The first queries of all rows are asked in one call to dir, so that it can
// plan; then, in one more call, the second queries of those rows that found
// nobody; and so on. A query that finds several users, or fails, ends the search
// for its row. Two rows are duplicates if their first queries ask the same; the
// later row isn't asked, and takes the first row's user if one of its own queries
// asks what found that user. A dir that is a [RecycleBin] is asked about rows
// that found nobody.
//
// A [*roster.RowError] in rows becomes a Failed outcome. Any other error of rows,
// and an error of dir that concerns all queries, ends the run without a report;
// both are wrapped. So does the end of ctx.
func Run(ctx context.Context, dir Directory, rows iter.Seq2[roster.Row, error], m Matcher, opts *Options) (*Report, error) {
	r := &run{matcher: m, progress: func(int, int) {}, first: make(map[identity]int)}
	if opts != nil {
		r.near = append(r.near, opts.Near...)
		if opts.Progress != nil {
			r.progress = opts.Progress
		}
	}
	if err := r.exclude(opts); err != nil {
		return nil, err
	}
	if err := r.read(ctx, rows); err != nil {
		return nil, err
	}
	if err := r.ask(ctx, dir); err != nil {
		return nil, err
	}
	return &Report{Outcomes: r.outcomes, rules: r.rules.list}, nil
}

// run is the state of one Run.
type run struct {
	matcher    Matcher
	near       []Matcher
	progress   func(done, total int)
	exclusions *exclusions
	checked    *roster.Header // the header that exclusions were last checked against

	outcomes []Outcome
	first    map[identity]int // the first row of each first query
	repeats  []repeat
	open     []int // rows whose lookup isn't over
	rules    ruleCounts
}

// A repeat is a Duplicate and the row that it repeats.
type repeat struct{ row, of int }

func (r *run) exclude(opts *Options) (err error) {
	if opts == nil {
		opts = &Options{}
	}
	r.exclusions, err = newExclusions(slices.Clone(opts.Exclusions))
	return err
}

// read takes in all rows and decides those that need no lookup.
func (r *run) read(ctx context.Context, rows iter.Seq2[roster.Row, error]) error {
	var last roster.Row
	for row, err := range rows {
		if err := ctx.Err(); err != nil {
			return reading(last, err)
		}
		if bad, ok := errors.AsType[*roster.RowError](err); ok {
			r.outcomes = append(r.outcomes, unreadable(row, last, bad))
			continue
		}
		if err != nil {
			return reading(last, err)
		}
		if err := r.checkExclusions(row.Header()); err != nil {
			return err
		}
		r.outcomes = append(r.outcomes, r.start(row))
		last = row
	}
	r.first = nil
	return nil
}

// reading wraps what ended the reading; a [*roster.ReadError] knows its place.
func reading(last roster.Row, err error) error {
	if _, placed := errors.AsType[*roster.ReadError](err); placed || last.Line() == 0 {
		return fmt.Errorf("reading the roster: %w", err)
	}
	return fmt.Errorf("reading the roster, after line %d of %s: %w", last.Line(), last.File(), err)
}

// unreadable is the outcome of a row that could not be read: it keeps its place.
func unreadable(row, last roster.Row, bad *roster.RowError) Outcome {
	if row.Line() == 0 {
		header := last.Header()
		if header == nil {
			header, _ = roster.NewHeader(bad.File, nil) // no names, nothing to refuse
		}
		row = roster.NewRow(header, cmp.Or(bad.RowLine, bad.Line), nil)
	}
	return Outcome{Row: row, Kind: Failed, Err: bad}
}

func (r *run) checkExclusions(h *roster.Header) error {
	if h == nil || h == r.checked {
		return nil
	}
	r.checked = h
	return r.exclusions.check(h)
}

// start returns what can be said of a row before the directory is asked. A row
// that must be asked starts as NotFound and is put on the open list.
func (r *run) start(row roster.Row) Outcome {
	queries := r.matcher.Queries(row)
	query, hasKey := nth(queries, 0)
	o := Outcome{Row: row, Kind: NotFound, Key: query.key(), Query: query}
	if o.Exclusion = r.exclusions.of(row, queries); o.Exclusion != nil {
		o.Kind = Excluded
		return o
	}
	if !hasKey {
		o.Kind, o.Query.Rule = NoKey, ruleOf(r.matcher)
		return o
	}
	if o.Err = query.check(); o.Err != nil {
		o.Kind = Failed
		return o
	}
	r.enlist(&o, len(r.outcomes))
	return o
}

// enlist opens the row at index i, or makes it the Duplicate of an earlier one.
func (r *run) enlist(o *Outcome, i int) {
	id := o.Query.identity()
	if of, repeated := r.first[id]; repeated {
		o.Kind, o.FirstLine = Duplicate, r.outcomes[of].Line()
		r.repeats = append(r.repeats, repeat{i, of})
		return
	}
	r.first[id] = i
	r.open = append(r.open, i)
}

// nth returns the n-th query that has something to look up, from 0.
func nth(queries []Query, n int) (Query, bool) {
	for _, query := range queries {
		if !query.hasKey() {
			continue
		}
		if n == 0 {
			return query, true
		}
		n--
	}
	return Query{}, false
}
