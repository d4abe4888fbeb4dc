package assign_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

// A look is one answer of a reader.
type look struct {
	current []assign.Assignment
	err     error
	hang    bool // until the context ends
}

// A replay is a Reader that gives these answers, and the last one for ever.
type replay struct {
	looks []look
	asked []time.Duration // since the first
	begun time.Time
}

func (r *replay) Assignments(ctx context.Context, resourceID string) ([]assign.Assignment, error) {
	if r.begun.IsZero() {
		r.begun = time.Now()
	}
	r.asked = append(r.asked, time.Since(r.begun))
	next := r.looks[min(len(r.asked), len(r.looks))-1]
	if next.hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return next.current, next.err
}

func TestVerifyWaitsUntilReadsAgree(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada")
	before := look{current: []assign.Assignment{held("ada", auditor)}}
	half := look{current: []assign.Assignment{held("ada", auditor), held("ada", general)}}
	after := look{current: []assign.Assignment{held("ada", general)}}
	again := held("ada", auditor)
	again.ID = "made-anew"
	failed := look{err: errors.New("503")}
	for _, test := range []struct {
		reason string
		looks  []look
		opts   *assign.VerifyOptions
		want   assign.Verification
	}{
		{reason: "to be seen at once, and once more to be sure", looks: []look{after}, want: assign.Verification{Looks: 2, Took: 3 * time.Second}},
		{reason: "one replica is late", looks: []look{before, after, half, after, after}, want: assign.Verification{Looks: 5, Took: 12 * time.Second}},
		{reason: "a read that fails is no sign of anything", looks: []look{after, failed, after, after},
			want: assign.Verification{Looks: 3, FailedLooks: 1, Took: 9 * time.Second}},
		{reason: "somebody gave the removed role anew: the one we removed is gone", looks: []look{{current: []assign.Assignment{held("ada", general), again}}},
			want: assign.Verification{Looks: 2, Took: 3 * time.Second}},
		{reason: "one look for those who are content with that", looks: []look{after}, opts: &assign.VerifyOptions{Agree: 1}, want: assign.Verification{Looks: 1}},
		{reason: "five looks for those who are not, ten seconds apart", looks: []look{after}, opts: &assign.VerifyOptions{Agree: 5, Interval: 10 * time.Second},
			want: assign.Verification{Looks: 5, Took: 40 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			seen, err := assign.Verify(t.Context(), &replay{looks: test.looks}, plan, test.opts)
			require.NoError(t, err, test.reason)
			test.want.Confirmed, test.want.Changes = true, 2
			test.want.ResourceID, test.want.Application = testApp.ResourceID, testApp.DisplayName
			test.want.Missing, test.want.Remaining, test.want.Gone = []assign.Change{}, []assign.Change{}, []assign.Assignment{}
			assert.Equal(t, &test.want, seen, test.reason)
		})
	}
}

func TestVerifyGivesUpWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada")
	before := look{current: []assign.Assignment{held("ada", auditor)}}
	after := look{current: []assign.Assignment{held("ada", general)}}
	refused := errors.New("token expired")
	for _, test := range []struct {
		reason             string
		looks              []look
		err                error
		text               string
		missing, remaining int
		took               time.Duration
	}{
		{reason: "never to be seen", looks: []look{before}, err: assign.ErrNotVisible, missing: 1, remaining: 1, took: 117 * time.Second,
			text: "after 2m0s of looking at the assignments of CORPDB1, 1 addition not seen, 1 removed assignment still there: not visible yet; verify again later"},
		{reason: "replicas that never agree", looks: alternately(after, before, 50), err: assign.ErrNotVisible, took: 117 * time.Second, missing: 1, remaining: 1,
			text: "not visible yet"},
		{reason: "seen in the end, but by one read alone", looks: append(alternately(before, before, 39), after), err: assign.ErrNotVisible, took: 117 * time.Second,
			text: "all changes were seen, but not in enough reads in a row"},
		{reason: "no read succeeds: nothing is known, least of all absence", looks: []look{{err: refused}}, err: refused, took: 117 * time.Second,
			text: "reading the assignments of CORPDB1 failed for 2m0s: token expired"},
		{reason: "a reader that hangs", looks: []look{before, {hang: true}}, err: assign.ErrNotVisible, missing: 1, remaining: 1, took: 2 * time.Minute, text: "not visible yet"},
		{reason: "a reader that answers for another application", looks: []look{{current: []assign.Assignment{{ResourceID: "other"}}}}, err: assign.ErrOtherApplication,
			took: 117 * time.Second, text: "another application"},
	} {
		synctest.Test(t, func(t *testing.T) {
			seen, err := assign.Verify(t.Context(), &replay{looks: test.looks}, plan, nil)
			assert.ErrorIs(t, err, test.err, test.reason)
			assert.ErrorContains(t, err, test.text, test.reason)
			if test.err != assign.ErrNotVisible {
				assert.NotErrorIs(t, err, assign.ErrNotVisible, test.reason)
			}
			assert.Len(t, seen.Missing, test.missing, test.reason)
			assert.Len(t, seen.Remaining, test.remaining, test.reason)
			assert.Equal(t, test.took, seen.Took, test.reason)
			assert.False(t, seen.Confirmed, test.reason)
		})
	}
}

func alternately(a, b look, n int) []look {
	var looks []look
	for i := range n {
		looks = append(looks, []look{a, b}[i%2])
	}
	return looks
}

func TestVerifyStopsWithTheContext(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada")
	for _, next := range []look{{}, {hang: true}, {err: errors.New("503")}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), 7*time.Second)
			defer stop()
			seen, err := assign.Verify(ctx, &replay{looks: []look{next}}, plan, nil)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.NotErrorIs(t, err, assign.ErrNotVisible)
			assert.Equal(t, 7*time.Second, seen.Took, "an interrupt is obeyed at once")
		})
	}
}

func TestVerifyTellsItsProgress(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada", "bob")
	synctest.Test(t, func(t *testing.T) {
		var progress []int
		looks := []look{{current: []assign.Assignment{held("ada", auditor), held("bob", auditor)}}, {err: errors.New("503")},
			{current: []assign.Assignment{held("ada", auditor), held("ada", general)}}, {current: []assign.Assignment{held("ada", general), held("bob", general)}}}
		_, err := assign.Verify(t.Context(), &replay{looks: looks}, plan, &assign.VerifyOptions{Progress: func(seen, total int) {
			assert.Equal(t, 4, total)
			progress = append(progress, seen)
		}})
		require.NoError(t, err)
		assert.Equal(t, []int{0, 2, 4, 4}, progress)
	})
}

// A plan without changes says that all is as it should be; only the tenant can say so.
func TestVerifyOfAPlanWithoutChangesLooksAtTheTenant(t *testing.T) {
	t.Parallel()
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), []assign.Assignment{held("ada", general)}, nil)
	require.NoError(t, err)
	require.Empty(t, plan.Changes)
	synctest.Test(t, func(t *testing.T) {
		there := &replay{looks: []look{{current: []assign.Assignment{held("ada", general)}}}}
		seen, err := assign.Verify(t.Context(), there, plan, nil)
		require.NoError(t, err)
		assert.True(t, seen.Confirmed)
		assert.Equal(t, 1, seen.Kept)
		assert.Len(t, there.asked, 2)
		var out strings.Builder
		require.NoError(t, seen.WriteText(&out))
		assert.Equal(t, "CORPDB1: nothing to change; it has 1 assignment, as the plan expects, seen in 2\nreads\n", out.String())

		seen, err = assign.Verify(t.Context(), &replay{looks: []look{{}}}, plan, nil)
		require.ErrorIs(t, err, assign.ErrNotVisible, "nobody is assigned any more")
		assert.False(t, seen.Confirmed)
		assert.Len(t, seen.Gone, 1)
		assert.ErrorContains(t, err, "1 assignment that the plan leaves not seen")
	})
}

func TestAShortWaitLooksOftenEnoughToConfirm(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada")
	after := look{current: []assign.Assignment{held("ada", general)}}
	synctest.Test(t, func(t *testing.T) {
		for _, agree := range []int{1, 2, 5} {
			seen, err := assign.Verify(t.Context(), &replay{looks: []look{after}}, plan,
				&assign.VerifyOptions{Wait: time.Second, Interval: time.Minute, Agree: agree})
			require.NoError(t, err)
			assert.Equal(t, agree, seen.Looks)
			assert.Less(t, seen.Took, time.Second)
		}
	})
}
