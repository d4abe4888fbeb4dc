package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// brokenOff says what an interrupt or a time-out left behind.
func (s *session) brokenOff(ctx context.Context, err error) error {
	why := "interrupted"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		why = fmt.Sprintf("gave up after %s (-timeout)", s.opts.timeout)
	}
	return &statusError{exitStopped, &brokenOffError{why: why + ": " + s.doc.done(), err: err}}
}

type brokenOffError struct {
	why string
	err error
}

func (e *brokenOffError) Error() string { return e.why }
func (e *brokenOffError) Unwrap() error { return e.err }

// sameAgain returns the command line that goes on where this one stopped: the
// same one, since what is done already is found done.
func (s *session) sameAgain() string {
	words := []string{"govern"}
	for _, arg := range s.args {
		words = append(words, shellQuote(arg))
	}
	return strings.Join(words, " ")
}

// shellQuote quotes arg for a POSIX shell, where it needs that.
func shellQuote(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:@%+,", r)
	}
	if arg != "" && strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
