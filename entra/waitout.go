package entra

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A notYet is a failure that will pass once what was written is visible
// everywhere.
type notYet struct{ err error }

func (e notYet) Error() string { return e.err.Error() }
func (e notYet) Unwrap() error { return e.err }

// waitOut calls try until it returns something else than a notYet, looking
// again after one second at first and after five later on, for
// Options.ReplicationWait at most. Then it gives up with ErrNotReplicated.
func (c *Client) waitOut(ctx context.Context, try func() error) error {
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
			return c.tooLate(later.err)
		}
		if err := sleepUntil(ctx, time.Now().Add(pause)); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, later.err)
		}
	}
}

// tooLate is the error for something that did not become visible in time.
func (c *Client) tooLate(err error) error {
	return fmt.Errorf("%w after %v; run again in a few minutes: %w", ErrNotReplicated, c.opts.ReplicationWait, err)
}
