package entra_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// answeringAfter answers every request after so long, or fails when it is cut off.
func answeringAfter(d time.Duration, answer func() (*http.Response, error)) graph.ConnectOptions {
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(d):
			return answer()
		}
	})
	return graph.ConnectOptions{Transport: transport, Options: graph.Options{MaxRetries: graph.NoRetry}}
}

func down() (*http.Response, error) { return nil, errors.New("the line is down") }

// The one who asked for the count leaves; who waits for it too asks again.
func TestACallerWhoLeavesTakesNobodyWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := func() (*http.Response, error) { return reply(200, "5000"), nil }
		c := lookups(t, nil, answeringAfter(5*time.Second, count), "")
		first, leave := context.WithCancelCause(t.Context())
		mine := errors.New("the first caller has seen enough")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.PlanLookup(first, ask("mail", 10_000))
			assert.ErrorIs(t, err, mine)
		})
		synctest.Wait() // the first caller's request is under way
		started := time.Now()
		time.AfterFunc(time.Second, func() { leave(mine) })
		plan, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
		require.NoError(t, err)
		assert.Equal(t, 5000, plan.Directory)
		assert.Equal(t, 6*time.Second, time.Since(started), "asked again when the first one left")
		wg.Wait()
	})
}

func TestACallerGetsTheirOwnCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lookups(t, nil, answeringAfter(5*time.Second, down), "")
		first, leave := context.WithCancelCause(t.Context())
		mine := errors.New("the first caller has seen enough")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.PlanLookup(first, ask("mail", 10_000))
			assert.ErrorIs(t, err, mine)
		})
		synctest.Wait()
		time.AfterFunc(time.Second, func() { leave(mine) })
		second, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		_, err := c.PlanLookup(second, ask("mail", 10_000))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotErrorIs(t, err, mine)
		_, err = c.PlanLookup(t.Context(), ask("mail", 10_000))
		assert.ErrorIs(t, err, graph.ErrUnavailable, "a failure of the service's is everybody's")
		wg.Wait()
	})
}

func TestADeadlineHoldsWhileTheCountHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := lookups(t, nil, answeringAfter(time.Minute, down), "")
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
			assert.ErrorIs(t, err, graph.ErrUnavailable)
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		started := time.Now()
		_, err := c.PlanLookup(ctx, ask("mail", 10_000))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 300*time.Millisecond, time.Since(started))
		wg.Wait()
	})
}

func TestTwoLookupsAtOnceShareOneCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counted := 0
		c := lookups(t, nil, answeringAfter(time.Second, func() (*http.Response, error) {
			counted++
			return reply(200, "5000"), nil
		}), "")
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				plan, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
				assert.NoError(t, err)
				assert.Equal(t, 5000, plan.Directory)
			})
		}
		wg.Wait()
		assert.Equal(t, 1, counted)
	})
}
