package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// freshFor is how long an object counts as just written. Microsoft gives no figure
// for replication; more than five minutes have been reported.
// https://github.com/microsoftgraph/msgraph-bicep-types/issues/193
const freshFor = 15 * time.Minute

// A writeLog remembers when the objects with some ids were written. The zero
// writeLog is empty and ready.
type writeLog struct {
	mu    sync.Mutex
	at    map[string]time.Time // by lower-case id
	sweep int                  // the size at which to look for what is no longer fresh
}

// MarkWritten remembers the ids of objects as written now. Only for those can
// "not found" mean "not visible yet"; for any other id it is an answer. Empty
// ids are ignored.
func (c *Conn) MarkWritten(ids ...string) {
	now, l := time.Now(), &c.wrote
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

// JustWritten reports whether any of ids was marked in the last 15 minutes.
func (c *Conn) JustWritten(ids ...string) bool {
	c.wrote.mu.Lock()
	defer c.wrote.mu.Unlock()
	return slices.ContainsFunc(ids, func(id string) bool { return RecentlyCreated(c.wrote.at[strings.ToLower(id)]) })
}

// ForgetWritten drops the id of an object that was removed: from now on "not
// found" is an answer about it.
func (c *Conn) ForgetWritten(id string) {
	c.wrote.mu.Lock()
	defer c.wrote.mu.Unlock()
	delete(c.wrote.at, strings.ToLower(id))
}

// A notYet is a failure that will pass once what was written is visible.
type notYet struct{ err error }

func (e notYet) Error() string { return e.err.Error() }
func (e notYet) Unwrap() error { return e.err }

// NotYet marks err as a failure that will pass, so that [Conn.WaitOut] tries again.
func NotYet(err error) error { return notYet{err} }

// WaitOut calls try again as long as it returns a [NotYet] error: after one
// second at first and after five later on, for [Options.ReplicationWait] at most.
// A try that began within that time and then waited long for its turn gets one more.
// Then it fails with [ErrNotReplicated]. Every other result of try is returned.
func (c *Conn) WaitOut(ctx context.Context, try func() error) error {
	var since time.Time // of the first failure: what came before was no waiting
	for pause := time.Second; ; pause = min(2*pause, 5*time.Second) {
		began := time.Now()
		err := try()
		var later notYet
		if !errors.As(err, &later) {
			return err
		}
		if since.IsZero() {
			since = time.Now()
		}
		if began.Sub(since)+pause > c.opts.ReplicationWait {
			return c.TooLate(later.err)
		}
		if err := Sleep(ctx, pause); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, later.err)
		}
	}
}

// TooLate returns the [ErrNotReplicated] for something that did not become
// visible within [Options.ReplicationWait].
func (c *Conn) TooLate(err error) error {
	return fmt.Errorf("%w after %v; run again in a few minutes: %w", ErrNotReplicated, c.opts.ReplicationWait, err)
}

// RecentlyCreated reports whether an object was created in the last 15 minutes,
// by anybody, so that it may not be visible everywhere. The zero time is not recent.
func RecentlyCreated(created time.Time) bool {
	return !created.IsZero() && time.Since(created) < freshFor
}

// clockSkew is how far the clocks of this machine and of the service may be apart.
const clockSkew = 5 * time.Minute

// CreatedSince reports whether an object was created at or after a moment of this
// machine's clock, which may be five minutes fast. What is older was there before
// a write that began then; the zero time, an unknown one, counts as older.
func CreatedSince(created, began time.Time) bool {
	return !created.IsZero() && created.After(began.Add(-clockSkew))
}
