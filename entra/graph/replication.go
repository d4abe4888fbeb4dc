package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"
)

// freshFor is how long an object counts as just written. Microsoft gives no
// figure for replication; more than five minutes have been seen.
// https://github.com/microsoftgraph/msgraph-bicep-types/issues/193
const freshFor = 15 * time.Minute

// A writeLog remembers the ids of what a client has written, as only for those
// a "not found" can mean "not visible yet"; for any other id it is an answer.
// The zero writeLog is empty and ready. It is safe for concurrent use.
type writeLog struct {
	mu    sync.Mutex
	at    map[string]time.Time // by lower-case id
	sweep int                  // the size at which to look for what is no longer fresh
}

// add remembers ids as written now; empty ones are ignored.
func (l *writeLog) add(ids ...string) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]time.Time{}
	}
	for _, id := range ids {
		if id != "" {
			l.at[strings.ToLower(id)] = now
		}
	}
	if len(l.at) > l.sweep {
		maps.DeleteFunc(l.at, func(_ string, at time.Time) bool { return now.Sub(at) >= freshFor })
		l.sweep = 2*len(l.at) + 1000
	}
}

// fresh reports whether any of ids was written a short while ago.
func (l *writeLog) fresh(ids ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		if at, ok := l.at[strings.ToLower(id)]; ok && time.Since(at) < freshFor {
			return true
		}
	}
	return false
}

// forget drops the id of an object that is gone: not being found is the truth now.
func (l *writeLog) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.at, strings.ToLower(id))
}

// A notYet is a failure that will pass once what was written is visible
// everywhere.
type notYet struct{ err error }

func (e notYet) Error() string { return e.err.Error() }
func (e notYet) Unwrap() error { return e.err }

// NotYet returns err as a failure that [Conn.WaitOut] waits for to pass.
func NotYet(err error) error { return notYet{err} }

// WaitOut calls try until it returns something else than [NotYet], looking
// again after one second at first and after five later on, for
// Options.ReplicationWait at most. Then it gives up with ErrNotReplicated.
func (c *Conn) WaitOut(ctx context.Context, try func() error) error {
	var since time.Time // of the first failure: what came before was no waiting
	for pause := time.Second; ; pause = min(2*pause, 5*time.Second) {
		err := try()
		var later notYet
		if !errors.As(err, &later) {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since)+pause > c.opts.ReplicationWait {
			return c.TooLate(later.err)
		}
		if err := SleepUntil(ctx, time.Now().Add(pause)); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, later.err)
		}
	}
}

// TooLate is the error for something that did not become visible in time.
func (c *Conn) TooLate(err error) error {
	return fmt.Errorf("%w after %v; run again in a few minutes: %w", ErrNotReplicated, c.opts.ReplicationWait, err)
}

// MarkWritten remembers the ids of objects as written now, so that "not found"
// is waited out for them. Empty ids are ignored.
func (c *Conn) MarkWritten(ids ...string) { c.wrote.add(ids...) }

// JustWritten reports whether any of ids was written a short while ago.
func (c *Conn) JustWritten(ids ...string) bool { return c.wrote.fresh(ids...) }

// ForgetWritten drops the id of an object that is gone: not being found is the
// truth now.
func (c *Conn) ForgetWritten(id string) { c.wrote.forget(id) }

// Young reports whether an object was created so short a while ago that it may
// not be visible everywhere, whoever created it.
func Young(created time.Time) bool {
	return !created.IsZero() && time.Since(created) < freshFor
}
