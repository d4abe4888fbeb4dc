package roster

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

const (
	aFooter = "a footer"
	ctrlZ   = '\x1a' // ended files in DOS
)

// furniture says what a record is that programs print among the rows, such as a
// line of dashes below the header, or "" for a row. It is not sure of what may be
// a row.
func (h *Header) furniture(fields []string, line []byte) (what string, sure bool) {
	if h.isHeading(fields) {
		return "the heading again", true
	}
	if slices.ContainsFunc(fields[1:], hasText) { // as in most rows
		if !isDividedCount(fields) {
			return "", false
		}
		return "a count of rows", len(fields) != len(h.names) || fields[0][0] == '('
	}
	alone := isEmpty(fields[1:])
	switch first := fields[0]; {
	case alone && isEmpty(fields[:1]) && (len(fields) > 1 || !bytes.Contains(line, []byte(`"`))):
		return "a line without values", true
	case alone && first != "" && first[0] <= '9' && rowCount.MatchString(first):
		return "a count of rows", true
	case alone && len(h.names) > 1 && footer.MatchString(first):
		return aFooter, true
	case isRule(fields):
		return "a line of dashes", true
	case isTotal(fields):
		return "a total", strings.ContainsAny(strings.Join(fields[1:], ""), "0123456789")
	case first == string(ctrlZ), first == copyEnd && alone:
		return "a mark of the file's end", true
	}
	return "", false
}

// isHeading reports whether a record repeats the column names. Where files were
// put one after another, a mark may stand before it.
func (h *Header) isHeading(fields []string) bool {
	if len(fields) < len(h.names) {
		return false
	}
	first := fields[0]
	if first != "" && (first[0] == '\xef' || first[0] == ctrlZ) {
		first = strings.TrimLeft(first, "\ufeff\x1a")
	}
	n := len(h.names)
	return strings.EqualFold(first, h.names[0]) && slices.EqualFunc(fields[1:n], h.names[1:], strings.EqualFold) &&
		isEmpty(fields[n:])
}

func isEmpty(fields []string) bool {
	return !slices.ContainsFunc(fields, func(v string) bool { return strings.TrimSpace(v) != "" })
}

// footer matches what programs write below a list, in a line of its own.
var footer = regexp.MustCompile(`(?i)^\s*(copyright\b|©|\(c\) |confidential\b|generated (by|on|at)\b|` +
	`created (by|on):|` +
	`report (generated|created|run|date)\b|exported (by|on|from|at)\b|printed (by|on|at)\b|` +
	`page \d+|as of \d|` +
	`\W*end of (the )?(report|file|list|data)|((grand |sub)?total|number of|count|records|rows|users|accounts)\b` +
	`[a-z ]*:? *\d+\s*$|sql> |mysql> |\p{L}+ ?: \d\d:\d\d:\d\d\.\d\d\s*$|time: [\d.]+ ms|` +
	`completion time: \d|applied filters:|disconnected from oracle|fetched \d+ row|time taken: \d|no rows selected|` +
	`pl/sql procedure |the command (has )?completed successfully|dsget succeeded)`)

// failure matches what databases print when a query ends too early.
var failure = regexp.MustCompile(`^((ORA-\d{5}|SP2-\d{4}): |ERROR:\s*$|ERROR at line \d+:|ERROR \d+ \(\w{5}\)|` +
	`Msg \d+, Level (1[1-9]|2\d), State \d|Sqlcmd: Error: )`)

// hasFailed reports whether a line is the message of a query that ended too early.
func hasFailed(line []byte) bool {
	return len(line) > 4 && bytes.IndexByte([]byte("OEMS"), line[0]) >= 0 && failure.Match(line)
}

// hasText reports whether a value is more than numbers and lines.
func hasText(value string) bool {
	for i := range len(value) {
		if c := value[i]; c > '=' && c != '|' || c < ' ' {
			return true
		}
	}
	return false
}

// isRule reports whether all values are dashes and what boxes are drawn with.
func isRule(fields []string) bool {
	long := false
	for _, value := range fields {
		if value == "" || strings.Trim(value, "-=+|: ") != "" {
			return false
		}
		long = long || strings.Contains(value, "--") || strings.Contains(value, "==")
	}
	return long
}

// rowCount matches what programs print below the rows.
var rowCount = regexp.MustCompile(`(?i)^\s*\(?[0-9][0-9.,' ]*((row|record|user|account|item)s?|entry|entries)` +
	`( (affected|selected|returned|fetched|exported|found|in set.*))?\)?\.?\s*$|` +
	`^\s*[0-9][0-9.,']* (record\(s\)|zeilen?|lignes?|filas?|righe|riga|linhas?|rijen|rader) \PZ+\.\s*$|` +
	`^\([0-9]+ (zeilen?|lignes?|filas?|righe|rij(en)?|rad(er)?|linhas?|wiersz\p{L}*) ?\PZ*\)$`)

// isDividedCount reports whether a record is a sentence such as "(1,234 rows affected)"
// that its own comma divided.
func isDividedCount(fields []string) bool {
	last := fields[len(fields)-1]
	return len(fields) < 4 && (strings.Contains(last, "row") || strings.Contains(last, "record")) &&
		fields[0] != "" && rowCount.MatchString(strings.Join(fields, ","))
}

// totals are the labels of lines of totals, folded.
var totals = []string{"total", "totals", "grand total", "subtotal", "sub total", "sub-total", "total rows",
	"total users", "total accounts", "total records", "total count", "summe", "gesamt", "gesamtergebnis",
	"totaal", "totalt"}

// isTotal reports whether the first value is the label of a total. The others are
// no text.
func isTotal(fields []string) bool {
	return len(fields[0]) < 20 && slices.Contains(totals, Fold(strings.Trim(fields[0], " :")))
}
