package graph

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What errors.Is may find in an [Error].
var (
	// ErrNotFound: no such object, or it is not visible yet.
	ErrNotFound = errors.New("not found")
	// ErrGone: the service finds nothing to remove. It has said so of objects that
	// were still there, so look before believing it.
	ErrGone = errors.New("nothing to remove")
	// ErrExists: an object with the same natural key is there already.
	ErrExists = errors.New("already exists")
	// ErrThrottled: the service asked to wait for longer than Options.RetryFor, or
	// to wait at all where Options.MaxRetries is NoRetry.
	ErrThrottled = errors.New("throttled")
	// ErrForbidden: the signed-in identity lacks a permission.
	ErrForbidden = errors.New("forbidden")
	// ErrPasswordRefused: the service takes another password, not this one.
	ErrPasswordRefused = errors.New("password refused")
	// ErrUnauthenticated: there was no token, or the service refused it.
	ErrUnauthenticated = errors.New("not authenticated")
	// ErrNotReplicated: something that the request refers to is not visible to
	// the replica that answered. For an object that was just written this passes.
	ErrNotReplicated = errors.New("not replicated yet")
	// ErrConflict: other writes to the same object were under way.
	ErrConflict = errors.New("conflicting write")
	// ErrUnavailable: the service or the way to it failed.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnclear: a write was sent, and nobody knows whether it took effect.
	ErrUnclear = errors.New("outcome unclear")
	// ErrReadOnly: a write was refused because of Options.ReadOnly.
	ErrReadOnly = errors.New("the client is read-only")
	// ErrUnsupportedQuery: the service can't filter in that way.
	ErrUnsupportedQuery = errors.New("unsupported query")
	// ErrIncomplete: the answer lacks something that a conclusion rests on.
	ErrIncomplete = errors.New("incomplete answer")
	// ErrTooLarge: the answer has more bytes than Options.MaxAnswer.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrPageExpired: the listing took longer than its page token lives.
	ErrPageExpired = errors.New("page token expired")
)

// An Error is a request that failed. errors.Is finds in it the sentinels of this
// package that describe it, and whatever Err wraps. Where the service repeats the
// token that the request was sent with, or a password in its body, [redacted] stands
// in all fields. They are otherwise as the service sent them; the text of Error
// escapes what a terminal would act on.
// https://learn.microsoft.com/graph/errors
type Error struct {
	Op              Operation // what the program was doing
	Status          int       // HTTP status; 0 = there was no answer
	Code            string    // Graph's code, such as Request_BadRequest
	Message         string    // Graph's message, for people
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

// replyError makes an Error of an answer with an error status. Front ends,
// proxies and identity providers answer with anything, so each part is decoded
// by itself and what can't be read is left out.
func replyError(op Operation, r *reply) *Error {
	e := &Error{
		Op: op, Status: r.status,
		RequestID:       r.header.Get("request-id"),
		ClientRequestID: r.header.Get("client-request-id"),
		RetryAfter:      parseRetryAfter(r.header.Get("Retry-After"), time.Now()),
	}
	e.readBody(trimBOM(r.body))
	if e.Code == "" && e.Message == "" {
		e.Message = http.StatusText(r.status)
	}
	return e
}

// Error returns one line with all that helps to act on it, fit to be printed.
func (e *Error) Error() string {
	if e.RequestID == "" {
		return e.Summary()
	}
	return e.Summary() + " (request-id " + printable(e.RequestID) + ")"
}

// Summary is Error without the request-id: the same for all requests that fail in
// the same way.
func (e *Error) Summary() string {
	var b strings.Builder
	b.WriteString(e.Op.Name)
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
	return printable(strings.TrimPrefix(b.String(), ": "))
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is a sentinel of this package that describes e.
func (e *Error) Is(target error) bool {
	return slices.ContainsFunc(classes, func(c class) bool { return c.err == target && c.matches(e) })
}

// A class says which answers a sentinel stands for. Graph's codes are too
// coarse to tell them apart (Request_BadRequest is nearly everything), so that
// messages have to be looked at as well, as all serious clients do.
type class struct {
	err     error
	status  int    // 0 = any
	code    string // "" = any; also looked for in the details
	message string // a part of the message in lower case; "" = any
}

// classes is the only place that knows Graph's wording. All rows that match
// apply.
var classes = []class{
	{err: ErrNotFound, status: 404},
	{err: ErrNotFound, status: 410},

	{err: ErrGone, status: 404},
	{err: ErrGone, status: 410},
	// https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/968
	{err: ErrGone, status: 400, message: "being updated or deleted is not found"},
	{err: ErrGone, status: 400, message: "removed object references do not exist"},

	{err: ErrExists, code: "ObjectConflict"},
	{err: ErrExists, status: 400, message: "already exists"},
	{err: ErrExists, status: 409, message: "already exists"},
	// https://github.com/hashicorp/go-azure-sdk/blob/main/sdk/odata/errors.go
	{err: ErrExists, status: 400, message: "added object references already exist"},
	{err: ErrExists, code: "Request_MultipleObjectsWithSameKeyValue"},

	{err: ErrThrottled, status: 429},
	{err: ErrThrottled, status: 503, code: "Request_ThrottledTemporarily"},
	{err: ErrForbidden, status: 403},
	{err: ErrPasswordRefused, status: 400, message: "password does not comply"},
	{err: ErrPasswordRefused, status: 400, message: "password cannot contain"},
	{err: ErrUnauthenticated, status: 401},

	{err: ErrNotReplicated, status: 400, message: "not a valid reference update"},
	{err: ErrNotReplicated, status: 400, message: "permission being assigned was not found on application"},
	{err: ErrNotReplicated, code: "NoBackingApplicationObject"},
	{err: ErrNotReplicated, status: 400, message: "does not reference a valid application object"},
	{err: ErrNotReplicated, status: 403, message: "the backing application of the service principal being created must"},
	{err: ErrNotReplicated, status: 404, code: "Directory_ObjectNotFound"},

	{err: ErrConflict, code: "Directory_ConcurrencyViolation"},
	{err: ErrConflict, message: "due to concurrent requests"},

	{err: ErrUnavailable, status: 500},
	{err: ErrUnavailable, status: 502},
	{err: ErrUnavailable, status: 503},
	{err: ErrUnavailable, status: 504},

	{err: ErrUnsupportedQuery, status: 400, code: "Request_UnsupportedQuery"},
	{err: ErrPageExpired, status: 400, code: "Directory_ExpiredPageToken"},
}

func (c class) matches(e *Error) bool {
	if e.Status == 0 || c.status != 0 && c.status != e.Status {
		return false
	}
	if c.code != "" && !e.hasCode(c.code) {
		return false
	}
	return strings.Contains(strings.ToLower(e.Message), c.message)
}

func (e *Error) hasCode(code string) bool {
	return strings.EqualFold(e.Code, code) ||
		slices.ContainsFunc(e.Details, func(d ErrorDetail) bool { return strings.EqualFold(d.Code, code) })
}

// ConflictsOn reports whether err says that another object has the same value of
// a property. Graph names the property in a detail, or only in the message.
func ConflictsOn(err error, property string) bool {
	return errors.Is(err, ErrExists) && names(err, property)
}

// Refuses reports whether err says that a property can't be set, or not to this
// value.
func Refuses(err error, property string) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest && !errors.Is(err, ErrExists) && names(err, property)
}

func names(err error, property string) bool {
	var e *Error
	return errors.As(err, &e) && (MessageHas(err, strings.ToLower(property)) ||
		slices.ContainsFunc(e.Details, func(d ErrorDetail) bool { return strings.EqualFold(d.Target, property) }))
}

// MessageHas reports whether Graph's message contains a text, given in lower case.
func MessageHas(err error, text string) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(strings.ToLower(e.Message), text)
}

// HasCode reports whether Graph gave err that code, or one of its details.
func HasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.hasCode(code)
}
