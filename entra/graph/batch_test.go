package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gets makes n reads, each of another user.
func gets(n int) []Request {
	reqs := make([]Request, n)
	for i := range reqs {
		reqs[i] = Request{Op: Operation{Name: "read"}, Path: fmt.Sprintf("/users/%d", i)}
	}
	return reqs
}

// results collects what batch reports, and that it does so once.
type results struct {
	t      *testing.T
	bodies map[int]string
	errs   map[int]error
}

func (r *results) each(i int, body json.RawMessage, err error) bool {
	_, answered := r.bodies[i]
	assert.False(r.t, answered || r.errs[i] != nil, "reported twice")
	if err != nil {
		r.errs[i] = err
		return true
	}
	r.bodies[i] = string(body)
	return true
}

func collected(t *testing.T) *results {
	return &results{t: t, bodies: map[int]string{}, errs: map[int]error{}}
}

// echo answers each request with its own path, so that mixed-up identities show.
func echo(step batchStep) batchAnswer {
	body, _ := json.Marshal(map[string]string{"path": step.URL})
	return batchAnswer{Status: 200, Body: body}
}

func TestBatchSplitsByTwentyAndKeepsIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := batchAnswers(echo)
		c, s := client(t, func(r sent) answer {
			a := whole(r)
			a.after = time.Second
			return a
		}, nil)
		got := collected(t)
		started := time.Now()
		require.NoError(t, c.Batch(t.Context(), Each(gets(95)), got.each))
		assert.Equal(t, 2*time.Second, time.Since(started), "four of five batches go at once")
		require.Len(t, got.bodies, 95)
		for i, body := range got.bodies {
			assert.JSONEq(t, fmt.Sprintf(`{"path":"/users/%d"}`, i), body)
		}
		assert.Len(t, s.sent(), 5)
	})
}

// What the service may legally, or actually does, answer to a batch.
func TestBatchAnswersOfAllShapes(t *testing.T) {
	item := func(id, rest string) string { return `{"id":` + id + `,` + rest + `}` }
	tests := []struct {
		reason, body string
		status       int
		want         []string // bodies of the three requests; "-" = failed
		sent         int
	}{
		{"any order", item(`"2"`, `"status":200,"body":"c"`) + "," + item(`"0"`, `"status":200,"body":"a"`) + "," + item(`"1"`, `"status":200,"body":"b"`), 200,
			[]string{`"a"`, `"b"`, `"c"`}, 1},
		{"204 without a body, a number, an array", item(`"0"`, `"status":204`) + "," + item(`"1"`, `"status":200,"body":42`) + "," + item(`"2"`, `"status":200,"body":[1]`), 200,
			[]string{``, `42`, `[1]`}, 1},
		{"null is no body", item(`"0"`, `"status":204,"body":null`) + "," + item(`"1"`, `"status":200,"body":{"n":1.50}`) + "," + item(`"2"`, `"status":200,"body":null`), 200,
			[]string{``, `{"n":1.50}`, ``}, 1},
		{"unknown ids are passed over, of two the first counts", item(`"0"`, `"status":200,"body":1`) + "," + item(`"0"`, `"status":404`) + "," + item(`"77"`, `"status":200`) + "," +
			item(`"1"`, `"status":200,"body":2`) + "," + item(`"2"`, `"status":200,"body":3`), 200, []string{`1`, `2`, `3`}, 1},
		{"ids as numbers, headers as numbers", item(`0`, `"status":200,"headers":{"x":1},"body":1`) + "," + item(`1`, `"status":200,"headers":null,"body":2`) + "," + item(`2`, `"status":200,"body":3`), 200,
			[]string{`1`, `2`, `3`}, 1},
		{"status 424 for the whole", item(`"0"`, `"status":200,"body":1`) + "," + item(`"1"`, `"status":404,"body":{}`) + "," + item(`"2"`, `"status":200,"body":3`), 424,
			[]string{`1`, `-`, `3`}, 1},
		{"error bodies of odd shapes", item(`"0"`, `"status":404`) + "," + item(`"1"`, `"status":400,"body":"text"`) + "," + item(`"2"`, `"status":400,"body":[]`), 200,
			[]string{`-`, `-`, `-`}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			c, s := client(t, answers(answer{status: tt.status, body: `{"responses":[` + tt.body + `]}`}), nil)
			got := collected(t)
			require.NoError(t, c.Batch(t.Context(), Each(gets(3)), got.each))
			for i, want := range tt.want {
				if want == "-" {
					var typed *Error
					assert.ErrorAs(t, got.errs[i], &typed)
					continue
				}
				assert.Contains(t, got.bodies, i)
				assert.Equal(t, want, got.bodies[i])
			}
			assert.Len(t, s.sent(), tt.sent)
		})
	}
}

// Only what failed is sent again, and as itself.
func TestBatchRetriesFailedItemsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := map[string]int{}
		answer := batchAnswers(func(step batchStep) batchAnswer {
			tries[step.URL]++
			n, _ := strconv.Atoi(strings.TrimPrefix(step.URL, "/users/"))
			switch {
			case n%7 == 0 && tries[step.URL] == 1:
				return batchAnswer{Status: 429, Headers: map[string]any{"Retry-After": "0.249"}}
			case n%11 == 0 && tries[step.URL] < 3:
				return batchAnswer{Status: 503}
			case n == 13:
				return batchAnswer{Status: 404, Body: json.RawMessage(odataError("Request_ResourceNotFound", "none"))}
			}
			return echo(step)
		})
		c, _ := client(t, answer, nil)
		got := collected(t)
		require.NoError(t, c.Batch(t.Context(), Each(gets(50)), got.each))
		for i := range 50 {
			path, want := fmt.Sprintf("/users/%d", i), 1
			if i == 13 {
				assert.ErrorIs(t, got.errs[i], ErrNotFound)
				continue
			}
			if i%7 == 0 {
				want = 2
			}
			if i%11 == 0 {
				want = 3
			}
			assert.Equal(t, want, tries[path], path)
			assert.JSONEq(t, `{"path":"`+path+`"}`, got.bodies[i])
		}
	})
}

func TestBatchAsksAgainForAnswersThatAreMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := batchAnswers(echo)
		c, s := client(t, func(r sent) answer {
			if r.n == 0 {
				return answer{status: 200, body: `{"responses":[{"id":"1","status":200,"body":{}}]}`}
			}
			return whole(r)
		}, nil)
		got := collected(t)
		require.NoError(t, c.Batch(t.Context(), Each(gets(3)), got.each))
		assert.Len(t, got.bodies, 3)
		assert.Len(t, s.sent(), 2)
	})
}

// A write whose answer is missing may have been done: it is looked for.
func TestBatchSettlesUnclearWrites(t *testing.T) {
	for _, lost := range []answer{
		{status: 200, body: `{"responses":[]}`}, {status: 504}, {err: resetError}, {status: 200, body: "<html>"},
		{status: 200, body: `{"responses":[{"id":"0","status":504},{"id":"1","status":504},{"id":"2","status":504}]}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			whole := batchAnswers(echo)
			c, s := client(t, func(r sent) answer {
				if r.n == 0 {
					return lost
				}
				return whole(r)
			}, nil)
			var looks []int
			reqs := make([]Request, 3)
			for i := range reqs {
				reqs[i] = Request{Op: Operation{Name: "create"}, Method: "POST", Path: "/users", Body: i}
			}
			for i := range 2 { // the third can't be looked for
				reqs[i].Settle = func(context.Context, Seen) (bool, error) {
					looks = append(looks, i)
					return i == 0, nil
				}
			}
			got := collected(t)
			require.NoError(t, c.Batch(t.Context(), Each(reqs), got.each))
			assert.Equal(t, []int{0, 1}, looks)
			assert.Equal(t, "", got.bodies[0], "found, so not sent again")
			assert.Equal(t, `{"path":"/users"}`, got.bodies[1])
			assert.ErrorIs(t, got.errs[2], ErrUnclear)
			require.Len(t, s.sent(), 2)
			assert.Contains(t, s.sent()[1].body, `"body":1`)
			assert.NotContains(t, s.sent()[1].body, `"body":0`)
		})
	}
}

// One request that the service can't even parse must not fail its neighbours.
func TestBatchIsolatesTheItemThatSpoilsIt(t *testing.T) {
	for _, status := range []int{400, 413} {
		whole := batchAnswers(echo)
		c, _ := client(t, func(r sent) answer {
			if strings.Contains(r.body, `"/users/5"`) {
				return answer{status: status, body: odataError("BadRequest", "Invalid batch.")}
			}
			return whole(r)
		}, nil)
		got := collected(t)
		require.NoError(t, c.Batch(t.Context(), Each(gets(30)), got.each))
		assert.Len(t, got.bodies, 29)
		require.ErrorContains(t, got.errs[5], "Invalid batch")
	}
}

func TestBatchStopsWhenTheWholeIsRefused(t *testing.T) {
	for _, status := range []int{401, 403} {
		c, s := client(t, answers(answer{status: status}), &Options{InFlight: 2})
		got := collected(t)
		err := c.Batch(t.Context(), Each(gets(1000)), got.each)
		var typed *Error
		require.ErrorAs(t, err, &typed)
		assert.Equal(t, status, typed.Status)
		assert.Len(t, got.errs, 1000, "every request is reported, those that were not sent too")
		assert.LessOrEqual(t, len(s.sent()), 3, "49 more batches would be refused the same way")
	}
}

func TestBatchGivesUpOnADeadService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := client(t, answers(answer{err: resetError}), &Options{InFlight: 2, MaxRetries: 3})
		got := collected(t)
		require.ErrorIs(t, c.Batch(t.Context(), Each(gets(1000)), got.each), ErrUnavailable)
		assert.Len(t, got.errs, 1000)
		assert.LessOrEqual(t, len(s.sent()), 10)
	})
}

func TestBatchCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := batchAnswers(echo)
		c, s := client(t, func(r sent) answer {
			a := whole(r)
			a.after = time.Second
			return a
		}, &Options{InFlight: 4})
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		got := collected(t)
		started := time.Now()
		require.ErrorIs(t, c.Batch(ctx, Each(gets(10000)), got.each), context.DeadlineExceeded)
		assert.Equal(t, 2500*time.Millisecond, time.Since(started))
		assert.Len(t, s.sent(), 12)
		assert.Equal(t, 160, len(got.bodies))
		assert.Equal(t, 10000-160, len(got.errs))
		for _, err := range got.errs {
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		}
	})
}

func TestBatchWhileStopsQuietly(t *testing.T) {
	c, s := client(t, batchAnswers(echo), &Options{InFlight: 1})
	calls := 0
	require.NoError(t, c.Batch(t.Context(), Each(gets(100)), func(int, json.RawMessage, error) bool {
		calls++
		return calls < 25
	}))
	assert.Equal(t, 25, calls)
	assert.Len(t, s.sent(), 2)
}

func TestBatchOfNothing(t *testing.T) {
	c, s := client(t, batchAnswers(echo), nil)
	require.NoError(t, c.Batch(t.Context(), Each(nil), collected(t).each))
	assert.Empty(t, s.sent())
}

func TestBatchWire(t *testing.T) {
	c, s := client(t, batchAnswers(echo), nil)
	reqs := []Request{
		{Op: Operation{Name: "x"}, Path: "/users?$filter=mail%20eq%20'a'", Header: map[string]string{"ConsistencyLevel": "eventual"}},
		{Op: Operation{Name: "x"}, Method: "POST", Path: "/users", Body: map[string]int{"a": 1}, Header: map[string]string{"Prefer": "return=minimal"}},
	}
	require.NoError(t, c.Batch(t.Context(), Each(reqs), collected(t).each))
	assert.JSONEq(t, `{"requests":[
		{"id":"0","method":"GET","url":"/users?$filter=mail%20eq%20'a'","headers":{"ConsistencyLevel":"eventual"}},
		{"id":"1","method":"POST","url":"/users","headers":{"Content-Type":"application/json","Prefer":"return=minimal"},"body":{"a":1}}]}`, s.sent()[0].body)
	assert.Equal(t, []string{"application/json"}, s.sent()[0].Header["Content-Type"])
	assert.Equal(t, http.MethodPost, s.sent()[0].Method)
}

func TestBatchStaysBelowFourMegabytes(t *testing.T) {
	c, s := client(t, batchAnswers(echo), nil)
	big := strings.Repeat("x", 1<<20)
	reqs := slices.Repeat([]Request{{Op: Operation{Name: "x"}, Method: "POST", Path: "/users", Body: big}}, 7)
	require.NoError(t, c.Batch(t.Context(), Each(reqs), collected(t).each))
	assert.Len(t, s.sent(), 4)
	for _, r := range s.sent() {
		assert.Less(t, len(r.body), 4<<20)
	}
}

func TestBatchOfAReadOnlyClient(t *testing.T) {
	c, s := client(t, batchAnswers(echo), &Options{ReadOnly: true})
	got := collected(t)
	reqs := append(gets(1), Request{Op: Operation{Name: "x"}, Method: "POST", Path: "/users"})
	require.NoError(t, c.Batch(t.Context(), Each(reqs), got.each))
	assert.ErrorIs(t, got.errs[1], ErrReadOnly)
	assert.Contains(t, got.bodies, 0)
	assert.NotContains(t, s.sent()[0].body, "POST")
}

func TestBatchBodyThatCannotBeEncoded(t *testing.T) {
	c, _ := client(t, batchAnswers(echo), nil)
	got := collected(t)
	require.NoError(t, c.Batch(t.Context(), Each([]Request{{Op: Operation{Name: "x"}, Method: "POST", Path: "/users", Body: func() {}}}), got.each))
	var typed *Error
	assert.True(t, errors.As(got.errs[0], &typed))
}
