package graph

import (
	"fmt"
	"net/http"
	"strings"
)

// An Operation is something that a program asks of Graph, with what it needs.
type Operation struct {
	// Name is what the program does, as errors name it: "find users".
	Name string
	// Permissions are what the operation needs: one permission of every list.
	// The first of a list is the least.
	// https://learn.microsoft.com/graph/permissions-reference
	Permissions [][]string
	// Limit says what the first permission of a list is good for, and which to take
	// for the rest; "" means that it is good for all.
	Limit string
	// Role is the directory role that a signed-in person needs too; "" means none.
	Role string
}

// Least returns the least permissions with which the operation succeeds.
func (o Operation) Least() []string {
	least := make([]string, len(o.Permissions))
	for i, choice := range o.Permissions {
		least[i] = choice[0]
	}
	return least
}

// advice says what to do about a refused request; "" if there is nothing to
// say that Graph's own message does not.
func (e *Error) advice() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "sign in again: the token is missing, expired or for another service"
	case e.Status == http.StatusForbidden && !e.Is(ErrNotReplicated) &&
		(e.Code == "" || e.Code == "Authorization_RequestDenied"):
		return e.Op.advice()
	}
	return ""
}

// Missing returns the error of an answer in which an object lacks a property, or
// has null for it: the service answers so for what the token may not read, and
// nothing may be concluded from it. The error wraps [ErrIncomplete].
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/16054
func (o Operation) Missing(object, property string) error {
	text := fmt.Errorf("%w: %s comes without %s, so it is unknown", ErrIncomplete, object, property)
	if advice := o.advice(); advice != "" {
		text = fmt.Errorf("%w; %s", text, advice)
	}
	return &Error{Op: o, Err: text}
}

func (o Operation) advice() string {
	if len(o.Permissions) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("it needs the Graph permission " + strings.Join(o.Least(), " and "))
	if o.Limit != "" {
		b.WriteString(" (" + o.Limit + ")")
	}
	b.WriteString(", which a Privileged Role Administrator or Global Administrator can grant")
	if o.Role != "" {
		b.WriteString("; a signed-in person also needs the directory role " + o.Role)
	}
	return b.String()
}
