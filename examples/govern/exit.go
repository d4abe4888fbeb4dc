package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// An exitStatus is what govern tells the shell; scripts depend on the numbers.
type exitStatus int

// The exit statuses, all of them.
const (
	exitDone       exitStatus = 0 // everything asked for is done
	exitStopped    exitStatus = 1 // an error or -timeout stopped it
	exitUsage      exitStatus = 2 // the command line cannot be meant
	exitUnresolved exitStatus = 3 // -strict, and rows have no user
	exitFailed     exitStatus = 4 // some writes failed or did not show up
	exitRefused    exitStatus = 5 // a guard refused: a limit, moved plan, no yes
	exitChanges    exitStatus = 6 // plan -detailed-exitcode, and there is something to change

	exitInterrupted exitStatus = 130 // a signal stopped it, as shells say
)

// A statusError is an error that says which status it ends the program with.
type statusError struct {
	status exitStatus
	text   string
	err    error
}

func (e *statusError) Error() string { return e.text }
func (e *statusError) Unwrap() error { return e.err }

func withStatus(status exitStatus, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &statusError{status, err.Error(), err}
}

func usageError(format string, args ...any) error { return withStatus(exitUsage, format, args...) }

func refuse(format string, args ...any) error { return withStatus(exitRefused, format, args...) }

// statusOf returns the status that err ends the program with.
func statusOf(err error) exitStatus {
	var limit *assign.LimitError
	var accounts *fulfill.LimitError
	var creations *entra.CreationLimitError
	var packages *governance.PackageLimitError
	var moved *assign.MovedError
	var status *statusError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &status):
		return status.status
	case errors.As(err, &limit), errors.As(err, &accounts), errors.As(err, &creations), errors.As(err, &packages),
		errors.As(err, &moved),
		errors.Is(err, assign.ErrUnfinished), errors.Is(err, assign.ErrTooFewHolders):
		return exitRefused
	default:
		return exitStopped
	}
}

// interrupted says what an interrupt or a time-out left behind.
func (s *session) interrupted(ctx context.Context, err error) error {
	why, status := "interrupted", exitInterrupted
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why, status = fmt.Sprintf("gave up after %s (-timeout)", s.opts.timeout), exitStopped
	}
	return &statusError{status, why + ": " + s.doc.whatWasWritten(), err}
}

// withAdvice adds to an error which flags or commands help.
func (s *session) withAdvice(err error) error {
	var ambiguous *entra.AmbiguousError
	var column *match.ColumnError
	var missing *roster.MissingColumnsError
	var attribute *entra.AttributeError
	switch {
	case s.opts.live && errors.Is(err, graph.ErrUnauthenticated):
		return fmt.Errorf("-live has no valid sign-in: run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and "+
			"AZURE_CLIENT_SECRET: %w", err)
	case errors.As(err, &column):
		if near := didYouMean(column.Column, column.Have); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
	case errors.As(err, &missing):
		if near := didYouMean(missing.Missing[0], missing.Have); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
	case errors.As(err, &attribute):
		if near := didYouMean(attribute.Attribute, entra.Attributes()); near != "" {
			return fmt.Errorf("-match%s: %w", near, err)
		}
	case errors.As(err, &ambiguous):
		return fmt.Errorf("%w; -app-id takes one of these", err)
	}
	return err
}

// commandLine returns the command line that goes on where this one stopped: the
// same one, since what is done already is found done.
func (s *session) commandLine() string {
	words := []string{"govern"}
	for _, arg := range s.args {
		word := shellQuote(arg)
		if flag, isHook := strings.CutSuffix(arg, s.opts.webhook); isHook && s.opts.webhook != "" {
			word = flag + `"$WEBHOOK"` // the address is a secret
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// shellQuote quotes arg for a POSIX shell, where it needs that.
func shellQuote(arg string) string {
	if shown := roster.Printable(arg); shown != arg {
		return "$'" + roster.Printable(strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(arg)) + "'"
	}
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:@%+,", r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
