package entra

import (
	"cmp"
	"fmt"
	"strings"
)

// The limits of [CreationLimits] that set none.
const (
	DefaultMaxCreations     = 1000
	DefaultMaxCreationShare = 0.5
)

// firstCreations is how many creations the default share always allows, so that a
// short list of new people needs no reason.
const firstCreations = 100

// CreationLimits say how many users one run may create. A list that nobody is
// found for, because a wrong column is looked up or an attribute can't be read,
// would otherwise become as many second accounts. They don't know what earlier
// runs created; whom those created is found by the next run, or is among
// CreationPlan.Existing.
type CreationLimits struct {
	// MaxUsers is the greatest number of users to create: 0 means
	// DefaultMaxCreations, and [assign.NoLimit] that there is no limit by number.
	MaxUsers int
	// MaxShare is their greatest share of the rows of the list, from 0 to 1: 0 means
	// DefaultMaxCreationShare or 100 users, whichever is more, and 1 that there is no
	// limit by share. It is rounded down.
	MaxShare float64
	// Override lifts both limits. It is the reason why so many are right.
	Override string
}

// A CreationLimitError refuses a plan that would create more users than allowed.
type CreationLimitError struct {
	Users   int // to create
	Rows    int // of the list
	Allowed int
}

func (e *CreationLimitError) Error() string {
	return fmt.Sprintf("%d users would be created for a list of %d rows, and only %d may: "+
		"check that the rows are looked up by the right column and attribute; "+
		"if nobody has an account yet, raise the limit or override it with a reason", e.Users, e.Rows, e.Allowed)
}

// Check refuses a plan that creates too many users with a [*CreationLimitError].
// rows is the number of all rows of the list. Nil limits mean the defaults. Call it
// before [Client.CreateUsers].
func (p *CreationPlan) Check(rows int, limits *CreationLimits) error {
	l := cmp.Or(limits, new(CreationLimits))
	if l.MaxUsers < 0 || !(l.MaxShare >= 0 && l.MaxShare <= 1) { // NaN too
		return fmt.Errorf("MaxUsers is %d and MaxShare is %v: "+
			"want a number from 0, or assign.NoLimit, and a share from 0 to 1", l.MaxUsers, l.MaxShare)
	}
	allowed := int(l.MaxShare*float64(rows) + 1e-9) // 0.29 * 100 is a little less than 29
	if l.MaxShare == 0 {
		allowed = max(firstCreations, int(DefaultMaxCreationShare*float64(rows)))
	}
	allowed = min(allowed, cmp.Or(l.MaxUsers, DefaultMaxCreations))
	if len(p.Users) > allowed && strings.TrimSpace(l.Override) == "" {
		return &CreationLimitError{Users: len(p.Users), Rows: rows, Allowed: allowed}
	}
	return nil
}
