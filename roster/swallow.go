package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkLines returns an error for a record over several lines if it may be
// several rows: its first and its last line, split without regard to quotes, have
// at least as many values as the header, and inside a value a separator stands
// directly before text. In an address a space follows a comma, and then the lines
// are one value, unless the header has such spaces too.
func (s *records) checkLines(header *Header, fields []string, width int) *RowError {
	if s.lines.n == s.begun {
		return nil
	}
	comma := s.split.comma
	lines := strings.Split(strings.Join(fields, comma), "\n")
	for _, line := range []string{lines[0], lines[len(lines)-1]} {
		if strings.Count(line, comma)+1 < width {
			return nil
		}
	}
	spaced := s.split.spaced || len(header.names) > 1 && strings.HasPrefix(header.names[1], " ") ||
		looksLikeRows(lines, fields, comma, width)
	i := slices.IndexFunc(fields, func(v string) bool {
		return strings.Contains(v, "\n") && (spaced && strings.Contains(v, comma) || s.separates(v))
	})
	if i < 0 {
		return nil
	}
	return s.bad(i, fmt.Errorf("%w: lines %d to %d are one row to the quotes in them, "+
		"but look like a row each; double a quote that belongs to a value, or put a space after a %q in its text",
		ErrRowsInValue, s.begun, s.lines.n, comma))
}

// looksLikeRows reports whether the lines of a record look like rows: a further one
// has an @ where the record has one, or no last value while all have the right number.
func looksLikeRows(lines, record []string, comma string, width int) bool {
	exact, endsEmpty := true, false
	for i, line := range lines {
		values := strings.Split(line, comma)
		switch {
		case strings.TrimSpace(line) == "":
		case len(values) != width:
			exact = false
		case i > 0 && shareAt(values, record):
			return true
		case i > 0:
			endsEmpty = endsEmpty || strings.TrimSpace(values[width-1]) == ""
		}
	}
	return exact && endsEmpty
}

// shareAt reports whether values have an @ where a record has one, before its first
// line break.
func shareAt(values, record []string) bool {
	for i, value := range values {
		if i == len(record) || strings.Contains(record[i], "\n") {
			return false
		}
		if strings.Contains(value, "@") && strings.Contains(record[i], "@") {
			return true
		}
	}
	return false
}

// separates reports whether a separator inside a value stands directly before text.
func (s *records) separates(value string) bool {
	_, rest, found := strings.Cut(value, s.split.comma)
	for found {
		if next, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(next) {
			return true
		}
		_, rest, found = strings.Cut(rest, s.split.comma)
	}
	return false
}
