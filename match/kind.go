package match

import "strings"

// A Kind says what became of a row. Every row of a report has exactly one; ""
// means that none is set.
type Kind string

// The kinds of outcome, in the order in which reports list them.
const (
	Matched   Kind = "matched"   // one user answered
	NoKey     Kind = "noKey"     // the match column is empty, absent, or holds a placeholder
	Duplicate Kind = "duplicate" // an earlier row has the same key
	SameUser  Kind = "sameUser"  // another key, yet the same user as an earlier row
	NotFound  Kind = "notFound"  // nobody answered
	Ambiguous Kind = "ambiguous" // several users answered
	Deleted   Kind = "deleted"   // nobody answered, but the recycle bin holds such a user
	Excluded  Kind = "excluded"  // on the caller's list of accounts that belong to nobody
	Failed    Kind = "failed"    // the lookup failed, or the row could not be read
)

// kinds has all kinds in the order of reports.
var kinds = []struct {
	kind    Kind
	issue   bool // somebody has to look at it, as in the article
	meaning string
}{
	{Matched, false, "one user answered"},
	{NoKey, true, "no value to look up in the match column"},
	{Duplicate, true, "the same key as an earlier row"},
	{SameUser, false, "another key, yet the same user as an earlier row"},
	{NotFound, true, "nobody answered"},
	{Ambiguous, true, "several users answered"},
	{Deleted, true, "nobody answered, but such a user is in the recycle bin"},
	{Excluded, false, "listed as belonging to nobody; left alone"},
	{Failed, true, "the lookup failed, or the row could not be read"},
}

// String returns the kind as tables show it to people, such as "NotFound" for
// [NotFound], and "not set" for "".
func (k Kind) String() string {
	if k == "" {
		return "not set"
	}
	return strings.ToUpper(string(k[:1])) + string(k[1:])
}

func (k Kind) valid() bool {
	for _, known := range kinds {
		if known.kind == k {
			return true
		}
	}
	return false
}
