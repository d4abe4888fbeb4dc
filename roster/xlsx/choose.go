package xlsx

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// maxTitles is how many rows may stand above the header.
const maxTitles = 100

// A place is where the list is: a sheet, its header, and the rows above it.
type place struct {
	sheet  sheetInfo
	header sheetRow
	above  []int // numbers of rows that have something in them
}

// choose returns where the list is.
func (b *book) choose() (place, error) {
	var found []place
	var reasons []string
	for _, info := range b.sheets {
		named := b.opts.Sheet != "" && roster.Fold(info.name) == roster.Fold(b.opts.Sheet)
		if !named && (b.opts.Sheet != "" || info.hidden) {
			continue
		}
		at, reason, err := b.find(info)
		if err != nil {
			return place{}, fmt.Errorf("sheet %q: %w", info.name, err)
		}
		if reason != "" {
			reasons = append(reasons, fmt.Sprintf("%q %s", info.name, reason))
			continue
		}
		found = append(found, at)
	}
	// Without columns, a sheet whose first row may be a title is as good as any other.
	if len(found) == 1 && (len(b.opts.Columns) > 0 || !slices.ContainsFunc(reasons, hasRows)) {
		return found[0], nil
	}
	return place{}, b.unclear(found, reasons)
}

// hasRows reports whether a sheet that isn't the list, for that reason, has rows.
func hasRows(reason string) bool { return !strings.HasSuffix(reason, emptySheet) }

const emptySheet = "has no rows"

// unclear returns the error of a workbook that has several sheets with the list, or none.
func (b *book) unclear(found []place, reasons []string) error {
	var names []string
	for _, at := range found {
		names = append(names, fmt.Sprintf("%q", at.sheet.name))
	}
	list := strings.Join(names, ", ")
	switch {
	case len(found) > 1 && len(b.opts.Columns) == 0:
		return fmt.Errorf("%w: %s have rows; name the sheet (Options.Sheet) or its columns (Options.Columns)",
			ErrSheet, list)
	case len(found) > 1:
		return fmt.Errorf("%w: %s have the columns; name the sheet (Options.Sheet)", ErrSheet, list)
	case len(reasons) > 0:
		return fmt.Errorf("%w: sheet %s%s", ErrSheet, strings.Join(reasons, "; sheet "), b.hiddenNote())
	case b.opts.Sheet == "":
		return fmt.Errorf("%w: it has no visible sheet%s", ErrSheet, b.hiddenNote())
	}
	for _, info := range b.sheets {
		names = append(names, fmt.Sprintf("%q", info.name))
	}
	return fmt.Errorf("%w: there is no sheet %q; it has: %s", ErrSheet, b.opts.Sheet, strings.Join(names, ", "))
}

// hiddenNote says which hidden sheets were not looked at.
func (b *book) hiddenNote() string {
	var names []string
	for _, info := range b.sheets {
		if info.hidden && b.opts.Sheet == "" {
			names = append(names, fmt.Sprintf("%q", info.name))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; hidden sheets are read only by name (Options.Sheet): " + strings.Join(names, ", ")
}

// find looks for the header in a sheet; reason says why there is none.
func (b *book) find(info sheetInfo) (at place, reason string, err error) {
	s, err := b.openSheet(info)
	if err != nil {
		return at, "", err
	}
	defer s.file.Close()
	at.sheet = info
	fewest := b.opts.Columns
	for len(at.above) <= maxTitles {
		row, err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return at, "", err
		}
		missing := lacks(row, b.opts.Columns)
		if len(missing) == 0 {
			at.header = row
			reason, err := s.doubtHeader(row)
			return at, reason, err
		}
		if len(missing) < len(fewest) {
			fewest = missing
		}
		at.above = append(at.above, row.number)
	}
	return at, noHeader(at, fewest), nil
}

// noHeader says why no row is the header; the best of them lacks some columns.
func noHeader(at place, missing []string) string {
	switch {
	case len(at.above) == 0:
		return emptySheet
	case len(missing) == 1:
		return fmt.Sprintf("has no column %q in its first rows", missing[0])
	}
	return fmt.Sprintf("has no columns %q in its first rows", missing)
}

// doubtHeader says why a row may be a title rather than the header, where no columns
// tell: it has one value, and the next row goes on to the right of it.
func (s *sheet) doubtHeader(header sheetRow) (string, error) {
	if len(s.book.opts.Columns) > 0 || len(header.cells) > 1 {
		return "", nil
	}
	next, err := s.next()
	if err != nil && err != io.EOF {
		return "", err
	}
	if n := len(next.cells); n > 1 && next.cells[n-1].column > header.cells[0].column {
		return fmt.Sprintf("has one value in row %d and several in row %d: if the first is a title, "+
			"name the columns (Options.Columns)", header.number, next.number), nil
	}
	return "", nil
}

// lacks returns the wanted columns that a row does not name.
func lacks(row sheetRow, wanted []string) (missing []string) {
	names := map[string]bool{}
	for _, c := range row.cells {
		names[canonical(c.text)] = true
	}
	for _, column := range wanted {
		if !names[canonical(column)] {
			missing = append(missing, column)
		}
	}
	return missing
}

// canonical is how column names are compared.
func canonical(name string) string { return roster.Fold(strings.TrimSpace(name)) }
