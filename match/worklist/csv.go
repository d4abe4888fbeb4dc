package worklist

import (
	"fmt"
	"io"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// rowColumns come after decisionColumns in the worklist's CSV.
var rowColumns = []string{"line", "outcome", "cause", "act", "where", "state", "reason", "candidates"}

// WriteCSV writes the rows as CSV for people to fill in: first the columns of a file
// of decisions, empty where nothing was decided, then line, outcome, cause, act, where,
// state, reason and candidates, and then those of Facts, each as "list: NAME".
// A row about which there are several decisions stands there once for each.
// [ReadDecisions] reads it back: accounts exactly, whatever opts say. Nil opts write it
// for Excel. The error is w's.
func (l *List) WriteCSV(w io.Writer, opts *roster.WriterOptions) error {
	if opts == nil {
		opts = &roster.WriterOptions{Excel: true}
	}
	columns := append(append([]string{}, decisionColumns...), rowColumns...)
	for _, column := range l.Facts {
		columns = append(columns, "list: "+column)
	}
	causes := make(map[string]Cause)
	for _, c := range l.Causes {
		causes[c.ID] = c
	}
	out := roster.NewWriter(w, nil, columns, opts)
	for i := range l.Rows {
		r := &l.Rows[i]
		about := append(r.values(causes[r.Cause]), r.Values...)
		for _, d := range r.decisions() {
			if err := out.Write(roster.Row{}, append(d.columns(l.Application), about...)...); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}

// decisions returns what was decided about the row, each with the row as it was then,
// or what people may fill in.
func (r *Row) decisions() []Decision {
	if r.Decision == nil {
		return []Decision{{Account: r.Account, Was: r.Was}}
	}
	return append([]Decision{*r.Decision}, r.Also...)
}

// values returns the values of rowColumns.
func (r *Row) values(c Cause) []string {
	var candidates []string
	for _, candidate := range r.Candidates {
		candidates = append(candidates, candidate.Why)
	}
	return []string{fmt.Sprint(r.Line), r.Outcome, c.Text, c.Act, string(c.Where), strings.Join(r.state(), "; "), r.Reason,
		strings.Join(candidates, " | ")}
}

// ReadingOptions are how a file of decisions of that name is read for [ReadDecisions]:
// each line is an account, whatever it looks like.
func ReadingOptions(name string) *roster.Options {
	return &roster.Options{Name: name, Columns: []string{"account", "decision"}, Quoting: roster.QuoteDouble,
		AllAccounts: true}
}
