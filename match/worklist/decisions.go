package worklist

import "time"

// An Act is what was decided about an account.
type Act string

// The acts.
const (
	Match  Act = "match"  // it is User's, whatever the rules find
	Never  Act = "never"  // it is not User's, whatever the rules find
	Create Act = "create" // a user is to be created
	Close  Act = "close"  // it is to be closed in the application
	Nobody Act = "nobody" // it belongs to no person: Kind, Owner
	Later  Act = "later"  // somebody looks at it later
)

// A Decision is what a person decided about an account, which every later run
// knows until its end. It is about the account's own name and not about a line.
type Decision struct {
	Account string    `json:"account"`
	Act     Act       `json:"decision"`
	User    string    `json:"user,omitempty"` // of Match and Never: user principal name or object id
	Kind    string    `json:"kind,omitempty"` // of Nobody: service, shared or vendor
	Owner   string    `json:"owner,omitempty"`
	Until   time.Time `json:"until,omitzero"` // the last day on which it holds, in UTC; zero for no end
	By      string    `json:"by,omitempty"`
	On      time.Time `json:"on,omitzero"`
	Why     string    `json:"why,omitempty"`
	// Was is Row.Was when it was decided. A decision about a row that has changed does
	// not hold any more: the account's name may have gone to another person.
	// "" holds for any row.
	Was string `json:"was,omitempty"`
}

// Stale is a decision that does not hold any more, or that somebody has to look at.
type Stale struct {
	Decision
	Because string `json:"because"` // one sentence
	Holds   bool   `json:"holds"`   // it was followed all the same
}

// columns are those of a file of decisions, in the order in which they are written.
// Only account and decision must be there; others are passed over when it is read.
//
//	application, account, decision, user, kind, owner, until, by, on, why, was
//
// The worklist's CSV has them first, with decision empty, and then line, outcome,
// cause, act, where, state, reason, candidates and the columns of the list, each
// as "list: NAME".
