package entra_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// counting answers every request, after the usual latency, with the number of users.
func counting(users int) http.RoundTripper {
	return roundTripper(func(*http.Request) (*http.Response, error) {
		time.Sleep(latency)
		return reply(200, fmt.Sprint("\ufeff", users)), nil
	})
}

func ask(attribute string, n int) []match.Query {
	queries := make([]match.Query, n)
	for i := range queries {
		queries[i] = match.Equal(attribute, fmt.Sprintf("u%d@contoso.example", i))
	}
	return queries
}

func TestThePlannerTakesTheFasterWay(t *testing.T) {
	mails := func(n int) []match.Query { return ask("mail", n) }
	addresses := func(n int) []match.Query { return ask("proxyAddresses", n) }
	tests := []struct {
		reason    string
		queries   []match.Query
		directory int
		inFlight  int
		want      entra.Strategy
		requests  int
		units     int
		duration  time.Duration
	}{
		{"a few are one request", mails(10), 0, 0, entra.Batches, 1, 1, 150 * time.Millisecond},
		{"one round trip needs no count of users", mails(1200), 0, 0, entra.Batches, 4, 80, 150 * time.Millisecond},
		{"a roster as large as the directory", mails(100_000), 100_000, 0, entra.Batches, 334, 6667, 1950 * time.Millisecond},
		{"a roster much larger than the directory", mails(100_000), 10_000, 0, entra.Listing, 11, 11, 1650 * time.Millisecond},
		{"a large directory and a small roster", mails(3000), 1_000_000, 0, entra.Batches, 10, 200, 300 * time.Millisecond},
		{"one request at a time favours the listing", mails(9000), 20_000, 1, entra.Listing, 21, 21, 3150 * time.Millisecond},
		{"elements of collections share a filter like other values", addresses(3000), 1_000_000, 0, entra.Batches, 10, 200, 300 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := lookups(t, nil, graph.ConnectOptions{Transport: counting(tt.directory), Options: graph.Options{InFlight: tt.inFlight}}, "")
				plan, err := c.PlanLookup(t.Context(), tt.queries)
				require.NoError(t, err)
				assert.Equal(t, tt.want, plan.Strategy, plan.String())
				assert.Equal(t, len(tt.queries), plan.Questions)
				assert.Equal(t, tt.requests, plan.Requests)
				assert.Equal(t, tt.units, plan.Units)
				assert.Equal(t, tt.duration, plan.Duration)
				assert.NotEmpty(t, plan.Reason)
			})
		})
	}
}

func TestThePlannerCountsUsersOnce(t *testing.T) {
	counted := 0
	c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		counted++
		assert.Equal(t, "/v1.0/users/$count", r.URL.Path)
		assert.Equal(t, "eventual", r.Header.Get("ConsistencyLevel"), "without it the service refuses")
		assert.Equal(t, []string{"text/plain"}, r.Header["Accept"], "the page has the answer as text")
		return reply(200, "5000"), nil
	})}, "")
	for range 3 {
		_, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
		require.NoError(t, err)
	}
	assert.Equal(t, 1, counted)
}

// Azure AD B2C does not count users; they can be looked up all the same.
func TestThePlannerWithoutACount(t *testing.T) {
	c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return reply(400, `{"error":{"code":"Request_BadRequest","message":"$count is not currently supported."}}`), nil
	})}, "")
	plan, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
	require.NoError(t, err)
	assert.Equal(t, entra.Batches, plan.Strategy)
	assert.Contains(t, plan.Reason, "does not say how many")
}

// A count that failed for a passing reason is asked for again: without it every
// later lookup is asked in batches, however large the roster.
func TestThePlannerAsksAgainForACountThatFailed(t *testing.T) {
	for _, status := range []int{408, 429, 500, 502, 503, 504} {
		answers := []*http.Response{reply(status, `{"error":{"code":"x"}}`), reply(200, "5000")}
		options := graph.ConnectOptions{Options: graph.Options{MaxRetries: graph.NoRetry},
			Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				next := answers[0]
				answers = answers[1:]
				return next, nil
			})}
		synctest.Test(t, func(t *testing.T) {
			c := lookups(t, nil, options, "")
			plan, err := c.PlanLookup(t.Context(), ask("mail", 10_000))
			require.NoError(t, err, "status %d: batches do without a count", status)
			assert.Zero(t, plan.Directory)
			plan, err = c.PlanLookup(t.Context(), ask("mail", 10_000))
			require.NoError(t, err)
			assert.Equal(t, 5000, plan.Directory, "status %d", status)
		})
	}
}

func TestPlansArePlainValues(t *testing.T) {
	plan := entra.LookupPlan{Strategy: entra.Batches, Questions: 3000, Requests: 10, Units: 200, Duration: 450 * time.Millisecond, Reason: "listing would take about 15s"}
	assert.Equal(t, "batches: 3000 questions, 10 requests, 200 resource units, about 450ms (listing would take about 15s)", plan.String())
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	assert.JSONEq(t, `{"strategy":"batches","questions":3000,"requests":10,"units":200,"duration":450000000,"reason":"listing would take about 15s"}`, string(text))
}

func TestUnknownStrategy(t *testing.T) {
	_, err := match.Ask(t.Context(), lookups(t, nil, graph.ConnectOptions{Transport: counting(1)}, "guess").FindUsers, ask("mail", 1))
	require.EqualError(t, err, `the directory can't be asked: no such lookup strategy: "guess"; there are "perRow", "batches" and "listing"`)
}

// What a batch takes is only known once one is answered: where the service works through
// its 20 filters one after another, the rest of the directory is quicker to list.
func TestPlansAreMadeAgainOnceABatchWasAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rows = 30_000
		fake, _ := busyTenant(t, rows)
		slow := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v1.0/$batch" {
				time.Sleep(20 * latency)
			}
			return fake.Transport().RoundTrip(r)
		})
		c := lookups(t, nil, graph.ConnectOptions{Transport: slow}, "")
		var queries []match.Query
		for i := range rows {
			queries = append(queries, match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i)))
		}
		started := time.Now()
		answers, err := match.Ask(t.Context(), c.FindUsers, queries)
		require.NoError(t, err)
		for i, answer := range answers {
			require.Len(t, answer.Users, 1, queries[i].Value)
		}
		assert.Less(t, time.Since(started), 9*time.Second, "four batches of 3 s, and 31 pages")
		assert.Equal(t, 31, pagesRead(fake), "the rest was listed")
	})
}

func pagesRead(fake *graphfake.Server) (n int) {
	for _, r := range fake.Requests() {
		if r.Path == "/users" && r.Batch == 0 {
			n++
		}
	}
	return n
}
