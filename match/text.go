package match

import (
	"bytes"
	"fmt"
	"io"
)

// width is the number of columns that WriteText fits its lines into.
const width = 80

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

// WriteText prints the counts of all kinds, how each rule fared, and the
// article's closing lines: whether issues have to be resolved before everybody's
// access can be reviewed, and how many records were located. Lines fit 80 columns.
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
	for kind, n := range r.Counts() {
		fmt.Fprintf(b, "%-9s  %*d  %s\n", kind, digits, n, meanings[kind])
	}
	fmt.Fprintf(b, "%-9s  %d\n", "All rows", len(r.Outcomes))
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

// issues are the kinds that somebody has to look at, as in the article.
var issues = []Kind{NoKey, Duplicate, NotFound, Ambiguous, Deleted, Failed}

func (r *Report) writeSummary(b *bytes.Buffer) {
	b.WriteByte('\n')
	counts, disabled := r.count(), r.Disabled()
	toResolve := disabled
	for _, kind := range issues {
		toResolve += counts[kind]
	}
	if disabled > 0 {
		fmt.Fprintf(b, "%d of the users in Microsoft Entra ID are blocked from sign-in.\n", disabled)
	}
	if toResolve > 0 {
		b.WriteString("You will need to resolve those issues before the access of all existing users\ncan be reviewed.\n")
	}
	fmt.Fprintf(b, "Users corresponding to %d records were located in Microsoft Entra ID.\n",
		counts[Matched]+counts[SameUser])
}
