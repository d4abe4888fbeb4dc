package governance_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/graphfake"
)

// running creates a review and waits until its reviewers can decide.
func (x *scene) running(review governance.Review) (*governance.ReviewDefinition, governance.ReviewInstance) {
	x.t.Helper()
	d, _, err := x.governance.CreateReview(x.t.Context(), review)
	require.NoError(x.t, err)
	time.Sleep(5 * time.Minute)
	instances, err := x.governance.ReviewInstances(x.t.Context(), d.ID)
	require.NoError(x.t, err)
	require.Len(x.t, instances, 1)
	require.Equal(x.t, governance.ReviewInProgress, instances[0].Status)
	return d, instances[0]
}

func TestWaitReview_UntilTheDecisionsAreApplied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		d, _ := x.running(x.review())
		x.decide(d.ID, "ada", "Deny")
		var seen []governance.ReviewStatus
		started := time.Now()
		got, err := x.governance.WaitReview(t.Context(), d,
			&governance.WaitReviewOptions{Progress: func(i governance.ReviewInstance) { seen = append(seen, i.Status) }})
		require.NoError(t, err)
		assert.Equal(t, governance.ReviewApplied, got.Status)
		assert.Equal(t, []governance.ReviewStatus{"InProgress", "Completing", "Completed", "Applying", "Applied"},
			slices.Compact(seen), "Completed is not the end of a review that applies by itself")
		assert.InDelta(t, (10 * 24 * time.Hour).Hours(), time.Since(started).Hours(), 1)
	})
}

func TestWaitReview_Ends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		review := x.review()
		review.AutoApply = false
		d, _ := x.running(review)
		started := time.Now()
		got, err := x.governance.WaitReview(t.Context(), d,
			&governance.WaitReviewOptions{Wait: time.Hour, Interval: 7 * time.Minute})
		require.ErrorIs(t, err, governance.ErrReviewRunning)
		assert.Contains(t, err.Error(), "InProgress")
		assert.Equal(t, governance.ReviewInProgress, got.Status)
		assert.LessOrEqual(t, time.Since(started), time.Hour)

		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
		defer cancel()
		_, err = x.governance.WaitReview(ctx, d, nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		got, err = x.governance.WaitReview(t.Context(), d, &governance.WaitReviewOptions{Interval: time.Hour})
		require.NoError(t, err)
		assert.Equal(t, governance.ReviewCompleted, got.Status, "a review that does not apply by itself ends there")
	})
}

func TestReviewStatus_IsAnOpenSet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status    governance.ReviewStatus
		auto, not bool // finished, if decisions are applied automatically or not
	}{
		{"Applied", true, true}, {"applied", true, true}, {"Completed", false, true}, {"AutoReviewed", false, true},
		{"Applying", false, false}, {"InProgress", false, false}, {"", false, false}, {"SomethingNew", false, false},
	} {
		assert.Equal(t, tt.auto, tt.status.Finished(true), tt.status)
		assert.Equal(t, tt.not, tt.status.Finished(false), tt.status)
	}
}

// Each action twice: a run that was cut off does it again.
func TestStopAndApply_AreSafeToRepeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		x.user("bob", general)
		review := x.review()
		review.AutoApply = false
		d, round := x.running(review)
		x.decide(d.ID, "ada", "Deny")
		err := x.governance.ApplyDecisions(t.Context(), d.ID, round.ID)
		require.ErrorAs(t, err, new(*governance.ReviewError))
		assert.Contains(t, err.Error(), "its status is InProgress")
		for range 2 {
			require.NoError(t, x.governance.StopReview(t.Context(), d.ID, round.ID))
		}
		assert.Len(t, x.fake.Assignments(x.app.ID), 2, "stopping a review that does not apply by itself takes nothing away")
		for range 2 {
			require.NoError(t, x.governance.ApplyDecisions(t.Context(), d.ID, round.ID))
		}
		time.Sleep(5 * time.Minute)
		require.NoError(t, x.governance.ApplyDecisions(t.Context(), d.ID, round.ID), "and once more when all is over")
		assert.Len(t, x.fake.Assignments(x.app.ID), 1)
		const instance = "POST /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}"
		assert.Equal(t, 1, x.fake.Operations(instance + "/stop")[instance+"/stop"])
		assert.Equal(t, 1, x.fake.Operations(instance + "/applyDecisions")[instance+"/applyDecisions"])
	})
}

func TestRemindReviewers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
		x.user("ada", general)
		d, round := x.running(x.review())
		require.NoError(t, x.governance.RemindReviewers(t.Context(), d.ID, round.ID))
		require.Len(t, x.fake.Reminders(), 1)
		assert.Equal(t, []string{x.owner.ID}, x.fake.Reminders()[0].Reviewers)
		asked, err := x.governance.ContactedReviewers(t.Context(), d.ID, round.ID)
		require.NoError(t, err)
		require.Len(t, asked, 1)
		assert.Equal(t, "olga", asked[0].Name())
	})
}
