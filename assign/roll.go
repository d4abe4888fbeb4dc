package assign

import (
	"fmt"
	"iter"

	"github.com/rollcall-go/rollcall/roster"
)

// Accounts are all rows of a roster with their users. *match.Report is one.
type Accounts[A Account] interface {
	// All yields every row that was read.
	All() iter.Seq[A]
	// Unresolved yields the rows whose person is not known: not found, ambiguous,
	// without a key, failed. One with a method Lines() int, such as a record that
	// could not be read, counts as so many rows.
	Unresolved() iter.Seq[A]
	// Complete reports whether the roster was read and looked up to its end, and is
	// whole as far as one can see. If it may not be whole, a method Doubt() string
	// can say why, and what to do.
	Complete() bool
}

// A Roll is what is known of a roster as a whole. It is the evidence that a
// [Policy] which removes must carry, because an assignment may look unlisted
// only because a row could not be read, or its person not be found.
// The zero Roll proves nothing and permits no removal.
type Roll struct {
	complete   bool
	doubt      string   // why it may not be whole; "" if that is not known
	name       string   // of the roster's file, if there is only one
	rows       int      // of the roster
	listed     []string // users with a row, whether or not a role is wanted for them
	unsettled  []string // users with a row whose role is not known, or whom a row may mean
	unresolved []Source // rows whose person is not known
	further    int      // lines of unresolved rows beyond the first of each
}

// NewRoll takes stock of a roster: of its rows, and of those that [Wants] could
// make nothing of. Then
//
//   - who has a row, and no want (such as a disabled user who was left out),
//     keeps what they hold;
//   - who has a row whose role is not known keeps what they hold;
//   - whom a row may mean, such as a candidate of an ambiguous row, keeps what
//     they hold, also where the row itself was accepted or excluded;
//   - a row whose person is not known stops every removal, because any
//     assignment may be theirs, unless Policy.AcceptUnresolved covers it.
func NewRoll[A Account](accounts Accounts[A], failed []*WantError) *Roll {
	roll := &Roll{complete: accounts.Complete()}
	if doubtful, ok := any(accounts).(interface{ Doubt() string }); ok {
		roll.doubt = doubtful.Doubt()
	}
	for account := range accounts.All() {
		row, _ := account.Account()
		roll.rows++
		if roll.rows == 1 {
			roll.name = row.File()
		} else if roll.name != row.File() {
			roll.name = "" // rows of several files: none of them is the roster
		}
		if id, _ := account.Principal(); id != "" {
			roll.listed = append(roll.listed, id)
		}
		roll.unsettled = append(roll.unsettled, account.MayBe()...)
	}
	for account := range accounts.Unresolved() {
		roll.unresolved = append(roll.unresolved, SourceOf(account))
		if record, ok := any(account).(interface{ Lines() int }); ok {
			roll.further += max(0, record.Lines()-1)
		}
	}
	roll.addFailed(failed)
	return roll
}

// open returns the number of rows whose person is not known. Each line of a record
// that could not be read may be one.
func (r *Roll) open() int { return len(r.unresolved) + r.further }

func (r *Roll) addFailed(failed []*WantError) {
	known := make(map[Source]bool, len(r.unresolved))
	for _, source := range r.unresolved {
		known[source] = true
	}
	for _, want := range failed {
		switch {
		case want.PrincipalID != "":
			r.unsettled = append(r.unsettled, want.PrincipalID)
		case !known[want.Source]:
			r.unresolved = append(r.unresolved, want.Source)
		}
	}
}

// roster names the roster for people.
func (r *Roll) roster() string {
	if r == nil || r.name == "" {
		return "the roster"
	}
	return roster.Printable(r.name)
}

// check returns an error that wraps ErrUnfinished unless the roll permits
// removals while that many unresolved rows are accepted.
func (r *Roll) check(accepted int) error {
	const refused = "%w: nothing may be removed: "
	switch {
	case r == nil:
		return fmt.Errorf(refused+"the policy has no Roll to show that the roster was read to its end", ErrUnfinished)
	case !r.complete && r.rows == 0:
		return fmt.Errorf(refused+"no row of %s was read, so that everybody would look unlisted", ErrUnfinished, r.roster())
	case !r.complete && r.doubt != "":
		return fmt.Errorf(refused+"%s", ErrUnfinished, r.doubt)
	case !r.complete:
		return fmt.Errorf(refused+"%s was not read and looked up to its end; remove nothing, or read it again",
			ErrUnfinished, r.roster())
	case len(r.listed) == 0:
		return fmt.Errorf(refused+"no row of %s found a person, so that everybody would look unlisted; "+
			"check the column and the attribute that it is matched by", ErrUnfinished, r.roster())
	case r.open() > accepted:
		return fmt.Errorf(refused+"who is meant by %d of the %d rows of %s is not known (the first is %v), "+
			"and %d such rows are accepted; resolve them, or look at them and accept that many",
			ErrUnfinished, r.open(), r.rows+r.further, r.roster(), r.unresolved[0], accepted)
	}
	return nil
}
