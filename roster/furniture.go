package roster

import (
	"regexp"
	"slices"
	"strings"
)

// furniture says what a record is that programs print among the rows, such as a
// line of dashes below the header, or "" for a row.
func (h *Header) furniture(fields []string) string {
	switch {
	case slices.EqualFunc(fields, h.names, strings.EqualFold):
		return "the heading again"
	case isRowCount(fields):
		return "a count of rows"
	case slices.ContainsFunc(fields[1:], hasText): // as in most rows
		return ""
	case isRule(fields):
		return "a line of dashes"
	case isTotal(fields):
		return "a total"
	}
	return ""
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
		if value == "" || strings.Trim(value, "-=+| ") != "" {
			return false
		}
		long = long || strings.Contains(value, "--") || strings.Contains(value, "==")
	}
	return long
}

// rowCount matches what programs print below the rows.
var rowCount = regexp.MustCompile(`^\s*\(?[0-9][0-9.,' ]*(row|record)s?` +
	`( (affected|selected|returned|fetched|exported|in set.*))?\)?\.?\s*$`)

// isRowCount reports whether a record is a sentence such as "(1,234 rows affected)".
func isRowCount(fields []string) bool {
	last := fields[len(fields)-1]
	return len(fields) < 4 && (strings.Contains(last, "row") || strings.Contains(last, "record")) &&
		rowCount.MatchString(strings.Join(fields, ","))
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
