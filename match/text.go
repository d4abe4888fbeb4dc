package match

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/rollcall-go/rollcall/roster"
)

// width is the number of columns that WriteText fits its lines into: 80, less
// room for an indent.
const width = 76

// WriteText prints the counts of all kinds, with a ! at those that somebody has
// to look at, how each rule fared, and the closing lines of Microsoft's script:
// how many users cannot sign in, whether issues must be resolved before everybody's
// access can be reviewed, and how many records were located (Matched and
// SameUser rows, which is what the script counts). Lines fit 76 columns, but for
// the Doubt.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	r.writeKinds(&b)
	r.writeRules(&b)
	r.writeSummary(&b)
	_, err := w.Write(b.Bytes())
	return err
}

func (r *Report) writeKinds(b *bytes.Buffer) {
	digits := len(fmt.Sprint(len(r.Outcomes)))
	counts := r.count()
	for _, k := range kinds {
		mark := " "
		if k.issue && counts[k.kind] > 0 {
			mark = "!"
		}
		fmt.Fprintf(b, "%s %-9s  %*d  %s\n", mark, k.kind, digits, counts[k.kind], k.meaning)
	}
	fmt.Fprintf(b, "  %-9s  %d\n", "All rows", len(r.Outcomes))
}

func (r *Report) writeRules(b *bytes.Buffer) {
	if len(r.rules) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%7s  %7s  %s\n", "asked", "matched", "by rule")
	for _, rule := range r.rules {
		fmt.Fprintf(b, "%7d  %7d  %s\n", rule.Asked, rule.Matched, shorten(roster.Printable(rule.Rule), width-18))
	}
}

func (r *Report) writeSummary(b *bytes.Buffer) {
	b.WriteByte('\n')
	counts := r.count()
	blocked := counts[Matched] - r.Enabled()
	toResolve := blocked
	for _, k := range kinds {
		if k.issue {
			toResolve += counts[k.kind]
		}
	}
	if blocked > 0 {
		fmt.Fprintf(b, "%s blocked from sign-in in Microsoft Entra ID.\n", plural(blocked, "user is", "users are"))
	}
	if lines := r.Lines(Failed); lines > counts[Failed] {
		fmt.Fprintf(b, "The %s %d lines, each of which may be an account.\n",
			plural(counts[Failed], "Failed row is", "Failed rows are"), lines)
	}
	if unused := r.unusedExclusions; len(unused) > 0 {
		fmt.Fprintf(b, "%s no row, such as %s.\n", plural(len(unused), "exclusion fits", "exclusions fit"),
			strconv.Quote(shorten(unused[0].Value, 30)))
	}
	if expired := r.expiredExclusions; len(expired) > 0 {
		fmt.Fprintf(b, "%s ended, such as that of %s; look who answers for the account.\n",
			plural(len(expired), "exclusion has", "exclusions have"), strconv.Quote(shorten(expired[0].Value, 30)))
	}
	if r.doubt != "" {
		fmt.Fprintf(b, "%s.\n", roster.Printable(r.doubt))
	}
	if toResolve > 0 {
		b.WriteString("You will need to resolve those issues before access of all existing users\ncan be reviewed.\n")
	}
	fmt.Fprintf(b, "Users corresponding to %s located in Microsoft Entra ID.\n",
		plural(counts[Matched]+counts[SameUser], "record was", "records were"))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// An ExtraColumn is a column of one's own in [Report.WriteUnresolved].
type ExtraColumn struct {
	Name  string
	Value func(Outcome) string
}

// WriteUnresolved writes the rows of Unresolved as CSV, as they were read, with
// the columns "roster line", "outcome" and "reason" added, for those who look
// after the application. If some could not be read, "unread line" has them as they
// stand in the file, on one line each. Nil opts protect against spreadsheet formulas; see
// [roster.WriterOptions]. The columns are those of the first row that has any, and more
// come last. The error is w's.
func (r *Report) WriteUnresolved(w io.Writer, opts *roster.WriterOptions, more ...ExtraColumn) error {
	extra := []string{"roster line", "outcome", "reason"}
	for i := range r.Outcomes {
		if r.Outcomes[i].UnreadText() != "" {
			extra = append(extra, "unread line")
			break
		}
	}
	own := len(extra)
	for _, column := range more {
		extra = append(extra, column.Name)
	}
	out := roster.NewWriter(w, r.header(), extra, opts)
	for o := range r.Unresolved() {
		values := []string{strconv.Itoa(o.Line()), o.Kind.String(), o.Reason(), o.UnreadText()}[:own]
		for _, column := range more {
			values = append(values, column.Value(o))
		}
		if err := out.Write(o.Row, values...); err != nil {
			return err
		}
	}
	return out.Flush()
}

// UnreadText returns the text of a row that could not be read, on one line as
// [roster.Printable] shows it; "" for a row that was read.
func (o Outcome) UnreadText() string {
	if bad, ok := errors.AsType[*roster.RowError](o.Err); ok {
		return roster.Printable(bad.Text)
	}
	if stored, ok := errors.AsType[*storedError](o.Err); ok {
		return stored.unread
	}
	return ""
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
