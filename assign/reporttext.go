package assign

import (
	"io"
	"time"

	"github.com/rollcall-go/rollcall/assign/internal/text"
)

// WriteText writes the report for people, as [Plan.WriteText] does: counts, then
// what was not made and why.
func (r *Report) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	out.Prose("%s: %d of %s made", text.Printable(r.Application), r.Count(Done), text.Plural(len(r.Results), "change", "changes"))
	out.Count(r.Count(Failed), "failed")
	out.Count(r.Count(NotTried), "not tried; apply the plan again")
	for _, part := range []struct {
		state State
		title string
	}{{Failed, "Failed"}, {NotTried, "Not tried"}} {
		var rows [][]string
		for _, result := range r.Results {
			if result.State != part.state || len(rows) == text.Rows {
				continue
			}
			why := ""
			if result.Err != nil {
				why = result.Err.Error()
			}
			rows = append(rows, []string{string(result.Change.Action), result.Change.person(), result.Change.role(), why})
		}
		out.Table(part.title, []string{"Change", "User", "Role", "Because"}, rows, r.Count(part.state))
	}
	return out.Err
}

// WriteText writes the verification for people: whether the changes were seen,
// and if not, which ones.
func (v *Verification) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	took := v.Took.Round(time.Second)
	if v.Confirmed {
		out.Prose("%s: all of %s seen after %v, in %s", text.Printable(v.Application), text.Plural(v.Changes, "change", "changes"), took, text.Plural(v.Looks, "read", "reads"))
		return out.Err
	}
	out.Prose("%s: not confirmed after %v: %s", text.Printable(v.Application), took, v.open())
	out.Count(v.FailedLooks, "reads failed, which says nothing about the assignments")
	writeChanges(out, "Added and not seen", v.Missing)
	writeChanges(out, "Removed and still there", v.Remaining)
	return out.Err
}
