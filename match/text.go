package match

import (
	"bytes"
	"fmt"
	"io"
)

// width is the number of columns that WriteText fits its lines into: 80, less
// room for an indent.
const width = 76

// meanings say in a table what each kind stands for.
var meanings = [kinds]string{
	Matched:   "one user answered",
	NoKey:     "no value to look up in the match column",
	Duplicate: "the same key as an earlier row",
	SameUser:  "another key, yet the same user as an earlier row",
	NotFound:  "nobody answered",
	Ambiguous: "several users answered",
	Deleted:   "nobody answered, but such a user is in the recycle bin",
	Excluded:  "listed as belonging to nobody; not looked up",
	Failed:    "the lookup failed, or the row could not be read",
}

// WriteText prints the counts of all kinds, with a ! at those that somebody has
// to look at, how each rule fared, and the closing lines of Microsoft's script:
// how many users cannot sign in, whether issues must be resolved before everybody's
// access can be reviewed, and how many records were located (Matched and
// SameUser rows, which is what the script counts). Lines fit 76 columns.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	r.writeKinds(&b)
	r.writeRules(&b)
	r.writeSummary(&b)
	_, err := w.Write(b.Bytes())
	return err
}

// isIssue says which kinds somebody has to look at, as in the article.
var isIssue = [kinds]bool{NoKey: true, Duplicate: true, NotFound: true, Ambiguous: true, Deleted: true, Failed: true}

func (r *Report) writeKinds(b *bytes.Buffer) {
	digits := len(fmt.Sprint(len(r.Outcomes)))
	for kind, n := range r.Counts() {
		mark := " "
		if isIssue[kind] && n > 0 {
			mark = "!"
		}
		fmt.Fprintf(b, "%s %-9s  %*d  %s\n", mark, kind, digits, n, meanings[kind])
	}
	fmt.Fprintf(b, "  %-9s  %d\n", "All rows", len(r.Outcomes))
}

func (r *Report) writeRules(b *bytes.Buffer) {
	if len(r.rules) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%7s  %7s  %s\n", "asked", "matched", "by rule")
	for _, rule := range r.rules {
		fmt.Fprintf(b, "%7d  %7d  %s\n", rule.Asked, rule.Matched, shorten(rule.Rule, width-18))
	}
}

func (r *Report) writeSummary(b *bytes.Buffer) {
	b.WriteByte('\n')
	counts, disabled := r.count(), r.Disabled()
	toResolve := disabled
	for kind, n := range counts {
		if isIssue[kind] {
			toResolve += n
		}
	}
	if disabled > 0 {
		fmt.Fprintf(b, "%s blocked from sign-in in Microsoft Entra ID.\n", plural(disabled, "user is", "users are"))
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
