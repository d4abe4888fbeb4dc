package roster

import (
	"bytes"
	"strings"
)

// A form says how the text of a list is divided into values.
type form struct {
	comma  string
	quote  byte  // encloses values; 0 if quotes mean nothing
	escape bool  // a backslash gives the next character another meaning, as in MySQL's and PostgreSQL's files
	spaced bool  // spaces may stand between a separator and a quote
	whole  bool  // each line is one quoted value, which holds the row
	padded bool  // the spaces around values are none of theirs
	boxed  bool  // each line begins and ends with a separator
	wraps  bool  // a + at a value's end says that it goes on below, as psql prints it
	starts []int // of columns of fixed width, in characters; there is no separator then
}

// A splitter divides records into values.
type splitter struct {
	form
	width int // values expected, to make room for
	text  []byte
	ends  []int // of the values in text
	at    []int // where the values begin in the record
}

// A quoteError says what is wrong with a quote, and where in the record it stands.
type quoteError struct {
	at   int
	what string
}

const (
	bareQuote    = "a value that holds a quote must be quoted, with the quote inside it doubled"
	formulaQuote = "this is a formula, whose quotes must be doubled; better export values than formulas"
	innerQuote   = "a quote inside a quoted value must be doubled"
)

// A state is how far a record has been divided.
type state struct {
	quoted bool // inside a quoted value, which goes on in the next line
	joined bool // inside a value whose line break was escaped
	bad    *quoteError
}

func (s state) open() bool { return s.bad == nil && (s.quoted || s.joined) }

// simple returns the values of a line in which quotes only enclose values, as in
// most lines; ok is false for other lines. The values share one string.
func (s *splitter) simple(line []byte) (fields []string, ok bool) {
	if s.escape && bytes.IndexByte(line, '\\') >= 0 {
		return nil, false
	}
	text := string(line)
	fields = make([]string, 0, max(s.width, 1))
	quote := s.nextQuote(text, 0)
	for begin := 0; ; {
		var value, end, next int
		if begin < len(text) && quote == begin {
			value, end = begin+1, s.nextQuote(text, begin+1)
			if next = end + 1; next > len(text) {
				return nil, false
			}
			quote = s.nextQuote(text, next)
			if next < len(text) && !strings.HasPrefix(text[next:], s.comma) {
				return nil, false
			}
		} else {
			value, end = begin, begin+untilComma(text[begin:], s.comma)
			if next = end; quote < end {
				return nil, false
			}
		}
		fields = append(fields, text[value:end])
		if next == len(text) {
			return fields, true
		}
		begin = next + len(s.comma)
	}
}

// nextQuote returns the index of the first quote from i on, or the text's length.
func (s *splitter) nextQuote(text string, i int) int {
	if s.quote == 0 {
		return len(text)
	}
	if n := strings.IndexByte(text[i:], s.quote); n >= 0 {
		return i + n
	}
	return len(text)
}

// untilComma returns the index of the first separator, or the text's length.
func untilComma(text, comma string) int {
	var i int
	if len(comma) == 1 {
		i = strings.IndexByte(text, comma[0])
	} else {
		i = strings.Index(text, comma)
	}
	if i < 0 {
		return len(text)
	}
	return i
}

// begin forgets the record before.
func (s *splitter) begin() { s.text, s.ends, s.at = s.text[:0], s.ends[:0], s.at[:0] }

// add divides a further line of a record, without its end, whose first byte is at
// offset in the record.
func (s *splitter) add(line []byte, offset int, now state) state {
	i := 0
	switch {
	case now.quoted:
		s.text = append(s.text, '\n')
		i, now = s.inQuotes(line, 0, offset)
	case now.joined:
		s.text = append(s.text, '\n')
		i, now = s.bare(line, 0, offset)
	default:
		i, now = s.value(line, 0, offset)
	}
	for now.bad == nil && i >= 0 {
		i, now = s.value(line, i, offset)
	}
	return now
}

// value divides one value that begins at i, and returns where the next one
// begins, or -1 if there is none in this line.
func (s *splitter) value(line []byte, i, offset int) (int, state) {
	s.at = append(s.at, offset+i)
	if s.spaced {
		if n := len(line[i:]) - len(bytes.TrimLeft(line[i:], " ")); i+n < len(line) && line[i+n] == s.quote {
			i += n
		}
	}
	if s.quote != 0 && i < len(line) && line[i] == s.quote {
		return s.inQuotes(line, i+1, offset)
	}
	if text, next, ok := s.excelText(line, i); ok {
		s.text = append(s.text, text...)
		return s.end(line, next), state{}
	}
	return s.bare(line, i, offset)
}

// end ends a value before i, where the line ends or a separator stands.
func (s *splitter) end(line []byte, i int) int {
	s.ends = append(s.ends, len(s.text))
	if i >= len(line) {
		return -1
	}
	return i + len(s.comma)
}

// excelText reads ="00417", which is how programs write a text that Excel would
// take for a number. It returns the text and where it ends.
func (s *splitter) excelText(line []byte, i int) (text []byte, end int, ok bool) {
	if i+1 >= len(line) || line[i] != '=' || line[i+1] != '"' || s.quote != '"' {
		return nil, 0, false
	}
	text, rest, closed := bytes.Cut(line[i+2:], []byte(`"`))
	end = len(line) - len(rest)
	return text, end, closed && s.endsAt(line, end)
}

// bare divides the rest of a value without quotes.
func (s *splitter) bare(line []byte, i, offset int) (int, state) {
	if s.escape {
		return s.escaped(line, i, offset)
	}
	text := line[i:]
	if n := s.untilComma(text); n >= 0 {
		text = text[:n]
	}
	if q := bytes.IndexByte(text, s.quote); q >= 0 && s.quote != 0 {
		what := bareQuote
		if text[0] == '=' {
			what = formulaQuote
		}
		return 0, state{bad: &quoteError{offset + i + q, what}}
	}
	s.text = append(s.text, text...)
	return s.end(line, i+len(text)), state{}
}

// endsAt reports whether a value may end before i.
func (s *splitter) endsAt(line []byte, i int) bool {
	return i >= len(line) || line[i] == s.comma[0] && (len(s.comma) == 1 || bytes.HasPrefix(line[i:], []byte(s.comma)))
}

// untilComma returns the index of the first separator, or -1.
func (s *splitter) untilComma(text []byte) int {
	if len(s.comma) == 1 {
		return bytes.IndexByte(text, s.comma[0])
	}
	return bytes.Index(text, []byte(s.comma))
}

// inQuotes divides the rest of a value in quotes, from behind the first one.
func (s *splitter) inQuotes(line []byte, i, offset int) (int, state) {
	for i < len(line) {
		n := 1
		switch c := line[i]; {
		case s.escape && c == '\\':
			if n = s.unescape(line[i+1:]); n == 0 {
				return 0, state{bad: &quoteError{offset + i, unknownEscape}}
			}
		case c != s.quote:
			if n = s.untilSpecial(line[i:]); n < 0 {
				n = len(line) - i
			}
			s.text = append(s.text, line[i:i+n]...)
		case i+1 < len(line) && line[i+1] == s.quote:
			s.text = append(s.text, s.quote)
			n = 2
		default:
			return s.closed(line, i, offset)
		}
		i += n
	}
	return -1, state{quoted: true}
}

// untilSpecial returns the index of the first quote, or escape.
func (s *splitter) untilSpecial(text []byte) int {
	if s.escape {
		return bytes.IndexAny(text, string(rune(s.quote))+`\`)
	}
	return bytes.IndexByte(text, s.quote)
}

// closed ends a value whose closing quote is at i.
func (s *splitter) closed(line []byte, i, offset int) (int, state) {
	end := i + 1
	for s.spaced && end < len(line) && line[end] == ' ' {
		end++
	}
	if !s.endsAt(line, end) {
		return 0, state{bad: &quoteError{offset + i, innerQuote}}
	}
	return s.end(line, end), state{}
}

// fields returns the values that were divided so far.
func (s *splitter) fields() []string {
	text := string(s.text)
	fields := make([]string, len(s.ends), max(len(s.ends), s.width))
	begin := 0
	for i, end := range s.ends {
		fields[i] = text[begin:end]
		if end > begin && text[begin] == '=' && s.quote == '"' {
			fields[i] = unwrapExcel(fields[i])
		}
		begin = end
	}
	return fields
}

// unwrapExcel returns the text of ="text", and other values as they are.
func unwrapExcel(value string) string {
	inner, found := strings.CutPrefix(value, `="`)
	if n := len(inner) - 1; found && strings.IndexByte(inner, '"') == n && n >= 0 {
		return inner[:n]
	}
	return value
}
