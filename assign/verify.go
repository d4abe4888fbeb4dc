package assign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/text"
)

// VerifyOptions are the options of [Verify].
type VerifyOptions struct {
	// Wait is how long to look in all; 0 or less means 2 minutes.
	Wait time.Duration
	// Interval is the time from one look to the next; 0 or less means 3 seconds.
	Interval time.Duration
	// Agree is the number of looks in a row that must show every change: reads
	// are answered by several replicas, and one that is up to date says nothing
	// of the next. 0 or less means 2.
	// https://devblogs.microsoft.com/identity/designing-for-eventual-consistency-for-microsoft-entra
	Agree int
	// Progress, if set, is told after each look how many of the changes it showed.
	// It is called by the goroutine that called Verify.
	Progress func(seen, total int)
}

func (o *VerifyOptions) withDefaults() VerifyOptions {
	var opts VerifyOptions
	if o != nil {
		opts = *o
	}
	if opts.Wait <= 0 {
		opts.Wait = 2 * time.Minute
	}
	if opts.Interval <= 0 {
		opts.Interval = 3 * time.Second
	}
	if opts.Agree <= 0 {
		opts.Agree = 2
	}
	return opts
}

// ErrNotVisible says that changes were not to be seen within the time that
// Verify was given. They may well be made.
var ErrNotVisible = errors.New("not visible yet")

// A Verification is what the last good look at an application's assignments showed.
type Verification struct {
	ResourceID  string        `json:"resourceId"`
	Application string        `json:"application"`
	Changes     int           `json:"changes"`         // that were looked for
	Missing     []Change      `json:"missing"`         // additions that were not there
	Remaining   []Change      `json:"remaining"`       // removals that were still there
	Confirmed   bool          `json:"confirmed"`       // seen in enough looks in a row
	Looks       int           `json:"looks"`           // reads that succeeded
	FailedLooks int           `json:"failedLooks"`     // reads that failed, which say nothing
	Took        time.Duration `json:"tookNanoseconds"` // from the first look to the last
}

// Verify reads an application's assignments until the plan's changes are to be
// seen, by looking and not by a fixed pause. For a plan of which some changes
// failed, verify [Report.Done].
//
// The error is nil only if the changes were confirmed. It wraps ErrNotVisible if
// Wait is over, the last read's error if no read succeeded, and ctx's error if
// that ended. The Verification is never nil. A read that fails is not a look.
func Verify(ctx context.Context, r Reader, p Plan, opts *VerifyOptions) (*Verification, error) {
	look := &lookout{reader: r, plan: p, opts: opts.withDefaults(), start: time.Now()}
	look.seen = &Verification{ResourceID: p.ResourceID, Application: p.Application, Changes: len(p.Changes), Missing: []Change{}, Remaining: []Change{}}
	err := look.wait(ctx)
	look.seen.Took = time.Since(look.start)
	return look.seen, err
}

// A lookout is one run of Verify.
type lookout struct {
	reader Reader
	plan   Plan
	opts   VerifyOptions
	start  time.Time
	seen   *Verification
	agreed int   // good looks in a row
	failed error // of the latest read
}

func (l *lookout) wait(ctx context.Context) error {
	if len(l.plan.Changes) == 0 {
		l.seen.Confirmed = true
		return nil
	}
	// A read may hang; the bound holds for it too.
	end := l.start.Add(l.opts.Wait)
	bounded, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	for {
		l.look(bounded)
		if l.agreed >= l.opts.Agree {
			l.seen.Confirmed = true
			return nil
		}
		if !time.Now().Add(l.opts.Interval).Before(end) {
			return l.over(ctx)
		}
		select {
		case <-bounded.Done():
			return l.over(ctx)
		case <-time.After(l.opts.Interval):
		}
	}
}

func (l *lookout) look(ctx context.Context) {
	current, err := l.reader.Assignments(ctx, l.plan.ResourceID)
	if err == nil {
		current, err = sortAssignments(l.plan.ResourceID, current)
	}
	if l.failed = err; err != nil {
		l.agreed = 0
		l.seen.FailedLooks++
		return
	}
	l.seen.Looks++
	l.seen.Missing, l.seen.Remaining = difference(l.plan, current)
	open := len(l.seen.Missing) + len(l.seen.Remaining)
	if l.agreed++; open > 0 {
		l.agreed = 0
	}
	if l.opts.Progress != nil {
		l.opts.Progress(len(l.plan.Changes)-open, len(l.plan.Changes))
	}
}

// difference returns the plan's changes that a sorted list doesn't show.
func difference(p Plan, current []Assignment) (missing, remaining []Change) {
	missing, remaining = []Change{}, []Change{} // empty lists in JSON, not null
	pairs, ids := pairsOf(current), make(map[string]bool, len(current))
	for _, a := range current {
		ids[a.ID] = true
	}
	for _, change := range p.Changes {
		if change.Action == Remove && ids[change.AssignmentID] {
			remaining = append(remaining, change)
		} else if _, there := pairs[change.pair()]; change.Action == Add && !there {
			missing = append(missing, change)
		}
	}
	return missing, remaining
}

// over says why the waiting ended without a confirmation.
func (l *lookout) over(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped waiting for the assignments of %s to be seen: %w", l.plan.Application, ctx.Err())
	case l.seen.Looks == 0 && l.failed != nil:
		return fmt.Errorf("reading the assignments of %s failed for %v: %w", l.plan.Application, l.opts.Wait, l.failed)
	}
	return fmt.Errorf("after %v of looking at the assignments of %s, %s: %w; verify again later", l.opts.Wait, l.plan.Application, l.seen.open(), ErrNotVisible)
}

// open says what is not confirmed.
func (v *Verification) open() string {
	switch {
	case v.Confirmed:
		return "nothing is open"
	case v.Looks == 0:
		return "no read succeeded"
	case len(v.Missing)+len(v.Remaining) == 0:
		return "all changes were seen, but not in enough reads in a row"
	}
	return fmt.Sprintf("%s not seen, %s still there", text.Plural(len(v.Missing), "addition", "additions"),
		text.Plural(len(v.Remaining), "removed assignment", "removed assignments"))
}
