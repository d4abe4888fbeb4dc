package graph

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Nothing that the service sends may hold a client for longer than its caller allowed.
func TestARetryAfterOfYearsHoldsNobodyForLongerThanRetryFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(answer{status: 429, header: map[string]string{"Retry-After": "1000000000"}}, answer{status: 200, body: `{}`}),
			&Options{RetryFor: time.Minute})
		started := time.Now()
		err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
		require.ErrorIs(t, err, ErrThrottled)
		assert.ErrorContains(t, err, "the service asks to wait 24h0m0s, and Options.RetryFor allows 1m0s")
		assert.Zero(t, time.Since(started), "waiting would be in vain")
		err = c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
		require.ErrorIs(t, err, ErrThrottled, "the others must not come back before the service says so, nor hang")
		assert.ErrorContains(t, err, "the service asks to stay away for another 24h0m0s, and Options.RetryFor allows 1m0s")
		assert.Zero(t, time.Since(started))
		time.Sleep(24 * time.Hour)
		require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
	})
}

func TestAChargeOfBillionsHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := client(t, answers(answer{status: 200, header: map[string]string{"x-ms-resource-unit": "2000000000"}, body: `{}`}), nil)
		started := time.Now()
		for range 3 {
			require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
		}
		assert.Less(t, time.Since(started), time.Minute)
	})
}

func TestAnAnswerThatIsTooLargeIsNotReadIntoMemory(t *testing.T) {
	large := `{"value":["` + strings.Repeat("x", 2000) + `"]}`
	for _, method := range []string{"GET", "POST"} {
		c, s := client(t, answers(answer{status: 200, body: large}), &Options{MaxAnswer: 1000})
		err := c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Method: method, Path: "/users"}, new(json.RawMessage))
		require.ErrorIs(t, err, ErrTooLarge)
		assert.ErrorContains(t, err, "it has more than 1000 bytes")
		assert.Len(t, s.sent(), 1, "the next answer would be as large")
		if method == "POST" {
			assert.ErrorIs(t, err, ErrUnclear, "the write may have happened")
		}
	}
	c, _ := client(t, answers(answer{status: 200, body: large}), &Options{MaxAnswer: int64(len(large))})
	require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, new(json.RawMessage)))
}

// Few bytes on the wire may be many in memory.
func TestAnAnswerIsMeasuredUnpacked(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = fmt.Fprintf(packed, `{"value":["%s"]}`, strings.Repeat("x", 2<<20))
		_ = packed.Close()
	}))
	defer server.Close()
	c, err := Connect(StaticToken("any"), &ConnectOptions{Endpoint: server.URL, Options: Options{MaxAnswer: 1 << 20}})
	require.NoError(t, err)
	err = c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, new(json.RawMessage))
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestPagesThatBringNothingNewEnd(t *testing.T) {
	for reason, values := range map[string][]string{"empty pages": {``}, "the same page": {`{"id":"a"}`},
		"two pages in turn": {`{"id":"a"}`, `{"id":"b"}`}, "in another order": {`{"id":"a"},{"id":"b"}`, `{"id":"b"},{"id":"a"}`}} {
		synctest.Test(t, func(t *testing.T) {
			c, s := client(t, func(r sent) answer {
				require.Less(t, r.n, 1000, reason)
				return answer{status: 200, body: fmt.Sprintf(`{"value":[%s],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=%d"}`, values[r.n%len(values)], r.n)}
			}, nil)
			type user struct{ ID string }
			_, err := Collect(Operation{}, Pages[user](t.Context(), c, Request{Op: Operation{Name: "x"}, Path: "/users"}), func(u user) string { return u.ID })
			require.ErrorContains(t, err, "the listing does not end: 101 pages in a row brought nothing new", reason)
			assert.LessOrEqual(t, len(s.sent()), 103)
		})
	}
}
