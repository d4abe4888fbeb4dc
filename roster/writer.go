package roster

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriterOptions say how to write rows. nil or the zero value is right for a
// file that a person opens in a spreadsheet.
type WriterOptions struct {
	// Comma separates values; 0 means what separates them in the header's own file, if
	// that is a semicolon or a tab, and else a comma.
	Comma rune
	// BOM begins the file with a byte-order mark, without which Excel takes
	// UTF-8 for the PC's own character set. Readers of this package take both.
	BOM bool
	// Excel makes a file that a person can work on in Excel: it has a byte-order mark
	// and lines that end in CRLF, and values that Excel would take for numbers or dates,
	// such as 00417, 1234567890123456, 1E5 or MAR1, are written as ="00417", which it
	// shows as the text 00417. Readers of this package read that as 00417. Raw keeps the
	// values from it.
	Excel bool
	// Raw writes all values as they are, also those that a spreadsheet would run
	// as a formula and those with characters that nobody sees. Set it for files that only programs read.
	Raw bool
}

// A Writer writes rows as CSV in UTF-8 with lines that end in LF, under the
// columns of a header and extra ones, such as the reason why a row is listed.
//
// A value that begins with =, +, - or @ gets a ' before it, because a spreadsheet
// would otherwise run it as a formula: "+47 22 00" becomes "'+47 22 00". So does one
// with the full-width or small forms of these signs, with blank or invisible
// characters before them, or with a tab or a line break at its beginning. Characters
// that nobody sees are written as [Printable] shows them, except for tabs and line
// feeds, which stand in addresses. The values stay so when the file is read back.
// Set WriterOptions.Raw where they must come back unchanged. Bytes that aren't UTF-8
// become U+FFFD.
// https://owasp.org/www-community/attacks/CSV_Injection
type Writer struct {
	out    *bufio.Writer
	csv    *csv.Writer
	raw    bool
	excel  bool
	begun  bool
	names  []string // header's columns, then those of extra that are new
	own    int      // how many of names are the header's
	extras []int    // position of each extra column in names
	record []string // reused
	header *Header
	bom    bool
}

// NewWriter returns a Writer to w. An extra column that header has already, as
// when a written file is read and written again, is not added a second time:
// its new value takes the old one's place. header may be nil.
func NewWriter(w io.Writer, header *Header, extra []string, opts *WriterOptions) *Writer {
	var o WriterOptions
	if opts != nil {
		o = *opts
	}
	// csv.NewWriter takes a bufio.Writer as it is, so both write one stream.
	out := bufio.NewWriterSize(w, bufferSize)
	c := csv.NewWriter(out)
	switch {
	case o.Comma != 0:
		c.Comma = o.Comma
	case header != nil && (header.comma == ';' || header.comma == '\t'):
		c.Comma = header.comma
	}
	c.UseCRLF = o.Excel
	nw := &Writer{out: out, csv: c, raw: o.Raw, excel: o.Excel, bom: o.BOM || o.Excel, header: header}
	if header != nil {
		nw.names = header.Columns()
	}
	nw.own = len(nw.names)
	for _, name := range extra {
		nw.extras = append(nw.extras, nw.place(name))
	}
	if len(nw.names) == 1 {
		c.Comma = ',' // a lone column shows no separator; readers then take this one
	}
	nw.record = make([]string, len(nw.names))
	return nw
}

// place returns the position of an extra column, which it adds if it is new.
func (w *Writer) place(name string) int {
	same := func(other string) bool { return canonical(other) == canonical(name) }
	if i := slices.IndexFunc(w.names, same); i >= 0 {
		return i
	}
	w.names = append(w.names, name)
	return len(w.names) - 1
}

// Write writes a row: its values by column name, or by position if the row is of the
// Writer's own header, and those of the extra columns
// in the order in which NewWriter was given them. Missing ones are empty. More
// values than extra columns are an error; otherwise the error is the file's.
func (w *Writer) Write(row Row, extra ...string) error {
	if len(extra) > len(w.extras) {
		return fmt.Errorf("roster: %d values for %d extra columns", len(extra), len(w.extras))
	}
	if err := w.begin(); err != nil {
		return err
	}
	clear(w.record)
	if row.header == w.header {
		copy(w.record[:w.own], row.fields)
	} else {
		for i, name := range w.names[:w.own] {
			w.record[i] = row.Get(name)
		}
	}
	for i, value := range extra {
		w.record[w.extras[i]] = value
	}
	return w.put(w.record)
}

// Flush writes what is buffered, and the header if no row was written, and
// returns the first error there was.
func (w *Writer) Flush() error {
	if err := w.begin(); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

// begin writes the byte-order mark and the header, once.
func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	if w.bom {
		if _, err := w.out.WriteString("\ufeff"); err != nil {
			return err
		}
	}
	var line strings.Builder
	for i, name := range w.names {
		if i > 0 {
			line.WriteRune(w.csv.Comma)
		}
		line.WriteString(w.quoteName(name))
	}
	_, err := w.out.WriteString(line.String() + w.lineEnd())
	return err
}

func (w *Writer) lineEnd() string {
	if w.excel {
		return "\r\n"
	}
	return "\n"
}

// quoteName returns a column name as it stands in the header. It is quoted more
// often than encoding/csv would, so that no name is taken for a separator when
// the file is read back.
func (w *Writer) quoteName(name string) string {
	name = w.cell(name)
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" _-.", r)
	}
	special := func(r rune) bool { return r == w.csv.Comma || !plain(r) }
	if name != "" && name[0] != ' ' && !strings.Contains(name, "  ") && !strings.ContainsFunc(name, special) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// put writes a record, which it may change.
func (w *Writer) put(record []string) error {
	for i, value := range record {
		record[i] = w.cell(value)
	}
	if len(record) == 1 && record[0] == "" {
		// encoding/csv would write a blank line, which readers skip.
		_, err := w.out.WriteString(`""` + w.lineEnd())
		return err
	}
	return w.csv.Write(record)
}

// cell returns a value as it is written: as text, and without Raw in a form
// that a spreadsheet shows where it would run a formula.
func (w *Writer) cell(value string) string {
	value = strings.ToValidUTF8(value, "\ufffd")
	if w.raw {
		return value
	}
	shown := escape(value, func(r rune) bool { return unseen(r) && r != '\t' && r != '\n' })
	switch {
	case w.excel && changesInExcel(value):
		return `="` + shown + `"`
	case isFormula(value):
		return "'" + shown
	}
	return shown
}

// changed matches what Excel takes for a number or a date, and then shows and saves as
// another text: a zero in front, 12 digits or more, an exponent, a date, and what
// begins or ends in the name of a month.
var changed = regexp.MustCompile(`(?i)^ *(0\d[\d.,]*|[\d.,]{12,}|\d[\d.,]*e[+-]?\d+|` +
	`\d{1,4}[-/.:]\d{1,4}([-/.: ]\d{1,4})*|(\d{1,4}[-/. ]?)?` + month + `([-/. ]?\d{1,4})?) *$`)

const month = `(jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*`

// changesInExcel reports whether Excel would change a value.
func changesInExcel(value string) bool {
	return strings.ContainsAny(value, "0123456789") && changed.MatchString(value)
}

// isFormula reports whether a spreadsheet may run a value as a formula. Some
// skip what is blank, and take a sign of full width for the sign itself.
func isFormula(value string) bool {
	sign := strings.TrimLeftFunc(value, func(r rune) bool { return unicode.IsSpace(r) || unseen(r) })
	first, _ := utf8.DecodeRuneInString(sign)
	return sign != "" && strings.ContainsRune("=+-@＝＋－＠﹦﹢﹣﹫", first) ||
		value != "" && strings.IndexByte("\t\r\n", value[0]) >= 0
}
