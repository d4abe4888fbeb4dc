package chaos_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	firstSeed = flag.Uint64("chaos.seed", 1, "seed of the first schedule of random faults; a failure names its own")
	runs      = flag.Int("chaos.runs", usualRuns, "how many schedules of random faults to run; more also make the other tests try more")
)

// TestRandomFaults: whatever goes wrong on a bad day, the flow ends as it
// should, or says that it did not and is put right by running it again. It
// never makes anything twice, takes away what it may not, or says of a row what
// isn't so. Repeat a failure with -chaos.seed=N -chaos.runs=1; as goroutines
// have no order, some need a few more with -count.
func TestRandomFaults(t *testing.T) {
	t.Parallel()
	done, failed, hurt := 0, 0, 0
	for seed := *firstSeed; seed < *firstSeed+uint64(*runs); seed++ {
		s := draw(seed)
		complaints, hurtNow, first := s.play(t)
		report(t, s.String(), complaints)
		hurt += hurtNow
		if first == nil {
			done++
		} else {
			failed++
		}
	}
	t.Logf("seeds %d to %d: %d flows ended well at once and %d after running again; %d requests failed",
		*firstSeed, *firstSeed+uint64(*runs)-1, done, failed, hurt)
	if *runs >= 30 {
		require.NotZero(t, done, "the faults are such that no flow gets through")
		require.NotZero(t, failed, "the faults are such that every flow gets through")
	}
}

// play runs the schedule, and counts the requests that failed in its first run.
func (s schedule) play(t *testing.T) (complaints []string, hurt int, first error) {
	complaints = bubble(t, func(t *testing.T) (complaints []string) {
		w := s.newWorld(t)
		complaints, first = s.twice(t.Context(), w)
		hurt = w.hurt
		return complaints
	})
	return complaints, hurt, first
}

// twice runs the flow with the faults, and again without them once the service
// has come to rest; then nothing is left to do.
func (s schedule) twice(ctx context.Context, w *world) (complaints []string, first error) {
	started := time.Now()
	complaints, first = w.run(ctx, w.flow(nil))
	if s.hides() { // what two looks did not show is left, and taken away by the next run
		complaints = slices.DeleteFunc(complaints, func(complaint string) bool {
			return strings.HasPrefix(complaint, "the end state has, and should not, assignment")
		})
	}
	if first != nil && s.gentle {
		complaints = append(complaints, fmt.Sprintf("the flow gives up, and all of it would have passed: %v", first))
	}
	if took := time.Since(started); took > 24*time.Hour {
		complaints = append(complaints, fmt.Sprintf("the flow takes %v", took))
	}
	for _, r := range w.fake.Requests() {
		if r.Status == 0 || r.Status >= 400 {
			w.hurt++
		}
	}
	w.fake.ClearFaults()
	time.Sleep(2 * time.Hour)
	for _, complaint := range w.must(ctx) {
		complaints = append(complaints, "run again: "+complaint)
	}
	time.Sleep(2 * time.Hour)
	w.fake.ForgetRequests()
	for _, complaint := range append(w.must(ctx), writes(w.fake)...) {
		complaints = append(complaints, "run a third time: "+complaint)
	}
	return complaints, first
}
