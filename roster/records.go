package roster

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// bufferSize is how much of a file is read at a time, in bytes. It is more than
// sniffSize, so that the buffer of sniff is bypassed once it is empty.
const bufferSize = 64 << 10

// records reads one record after another with encoding/csv and knows where
// each stands in the file.
type records struct {
	file  string
	guard *guard
	text  *bufio.Reader // shared with csv
	csv   *csv.Reader
	utf16 bool
	line  int // lines read
	extra int // of these, how many csv has not seen
	lost  int // line of the first record with a character that was lost
}

func newRecords(f form, name string, limit int) *records {
	g := &guard{src: f.text, max: int64(limit), loneCR: f.loneCR}
	// csv.NewReader takes a bufio.Reader as it is, so both see one position.
	text := bufio.NewReaderSize(g, bufferSize)
	r := csv.NewReader(text)
	r.Comma = f.comma
	r.FieldsPerRecord = -1
	return &records{file: name, guard: g, text: text, csv: r, utf16: f.utf16, line: f.lines, extra: f.lines}
}

// next returns the next record and the line on which it begins. Its error is
// io.EOF after the last record, a *RowError for a record that can't be read,
// with the part that can be, or a *ReadError after which nothing follows.
func (s *records) next() (fields []string, line int, err error) {
	s.skipBlankLines()
	line = s.line + 1
	fields, err = s.csv.Read()
	if err != nil || s.position()-s.guard.begin > s.guard.max {
		return fields, line, s.failure(err, line)
	}
	last := len(fields) - 1
	begun, _ := s.csv.FieldPos(last)
	s.line = s.extra + begun + strings.Count(fields[last], "\n")
	if s.guard.begin < s.guard.suspect {
		err = s.damaged(fields, line)
	}
	return fields, line, err
}

// failure returns what next reports of a record that encoding/csv refuses with
// err, or that is too long.
func (s *records) failure(err error, line int) error {
	var bad *csv.ParseError
	switch {
	case err == io.EOF:
		return io.EOF
	case err == errLimit, s.position()-s.guard.begin > s.guard.max:
		return &ReadError{File: s.file, Line: line, Err: fmt.Errorf(
			"%w: the record that begins here has more than %d bytes, as when a quote is never closed; "+
				"nothing after it was read",
			ErrTooLong, s.guard.max)}
	case errors.As(err, &bad):
		s.line = s.extra + bad.Line
		return s.misquoted(bad, line)
	}
	return &ReadError{File: s.file, Line: line, Err: fmt.Errorf("reading stopped here: %w", err)}
}

// position returns how many bytes of the text have been read.
func (s *records) position() int64 { return s.guard.handed - int64(s.text.Buffered()) }

// skipBlankLines does what encoding/csv would do next, so that the record's
// length is counted from its own first byte. Errors are left for csv to meet.
func (s *records) skipBlankLines() {
	for {
		s.guard.begin = s.position()
		n := 1
		next, _ := s.text.Peek(1)
		if len(next) == 1 && next[0] == '\r' {
			n = 2
			next, _ = s.text.Peek(2)
		}
		if len(next) != n || next[n-1] != '\n' {
			return
		}
		_, _ = s.text.Discard(n)
		s.line++
		s.extra++
	}
}

// damaged returns the error of the first value that isn't text, if there is one,
// and notes a character that was lost before.
func (s *records) damaged(fields []string, begun int) error {
	for i, value := range fields {
		if err := checkText(value, "save the file as CSV UTF-8 or convert it"); err != nil {
			return s.bad(fields, i, begun, err)
		}
		if s.lost == 0 && strings.Contains(value, lost) {
			s.lost = begun
		}
	}
	return nil
}

// bad returns the error of the record that was read last, at its value i.
func (s *records) bad(fields []string, i, begun int, err error) *RowError {
	line, column := s.csv.FieldPos(i)
	return &RowError{File: s.file, Line: s.extra + line, Column: column, RowLine: begun,
		Lines: s.line - begun + 1 + s.hiddenLines(fields), Err: err}
}

// hiddenLines returns the number of line ends in the bytes of UTF-16 characters.
// Lines in another encoding at the end of such a file come out as one record.
func (s *records) hiddenLines(fields []string) (lines int) {
	if !s.utf16 {
		return 0
	}
	for _, r := range strings.Join(fields, "") {
		if r > 0xff && (r&0xff == '\n' || r>>8 == '\n') {
			lines++
		}
	}
	return lines
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

// misquoted describes the three ways in which encoding/csv refuses a quote. A
// value that is never closed has taken all the rest of the file with it.
func (s *records) misquoted(bad *csv.ParseError, begun int) error {
	how := `a quote inside a quoted value must be doubled`
	switch {
	case bad.Err == csv.ErrBareQuote:
		how = `a value that holds a quote must be quoted, with the quote inside it doubled`
	case s.unclosed(bad):
		return &ReadError{File: s.file, Line: begun, Err: fmt.Errorf("%w: in the record that begins here, "+
			"a value's closing quote is missing or a quote inside it isn't doubled; nothing after it was read", ErrQuote)}
	}
	return &RowError{File: s.file, Line: s.line, Column: bad.Column, RowLine: begun,
		Lines: s.line - begun + 1, Err: fmt.Errorf("%w: %s", ErrQuote, how)}
}

// unclosed reports whether the file ended inside a quoted value: encoding/csv
// then points behind the last line, and else at a quote in it.
func (s *records) unclosed(bad *csv.ParseError) bool {
	return s.ended() && int64(bad.Column) >= s.guard.handed-s.guard.line
}

// ended reports whether all of the file has been read.
func (s *records) ended() bool {
	_, err := s.text.Peek(1)
	return err == io.EOF
}
