package roster

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// ruled returns the layout of a table that a program printed for people: below its
// header, or around it, a line of dashes shows where the columns are. sqlcmd, SQL*Plus,
// psql, mysql and PowerShell's Format-Table print such tables.
func ruled(lines [][]byte, first int, o *Options) (layout, bool) {
	for i := first; i < len(lines) && i < first+headRecords; i++ {
		rule := strings.TrimRight(string(lines[i]), "\r\n ")
		header := i - 1
		if strings.HasPrefix(rule, "+") {
			header = i + 1
		}
		if !isRuleLine(rule) || header < first || header >= len(lines) {
			continue
		}
		names := strings.TrimRight(string(lines[header]), "\r\n")
		f, ok := ruleForm(rule, names)
		if o.Quoting == "" && !strings.Contains(names, `"`) {
			f.quote = 0
		}
		if ok && (o.Comma == 0 || f.comma == string(o.Comma)) && o.isHeader(lines, header, min(header, i) == first, f) {
			return layout{form: f, above: header}, true
		}
	}
	return layout{}, false
}

// isHeader reports whether the line i is the header: the one that was named, or one
// that has all wanted columns, or else the first line.
func (o *Options) isHeader(lines [][]byte, i int, first bool, f form) bool {
	switch {
	case o.HeaderLine > 0:
		return o.HeaderLine == i+1
	case len(o.Columns) > 0:
		list := parseHead(lines, i, f)
		return len(list) > 0 && countNames(list[0].fields, o.Columns) == len(o.Columns)
	}
	return first && len(bytes.TrimSpace(lines[i])) > 0
}

// isRuleLine reports whether a line has dashes and what stands between them.
func isRuleLine(line string) bool {
	return (strings.Contains(line, "--") || strings.Contains(line, "==")) && strings.Trim(line, "-=+|,;\t^~ ") == ""
}

// ruleForm returns how the line of dashes divides the names beside it.
func ruleForm(rule, names string) (form, bool) {
	f := form{quote: '"', padded: true}
	switch {
	case rule[0] == '+', rule[0] == '|':
		f.comma, f.boxed = "|", true
		return f, strings.HasPrefix(strings.TrimSpace(names), "|")
	case strings.Contains(rule, "+"):
		f.comma, f.wraps = "|", true
		return f, strings.Count(rule, "+") == strings.Count(names, "|")
	}
	for _, comma := range separators[:6] {
		if n := strings.Count(rule, comma); n > 0 {
			f.comma = comma
			return f, n == strings.Count(names, comma)
		}
	}
	f.comma, f.quote = ",", 0
	text := []rune(names)
	for i, c := range rule {
		if c != ' ' && (i == 0 || rule[i-1] == ' ') {
			f.starts = append(f.starts, i)
		}
	}
	for _, start := range f.starts[1:] {
		if start > len(text) || text[start-1] != ' ' {
			return f, false
		}
	}
	f.starts[0] = 0
	return f, len(f.starts) > 1 || !strings.ContainsAny(names, ",;\t|")
}

var errMoved = errors.New("a value is longer than its column, or has characters of double width; " +
	"export the list with a separator")

// fixed returns the values of a line whose columns begin at starts.
func (f form) fixed(line []byte) ([]string, error) {
	text := []rune(string(line))
	if rowCount.Match(line) || footer.Match(line) {
		return []string{string(line)}, nil
	}
	for _, r := range text {
		if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth ||
			unicode.Is(unicode.Mn, r) {
			return []string{string(line)}, fmt.Errorf("%w: %w", ErrFieldCount, errMoved)
		}
	}
	fields := make([]string, len(f.starts))
	for i, start := range f.starts {
		end := len(text)
		if i+1 < len(f.starts) {
			end = min(end, f.starts[i+1])
		}
		if start >= len(text) {
			break
		}
		if start > 0 && text[start-1] != ' ' {
			return fields, fmt.Errorf("%w: %w", ErrFieldCount, errMoved)
		}
		fields[i] = strings.Trim(string(text[start:end]), " ")
		if strings.HasSuffix(fields[i], "…") || strings.HasSuffix(fields[i], "...") && strings.Trim(fields[i], ".") != "" {
			return fields, fmt.Errorf("%w: the program that printed this table left out a value's end; "+
				"export the list with a separator", ErrCut)
		}
	}
	return fields, nil
}
