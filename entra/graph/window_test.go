package graph

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// waves sends n reads and returns how many were sent at each moment.
func waves(t *testing.T, c *Conn, s *stub, n int) (sizes []int) {
	t.Helper()
	begun := len(s.sent())
	reads := Requests{Len: n, At: func(int) Request { return Request{Path: "/groups"} }}
	require.NoError(t, c.OneByOne(context.Background(), reads, func(_ int, _ json.RawMessage, err error) bool {
		return assert.NoError(t, err)
	}))
	var at time.Time
	for _, r := range s.sent()[begun:] {
		if !r.at.Equal(at) {
			at, sizes = r.at, append(sizes, 0)
		}
		sizes[len(sizes)-1]++
	}
	return sizes
}

func TestRequestsInFlightAdapt(t *testing.T) {
	t.Parallel()
	quick := answer{status: 200, body: "{}", after: time.Second}
	slow := answer{status: 200, body: "{}", after: 4 * time.Second}
	throttled := answer{status: 429, body: "{}", after: time.Second, header: map[string]string{"Retry-After": "1"}}
	for _, test := range []struct {
		reason string
		answer func(sent) answer
		fixed  int
		n      int
		want   []int
	}{
		{"more and more at a time while answers stay quick", answers(quick), 0, 100, []int{4, 8, 16, 32, 32, 8}},
		{"not where the caller gives a number", answers(quick), 3, 9, []int{3, 3, 3}},
		{"half as many once the service throttles, and then slowly more", func(r sent) answer {
			if r.n == 11 { // of the second wave, whose answers are quick but for this
				return throttled
			}
			return quick
		}, 0, 33, nil},
		{"half as many once answers take twice as long", func(r sent) answer {
			if r.n >= 12 {
				return slow
			}
			return quick
		}, 0, 60, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, s := client(t, test.answer, &Options{InFlight: test.fixed})
			got := waves(t, c, s, test.n)
			if test.want != nil {
				assert.Equal(t, test.want, got, test.reason)
				return
			}
			assert.LessOrEqual(t, c.InFlight(), 8, "%s: %v", test.reason, got)
			assert.Less(t, got[len(got)-1], 16, "%s: %v", test.reason, got)
			before := c.InFlight()
			s.answer = answers(test.answer(sent{n: 1 << 20}))
			waves(t, c, s, 2*before)
			assert.LessOrEqual(t, c.InFlight(), before+1, "by one, not by as many again: %s", test.reason)
		})
	}
}

// One request after another shows nothing of how many at a time are welcome.
func TestRequestsThatDoNotWaitOpenNoWindow(t *testing.T) {
	t.Parallel()
	c, _ := client(t, answers(answer{status: 200, body: "{}"}), nil)
	for range 100 {
		require.NoError(t, c.Do(t.Context(), Request{Path: "/groups"}, nil))
	}
	assert.Equal(t, 4, c.InFlight())
}

// Writes have a limit of their own, which more of them at a time only meet sooner.
func TestWritesStayFewAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole := batchAnswers(echo)
		c, s := client(t, func(r sent) answer {
			a := whole(r)
			a.after = time.Second
			return a
		}, nil)
		began := time.Now()
		writes := Requests{Len: 400, At: func(int) Request { return Request{Method: "POST", Path: "/groups", Idempotent: true} }}
		require.NoError(t, c.Batch(t.Context(), writes, func(int, json.RawMessage, error) bool { return true }))
		assert.Equal(t, 5*time.Second, time.Since(began), "20 batches, 4 at a time")
		assert.Len(t, s.sent(), 20)
	})
}

// The quickest answer of all, such as an error or an empty page, must not make usual
// ones look slow and leave one request at a time for the rest of the run.
func TestOneVeryQuickAnswerDoesNotCloseTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, func(r sent) answer {
			if r.n <= 1 {
				return answer{status: 200, body: "{}", after: 10 * time.Millisecond}
			}
			return answer{status: 200, body: "{}", after: 200 * time.Millisecond}
		}, nil)
		waves(t, c, s, 100)
		assert.GreaterOrEqual(t, c.InFlight(), 4)
	})
}
