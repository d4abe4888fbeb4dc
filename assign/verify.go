package assign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// VerifyOptions are the options of [Verify].
type VerifyOptions struct {
	// Wait is how long to wait for changes to be seen; 0 means 2 minutes. The time of
	// reads that succeed does not count; the first must be over within it.
	Wait time.Duration
	// Interval is the time from one look to the next; 0 means 3 seconds. It is
	// shortened where Wait leaves no time for enough looks.
	Interval time.Duration
	// Agree is the number of looks in a row that must show every change. Several
	// replicas answer reads, and one that is up to date says nothing of the next. 0 means 2.
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
	opts.Interval = min(opts.Interval, opts.Wait/time.Duration(opts.Agree+1))
	return opts
}

// ErrNotVisible says that changes could not be seen within the time that Verify
// was given. They may have been made all the same.
var ErrNotVisible = errors.New("not visible yet")

// A Verification is what the last good look at an application's assignments showed.
type Verification struct {
	ResourceID  string        `json:"resourceId"`
	Application string        `json:"application"`
	Changes     int           `json:"changes"`         // that were looked for
	Missing     []Change      `json:"missing"`         // additions that were not there
	Remaining   []Change      `json:"remaining"`       // removals that were still there
	Gone        []Assignment  `json:"gone"`            // not removed by the plan, and yet no longer there
	Kept        int           `json:"kept"`            // assignments that the plan leaves, and that were there
	Unread      int           `json:"unread"`          // assignments that the plan leaves, and that were not looked at
	Confirmed   bool          `json:"confirmed"`       // seen in enough looks in a row
	Looks       int           `json:"looks"`           // reads that succeeded
	FailedLooks int           `json:"failedLooks"`     // reads that failed, which say nothing
	Took        time.Duration `json:"tookNanoseconds"` // from the first look to the last
}

// Verify reads an application's assignments until they show the plan's changes,
// and what the plan leaves as it was. A plan without changes is looked for too.
// If some changes failed, verify [Report.Done] instead of the plan.
//
// A few changes among very many assignments are looked for in the lists of their users
// alone, if r is a [UserReader]: reading everything would take longer than the waiting.
// The other assignments are counted as Unread then, and nothing is said of them. Where
// those lists can't be read, everything is.
//
// The error is nil only if the changes were confirmed. It wraps [ErrNotVisible]
// if Wait is over, the last read's error if no read succeeded, and ctx's error if
// that ended. The Verification is never nil. A read that fails is not a look.
func Verify(ctx context.Context, r Reader, p Plan, opts *VerifyOptions) (*Verification, error) {
	run := &verifyRun{reader: r, plan: p, opts: opts.withDefaults(), start: time.Now()}
	run.seen = &Verification{ResourceID: p.ResourceID, Application: p.Application, Changes: len(p.Changes),
		Missing: []Change{}, Remaining: []Change{}, Gone: []Assignment{}} // empty lists in JSON, not null
	run.few = run.fewUsers()
	err := run.wait(ctx)
	run.seen.Took = time.Since(run.start)
	return run.seen, err
}

// A verifyRun is one call of Verify.
type verifyRun struct {
	reader Reader
	plan   Plan
	opts   VerifyOptions
	start  time.Time
	seen   *Verification
	agreed int      // good looks in a row
	failed error    // of the latest read
	few    []string // the users of few changes, whose own lists are read
}

func (run *verifyRun) wait(ctx context.Context) error {
	longest := time.Duration(0) // that a read has taken
	for left := run.opts.Wait; ; left -= run.opts.Interval {
		// A read may hang; the bound holds for it too.
		bounded, cancel := context.WithTimeout(ctx, left+longest)
		began := time.Now()
		run.look(bounded)
		cancel()
		if took := time.Since(began); run.failed == nil {
			longest = max(longest, took)
		} else {
			left -= took
		}
		if run.agreed >= run.opts.Agree {
			run.seen.Confirmed = true
			return nil
		}
		if left <= run.opts.Interval {
			return run.over(ctx)
		}
		select {
		case <-ctx.Done():
			return run.over(ctx)
		case <-time.After(run.opts.Interval):
		}
	}
}

// fewUsers returns the users of the changes if they are so few among so many
// assignments that their own lists are read: a request finds 20 of those, and 999 of the
// application's. It returns nil otherwise.
func (run *verifyRun) fewUsers() (users []string) {
	const page, share = 999, 50
	if _, ok := run.reader.(UserReader); !ok || len(run.plan.Before) <= page {
		return nil
	}
	for _, change := range run.plan.Changes {
		users = append(users, strings.ToLower(change.PrincipalID))
	}
	slices.Sort(users)
	if users = slices.Compact(users); len(users) > len(run.plan.Before)/share {
		return nil
	}
	return users
}

// read returns what a look must show, and the plan to compare it with.
func (run *verifyRun) read(ctx context.Context) (Plan, []Assignment, error) {
	if len(run.few) > 0 {
		if current, ok := run.readFew(ctx); ok {
			plan := run.plan
			plan.Before = slices.DeleteFunc(slices.Clone(plan.Before), run.ofOthers)
			return plan, current, nil
		}
		run.few = nil
	}
	current, err := run.reader.Assignments(ctx, run.plan.ResourceID)
	return run.plan, current, err
}

// readFew reads the lists of few users. It reports false if one of them can't be read,
// or isn't there.
func (run *verifyRun) readFew(ctx context.Context) (current []Assignment, ok bool) {
	lists, err := run.reader.(UserReader).UserAssignments(ctx, run.plan.ResourceID, run.few)
	missing := func(list []Assignment) bool { return list == nil }
	if err != nil || len(lists) != len(run.few) || slices.ContainsFunc(lists, missing) {
		return nil, false
	}
	return slices.DeleteFunc(slices.Concat(lists...), run.ofOthers), true
}

// ofOthers reports whether an assignment is not one of the few users, but of a group for instance.
func (run *verifyRun) ofOthers(a Assignment) bool {
	_, found := slices.BinarySearch(run.few, strings.ToLower(a.PrincipalID))
	return !found
}

func (run *verifyRun) look(ctx context.Context) {
	plan, current, err := run.read(ctx)
	if err == nil {
		current, err = sortAssignments(run.plan.ResourceID, current)
	}
	if run.failed = err; err != nil {
		run.agreed = 0
		run.seen.FailedLooks++
		return
	}
	run.seen.Looks++
	run.seen.Missing, run.seen.Remaining = difference(plan, current)
	run.seen.Gone, run.seen.Kept = gone(plan, current)
	run.seen.Unread = len(run.plan.Before) - len(plan.Before)
	open := len(run.seen.Missing) + len(run.seen.Remaining)
	if run.agreed++; open+len(run.seen.Gone) > 0 {
		run.agreed = 0
	}
	if run.opts.Progress != nil {
		run.opts.Progress(len(run.plan.Changes)-open, len(run.plan.Changes))
	}
}

// difference returns the plan's changes that a sorted list doesn't show.
func difference(p Plan, current []Assignment) (missing, remaining []Change) {
	missing, remaining = []Change{}, []Change{} // empty lists in JSON, not null
	pairs, ids := idsByPair(current), make(map[string]bool, len(current))
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

// gone returns the assignments that the plan leaves and that a sorted list
// doesn't show, and the number of those that it shows.
func gone(p Plan, current []Assignment) (gone []Assignment, kept int) {
	gone = []Assignment{} // an empty list in JSON, not null
	there, removed := idsByPair(current), make(map[string]bool)
	for _, change := range p.Changes {
		removed[change.AssignmentID] = change.Action == Remove
	}
	for _, a := range p.Before {
		if _, still := there[a.pair()]; still && !removed[a.ID] {
			kept++
		} else if !removed[a.ID] {
			gone = append(gone, a)
		}
	}
	return gone, kept
}

// over says why the waiting ended without a confirmation.
func (run *verifyRun) over(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped waiting for the assignments of %s to be seen: %w",
			roster.Printable(run.plan.Application), ctx.Err())
	case run.seen.Looks == 0 && run.failed != nil:
		return fmt.Errorf("reading the assignments of %s failed for %v: %w",
			roster.Printable(run.plan.Application), run.opts.Wait, run.failed)
	}
	return fmt.Errorf("after %v of looking at the assignments of %s, %s: %w; verify again later",
		run.opts.Wait, roster.Printable(run.plan.Application), run.seen.open(), ErrNotVisible)
}

// open says what is not confirmed.
func (v *Verification) open() string {
	switch {
	case v.Confirmed:
		return "nothing is open"
	case v.Looks == 0:
		return "no read succeeded"
	case len(v.Missing)+len(v.Remaining)+len(v.Gone) == 0:
		return "all changes were seen, but not in enough reads in a row"
	}
	open := fmt.Sprintf("%s not seen, %s still there", text.Plural(len(v.Missing), "addition", "additions"),
		text.Plural(len(v.Remaining), "removed assignment", "removed assignments"))
	if len(v.Gone) > 0 {
		open += fmt.Sprintf(", %s that the plan leaves not seen", text.Plural(len(v.Gone), "assignment", "assignments"))
	}
	return open
}
