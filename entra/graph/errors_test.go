package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each body has been seen from Graph or from something in front of it; the
// SDK's own error type panics on half of them.
func TestEveryErrorBodyGivesATypedError(t *testing.T) {
	tests := []struct {
		name, body, code, message string
	}{
		{"Graph's envelope", odataError("Request_BadRequest", "Invalid object identifier 'x'."), "Request_BadRequest", "Invalid object identifier 'x'."},
		{"empty", "", "", "Bad Request"},
		{"an empty object", "{}", "", "Bad Request"},
		{"null", "null", "", "Bad Request"},
		{"error is null", `{"error":null}`, "", "Bad Request"},
		{"error is empty", `{"error":{}}`, "", "Bad Request"},
		{"no message", `{"error":{"code":"UnknownError"}}`, "UnknownError", ""},
		{"message is null", `{"error":{"code":"UnknownError","message":null,"innerError":null}}`, "UnknownError", ""},
		{"message is an object", `{"error":{"code":"E","message":{"lang":"en","value":"old OData"}}}`, "E", ""},
		{"API management", `{"statusCode":400,"message":"Access denied due to missing subscription key."}`, "", "Access denied due to missing subscription key."},
		{"identity provider", `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret"}`, "invalid_client", "AADSTS7000215: Invalid client secret"},
		{"an array", "[]", "", "[]"},
		{"a number", "5", "", "5"},
		{"HTML", "<html>\n<head><title>502 Bad\nGateway</title></head></html>", "", "502 Bad Gateway"},
		{"HTML in the message", `{"error":{"code":"UnknownError","message":"<!DOCTYPE HTML>\r\n<H2>Bad Request - Request Too Long</H2>"}}`, "UnknownError", "Bad Request - Request Too Long"},
		{"text", "upstream connect error", "", "upstream connect error"},
		{"cut off", `{"error":{"code":"Requ`, "", `{"error":{"code":"Requ`},
		{"a BOM", "\ufeff" + odataError("C", "m"), "C", "m"},
		{"other letter case", `{"Error":{"Code":"C","Message":"m"}}`, "C", "m"},
		{"details of another shape", `{"error":{"code":"C","message":"m","details":"none"}}`, "C", "m"},
		{"not UTF-8", "\xff\xfe\xfa", "", "Bad Request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, answers(answer{status: 400, body: tt.body}), nil)
			err := c.Do(t.Context(), Request{Op: Operation{Name: "look"}, Path: "/users"}, nil)
			var typed *Error
			require.ErrorAs(t, err, &typed)
			assert.Equal(t, 400, typed.Status)
			assert.Equal(t, tt.code, typed.Code)
			assert.Equal(t, tt.message, typed.Message)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

func TestErrorKeepsWhatSupportAsksFor(t *testing.T) {
	body := `{"error":{"code":"Request_BadRequest","message":"Taken.","details":[{"code":"ObjectConflict","message":"m","target":"userPrincipalName"}],
		"InnerError":{"request-id":"from-body","client-request-id":"mine"}}}`
	c, _ := client(t, answers(answer{status: 400, body: body, header: map[string]string{"request-id": "from-header", "Retry-After": "2.5"}}), nil)
	err := c.Do(t.Context(), Request{Op: Operation{Name: "create user"}, Method: "POST", Path: "/users"}, nil)
	var typed *Error
	require.ErrorAs(t, err, &typed)
	assert.Equal(t, &Error{Op: Operation{Name: "create user"}, Status: 400, Code: "Request_BadRequest", Message: "Taken.",
		Details:   []ErrorDetail{{Code: "ObjectConflict", Message: "m", Target: "userPrincipalName"}},
		RequestID: "from-header", ClientRequestID: "mine", RetryAfter: 3 * time.Second}, typed)
	assert.Equal(t, "create user: status 400: Request_BadRequest: Taken (request-id from-header)", err.Error())
	assert.ErrorIs(t, err, ErrExists)
}

func TestLongMessagesAreCut(t *testing.T) {
	e := replyError(Operation{Name: "x"}, &reply{status: 500, header: http.Header{}, body: []byte(strings.Repeat("é", 1000))})
	assert.Len(t, e.Message, maxMessage+len("..."))
}

func TestClasses(t *testing.T) {
	tests := []struct {
		status        int
		code, message string
		is            []error
		reason        string
	}{
		{404, "Request_ResourceNotFound", "Resource 'x' does not exist or one of its queried reference-property objects are not present.", []error{ErrNotFound, ErrGone}, ""},
		{404, "Directory_ObjectNotFound", "Unable to read the company information from the directory.", []error{ErrNotFound, ErrGone, ErrNotReplicated}, "transient"},
		{400, "Request_BadRequest", "EntitlementGrant being updated or deleted is not found.", []error{ErrGone}, "the removal of an assignment"},
		{400, "Request_BadRequest", "One or more removed object references do not exist for the following modified properties: 'members'.", []error{ErrGone}, "of a reference"},
		{400, "Request_BadRequest", "Permission being assigned was not found on application 'x'.", []error{ErrNotReplicated}, "nothing was to be removed"},
		{400, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists.", []error{ErrExists}, "a UPN conflict is 400, not 409"},
		{400, "Request_BadRequest", "Permission being assigned already exists on the object", []error{ErrExists}, "without the full stop"},
		{400, "Request_BadRequest", "One or more added object references already exist for the following modified properties: 'owners'.", []error{ErrExists}, "an owner, or a member, who was added before"},
		{409, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists.", []error{ErrExists}, ""},
		{409, "Request_MultipleObjectsWithSameKeyValue", "A conflicting object with one or more of the specified property values is present in the directory.", []error{ErrExists}, ""},
		{400, "request_badrequest", "NOT A VALID REFERENCE UPDATE.", []error{ErrNotReplicated}, "letter case is not to be relied on"},
		{400, "Request_BadRequest", "Permission being assigned was not found on application 'x'.", []error{ErrNotReplicated}, ""},
		{403, "Authorization_RequestDenied", "When using this permission, the backing application of the service principal being created must in the local tenant", []error{ErrNotReplicated, ErrForbidden}, ""},
		{403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", []error{ErrForbidden}, ""},
		{401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.", []error{ErrUnauthenticated}, ""},
		{409, "Directory_ConcurrencyViolation", "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.", []error{ErrConflict}, ""},
		{429, "TooManyRequests", "Please retry again later.", []error{ErrThrottled}, ""},
		{503, "UnknownError", "", []error{ErrUnavailable}, ""},
		{400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified for property 'companyName' of resource 'User'.", []error{ErrUnsupportedQuery}, ""},
		{400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request.", []error{ErrPageExpired}, ""},
		{400, "Request_BadRequest", "A value is required for property 'displayName' of resource 'User'.", nil, "just wrong"},
	}
	sentinels := []error{ErrNotFound, ErrGone, ErrExists, ErrThrottled, ErrForbidden, ErrUnauthenticated, ErrNotReplicated,
		ErrConflict, ErrUnavailable, ErrUnclear, ErrReadOnly, ErrUnsupportedQuery, ErrPageExpired}
	for _, tt := range tests {
		e := &Error{Op: Operation{Name: "x"}, Status: tt.status, Code: tt.code, Message: tt.message}
		for _, sentinel := range sentinels {
			want := false
			for _, is := range tt.is {
				want = want || is == sentinel
			}
			assert.Equal(t, want, e.Is(sentinel), "%d %s %q is %v", tt.status, tt.code, tt.message, sentinel)
		}
	}
	assert.False(t, (&Error{Op: Operation{Name: "x"}}).Is(ErrNotFound), "no answer is not an answer")
}

// Whoever writes a display name or an error page doesn't write to our terminals.
func TestErrorsShowWhatNobodySees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const evil = "a\x1b[2J\u009b\u202eb\u200b\u2028c\x7f"
		body, _ := json.Marshal(map[string]any{"error": map[string]any{"code": evil, "message": evil,
			"innerError": map[string]string{"request-id": evil}}})
		var logged bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&logged, nil))
		for _, a := range []answer{
			{status: 400, body: string(body)},
			{status: 400, body: evil},
			{status: 400, header: map[string]string{"request-id": evil, "client-request-id": evil}},
			{status: 200, body: `{"value":[],"@odata.nextLink":"https://` + evil + `/"}`},
			{err: errors.New(evil)},
		} {
			c, _ := client(t, answers(a), &Options{MaxRetries: NoRetry, Logger: log})
			_, err := listed(t, c, Request{Op: Operation{Name: "list"}, Path: "/users"})
			require.Error(t, err)
			assert.Equal(t, printable(err.Error()), err.Error())
			if a.status != http.StatusOK { // a link that is none is not shown at all
				assert.Contains(t, err.Error(), `\u202e`)
			}
		}
		assert.NotContains(t, logged.String(), "\u202e")
	})
}
