package xlsx

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/rollcall-go/rollcall/roster"
)

// A table is the list in a sheet.
type table struct {
	book   *book
	at     place
	header *roster.Header
	fields map[int]int // the field of a column, or leftOut
	notes  *notes
}

// leftOut is the field of a column that has the name of another.
const leftOut = -1

// newTable returns the table under a header.
func (b *book) newTable(at place) (*table, error) {
	t := &table{book: b, at: at, fields: map[int]int{}, notes: newNotes(b, at)}
	for _, c := range at.header.cells {
		if c.noValue {
			return nil, &roster.ReadError{File: b.opts.Name, Line: at.header.number, Column: c.column,
				Err: formulaError(c, at.header.number)}
		}
	}
	names, err := t.names()
	if err != nil {
		return nil, err
	}
	t.header, err = roster.NewHeader(b.opts.Name, names)
	return t, err
}

// names returns the names of the columns that are kept.
func (t *table) names() (names []string, err error) {
	repeated, taken := t.repeated(), map[string]int{}
	for _, c := range t.at.header.cells {
		name := canonical(c.text)
		switch first, twice := taken[name]; {
		case name == "":
			continue
		case repeated[name]:
			t.notes.leftOut.add(c.column)
			t.fields[c.column] = leftOut
			continue
		case twice:
			return nil, &roster.HeaderError{File: t.book.opts.Name, Column: c.column, Name: c.text,
				Reason: fmt.Sprintf("has the same name as column %d: rename one of them", first)}
		}
		taken[name] = c.column
		t.fields[c.column] = len(names)
		names = append(names, c.text)
	}
	if len(names) == 0 {
		return nil, &roster.ReadError{File: t.book.opts.Name, Line: t.at.header.number, Err: fmt.Errorf(
			"%w: a row with the names of the columns is needed", roster.ErrEmpty)}
	}
	return names, nil
}

// repeated returns the names that several columns have, and that are not wanted.
func (t *table) repeated() map[string]bool {
	count := map[string]int{}
	for _, c := range t.at.header.cells {
		count[canonical(c.text)]++
	}
	for _, column := range t.book.opts.Columns {
		delete(count, canonical(column))
	}
	found := map[string]bool{}
	for name, n := range count {
		found[name] = n > 1 && len(t.book.opts.Columns) > 0
	}
	return found
}

// rows yields the rows below the header.
func (t *table) rows(yield func(roster.Row, error) bool) {
	s, err := t.book.openSheet(t.at.sheet)
	if err != nil {
		yield(roster.Row{}, &roster.ReadError{File: t.book.opts.Name, Err: err})
		return
	}
	defer s.file.Close()
	for {
		row, err := s.next()
		switch {
		case err == io.EOF:
			t.notes.end(s)
			for _, note := range t.notes.list() {
				t.header.AddNote(note)
			}
			return
		case err != nil:
			yield(roster.Row{}, &roster.ReadError{File: t.book.opts.Name, Line: s.number + 1, Err: fmt.Errorf(
				"sheet %q: %w", t.at.sheet.name, err)})
			return
		case row.number <= t.at.header.number:
			continue
		}
		if fields, err := t.row(row); fields != nil && !yield(roster.NewRow(t.header, row.number, fields), err) {
			return
		}
	}
}

// row returns the values of a row, and a *RowError if it can't be read; nil if it has
// none below the header's names.
func (t *table) row(row sheetRow) ([]string, error) {
	fields := make([]string, len(t.header.Columns()))
	seen, errors := false, 0
	var bad error
	for _, c := range row.cells {
		i, named := t.fields[c.column]
		if !named {
			t.notes.unnamed.add(c.column)
			continue
		}
		if i == leftOut {
			continue
		}
		seen = true
		fields[i] = c.text
		t.notes.cell(c, row.number)
		if c.isError {
			errors++
		}
		if err := check(c, row.number); err != nil && bad == nil {
			bad = &roster.RowError{File: t.book.opts.Name, Line: row.number, Column: c.column,
				RowLine: row.number, Lines: 1, Err: err}
		}
	}
	if !seen {
		t.notes.empty.add(row.number)
		return nil, nil
	}
	if row.hidden {
		t.notes.hidden.add(row.number)
	}
	if bad == nil && errors > 0 && !slices.ContainsFunc(fields, func(text string) bool { return text != "" }) {
		bad = &roster.RowError{File: t.book.opts.Name, Line: row.number, RowLine: row.number, Lines: 1, Err: fmt.Errorf(
			"%w: no cell has a value, and one an error such as #REF!; mend it in Excel", ErrNoValue)}
	}
	return fields, bad
}

// check returns what makes a row with this cell unreadable.
func check(c cell, row int) error {
	switch {
	case c.noValue:
		return formulaError(c, row)
	case strings.IndexByte(c.text, 0) >= 0:
		return fmt.Errorf("%w: cell %s holds a NUL character; take it out", roster.ErrBinary, cellName(c, row))
	case !utf8.ValidString(c.text):
		return fmt.Errorf("%w: cell %s holds a damaged character", roster.ErrEncoding, cellName(c, row))
	}
	return nil
}

func formulaError(c cell, row int) error {
	return fmt.Errorf("%w: cell %s was saved by a program that does not calculate; open the workbook in Excel and save it",
		ErrNoValue, cellName(c, row))
}

func cellName(c cell, row int) string {
	name, err := excelize.CoordinatesToCellName(c.column, row)
	if err != nil {
		return fmt.Sprintf("%d of row %d", c.column, row)
	}
	return name
}
