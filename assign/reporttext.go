package assign

import (
	"io"
	"time"
)

// WriteText writes the report for people, as [Plan.WriteText] does: counts, then
// what was not made and why.
func (r *Report) WriteText(w io.Writer) error {
	out := &printer{w: w}
	out.prose("%s: %d of %s made", printable(r.Application), r.Count(Done), plural(len(r.Results), "change", "changes"))
	out.count(r.Count(Failed), "failed")
	out.count(r.Count(NotTried), "not tried; apply the plan again")
	for _, part := range []struct {
		state State
		title string
	}{{Failed, "Failed"}, {NotTried, "Not tried"}} {
		var rows [][]string
		for _, result := range r.Results {
			if result.State != part.state || len(rows) == textRows {
				continue
			}
			why := ""
			if result.Err != nil {
				why = result.Err.Error()
			}
			rows = append(rows, []string{string(result.Change.Action), result.Change.person(), result.Change.role(), why})
		}
		out.table(part.title, []string{"Change", "User", "Role", "Because"}, rows, r.Count(part.state))
	}
	return out.err
}

// WriteText writes the verification for people: whether the changes were seen,
// and if not, which ones.
func (v *Verification) WriteText(w io.Writer) error {
	out := &printer{w: w}
	took := v.Took.Round(time.Second)
	if v.Confirmed {
		out.prose("%s: all of %s seen after %v, in %s", printable(v.Application), plural(v.Changes, "change", "changes"), took, plural(v.Looks, "read", "reads"))
		return out.err
	}
	out.prose("%s: not confirmed after %v: %s", printable(v.Application), took, v.open())
	out.count(v.FailedLooks, "reads failed, which says nothing about the assignments")
	writeChanges(out, "Added and not seen", v.Missing)
	writeChanges(out, "Removed and still there", v.Remaining)
	return out.err
}
