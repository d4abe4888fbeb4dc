package graph

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write is one of n writes that are settled by looking.
func settledWrites(c *Conn, n int) Requests {
	return Requests{Len: n, At: func(int) Request {
		return Request{Op: Operation{Name: "create"}, Method: http.MethodPost, Path: "/users", Body: 1,
			Settle: func(ctx context.Context, _ Seen) (bool, error) {
				return false, c.Do(ctx, Request{Op: Operation{Name: "look"}, Path: "/users?$filter=x"}, nil)
			}}
	}}
}

// An outage must end a run within RetryFor, whatever there is to look for: 200
// users took 2 h 17 min and 2,210 requests.
func TestAnOutageEndsARunInTime(t *testing.T) {
	for _, retryFor := range []time.Duration{time.Minute, 15 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			c, s := client(t, answers(answer{status: 503}), &Options{RetryFor: retryFor})
			started := time.Now()
			settled, unclear := 0, 0
			err := c.Batch(t.Context(), settledWrites(c, 200), func(_ int, _ json.RawMessage, err error) bool {
				settled++
				if errors.Is(err, ErrUnclear) {
					unclear++
				}
				assert.ErrorIs(t, err, ErrUnavailable)
				return true
			})
			require.ErrorIs(t, err, ErrUnavailable)
			assert.Equal(t, 200, settled, "each has its error")
			assert.Equal(t, 80, unclear, "four batches were sent; the rest is certain not to be made")
			assert.LessOrEqual(t, time.Since(started), retryFor+time.Minute)
			assert.Less(t, len(s.sent()), 100)
		})
	}
}

// A look has what is left of its write's attempts and time, and no more.
func TestALookSharesItsWritesBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, func(r sent) answer {
			if r.Method == http.MethodPost {
				return answer{status: 504, after: 30 * time.Second}
			}
			return answer{status: 503, after: 10 * time.Second}
		}, &Options{RetryFor: 2 * time.Minute})
		started := time.Now()
		err := c.Do(t.Context(), settledWrites(c, 1).At(0), nil)
		require.ErrorIs(t, err, ErrUnclear)
		assert.LessOrEqual(t, time.Since(started), 3*time.Minute)
		assert.Less(t, len(s.sent()), 12)
	})
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers(answer{status: 503}), &Options{MaxRetries: 3})
		require.ErrorIs(t, c.Do(t.Context(), settledWrites(c, 1).At(0), nil), ErrUnclear)
		assert.Len(t, s.sent(), 4, "the write and three more attempts in all")
	})
}

// A batch that looks for something shares the budget, too.
func TestABatchOfLooksSharesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers(answer{status: 503}), &Options{MaxRetries: 3})
		write := settledWrites(c, 1).At(0)
		write.Settle = func(ctx context.Context, _ Seen) (done bool, err error) {
			return false, errors.Join(err, c.Batch(ctx, Each(gets(2)), func(int, json.RawMessage, error) bool { return true }))
		}
		require.ErrorIs(t, c.Do(t.Context(), write, nil), ErrUnclear)
		assert.Len(t, s.sent(), 4)
	})
}

// The last look is throttled like any request, which says nothing about the write.
func TestTheLastLookIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away, slow := answer{status: 503}, answer{status: 429, header: map[string]string{"Retry-After": "1"}}
		nothing := answer{status: 200, body: `{}`}
		c, s := client(t, answers(away, nothing, away, slow, nothing), &Options{MaxRetries: 1})
		write, looks := settledWrites(c, 1).At(0), 0
		look := write.Settle
		write.Settle = func(ctx context.Context, seen Seen) (bool, error) {
			_, err := look(ctx, seen)
			looks++
			return looks == 2, err
		}
		require.NoError(t, c.Do(t.Context(), write, nil))
		assert.Len(t, s.sent(), 5)
	})
}
