package main

import (
	"bytes"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// screen is the width that everything printed for people fits, in columns.
const screen = 80

// clean makes a value from a file or a directory safe to print on one line of
// a terminal: control characters, which could move the cursor or hide text,
// become "?".
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return '?'
		}
		return r
	}, s)
}

// columns returns the number of terminal columns that s takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// cut shortens s to at most n columns, with an ellipsis where text is missing.
func cut(s string, n int) string {
	if columns(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeColumns(r); used > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// wrap breaks text into lines of at most n columns between words.
func wrap(text string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// plural returns "1 row" or "3 rows"; the plural is the singular with an "s".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes n with commas: 100,000.
func thousands(n int) string {
	digits := []byte{}
	for i := 0; n > 0 || i == 0; i, n = i+1, n/10 {
		if i > 0 && i%3 == 0 {
			digits = append(digits, ',')
		}
		digits = append(digits, byte('0'+n%10))
	}
	for i, j := 0, len(digits)-1; i < j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
	return string(digits)
}

// An indenter puts the margin before every line that is not empty.
type indenter struct {
	to     io.Writer
	inLine bool
}

func (w *indenter) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		if !w.inLine && !bytes.Equal(line, []byte("\n")) {
			line = append([]byte(margin), line...)
		}
		if _, err := w.to.Write(line); err != nil {
			return 0, err
		}
		w.inLine = line[len(line)-1] != '\n'
	}
	return len(p), nil
}
