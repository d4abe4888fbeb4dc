package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// An ldifSource reads the entries of LDIF, as ldifde and ldapsearch write it.
// https://www.rfc-editor.org/rfc/rfc2849
type ldifSource struct {
	file    string
	text    *bufio.Reader
	max     int
	read    int64
	line    int       // lines read
	ahead   *ldifLine // read, but part of the next entry
	buf     []byte
	newline bool // the last line has its end
	noEnd   bool // that it has none is no doubt

	entries  int
	expected int  // number of entries that ldapsearch says it wrote, or 0
	extended bool // ldapsearch wrote it, and so writes a result at the end
	result   bool
}

// An ldifLine is a line with those that continue it.
type ldifLine struct {
	line, end int // the first of them and the last
	text      string
}

func newLDIFSource(text *bufio.Reader, o Options) *ldifSource {
	return &ldifSource{file: o.Name, text: text, max: o.MaxRecord, newline: true, noEnd: o.NoLineEnd}
}

func (s *ldifSource) offset() int64 { return s.read }

func (s *ldifSource) doubt() (int, string) {
	switch {
	case !s.newline && !s.noEnd:
		return s.line, "the last line has no line end, so the file may be cut short; " +
			"export it anew, or add a line end if it is whole"
	case s.extended && !s.result:
		return s.line, `the line "result: 0 Success" is missing, which ldapsearch writes at the end; export the list anew`
	}
	return 0, ""
}

// rawLine returns the next line without its end, valid until the next call.
func (s *ldifSource) rawLine(room int) ([]byte, error) {
	s.buf = s.buf[:0]
	for {
		part, err := s.text.ReadSlice('\n')
		s.buf = append(s.buf, part...)
		s.read += int64(len(part))
		switch {
		case len(s.buf) > room:
			return nil, s.fail(s.line+1, fmt.Errorf("%w: the entry here has more than %d bytes; nothing after it was read",
				ErrTooLong, s.max))
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(s.buf) == 0:
			return nil, io.EOF
		case err != nil && err != io.EOF:
			return nil, s.fail(s.line+1, fmt.Errorf("reading stopped here: %w", err))
		}
		s.line++
		s.newline = err == nil
		return bytes.TrimSuffix(bytes.TrimSuffix(s.buf, []byte("\n")), []byte("\r")), nil
	}
}

// logicalLine returns the next line that is no comment, with those that continue it.
func (s *ldifSource) logicalLine(room int) (ldifLine, error) {
	for {
		raw, err := s.rawLine(room)
		if err != nil {
			return ldifLine{}, err
		}
		line := ldifLine{line: s.line}
		text := append([]byte(nil), raw...)
		for s.continued() {
			if raw, err = s.rawLine(room - len(text)); err != nil {
				return line, err
			}
			text = append(text, raw[1:]...)
		}
		line.text, line.end = string(text), s.line
		if !strings.HasPrefix(line.text, "#") {
			return line, nil
		}
		s.comment(line.text)
	}
}

// continued reports whether the next line continues the one before.
func (s *ldifSource) continued() bool {
	next, _ := s.text.Peek(1)
	return len(next) == 1 && next[0] == ' '
}

var numEntries = regexp.MustCompile(`^# numEntries: ([0-9]{1,9})$`)

// comment takes notice of what ldapsearch says in comments.
func (s *ldifSource) comment(text string) {
	s.extended = s.extended || text == "# extended LDIF"
	if found := numEntries.FindStringSubmatch(text); found != nil {
		n, _ := strconv.Atoi(found[1]) // can't fail: it matches
		s.expected += n
	}
}

// block returns the lines up to the next blank one, or to the next line with a dn.
func (s *ldifSource) block() ([]ldifLine, error) {
	var lines []ldifLine
	room := s.max
	for {
		line, err := s.take(room)
		switch {
		case err == io.EOF && len(lines) > 0:
			return lines, nil
		case err != nil:
			return nil, err
		case line.text == "" && len(lines) > 0:
			return lines, nil
		case line.text == "":
			continue
		case len(lines) > 0 && isDN(line.text) && !isVersion(lines):
			s.ahead = &line
			return lines, nil
		}
		room -= len(line.text)
		lines = append(lines, line)
	}
}

// take returns the line that was read ahead, or the next one.
func (s *ldifSource) take(room int) (ldifLine, error) {
	if s.ahead != nil {
		line := *s.ahead
		s.ahead = nil
		return line, nil
	}
	return s.logicalLine(room)
}

func isDN(line string) bool { return len(line) >= 3 && strings.EqualFold(line[:3], "dn:") }

// isVersion reports whether lines are no more than "version: 1", after which an
// entry may follow at once.
func isVersion(lines []ldifLine) bool {
	return len(lines) == 1 && strings.HasPrefix(Fold(lines[0].text), "version:")
}

func (s *ldifSource) fail(line int, err error) error {
	return &ReadError{File: s.file, Line: line, Err: err}
}
