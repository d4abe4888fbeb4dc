package main

import (
	"errors"
	"fmt"

	"github.com/rollcall-go/rollcall/assign"
)

// An exitStatus is what govern tells the shell; scripts depend on the numbers.
type exitStatus int

// The exit statuses, all of them.
const (
	exitDone       exitStatus = 0 // everything asked for is done
	exitStopped    exitStatus = 1 // an error or an interrupt stopped it
	exitUsage      exitStatus = 2 // the command line cannot be meant
	exitUnresolved exitStatus = 3 // -strict, and rows have no user
	exitFailed     exitStatus = 4 // some writes failed or did not show up
	exitRefused    exitStatus = 5 // a guard refused: removal limit, moved plan, no yes
)

// A statusError is an error that says which status it ends the program with.
type statusError struct {
	status exitStatus
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func withStatus(status exitStatus, format string, args ...any) error {
	return &statusError{status, fmt.Errorf(format, args...)}
}

func usageError(format string, args ...any) error { return withStatus(exitUsage, format, args...) }

func refuse(format string, args ...any) error { return withStatus(exitRefused, format, args...) }

// statusOf returns the status that err ends the program with.
func statusOf(err error) exitStatus {
	var limit *assign.RemovalLimitError
	var moved *assign.MovedError
	var status *statusError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return status.status
	case errors.As(err, &limit), errors.As(err, &moved), errors.Is(err, assign.ErrUnfinished):
		return exitRefused
	default:
		return exitStopped
	}
}
