package assign

import (

)

// A verdict is what becomes of one pair of user and role.
type verdict uint8

const (
	keepMet      verdict = iota // wanted and there
	addMissing                  // wanted and not there
	keepForeign                 // held by a group or a service principal
	keepUnlisted                // the policy leaves it
	keepHeld                    // the user's row settles no role
	removeIt
)

// decide is the one place where a plan's decisions are taken.
//
//	wanted | there | by user | in doubt | RemoveUnlisted | verdict
//	-------+-------+---------+----------+----------------+-------------------
//	yes    | no    |  -      |  -       |  -             | add
//	yes    | yes   |  -      |  -       |  -             | keep: met
//	no     | yes   | no      |  -       |  -             | keep: not a user's
//	no     | yes   | yes     | yes      |  -             | keep: held
//	no     | yes   | yes     | no       | no             | keep: unlisted
//	no     | yes   | yes     | no       | yes            | remove
func decide(wanted, there, byUser, inDoubt bool, policy RemovePolicy) verdict {
	switch {
	case wanted && !there:
		return addMissing
	case wanted:
		return keepMet
	case !byUser:
		return keepForeign
	case inDoubt:
		return keepHeld
	case policy != RemoveUnlisted:
		return keepUnlisted
	default:
		return removeIt
	}
}
