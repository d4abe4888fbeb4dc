package match

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// askPins finds the users whom people decided on.
func (r *run) askPins(ctx context.Context, dir Directory, lookups []lookup) error {
	answers, err := Ask(ctx, dir.FindUsers, queriesOf(lookups))
	if err != nil {
		return fmt.Errorf("finding the users who were decided on: %w", err)
	}
	var gone []lookup
	for i, answer := range answers {
		o, query := &r.outcomes[lookups[i].row], lookups[i].query
		switch {
		case answer.Err != nil:
			o.User, o.Candidates, o.Choice = nil, nil, ""
			o.fail(query, answer.Err)
		case o.Decision.Stale != "":
			o.protect(answer.Users)
		case len(answer.Users) == 0:
			o.lose(query)
			gone = append(gone, lookups[i])
		case o.isYounger(&answer.Users[0]):
			o.doubt(query, &answer.Users[0])
		default:
			o.pin(query, &answer.Users[0])
			r.countOf(Decided).Matched++
		}
		if o.Decision.Stale == "" {
			r.countOf(Decided).Asked++
		}
	}
	if bin, ok := dir.(RecycleBin); ok {
		return r.askRecycleBin(ctx, bin, slices.DeleteFunc(gone, func(l lookup) bool {
			return r.outcomes[l.row].Kind != NotFound
		}))
	}
	return nil
}

// isYounger reports whether a user who has the user principal name that people decided
// on was created after that, and is not found by the rules too. After that is the second
// day after it, as days begin at different times in different places.
func (o *Outcome) isYounger(user *User) bool {
	d := o.Decision
	found := slices.ContainsFunc(o.ByRules, func(u User) bool { return u.ID == user.ID })
	return !found && !d.On.IsZero() && !objectID.MatchString(d.User) && !user.Created.Before(d.On.AddDate(0, 0, 2))
}

// doubt is for a row whose decision names a user who was created later.
func (o *Outcome) doubt(query Query, user *User) {
	o.lose(query)
	o.Kind, o.Candidates = Ambiguous, append([]User{*user}, o.ByRules...)
	o.Err = &DecisionError{fmt.Sprintf("%s was created on %s, after people decided: another user has the name now, or "+
		"the decision's day is wrong; decide again", user.name(), user.Created.UTC().Format(time.DateOnly))}
}

// pin gives the row the user whom people decided on.
func (o *Outcome) pin(query Query, user *User) {
	if user.ID == "" {
		o.fail(query, errNoID)
		return
	}
	o.decide(Matched, query)
	o.User, o.Candidates, o.Choice, o.Err, o.Exclusion, o.FirstLine = user, nil, "", nil, nil, 0
}

// lose is for a row whose decided user is gone: whom the rules find is only a candidate.
func (o *Outcome) lose(query Query) {
	o.decide(NotFound, query)
	o.User, o.Candidates, o.Choice, o.Err, o.Exclusion, o.FirstLine = nil, nil, "", nil, nil, 0
	if len(o.ByRules) > 0 {
		o.Kind, o.Candidates = Ambiguous, o.ByRules
		o.Err = &DecisionError{"the user whom people decided on is not in the directory; look whose the account is now"}
	}
}

// protect keeps the user of a decision that does not hold any more as a candidate of
// the row.
func (o *Outcome) protect(users []User) {
	if len(users) == 0 || o.User != nil && o.User.ID == users[0].ID {
		return
	}
	if o.Kind == NotFound || o.Kind == NoKey {
		o.Kind = Ambiguous
		o.Err = &DecisionError{"a decision that it is " + users[0].name() + "'s does not hold any more: decide again"}
	}
	if !slices.ContainsFunc(o.Candidates, func(u User) bool { return u.ID == users[0].ID }) {
		o.Candidates = append(slices.Clip(o.Candidates), users[0])
	}
}
