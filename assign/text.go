package assign

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// WriteText writes the plan for people: what would change and why, and what
// stays. Lines fit 80 columns. A list ends after 20 rows with the number of the
// others; Encode writes all of them.
func (p Plan) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	if len(p.Changes) == 0 {
		out.Prose("Plan for %s: nothing to do", roster.Printable(p.Application))
	} else {
		out.Prose("Plan for %s: %s, %d to remove", roster.Printable(p.Application),
			text.Plural(p.Count(Add), "assignment to add", "assignments to add"), p.Count(Remove))
	}
	if p.Limits.Override != "" {
		out.Prose("The limits are overridden: %s", roster.Printable(p.Limits.Override))
	}
	out.Line("")
	out.Count(p.Count(Add), "to add")
	out.Count(p.Count(Remove), "to remove")
	out.Count(p.Kept.Met, "wanted and already there")
	out.Count(p.Kept.Unlisted, "not asked for by any row; left, as the policy removes nothing")
	out.Count(p.Kept.Held, "of users whose row settles no role; left")
	out.Count(p.Kept.Protected, "of protected users; left")
	out.Count(p.Kept.Delivered, "delivered by access packages; left")
	out.Count(p.Kept.Groups, "held by groups; left: their members keep access, also after a review")
	out.Count(p.Kept.Others, "held by service principals; left")
	out.Count(p.Unresolved, "rows without a known person, accepted as they are")
	if p.PackagesUnread {
		out.Prose("What access packages deliver was not read; a removal may be of such an assignment.")
	}
	writeChanges(out, "To add", p.changes(Add))
	writeChanges(out, "To remove", p.changes(Remove))
	return out.Err
}

// writeChanges writes a table of changes, in the order of their users' names.
func writeChanges(out *text.Printer, title string, changes []Change) {
	first := firstByName(changes, text.MaxRows)
	out.Table(title, []string{"User", "Role", "Because"}, len(changes), func(i int) []string {
		return []string{first[i].person(), first[i].role(), first[i].Reason}
	})
}

// firstByName returns the n changes whose users' names come first, in their order: of a
// million changes it keeps n, and sorts none of the others.
func firstByName(changes []Change, n int) []Change {
	var first []Change
	var names []string // of first, folded
	for _, change := range changes {
		name := roster.Fold(change.person())
		at, _ := slices.BinarySearchFunc(names, name, func(have, name string) int {
			if have <= name {
				return -1 // of equal names, the earlier change stays before
			}
			return 1
		})
		if at < n {
			names, first = slices.Insert(names, at, name), slices.Insert(first, at, change)
			names, first = names[:min(len(names), n)], first[:min(len(first), n)]
		}
	}
	return first
}

// WriteText writes the report for people, as [Plan.WriteText] does: counts, then
// what was not made and why.
func (r *Report) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	out.Prose("%s: %d of %s made", roster.Printable(r.Application), r.Count(Done),
		text.Plural(len(r.Results), "change", "changes"))
	out.Count(r.Count(Failed), "failed")
	out.Count(r.Count(Unclear), "under way when time ran out; apply the plan again to settle them")
	out.Count(r.Count(NotTried), "not tried; apply the plan again")
	r.writeResults(out, "Failed", Failed)
	r.writeResults(out, "Unclear", Unclear)
	r.writeResults(out, "Not tried", NotTried)
	return out.Err
}

func (r *Report) writeResults(out *text.Printer, title string, state State) {
	var results []Result
	for _, result := range r.Results {
		if result.State == state {
			results = append(results, result)
		}
	}
	heads := []string{"Change", "User", "Role", "Because"}
	if reason := sameReason(results); reason != "" { // said once
		heads = heads[:3]
		out.Line("")
		out.Prose("%s, all for the same reason: %s", title, reason)
	}
	out.Table(title, heads, len(results), func(i int) []string {
		change := results[i].Change
		return []string{string(change.Action), change.person(), change.role(), results[i].reason()}[:len(heads)]
	})
}

func (r Result) reason() string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Error()
}

// sameReason returns the reason that several results share, or "". A request-id
// makes no difference.
func sameReason(results []Result) string {
	if len(results) < 2 {
		return ""
	}
	for _, r := range results {
		if summary(r.Err) != summary(results[0].Err) {
			return ""
		}
	}
	return roster.Printable(results[0].reason())
}

// summary returns an error's text without what differs from one request to the
// next, if the error can tell.
func summary(err error) string {
	var short interface{ Summary() string }
	switch {
	case err == nil:
		return ""
	case errors.As(err, &short):
		return short.Summary()
	}
	return err.Error()
}

// WriteText writes the verification for people: whether the changes were seen,
// and if not, which ones.
func (v *Verification) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	took := v.Took.Round(time.Second)
	if v.Confirmed && v.Changes == 0 {
		out.Prose("%s: nothing to change; it has %s, as the plan expects, seen in %s", roster.Printable(v.Application),
			text.Plural(v.Kept, "assignment", "assignments"), text.Plural(v.Looks, "read", "reads"))
		return out.Err
	}
	if v.Confirmed {
		out.Prose("%s: all of %s seen after %v, in %s", roster.Printable(v.Application),
			text.Plural(v.Changes, "change", "changes"), took, text.Plural(v.Looks, "read", "reads"))
		out.Count(v.Unread, "assignments of other users, which were not looked at")
		return out.Err
	}
	out.Prose("%s: not confirmed after %v: %s", roster.Printable(v.Application), took, v.open())
	out.Count(v.FailedLooks, "reads failed, which says nothing about the assignments")
	out.Count(v.Unread, "assignments of other users, which were not looked at")
	writeChanges(out, "Added and not seen", v.Missing)
	writeChanges(out, "Removed and still there", v.Remaining)
	return out.Err
}
