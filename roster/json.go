package roster

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A jsonSource reads the objects of a list: of an array, of lines, or of pages such
// as those of SCIM and Microsoft Graph, one after another.
type jsonSource struct {
	file  string
	text  *jsonText
	dec   *json.Decoder
	twice string // a name that is there twice in the object being read

	inList bool
	first  json.Token // the beginning of the list's first object, if it was read
	page   *page      // around the list, or nil
	rows   int        // objects so far
	last   int        // line of the last one
	tops   int        // values outside all others so far
	total  int        // the greatest number of accounts that a page speaks of
	more   bool       // the last page says that another follows
}

func newJSONSource(text *bufio.Reader, o Options) *jsonSource {
	s := &jsonSource{file: o.Name, text: &jsonText{src: text, max: int64(o.MaxRecord)}}
	s.dec = json.NewDecoder(s.text)
	s.dec.UseNumber()
	return s
}

func (s *jsonSource) offset() int64 { return s.dec.InputOffset() }

func (s *jsonSource) doubt() (int, string) { return 0, "" }

func (s *jsonSource) next() (entry, error) {
	for {
		s.text.begin = s.dec.InputOffset()
		var r entry
		var found bool
		var err error
		switch {
		case s.inList:
			r, found, err = s.element()
		case s.page != nil:
			r, found, err = s.members()
		default:
			r, found, err = s.outside()
		}
		if found || err != nil {
			return r, err
		}
	}
}

// element reads the next object of a list, or the end of the list.
func (s *jsonSource) element() (r entry, found bool, err error) {
	token := s.first
	s.first = nil
	if token == nil {
		found = s.dec.More()
		if token, err = s.dec.Token(); err != nil {
			return r, false, s.stopped(err)
		}
		if !found {
			s.inList = false
			return r, false, nil
		}
	}
	r, err = s.object(token)
	return r, true, err
}

// outside reads the beginning of the next value that is in no other.
func (s *jsonSource) outside() (r entry, found bool, err error) {
	if !s.dec.More() {
		return r, false, s.finish()
	}
	token, err := s.dec.Token()
	if err != nil {
		return r, false, s.stopped(err)
	}
	s.tops++
	switch token {
	case json.Delim('['):
		s.inList = true
	case json.Delim('{'):
		s.page = &page{line: s.text.lineAt(s.dec.InputOffset()), before: s.rows,
			node: node{kind: '{'}}
	default:
		err = s.fail(fmt.Errorf("%w: there is a value outside all objects; a list of objects is needed", ErrNotList))
	}
	return r, false, err
}

// object returns the object of a list that begins with a token.
func (s *jsonSource) object(token json.Token) (entry, error) {
	begin := s.dec.InputOffset()
	line := s.text.lineAt(begin)
	if s.rows == 0 && token != json.Delim('{') {
		return entry{}, s.fail(fmt.Errorf("%w: the list holds no objects, so its values have no names; "+
			`export it as [{"mail": "..."}, ...]`, ErrNotList))
	}
	s.twice = ""
	n, err := s.value(token, 0)
	if err != nil {
		return entry{}, s.stopped(err)
	}
	return s.entry(n, line)
}

// entry returns the entry of an object that was read.
func (s *jsonSource) entry(n node, line int) (entry, error) {
	end := s.dec.InputOffset()
	if end-s.text.begin > s.text.max {
		return entry{}, s.stopped(errLimit)
	}
	if isPage(n) {
		return entry{}, s.fail(fmt.Errorf("%w: pages stand in an array; put them one after another, without one", ErrNotList))
	}
	s.rows++
	values := flatten(n)
	lines := s.text.lineAt(end) - line + 1
	line = max(line, s.last+1) // others tell rows apart by their lines
	s.last = line
	r := entry{line: line, lines: lines, values: values.values, ask: n.ask}
	if _, removed := n.member("@removed"); removed {
		r.what = "an object that was removed"
	}
	if n.kind != '{' {
		r.values = nil
	}
	if err := s.wrong(n, values, s.text.damaged(end)); err != nil {
		r.err = s.bad(r, err)
	}
	for _, path := range values.more {
		r.unknown = append(r.unknown, unknownValue{path, s.bad(r, fmt.Errorf(
			"%w: only a first page of %q is here; export it with all of them", ErrIncomplete, Printable(path)))})
	}
	for _, path := range values.cut {
		r.unknown = append(r.unknown, unknownValue{path, &ReadError{File: s.file, Line: line, Err: fmt.Errorf(
			"%w: ConvertTo-Json has cut %q short; give it -Depth 10", ErrIncomplete, Printable(path))}})
	}
	return r, nil
}

// wrong returns what is wrong with an object that was read, or nil.
func (s *jsonSource) wrong(n node, values *flattener, damaged bool) error {
	twice := cmp.Or(s.twice, values.twice)
	switch {
	case n.kind != '{':
		return fmt.Errorf("%w: it is no object", ErrNotRow)
	case damaged:
		return fmt.Errorf("%w: the object holds bytes that aren't UTF-8; save the file as UTF-8", ErrEncoding)
	case twice != "":
		return fmt.Errorf("%w: the object has %q twice", ErrSyntax, Printable(twice))
	case slices.ContainsFunc(values.values, func(v namedValue) bool { return strings.Contains(v.text(), "\x00") }):
		return fmt.Errorf("%w: a value holds a NUL character", ErrBinary)
	}
	return nil
}

func (s *jsonSource) bad(r entry, err error) *RowError {
	return &RowError{File: s.file, Line: r.line, RowLine: r.line, Lines: r.lines, Err: err}
}

// fail returns the error after which nothing follows.
func (s *jsonSource) fail(err error) error {
	return &ReadError{File: s.file, Line: s.text.lineAt(s.dec.InputOffset()), Err: err}
}

// stopped returns the error of a text that can't be read on.
func (s *jsonSource) stopped(err error) error {
	_, syntax := err.(*json.SyntaxError)
	switch {
	case err == errLimit:
		err = fmt.Errorf("%w: the object that begins here has more than %d bytes; nothing after it was read",
			ErrTooLong, s.text.max)
		return &ReadError{File: s.file, Line: s.text.lineAt(s.text.begin), Err: err}
	case err == io.EOF, err == io.ErrUnexpectedEOF:
		err = fmt.Errorf("%w: the file ends in the middle of the list; get it anew", ErrIncomplete)
	case errors.Is(err, ErrSyntax):
	case syntax:
		err = fmt.Errorf("%w: this is no JSON from here on; export the list anew", ErrSyntax)
	default:
		err = fmt.Errorf("reading stopped here: %w", err)
	}
	return s.fail(err)
}
