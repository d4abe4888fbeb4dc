package roster

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Quoting says how a list marks values that hold separators or line breaks.
type Quoting string

// The quotings. The zero value means that it is found out.
const (
	// QuoteDouble: such values stand in double quotes, and a quote in them is doubled.
	QuoteDouble Quoting = "double"
	// QuoteSingle: the same with single quotes.
	QuoteSingle Quoting = "single"
	// QuoteNone: there are none. Each line is a record, and quotes are text.
	QuoteNone Quoting = "none"
	// QuoteBackslash: a backslash stands before them, as in the text files of MySQL and
	// PostgreSQL. \N is no value, \t a tab, \n a line break, \\ a backslash. Values may
	// stand in double quotes, if the first column's name does.
	QuoteBackslash Quoting = "backslash"
)

func (q Quoting) quote() byte {
	switch q {
	case QuoteNone:
		return 0
	case QuoteSingle:
		return '\''
	}
	return '"'
}

func (q Quoting) valid() bool {
	return slices.Contains([]Quoting{"", QuoteDouble, QuoteSingle, QuoteNone, QuoteBackslash}, q)
}

// look finds out what the header and the lines below it show beside the separator.
func (l *layout) look(lines [][]byte, g guess, o *Options) error {
	header := g.names()
	if header == nil {
		return nil
	}
	line := bytes.TrimRight(lines[l.above], "\r\n")
	switch {
	case o.Quoting == "" && singleQuoted(line, l.comma):
		l.quote = '\''
	case o.Quoting == "" && hasNull(lines[l.above+1:], l.comma):
		l.escape = true
	}
	if l.escape && !bytes.HasPrefix(line, []byte{'"'}) {
		l.quote = 0
	}
	commas := strings.Count(string(line), l.comma)
	l.spaced = l.spaced || l.quote != 0 && commas > 0 && commas == strings.Count(string(line), l.comma+" ")
	if strings.ContainsAny(string(line), "“”„") && l.quote == '"' {
		return &ReadError{File: o.Name, Line: l.above + 1, Err: fmt.Errorf(
			"%w: the names stand in typographic quotes, as Word and Outlook make them; replace them with \"", ErrQuote)}
	}
	return o.checkTitle(g, l.above+1, line)
}

// singleQuoted reports whether all values of a line stand in single quotes.
func singleQuoted(line []byte, comma string) bool {
	names := strings.Split(string(line), comma)
	return !slices.ContainsFunc(names, func(name string) bool {
		name = strings.TrimSpace(name)
		return len(name) < 2 || name[0] != '\'' || name[len(name)-1] != '\''
	})
}

// unescaped matches a backslash that means nothing to MySQL and PostgreSQL.
var unescaped = regexp.MustCompile(`(^|[^\\])(\\\\)*\\[^NtnrbfvZ0\\"',;|\t\r\n]`)

// copyEnd is the line that ends the rows of PostgreSQL's COPY.
const copyEnd = `\.`

// hasNull reports whether a value is \N, as only MySQL and PostgreSQL write it, and
// each backslash has a meaning.
func hasNull(lines [][]byte, comma string) bool {
	if !slices.ContainsFunc(lines, func(line []byte) bool { return bytes.Contains(line, []byte(`\N`)) }) {
		return false
	}
	found := false
	for _, line := range lines {
		line = bytes.TrimRight(line, "\r\n")
		if string(line) != copyEnd && unescaped.Match(line) {
			return false
		}
		found = found || bytes.Contains(line, []byte(`\N`)) && slices.Contains(strings.Split(string(line), comma), `\N`)
	}
	return found
}

// checkTitle returns an error if the header is a title: it has one name, and the lines
// below it have more values.
func (o *Options) checkTitle(g guess, line int, text []byte) error {
	if len(o.Columns) > 0 || o.HeaderLine > 0 {
		return nil
	}
	if len(g.names()) == 1 && gaps.Match(text) {
		return &ReadError{File: o.Name, Line: line, Err: errFixedWidth}
	}
	if slices.ContainsFunc(g.names(), isAddress.MatchString) {
		return &ReadError{File: o.Name, Line: line, Err: fmt.Errorf("%w: it looks like an account "+
			"and not like a header; put a line with the names of the columns above it", ErrNoHeader)}
	}
	if len(named(g.names())) != 1 {
		return nil
	}
	for _, comma := range separators {
		counts := map[int]int{}
		for _, rec := range g.records[g.header+1:] {
			if n := len(named(strings.Split(strings.Join(rec.fields, g.form.comma), comma))); n > 1 {
				counts[n]++
			}
		}
		for n, times := range counts {
			if times > 1 && 2*times >= len(g.records)-g.header-1 {
				return &ReadError{File: o.Name, Line: line, Err: fmt.Errorf("%w: this line has one name and the lines below it "+
					"have %d values, so it looks like a title; say which columns are wanted (Options.Columns) or on which "+
					"line they stand (Options.HeaderLine)", ErrNoHeader, n)}
			}
		}
	}
	return nil
}

var errFixedWidth = fmt.Errorf("%w: the columns seem to be of fixed width, and no line of dashes shows where each "+
	"begins; export the list with a separator", ErrNotCSV)

var isAddress = regexp.MustCompile(`^\s*[^\s@]+@[^\s@]+\.[\pL\d-]+\s*$`)

// gaps matches names that are set apart by spaces.
var gaps = regexp.MustCompile(`^[^"]*[^"\s](  +[^"\s][^"]*[^"\s]  +|    +)[^"\s][^"]*$`)
