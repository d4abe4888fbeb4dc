package assign

import (
	"context"
	"errors"
	"fmt"
)

// ApplyOptions are the options of [Apply].
type ApplyOptions struct {
	// Progress, if set, is told after each change how many of total are settled.
	// It is called by the goroutine that called Apply.
	Progress func(settled, total int)
}

// ErrWriter says that a [Writer] broke its contract: it reported a change
// twice, one that it was not given, or not every one.
var ErrWriter = errors.New("the writer's report can't be trusted")

// Apply makes the plan's changes through w and reports on each, in the plan's
// order. It decides nothing anew: to learn whether the plan still fits the
// world, call [Plan.Check] before. A failed change doesn't stop the others, with
// one exception: what a user holds is not removed if adding to the same user
// has failed. Applying the same plan again is safe.
//
// The error is nil only if every change is made; otherwise it is an
// [*ApplyError], which wraps ctx's error if that ended and ErrWriter if w
// misbehaved. The report is never nil.
func Apply(ctx context.Context, w Writer, p Plan, opts *ApplyOptions) (*Report, error) {
	if opts == nil {
		opts = new(ApplyOptions)
	}
	run := &application{writer: w, report: newReport(p), progress: opts.Progress}
	var additions, removals []int
	for i, change := range p.Changes {
		if change.Action == Remove {
			removals = append(removals, i)
		} else {
			additions = append(additions, i)
		}
	}
	err := run.write(ctx, additions)
	if err == nil {
		err = run.write(ctx, run.allowed(removals))
	}
	if err == nil && run.report.Count(NotTried) > 0 {
		err = ctx.Err()
	}
	return run.report, run.report.failure(err)
}

// An application is one run of Apply.
type application struct {
	writer   Writer
	report   *Report
	progress func(settled, total int)
	settled  int
}

// write hands the changes at those places of the plan to the writer. Its error
// is one that must stop everything.
func (run *application) write(ctx context.Context, places []int) error {
	if len(places) == 0 {
		return nil
	}
	changes := make([]Change, len(places))
	for i, place := range places {
		changes[i] = run.report.Results[place].Change
	}
	seen := make([]bool, len(places))
	count := 0
	for i, err := range run.writer.WriteAssignments(ctx, run.report.ResourceID, changes) {
		if i < 0 || i >= len(places) {
			return fmt.Errorf("it reported on change %d of %d: %w", i, len(places), ErrWriter)
		}
		if seen[i] {
			return fmt.Errorf("it reported twice on the change for %s: %w", changes[i].PrincipalID, ErrWriter)
		}
		seen[i] = true
		count++
		run.settle(ctx, places[i], err)
	}
	if count < len(places) && ctx.Err() == nil {
		return fmt.Errorf("it reported on %d changes of %d: %w", count, len(places), ErrWriter)
	}
	return nil
}

func (run *application) settle(ctx context.Context, place int, err error) {
	result := &run.report.Results[place]
	switch {
	case err == nil:
		result.State = Done
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		result.Err = err // not tried, as it began
		return
	default:
		result.State, result.Err = Failed, err
	}
	run.settled++
	if run.progress != nil {
		run.progress(run.settled, len(run.report.Results))
	}
}

// allowed leaves out the removals of users to whom something could not be
// added: a change of role that fails halfway must not leave them with nothing.
func (run *application) allowed(removals []int) []int {
	failed := make(map[string]bool)
	for _, result := range run.report.Results {
		if result.State == Failed {
			failed[result.Change.PrincipalID] = true
		}
	}
	var allowed []int
	for _, place := range removals {
		if result := &run.report.Results[place]; failed[result.Change.PrincipalID] {
			result.Err = errHeldBack
		} else {
			allowed = append(allowed, place)
		}
	}
	return allowed
}

var errHeldBack = errors.New("held back, for another role could not be added to this user")
