package entra_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// An outage must end a run within RetryFor and say so of each item, however many
// there are; it must not begin anew with every two thousand.
func TestAnOutageEndsTheWholeRun(t *testing.T) {
	const many = 6_000
	runs := map[string]func(*testing.T, *entra.Client) (failed int){
		"creating users": func(t *testing.T, c *entra.Client) (failed int) {
			for _, result := range c.CreateUsers(t.Context(), newUsers(numbered(many)...)) {
				assert.ErrorIs(t, result.Err, graph.ErrUnavailable)
				failed++
			}
			return failed
		},
		"assigning roles": func(t *testing.T, c *entra.Client) (failed int) {
			changes := make([]assign.Change, many)
			for i := range changes {
				changes[i] = assign.Change{Action: assign.Add, PrincipalID: "p", AppRoleID: "r"}
			}
			for _, err := range c.WriteAssignments(t.Context(), "sp", changes) {
				assert.ErrorIs(t, err, graph.ErrUnavailable)
				failed++
			}
			return failed
		},
	}
	for name, run := range runs {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
				requests++
				return reply(503, ""), nil
			}), Options: graph.Options{InFlight: 1, RetryFor: 5 * time.Minute}}, "")
			started := time.Now()
			assert.Equal(t, many, run(t, c), name)
			assert.LessOrEqual(t, time.Since(started), 6*time.Minute, name)
			assert.Less(t, requests, 300, name)
		})
	}
}

// Who breaks out of a run has seen all that it does. The first of these users is
// refused before anything is sent, and the other three were made all the same.
func TestBreakingOutStopsBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	users := newUsers("ann", "bob", "cid", "dan")
	users[0].Attributes = map[string]string{"no such": "x"}
	sent := 0
	c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return reply(400, ""), nil
	})}, "")
	for i, result := range c.CreateUsers(t.Context(), users) {
		assert.Zero(t, i)
		assert.Error(t, result.Err)
		break
	}
	assert.Zero(t, sent, "accounts were made and reported to nobody")
}

// The looks for what a lost batch may have made take hardly longer than one look.
func TestTheLooksOfABatchAreMadeSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		c, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Options: graph.Options{Unpaced: true},
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				time.Sleep(time.Second)
				return tn.Fake.Transport().RoundTrip(r)
			})})
		require.NoError(t, err)
		tn.Fake.Inject(graphfake.Fault{Method: "POST", Path: "/$batch", Effect: graphfake.AnswerLost})
		started := time.Now()
		for _, result := range created(t, t.Context(), c, newUsers(numbered(20)...)) {
			require.NoError(t, result.Err)
			assert.False(t, result.Existed)
		}
		assert.Less(t, time.Since(started), 10*time.Second, "twenty looks of a second each, one after another, take twenty")
	})
}
