package assign

import (
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// WriteText writes the plan for people: what would change and why, and what
// stays. Lines fit 80 columns and a list ends after 20 rows with the number of
// the others; Encode writes all.
func (p Plan) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	if len(p.Changes) == 0 {
		out.Prose("Plan for %s: nothing to do", text.Printable(p.Application))
	} else {
		out.Prose("Plan for %s: %s, %d to remove", text.Printable(p.Application), text.Plural(p.Count(Add), "assignment to add", "assignments to add"), p.Count(Remove))
	}
	if p.Override != "" {
		out.Prose("The limits on removals are overridden: %s", text.Printable(p.Override))
	}
	out.Line("")
	out.Count(p.Count(Add), "to add")
	out.Count(p.Count(Remove), "to remove")
	p.Kept.write(out)
	out.Count(p.Unresolved, "rows without a known person, accepted as they are")
	p.table(out, "To add", Add)
	p.table(out, "To remove", Remove)
	return out.Err
}

func (k Kept) write(out *text.Printer) {
	out.Count(k.Met, "wanted and already there")
	out.Count(k.Unlisted, "not asked for by any row; left, as the policy removes nothing")
	out.Count(k.Held, "of users whose row settles no role; left")
	out.Count(k.Groups, "held by groups; left: their members keep access, also after a review")
	out.Count(k.Others, "held by service principals; left")
}

func (p Plan) table(out *text.Printer, title string, action Action) {
	var changes []Change
	for _, change := range p.Changes {
		if change.Action == action {
			changes = append(changes, change)
		}
	}
	writeChanges(out, title, changes)
}

// writeChanges writes a table of changes by the names of their users.
func writeChanges(out *text.Printer, title string, changes []Change) {
	sorted := slices.Clone(changes)
	slices.SortStableFunc(sorted, func(a, b Change) int {
		return strings.Compare(roster.Fold(a.person()), roster.Fold(b.person()))
	})
	var rows [][]string
	for _, change := range sorted[:min(len(sorted), text.Rows)] {
		rows = append(rows, []string{change.person(), change.role(), change.Reason})
	}
	out.Table(title, []string{"User", "Role", "Because"}, rows, len(changes))
}
