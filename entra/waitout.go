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
	started := time.Now()
	for pause := time.Second; ; pause = nextPause(pause) {
		err := try()
		var later notYet
		if !errors.As(err, &later) {
			return err
		}
		if time.Since(started)+pause > c.opts.ReplicationWait {
			return c.tooLate(later.err)
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("%w while waiting: %w", err, later.err)
		}
	}
}

// tooLate is the error for something that did not become visible in time.
func (c *Client) tooLate(err error) error {
	return fmt.Errorf("%w after %v; run again in a few minutes: %w", ErrNotReplicated, c.opts.ReplicationWait, err)
}

func nextPause(pause time.Duration) time.Duration { return min(2*pause, 5*time.Second) }

// sleep waits for d, or returns the context's error as soon as it ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
