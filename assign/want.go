package assign

import (
	"cmp"
	"errors"
	"iter"
	"strconv"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A Source is the place in the roster that a want came from.
type Source struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line"`
	Key  string `json:"key"`
}

// String returns the source as messages name it: "row 12 of users.csv (ada@example.com)".
func (s Source) String() string {
	text := "row " + strconv.Itoa(s.Line)
	if s.File != "" {
		text += " of " + s.File
	}
	if s.Key != "" {
		text += " (" + s.Key + ")"
	}
	return roster.Printable(text)
}

// Compare orders sources by file, line and key.
func (s Source) Compare(t Source) int {
	return cmp.Or(strings.Compare(s.File, t.File), cmp.Compare(s.Line, t.Line), strings.Compare(s.Key, t.Key))
}

// A Want says that a user should hold a role, and which row says so.
type Want struct {
	PrincipalID   string // object id of the user
	PrincipalName string // for people; may be empty
	AppRoleID     string
	Source        Source
}

// An Account is a row of the roster together with the directory user it belongs
// to. match.Outcome is one.
type Account interface {
	// Principal returns the object id and a name of the row's user, or two empty
	// strings if it is not known who that is.
	Principal() (id, name string)
	// Account returns the row and the key by which its user was looked up.
	Account() (row roster.Row, key string)
	// MayBe returns the object ids of other users whom the row may mean, such as
	// the candidates of an ambiguous row. They keep what they hold.
	MayBe() []string
}

// SourceOf returns the place of an account in the roster.
func SourceOf(account Account) Source {
	row, key := account.Account()
	return Source{File: row.File(), Line: row.Line(), Key: key}
}

// ErrNoUser is the cause of a [*WantError] for a row whose user is not known.
var ErrNoUser = errors.New("the row's user is not known")

// A WantError says which row leads to no want; it wraps the reason.
type WantError struct {
	Source      Source
	PrincipalID string // the row's user; empty if that is not known
	Err         error  // the RoleRule's error, or ErrNoUser
}

func (e *WantError) Error() string { return e.Source.String() + ": " + e.Err.Error() }

func (e *WantError) Unwrap() error { return e.Err }

// Wants turns accounts into what should be: their users hold the roles that the
// rule gives their rows, one want for each. A row without a role, or without a
// user, is an error of its own and doesn't stop the others. Pass these errors to
// [NewRoll], because such rows protect users from removal.
func Wants[A Account](accounts iter.Seq[A], roles RoleRule) ([]Want, []*WantError) {
	var wants []Want
	var failed []*WantError
	for account := range accounts {
		id, name := account.Principal()
		source := SourceOf(account)
		if id == "" {
			failed = append(failed, &WantError{Source: source, Err: ErrNoUser})
			continue
		}
		row, _ := account.Account()
		given, err := roles(row)
		if err != nil {
			failed = append(failed, &WantError{Source: source, PrincipalID: id, Err: err})
			continue
		}
		for _, role := range given {
			wants = append(wants, Want{PrincipalID: id, PrincipalName: name, AppRoleID: role.ID, Source: source})
		}
	}
	return wants, failed
}
