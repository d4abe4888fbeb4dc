package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A layout says where in a text the header stands, and how the lines from there on
// are divided.
type layout struct {
	form
	above int // lines above the header
}

// separators are those that are looked for, the usual ones first.
var separators = []string{",", ";", "\t", "|", "^", "~", "\x01", "\x1f", "||"}

// headRecords is how many records of the head are looked at.
const headRecords = 200

// findLayout returns the layout of a text that begins with head.
func findLayout(head []byte, o *Options) (layout, error) {
	lines := bytes.SplitAfter(head, []byte("\n"))
	first := firstText(lines, 0)
	commas, declared := o.separators(lines, &first)
	if o.Columns == nil && o.HeaderLine == 0 {
		for first < len(lines) && isComment(lines, first) {
			first = firstText(lines, first+1)
		}
	}
	if err := o.brokenRows(lines, first); err != nil {
		return layout{}, err
	}
	if l, ok := ruled(lines, first, o); ok {
		return l, nil
	}
	best := o.bestGuess(lines, first, commas)
	if best.header < 0 {
		return layout{}, o.noHeader(best)
	}
	l := layout{form: best.form, above: best.line() - 1}
	if best.records == nil { // the header is longer than the head
		l.above = first
		if o.Comma == 0 && !declared {
			l.comma = string(mostFrequent(head))
		}
	}
	return l, l.look(lines, best, o)
}

// bestGuess returns the best of the guesses with each separator.
func (o *Options) bestGuess(lines [][]byte, first int, commas []string) guess {
	best := o.guess(lines, first, o.form(commas[0]))
	whole := o.Quoting.quote() == '"' && isWhole(lines[min(first, len(lines)):])
	for _, comma := range commas {
		f := o.form(comma)
		if g := o.guess(lines, first, f); g.betterThan(best) {
			best = g
		}
		f.whole = true
		if !whole {
			continue
		}
		if g := o.guess(lines, first, f); g.alike > 0 && g.spaced == 0 && g.betterThan(best) {
			best = g
		}
	}
	if best.header < 0 && o.HeaderLine == 0 {
		best = o.guessQuotes(lines, first, commas, best)
	}
	return best
}

// guessQuotes returns a better guess than best, with quotes that hide the wanted columns.
func (o *Options) guessQuotes(lines [][]byte, first int, commas []string, best guess) guess {
	for _, comma := range commas {
		spaced, single := o.form(comma), o.form(comma)
		spaced.spaced = true
		single.quote = '\''
		for _, f := range []form{spaced, single} {
			if f.quote == 0 || f.quote == '\'' && o.Quoting != "" {
				continue
			}
			if g := o.guess(lines, first, f); g.header >= 0 && g.betterThan(best) {
				best = g
			}
		}
	}
	return best
}

// isWhole reports whether some line may be one value in quotes that holds the row, as
// Excel makes it of a file whose separator it doesn't know.
func isWhole(lines [][]byte) bool {
	return slices.ContainsFunc(lines, func(line []byte) bool {
		line = bytes.TrimSpace(line)
		return len(line) > 1 && line[0] == '"' && bytes.IndexByte(line[1:], '"') == len(line)-2
	})
}

// form returns the form of values that comma separates.
func (o *Options) form(comma string) form {
	return form{comma: comma, quote: o.Quoting.quote(), escape: o.Quoting == QuoteBackslash}
}

// separators returns the separators to choose from, and whether the file declares
// one in the line first, which is passed over then.
func (o *Options) separators(lines [][]byte, first *int) ([]string, bool) {
	given := o.Comma
	if *first < len(lines) {
		if comma, ok := declaredComma(lines[*first]); ok {
			*first = firstText(lines, *first+1)
			if given == 0 {
				return []string{comma}, true
			}
		}
	}
	if given != 0 {
		return []string{string(given)}, false
	}
	return separators, false
}

// firstText returns the index of the first line from i on that isn't blank.
func firstText(lines [][]byte, i int) int {
	for i < len(lines) && len(bytes.TrimSpace(lines[i])) == 0 {
		i++
	}
	return i
}

// isComment reports whether the line i, above the header, is a comment. "#,Name" is a
// header: the line below it has as many separators.
func isComment(lines [][]byte, i int) bool {
	line := bytes.TrimLeft(lines[i], " ")
	next := firstText(lines, i+1)
	if bytes.HasPrefix(line, []byte("Changed database context to ")) || bytes.HasPrefix(line, []byte("SQL> ")) {
		return true // sqlcmd and SQL*Plus say so
	}
	if !bytes.HasPrefix(line, []byte("#")) || next == len(lines) {
		return false
	}
	if bytes.HasPrefix(line, []byte("#TYPE ")) || bytes.HasPrefix(bytes.TrimLeft(lines[next], " "), []byte("#")) {
		return true
	}
	return !slices.ContainsFunc(separators, func(comma string) bool {
		n := bytes.Count(line, []byte(comma))
		return n > 0 && n == bytes.Count(lines[next], []byte(comma))
	})
}

// A guess is how the head looks if it is divided by one separator.
type guess struct {
	form    form
	first   int // index of the first line that is looked at
	records []headRecord
	header  int // index in records, or -1
	alike   int // records below the header that have as many values
	spaced  int // names that begin with a space, or are empty
	wanted  int // wanted columns in the record that has most of them
}

type headRecord struct {
	line   int // 1-based
	fields []string
}

func (g guess) line() int {
	if g.header < 0 || g.header >= len(g.records) {
		return g.first + 1
	}
	return g.records[g.header].line
}

func (g guess) names() []string {
	if g.header < 0 || g.header >= len(g.records) {
		return nil
	}
	return g.records[g.header].fields
}

// guess divides the lines from first on.
func (o *Options) guess(lines [][]byte, first int, f form) guess {
	g := guess{form: f, first: first, records: parseHead(lines, first, f)}
	g.header = o.findHeader(&g)
	names := g.names()
	for _, name := range named(names) {
		if strings.HasPrefix(name, " ") || name == "" {
			g.spaced++
		}
	}
	for _, rec := range g.records[min(g.header+1, len(g.records)):] {
		if len(names) > 1 && len(rec.fields) == len(names) {
			g.alike++
		}
	}
	return g
}

// parseHead returns the records of the head. Those that can't be read have no fields.
func parseHead(lines [][]byte, first int, f form) (list []headRecord) {
	text := bytes.Join(lines[first:], nil)
	s := newRecords(bufio.NewReader(bytes.NewReader(text)), f, "", len(text)+1)
	for len(list) < headRecords {
		fields, err := s.next()
		if _, bad := err.(*RowError); err != nil && !bad {
			return list
		}
		list = append(list, headRecord{first + s.begun, fields})
	}
	return list
}

// findHeader returns the index of the record that is the header: the line that was
// named, the first that has all wanted columns, or the first one.
func (o *Options) findHeader(g *guess) int {
	if o.HeaderLine > 0 {
		return slices.IndexFunc(g.records, func(rec headRecord) bool { return rec.line == o.HeaderLine })
	}
	if len(o.Columns) == 0 {
		return 0
	}
	found := -1
	for i, rec := range g.records {
		n := countNames(rec.fields, o.Columns)
		g.wanted = max(g.wanted, n)
		if n == len(o.Columns) && found < 0 {
			found = i
		}
	}
	return found
}

// countNames returns how many of the wanted names a record has.
func countNames(fields, wanted []string) (n int) {
	for _, name := range wanted {
		if slices.ContainsFunc(fields, func(v string) bool { return canonical(v) == canonical(name) }) {
			n++
		}
	}
	return n
}

// betterThan reports whether g is more likely than other: it has a header, or more of
// it, more rows are as wide, its names don't begin with the space that follows a comma
// in a text, and there are more of them, none empty.
func (g guess) betterThan(other guess) bool {
	score := func(g guess) []int {
		names := len(g.names())
		return []int{min(g.header, 0), g.wanted, g.alike, min(names, 2), -g.spaced, names}
	}
	return slices.Compare(score(g), score(other)) > 0
}

// lacking returns the wanted columns that a line doesn't have.
func (o *Options) lacking(fields []string) []string {
	return slices.DeleteFunc(slices.Clone(o.Columns), func(wanted string) bool {
		return slices.ContainsFunc(fields, func(name string) bool { return canonical(name) == canonical(wanted) })
	})
}

// wideGap matches what sets columns of fixed width apart.
var wideGap = regexp.MustCompile(`\s{2,}`)

// noHeader says where the wanted columns may stand.
func (o *Options) noHeader(best guess) error {
	if o.HeaderLine > 0 {
		return &ReadError{File: o.Name, Line: o.HeaderLine, Err: fmt.Errorf(
			"%w: Options.HeaderLine must name a line of the first %d KB that has text", ErrNoHeader, sniffSize>>10)}
	}
	list := func(names []string) string {
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = fmt.Sprintf("%q", Printable(strings.TrimSpace(name)))
		}
		return strings.Join(quoted, ", ")
	}
	for _, rec := range best.records {
		if countNames(wideGap.Split(strings.Join(rec.fields, best.form.comma), -1), o.Columns) == len(o.Columns) {
			return &ReadError{File: o.Name, Line: rec.line, Err: errFixedWidth}
		}
	}
	for _, rec := range best.records {
		if countNames(rec.fields, o.Columns) < best.wanted {
			continue
		}
		missing := &MissingColumnsError{Missing: o.lacking(rec.fields), Have: named(rec.fields)}
		has := "it has " + list(missing.Have)
		if strings.Contains(strings.Join(rec.fields, ""), "@") {
			has, missing.Have = "it looks like an account and not like a header", nil
		}
		missing.text = fmt.Sprintf("no line of the first %d KB has the wanted columns; this one comes nearest and lacks %s; %s",
			sniffSize>>10, list(missing.Missing), has)
		return &ReadError{File: o.Name, Line: rec.line, Err: missing}
	}
	return &ReadError{File: o.Name, Err: fmt.Errorf("%w: a first line with the names of the columns is needed", ErrEmpty)}
}
