package graphfake

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
)

// A graphError is an answer in the service's error envelope.
// https://learn.microsoft.com/graph/errors
type graphError struct {
	status  int
	code    string
	message string
	details []errorDetail
	header  http.Header // further headers, such as Retry-After
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

func (e *graphError) Error() string { return e.message }

func (e *graphError) withDetail(code, target string) *graphError {
	e.details = append(e.details, errorDetail{code, e.message, target})
	return e
}

// body renders the envelope. The date has no zone, though it is UTC.
func (e *graphError) body(rq *request) []byte {
	type inner struct {
		Date            string `json:"date"`
		RequestID       string `json:"request-id"`
		ClientRequestID string `json:"client-request-id"`
	}
	type envelope struct {
		Code    string        `json:"code"`
		Message string        `json:"message"`
		Details []errorDetail `json:"details,omitempty"`
		Inner   inner         `json:"innerError"`
	}
	b, _ := json.Marshal(map[string]envelope{"error": {e.code, e.message, e.details,
		inner{rq.began.UTC().Format("2006-01-02T15:04:05"), rq.id, rq.clientID}}})
	return b
}

func refuse(status int, code, format string, args ...any) *graphError {
	return &graphError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// badRequest is the directory's usual refusal.
func badRequest(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "Request_BadRequest", format, args...)
}

// malformed is a refusal by the gateway, before the directory saw the request.
func malformed(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "BadRequest", format, args...)
}

func notFound(id string) *graphError {
	return refuse(http.StatusNotFound, "Request_ResourceNotFound", "Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func badJSON() *graphError {
	return malformed("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}

func badID(id string) *graphError { return badRequest("Invalid object identifier '%s'.", id) }

func wrongMethod() *graphError {
	return refuse(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
}

func notYetSupported() *graphError {
	return refuse(http.StatusNotImplemented, "NotImplemented", "This operation target is not yet supported.")
}

// taken says that another object has the same value in a unique property.
func taken(property string) *graphError {
	return badRequest("Another object with the same value for property %s already exists.", property).withDetail("ObjectConflict", property)
}

// invalidValue refuses a property's value.
func invalidValue(property, resource string) *graphError {
	return badRequest("Invalid value specified for property '%s' of resource '%s'.", property, resource).withDetail("InvalidValue", property)
}

func required(property, resource string) *graphError {
	return badRequest("A value is required for property '%s' of resource '%s'.", property, resource)
}

func fromQuery(e *query.Error) *graphError {
	if e == nil {
		return nil
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	return refuse(status, e.Code, "%s", e.Message)
}
