package assign

import (
	"errors"
	"fmt"
	"math"

	"github.com/rollcall-go/rollcall/roster"
)

// A RemovePolicy says which assignments a plan may take away. "" means RemoveNothing.
type RemovePolicy string

const (
	// RemoveNothing leaves every assignment that no row asks for.
	RemoveNothing RemovePolicy = "nothing"
	// RemoveUnlisted takes away a user's direct assignment if no row asks for
	// it. Assignments of groups and service principals always stay, and so do
	// those that the [Roll] leaves in doubt.
	RemoveUnlisted RemovePolicy = "unlisted"
	// RemoveOurs takes away, of what RemoveUnlisted would, only the assignments of
	// Policy.Ours, which rollcall made: what somebody else gave stays.
	RemoveOurs RemovePolicy = "ours"
)

// The limits of a [Policy] that sets none. 500 is also where Entra's own
// directory synchronization stops and asks.
// https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-sync-feature-prevent-accidental-deletes
const (
	DefaultMaxAdditions     = 10_000
	DefaultMaxAdditionShare = 1.0
	DefaultMaxRemovals      = 500
	DefaultMaxRemovalShare  = 0.10
)

// firstAdditions is how many additions the default share always allows, so that a
// first import after a pilot, or after one that was cut off, needs no reason.
const firstAdditions = 1000

// NoLimit, as a greatest number, lifts the limit by number, and as
// Policy.MaxAdditionShare the one by share. No negative number does.
const NoLimit = math.MaxInt

// A Policy says what a plan may change, and what must be known first. The zero
// Policy removes nothing. Its limits are those of one plan: they don't know what
// earlier plans changed.
type Policy struct {
	// MaxAdditions is the greatest number of additions in one plan: 0 means
	// DefaultMaxAdditions, and [NoLimit] that there is no limit.
	MaxAdditions int
	// MaxAdditionShare is the greatest number of additions in one plan as a share of
	// the current direct assignments of users: 1 allows as many again as there are.
	// 0 means DefaultMaxAdditionShare or 1,000 additions, whichever is more, and
	// [NoLimit] that there is no limit by share. It is rounded down, but one addition
	// is always allowed. Where nobody has an assignment yet, no share limits.
	MaxAdditionShare float64
	// Remove says what may be removed; "" means RemoveNothing.
	Remove RemovePolicy
	// Ours are the ids of the assignments that RemoveOurs may take away. Package fulfill
	// keeps them (State.Ours).
	Ours []string
	// MaxRemovals is the greatest number of removals in one plan: 0 means
	// DefaultMaxRemovals, and [NoLimit] that there is no limit by number.
	MaxRemovals int
	// MaxRemovalShare is the greatest share of the current direct assignments of
	// users that one plan may remove, from 0 to 1: 0 means
	// DefaultMaxRemovalShare, 1 that there is no limit by share. It is rounded
	// down, but one removal is always allowed while another assignment remains,
	// so that a handful of users can be kept in line too.
	MaxRemovalShare float64
	// Override lifts all limits for this plan, and nothing else. It is the
	// reason why so many changes are right; the plan records it.
	Override string
	// Protected are the object ids of users who never lose a role, such as those
	// of emergency access accounts.
	// https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
	Protected []string
	// MinHolders is, by the id of a role, how many users must keep it. A plan that
	// would leave fewer by a removal is refused with [ErrTooFewHolders].
	MinHolders map[string]int
	// Packages are what access packages deliver, which is kept: taking it away
	// would not last, as the package would still say that it is there. Package
	// entra/governance reads them (Client.PackageGrants). nil means that they were
	// not read; a plan that removes says so.
	Packages *Packages
	// Roll is the evidence that removals need. A policy that removes is refused
	// with [ErrUnfinished] if it has none, or one with rows missing. A policy
	// that removes nothing may have one too, for the counts of Kept.
	Roll *Roll
	// AcceptUnresolved is the number of unresolved rows that somebody has looked
	// at and found to be nobody with an assignment. One more stops every removal.
	// A record that could not be read counts as many rows as it has lines.
	AcceptUnresolved int
}

// Packages are the roles of the application that access packages deliver, read
// to their end.
type Packages struct {
	Grants []PackageGrant
}

// A PackageGrant is a role that an access package delivers to a user.
type PackageGrant struct{ PrincipalID, AppRoleID string }

// ErrTooFewHolders says that a plan would leave a role with too few users.
var ErrTooFewHolders = errors.New("too few users would keep the role")

// removes reports whether the policy may remove anything.
func (p Policy) removes() bool { return p.Remove == RemoveUnlisted || p.Remove == RemoveOurs }

// ErrUnfinished says that something was not read to its end, so that nothing
// may be concluded from what is missing in it.
var ErrUnfinished = errors.New("incomplete evidence")

// check refuses a policy that means nothing, and one that removes without evidence.
func (p Policy) check() error {
	if p.MaxAdditions < 0 || p.MaxRemovals < 0 {
		return fmt.Errorf("MaxAdditions is %d and MaxRemovals is %d: use assign.NoLimit to lift a limit",
			p.MaxAdditions, p.MaxRemovals)
	}
	if !(p.MaxAdditionShare >= 0 && p.MaxAdditionShare <= NoLimit) { // NaN too
		return fmt.Errorf("MaxAdditionShare is %v: it is a share such as 0.5 for half as many as there are; "+
			"use assign.NoLimit to lift it", p.MaxAdditionShare)
	}
	if p.MaxRemovalShare != 0 && !(p.MaxRemovalShare > 0 && p.MaxRemovalShare <= 1) { // NaN too
		return fmt.Errorf("MaxRemovalShare is %v: it is a share from 0 to 1, such as 0.1 for a tenth", p.MaxRemovalShare)
	}
	for role, least := range p.MinHolders {
		if least < 0 {
			return fmt.Errorf("MinHolders of the role %s is %d: want a number from 0", roster.Printable(role), least)
		}
	}
	switch p.Remove {
	case "", RemoveNothing:
		return nil
	case RemoveUnlisted, RemoveOurs:
		return p.Roll.check(p.AcceptUnresolved)
	default:
		return fmt.Errorf("the policy's Remove is %q: it is RemoveNothing, RemoveUnlisted or RemoveOurs", p.Remove)
	}
}
