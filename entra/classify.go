package entra

import (
	"errors"
	"net/http"
	"strings"
)

// conflictsOn reports whether err says that another object has the same value
// of a property. Graph answers 400, and names the property in a detail or only
// in the message.
func conflictsOn(err error, property string) bool {
	return errors.Is(err, ErrExists) && names(err, property)
}

// refuses reports whether err says that a property cannot be given at all, or
// not with this value.
func refuses(err error, property string) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusBadRequest && !errors.Is(err, ErrExists) && names(err, property)
}

func names(err error, property string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, detail := range e.Details {
		if strings.EqualFold(detail.Target, property) {
			return true
		}
	}
	return says(err, strings.ToLower(property))
}

// noSuchRole is how Graph says that a service principal does not have a role.
const noSuchRole = "permission being assigned was not found"

// says reports whether Graph's message has a text in it, given in lower case.
func says(err error, text string) bool {
	var e *Error
	return errors.As(err, &e) && strings.Contains(strings.ToLower(e.Message), text)
}

// hasCode reports whether Graph gave err that code.
func hasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.hasCode(code)
}
