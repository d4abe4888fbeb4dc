package match

import (
	"context"

	"github.com/rollcall-go/rollcall/roster"
)

// A Query asks the directory for the users of one row. It is a plain value;
// build it with [Equal] or [Where].
type Query struct {
	// Attribute is the user property that must equal Value, by Graph's name,
	// such as "userPrincipalName", "mail" or "employeeId". The collections
	// "proxyAddresses" and "otherMails" match if any element equals Value; a
	// Value for proxyAddresses that has no prefix of its own, such as
	// "ada@contoso.com", stands for "smtp:ada@contoso.com".
	// It is empty when Filter is set.
	Attribute string
	// Value is what is looked up, and the row's key in every report. It is
	// compared without letter case and never rewritten. With Filter it is only
	// the name that reports give the row.
	Value string
	// Filter is a complete OData filter, sent as it is, for rules that an
	// equality can't express. https://learn.microsoft.com/graph/filter-query-parameter
	Filter string
	// Rule names the rule that asked, for reports.
	Rule string
}

// A Matcher says how one row's person is looked up. Its queries are asked in
// order, each only if those before it found nobody; no query means that the row
// has no key. Implementations must be safe for concurrent use and must not
// depend on anything but the row.
type Matcher interface {
	Queries(row roster.Row) []Query
}

// A User is what the directory says of a candidate.
type User struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName,omitempty"`
	Mail              string `json:"mail,omitempty"`
	AccountEnabled    bool   `json:"accountEnabled"`
}

// An Answer is the directory's answer to one query: the users found, or why it
// could not say. An Answer with Err set says nothing about who exists.
type Answer struct {
	Users []User
	Err   error
}

// A Directory finds users. It is the port through which this package asks;
// entra.Client implements it.
type Directory interface {
	// FindUsers answers queries, in order: the result must have one Answer for
	// each. Users with equal IDs must not repeat within an answer. A failure
	// that concerns one query belongs in its Answer; the error is for failures
	// that concern all of them, and then the answers must not be used.
	FindUsers(ctx context.Context, queries []Query) ([]Answer, error)
}

// A RecycleBin is a [Directory] that can also be asked for deleted users. It
// is asked about rows that found nobody.
type RecycleBin interface {
	// FindDeletedUsers is FindUsers for soft-deleted users.
	FindDeletedUsers(ctx context.Context, queries []Query) ([]Answer, error)
}
