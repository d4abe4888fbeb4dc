package fulfill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The limits of [RevocationOptions] and [DeliveryOptions] that set none.
const (
	DefaultMaxAccounts     = 500
	DefaultMaxAccountShare = 0.5
	DefaultMaxTickets      = 500
	DefaultMaxTicketShare  = 0.5
)

// alwaysAllowed is how many accounts may be listed whatever their share, so that
// a small application has leavers too.
const alwaysAllowed = 10

// limitWindow is how long a loss counts against the limits: what many runs find in a
// week is limited as if one had found it.
const limitWindow = 7 * 24 * time.Hour

// RevocationOptions are the options of [State.Compare].
type RevocationOptions struct {
	// MaxAccounts is the greatest number of accounts to close, or to take roles from,
	// whose losses were found within seven days: 0 means DefaultMaxAccounts, and
	// [assign.NoLimit] that there is no limit by number.
	MaxAccounts int
	// MaxAccountShare is their greatest share of the accounts that the journal knew
	// before, from 0 to 1: 0 means DefaultMaxAccountShare, 1 that there is no limit by
	// share. Ten accounts are always allowed.
	MaxAccountShare float64
	// Override lifts both limits. It is the reason why so many are right; the journal
	// records it.
	Override string
}

// DeliveryOptions are the options of [State.Due].
type DeliveryOptions struct {
	// MaxTickets is the greatest number of tickets in one delivery, with those that
	// earlier ones left over: 0 means DefaultMaxTickets, and [assign.NoLimit] that
	// there is no limit by number.
	MaxTickets int
	// MaxTicketShare is their greatest share of the application's accounts, from 0 to 1:
	// 0 means DefaultMaxTicketShare, 1 that there is no limit by share. Ten tickets are
	// always allowed.
	MaxTicketShare float64
	// Override lifts both limits. It is the reason why so many are right.
	Override string
}

// A LimitError refuses more accounts, or more tickets, than the options allow.
type LimitError struct {
	Tickets bool // Listed are tickets, and not the accounts of a list
	Listed  int  // accounts to close, or to take roles from
	Current int  // accounts that there are
	Allowed int
}

func (e *LimitError) Error() string {
	text := fmt.Sprintf("%d of %d accounts would have to be closed or to lose roles, and only %d may",
		e.Listed, e.Current, e.Allowed)
	if e.Tickets {
		text = fmt.Sprintf("%d tickets would be opened for an application of %d accounts, and only %d may",
			e.Listed, e.Current, e.Allowed)
	}
	return text + ": check that the directory answered in full and that the journal is this application's; " +
		"if they are right, raise the limit or override it with a reason"
}

// check refuses a state beyond the limits. known is how many accounts there were.
func (o RevocationOptions) check(state *State, known int, now time.Time) error {
	allowed, ok := allowedOf(known, o.MaxAccounts, o.MaxAccountShare, DefaultMaxAccounts, DefaultMaxAccountShare)
	if !ok {
		return fmt.Errorf("MaxAccounts is %d and MaxAccountShare is %v: "+
			"want a number from 0, or assign.NoLimit, and a share from 0 to 1", o.MaxAccounts, o.MaxAccountShare)
	}
	recent := func(l Loss) bool { return l.Cause.Lost() && now.Sub(l.At) < limitWindow }
	listed := 0
	for _, r := range state.Revocations().Accounts {
		if r.Action() != LookInto && slices.ContainsFunc(r.Lost, recent) {
			listed++
		}
	}
	if listed > allowed && strings.TrimSpace(o.Override) == "" {
		return &LimitError{Listed: listed, Current: known, Allowed: allowed}
	}
	return nil
}

// check refuses more tickets than the limits allow. A nil o has the defaults.
func (o *DeliveryOptions) check(known, tickets int) error {
	if o == nil {
		o = new(DeliveryOptions)
	}
	allowed, ok := allowedOf(known, o.MaxTickets, o.MaxTicketShare, DefaultMaxTickets, DefaultMaxTicketShare)
	if !ok {
		return fmt.Errorf("MaxTickets is %d and MaxTicketShare is %v: "+
			"want a number from 0, or assign.NoLimit, and a share from 0 to 1", o.MaxTickets, o.MaxTicketShare)
	}
	if tickets > allowed && strings.TrimSpace(o.Override) == "" {
		return &LimitError{Tickets: true, Listed: tickets, Current: known, Allowed: allowed}
	}
	return nil
}

// allowedOf returns how many of current accounts the limits allow; not ok if no
// limit can be meant.
func allowedOf(current, most int, share float64, defaultMost int, defaultShare float64) (allowed int, ok bool) {
	if most < 0 || !(share >= 0 && share <= 1) { // NaN too
		return 0, false
	}
	byShare := int(cmp.Or(share, defaultShare)*float64(current) + 1e-9) // 0.29 * 100 is a little less than 29
	return min(max(alwaysAllowed, byShare), cmp.Or(most, defaultMost)), true
}
