package match

import (
	"iter"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// A Report says what became of every row of a roster.
type Report struct {
	// Outcomes has one outcome for each row, in the order of the rows.
	Outcomes []Outcome

	rules []RuleCount
	asks  func(roster.Row) []Query // what a row asked; nil for a report that Run did not make
	all   func(roster.Row) []Query // what a row asks; nil for such a report
	whole int                      // number of rows of the roster, if the report is about all of them
	doubt string

	unusedExclusions  []Exclusion
	expiredExclusions []Exclusion
}

// Complete reports whether the report is about all rows of a roster: [Run] read
// the rows to their end, none of those that a [roster.Reader] read was left out
// on the way, none was taken out of Outcomes, and there is no Doubt. It is false
// for a report that Run did not make, and for one without rows, which shows
// nothing about a roster.
func (r *Report) Complete() bool { return r.whole > 0 && r.whole == len(r.Outcomes) }

// Doubt says why the roster may not be what the application has, although it was
// read, as [roster.Header.Doubt] does; "" if nothing speaks for that.
func (r *Report) Doubt() string { return r.doubt }

// UnusedExclusions returns the entries of Options.Exclusions that no row is on,
// in their order: the account is gone, or the entry is misspelt and its account
// was looked up like any other. The slice is the caller's.
func (r *Report) UnusedExclusions() []Exclusion { return slices.Clone(r.unusedExclusions) }

// ExpiredExclusions returns the entries of Options.Exclusions whose end has come and that
// a row is on, in their order: the row was looked up like any other. The slice is the
// caller's.
func (r *Report) ExpiredExclusions() []Exclusion { return slices.Clone(r.expiredExclusions) }

// Queries returns what the rules ask of a row, in their order, also of placeholders
// and of rows that asked nothing; nil for a report that Run did not make.
func (r *Report) Queries(row roster.Row) []Query {
	if r.all == nil {
		return nil
	}
	return r.all(row)
}

// Count returns the number of rows of one kind.
func (r *Report) Count(kind Kind) int { return r.count()[kind] }

// Lines returns the number of lines of one kind's rows. For Failed it may be more
// than Count, because a record that could not be read may be over many lines, each
// of which may have been an account.
func (r *Report) Lines(kind Kind) (lines int) {
	for i := range r.Outcomes {
		if r.Outcomes[i].Kind == kind {
			lines += r.Outcomes[i].Lines()
		}
	}
	return lines
}

// Counts yields every kind with the number of its rows, which may be 0, in the
// order in which the kinds are declared. The numbers of a report that [Run] made
// add up to len(Outcomes).
func (r *Report) Counts() iter.Seq2[Kind, int] {
	return func(yield func(Kind, int) bool) {
		counts := r.count()
		for _, k := range kinds {
			if !yield(k.kind, counts[k.kind]) {
				return
			}
		}
	}
}

func (r *Report) count() map[Kind]int {
	counts := make(map[Kind]int)
	for i := range r.Outcomes {
		counts[r.Outcomes[i].Kind]++
	}
	return counts
}

// Enabled returns the number of users who can sign in, each counted once however
// many rows stand for them. The other Matched users are blocked from sign-in.
func (r *Report) Enabled() int {
	n := 0
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Kind == Matched && o.Enabled() {
			n++
		}
	}
	return n
}

// All yields all outcomes, in the order of the rows.
func (r *Report) All() iter.Seq[Outcome] { return slices.Values(r.Outcomes) }

// Of yields the outcomes of these kinds, in the order of the rows.
func (r *Report) Of(kinds ...Kind) iter.Seq[Outcome] {
	return r.where(func(o *Outcome) bool { return slices.Contains(kinds, o.Kind) })
}

// Unresolved yields the outcomes of rows that nobody was found for and that
// aren't Excluded, in the order of the rows. The access of these accounts can't
// be reviewed until someone has acted; Reason says how.
func (r *Report) Unresolved() iter.Seq[Outcome] {
	return r.where((*Outcome).unresolved)
}

// FoundOptions say which rows with a user Found yields.
type FoundOptions struct {
	// All yields users who are blocked from sign-in too.
	All bool
}

// Found yields the outcomes of rows that have a user, in the order of the rows:
// Matched, SameUser, and a Duplicate of such a row. Users who are blocked from
// sign-in are left out unless asked for. Nil opts mean the defaults.
func (r *Report) Found(opts *FoundOptions) iter.Seq[Outcome] {
	all := opts != nil && opts.All
	return r.where(func(o *Outcome) bool { return o.User != nil && (all || o.Enabled()) })
}

func (r *Report) where(wanted func(*Outcome) bool) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		for i := range r.Outcomes {
			if wanted(&r.Outcomes[i]) && !yield(r.Outcomes[i]) {
				return
			}
		}
	}
}

// A RuleCount says how a rule fared in a run. It counts rows.
type RuleCount struct {
	Rule    string `json:"rule"`
	Asked   int    `json:"asked"`   // rows that the directory was asked about by this rule
	Matched int    `json:"matched"` // those for which one user answered
}

// Rules returns how each rule fared, also one that no row reached, in the order
// of [Matcher].Rules. Rules that a query named and the matcher did not follow.
// It is empty for a report that Run did not make. The slice is the caller's.
func (r *Report) Rules() []RuleCount { return slices.Clone(r.rules) }
