package assign

import (
	"errors"
	"fmt"
	"strings"
)

// A RemovePolicy says which assignments a plan may take away.
type RemovePolicy uint8

const (
	// RemoveNothing leaves every assignment that no row asks for. The default.
	RemoveNothing RemovePolicy = iota
	// RemoveUnlisted takes away a user's direct assignment if no row asks for
	// it. Assignments of groups and service principals always stay, and so does
	// all that [Roll] says is doubtful.
	RemoveUnlisted
)

// The limits of a [Policy] that states none. 500 is also where Entra's own
// directory synchronisation stops and asks.
// https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-sync-feature-prevent-accidental-deletes
const (
	DefaultMaxRemovals     = 500
	DefaultMaxRemovalShare = 0.10
)

// A Policy says what a plan may take away, and what must be known before. The
// zero Policy removes nothing.
type Policy struct {
	// Remove is RemoveNothing unless it is set.
	Remove RemovePolicy
	// MaxRemovals is the greatest number of removals in one plan: 0 means
	// DefaultMaxRemovals, less than 0 that there is no limit by number.
	MaxRemovals int
	// MaxRemovalShare is the greatest share of the current direct assignments of
	// users that one plan may remove, from 0 to 1: 0 means
	// DefaultMaxRemovalShare, 1 that there is no limit by share. It is rounded
	// down, but one removal is always within it while another assignment
	// remains, so that a handful of users can be kept in line too.
	MaxRemovalShare float64
	// Override lifts both limits for this plan, which records it: the reason why
	// so many removals are right, for whoever reads the plan later. It lifts
	// nothing else.
	Override string
	// Roll is the evidence that removal needs; without it, or with rows missing
	// from it, a policy that removes is refused with an [*UnfinishedError]. A
	// policy that removes nothing may carry one too, for the counts of Kept.
	Roll *Roll
	// AcceptUnresolved is the number of unresolved rows that somebody has looked
	// at and found to be nobody with an assignment. One more stops every removal.
	AcceptUnresolved int
}

// ErrUnfinished says that something was not read to its end, so that nothing
// may be concluded from what is missing in it.
var ErrUnfinished = errors.New("unfinished read")

// An UnfinishedError refuses removals because the roster is not known well
// enough. It wraps [ErrUnfinished].
type UnfinishedError struct {
	Roll     *Roll // nil if the policy carried none
	Accepted int   // Policy.AcceptUnresolved
}

func (e *UnfinishedError) Error() string {
	const refused = "nothing may be removed: "
	switch {
	case e.Roll == nil:
		return refused + "the policy carries no Roll, which would show that the roster was read to its end"
	case !e.Roll.Complete:
		return refused + e.Roll.name() + " was not read and looked up to its end; remove nothing, or repeat that without an error"
	default:
		return fmt.Sprintf("%swho is meant by %d of the %d rows of %s is not known (the first is %v), and %d such rows are accepted; resolve them, or look at them and accept that many",
			refused, len(e.Roll.Unresolved), e.Roll.Rows, e.Roll.name(), e.Roll.Unresolved[0], e.Accepted)
	}
}

func (e *UnfinishedError) Unwrap() error { return ErrUnfinished }

// A RemovalLimitError refuses a plan that would remove more than its policy allows.
type RemovalLimitError struct {
	Removals []Change // what the plan would have removed
	Current  int      // direct assignments of users that there are
	Allowed  int      // removals that the limits allow
	Max      int      // limit by number in force; less than 0: none
	Share    float64  // limit by share in force
}

func (e *RemovalLimitError) Error() string {
	limit := fmt.Sprintf("%.4g%% of them", 100*e.Share)
	if e.Max >= 0 {
		limit += fmt.Sprintf(", at most %d", e.Max)
	}
	return fmt.Sprintf("the plan would remove %d of %d direct assignments and only %d may go (%s): check that the roster is whole and is this application's; if it is, raise the limit or override it with a reason",
		len(e.Removals), e.Current, e.Allowed, limit)
}

// limits returns the limits in force.
func (p Policy) limits() (count int, share float64, err error) {
	count, share = p.MaxRemovals, p.MaxRemovalShare
	if count == 0 {
		count = DefaultMaxRemovals
	}
	if share == 0 {
		share = DefaultMaxRemovalShare
	}
	if !(share > 0 && share <= 1) { // NaN too
		return 0, 0, fmt.Errorf("MaxRemovalShare is %v: it is a share from 0 to 1, such as 0.1 for a tenth", p.MaxRemovalShare)
	}
	return count, share, nil
}

// guard refuses removals beyond the limits, current being the number of direct
// assignments of users that there are.
func (p Policy) guard(removals []Change, current int) error {
	count, share, err := p.limits()
	if err != nil {
		return err
	}
	allowed := int(share*float64(current) + 1e-9) // 0.29 * 100 is a little less than 29
	if allowed == 0 && current > 1 {
		allowed = 1
	}
	if count >= 0 {
		allowed = min(allowed, count)
	}
	if len(removals) <= allowed || strings.TrimSpace(p.Override) != "" {
		return nil
	}
	return &RemovalLimitError{Removals: removals, Current: current, Allowed: allowed, Max: count, Share: share}
}
