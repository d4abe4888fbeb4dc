package xlsx

import (
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"github.com/xuri/nfp"
)

// maxFormats is how many cell formats Excel allows, and a few more.
const maxFormats = 1 << 16

// formats are the number formats of a workbook's cells.
type formats struct {
	from1904 bool
	codes    map[int]string // custom number formats by their id
	styles   []int          // the number format's id of each style
	inCells  bool           // below cellXfs
	known    map[int]format
	scratch  *excelize.File // one cell for each number format that excelize shows
}

// A format says how the numbers of a cell become text.
type format struct {
	kind kind
	cell string // in the scratch workbook, for shown
}

type kind string

const (
	inFull kind = "inFull" // General, text, and exponents
	date   kind = "date"
	shown  kind = "shown" // as excelize shows it
)

func newFormats() *formats {
	return &formats{codes: map[int]string{}, known: map[int]format{}}
}

// element takes what it needs of the part with the styles.
func (f *formats) element(start xml.StartElement) error {
	id, _ := strconv.Atoi(attr(start, "numFmtId")) // 0 is General
	switch start.Name.Local {
	case "numFmt":
		f.codes[id] = attr(start, "formatCode")
	case "cellXfs":
		f.inCells = true
	case "cellStyleXfs", "cellStyles", "dxfs":
		f.inCells = false
	case "xf":
		if f.inCells {
			f.styles = append(f.styles, id)
		}
	}
	if len(f.styles) > maxFormats || len(f.codes) > maxFormats {
		return fmt.Errorf("%w: it has more than %d formats", ErrTooLarge, maxFormats)
	}
	return nil
}

// of returns the format of a cell's style.
func (f *formats) of(style string) format {
	i, err := strconv.Atoi(style)
	if err != nil || i < 0 || i >= len(f.styles) {
		return format{kind: inFull}
	}
	id := f.styles[i]
	if _, ok := f.known[id]; !ok {
		f.known[id] = f.learn(id)
	}
	return f.known[id]
}

// learn makes a cell with a number format in the scratch workbook.
func (f *formats) learn(id int) format {
	code, custom := f.codes[id]
	style := &excelize.Style{NumFmt: id}
	if custom {
		style = &excelize.Style{CustomNumFmt: &code}
	}
	found := format{kind: builtIn(id)}
	if custom {
		found.kind = customKind(code)
	}
	if found.kind != shown {
		return found
	}
	if f.scratch == nil {
		f.scratch = excelize.NewFile()
	}
	found.cell = "A" + strconv.Itoa(len(f.known)+1)
	n, err := f.scratch.NewStyle(style)
	if err == nil {
		err = f.scratch.SetCellStyle("Sheet1", found.cell, found.cell, n)
	}
	if err != nil {
		found.kind = inFull // excelize doesn't know the format
	}
	return found
}

// builtIn returns the kind of a number format that has an id and no code: ECMA-376
// part 1, 18.8.30.
func builtIn(id int) kind {
	switch {
	case id == 0, id == 11, id == 48, id == 49, id > 58:
		return inFull
	case id >= 14 && id <= 17, id == 22, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id >= 57:
		return date
	}
	return shown
}

// customKind returns the kind of a number format's code.
func customKind(code string) kind {
	parser := nfp.NumberFormatParser()
	sections := parser.Parse(code)
	if len(sections) == 0 {
		return inFull
	}
	found := inFull
	for _, item := range sections[0].Items {
		switch item.TType {
		case nfp.TokenTypeGeneral, nfp.TokenTypeExponential, nfp.TokenTypeTextPlaceHolder:
			return inFull
		case nfp.TokenTypeDateTimes:
			if strings.ContainsAny(item.TValue, "yYdDeEgG") {
				return date
			}
			found = shown
		case nfp.TokenTypeZeroPlaceHolder, nfp.TokenTypeHashPlaceHolder, nfp.TokenTypeDigitalPlaceHolder,
			nfp.TokenTypeElapsedDateTimes:
			found = shown
		}
	}
	return found
}

// number returns the text of a number, and whether it has more digits than Excel
// keeps.
func (f *formats) number(raw, style string) (text string, long bool, err error) {
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) || strings.ContainsAny(raw, "xX_") {
		return "", false, fmt.Errorf("%w: a cell of numbers holds something else", ErrDamaged)
	}
	format := f.of(style)
	long = format.kind != date && math.Abs(value) >= 1e15
	switch {
	case format.kind == date && value >= 0 && value < 2958466: // up to the year 9999
		return f.date(value), false, nil
	case format.kind == shown && !long:
		return f.show(raw, format.cell), false, nil
	}
	return full(raw, value), long, nil
}

// show returns what excelize shows of a number.
func (f *formats) show(raw, cell string) string {
	if err := f.scratch.SetCellDefault("Sheet1", cell, raw); err != nil {
		return raw
	}
	text, err := f.scratch.GetCellValue("Sheet1", cell)
	if err != nil {
		return raw
	}
	return strings.TrimSpace(text)
}

var integer = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// full returns a number without an exponent, in the 15 digits that Excel has.
func full(raw string, value float64) string {
	if integer.MatchString(raw) {
		return raw
	}
	if value != math.Trunc(value) {
		value, _ = strconv.ParseFloat(strconv.FormatFloat(value, 'g', 15, 64), 64) // can't fail
	}
	return strconv.FormatFloat(value, 'f', -1, 64)
}

// date returns the date of a number of days.
func (f *formats) date(days float64) string {
	at, err := excelize.ExcelDateToTime(days, f.from1904)
	if err != nil {
		return strconv.FormatFloat(days, 'f', -1, 64)
	}
	at = at.Round(time.Second)
	if days == math.Trunc(days) {
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02T15:04:05")
}
