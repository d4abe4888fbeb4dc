package governance_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// hiding leaves the newest review out of the next listings.
func hiding(times int) graphfake.Fault {
	return graphfake.Fault{Method: "GET", Path: definitions, Effect: graphfake.HideObjects, Times: times}
}

// Reviewers would be asked twice if a review that was created were sent again
// because a listing lags.
func TestCreateReview_IsNotSentAgainWhileListingsLag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lag    int // listings that don't show the review
		answer faulttest.Fault
		found  bool
		reason string
	}{
		{3, faulttest.Transient[3], true, "a 504 that was applied; the review is listed after some seconds"},
		{-1, faulttest.Transient[3], false, "a 504 that was applied; the review is not listed in time"},
		{3, faulttest.Fault{}, true, "a clear answer"},
		{-1, faulttest.Fault{}, true, "a clear answer; the review is known though it is not listed in time"},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
			f := &faulttest.Transport{Next: x.fake.Transport()}
			if tt.answer.Status != 0 {
				f.Inject("POST "+definitions, tt.answer)
			}
			x.fake.Inject(hiding(tt.lag))
			review, existed, err := governance.New(x.connect(f)).CreateReview(t.Context(), x.review())
			require.Len(t, x.fake.Reviews(), 1, tt.reason)
			assert.False(t, existed, tt.reason)
			if !tt.found {
				require.ErrorIs(t, err, graph.ErrUnclear, tt.reason)
				assert.Contains(t, err.Error(), "run again in a few minutes", tt.reason)
				return
			}
			require.NoError(t, err, tt.reason)
			assert.Equal(t, x.fake.Reviews()[0].ID, review.ID, tt.reason)
			assert.True(t, review.Settings.AutoApplyDecisionsEnabled, tt.reason)
			assert.Len(t, review.Reviewers, 1, tt.reason)
		})
	}
}

// Programs that create one review at the same time must not each go on with one
// of their own and say nothing.
func TestCreateReview_ByThreeAtOnceIsOneOrSaysThatItIsSeveral(t *testing.T) {
	t.Parallel()
	for name, replication := range map[string]*graphfake.Replication{"at once": nil, "replicas lag": {}} {
		synctest.Test(t, func(t *testing.T) {
			x := newScene(t, graphfake.New(&graphfake.Options{TB: t, Replication: replication}), nil)
			var wg sync.WaitGroup
			errs := make([]error, 3)
			for i := range errs {
				wg.Go(func() {
					_, _, errs[i] = governance.New(x.connect(x.fake.Transport())).CreateReview(t.Context(), x.review())
				})
			}
			wg.Wait()
			said := 0
			for _, err := range errs {
				var several *entra.AmbiguousError
				if errors.As(err, &several) {
					said++
					continue
				}
				require.NoError(t, err, name)
			}
			made := len(x.fake.Reviews())
			assert.Equal(t, made > 1, said > 0, "%s: %d reviews were made, and %d programs say that there are several", name, made, said)
		})
	}
}

// Stages that two reviews are made of must not carry the reviewers of the first
// into the second.
func TestCreateReview_LeavesTheCallersStagesAlone(t *testing.T) {
	t.Parallel()
	x := newScene(t, graphfake.New(&graphfake.Options{TB: t}), nil)
	review := x.review()
	review.Stages = append(review.Stages, governance.ReviewStage{Days: 3,
		Reviewers: []governance.QueryScope{governance.UserReviewer(x.owner.ID)}, ToNextStage: []string{"Deny"}})
	sent, err := review.Definition()
	require.NoError(t, err)
	made, _, err := x.governance.CreateReview(t.Context(), review)
	require.NoError(t, err)
	for _, reviewers := range [][]governance.QueryScope{made.Reviewers, made.StageSettings[0].Reviewers,
		made.StageSettings[1].Reviewers, sent.Reviewers, sent.StageSettings[1].Reviewers} {
		reviewers[0].Query = "/users/somebody-else"
	}
	assert.Equal(t, x.review().Stages[0].Reviewers, review.Stages[0].Reviewers)
	assert.Equal(t, governance.UserReviewer(x.owner.ID), review.Stages[1].Reviewers[0])
}
