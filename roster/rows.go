package roster

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// A record is what is known of a row before it is yielded.
type record struct {
	fields []string
	line   int
	lines  int
	what   string    // what it is, if it is no account
	bad    *RowError // why it can't be read
	doubt  *RowError // why it can't be, unless what stands around it says that it can
	short  bool      // it has fewer values than the header
	loose  bool      // one value alone, after a blank line or another such record
}

// maxHeld is how many records in doubt are kept until what follows them is known. They
// are fewer if their text is longer than a record may be.
const maxHeld = 1000

// rows yields the rows under a header that has width columns in the file.
func (s *records) rows(header *Header, width int, yield func(Row, error) bool) {
	var held []record
	size := 0 // of their text
	for {
		var rec record
		err := s.record(header, width, &rec)
		if err == nil && len(held) == 0 && rec.isRow() {
			if !yield(NewRow(header, rec.line, rec.fields), nil) {
				return
			}
			continue
		}
		if err != nil {
			settle(held, len(header.names), err == io.EOF)
			if s.yieldAll(header, held, yield) && err != io.EOF {
				yield(Row{}, err)
			}
			return
		}
		held = append(held, rec)
		n := len(held)
		if size += len(s.raw); (rec.doubt != nil || rec.loose) && n < maxHeld && size < s.lines.max {
			continue
		}
		size = 0
		settle(held, len(header.names), false)
		if rec.doubt != nil {
			n-- // the next one may be the rest of it
		}
		if !s.yieldAll(header, held[:n], yield) {
			return
		}
		held = append(held[:0], held[n:]...)
	}
}

// isRow reports whether a record is a row whatever stands around it.
func (r *record) isRow() bool { return r.what == "" && r.bad == nil && r.doubt == nil && !r.short }

// yieldAll yields records as rows, but for those that are no accounts, and reports
// whether there should be more.
func (s *records) yieldAll(header *Header, list []record, yield func(Row, error) bool) bool {
	for _, rec := range list {
		if rec.what != "" {
			header.passed(rec.what, rec.line, rec.lines)
			continue
		}
		fields, err := rec.fields, error(nil)
		if rec.bad != nil {
			err = rec.bad
		} else if missing := len(header.names) - len(fields); missing > 0 {
			fields = append(fields, make([]string, missing)...)
		}
		if !yield(NewRow(header, rec.line, fields), err) {
			return false
		}
	}
	return true
}

// PassOver yields rows but for those that are no accounts, such as the heading again or a
// total, which it adds to [Header.Notes]. What may be an account is a [*RowError] that
// wraps [ErrNotRow]. It is for [FromRows], where people may have written the rows, as in
// a workbook; a text has been through it.
func PassOver(header *Header, rows iter.Seq2[Row, error]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range rows {
			what, sure := "", false
			if err == nil && len(row.fields) > 0 {
				what, sure = header.furniture(row.fields, nil)
			}
			if sure {
				header.passed(what, row.line, 1)
				continue
			}
			if what != "" {
				err = &RowError{File: header.file, Line: row.line, RowLine: row.line, Lines: 1, Err: notRow(what)}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func notRow(what string) error {
	return fmt.Errorf("%w: it looks like %s; take the line out of the list", ErrNotRow, what)
}

// record sets rec to the next record. Its error is io.EOF or a *ReadError.
func (s *records) record(header *Header, width int, rec *record) error {
	before := s.lines.n
	fields, err := s.next()
	bad, isRow := err.(*RowError)
	if err != nil && !isRow {
		return err
	}
	skipped := s.skips(s.begun, withoutEnd(s.raw))
	if !skipped && !s.allAccounts && hasFailed(s.raw) {
		return &ReadError{File: s.file, Line: s.begun, Err: fmt.Errorf(
			"%w: this is the message of a query that failed before its last row; run it again", ErrIncomplete)}
	}
	*rec = record{fields: fields, line: s.begun, lines: s.lines.n - s.begun + 1, bad: bad}
	if bad == nil {
		s.check(header, rec, width)
	}
	if s.split.starts != nil && rec.isRow() && !s.allAccounts && (s.begun > before+1 || s.loose) && isAlone(fields) {
		fields = fields[:1]
		rec.fields, rec.doubt = fields, s.bad(0, notRow("what a program prints below the rows"))
		if footer.MatchString(fields[0]) {
			rec.what, rec.doubt = aFooter, nil
		}
	}
	if skipped {
		rec.bad, rec.doubt, rec.what = nil, nil, "excluded"
	}
	rec.loose = len(fields) == 1 && (rec.doubt != nil || rec.what == aFooter) && (s.begun > before+1 || s.loose)
	s.loose = rec.loose
	for _, err := range []*RowError{rec.bad, rec.doubt} {
		if err != nil {
			err.Text = string(withoutEnd(s.raw))
		}
	}
	return nil
}

// isAlone reports whether the first value alone has text, which is no address.
func isAlone(fields []string) bool {
	return len(fields) > 0 && isEmpty(fields[1:]) && !strings.Contains(fields[0], "@")
}

// skips reports whether the caller said that a record is no account.
func (s *records) skips(line int, text []byte) bool {
	return s.skip != nil && s.skip.Match(text) || slices.Contains(s.skipLines, line)
}

// check says in rec what a record is.
func (s *records) check(header *Header, rec *record, width int) {
	if !s.allAccounts {
		what, sure := header.furniture(rec.fields, s.raw)
		if what != "" && sure {
			rec.what = what
			return
		}
		if what != "" {
			rec.bad = s.bad(0, notRow(what))
			return
		}
	}
	if rec.bad = s.checkLines(header, rec.fields, width); rec.bad != nil {
		return
	}
	n, named := len(rec.fields), len(header.names)
	switch {
	case n > named:
		rec.bad = s.checkSurplus(rec.fields, named, width)
	case n < named:
		rec.short = true
		if err := s.miscounted(rec.fields, n-1, named, "is a line break or a separator missing?"); !s.hasAddress(rec.fields) {
			rec.doubt = err
		}
	default:
		s.findAddress(rec.fields)
	}
}

// checkSurplus returns an error unless the values beyond the named columns are empty.
func (s *records) checkSurplus(fields []string, named, width int) *RowError {
	i := slices.IndexFunc(fields[named:], func(v string) bool { return strings.Trim(v, " \t") != "" })
	switch {
	case i < 0:
		return nil
	case named+i < width:
		return s.miscounted(fields, named+i, named, "this one has no column name above it")
	}
	return s.miscounted(fields, max(named+i, width), named, "a value that holds the separator must be quoted")
}

// miscounted returns the error of a record whose field at is where it goes wrong.
func (s *records) miscounted(fields []string, at, named int, hint string) *RowError {
	return s.bad(at, fmt.Errorf(
		"%w: %d in a row under %d column names; %s", ErrFieldCount, len(fields), named, hint))
}

// findAddress notes in which column whole rows have an address.
func (s *records) findAddress(fields []string) {
	if s.address == 0 {
		s.address = 1 + slices.IndexFunc(fields, func(v string) bool { return strings.Contains(v, "@") })
	}
}

// hasAddress reports whether a short record begins as a row does: it has an address
// where whole rows have one. It lacks nothing but empty values then.
func (s *records) hasAddress(fields []string) bool {
	return s.address > 0 && s.address <= len(fields) && strings.Contains(fields[s.address-1], "@")
}

// settle decides what records in doubt are, of which the last may be a sure one.
// Short ones are rows, unless two of them may be one row that a line break divides.
// The lines with one value at the end of the file are a footer, if one looks like it.
func settle(list []record, named int, ended bool) {
	for i := range list {
		rec := &list[i]
		if rec.doubt == nil {
			continue
		}
		rest := func(j int) bool {
			return j >= 0 && j < len(list) && list[j].doubt != nil && len(list[j].fields)+len(rec.fields) == named+1
		}
		if len(rec.fields) == 1 || rest(i-1) || rest(i+1) {
			rec.bad = rec.doubt
		}
	}
	footer := len(list)
	for ended && footer > 0 && (list[footer-1].loose || list[footer-1].what == aFooter) {
		footer--
	}
	if slices.ContainsFunc(list[footer:], func(rec record) bool { return rec.what == aFooter }) {
		for i := range list[footer:] {
			list[footer+i].what = aFooter
		}
	}
}

// doubt notes in the header what is doubtful about the rows that were read.
func (s *records) doubt(header *Header, noLineEnd bool) {
	if s.doubted > 0 {
		header.addDoubt(s.doubted, s.why)
	}
	if end := s.lines.last; !noLineEnd && s.lines.ended() && end != '\n' && end != '\r' && end != ctrlZ {
		header.addDoubt(s.lines.n, "the last line has no line end, so the file may be cut short; "+
			"export it anew, or add a line end if it is whole")
	}
}
