package main

import (
	"fmt"
	"time"
)

// progress returns a function that shows how far a long step is, on one line
// of a terminal that is written over and wiped at the end. Without a terminal
// it shows nothing.
func (s *session) progress(doing string) (show func(done, total int), wipe func()) {
	if !isTerminal(s.err) {
		return func(int, int) {}, func() {}
	}
	var last time.Time
	show = func(done, total int) {
		if now := time.Now(); now.Sub(last) > 100*time.Millisecond {
			last = now
			fmt.Fprintf(s.err, "\r\x1b[K%s: %s of %s", doing, thousands(done), thousands(total))
		}
	}
	return show, func() { fmt.Fprint(s.err, "\r\x1b[K") }
}
