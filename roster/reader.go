package roster

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Options say how to read a roster. nil or the zero value fits files as people
// export them.
type Options struct {
	// Name is the file's name in messages and in [Row.File]. [OpenFile] takes
	// the path if it is empty.
	Name string
	// Comma separates values. 0 means that it is detected in the header: the most
	// frequent of comma, semicolon and tab, or what a first line "sep=;" says.
	Comma rune
	// MaxRecord is the greatest length of a record (a row, or the header), in
	// bytes of UTF-8, its quotes and line end included. 0 or less means 1 MiB.
	MaxRecord int
	// NoLineEnd says that the last line of this file never has a line end, so
	// that its lack is no [Header.Doubt].
	NoLineEnd bool
}

const defaultMaxRecord = 1 << 20

// A Reader reads a roster, once, from its beginning to its end. It is not safe
// for concurrent use; its header and rows are.
type Reader struct {
	header *Header
	comma  rune
	walk   iter.Seq2[Row, error]
	used   bool
}

// NewReader reads the header of a CSV file; [Reader.Rows] reads the rest. The text
// is UTF-8, with or without a byte-order mark, or UTF-16 with one (Excel's "Unicode
// Text"). Lines end in LF, CRLF, or CR if the header does; blank lines are skipped,
// as in [encoding/csv]. Empty values beyond the header's are left out. Columns
// without a name are refused, except at the header's end, where Excel leaves them:
// they are dropped, and must be empty in every row.
//
// The error is a [*HeaderError] for names that can't be used, and a
// [*ReadError] for anything else. A file that has a header and no rows is no error.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Comma != 0 && !validComma(o.Comma) {
		return nil, &ReadError{File: o.Name, Err: fmt.Errorf(
			"Options.Comma can't be %q: use a comma, a semicolon or a tab", o.Comma)}
	}
	if o.MaxRecord <= 0 {
		o.MaxRecord = defaultMaxRecord
	}
	f, err := sniff(r)
	if err != nil {
		return nil, &ReadError{File: o.Name, Err: err}
	}
	if o.Comma != 0 {
		f.comma = o.Comma
	}
	return readHeader(newRecords(f, o.Name, o.MaxRecord), o.NoLineEnd)
}

// readHeader returns a Reader of the rows that follow the first record.
func readHeader(s *records, noLineEnd bool) (*Reader, error) {
	names, _, err := s.next()
	if bad, ok := err.(*RowError); ok {
		return nil, &ReadError{File: bad.File, Line: bad.Line, Column: bad.Column, Err: bad.Err}
	}
	if err == io.EOF {
		return nil, &ReadError{File: s.file, Err: fmt.Errorf(
			"%w: a first line with the names of the columns is needed", ErrEmpty)}
	}
	if err != nil {
		return nil, err
	}
	header, err := NewHeader(s.file, named(names))
	if err != nil {
		return nil, err
	}
	walk := func(yield func(Row, error) bool) {
		s.rows(header, len(names), yield)
		s.doubt(header, noLineEnd)
	}
	return newReader(header, s.csv.Comma, walk), nil
}

// FromRows returns a Reader of rows that another package reads, such as those of a
// workbook. The sequence keeps what [Reader.Rows] promises: each pair is a row and nil,
// or a [*RowError], or at last a [*ReadError]. A header belongs to one Reader.
func FromRows(header *Header, rows iter.Seq2[Row, error]) *Reader {
	return newReader(header, ',', rows)
}

func newReader(header *Header, comma rune, walk iter.Seq2[Row, error]) *Reader {
	header.hasReader = true
	header.rows.Store(-1)
	return &Reader{header: header, comma: comma, walk: walk}
}

// named returns names without the empty ones at the end, or names if all are.
func named(names []string) []string {
	last := len(names) - 1
	for last >= 0 && strings.TrimSpace(names[last]) == "" {
		last--
	}
	if last < 0 {
		return names
	}
	return names[:last+1]
}

// Header returns the roster's column names.
func (r *Reader) Header() *Header { return r.header }

// Comma returns the character that separates the values, given or detected; a
// comma for a database. Use it to write rows back as they came.
func (r *Reader) Comma() rune { return r.comma }

// Rows yields the rows in file order, reading as it is ranged over, in constant
// memory. Each pair is a row and nil; or a [*RowError] with what is known of its
// row, at least file and line, after which the loop may go on; or a zero Row and
// a [*ReadError], which is always the last pair. The caller may keep the rows.
//
// Rows can be ranged over once. The second time it yields only [ErrUsed], rather
// than a roster that looks empty; also if the first loop was left early.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if r.used {
			yield(Row{}, &ReadError{File: r.header.file, Err: fmt.Errorf("%w: open it again", ErrUsed)})
			return
		}
		r.used = true
		n := int64(0)
		for row, err := range r.walk {
			if !yield(row, err) {
				return
			}
			if _, last := err.(*ReadError); last {
				return
			}
			n++
		}
		r.header.rows.Store(n)
	}
}

// rows yields the rows under a header that has width columns in the file.
func (s *records) rows(header *Header, width int, yield func(Row, error) bool) {
	for {
		fields, line, err := s.next()
		if err == io.EOF {
			return
		}
		if _, last := err.(*ReadError); last {
			yield(Row{}, err)
			return
		}
		if err == nil {
			err = s.check(header, fields, line, width)
		}
		if !yield(NewRow(header, line, fields), err) {
			return
		}
	}
}

// check returns an error for a record that is not one row.
func (s *records) check(header *Header, fields []string, begun, width int) error {
	if what := header.furniture(fields); what != "" {
		return s.bad(fields, 0, begun, fmt.Errorf("%w: it looks like %s; take the line out of the list", ErrNotRow, what))
	}
	if err := s.checkLines(header, fields, begun, width); err != nil {
		return err
	}
	return s.checkCount(fields, begun, len(header.names), width)
}

// doubt notes in the header what is doubtful about the rows that were read.
func (s *records) doubt(header *Header, noLineEnd bool) {
	if s.lost > 0 {
		header.addDoubt(s.lost, lostDoubt)
	}
	if end := s.guard.last; !noLineEnd && s.ended() && end != '\n' && end != '\r' {
		header.addDoubt(s.line, "the last line has no line end, so the file may be cut short; "+
			"export it anew, or add a line end if it is whole")
	}
}

// checkLines returns an error for a record over several lines if it may be
// several rows: its first and its last line, split without regard to quotes, have
// at least as many values as the header, and inside a value a separator stands
// directly before text. In an address a space follows a comma, and then the lines
// are one value, unless the header has such spaces too.
func (s *records) checkLines(header *Header, fields []string, begun, width int) error {
	if s.line == begun {
		return nil
	}
	comma := string(s.csv.Comma)
	lines := strings.Split(strings.Join(fields, comma), "\n")
	for _, line := range []string{lines[0], lines[len(lines)-1]} {
		if strings.Count(line, comma)+1 < width {
			return nil
		}
	}
	spaced := len(header.names) > 1 && strings.HasPrefix(header.names[1], " ") ||
		looksLikeRows(lines, fields, comma, width)
	i := slices.IndexFunc(fields, func(v string) bool {
		return strings.Contains(v, "\n") && (spaced && strings.Contains(v, comma) || s.separates(v))
	})
	if i < 0 {
		return nil
	}
	return s.bad(fields, i, begun, fmt.Errorf("%w: lines %d to %d are one row to the quotes in them, "+
		"but look like a row each; double a quote that belongs to a value, or put a space after a %q in its text",
		ErrRowsInValue, begun, s.line, s.csv.Comma))
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
	_, rest, found := strings.Cut(value, string(s.csv.Comma))
	for found {
		if next, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(next) {
			return true
		}
		_, rest, found = strings.Cut(rest, string(s.csv.Comma))
	}
	return false
}

// checkCount returns an error unless a record has a value for each named column
// and only empty ones beyond them. A short record is refused even if its last
// values may have been empty: a separator or a line break may be missing in it.
func (s *records) checkCount(fields []string, begun, named, width int) error {
	n := len(fields)
	if n < named {
		return s.miscounted(fields, begun, n-1, named, "is a line break or a separator missing?")
	}
	i := slices.IndexFunc(fields[named:], func(v string) bool { return v != "" })
	switch {
	case i >= 0 && named+i < width:
		return s.miscounted(fields, begun, named+i, named, "this one has no column name above it")
	case i >= 0:
		return s.miscounted(fields, begun, max(named+i, width), named, "a value that holds the separator must be quoted")
	}
	return nil
}

// miscounted returns the error of a record whose field at is where it goes wrong.
func (s *records) miscounted(fields []string, begun, at, named int, hint string) error {
	return s.bad(fields, at, begun, fmt.Errorf(
		"%w: %d in a row under %d column names; %s", ErrFieldCount, len(fields), named, hint))
}
