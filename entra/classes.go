package entra

import (
	"strings"
)

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

	{err: ErrExists, code: "ObjectConflict"},
	{err: ErrExists, status: 400, message: "already exists"},
	{err: ErrExists, status: 409, message: "already exists"},
	{err: ErrExists, code: "Request_MultipleObjectsWithSameKeyValue"},

	{err: ErrThrottled, status: 429},
	{err: ErrThrottled, status: 503, code: "Request_ThrottledTemporarily"},
	{err: ErrForbidden, status: 403},
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
	if strings.EqualFold(e.Code, code) {
		return true
	}
	for _, detail := range e.Details {
		if strings.EqualFold(detail.Code, code) {
			return true
		}
	}
	return false
}
