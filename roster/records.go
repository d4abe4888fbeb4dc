package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// records reads one record after another, and knows where each stands in the file.
type records struct {
	file    string
	lines   lines
	at      int64 // where the record read last begins, as watch counts
	split   splitter
	source  func(Options) source // reads the file instead, if it is JSON or LDIF
	decoded decoded
	notes   []string // about the file
	begun   int      // line on which the record read last begins
	raw     []byte   // its text
	buf     []byte   // of raw, if it goes over several lines
	doubted int      // line of the first record that has a doubtful character
	why     string   // what it is

	skip        *regexp.Regexp // what is no account
	skipLines   []int
	allAccounts bool
	address     int  // number of the column in which rows have an address, or 0
	loose       bool // see record
	wrapped     bool // a value of the line before goes on
}

func newRecords(text *bufio.Reader, f form, file string, limit int) *records {
	return &records{file: file, lines: lines{text: text, max: limit}, split: splitter{form: f}}
}

// next returns the values of the next record. Its error is io.EOF after the last
// record, a *RowError for a record that can't be read, with the part that can be,
// or a *ReadError after which nothing follows.
func (s *records) next() (fields []string, err error) {
	line, err := s.firstLine()
	if err != nil {
		return nil, err
	}
	fields, err = s.values(withoutEnd(line))
	if err != nil {
		return fields, err
	}
	return fields, s.damaged(fields)
}

// values returns the values of the record that begins with line.
func (s *records) values(line []byte) (fields []string, err error) {
	f := &s.split.form
	switch {
	case f.escape && string(line) == copyEnd:
		return []string{copyEnd}, nil
	case f.starts != nil:
		if fields, err = f.fixed(line); err != nil {
			return fields, s.badAt(0, err)
		}
		return fields, nil
	case f.boxed:
		inner := unbox(line)
		if len(inner) == len(line) && bytes.IndexByte(line, '|') >= 0 {
			return []string{string(line)}, s.badAt(0, fmt.Errorf("%w: a value seems to go over several lines; "+
				"export the list with a separator", ErrFieldCount))
		}
		line = inner
	}
	fields, simple := s.split.simple(line)
	if !simple {
		fields, err = s.divide(line)
	}
	switch {
	case err != nil:
	case f.whole && len(fields) == 1:
		return s.inside(fields[0])
	case f.wraps && s.isWrapped(fields):
		return fields, s.badAt(0, fmt.Errorf("%w: psql printed a value over several lines; export the list with \\copy "+
			"and CSV", ErrRowsInValue))
	case f.padded:
		for i, value := range fields {
			fields[i] = strings.Trim(value, " ")
		}
	}
	return fields, err
}

// unbox returns a line without the separators at its ends.
func unbox(line []byte) []byte {
	inner := bytes.Trim(line, " ")
	if n := len(inner); n > 1 && inner[0] == '|' && inner[n-1] == '|' {
		return inner[1 : n-1]
	}
	return line
}

// inside returns the values of a row that was quoted as a whole.
func (s *records) inside(row string) ([]string, error) {
	inner := splitter{form: form{comma: s.split.comma, quote: '"'}, width: s.split.width}
	if fields, ok := inner.simple([]byte(row)); ok {
		return fields, nil
	}
	now := inner.add([]byte(row), 0, state{})
	if now.open() || now.bad != nil {
		return inner.fields(), s.badAt(0, fmt.Errorf("%w: %s", ErrQuote, innerQuote))
	}
	return inner.fields(), nil
}

// isWrapped reports whether a value goes on in the line below, or began above.
func (s *records) isWrapped(fields []string) bool {
	before := s.wrapped
	s.wrapped = slices.ContainsFunc(fields, func(v string) bool { return strings.HasSuffix(v, "+") })
	return s.wrapped || before
}

// firstLine returns the first line of the next record, which isn't blank.
func (s *records) firstLine() ([]byte, error) {
	for {
		if s.decoded.watch != nil {
			s.at = s.decoded.watch.handed - int64(s.lines.text.Buffered())
		}
		line, err := s.lines.next()
		s.begun, s.raw = s.lines.n, line
		switch {
		case err == io.EOF:
			return nil, io.EOF
		case err != nil:
			s.begun++
			return nil, s.stopped(err)
		case len(line) > s.lines.max:
			return nil, s.stopped(errLimit)
		case len(withoutEnd(line)) > 0:
			return line, nil
		}
	}
}

// divide returns the values of a record whose first line is line, and reads the
// further lines that it has.
func (s *records) divide(line []byte) ([]string, error) {
	s.split.begin()
	now := s.split.add(line, 0, state{})
	for now.open() {
		if s.begun == s.lines.n {
			s.buf = append(s.buf[:0], s.raw...)
		}
		offset := len(s.buf)
		more, err := s.lines.next()
		if err == io.EOF {
			return nil, s.unclosed(now)
		}
		if s.buf = append(s.buf, more...); err == nil && len(s.buf) > s.lines.max {
			err = errLimit
		}
		s.raw = s.buf
		if err != nil {
			return nil, s.stopped(err)
		}
		now = s.split.add(withoutEnd(more), offset, now)
	}
	fields := s.split.fields()
	if now.bad != nil {
		hint := ""
		if now.bad.what == bareQuote && !strings.Contains(",;", s.split.comma) {
			hint = noQuotes
		}
		return fields, s.badAt(now.bad.at, fmt.Errorf("%w: %s%s", ErrQuote, now.bad.what, hint))
	}
	return fields, nil
}

const noQuotes = "; if quotes mean nothing in this list, as a database writes it, set Options.Quoting to none"

// unclosed returns the error of a value that has no end. It has taken all the rest of
// the file with it.
func (s *records) unclosed(now state) error {
	what := "a value's closing quote is missing or a quote inside it isn't doubled"
	if now.joined {
		what = "a backslash stands at the end of the file"
	}
	hint := ""
	if !strings.Contains(",;", s.split.comma) {
		hint = noQuotes
	}
	return &ReadError{File: s.file, Line: s.begun, Err: fmt.Errorf(
		"%w: in the record that begins here, %s; nothing after it was read%s", ErrQuote, what, hint)}
}

// stopped returns the error after which nothing follows.
func (s *records) stopped(err error) error {
	if err == errLimit {
		err = fmt.Errorf("%w: the record that begins here has more than %d bytes, as when a quote is never closed; "+
			"nothing after it was read", ErrTooLong, s.lines.max)
	} else {
		err = fmt.Errorf("reading stopped here: %w", err)
	}
	return &ReadError{File: s.file, Line: s.begun, Err: err}
}

// damaged returns the error of the first value that isn't text, if there is one,
// and notes a character that was lost before.
func (s *records) damaged(fields []string) error {
	if s.decoded.watch == nil || s.at >= s.decoded.watch.suspect {
		return nil
	}
	valid := utf8.Valid(s.raw)
	text := valid && bytes.IndexByte(s.raw, 0) < 0
	if text && s.doubted == 0 {
		if s.why = doubtful(s.raw, s.decoded.named); s.why != "" {
			s.doubted = s.begun
		}
	}
	if !valid && !s.decoded.sure && bytes.IndexByte(s.raw, 0) < 0 {
		ahead, _ := s.lines.text.Peek(s.lines.text.Buffered()) // can't fail
		return &ReadError{File: s.file, Line: s.begun, Err: notUTF8(slices.Concat(s.raw, ahead))}
	}
	for i, value := range fields {
		if text {
			break
		}
		if err := checkText(value, "save the list as CSV UTF-8, or name its encoding"); err != nil {
			return s.bad(i, err)
		}
	}
	return nil
}

// bad returns the error of the record that was read last, at its value i.
func (s *records) bad(i int, err error) *RowError {
	if s.begun == s.lines.n { // it may have been simple
		s.split.begin()
		_ = s.split.add(withoutEnd(s.raw), 0, state{})
	}
	if i < len(s.split.at) {
		return s.badAt(s.split.at[i], err)
	}
	return s.badAt(0, err)
}

// badAt returns the error of the record that was read last, at a byte of it.
func (s *records) badAt(at int, err error) *RowError {
	before := s.raw[:min(at, len(s.raw))]
	return &RowError{File: s.file, Line: s.begun + bytes.Count(before, []byte("\n")),
		Column: len(before) - bytes.LastIndexByte(before, '\n'), RowLine: s.begun,
		Lines: s.lines.n - s.begun + 1 + s.hiddenLines(), Err: err}
}

// hiddenLines returns the number of line ends in the bytes of UTF-16 characters.
// Lines in another encoding at the end of such a file come out as one record.
func (s *records) hiddenLines() (n int) {
	if !s.decoded.utf16 {
		return 0
	}
	for _, r := range string(s.raw) {
		if r > 0xff && (r&0xff == '\n' || r>>8 == '\n') {
			n++
		}
	}
	return n
}

// checkText returns an error, with what to do, if value is not text in UTF-8.
func checkText(value, remedy string) error {
	if strings.IndexByte(value, 0) >= 0 {
		return fmt.Errorf("%w: the value holds a NUL byte; %s", ErrBinary, remedy)
	}
	if utf8.ValidString(value) {
		return nil
	}
	for i, r := range value {
		if _, size := utf8.DecodeRuneInString(value[i:]); r == utf8.RuneError && size == 1 {
			return fmt.Errorf("%w: the value holds the byte 0x%02X; %s", ErrEncoding, value[i], remedy)
		}
	}
	return nil
}
