package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/rollcall-go/rollcall/roster"
)

// read takes in all rows and decides those that need no lookup.
func (r *run) read(ctx context.Context, rows iter.Seq2[roster.Row, error]) error {
	list, bad, err := r.collect(ctx, rows)
	if err != nil {
		return err
	}
	// Outcomes are large: they are made when their number is known, and never copied.
	r.outcomes = make([]Outcome, list.len)
	asked := newFirsts(list.len)
	for i, row := range list.all() {
		o := &r.outcomes[i]
		if bad[i] != nil {
			*o = Outcome{Row: row, Kind: Failed, Err: bad[i]}
			continue
		}
		r.start(o, row)
		if o.Kind == NotFound {
			asked.add(i, o.Query.identity().text)
		}
	}
	r.enlist(asked)
	return nil
}

// collect returns the rows, and by their index the errors of unreadable ones.
func (r *run) collect(ctx context.Context, rows iter.Seq2[roster.Row, error]) (*rowList, map[int]error, error) {
	list := new(rowList)
	var last roster.Row
	bad := make(map[int]error)
	for row, err := range rows {
		if ctx.Err() != nil {
			return nil, nil, reading(last, ctx.Err())
		}
		if rowErr, ok := errors.AsType[*roster.RowError](err); ok {
			bad[list.len] = rowErr
			row = placeOf(row, last, rowErr)
		} else if err != nil {
			return nil, nil, reading(last, err)
		} else if err := r.exclusions.check(row.Header()); err != nil {
			return nil, nil, err
		}
		list.add(row)
		last = row
	}
	return list, bad, nil
}

// reading wraps what ended the reading; a [*roster.ReadError] knows its place.
func reading(last roster.Row, err error) error {
	if _, placed := errors.AsType[*roster.ReadError](err); placed || last.Line() == 0 {
		return fmt.Errorf("reading the roster: %w", err)
	}
	return fmt.Errorf("reading the roster, after line %d of %s: %w", last.Line(), last.File(), err)
}

// placeOf returns a row that holds the place of one that could not be read.
func placeOf(row, last roster.Row, bad *roster.RowError) roster.Row {
	if row.Line() != 0 {
		return row
	}
	header := last.Header()
	if header == nil {
		header, _ = roster.NewHeader(bad.File, nil) // no names, nothing to refuse
	}
	return roster.NewRow(header, cmp.Or(bad.RowLine, bad.Line), nil)
}

// start says what can be said of a row on its own. One that must be looked up
// is NotFound until somebody is found.
func (r *run) start(o *Outcome, row roster.Row) {
	o.Row, o.Kind = row, NotFound
	queries := r.queries(row)
	if len(queries) > 0 {
		o.Query, o.Key = queries[0], queries[0].key()
	}
	if o.Exclusion = r.exclusions.of(row, queries); o.Exclusion != nil {
		o.Kind = Excluded
	} else if len(queries) == 0 {
		o.Kind, o.Query.Rule = NoKey, ruleOf(r.matcher)
	} else if o.Err = o.Query.check(); o.Err != nil {
		o.Kind = Failed
	}
}

// enlist opens the rows that must be looked up, and makes Duplicates of those
// that ask the same as an earlier one.
func (r *run) enlist(asked *firsts) {
	r.repeats = asked.repeats(func(i, j int) bool {
		return r.outcomes[i].Query.identity() == r.outcomes[j].Query.identity()
	})
	repeated := make([]bool, len(r.outcomes)) // outcomes are large: another look at each takes time
	for _, rep := range r.repeats {
		o := &r.outcomes[rep.row]
		o.Kind, o.FirstLine = Duplicate, r.outcomes[rep.of].Line()
		repeated[rep.row] = true
	}
	r.open = make([]int, 0, len(asked.list)-len(r.repeats))
	for _, h := range asked.list {
		if !repeated[h.row] {
			r.open = append(r.open, int(h.row))
		}
	}
}
