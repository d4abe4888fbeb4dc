package graph

import (
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// If one worker's 429 didn't hold the others, they would go on being throttled,
// and every throttled request counts against the application again.
func TestOneThrottledRequestHoldsAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := time.Now().Add(2 * time.Second)
		c, s := client(t, func(r sent) answer {
			if r.at.Equal(throttled) {
				return answer{status: 429, after: time.Millisecond, header: map[string]string{"Retry-After": "29.5"}}
			}
			return answer{status: 200, after: time.Second, body: `{}`}
		}, &Options{InFlight: 3})
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() { assert.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)) })
		}
		wg.Wait()
		assert.Len(t, s.sent(), 33, "the three that were throttled together were sent again")
		for _, r := range s.sent() {
			held := r.at.After(throttled) && r.at.Before(throttled.Add(30*time.Second))
			assert.False(t, held, "a request was sent %v into the 30 s", r.at.Sub(throttled))
		}
	})
}

func TestNeverMoreThanInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers(answer{status: 200, after: time.Second, body: `{}`}), &Options{InFlight: 3})
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { assert.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)) })
		}
		started := time.Now()
		wg.Wait()
		at := map[time.Duration]int{}
		for _, r := range s.sent() {
			at[r.at.Sub(started)]++
		}
		assert.Equal(t, map[time.Duration]int{0: 3, time.Second: 3, 2 * time.Second: 3, 3 * time.Second: 1}, at)
	})
}

// A single throttled item in a batch that otherwise succeeds speaks to all.
func TestThrottledBatchItemHoldsAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		first := true
		inBatch := batchAnswers(func(step batchStep) batchAnswer {
			if first {
				first = false
				return batchAnswer{Status: 429, Headers: map[string]any{"Retry-After": "10"}}
			}
			return batchAnswer{Status: 200, Body: []byte(`{}`)}
		})
		c, s := client(t, func(r sent) answer {
			if r.URL.Path == "/v1.0/$batch" {
				return inBatch(r)
			}
			return answer{status: 200, body: `{}`}
		}, nil)
		reqs := make([]Request, 5)
		for i := range reqs {
			reqs[i] = Request{Op: Operation{Name: "x"}, Path: "/users"}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.NoError(t, c.Batch(t.Context(), Each(reqs), func(int, json.RawMessage, error) bool { return true }))
		})
		time.Sleep(time.Second)
		require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
		assert.GreaterOrEqual(t, time.Since(started), 10*time.Second, "another worker's request waits as well")
		assert.Less(t, time.Since(started), 11*time.Second)
		wg.Wait()
		assert.Len(t, s.sent(), 3)
	})
}

// governanceRun makes n requests to identity governance at once, of which those
// that refuse names are answered with that answer first, and returns how long it took.
func governanceRun(t *testing.T, n int, refuse map[int]answer) time.Duration {
	t.Helper()
	c, _ := client(t, func(r sent) answer {
		if a, refused := refuse[r.n]; refused {
			return a
		}
		return answer{status: 200, after: 100 * time.Millisecond, body: `{}`}
	}, nil)
	req := Request{Op: Operation{Name: "x"}, Path: "/identityGovernance/accessReviews/definitions"}
	started := time.Now()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { assert.NoError(t, c.Do(t.Context(), req, nil)) })
	}
	wg.Wait()
	return time.Since(started)
}

// Requests that wait for quota must not pay for it twice because the service
// asks everybody to wait meanwhile: 200 took 180 s instead of 100.
func TestWaitingRequestsPayOnce(t *testing.T) {
	wait := map[string]string{"Retry-After": "5"}
	tests := []struct {
		reason string
		refuse map[int]answer
		most   time.Duration
	}{
		{"20 in 10 s", nil, 95 * time.Second},
		{"throttled once", map[int]answer{10: {status: 429, header: wait}}, 110 * time.Second},
		{"the service is away for 5 s", map[int]answer{10: {status: 503, header: wait}}, 105 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			took := governanceRun(t, 200, tt.refuse)
			assert.LessOrEqual(t, took, tt.most, tt.reason)
			assert.Greater(t, took, 85*time.Second, tt.reason)
		})
	}
}

// The same for those who wait for a free slot.
func TestRequestsThatWaitForASlotPayOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := answer{status: 503, header: map[string]string{"Retry-After": "1"}}
		c, _ := client(t, answers(away, answer{status: 200, body: `{}`}), &Options{InFlight: 1})
		req := Request{Op: Operation{Name: "x"}, Path: "/identityGovernance/accessReviews/definitions"}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { assert.NoError(t, c.Do(t.Context(), req, nil)) })
		}
		wg.Wait()
		assert.LessOrEqual(t, c.gate.quotas.governance.level, 10.0, "eleven were sent, and two drained away")
	})
}
