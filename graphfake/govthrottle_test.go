package graphfake_test

import (
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/require"
)

// Governance has a budget of its own and may not say for how long to wait: a
// client that relies on Retry-After alone must not spin.
func TestGovernanceThrottlesWithAndWithoutRetryAfter(t *testing.T) {
	for _, silent := range []bool{false, true} {
		limit := graphfake.GovernanceLimit()
		limit.Silent = silent
		opts := graphfake.Options{Throttle: &graphfake.Throttle{Limits: append(graphfake.PublishedLimits(graphfake.Small), limit)}}
		name := map[bool]string{false: "with", true: "without"}[silent]
		t.Run(name, func(t *testing.T) {
			reviewBubble(t, opts, func(x *scenery) {
				for range 20 {
					require.Equal(t, 200, x.get(reviews).status)
				}
				a := x.get(reviews)
				require.Equal(t, 429, a.status)
				require.Equal(t, silent, a.header.Get("Retry-After") == "")
				require.Equal(t, 429, x.get(entitlements+"/catalogs").status, "one budget for both services")
				require.Equal(t, 200, x.get("/users").status, "the directory has its own")
				time.Sleep(20 * time.Second)
				require.Equal(t, 200, x.get(reviews).status)
			})
		})
	}
}

// A write whose answer is lost happened all the same: a client that creates
// again has two reviews.
func TestFaultsOnReviews(t *testing.T) {
	reviewBubble(t, graphfake.Options{}, func(x *scenery) {
		x.user("ada")
		x.s.Inject(graphfake.Fault{Method: "POST", Path: reviews, Effect: graphfake.AnswerLost}, graphfake.Fault{Method: "GET", Path: reviews, Status: 429})
		require.Equal(t, 504, x.do("POST", reviews, x.definition()).status)
		a := x.get(reviews)
		require.Equal(t, 429, a.status)
		require.Empty(t, a.header.Get("Retry-After"))
		require.Len(t, x.get(reviews).values(), 1)
	})
}
