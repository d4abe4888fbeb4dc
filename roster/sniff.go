package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// sniffSize is how much of a file is looked at to find its form, in bytes. A
// header that is longer is still read, and its separator found in its beginning.
const sniffSize = 16 << 10

// openText returns the text of a file, standing at its first character behind a mark.
func openText(r io.Reader, o *Options) (decoded, error) {
	raw := bufio.NewReaderSize(&sticky{src: r}, sniffSize)
	head, err := peek(raw)
	if err == nil {
		err = refuse(head, binaries)
	}
	if err != nil {
		return decoded{}, &ReadError{File: o.Name, Err: err}
	}
	d, err := decode(raw, head, o)
	if err != nil {
		return decoded{}, err
	}
	d.watch = &watch{src: d.src}
	d.text = bufio.NewReaderSize(d.watch, bufferSize)
	if head, err = peek(d.text); err != nil {
		return decoded{}, &ReadError{File: o.Name, Err: err}
	}
	if src := lineEnds(d.text, head); src != nil {
		d.watch = &watch{src: src}
		d.text = bufio.NewReaderSize(d.watch, bufferSize)
	}
	if err := skipMarks(d.text); err != nil {
		return decoded{}, &ReadError{File: o.Name, Err: err}
	}
	return d, nil
}

// sniff returns a reader of the records of a text, which stands at the header.
func sniff(d decoded, o *Options) (*records, error) {
	head, err := peek(d.text)
	if err == nil {
		err = refuse(bytes.ToLower(bytes.TrimLeft(head, " \t\r\n")), texts)
	}
	var inside func(Options) source
	if err == nil {
		inside, err = nested(d.text)
	}
	if err == nil && inside == nil {
		err = refusePrinted(head)
	}
	if err != nil {
		return nil, &ReadError{File: o.Name, Err: err}
	}
	if inside != nil {
		return &records{source: inside, notes: d.notes}, nil
	}
	l, err := findLayout(head, o)
	if err != nil {
		return nil, err
	}
	s := newRecords(d.text, l.form, o.Name, o.MaxRecord)
	s.notes = append(d.notes, l.describe(head)...)
	s.decoded = d
	for s.lines.n < l.above {
		if _, err := s.lines.next(); err != nil {
			break // it will come again
		}
	}
	return s, nil
}

// peek returns the first bytes of a text, without reading them. The error is that of
// the first one; others will come again.
func peek(text *bufio.Reader) ([]byte, error) {
	head, err := text.Peek(sniffSize)
	if len(head) > 0 || err == io.EOF {
		err = nil
	}
	return head, err
}

// skipMarks passes over byte-order marks.
func skipMarks(text *bufio.Reader) error {
	const mark = "\ufeff"
	for {
		head, err := text.Peek(len(mark))
		if string(head) != mark {
			if len(head) > 0 || err == io.EOF {
				err = nil // it will come again
			}
			return err
		}
		_, _ = text.Discard(len(mark)) // can't fail: it has been peeked at
	}
}

// lineEnds returns a reader that ends lines in LF if the text ends them in CR alone, as
// old Macs did, or in NEL or LS, as mainframes do. It returns nil for other texts.
func lineEnds(text io.Reader, head []byte) io.Reader {
	if endsInCR(head) {
		return &atCR{src: text}
	}
	if bytes.ContainsAny(head, "\r\n") || !bytes.ContainsAny(head, "\u0085\u2028") {
		return nil
	}
	return transform.NewReader(text, runes.Map(func(r rune) rune {
		if r == 0x85 || r == 0x2028 {
			return '\n'
		}
		return r
	}))
}

// endsInCR reports whether the first line ends in a CR that no LF follows.
func endsInCR(head []byte) bool {
	quoted := false
	for i, c := range head {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n':
			return false
		case c == '\r':
			rest := bytes.TrimLeft(head[i:], "\r")
			return !bytes.HasPrefix(rest, []byte("\n"))
		}
	}
	return false
}

// A magic is how files of a kind begin that is no list in text.
type magic struct {
	begin string
	is    error
	what  string
}

var binaries = []magic{
	{"PK\x03\x04", ErrBinary, `this is an Excel workbook (package roster/xlsx reads it) or another zip archive: ` +
		`in Excel, save it as "CSV UTF-8"`},
	{"\xd0\xcf\x11\xe0", ErrBinary, `this is an old Excel workbook, or one with a password: in Excel, ` +
		`save it as "CSV UTF-8"`},
	{"\x1f\x8b", ErrBinary, "this is a gzip archive: unpack it first"},
	{"BZh", ErrBinary, "this is a bzip2 archive: unpack it first"},
	{"\xfd7zXZ", ErrBinary, "this is an xz archive: unpack it first"},
	{"7z\xbc\xaf", ErrBinary, "this is a 7-Zip archive: unpack it first"},
	{"Rar!", ErrBinary, "this is a RAR archive: unpack it first"},
	{"\x28\xb5\x2f\xfd", ErrBinary, "this is a Zstandard archive: unpack it first"},
	{"%PDF-", ErrBinary, "this is a PDF document: ask for the list as CSV"},
	{"SQLite format 3", ErrBinary, "this is an SQLite database: query it, or export the list as CSV"},
	{"PAR1", ErrBinary, "this is a Parquet file: export the list as CSV"},
	{"+/v8", ErrEncoding, "this is UTF-7: save it as UTF-8"},
	{"+/v9", ErrEncoding, "this is UTF-7: save it as UTF-8"},
}

// texts are in small letters.
var texts = []magic{
	{"<?mso-application", ErrNotCSV, `this is Excel's XML: in Excel, save it as "CSV UTF-8"`},
	{"<workbook", ErrNotCSV, `this is Excel's XML: in Excel, save it as "CSV UTF-8"`},
	{"<?xml", ErrNotCSV, "this is XML: export the list as CSV"},
	{"<?", ErrNotCSV, "this is XML: export the list as CSV"},
	{"<!", ErrNotCSV, "this is a web page or XML: export the list as CSV"},
	{"<html", ErrNotCSV, "this is a web page: export the list as CSV"},
	{"<head", ErrNotCSV, "this is a web page: export the list as CSV"},
	{"<meta", ErrNotCSV, "this is a web page: export the list as CSV"},
	{"<body", ErrNotCSV, "this is a web page: export the list as CSV"},
	{"<table", ErrNotCSV, "this is a web page's table, whatever its name ends in: export the list as CSV, " +
		"or open it in Excel and save it as \"CSV UTF-8\""},
	{"<style", ErrNotCSV, "this is a web page's table, whatever its name ends in: export the list as CSV, " +
		"or open it in Excel and save it as \"CSV UTF-8\""},
	{"<div", ErrNotCSV, "this is a part of a web page: export the list as CSV"},
	{"mime-version:", ErrNotCSV, "this is a web archive (MHT), as SAP exports it: export the list as CSV, " +
		"or open it in Excel and save it as \"CSV UTF-8\""},
	{`{\rtf`, ErrNotCSV, "this is a document in RTF: export the list as CSV"},
}

// refuse names the files that people most often give in place of a list.
func refuse(head []byte, kinds []magic) error {
	for _, kind := range kinds {
		if bytes.HasPrefix(head, []byte(kind.begin)) {
			return fmt.Errorf("%w: %s", kind.is, kind.what)
		}
	}
	return nil
}

// formatList matches two lines with a name and a value each, as Format-List prints them.
var formatList = regexp.MustCompile(`^\s*([A-Za-z][\w.-]*) *: [^\n]*\n\s*[A-Za-z][\w.-]* *: `)

var (
	// expanded matches the first line that psql prints with \x.
	expanded = regexp.MustCompile(`^\s*[-+]+\[ \p{L}+ 1 \]`)
	// drawn matches a line of a table that is drawn with the lines of a terminal.
	drawn = regexp.MustCompile(`(?m)^ ?[┌├╞╔╠╭─═][─═┬┼╪╤╦╬┐┤╡╗╣╮]{2,}\r?$`)
	// coloured matches a first line with the codes of a terminal's colours.
	coloured = regexp.MustCompile(`^\s*[^\n]*\x1b\[[\d;]*m`)
	// markup matches the beginning of any XML, in small letters.
	markup = regexp.MustCompile(`^<([a-z][\w:.-]*( [^<>,;\t|]*)?/?>\s*(<|$)|script\b|[a-z][\w:.-]* xmlns)`)
)

// refusePrinted names the tables that have a line for each value.
func refusePrinted(head []byte) error {
	colon := func(line []byte) int { return bytes.Index(line, []byte(" : ")) }
	if formatList.Match(head) {
		line, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
		if at := colon(line); at > 0 && at == colon(bytes.TrimLeft(rest, "\r\n")) {
			return fmt.Errorf("%w: these are lines of PowerShell's Format-List; use Export-Csv in its place", ErrNotCSV)
		}
	}
	if bytes.HasPrefix(bytes.TrimLeft(head, "\r\n"), []byte("*************************** 1. row")) {
		return fmt.Errorf(`%w: this is what mysql prints for \G; end the query with ; and use --batch`, ErrNotCSV)
	}
	switch {
	case expanded.Match(head):
		return fmt.Errorf(`%w: this is what psql prints with \x; export the list with psql --csv`, ErrNotCSV)
	case bytes.HasPrefix(head, []byte("@{")):
		return fmt.Errorf("%w: these are objects that PowerShell wrote as text; use Export-Csv", ErrNotCSV)
	case coloured.Match(head):
		return fmt.Errorf("%w: the text holds a terminal's colours; export the list as CSV, without colours", ErrNotCSV)
	case bytes.Contains(head, []byte("│")) && drawn.Match(head):
		return fmt.Errorf("%w: this table is drawn with lines, as psql and sqlite3 print it for people; export the list "+
			"as CSV (psql --csv, sqlite3 -csv -header)", ErrNotCSV)
	case markup.Match(bytes.ToLower(bytes.TrimLeft(head, " \t\r\n"))):
		return fmt.Errorf("%w: this is a web page or XML: export the list as CSV", ErrNotCSV)
	}
	return nil
}

// describe says what is unusual about the layout of a text that begins with head.
func (l *layout) describe(head []byte) (notes []string) {
	var above ranges
	for i, line := range bytes.SplitN(head, []byte("\n"), l.above+1) {
		_, declared := declaredComma(line)
		text := strings.TrimSpace(string(line))
		if i < l.above && text != "" && !declared && !isRuleLine(text) {
			above.add(i+1, 1)
		}
	}
	if above.lines == 1 {
		notes = append(notes, above.String()+" stands above the header")
	} else if above.lines > 1 {
		notes = append(notes, above.String()+" stand above the header")
	}
	switch {
	case l.starts != nil:
		notes = append(notes, "columns of fixed width, as the line of dashes shows them")
	case l.padded:
		notes = append(notes, "columns that are padded with spaces, which are left out")
	}
	switch {
	case l.escape:
		notes = append(notes, `a backslash has its meaning in MySQL's and PostgreSQL's files, and \N is no value`)
	case l.quote == '\'':
		notes = append(notes, "values stand in single quotes")
	case l.whole:
		notes = append(notes, "each line is quoted as a whole")
	}
	return notes
}

// validComma reports whether r can separate values.
func validComma(r rune) bool {
	return r != 0 && !strings.ContainsRune("\"'\r\n\\", r) && utf8.ValidRune(r) && r != utf8.RuneError
}
