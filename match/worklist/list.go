package worklist

import (
	"time"

	"github.com/rollcall-go/rollcall/match/near"
)

// A List is the worklist of one run: the rows without a user, by cause and by
// urgency, and what has changed since an earlier run.
type List struct {
	Application string    `json:"application,omitempty"` // as decisions name it; "" if nobody named it
	Account     string    `json:"account,omitempty"`     // the column with an account's own name; "" for the looked-up value
	Roster      string    `json:"roster,omitempty"`      // the name of the list's file
	Made        time.Time `json:"made,omitzero"`
	Since       time.Time `json:"since,omitzero"` // Made of the earlier list that this one was compared with

	Counts Counts   `json:"counts"`
	Facts  []string `json:"facts,omitempty"` // columns shown beside each row, in order
	Causes []Cause  `json:"causes"`          // the one that one act settles most of comes first
	Rows   []Row    `json:"rows"`            // the most urgent first
	Solved []Solved `json:"solved,omitempty"`
	Stale  []Stale  `json:"stale,omitempty"`
}

// Counts say what became of all rows. Rows is the sum of Matched, Decided, Nobody
// and Open.
type Counts struct {
	Rows     int `json:"rows"`
	Matched  int `json:"matched"`  // a rule found the user
	Decided  int `json:"decided"`  // a decision names the user
	Nobody   int `json:"nobody"`   // belong to nobody
	Open     int `json:"open"`     // the rows of the list
	Disabled int `json:"disabled"` // users of Matched and Decided rows who can't sign in
	// Assigned is the number of users who hold a role of the application; -1 if unknown.
	Assigned int `json:"assigned"`
	// Unread is the number of lines that could not be read, each of which may be an account.
	Unread int `json:"unread"`
	// NotAccounts is the number of lines of the file that are no accounts, such as totals.
	NotAccounts int `json:"notAccounts"`
	// Unanswered is the number of queries for proposals that failed, so that causes may
	// be known less well than they could be.
	Unanswered int `json:"unanswered,omitempty"`
	// Unseen is the number of rows of the earlier list that are neither open nor known to
	// be solved: they are not in this list, which was not read whole.
	Unseen int `json:"unseen,omitempty"`
}

// A Group says how much is known of a row without a user.
type Group string

// The groups. A row of another group is never counted as one that nobody was found for.
const (
	NotFound Group = "notFound" // the directory was asked, and the user is not known
	NotAsked Group = "notAsked" // there was nothing to look up
	NotRead  Group = "notRead"  // the row could not be read, or the lookup failed: nothing is known
)

// A Cause is why rows have no user, and the one act that settles most of them.
// Every row has exactly one, so that Count of all causes adds up to Counts.Open.
type Cause struct {
	ID      string `json:"id"`   // such as "domain:oldco.example"
	Code    Code   `json:"code"` // the kind of cause
	Group   Group  `json:"group"`
	Text    string `json:"text"`           // such as "the domain oldco.example"
	Count   int    `json:"count"`          // rows
	Settles int    `json:"settles"`        // of them, those that the act is likely to settle
	Each    bool   `json:"each,omitempty"` // the act is done for each row by itself
	Act     string `json:"act"`            // one sentence: what to do
	Where   Where  `json:"where"`          // who has to do it
	Example int    `json:"example"`        // index in List.Rows
	// New and Before are the rows that the earlier list did not have, and how many it had.
	New    int `json:"new,omitempty"`
	Before int `json:"before,omitempty"`
}

// A Code is a kind of cause.
type Code string

// Where says where the act is done.
type Where string

// The places.
const (
	InRule        Where = "rule"        // the matching rule, or the decisions file
	InApplication Where = "application" // the application's own list
	InDirectory   Where = "directory"   // Entra ID, or what feeds it
	InList        Where = "list"        // the export of the list
)

// A Row is a row without a user.
type Row struct {
	Account string `json:"account"` // the account's own name; "" for a row that could not be read
	Key     string `json:"key"`     // what it was looked up by
	Line    int    `json:"line"`
	Lines   int    `json:"lines,omitempty"`   // of a row that could not be read, if more than 1
	Repeats int    `json:"repeats,omitempty"` // the line of an earlier row that asks the same
	Cause   string `json:"cause"`             // Cause.ID
	Outcome string `json:"outcome"`           // match.Kind
	Reason  string `json:"reason"`            // match.Outcome.Reason
	// Was tells the row's person apart, for a decision that must not outlive a change
	// of the row: the values that rules look up and the person's names.
	Was string `json:"was"`
	// Unread is the text of a row that could not be read.
	Unread string `json:"unread,omitempty"`
	// Values are those of List.Facts.
	Values     []string    `json:"values,omitempty"`
	Privileged bool        `json:"privileged,omitempty"`
	Inactive   bool        `json:"inactive,omitempty"`
	Guess      string      `json:"guess,omitempty"` // "service", "shared" or "vendor": a guess, never acted on
	Why        string      `json:"why,omitempty"`   // of Guess
	Candidates []Candidate `json:"candidates,omitempty"`
	// Others are further accounts of what looks like the same person.
	Others   []string  `json:"others,omitempty"`
	New      bool      `json:"new,omitempty"`      // since the earlier list
	Decision *Decision `json:"decision,omitempty"` // that holds
	// Also are further decisions about the account, such as never for several users.
	Also []Decision `json:"also,omitempty"`
}

// A Candidate is a user who may be a row's person: for people to check.
type Candidate struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"` // user principal name
	Display  string        `json:"display,omitempty"`
	Fields   []Evidence    `json:"fields,omitempty"`
	Strength near.Strength `json:"strength,omitempty"`
	Rivals   int           `json:"rivals,omitempty"`
	Why      string        `json:"why"`
	Line     int           `json:"line,omitempty"` // of a row that has this user already
	Disabled bool          `json:"disabled,omitempty"`
	Deleted  bool          `json:"deleted,omitempty"`
	Guest    bool          `json:"guest,omitempty"`
}

// Evidence is the comparison of one field of row and candidate.
type Evidence struct {
	Field string     `json:"field"`
	Grade near.Grade `json:"grade"`
	Text  string     `json:"text"` // why it is similar, such as "a short form"; may be empty
}

// Solved is a row of the earlier list that is not open any more.
type Solved struct {
	Account string `json:"account"`
	Cause   string `json:"cause"` // Cause.Text of the earlier list
	How     string `json:"how"`   // such as "found", "decided", "not in the list any more"
}
