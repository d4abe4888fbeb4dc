package match

import "fmt"

// A Kind says what became of a row. Every row has exactly one.
type Kind uint8

// The kinds of outcome, in the order in which reports list them.
const (
	Matched   Kind = iota // one user answered
	NoKey                 // the match column is empty or absent in this row
	Duplicate             // an earlier row has the same key
	SameUser              // another key, yet the same user as an earlier row
	NotFound              // nobody answered
	Ambiguous             // several users answered
	Deleted               // nobody answered, but the recycle bin holds such a user
	Excluded              // on the caller's list of accounts that belong to nobody
	Failed                // the lookup failed, or the row could not be read

	kinds = 9
)

var kindNames = [kinds]string{"Matched", "NoKey", "Duplicate", "SameUser", "NotFound",
	"Ambiguous", "Deleted", "Excluded", "Failed"}

// String returns the kind's name as written above, such as "NotFound".
func (k Kind) String() string {
	if k >= kinds {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// MarshalText returns String; it is what JSON shows of a kind.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText is the reverse of MarshalText and refuses other names.
func (k *Kind) UnmarshalText(text []byte) error {
	for i, name := range kindNames {
		if name == string(text) {
			*k = Kind(i)
			return nil
		}
	}
	return fmt.Errorf("match: no outcome is called %q", text)
}
