package assign

import "iter"

// A Roll is what is known of a roster as a whole. It is the evidence that a
// [Policy] which removes must carry: an assignment may look unlisted only
// because a row could not be read or its person not be found.
// The zero Roll proves nothing and permits no removal.
type Roll struct {
	// Complete says that every row was read and looked up: the reader came to
	// the roster's end and the matching returned no error. Nothing in this
	// package sets it; the caller who knows does.
	Complete bool
	// Name is the roster's name, for reasons; "" reads as "the roster".
	Name string
	// Rows is the number of rows read.
	Rows int
	// Listed holds the object id of each user that some row names, whether or
	// not a role is wanted for them. Users who are listed and for whom nothing is
	// wanted (such as disabled ones that were left out) keep what they hold.
	Listed []string
	// Unsettled holds the object id of each user with a row whose role could not
	// be told. They keep what they hold.
	Unsettled []string
	// Unresolved are the rows whose person is not known: not found, ambiguous,
	// without a key, failed. Anybody's assignment may be theirs, so one such row
	// stops every removal unless Policy.AcceptUnresolved covers it.
	Unresolved []Source
}

// NewRoll takes stock of a roster: all its rows, those whose person is not
// known (match.Report.Unresolved yields them) and the rows that [Wants] could
// make nothing of. The caller sets Complete.
func NewRoll[A Account](rows, unresolved iter.Seq[A], failed []*WantError) *Roll {
	roll := new(Roll)
	for account := range rows {
		row, _ := account.Account()
		roll.Rows++
		if roll.Rows == 1 {
			roll.Name = row.File()
		} else if roll.Name != row.File() {
			roll.Name = "" // rows of several files: none of them is the roster
		}
		if id, _ := account.Principal(); id != "" {
			roll.Listed = append(roll.Listed, id)
		}
	}
	for account := range unresolved {
		roll.Unresolved = append(roll.Unresolved, SourceOf(account))
	}
	roll.addFailed(failed)
	return roll
}

func (r *Roll) addFailed(failed []*WantError) {
	known := make(map[Source]bool, len(r.Unresolved))
	for _, source := range r.Unresolved {
		known[source] = true
	}
	for _, want := range failed {
		switch {
		case want.PrincipalID != "":
			r.Unsettled = append(r.Unsettled, want.PrincipalID)
		case !known[want.Source]:
			r.Unresolved = append(r.Unresolved, want.Source)
		}
	}
}

func (r *Roll) name() string {
	if r == nil || r.Name == "" {
		return "the roster"
	}
	return r.Name
}

// settled returns nil if removals may be planned on the strength of this roll
// while that many unresolved rows are accepted.
func (r *Roll) settled(accepted int) error {
	if r == nil || !r.Complete || len(r.Unresolved) > accepted {
		return &UnfinishedError{Roll: r, Accepted: accepted}
	}
	return nil
}
