package match

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// Options are the options of [Run]. The zero value excludes nobody.
type Options struct {
	// Exclusions are accounts that belong to nobody. They are looked at before
	// anything is asked. One by a column that the roster lacks ends the run; one
	// that no row is on is in Report.UnusedExclusions.
	Exclusions []Exclusion
	// Decide, if not nil, says what people decided about a row that could be read.
	// It must depend on nothing but the row.
	Decide func(row roster.Row) Decision
	// Now tells whose end has come; zero means the time of the run.
	Now time.Time
	// Attributes are further attributes of the users who are found, by Graph's
	// names, such as "department". They come as User.Attributes.
	Attributes []string
	// Names are the columns that hold a person's name. Rows of one key with
	// different names are Ambiguous. Letter case, the order of the words, a name
	// more and empty values make no difference. nil means those columns of the
	// roster that are called Name, Full name, Last name and the like; an empty
	// list that names are not compared.
	Names []string
	// Placeholders are values that stand where there is no value: a query for one
	// is not asked, and a row with nothing else to ask is NoKey. They are compared
	// as [roster.NewPlaceholders] says. nil means [roster.UsualPlaceholders], such
	// as NULL, N/A, - and 0; an empty list that there are none.
	Placeholders []string
	// AllowMissingColumns accepts a roster without a column that a rule names:
	// its rows have no value for that rule. By default it ends the run.
	AllowMissingColumns bool
	// Progress, if not nil, is called with the number of rows whose lookup is
	// over and the number of all rows: once before the directory is asked, and
	// then for each row as its answer arrives.
	Progress func(done, total int)
}

// Run reads rows to their end and finds the user of each. The report has one
// outcome for each row, in order. Nil opts mean the defaults.
//
// The first queries of all rows go to dir in one call, so that it can plan. Then
// the second queries of those rows that found nobody go to it in one more call,
// and so on; a [Preparer] is told of all of them beforehand. A query that finds several
// users, of whom its rule chooses none ([Chooser]), or fails, ends the search for its row. Two rows are duplicates if all
// their queries ask the same; the later one is not looked up and takes the first
// row's user. If dir is a [RecycleBin], it is asked about rows that found nobody.
//
// Rows of one key, whose users were found (or not found) by the same query, are
// Ambiguous and get nothing if they contradict each other: they differ in what
// another rule asks, or in a name (Options.Names). The order of the rows decides
// nothing but which of them is called the first.
//
// A [*roster.RowError] in rows becomes a Failed outcome. Any other error of rows
// ends the run without a report. So do an [ErrDirectory], a missing column
// ([*ColumnError]) and the end of ctx. The errors are wrapped.
func Run(
	ctx context.Context, dir Directory, rows iter.Seq2[roster.Row, error], m Matcher, opts *Options,
) (*Report, error) {
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
	report := &Report{Outcomes: r.outcomes, rules: r.rules, unusedExclusions: r.exclusions.unused(),
		expiredExclusions: r.exclusions.expired()}
	asker := &run{matcher: m, placeholders: r.placeholders}
	report.asks = func(row roster.Row) []Query { return asker.queries(m, row) }
	report.all = func(row roster.Row) []Query { return asker.allQueries(m, row) }
	report.takeStock()
	return report, nil
}

// run is the state of one Run.
type run struct {
	matcher      Matcher
	opts         Options
	selected     string // Query.Select
	exclusions   *exclusions
	placeholders *roster.Placeholders
	checked      *roster.Header // has the columns that it must have

	outcomes []Outcome
	firstOf  map[int]int   // the first row that a Duplicate repeats, by index
	repeated map[int][]int // the other way round, if decisions are carried out
	open     []int         // rows whose lookup is not over
	done     int           // number of rows whose lookup is over
	rules    []RuleCount
	ruleAt   map[string]int // index in rules
}

func newRun(m Matcher, opts *Options) (*run, error) {
	r := &run{matcher: m, firstOf: make(map[int]int), ruleAt: make(map[string]int)}
	for _, rule := range m.Rules() {
		r.countOf(rule.Name)
	}
	if opts != nil {
		r.opts = *opts
	}
	r.selected = strings.Join(r.attributes(), ",")
	if r.opts.Progress == nil {
		r.opts.Progress = func(int, int) {}
	}
	r.placeholders = roster.NewPlaceholders(r.opts.Placeholders)
	var err error
	r.exclusions, err = newExclusions(slices.Clone(r.opts.Exclusions), cmp.Or(r.opts.Now, time.Now()))
	return r, err
}

// attributes returns what the caller and the rules want to see of users.
func (r *run) attributes() []string {
	names := slices.Clone(r.opts.Attributes)
	if chooser, ok := r.matcher.(Chooser); ok {
		for _, name := range chooser.Attributes() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// countOf returns the count of a rule, which it begins if the rule is new.
func (r *run) countOf(rule string) *RuleCount {
	i, known := r.ruleAt[rule]
	if !known {
		i = len(r.rules)
		r.ruleAt[rule] = i
		r.rules = append(r.rules, RuleCount{Rule: rule})
	}
	return &r.rules[i]
}

// read takes in all rows and decides those that need no lookup.
func (r *run) read(ctx context.Context, rows iter.Seq2[roster.Row, error]) error {
	var last roster.Row
	for row, err := range rows {
		if ctx.Err() != nil {
			return readingError(last, ctx.Err())
		}
		rowErr, unreadable := errors.AsType[*roster.RowError](err)
		switch {
		case unreadable:
			row = placeOf(row, last, rowErr)
			r.outcomes = append(r.outcomes, Outcome{Row: row, Kind: Failed, Err: rowErr, lines: int32(max(1, rowErr.Lines))})
		case err != nil:
			return readingError(last, err)
		default:
			if err := r.check(row.Header()); err != nil {
				return err
			}
			r.outcomes = append(r.outcomes, r.begin(row))
		}
		last = row
	}
	r.findDuplicates()
	return nil
}

// readingError wraps what ended the reading; a [*roster.ReadError] knows its place.
func readingError(last roster.Row, err error) error {
	if _, placed := errors.AsType[*roster.ReadError](err); placed || last.Line() == 0 {
		return fmt.Errorf("reading the roster: %w", err)
	}
	return fmt.Errorf("reading the roster, after line %d of %s: %w", last.Line(), roster.Printable(last.File()), err)
}

// placeOf returns a row with the place of one that could not be read.
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

// check refuses a roster that lacks columns which rules or exclusions name.
func (r *run) check(h *roster.Header) error {
	if h == nil || h == r.checked {
		return nil
	}
	r.checked = h
	if err := r.exclusions.check(h); err != nil {
		return err
	}
	if r.opts.AllowMissingColumns {
		return nil
	}
	return CheckColumns(r.matcher, h)
}

// begin decides what needs no lookup. A row that must be looked up is NotFound
// until somebody is found.
func (r *run) begin(row roster.Row) Outcome {
	o := Outcome{Row: row, Kind: NotFound}
	all := r.allQueries(r.matcher, row)
	queries := r.withValues(all)
	named := queries
	if len(queries) == 0 {
		named = all // only placeholders
	}
	if len(named) > 0 {
		o.Query, o.Key = named[0], named[0].key()
	}
	if o.Exclusion = r.exclusions.of(row, all); o.Exclusion != nil {
		o.Kind = Excluded
	} else if len(queries) == 0 {
		o.Kind, o.Query.Rule = NoKey, cmp.Or(o.Query.Rule, ruleNames(r.matcher))
	} else if o.Err = o.Query.check(); o.Err != nil {
		o.Kind = Failed
	}
	return o
}

// queries returns what a matcher asks of a row, without the queries that have
// nothing to look up.
func (r *run) queries(m Matcher, row roster.Row) []Query { return r.withValues(r.allQueries(m, row)) }

// allQueries is queries with those that look a placeholder up.
func (r *run) allQueries(m Matcher, row roster.Row) []Query {
	queries := slices.Clone(m.Queries(row)) // m may keep the slice it returned
	for i := range queries {
		queries[i].Select = r.selected
	}
	return slices.DeleteFunc(queries, func(q Query) bool { return !q.hasKey() })
}

// withValues returns the queries that don't look a placeholder up.
func (r *run) withValues(queries []Query) []Query {
	if !slices.ContainsFunc(queries, r.isPlaceholder) {
		return queries
	}
	return slices.DeleteFunc(slices.Clone(queries), r.isPlaceholder)
}

// isPlaceholder reports whether a query looks a placeholder up, or what became of
// one; the values of a filter are joined by commas.
func (r *run) isPlaceholder(q Query) bool {
	if q.Filter == "" {
		return r.placeholders.Has(q.Value) || r.placeholders.Has(q.Raw)
	}
	return slices.ContainsFunc(strings.Split(q.Value, ", "), r.placeholders.Has)
}

// findDuplicates opens the rows that must be looked up, and makes Duplicates of
// those that ask the same as an earlier one.
func (r *run) findDuplicates() {
	firsts := make(map[string]int)
	for i := range r.outcomes {
		o := &r.outcomes[i]
		if o.Kind != NotFound {
			continue
		}
		id := questions(r.queries(r.matcher, o.Row))
		first, repeated := firsts[id]
		if !repeated {
			firsts[id] = i
			r.open = append(r.open, i)
			continue
		}
		o.Kind, o.FirstLine = Duplicate, r.outcomes[first].Line()
		r.firstOf[i] = first
	}
}

// takeStock notes whether the outcomes are of all rows that their rosters have.
func (r *Report) takeStock() {
	rows, whole := make(map[*roster.Header]int), true
	for i := range r.Outcomes {
		header := r.Outcomes[i].Row.Header()
		rows[header]++
		if header != nil && r.doubt == "" && rows[header] == 1 {
			r.doubt = header.Doubt()
		}
	}
	for header, n := range rows {
		whole = whole && (header == nil || header.Complete(n))
	}
	if whole {
		r.whole = len(r.Outcomes)
	}
}
