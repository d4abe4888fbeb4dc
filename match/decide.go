package match

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// Decided is the Rule of the query for a user whom people decided on.
const Decided = "decision"

// A Decision is what people decided about a row. The zero Decision is none. It
// changes its own row and no other's.
type Decision struct {
	// User is the object id or the user principal name of the row's user, whatever the
	// rules find. A user who is gone leaves the row without one, and so does a user
	// principal name that has gone to another user, as far as On shows it.
	User string `json:"user,omitempty"`
	// On is the day of the decision; zero if it is not known. Whom people named by a user
	// principal name was there then: a user who was created later is somebody else.
	On time.Time `json:"on,omitzero"`
	// Never are the object ids or user principal names of users who are not the row's,
	// whatever the rules find.
	Never []string `json:"never,omitempty"`
	// Nobody says that the account belongs to nobody. Its Until is not looked at.
	Nobody *Exclusion `json:"nobody,omitempty"`
	// Note says what was decided, by whom, when and why, for reports.
	Note string `json:"note,omitempty"`
	// Stale says why User or Nobody does not hold any more; "" if it holds. The rules
	// decide then, and User is the row's candidate where they find nobody or another
	// user, so that nobody loses access only because a decision has ended. Never holds
	// all the same.
	Stale string `json:"stale,omitempty"`
}

func (d *Decision) none() bool {
	return d.User == "" && len(d.Never) == 0 && d.Nobody == nil && d.Note == "" && d.Stale == ""
}

var objectID = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// query asks for the decision's user, for a row that is called key.
func (d *Decision) query(key, selected string) Query {
	q := Equal("userPrincipalName", d.User)
	if objectID.MatchString(d.User) {
		q.Attribute = "id"
	}
	q.Raw, q.Select, q.Rule = key, selected, Decided
	return q
}

// Refuses reports whether people decided that a user is never the row's. A nil
// Decision refuses nobody.
func (d *Decision) Refuses(user User) bool {
	return d != nil && slices.ContainsFunc(d.Never, func(name string) bool {
		return roster.Fold(name) == roster.Fold(user.ID) || roster.Fold(name) == roster.Fold(user.UserPrincipalName)
	})
}

// without returns the users whom the decision leaves to the row.
func (d *Decision) without(users []User) []User {
	return slices.DeleteFunc(slices.Clone(users), d.Refuses)
}

// A DecisionError says why a row is Ambiguous although people decided about it.
type DecisionError struct{ Because string }

func (e *DecisionError) Error() string { return e.Because }

// decide carries out what people decided, after the rules have had their say about
// all rows: so a decision changes no other row.
func (r *run) decide(ctx context.Context, dir Directory) error {
	if r.opts.Decide == nil {
		return nil
	}
	var pins, rest, nobody []lookup
	for i := range r.outcomes {
		d := r.decisionOf(i)
		if d == nil {
			continue
		}
		r.standAlone(i)
		o := &r.outcomes[i]
		o.Decision, o.ByRules = d, o.users()
		if d.User != "" {
			pins = append(pins, lookup{row: i, query: d.query(o.Key, r.selected)})
		}
		switch {
		case d.Nobody != nil && d.Stale == "":
			o.Kind, o.Exclusion, o.User, o.Candidates = Excluded, d.Nobody, nil, nil
			o.Choice, o.FirstLine, o.Err = "", 0, nil
			nobody = append(nobody, r.lookupsOf(i, nil)...)
		case len(d.Never) > 0 && o.Kind != Excluded:
			rest = append(rest, r.refuse(i)...)
		}
	}
	if err := r.askRest(ctx, dir, rest); err != nil {
		return err
	}
	if err := r.askExcluded(ctx, dir, nobody); err != nil {
		return err
	}
	return r.askPins(ctx, dir, pins)
}

// decisionOf returns what people decided about a row; nil for nothing, and for a row
// that could not be read, of which nobody knows whose it is.
func (r *run) decisionOf(i int) *Decision {
	if r.outcomes[i].Unread() > 0 {
		return nil
	}
	d := r.opts.Decide(r.outcomes[i].Row)
	if d.none() {
		return nil
	}
	return &d
}

// users returns those whom the rules found.
func (o *Outcome) users() []User {
	if o.User != nil {
		return []User{*o.User}
	}
	return slices.Clone(o.Candidates)
}

// standAlone makes a row independent of those that ask the same: each keeps what
// the rules found.
func (r *run) standAlone(i int) {
	if first, repeats := r.firstOf[i]; repeats {
		r.outcomes[i].takeFinding(&r.outcomes[first])
		delete(r.firstOf, i)
		return
	}
	next := -1
	for _, j := range r.repeats()[i] {
		switch first, still := r.firstOf[j]; {
		case !still || first != i:
		case next < 0:
			next = j
			r.outcomes[j].takeFinding(&r.outcomes[i])
			delete(r.firstOf, j)
		default:
			r.firstOf[j], r.outcomes[j].FirstLine = next, r.outcomes[next].Line()
		}
	}
	if next >= 0 {
		r.repeated[next] = r.repeated[i]
	} else if o := &r.outcomes[i]; o.Kind == Matched {
		r.countOf(o.Query.Rule).Matched--
	}
}

// repeats returns the Duplicates of each row, in their order.
func (r *run) repeats() map[int][]int {
	if r.repeated == nil {
		r.repeated = make(map[int][]int)
		for i := range r.outcomes {
			if first, repeats := r.firstOf[i]; repeats {
				r.repeated[first] = append(r.repeated[first], i)
			}
		}
	}
	return r.repeated
}

// takeFinding sets the outcome to what the rules found for a row that asks the same.
func (o *Outcome) takeFinding(other *Outcome) {
	o.Kind, o.Query, o.User, o.Candidates = other.Kind, other.Query, other.User, other.Candidates
	o.Choice, o.Err, o.asked, o.FirstLine = other.Choice, other.Err, other.asked, 0
}

// refuse takes away from a row the users whom it never is, and returns what the rules
// would have asked next if that leaves nobody.
func (r *run) refuse(i int) []lookup {
	o := &r.outcomes[i]
	left := o.Decision.without(o.ByRules)
	if len(left) == len(o.ByRules) {
		return nil
	}
	found := o.Query
	o.User, o.Candidates, o.Choice = nil, nil, ""
	switch {
	case len(left) == 0:
		o.Kind, o.Err = NotFound, nil
		return r.lookupsOf(i, &found)
	case len(left) == 1 && o.Kind == Ambiguous && o.Err == nil:
		o.Kind, o.User = Matched, &left[0]
	default:
		o.Candidates = left
	}
	return nil
}

// lookupsOf returns what a row asks after one query; all it asks for nil.
func (r *run) lookupsOf(i int, after *Query) (lookups []lookup) {
	queries := r.queries(r.matcher, r.outcomes[i].Row)
	if after != nil {
		same := func(q Query) bool { return q.identity() == after.identity() }
		queries = queries[slices.IndexFunc(queries, same)+1:]
	}
	for _, query := range queries {
		if query.check() == nil {
			lookups = append(lookups, lookup{row: i, query: query})
		}
	}
	return lookups
}

// askRest asks what the rules would have asked next of rows whose users were refused.
func (r *run) askRest(ctx context.Context, dir Directory, lookups []lookup) error {
	answers, err := Ask(ctx, dir.FindUsers, queriesOf(lookups))
	if err != nil {
		return fmt.Errorf("finding other users than those who were decided against: %w", err)
	}
	for i, answer := range answers {
		o, query := &r.outcomes[lookups[i].row], lookups[i].query
		if o.Kind != NotFound {
			continue // decided by an earlier query of the row
		}
		users := o.Decision.without(answer.Users)
		switch {
		case answer.Err != nil:
			o.fail(query, answer.Err)
		case len(users) == 1:
			o.decide(Matched, query)
			o.User = &users[0]
		case len(users) > 1:
			o.decide(Ambiguous, query)
			o.Candidates = users
		}
	}
	bin, ok := dir.(RecycleBin)
	if !ok {
		return nil
	}
	return r.askRecycleBin(ctx, bin, slices.DeleteFunc(lookups, func(l lookup) bool {
		return r.outcomes[l.row].Kind != NotFound
	}))
}
