package worklist

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// Rules say how a run's rows are told apart, for decisions about them.
type Rules struct {
	// Matcher is the run's own.
	Matcher match.Matcher
	// Account is the column with an account's own name; "" means the value that the row
	// is looked up by.
	Account string
	// Now is when decisions must still hold; zero means now.
	Now time.Time
}

func (r *Rules) now() time.Time {
	if r.Now.IsZero() {
		return time.Now()
	}
	return r.Now
}

// account returns the account's own name.
func (r *Rules) account(row roster.Row) string {
	if r.Account != "" {
		return row.Get(r.Account)
	}
	for _, query := range r.Matcher.Queries(row) {
		if key := cmp.Or(query.Raw, query.Value); !placeholders.Has(key) {
			return key // N/A names no account
		}
	}
	return ""
}

// was returns what tells the row's person apart: the values that the rules look up and
// the person's names, each once.
func (r *Rules) was(row roster.Row) string {
	var parts []string
	add := func(part string) {
		part = strings.TrimSpace(part)
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	for _, query := range r.Matcher.Queries(row) {
		add(cmp.Or(query.Raw, query.Value))
	}
	for _, column := range match.NameColumns(row.Header()) {
		add(row.Get(column))
	}
	return strings.Join(parts, " | ")
}

// Decide returns what [match.Options].Decide needs, so that a run follows the decisions.
// A decision holds until its last day, and as long as its row has not changed; Stale
// lists the others.
func (d *Decisions) Decide(rules Rules) func(roster.Row) match.Decision {
	accounts := d.byAccount()
	rules.Now = rules.now()
	return func(row roster.Row) (decided match.Decision) {
		list := accounts[rules.account(row)]
		if len(list) == 0 {
			return match.Decision{}
		}
		var notes []string
		for _, one := range list {
			stale := one.staleFor(row, &rules)
			if one.Act == Never && stale != "" {
				continue
			}
			if !slices.Contains(notes, one.note()) {
				notes = append(notes, one.note())
			}
			if one.Act == Never {
				decided.Never = append(decided.Never, one.User)
				continue
			}
			decided.Stale = cmp.Or(decided.Stale, stale)
			if one.Act == Match {
				decided.User, decided.On = one.User, one.On
			}
			if one.Act == Nobody {
				decided.Nobody = one.exclusion(rules.Account)
			}
		}
		decided.Note = strings.Join(notes, "; ")
		return decided
	}
}

// About returns the decisions about a row's account that hold, in their order.
func (d *Decisions) About(rules Rules) func(roster.Row) []Decision {
	accounts := d.byAccount()
	rules.Now = rules.now()
	return func(row roster.Row) (list []Decision) {
		for _, one := range accounts[rules.account(row)] {
			if one.staleFor(row, &rules) == "" {
				list = append(list, *one)
			}
		}
		return list
	}
}

func (d *Decision) exclusion(column string) *match.Exclusion {
	return &match.Exclusion{Column: column, Value: d.Account, Kind: d.Kind, Owner: d.Owner, Reason: d.Why, Until: d.Until}
}

// staleFor says why the decision does not hold for a row; "" if it holds.
func (d *Decision) staleFor(row roster.Row, rules *Rules) string {
	switch {
	case d.exclusion("").Expired(rules.now()):
		return "its last day was " + d.Until.Format(time.DateOnly)
	case d.Was != "" && !rules.stillIs(row, d.Was):
		return fmt.Sprintf("the row has changed: it was %q and is %q", d.Was, rules.was(row))
	}
	return ""
}

// stillIs reports whether a row still has all that it was told apart by: a rule or a
// column more changes nothing.
func (r *Rules) stillIs(row roster.Row, was string) bool {
	now := r.was(row)
	if roster.Fold(now) == roster.Fold(was) {
		return true
	}
	has := make(map[string]bool)
	for part := range strings.SplitSeq(now, " | ") {
		has[roster.Fold(part)] = true
	}
	for _, value := range row.All() {
		has[roster.Fold(strings.TrimSpace(value))] = true
	}
	for part := range strings.SplitSeq(was, " | ") {
		if !has[roster.Fold(part)] {
			return false
		}
	}
	return true
}

// Stale is a decision that does not hold any more, or that somebody has to look at.
type Stale struct {
	Decision
	Because string `json:"because"` // one sentence
	Holds   bool   `json:"holds"`   // it was followed all the same
}

// Stale checks the decisions against a run that followed them, and returns those that
// somebody has to look at, in their order: the end has passed, the row has changed, the
// account or the user is gone, the rules find another user, or what was decided is done.
func (d *Decisions) Stale(report *match.Report, rules Rules) (list []Stale) {
	rows := make(map[string]*match.Outcome) // the first row of each account
	for i := range report.Outcomes {
		o := &report.Outcomes[i]
		if account := rules.account(o.Row); o.Unread() == 0 && rows[account] == nil {
			rows[account] = o
		}
	}
	accounts := d.byAccount()
	for i := range d.List {
		one := &d.List[i]
		because, holds := one.look(rows[one.Account], accounts[one.Account], &rules)
		if because != "" {
			list = append(list, Stale{*one, because, holds})
		}
	}
	return list
}

// look says what is to be looked at in a decision about a row, and whether the decision
// was followed. all are the decisions about the account.
func (d *Decision) look(o *match.Outcome, all []*Decision, rules *Rules) (because string, holds bool) {
	if o == nil {
		if d.Act == Close {
			return "done: the list does not have the account any more", false
		}
		return "the list does not have the account any more", false
	}
	if stale := d.staleFor(o.Row, rules); stale != "" {
		return stale, false
	}
	switch d.Act {
	case Match:
		return d.lookAtUser(o, all)
	case Create:
		if o.User != nil {
			return "done: a user is found now", true
		}
	case Close:
		if o.User != nil {
			return "the rules find a user now, " + nameOf(o.User) + ": decide again", true
		}
	}
	return "", true
}

func (d *Decision) lookAtUser(o *match.Outcome, all []*Decision) (because string, holds bool) {
	switch {
	case o.Kind == match.Failed:
		return "the user could not be looked up", false
	case o.Kind == match.Deleted:
		return "the user is deleted, and can be restored for 30 days after that", false
	case o.User == nil && o.Err != nil:
		return o.Err.Error(), false
	case o.User == nil:
		return "no user has this user principal name or object id now; another address of the user does not do", false
	}
	for _, found := range o.ByRules {
		refused := slices.ContainsFunc(all, func(other *Decision) bool { return other.Act == Never && other.names(&found) })
		if found.ID != o.User.ID && !refused {
			return "the rules find another user now, " + nameOf(&found) + ": decide never for that user, or again", true
		}
	}
	return "", true
}

// names reports whether the decision is about a user.
func (d *Decision) names(user *match.User) bool {
	name := roster.Fold(d.User)
	return name == roster.Fold(user.ID) || name == roster.Fold(user.UserPrincipalName)
}

func nameOf(user *match.User) string { return cmp.Or(user.UserPrincipalName, user.ID) }
