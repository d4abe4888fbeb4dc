package graphfake_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
)

// Everything at once, from many goroutines: for the race detector, and to see
// that the state stays whole.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{
		Seed:        5,
		Permissions: true,
		Throttle:    &graphfake.Throttle{Limits: []graphfake.Limit{{Scope: graphfake.PerTenant, Counts: graphfake.Writes, Amount: 60, Per: time.Hour}}},
		Replication: &graphfake.Replication{Replicas: []graphfake.Lag{{}, {Reads: 2}, {Time: time.Millisecond, Jitter: time.Millisecond}}, Copying: time.Millisecond},
	})
	s.Inject(graphfake.Fault{Rate: 0.1, Status: 503}, graphfake.Fault{Rate: 0.1, Effect: graphfake.ResetAfter}, graphfake.Fault{Effect: graphfake.PartFailed, Rate: 0.5})
	token := s.AppToken("User.ReadWrite.All", "Application.ReadWrite.All")
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			c := newClient(t, s).bearer(token)
			for i := range 12 {
				c.try("POST", "/users", newUser(fmt.Sprintf("u%d-%d", g, i)))
				c.try("GET", "/users?$top=5", nil)
				c.try("PATCH", fmt.Sprintf("/users/u%d-%d@contoso.example", g, i/2), map[string]any{"city": "Paris"})
				c.try("POST", "/$batch", map[string]any{"requests": []any{map[string]any{"id": "1", "method": "GET", "url": "/users"}, map[string]any{"id": "2", "method": "GET", "url": "/applications"}}})
				s.Requests()
				s.Snapshot()
				s.Unfired()
			}
		})
	}
	group.Wait()
	s.Settle()
	assert.LessOrEqual(t, len(s.Users()), 60, "no more writes than the limit lets through")
	assert.NotEmpty(t, s.Users())
	statuses := map[int]int{}
	for _, r := range s.Requests() {
		statuses[r.Status]++
	}
	for _, status := range []int{0, 200, 429, 503} {
		assert.Positive(t, statuses[status], "each kind of answer must occur, or this test proves little: %v", statuses)
	}
}
