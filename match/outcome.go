package match

import (
	"errors"

	"github.com/rollcall-go/rollcall/roster"
)

// An Outcome is what became of one row.
type Outcome struct {
	// Row is the row as the roster has it. If it could not be read, only the
	// file and the line are certain.
	Row  roster.Row
	Kind Kind
	// Key is the value that the row was looked up by, as the file has it: the Raw
	// or the Value of Query. It is empty for a row that could not be read, and for NoKey unless
	// the row has a placeholder.
	Key string
	// Query is the query that found users (Matched, SameUser, Ambiguous,
	// Deleted), the one that failed (Failed), or the row's first one. For NoKey
	// it is the one for a placeholder, or has only the name of the rule.
	Query Query
	// User is the user of a Matched or SameUser row, and of a Duplicate of such
	// a row; otherwise nil.
	// It is shared with the report's other outcomes and must not be changed.
	User *User
	// Candidates are the users that answered for an Ambiguous row (at most
	// one, if rows of one key contradict each other), that the recycle bin holds
	// for a Deleted one, or whom an Excluded one names. For a Matched or SameUser
	// row they are those among whom the rule chose User; otherwise there are none.
	// The user of a Decision that does not hold any more is always one.
	Candidates []User
	// Choice says why a [Chooser] chose User among Candidates, or chose none.
	Choice string
	// FirstLine is the line of the earlier row that a Duplicate or SameUser
	// row repeats; otherwise 0.
	FirstLine int
	// Exclusion is the entry of Options.Exclusions that an Excluded row is on, or
	// the Nobody of its Decision.
	Exclusion *Exclusion
	// Decision is what people decided about the row; nil if nothing. The Query of a
	// row whose user it names has the Rule [Decided].
	Decision *Decision
	// ByRules are the users whom the rules alone found for a row with a Decision, so
	// that the two can be compared; for other rows there are none.
	ByRules []User
	// Err says why a Failed row failed. For an Ambiguous row it is a
	// [*ConflictError] if rows of one key contradict each other, or a
	// [*DecisionError] if the row has a Decision that does not hold; otherwise nil.
	Err error

	asked int32 // number of queries, for Reason
	lines int32 // of a row that could not be read, if Err doesn't know
}

// Line returns the line on which the row begins.
func (o Outcome) Line() int { return o.Row.Line() }

// Lines returns the number of lines that the outcome stands for: 1, or for a row
// that could not be read those of its record. Each of them may have been an account.
func (o Outcome) Lines() int {
	if bad, ok := errors.AsType[*roster.RowError](o.Err); ok {
		return max(1, bad.Lines)
	}
	return max(1, int(o.lines))
}

// Unread returns the number of lines of a row that could not be read; 0 for one that
// was read. Each of them may have been an account.
func (o Outcome) Unread() int {
	if _, bad := errors.AsType[*roster.RowError](o.Err); bad || o.lines > 0 {
		return o.Lines()
	}
	return 0
}

// Enabled reports whether the row has a user and that user can sign in.
func (o Outcome) Enabled() bool { return o.User != nil && o.User.AccountEnabled }

// MayBe returns the object ids of the users whom the row may mean although it
// is not known to: the candidates of a row without a user, and the user of a
// Decision that does not hold any more.
func (o Outcome) MayBe() []string {
	if o.User != nil && (o.Decision == nil || o.Decision.Stale == "") {
		return nil
	}
	var ids []string
	for _, user := range o.Candidates {
		if o.User == nil || user.ID != o.User.ID {
			ids = append(ids, user.ID)
		}
	}
	return ids
}

// Principal returns the id and the user principal name of the row's user, or
// two empty strings. With Account it makes an Outcome usable by assign.Wants.
func (o Outcome) Principal() (id, name string) {
	if o.User == nil {
		return "", ""
	}
	return o.User.ID, o.User.UserPrincipalName
}

// Account returns the row and the key it was looked up by.
func (o Outcome) Account() (row roster.Row, key string) { return o.Row, o.Key }

// unresolved reports whether nobody was found for a row that belongs to somebody.
func (o *Outcome) unresolved() bool { return o.User == nil && o.Kind != Excluded }

// decide sets the outcome to that of a query.
func (o *Outcome) decide(kind Kind, query Query) {
	o.Kind, o.Query, o.Key = kind, query, query.key()
}

// fail sets the outcome to that of a query that failed.
func (o *Outcome) fail(query Query, err error) {
	o.decide(Failed, query)
	o.Err = err
}
