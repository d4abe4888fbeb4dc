package xlsx

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// notes are what was met in a workbook that the one who made it may not expect.
type notes struct {
	about     []string // known when the list has been found
	hidden    tally    // rows
	errors    tally
	long      tally
	lost      tally
	empty     tally // rows with nothing below the header's names
	unnamed   tally // columns
	leftOut   tally // columns
	filtered  bool
	hiddenCol []span
}

// A tally is a set of numbers, of which it remembers the first few.
type tally struct {
	last  int // that was added
	count int // of numbers, if they come in order
	first []int
}

// maxShown is how many numbers of rows or columns a note names.
const maxShown = 5

func (t *tally) add(n int) {
	if t.count == 0 || n != t.last {
		t.count++
	}
	t.last = n
	if len(t.first) < maxShown && !slices.Contains(t.first, n) {
		t.first = append(t.first, n)
	}
}

// rows lists the rows: "row 3", or "rows 3, 7", or "rows 3, 7, 8, 9, 11, … (2000 in all)".
func (t *tally) rows() string {
	list := strings.Trim(fmt.Sprint(t.first), "[]")
	list = strings.ReplaceAll(list, " ", ", ")
	switch {
	case t.count == 1:
		return "row " + list
	case t.count > maxShown:
		return fmt.Sprintf("rows %s, … (%d in all)", list, t.count)
	}
	return "rows " + list
}

// columns lists the columns by their letters.
func (t *tally) columns() string {
	var names []string
	for _, n := range t.first {
		name, _ := excelize.ColumnNumberToName(n) // can't fail: it was a cell's
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// newNotes returns what is known when the list has been found.
func newNotes(b *book, at place) *notes {
	n := &notes{}
	var others []string
	for _, info := range b.sheets {
		switch {
		case info.file == at.sheet.file:
		case info.hidden:
			others = append(others, fmt.Sprintf("%q (hidden)", info.name))
		default:
			others = append(others, fmt.Sprintf("%q", info.name))
		}
	}
	if len(others) > 0 {
		n.about = append(n.about, fmt.Sprintf("the list is sheet %q; not read: %s", at.sheet.name,
			strings.Join(others, ", ")))
	}
	if at.sheet.hidden {
		n.about = append(n.about, fmt.Sprintf("sheet %q is hidden", at.sheet.name))
	}
	if len(at.above) > 0 {
		above := tally{}
		for _, row := range at.above {
			above.add(row)
		}
		n.about = append(n.about, fmt.Sprintf("the header is row %d; above it, %s: no accounts", at.header.number,
			above.rows()))
	}
	return n
}

// cell notes what is odd about a cell in a row.
func (n *notes) cell(c cell, row int) {
	if c.isError {
		n.errors.add(row)
	}
	if c.long {
		n.long.add(row)
	}
	if strings.ContainsRune(c.text, '\uFFFD') {
		n.lost.add(row)
	}
}

// end notes what is known at the end of the sheet.
func (n *notes) end(s *sheet) { n.filtered, n.hiddenCol = s.filtered, s.hidden }

func (n *notes) list() []string {
	list := slices.Clone(n.about)
	add := func(t tally, format string, args ...any) {
		if t.count > 0 {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	filter := ""
	if n.filtered {
		filter = "; the sheet has a filter"
	}
	var columns tally
	for _, s := range n.hiddenCol {
		columns.add(s.first)
	}
	add(n.hidden, "hidden in the sheet, and read as well: %s%s", n.hidden.rows(), filter)
	add(columns, "hidden in the sheet, and read as well: columns from %s on", columns.columns())
	add(n.errors, "cells with an error, such as #N/A, are read as empty: %s", n.errors.rows())
	add(n.long, "numbers with more than the 15 digits that Excel keeps, so that the last ones may be wrong: %s",
		n.long.rows())
	add(n.lost, "U+FFFD in a value, where a character was lost before: %s", n.lost.rows())
	add(n.unnamed, "left out, as they have no name: columns %s", n.unnamed.columns())
	add(n.leftOut, "left out, as they have the name of another: columns %s", n.leftOut.columns())
	add(n.empty, "no accounts, as nothing stands below the names of columns: %s", n.empty.rows())
	return list
}
