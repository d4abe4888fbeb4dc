package roster

import (
	"bytes"
	"strings"
)

// escaped divides the rest of a value in which a backslash means something. \N is
// no value.
func (s *splitter) escaped(line []byte, i, offset int) (int, state) {
	if null := []byte(`\N`); bytes.HasPrefix(line[i:], null) && s.endsAt(line, i+len(null)) {
		return s.end(line, i+len(null)), state{}
	}
	for !s.endsAt(line, i) {
		n := 1
		if line[i] != '\\' {
			s.text = append(s.text, line[i])
		} else if n = s.unescape(line[i+1:]); n == 0 {
			return 0, state{bad: &quoteError{offset + i, unknownEscape}}
		}
		i += n
		if i > len(line) {
			return -1, state{joined: true}
		}
	}
	return s.end(line, i), state{}
}

const unknownEscape = `a backslash must be doubled, or stand before one of N t n r b f v 0 Z " '; ` +
	`if this list has no such escapes, set Options.Quoting`

// unescape adds what a backslash and the text behind it mean, and returns how many
// bytes that is; 0 if it means nothing. A line break is left to who adds lines.
func (s *splitter) unescape(rest []byte) int {
	const from, to = "tnrbfv0Z", "\t\n\r\b\f\v\x00\x1a"
	if len(rest) == 0 {
		return 2
	}
	c := rest[0]
	if i := strings.IndexByte(from, c); i >= 0 {
		c = to[i]
	} else if strings.IndexByte(`\"'`+s.comma, c) < 0 {
		return 0
	}
	s.text = append(s.text, c)
	return 2
}
