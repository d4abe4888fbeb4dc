package assign

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// Limits are the limits of a policy that are in force. A plan carries them, so
// that whoever applies it can hold it against them once more.
type Limits struct {
	MaxAdditions     int     `json:"maxAdditions"`
	MaxAdditionShare float64 `json:"maxAdditionShare"`
	MaxRemovals      int     `json:"maxRemovals"`     // 0 if nothing may be removed
	MaxRemovalShare  float64 `json:"maxRemovalShare"` // 0 if nothing may be removed
	Override         string  `json:"override,omitempty"`
	// MinHolders is Policy.MinHolders, by the ids of roles in lower case.
	MinHolders map[string]int `json:"minHolders,omitempty"`
}

// limits returns the limits that are in force. current is the number of direct
// assignments of users that there are.
func (p Policy) limits(current int) Limits {
	l := Limits{MaxAdditions: cmp.Or(p.MaxAdditions, DefaultMaxAdditions), Override: strings.TrimSpace(p.Override),
		MaxAdditionShare: cmp.Or(p.MaxAdditionShare,
			max(DefaultMaxAdditionShare, firstAdditions/float64(max(current, 1))))}
	if p.removes() {
		l.MaxRemovals = cmp.Or(p.MaxRemovals, DefaultMaxRemovals)
		l.MaxRemovalShare = cmp.Or(p.MaxRemovalShare, DefaultMaxRemovalShare)
		for role, least := range p.MinHolders {
			if l.MinHolders == nil {
				l.MinHolders = make(map[string]int)
			}
			l.MinHolders[strings.ToLower(role)] = least
		}
	}
	return l
}

// A LimitError refuses a plan that would change more than its policy allows.
type LimitError struct {
	Action  Action
	Changes []Change // what the plan would have done
	Current int      // direct assignments of users that there are
	Allowed int      // changes that the limits allow
	Max     int      // limit by number in force, or NoLimit
	Share   float64  // limit by share in force
}

func (e *LimitError) Error() string {
	if e.Action == Add {
		limit := ""
		if e.Allowed < e.Max {
			limit = fmt.Sprintf(" (%.4g%% of the %d that there are)", 100*e.Share, e.Current)
		}
		return fmt.Sprintf("the plan would add %d assignments and only %d may be added%s: "+
			"check that each row gets the role that it should; if it does, raise the limit or override it with a reason",
			len(e.Changes), e.Allowed, limit)
	}
	limit := fmt.Sprintf("%.4g%% of them", 100*e.Share)
	if e.Max != NoLimit {
		limit += fmt.Sprintf(", at most %d", e.Max)
	}
	return fmt.Sprintf("the plan would remove %d of %d direct assignments and only %d may go (%s): "+
		"check that the roster is whole and is this application's; if it is, raise the limit or override it with a reason",
		len(e.Changes), e.Current, e.Allowed, limit)
}

// valid reports whether these can be the limits of a policy. A file may say anything.
func (l Limits) valid() bool {
	return min(l.MaxAdditions, l.MaxRemovals) >= 0 && l.MaxAdditionShare > 0 &&
		l.MaxRemovalShare >= 0 && l.MaxRemovalShare <= 1
}

// check refuses changes beyond the limits. current is the number of direct
// assignments of users that there are.
func (l Limits) check(additions, removals []Change, current int) error {
	allowed := shareOf(current, l.MaxRemovalShare)
	if allowed == 0 && current > 1 {
		allowed = 1
	}
	allowed, added := min(allowed, l.MaxRemovals), l.MaxAdditions
	if current > 0 {
		added = min(added, max(1, shareOf(current, l.MaxAdditionShare)))
	}
	switch {
	case l.Override != "":
		return nil
	case len(removals) > allowed:
		return &LimitError{Action: Remove, Changes: removals, Current: current, Allowed: allowed,
			Max: l.MaxRemovals, Share: l.MaxRemovalShare}
	case len(additions) > added:
		return &LimitError{Action: Add, Changes: additions, Current: current, Allowed: added,
			Max: l.MaxAdditions, Share: l.MaxAdditionShare}
	}
	return nil
}

// shareOf returns a share of n, rounded down.
func shareOf(n int, share float64) int {
	return int(min(share*float64(n)+1e-9, math.MaxInt32)) // 0.29 * 100 is a little less than 29
}

// tooFew returns an error if a removal leaves a role with fewer users than it needs.
func (l Limits) tooFew(before []Assignment, additions, removals []Change) error {
	if len(l.MinHolders) == 0 {
		return nil
	}
	holders := make(map[string]int)
	for _, a := range before {
		if a.direct() {
			holders[a.AppRoleID]++
		}
	}
	for _, change := range additions {
		holders[change.pair().role]++
	}
	for _, change := range removals {
		holders[change.pair().role]--
	}
	for _, change := range removals {
		role := change.pair().role
		if least := l.MinHolders[role]; holders[role] < least {
			return fmt.Errorf("the plan would leave the role %s with %d users, and at least %d must keep it: %w",
				roster.Printable(change.role()), holders[role], least, ErrTooFewHolders)
		}
	}
	return nil
}
