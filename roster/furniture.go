package roster

import (
	"regexp"
	"slices"
	"strings"
)

// furniture says what a record is that programs print among the rows, such as a
// line of dashes below the header, or "" for a row.
func (h *Header) furniture(fields []string) string {
	same := func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
	switch {
	case slices.EqualFunc(fields, h.names, same):
		return "the heading again"
	case isRule(fields):
		return "a line of dashes"
	case isTotal(fields):
		return "a total"
	case isRowCount(fields):
		return "a count of rows"
	}
	return ""
}

// isRule reports whether all values are dashes and what boxes are drawn with.
func isRule(fields []string) bool {
	long := false
	for _, value := range fields {
		if value == "" || !strings.Contains("-=+| ", value[:1]) {
			return false // most rows end here
		}
		if strings.Trim(value, "-=+| ") != "" {
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
	"total users", "total accounts", "total records", "total count", "summe", "gesamt", "gesamtergebnis", "totaal", "totalt"}

// isTotal reports whether the first value that isn't empty is the label of a
// total, and the others are empty or numbers.
func isTotal(fields []string) bool {
	label := ""
	for _, value := range fields {
		if label == "" {
			label = strings.Trim(value, " :")
		} else if strings.Trim(value, " 0123456789.,'%-") != "" {
			return false // most rows end here
		}
	}
	return len(label) < 16 && slices.Contains(totals, Fold(label))
}
