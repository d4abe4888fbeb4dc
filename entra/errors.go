package entra

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// What an [Error] may be, for errors.Is.
var (
	// ErrNotFound: no such object, or it is not visible yet.
	ErrNotFound = errors.New("not found")
	// ErrExists: an object with the same natural key is there already.
	ErrExists = errors.New("already exists")
	// ErrThrottled: the service asked to slow down for longer than the client
	// was told to wait.
	ErrThrottled = errors.New("throttled")
	// ErrForbidden: the signed-in identity lacks a permission.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthenticated: no token could be had, or the service refused it.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrNotReplicated: something that the request refers to is not visible to
	// the replica that answered. For an object written a moment ago this passes.
	ErrNotReplicated = errors.New("not replicated yet")
	// ErrConflict: other writes to the same object were under way.
	ErrConflict = errors.New("conflicting write")
	// ErrUnavailable: the service or the way to it failed.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnclear: a write was sent and its outcome could not be learnt.
	ErrUnclear = errors.New("outcome unclear")
	// ErrReadOnly: the client was told not to write.
	ErrReadOnly = errors.New("the client is read-only")
	// ErrUnsupportedQuery: the service can't filter in that way.
	ErrUnsupportedQuery = errors.New("unsupported query")
	// ErrPageExpired: the listing took longer than its page token lives.
	ErrPageExpired = errors.New("page token expired")
)

// An Error is a request that failed. errors.Is finds in it the sentinels of
// this package and whatever Err wraps.
// https://learn.microsoft.com/graph/errors
type Error struct {
	Op              string // what the client was doing
	Status          int    // HTTP status; 0 = there was no answer
	Code            string // Graph's code, such as Request_BadRequest
	Message         string // Graph's message, for people
	Details         []ErrorDetail
	RequestID       string        // quote it to Microsoft's support
	ClientRequestID string        // the id that this side gave the request
	RetryAfter      time.Duration // how long the service asked to wait; 0 = it did not say
	Err             error         // the cause, where it is on this side
}

// An ErrorDetail is one of several things that are wrong with a request.
type ErrorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

// Error returns one line with all that helps to act on it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	for _, part := range []string{e.Code, strings.TrimSuffix(e.Message, ".")} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if advice := e.advice(); advice != "" {
		b.WriteString("; " + advice)
	}
	if e.RequestID != "" {
		b.WriteString(" (request-id " + e.RequestID + ")")
	}
	return strings.TrimPrefix(b.String(), ": ")
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a sentinel of this package that describes e.
func (e *Error) Is(target error) bool {
	for _, class := range classes {
		if class.err == target && class.matches(e) {
			return true
		}
	}
	return false
}
