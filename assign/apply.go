package assign

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// A Reader lists an application's current assignments; entra.Client implements it.
type Reader interface {
	// Assignments returns all assignments of the service principal with that
	// object id, from every page, each with its id, the type of its principal and
	// its resource id. An error means that the list is unfinished and must not be
	// used. A service principal that doesn't exist is an error, not an empty list.
	Assignments(ctx context.Context, resourceID string) ([]Assignment, error)
}

// A UserReader is a [Reader] that can also be asked for single users; entra.Client
// implements it.
type UserReader interface {
	Reader
	// UserAssignments returns what each user has of the service principal with that
	// object id, by the user's own list and in the order of the users; nil for one who
	// was not found. An error means that the answer is unfinished.
	UserAssignments(ctx context.Context, resourceID string, users []string) ([][]Assignment, error)
}

// A Writer makes changes; entra.Client implements it. A [WriterFunc] makes one
// at a time.
type Writer interface {
	// WriteAssignments makes changes on the service principal with that object
	// id, in any order. It yields each one's index in changes once, with nil or
	// its error, as they settle. One that fails doesn't stop the others. An
	// assignment that is already there, or already gone, is a success; if it may be
	// somebody else's doing, a writer says so by an error that wraps [ErrExisted].
	//
	// If what refuses one change refuses all, such as a missing permission, a
	// writer may give up: each change that it didn't try yields an error that wraps
	// [ErrNotTried] and says why.
	//
	// If ctx ends, a change that was not tried yields an error that wraps ctx's.
	// A write that was under way and may have been made yields one that also
	// wraps [ErrUnclear]. Nothing is written before the result is ranged over;
	// breaking out stops it after the writes under way.
	WriteAssignments(ctx context.Context, resourceID string, changes []Change) iter.Seq2[int, error]
}

// A WriterFunc is a [Writer] that makes one change at a time: it returns nil if
// the change is made, or was made before.
type WriterFunc func(ctx context.Context, resourceID string, change Change) error

// WriteAssignments implements [Writer].
func (write WriterFunc) WriteAssignments(ctx context.Context, resourceID string,
	changes []Change) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i, change := range changes {
			err := ctx.Err()
			if err == nil {
				err = write(ctx, resourceID, change)
				if ctx.Err() != nil && errors.Is(err, ctx.Err()) && !errors.Is(err, ErrUnclear) {
					err = fmt.Errorf("%w: %w", ErrUnclear, err)
				}
			}
			if !yield(i, err) {
				return
			}
		}
	}
}

// Errors of a [Writer].
var (
	// ErrExisted says that a change is done, and that somebody else may have made it: the
	// assignment was there already, or was found after an attempt whose answer was lost.
	ErrExisted = errors.New("it was made before, or by somebody else")
	// ErrUnclear says that a write was under way when time ran out, so that it
	// may have been made.
	ErrUnclear = errors.New("it is not clear whether the change was made")
	// ErrNotTried says that a change was not tried, because every change before it
	// was refused in the same way.
	ErrNotTried = errors.New("not tried")
	// ErrWriter says that a Writer broke its contract: it reported a change
	// twice, one that it was not given, or not every one.
	ErrWriter = errors.New("the writer's report can't be trusted")
)

// ApplyOptions are the options of [Apply].
type ApplyOptions struct {
	// Progress, if set, is told after each change how many of total are settled.
	// It is called by the goroutine that called Apply.
	Progress func(settled, total int)
}

// Apply makes the plan's changes through w and reports on each, in the plan's
// order. It doesn't look whether the plan still fits the world; [Plan.Check]
// does. Applying the same plan again is safe.
//
// Additions are made before removals, so that who changes roles is never without
// one. A failed change doesn't stop the others, except that nothing is removed
// from a user to whom something could not be added, and that Apply ends where
// the writer gives up.
//
// The error is nil only if every change is made. Otherwise it is an
// [*ApplyError], which wraps ctx's error if that ended, ErrNotTried if w gave up,
// and ErrWriter if w misbehaved. The report is never nil.
func Apply(ctx context.Context, w Writer, p Plan, opts *ApplyOptions) (*Report, error) {
	if opts == nil {
		opts = new(ApplyOptions)
	}
	run := &applyRun{writer: w, report: newReport(p), progress: opts.Progress, created: map[string]time.Time{}}
	for _, a := range p.Before {
		run.created[a.ID] = a.CreatedDateTime
	}
	var additions, removals []int
	for i, change := range p.Changes {
		switch change.Action {
		case Add:
			additions = append(additions, i)
		case Remove:
			removals = append(removals, i)
		default:
			run.settle(ctx, i, fmt.Errorf("the action %q means nothing", change.Action))
		}
	}
	err := run.write(ctx, additions)
	if err == nil {
		err = run.write(ctx, run.withoutHeldBack(removals))
	}
	if err == nil && run.report.Count(NotTried)+run.report.Count(Unclear) > 0 {
		err = ctx.Err()
	}
	return run.report, run.report.failure(err)
}

// An applyRun is one call of Apply.
type applyRun struct {
	writer   Writer
	report   *Report
	progress func(settled, total int)
	settled  int
	created  map[string]time.Time // when the assignments that were there were made, by id
}

// write hands the changes at those places of the plan to the writer. Its error
// is one that must stop everything.
func (run *applyRun) write(ctx context.Context, places []int) error {
	if len(places) == 0 {
		return nil
	}
	changes := make([]Change, len(places))
	for i, place := range places {
		changes[i] = run.report.Results[place].Change
		if changes[i].Action == Remove {
			changes[i].Created = run.created[changes[i].AssignmentID]
		}
	}
	seen := make([]bool, len(places))
	count := 0
	var gaveUp error
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
		if errors.Is(err, ErrNotTried) && gaveUp == nil {
			gaveUp = err
		}
	}
	if count < len(places) && ctx.Err() == nil {
		return fmt.Errorf("it reported on %d changes of %d: %w", count, len(places), ErrWriter)
	}
	return gaveUp
}

func (run *applyRun) settle(ctx context.Context, place int, err error) {
	result := &run.report.Results[place]
	if errors.Is(err, ErrExisted) {
		result.Existed, err = true, nil
	}
	result.Err = err
	switch {
	case err == nil:
		result.State = Done
	case errors.Is(err, ErrNotTried):
		return // the state at the beginning
	case errors.Is(err, ErrUnclear):
		result.State = Unclear
		return
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return // not tried, the state at the beginning
	default:
		result.State = Failed
	}
	run.settled++
	if run.progress != nil {
		run.progress(run.settled, len(run.report.Results))
	}
}

// withoutHeldBack leaves out the removals from users to whom something could not
// be added: a change of role that fails halfway must not leave them with nothing.
func (run *applyRun) withoutHeldBack(removals []int) []int {
	lacking := make(map[string]bool)
	for _, result := range run.report.Results {
		if result.State == Failed || result.State == Unclear {
			lacking[result.Change.PrincipalID] = true
		}
	}
	var allowed []int
	for _, place := range removals {
		if result := &run.report.Results[place]; lacking[result.Change.PrincipalID] {
			result.Err = errHeldBack
		} else {
			allowed = append(allowed, place)
		}
	}
	return allowed
}

var errHeldBack = errors.New("held back, because another role could not be added to this user")
