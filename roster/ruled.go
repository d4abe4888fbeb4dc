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
		if strings.HasPrefix(rule, "+") || isDashes(rule) && barred(lines, i+1) && !(i > first && barred(lines, i-1)) {
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

// barred reports whether the line i begins and ends with a bar.
func barred(lines [][]byte, i int) bool {
	if i < 0 || i >= len(lines) {
		return false
	}
	line := bytes.TrimSpace(lines[i])
	return len(line) > 2 && line[0] == '|' && line[len(line)-1] == '|'
}

// isDashes reports whether a line is one of dashes only.
func isDashes(line string) bool {
	return len(line) > 1 && strings.Trim(line, "-") == ""
}

// brokenRows returns an error if the header stands on several lines, with dashes below
// each or all of them. SQL*Plus and sqlcmd print so what is longer than their lines.
func (o *Options) brokenRows(lines [][]byte, first int) error {
	text := func(i int) string {
		if i >= len(lines) {
			return ""
		}
		return strings.TrimRight(string(lines[i]), "\r\n ")
	}
	isRule := func(i int) bool { return strings.Contains(text(i), "--") && strings.Trim(text(i), "- ") == "" }
	i := first
	for i < len(lines) && i < first+headRecords && !isRule(i) {
		i++
	}
	between := text(i + 1)
	again := between != "" && !strings.Contains(between, "|") && isRule(i+2)
	if i == first || text(i-1) == "" || !isRule(i) || !isRule(i+1) && !again || o.HeaderLine > 0 {
		return nil
	}
	return &ReadError{File: o.Name, Line: i, Err: fmt.Errorf("%w: each row stands on several lines, as SQL*Plus and sqlcmd "+
		"print what is longer than a line; use SET LINESIZE 32767 or SET MARKUP CSV ON (SQL*Plus), or -s ; -W -w 65535 (sqlcmd)", ErrNotCSV)}
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
	return (strings.Contains(line, "--") || strings.Contains(line, "==")) && strings.Trim(line, "-=+|,;:\t^~ ") == ""
}

// ruleForm returns how the line of dashes divides the names beside it.
func ruleForm(rule, names string) (form, bool) {
	f := form{quote: '"', padded: true}
	switch {
	case rule[0] == '+', rule[0] == '|':
		f.comma, f.boxed = "|", true
		return f, strings.HasPrefix(strings.TrimSpace(names), "|")
	case isDashes(rule) && barred([][]byte{[]byte(names)}, 0):
		f.comma, f.boxed = "|", true
		return f, true
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
		if strings.HasSuffix(fields[i], "…") || strings.HasSuffix(fields[i], "...") && strings.Trim(fields[i], ".") != "" ||
			strings.HasSuffix(fields[i], "...}") || strings.HasSuffix(fields[i], "…}") {
			return fields, fmt.Errorf("%w: the program that printed this table left out a value's end; "+
				"export the list with a separator", ErrCut)
		}
	}
	return fields, nil
}
