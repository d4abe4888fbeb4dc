package match

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ask decides the open rows, and then those that depend on other rows.
func (r *run) ask(ctx context.Context, dir Directory) error {
	r.advance(len(r.outcomes) - len(r.open))
	asked := dir
	if p, ok := dir.(Preparer); ok && len(r.matcher.Rules()) > 1 {
		asked = p.Prepare(r.laterQueries(slices.Clone(r.open)))
	}
	for round := 0; len(r.open) > 0; round++ {
		if err := r.askRound(ctx, asked, round); err != nil {
			return err
		}
	}
	if bin, ok := dir.(RecycleBin); ok {
		if err := r.askRecycleBin(ctx, bin, r.queriesOfKind(NotFound)); err != nil {
			return err
		}
	}
	if err := r.askExcluded(ctx, dir, r.queriesOfKind(Excluded)); err != nil {
		return err
	}
	r.contradict()
	if err := r.decide(ctx, dir); err != nil {
		return err
	}
	r.settle()
	return nil
}

// laterQueries returns the queries of rows that are asked only if an earlier one of the
// same row finds nobody.
func (r *run) laterQueries(rows []int) iter.Seq[Query] {
	return func(yield func(Query) bool) {
		for _, i := range rows {
			queries := r.queries(r.matcher, r.outcomes[i].Row)
			for _, query := range queries[min(1, len(queries)):] {
				if query.check() == nil && !yield(query) {
					return
				}
			}
		}
	}
}

// advance counts rows whose lookup is over.
func (r *run) advance(rows int) {
	r.done += rows
	r.opts.Progress(r.done, len(r.outcomes))
}

var errNoID = errors.New("the directory gave a user without an id")

// A lookup is a query that a row makes.
type lookup struct {
	row   int
	query Query
	last  bool // the row has no more
}

func queriesOf(lookups []lookup) []Query {
	queries := make([]Query, len(lookups))
	for i, l := range lookups {
		queries[i] = l.query
	}
	return queries
}

// askRound asks the next query of each open row. Rows that found nobody and
// have another query stay open.
func (r *run) askRound(ctx context.Context, dir Directory, round int) error {
	lookups := make([]lookup, 0, len(r.open))
	for _, i := range r.open {
		queries := r.queries(r.matcher, r.outcomes[i].Row)
		query := queries[round]
		if err := query.check(); err != nil {
			r.outcomes[i].fail(query, err)
			r.advance(1)
			continue
		}
		if !slices.ContainsFunc(queries[:round], func(q Query) bool { return q.Rule == query.Rule }) {
			r.countOf(query.Rule).Asked++
		}
		lookups = append(lookups, lookup{i, query, round == len(queries)-1})
	}
	r.open = nil
	err := ask(ctx, dir.FindUsers, queriesOf(lookups), func(i int, answer Answer) { r.take(lookups[i], answer) })
	if err != nil {
		return fmt.Errorf("finding the users of %d rows: %w", len(lookups), err)
	}
	slices.Sort(r.open) // answers come in any order
	return nil
}

// take sets the row's outcome to what an answer says.
func (r *run) take(l lookup, answer Answer) {
	o := &r.outcomes[l.row]
	o.asked++
	switch users := answer.Users; {
	case answer.Err != nil:
		o.fail(l.query, answer.Err)
	case len(users) > 1:
		r.choose(o, l.query, users)
	case len(users) == 1 && users[0].ID == "":
		o.fail(l.query, errNoID)
	case len(users) == 1:
		o.decide(Matched, l.query)
		o.User = &users[0]
		r.countOf(l.query.Rule).Matched++
	case !l.last:
		r.open = append(r.open, l.row)
		return
	}
	r.advance(1)
}

// askRecycleBin looks for rows that found nobody among the deleted users. A
// lookup that fails there fails the row: an account made for a person whose
// deleted one can still be restored would be a second one.
func (r *run) askRecycleBin(ctx context.Context, bin RecycleBin, lookups []lookup) error {
	answers, err := Ask(ctx, bin.FindDeletedUsers, queriesOf(lookups))
	if err != nil {
		return fmt.Errorf("looking in the recycle bin: %w", err)
	}
	for i, answer := range answers {
		o, query := &r.outcomes[lookups[i].row], lookups[i].query
		switch {
		case o.Kind != NotFound: // decided by an earlier query of the row
		case answer.Err != nil:
			o.fail(query, fmt.Errorf("in the recycle bin: %w", answer.Err))
		default:
			users := answer.Users
			if o.Decision != nil {
				users = o.Decision.without(users)
			}
			if len(users) > 0 {
				o.decide(Deleted, query)
				o.Candidates = users
			}
		}
	}
	return nil
}

// askExcluded finds out whom the rows of exclusions name: nothing is done with
// them, but they must not lose what they have for want of a row. A lookup that
// fails fails the row, because anybody may be meant.
func (r *run) askExcluded(ctx context.Context, dir Directory, lookups []lookup) error {
	answers, err := Ask(ctx, dir.FindUsers, queriesOf(lookups))
	if err != nil {
		return fmt.Errorf("finding whom the excluded rows name: %w", err)
	}
	for i, answer := range answers {
		o, query := &r.outcomes[lookups[i].row], lookups[i].query
		if answer.Err != nil {
			o.fail(query, answer.Err)
		} else if o.Kind == Excluded {
			o.Candidates = append(slices.Clip(o.Candidates), answer.Users...)
		}
	}
	return nil
}

// queriesOfKind returns every query that the rows of one kind make.
func (r *run) queriesOfKind(kind Kind) (lookups []lookup) {
	for i := range r.outcomes {
		if r.outcomes[i].Kind == kind {
			lookups = append(lookups, r.lookupsOf(i, nil)...)
		}
	}
	return lookups
}

// settle decides what depends on other rows: whether a row's user is an earlier
// row's, and which user a Duplicate stands for. Rows that people decided about come
// last, so that they change no other row.
func (r *run) settle() {
	firsts := make(map[string]int) // rows by user id
	r.settleSameUsers(firsts, func(o *Outcome) bool { return o.Decision == nil })
	r.settleSameUsers(firsts, func(o *Outcome) bool { return o.Decision != nil })
	for i, first := range r.firstOf {
		r.outcomes[i].User = r.outcomes[first].User
	}
}

func (r *run) settleSameUsers(firsts map[string]int, of func(*Outcome) bool) {
	for i := range r.outcomes {
		o := &r.outcomes[i]
		if o.Kind != Matched || !of(o) {
			continue
		}
		if first, repeated := firsts[o.User.ID]; repeated {
			o.Kind, o.FirstLine, o.User = SameUser, r.outcomes[first].Line(), r.outcomes[first].User
		} else {
			firsts[o.User.ID] = i
		}
	}
}
