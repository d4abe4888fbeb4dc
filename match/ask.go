package match

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ask decides the open rows, and then those that depend on other rows.
func (r *run) ask(ctx context.Context, dir Directory) error {
	for round := 0; len(r.open) > 0; round++ {
		if err := r.askRound(ctx, dir, round); err != nil {
			return err
		}
	}
	if bin, ok := dir.(RecycleBin); ok {
		if err := r.askRecycleBin(ctx, bin); err != nil {
			return err
		}
	}
	r.settle()
	return r.askNear(ctx, dir)
}

// askRound asks the next query of each open row and closes the rows that have
// none left. Queries are made anew in each round: keeping those of all rows
// would cost more memory than the outcomes.
func (r *run) askRound(ctx context.Context, dir Directory, round int) error {
	queries := make([]Query, 0, len(r.open))
	asked := r.open[:0]
	for _, i := range r.open {
		if query, ok := r.query(i, round); ok {
			queries = append(queries, query)
			asked = append(asked, i)
		}
	}
	answers, err := find(ctx, dir.FindUsers, queries)
	if err != nil {
		return fmt.Errorf("finding the users of %d rows: %w", len(queries), err)
	}
	r.open = asked[:0]
	for j, i := range asked {
		r.outcomes[i].take(queries[j], &answers[j])
		r.rules.count(queries[j].Rule, r.outcomes[i].Kind == Matched)
		if r.outcomes[i].Kind == NotFound {
			r.open = append(r.open, i)
		}
	}
	r.progress(len(r.outcomes)-len(r.open), len(r.outcomes))
	return nil
}

// query returns the query of a row in a round. One that can't be asked fails
// its row.
func (r *run) query(i, round int) (Query, bool) {
	o := &r.outcomes[i]
	if round == 0 {
		return o.Query, true
	}
	queries := r.queries(o.Row)
	if round >= len(queries) {
		return Query{}, false
	}
	query := queries[round]
	if err := query.check(); err != nil {
		o.decide(Failed, query)
		o.Err = err
		return query, false
	}
	return query, true
}

// find asks and holds the directory to its contract.
func find(ctx context.Context, ask func(context.Context, []Query) ([]Answer, error), queries []Query) ([]Answer, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	answers, err := ask(ctx, queries)
	if err != nil {
		return nil, err
	}
	if len(answers) != len(queries) {
		return nil, fmt.Errorf("the directory gave %d answers to %d queries", len(answers), len(queries))
	}
	return answers, nil
}

// take makes of an answer what the row's outcome is so far.
func (o *Outcome) take(query Query, answer *Answer) {
	if o.tried < 255 {
		o.tried++
	}
	switch {
	case answer.Err != nil:
		o.decide(Failed, query)
		o.Err = answer.Err
	case len(answer.Users) > 1:
		o.decide(Ambiguous, query)
		o.Candidates = answer.Users
	case len(answer.Users) == 1 && answer.Users[0].ID == "":
		o.decide(Failed, query)
		o.Err = errors.New("the directory gave a user without an id")
	case len(answer.Users) == 1:
		o.decide(Matched, query)
		o.User = &answer.Users[0]
	}
}

func (o *Outcome) decide(kind Kind, query Query) {
	o.Kind, o.Query, o.Key = kind, query, query.key()
}

// askRecycleBin looks for the rows that found nobody among the deleted users. A
// lookup that fails there fails the row: an account made for a person whose
// deleted one can still be restored would be a second one.
func (r *run) askRecycleBin(ctx context.Context, bin RecycleBin) error {
	queries, of := r.ofNotFound(r.matcher)
	answers, err := find(ctx, bin.FindDeletedUsers, queries)
	if err != nil {
		return fmt.Errorf("looking in the recycle bin: %w", err)
	}
	for j, answer := range answers {
		o := &r.outcomes[of[j]]
		switch {
		case o.Kind != NotFound: // decided by an earlier query of the row
		case answer.Err != nil:
			o.decide(Failed, queries[j])
			o.Err = fmt.Errorf("in the recycle bin: %w", answer.Err)
		case len(answer.Users) > 0:
			o.decide(Deleted, queries[j])
			o.Candidates = answer.Users
		}
	}
	return nil
}

// ofNotFound returns every query that matchers make of the rows that found
// nobody, and the row of each.
func (r *run) ofNotFound(matchers ...Matcher) (queries []Query, of []int) {
	for i := range r.outcomes {
		if r.outcomes[i].Kind != NotFound {
			continue
		}
		for _, m := range matchers {
			for _, query := range appendQueries(nil, m, r.outcomes[i].Row) {
				if query.hasKey() && query.check() == nil {
					queries = append(queries, query)
					of = append(of, i)
				}
			}
		}
	}
	return queries, of
}

// settle decides what a row's lookup alone can't: whether its user is an
// earlier row's, and whose user a Duplicate stands for.
func (r *run) settle() {
	users := newFirsts(len(r.outcomes))
	for i := range r.outcomes {
		if o := &r.outcomes[i]; o.Kind == Matched {
			users.add(i, o.User.ID)
		}
	}
	for _, rep := range users.repeats(func(i, j int) bool { return r.outcomes[i].User.ID == r.outcomes[j].User.ID }) {
		o, of := &r.outcomes[rep.row], &r.outcomes[rep.of]
		o.Kind, o.FirstLine, o.User = SameUser, of.Line(), of.User
	}
	for _, rep := range r.repeats {
		if o, of := &r.outcomes[rep.row], &r.outcomes[rep.of]; of.User != nil && r.asks(o, of.Query) {
			o.User = of.User
		}
	}
}

// asks reports whether one of the row's queries asks the same as query. The
// first row may have been found by a later rule, by a value that isn't in this
// row; its user is then not this row's.
func (r *run) asks(o *Outcome, query Query) bool {
	id := query.identity()
	return slices.ContainsFunc(r.queries(o.Row), func(q Query) bool { return q.identity() == id })
}

// askNear asks the Near matchers about the rows that found nobody.
func (r *run) askNear(ctx context.Context, dir Directory) error {
	if len(r.near) == 0 {
		return nil
	}
	queries, of := r.ofNotFound(r.near...)
	answers, err := find(ctx, dir.FindUsers, queries)
	if err != nil {
		return fmt.Errorf("looking for near matches: %w", err)
	}
	for j, answer := range answers {
		if answer.Err == nil {
			r.outcomes[of[j]].propose(queries[j], answer.Users)
		}
	}
	return nil
}

// propose adds users that aren't among the proposals yet.
func (o *Outcome) propose(query Query, users []User) {
	for _, user := range users {
		if !slices.ContainsFunc(o.Near, func(p Proposal) bool { return p.User.ID == user.ID }) {
			o.Near = append(o.Near, Proposal{User: user, Query: query})
		}
	}
}
