package xlsx

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A sheet is read row by row.
type sheet struct {
	*part
	book     *book
	number   int  // of the last row
	inRows   bool // inside sheetData
	filtered bool
	hidden   []span // columns
}

// A span is a range of columns, 1-based.
type span struct{ first, last int }

// A sheetRow is a row with what its cells show.
type sheetRow struct {
	number int
	hidden bool
	cells  []cell
}

// A cell shows a text, or has an error or a formula without a value.
type cell struct {
	column  int // 1-based
	text    string
	isError bool
	noValue bool
	long    bool // a number with more digits than Excel keeps
}

// filled reports whether a row has anything that is seen.
func (r sheetRow) filled() bool {
	for _, c := range r.cells {
		if c.isError || c.noValue || strings.TrimSpace(c.text) != "" {
			return true
		}
	}
	return false
}

func (b *book) openSheet(info sheetInfo) (*sheet, error) {
	p, err := b.openPart(info.file)
	if err != nil {
		return nil, err
	}
	return &sheet{part: p, book: b}, nil
}

// next returns the next row that has something in it. The error is io.EOF when the
// sheet has been read to its last byte.
func (s *sheet) next() (sheetRow, error) {
	for {
		token, err := s.part.next()
		if err != nil {
			return sheetRow{}, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			end, _ := token.(xml.EndElement)
			s.inRows = s.inRows && end.Name.Local != "sheetData"
			continue
		}
		switch name := start.Name.Local; {
		case name == "sheetData":
			s.inRows = true
		case name == "autoFilter":
			s.filtered = true
		case name == "col" && isTrue(attr(start, "hidden")):
			s.addHidden(start)
		case name == "row" && s.inRows:
			if row, err := s.row(start); err != nil || row.filled() {
				return row, err
			}
		}
	}
}

func (s *sheet) addHidden(start xml.StartElement) {
	first, err := strconv.Atoi(attr(start, "min"))
	last, err2 := strconv.Atoi(attr(start, "max"))
	if err == nil && err2 == nil && len(s.hidden) < excelize.MaxColumns {
		s.hidden = append(s.hidden, span{first, last})
	}
}

// row reads the row that has begun.
func (s *sheet) row(start xml.StartElement) (sheetRow, error) {
	if err := s.count(attr(start, "r")); err != nil {
		return sheetRow{}, err
	}
	row := sheetRow{number: s.number, hidden: isTrue(attr(start, "hidden"))}
	column, length := 0, 0
	for {
		token, err := s.inside()
		if err != nil {
			return row, err
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "row" {
			return row, nil
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		c, err := s.cell(start, column)
		if err != nil {
			return row, err
		}
		column, length = c.column, length+len(c.text)
		if length > s.max {
			return row, fmt.Errorf("%w: row %d has more than Options.MaxRow, %d bytes", ErrTooLarge, s.number, s.max)
		}
		if c.text != "" || c.isError || c.noValue {
			row.cells = append(row.cells, c)
		}
	}
}

// count takes the number of a row: the one that it says, or the one after the last.
func (s *sheet) count(said string) error {
	number := s.number + 1
	if said != "" {
		given, err := strconv.Atoi(said)
		if err != nil || given < number {
			return s.failure(fmt.Errorf("a row does not come after row %d", s.number))
		}
		number = given
	}
	if number > excelize.TotalRows {
		return s.failure(fmt.Errorf("it has a row after row %d, the last that a sheet can have", excelize.TotalRows))
	}
	s.number = number
	return nil
}

// inside is next inside an element, where the part must not end.
func (s *sheet) inside() (xml.Token, error) {
	token, err := s.part.next()
	if err == io.EOF {
		err = s.failure(io.ErrUnexpectedEOF)
	}
	return token, err
}

// cell reads the cell that has begun, after the one in column last.
func (s *sheet) cell(start xml.StartElement, last int) (cell, error) {
	column := last + 1
	if name := attr(start, "r"); name != "" {
		given, _, err := excelize.CellNameToCoordinates(name)
		if err != nil || given < column {
			return cell{}, s.failure(fmt.Errorf("a cell in row %d is not where it says", s.number))
		}
		column = given
	}
	if column > excelize.MaxColumns {
		return cell{}, s.failure(fmt.Errorf("row %d has too many cells", s.number))
	}
	value, err := s.content()
	if err != nil {
		return cell{}, err
	}
	return s.show(cell{column: column}, attr(start, "t"), attr(start, "s"), value)
}

// content is what stands in a cell.
type content struct {
	text     string
	formula  bool
	hasValue bool
}

func (s *sheet) content() (content, error) {
	var found content
	outside, in := s.depth-1, ""
	for {
		token, err := s.inside()
		if err != nil {
			return found, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			in = t.Name.Local
			found.formula = found.formula || in == "f"
			found.hasValue = found.hasValue || in == "v"
			if in != "is" {
				continue
			}
			if found.text, err = s.richText(); err != nil {
				return found, err
			}
			in = ""
		case xml.EndElement:
			in = ""
			if s.depth == outside {
				return found, nil
			}
		case xml.CharData:
			if in == "v" {
				found.text += string(t)
			}
		}
	}
}

// show returns a cell with what the sheet shows in it.
func (s *sheet) show(c cell, kind, style string, value content) (cell, error) {
	var err error
	switch {
	case value.formula && value.text == "" && (kind != "str" || !value.hasValue):
		c.noValue = true
	case kind == "s" && value.text != "":
		c.text, err = s.book.texts.get(strings.TrimSpace(value.text))
	case kind == "str":
		c.text = unescape(value.text)
	case kind == "inlineStr" || kind == "d":
		c.text = value.text
	case kind == "b" && value.text != "":
		c.text = strings.ToUpper(strconv.FormatBool(isTrue(strings.TrimSpace(value.text))))
	case kind == "e":
		c.isError = true
	case strings.TrimSpace(value.text) != "":
		c.text, c.long, err = s.book.formats.number(strings.TrimSpace(value.text), style)
	}
	if err != nil {
		err = fmt.Errorf("row %d: %w", s.number, err)
	}
	return c, err
}
