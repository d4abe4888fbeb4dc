package match

import (
	"context"
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
	r, err := newRun(m, opts)
	if err != nil {
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

	outcomes []Outcome
	repeats  []repeat // Duplicates
	open     []int    // rows whose lookup isn't over
	rules    ruleCounts
	buffer   []Query // of queries, between its uses
}

func newRun(m Matcher, opts *Options) (*run, error) {
	if opts == nil {
		opts = &Options{}
	}
	exclusions, err := newExclusions(slices.Clone(opts.Exclusions))
	if err != nil {
		return nil, err
	}
	r := &run{matcher: m, near: slices.Clone(opts.Near), progress: opts.Progress, exclusions: exclusions}
	if r.progress == nil {
		r.progress = func(int, int) {}
	}
	return r, nil
}

// queries returns what the rule asks of a row, without the queries that have
// nothing to look up. The slice is good until the next call.
func (r *run) queries(row roster.Row) []Query {
	r.buffer = appendQueries(r.buffer[:0], r.matcher, row)
	r.buffer = slices.DeleteFunc(r.buffer, func(q Query) bool { return !q.hasKey() })
	return r.buffer
}
