package match

import (
	"io"
	"strconv"

	"github.com/rollcall-go/rollcall/roster"
)

// WriteUnresolved writes the rows of Unresolved as CSV, as they were read, with
// the columns "roster line", "outcome" and "reason" added, for those who look
// after the application. Nil opts protect against spreadsheet formulas; see
// [roster.WriterOptions]. The columns are those of the first row that has any.
// The error is w's.
func (r *Report) WriteUnresolved(w io.Writer, opts *roster.WriterOptions) error {
	out := roster.NewWriter(w, r.header(), []string{"roster line", "outcome", "reason"}, opts)
	for o := range r.Unresolved() {
		if err := out.Write(o.Row, strconv.Itoa(o.Line()), o.Kind.String(), o.Reason()); err != nil {
			return err
		}
	}
	return out.Flush()
}

// header returns that of the first row that was read under one with columns.
func (r *Report) header() *roster.Header {
	for i := range r.Outcomes {
		if h := r.Outcomes[i].Row.Header(); h != nil && len(h.Columns()) > 0 {
			return h
		}
	}
	return nil
}
