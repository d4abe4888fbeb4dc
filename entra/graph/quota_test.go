package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBucketLetsBurstThenFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuotas()
		started := time.Now()
		write := cost{writes: 1}
		var last reservation
		for range writesAmount - headroom {
			last = q.reserve(write)
		}
		assert.Equal(t, started, last.ready, "what fits goes at once")
		for range 200 {
			last = q.reserve(write)
		}
		assert.InDelta(t, 10, last.ready.Sub(started).Seconds(), 0.1, "then 20 a second")
		for range 200 {
			q.cancel(last)
		}
		assert.InDelta(t, 0, time.Until(q.reserve(write).ready).Seconds(), 0.1, "what was not sent is given back")
		assert.Equal(t, time.Now(), q.reserve(cost{units: 5}).ready, "reads are not held by writes")
		assert.Equal(t, time.Now(), q.reserve(cost{governance: 1}).ready)
	})
}

func TestGovernanceHasItsOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQuotas()
		for range 30 {
			q.reserve(cost{governance: 1})
		}
		assert.Greater(t, time.Until(q.reserve(cost{governance: 1}).ready), 5*time.Second)
		assert.Zero(t, time.Until(q.reserve(cost{units: 100, writes: 100}).ready), "the directory's requests go on")
	})
}

func TestLearningFromHeaders(t *testing.T) {
	header := func(pairs ...string) http.Header {
		h := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	read, write := cost{units: 1}, cost{units: 1, writes: 1}
	tests := []struct {
		reason        string
		charged       cost
		status        int
		header        http.Header
		units, writes float64
	}{
		{"nothing said", read, 200, header(), 0, 0},
		{"a read cost more than thought", read, 200, header("x-ms-resource-unit", "5"), 4, 0},
		{"nonsense is passed over", read, 200, header("x-ms-resource-unit", "many", "x-ms-throttle-limit-percentage", "x"), 0, 0},
		{"somebody else uses the limit too", read, 200, header("x-ms-throttle-limit-percentage", "0.9"), 0.9 * unitsSmall, 0},
		{"of a write it is the limit of writes", write, 201, header("x-ms-throttle-limit-percentage", "0.85"), 0, 0.85 * writesAmount},
		{"exceeded", read, 429, header(), unitsSmall, 0},
		{"exceeded by writes", write, 429, header("x-ms-throttle-information", "WriteLimitExceeded"), 0, writesAmount},
		{"a write that exceeds the resource units", write, 429, header("x-ms-throttle-information", "ResourceUnitLimitExceeded"), unitsSmall, 0},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			q := newQuotas()
			q.learn(tt.charged, tt.header, 0, judge(Request{}, &reply{status: tt.status, header: tt.header}, nil))
			assert.InDelta(t, tt.units, q.units.level, 0.001, tt.reason)
			assert.InDelta(t, tt.writes, q.writes.level, 0.001, tt.reason)
		})
	}
}

// What four answers say at the same moment comes in any order; pacing by the
// last percent of it would make equal runs take different times.
func TestASmallDifferenceIsNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bucket{amount: writesAmount, per: writesPer, level: 2849}
		b.fill(0.95, 0, time.Now())
		assert.Equal(t, 2849.0, b.level)
		b.fill(0.97, 0, time.Now())
		assert.Equal(t, 2910.0, b.level, "that is somebody else's")
	})
}

// What an answer says of the limit was so when the request came. A client that takes
// it for the present waits for what has drained meanwhile, and for longer or shorter as
// its requests happen to be ordered.
func TestWhatAnAnswerSaysOfTheLimitIsAsOldAsItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const atOnce, slow = 3400, time.Second
		c, _ := client(t, func(r sent) answer {
			share := fmt.Sprintf("%.2f", float64(r.n)/unitsSmall)
			return answer{status: 200, body: "{}", after: slow, header: map[string]string{"x-ms-throttle-limit-percentage": share}}
		}, &Options{InFlight: atOnce})
		reads := Requests{Len: atOnce, At: func(int) Request { return Request{Path: "/groups"} }}
		require.NoError(t, c.OneByOne(t.Context(), reads, func(int, json.RawMessage, error) bool { return true }))
		// A tenth of 3,500 units has drained, and 80 are left free.
		assert.InDelta(t, 430./350, c.Estimate(Operation{}, Load{Units: 3500 - 3050 - 80 + 430}).Seconds(), 0.01)
	})
}

func TestLimitsFitTheTenant(t *testing.T) {
	q := newQuotas()
	for users, want := range map[int]float64{0: 3500, 49: 3500, 50: 5000, 500: 5000, 501: 8000, 1_000_000: 8000} {
		q.resize(users)
		assert.Equal(t, want, q.units.amount, "%d users", users)
	}
}

// Throttled twice, a client must ask for less; left alone, for all again.
func TestRepeatedThrottlingHalvesAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bucket{amount: 100, per: 10 * time.Second}
		b.exceed(time.Now(), 2*time.Second)
		assert.Equal(t, 100.0, b.room(), "once may be chance")
		time.Sleep(time.Second)
		b.exceed(time.Now(), time.Second)
		assert.Equal(t, 100.0, b.room(), "this one was under way")
		time.Sleep(time.Second)
		assert.Equal(t, time.Second, b.add(5, time.Now()), "after the wait the limit is just full, and its headroom with it")
		time.Sleep(5 * time.Second)
		b.exceed(time.Now(), time.Second)
		assert.InDelta(t, 50, b.room(), 1)
		for range 50 {
			time.Sleep(2 * time.Second)
			b.exceed(time.Now(), time.Second)
		}
		assert.Greater(t, b.room(), 0.1, "never nothing")
		time.Sleep(10 * recovery)
		b.drain(time.Now())
		assert.Equal(t, 100.0, b.room())
	})
}
