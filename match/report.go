package match

import "iter"

// A Report says what became of every row of a roster.
type Report struct {
	// Outcomes has one outcome for each row, in the order of the rows.
	Outcomes []Outcome

	rules []RuleCount
}

// Count returns the number of rows of one kind.
func (r *Report) Count(kind Kind) int { return r.count()[kind] }

// Counts yields every kind with the number of its rows, which may be 0, in the
// order in which the kinds are declared. The numbers add up to len(Outcomes).
func (r *Report) Counts() iter.Seq2[Kind, int] {
	return func(yield func(Kind, int) bool) {
		for kind, n := range r.count() {
			if !yield(Kind(kind), n) {
				return
			}
		}
	}
}

func (r *Report) count() (counts [kinds]int) {
	for i := range r.Outcomes {
		counts[r.Outcomes[i].Kind]++
	}
	return counts
}

// Disabled returns the number of users who cannot sign in, each counted once
// however many rows stand for them.
func (r *Report) Disabled() int {
	n := 0
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Kind == Matched && o.Disabled() {
			n++
		}
	}
	return n
}

// Of yields the outcomes of these kinds, in the order of the rows.
func (r *Report) Of(kinds ...Kind) iter.Seq[Outcome] {
	var wanted [256]bool
	for _, kind := range kinds {
		wanted[kind] = true
	}
	return r.where(func(o *Outcome) bool { return wanted[o.Kind] })
}

// Unresolved yields the outcomes of rows that nobody was found for and that
// aren't Excluded, in the order of the rows. The access of these accounts can't
// be reviewed until someone has acted; Reason says how.
func (r *Report) Unresolved() iter.Seq[Outcome] {
	return r.where((*Outcome).unresolved)
}

func (o *Outcome) unresolved() bool { return o.User == nil && o.Kind != Excluded }

// FoundOptions say which rows with a user Found yields. The zero value leaves
// out users who cannot sign in.
type FoundOptions struct {
	IncludeDisabled bool
}

// Found yields the outcomes of rows that have a user, in the order of the rows:
// Matched, SameUser, and a Duplicate of such a row. Users who cannot sign in are
// left out unless asked for. Nil opts mean the defaults.
func (r *Report) Found(opts *FoundOptions) iter.Seq[Outcome] {
	all := opts != nil && opts.IncludeDisabled
	return r.where(func(o *Outcome) bool { return o.User != nil && (all || o.User.AccountEnabled) })
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

// A RuleCount says how a rule fared in a run.
type RuleCount struct {
	Rule    string `json:"rule"`
	Asked   int    `json:"asked"`   // rows that the directory was asked about by this rule
	Matched int    `json:"matched"` // those for which one user answered
}

// Rules returns how each rule fared, in the order in which they were first
// asked; nil for a report that Run didn't make. The slice is the caller's.
func (r *Report) Rules() []RuleCount { return append([]RuleCount(nil), r.rules...) }

// ruleCounts counts rules by name.
type ruleCounts struct {
	list  []RuleCount
	index map[string]int
}

func (c *ruleCounts) count(rule string, matched bool) {
	i, known := c.index[rule]
	if !known {
		if c.index == nil {
			c.index = make(map[string]int)
		}
		i = len(c.list)
		c.index[rule] = i
		c.list = append(c.list, RuleCount{Rule: rule})
	}
	c.list[i].Asked++
	if matched {
		c.list[i].Matched++
	}
}
