package governance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

const (
	day       = 24 * time.Hour
	listRound = "GET /identityGovernance/accessReviews/definitions/{id}/instances"
)

// CreateReview and WaitReview are all that a program needs: it waits for a
// review that begins in three days, and until the service lists its round.
func TestWaitReview_RightAfterCreateReview(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t})
		x := newScene(t, fake, nil)
		x.user("ada", general)
		wanted := x.review()
		wanted.Start = time.Now().Add(3 * day)
		review, _, err := x.governance.CreateReview(t.Context(), wanted)
		require.NoError(t, err)
		fake.Inject(graphfake.Fault{Path: rounds,
			Effect: graphfake.HideObjects, Times: 5})
		go func() {
			time.Sleep(5 * day)
			x.decide(review.ID, "ada", "Deny")
		}()
		started := time.Now()
		got, err := x.governance.WaitReview(t.Context(), review, &governance.WaitReviewOptions{Interval: time.Hour})
		require.NoError(t, err)
		assert.Equal(t, governance.ReviewApplied, got.Status)
		assert.InDelta(t, 13*24, time.Since(started).Hours(), 24, "three days before the round, and its ten")
		assert.Empty(t, fake.Assignments(x.app.ID))
	})
}

func TestWaitReview_EndsBeforeThereIsARound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		wanted := x.review()
		wanted.Start = time.Now().Add(3 * day)
		review, _, err := x.governance.CreateReview(t.Context(), wanted)
		require.NoError(t, err)
		seen := 0
		round, err := x.governance.WaitReview(t.Context(), review, &governance.WaitReviewOptions{Wait: time.Hour,
			Progress: func(governance.ReviewInstance) { seen++ }})
		require.ErrorIs(t, err, governance.ErrReviewRunning)
		assert.Contains(t, err.Error(), "NotStarted")
		assert.Nil(t, round)
		assert.Zero(t, seen, "a round that has not begun is not the current one")
	})
}

// Of a series the last round that has begun counts, neither an earlier one, which
// is finished, nor the next one, in whatever order the service lists them.
func TestWaitReview_FollowsTheLastRoundThatHasBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		wanted := x.review()
		wanted.Weeks = 2
		review, _, err := x.governance.CreateReview(t.Context(), wanted)
		require.NoError(t, err)
		first, err := x.governance.WaitReview(t.Context(), review, &governance.WaitReviewOptions{Interval: time.Hour})
		require.NoError(t, err)
		again, err := x.governance.WaitReview(t.Context(), review, nil)
		require.NoError(t, err)
		assert.Equal(t, first.ID, again.ID, "until the second round begins, the first is the current one")

		time.Sleep(7 * day)
		rounds, err := x.governance.ReviewInstances(t.Context(), review.ID)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(rounds), 2)
		second, err := x.governance.WaitReview(t.Context(), review, &governance.WaitReviewOptions{Interval: time.Hour})
		require.NoError(t, err)
		assert.NotEqual(t, first.ID, second.ID)
		assert.Equal(t, 14*day, second.StartDateTime.Sub(first.StartDateTime.Time))
		assert.Equal(t, governance.ReviewApplied, second.Status)
	})
}

func TestWaitReview_TakesRoundsInAnyOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t})
		faulty := &faulttest.Transport{Next: fake.Transport()}
		x := newScene(t, fake, faulty)
		at := func(days int) string { return time.Now().Add(time.Duration(days) * day).Format(time.RFC3339) }
		faulty.Inject(listRound, faulttest.Answer(`{"value":[{"id":"next","status":"NotStarted","startDateTime":"`+at(4)+`"},
			{"id":"current","status":"Applied","startDateTime":"`+at(-10)+`"},
			{"id":"old","status":"Applied","startDateTime":"`+at(-24)+`"}]}`))
		review := &governance.ReviewDefinition{ID: "11111111-1111-4111-8111-111111111111"}
		got, err := x.governance.WaitReview(t.Context(), review, nil)
		require.NoError(t, err)
		assert.Equal(t, "current", got.ID)
	})
}

// Options that would lift a limit, or be ignored, are refused before anything is asked.
func TestWaits_RefuseOptions(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	before := x.fake.Operations()
	for _, opts := range []governance.WaitReviewOptions{{Wait: -1}, {Interval: -1}} {
		_, err := x.governance.WaitReview(t.Context(), &governance.ReviewDefinition{ID: "x"}, &opts)
		require.ErrorContains(t, err, "can't be negative")
	}
	pack := &governance.AccessPackage{Policies: []governance.PackagePolicy{{ID: "p"}}}
	for _, opts := range []governance.PackageOptions{{Wait: -1}, {Interval: -1}, {Wait: 1, NoWait: true}} {
		_, err := x.governance.AssignPackage(t.Context(), pack, []string{"u"}, &opts)
		require.ErrorContains(t, err, "can't be negative")
	}
	assert.Equal(t, before, x.fake.Operations())
}
