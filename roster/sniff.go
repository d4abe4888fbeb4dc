package roster

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// sniffSize is how much of a file is looked at to find its form, in bytes. A
// header that is longer is still read, and its separator found in its beginning.
const sniffSize = 16 << 10

// A form says how to read a file, as far as its first bytes show.
type form struct {
	text   *bufio.Reader // UTF-8, standing at the header
	comma  rune
	loneCR bool // lines end in CR alone, as old Macs wrote them
	lines  int  // lines before text: 1 if there was a "sep=" line
	utf16  bool
}

// sniff detects how a file is encoded and separated.
func sniff(r io.Reader) (form, error) {
	text, utf16, err := decode(r)
	if err != nil {
		return form{}, err
	}
	head, err := firstLine(text)
	if err != nil {
		return form{}, err
	}
	f := form{text: text, comma: separator(head), loneCR: loneCR(head), utf16: utf16}
	if comma, ok := declared(head); ok {
		f.comma, f.lines = comma, 1
		_, _ = text.Discard(len(head)) // can't fail: it has been peeked at
	}
	return f, nil
}

// decode returns the file's text as UTF-8 without a byte-order mark, and whether
// it was UTF-16, and refuses what is plainly no CSV file.
func decode(r io.Reader) (text *bufio.Reader, utf16 bool, err error) {
	text = bufio.NewReaderSize(r, sniffSize)
	head, err := text.Peek(len("\xef\xbb\xbf<html"))
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = text.Discard(3) // can't fail: they have been peeked at
		return text, false, refuse(head[3:])
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		decoder := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(text, decoder), sniffSize), true, nil
	}
	return text, false, refuse(head)
}

// refuse names the files that people most often give in place of CSV.
func refuse(head []byte) error {
	for _, f := range [...]struct {
		magic string
		is    error
		what  string
	}{
		{"PK\x03\x04", ErrBinary, `this is an Excel workbook (or another zip archive): in Excel, ` +
			`save it as "CSV UTF-8"`},
		{"\xd0\xcf\x11\xe0", ErrBinary, `this is an old Excel workbook: in Excel, save it as "CSV UTF-8"`},
		{"\x1f\x8b", ErrBinary, "this is a gzip archive: unpack it first"},
		{"%PDF-", ErrBinary, "this is a PDF document: ask for the list as CSV"},
		{"<!", ErrNotCSV, "this is a web page or XML: export the list as CSV"},
		{"<?", ErrNotCSV, "this is XML: export the list as CSV"},
		{"<html", ErrNotCSV, "this is a web page: export the list as CSV"},
		{"<HTML", ErrNotCSV, "this is a web page: export the list as CSV"},
		{"{", ErrNotCSV, "this looks like JSON: export the list as CSV"},
		{"[{", ErrNotCSV, "this looks like JSON: export the list as CSV"},
		{"[\n", ErrNotCSV, "this looks like JSON: export the list as CSV"},
		{"[\r", ErrNotCSV, "this looks like JSON: export the list as CSV"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return fmt.Errorf("%w: %s", f.is, f.what)
		}
	}
	return nil
}

// firstLine returns, without consuming it, the first line that isn't blank,
// with the blank ones before it and the line's end; a quoted line break doesn't
// end it. It asks the file for no more than it needs.
func firstLine(text *bufio.Reader) ([]byte, error) {
	quoted, filled := false, false
	for i := 0; ; i++ {
		head, err := text.Peek(max(i+1, text.Buffered()))
		if i >= len(head) {
			if err == io.EOF || errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			return head, err
		}
		switch c := head[i]; {
		case c == '"':
			quoted, filled = !quoted, true
		case c != '\r' && c != '\n':
			filled = true
		case filled && !quoted && c == '\n':
			return head[:i+1], nil
		case filled && !quoted:
			return endAtCR(text, i)
		}
	}
}

// endAtCR returns the text up to the line end that begins with the CR at i.
func endAtCR(text *bufio.Reader, i int) ([]byte, error) {
	head, err := text.Peek(i + 2)
	if len(head) == i+2 && head[i+1] == '\n' {
		return head, nil
	}
	if err == io.EOF || errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	return head[:i+1], err
}

func loneCR(line []byte) bool { return bytes.HasSuffix(line, []byte("\r")) }

// separator returns the most frequent of comma, semicolon and tab outside
// quotes, or a comma if there is none.
func separator(line []byte) rune {
	var count [utf8.RuneSelf]int
	quoted := false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && c < utf8.RuneSelf {
			count[c]++
		}
	}
	best := ','
	for _, c := range ";\t" {
		if count[c] > count[best] {
			best = c
		}
	}
	return best
}

// declared returns the separator that a line such as "sep=;" declares. Excel
// reads and writes such lines.
func declared(line []byte) (rune, bool) {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) < 5 || !bytes.EqualFold(line[:4], []byte("sep=")) {
		return 0, false
	}
	r, size := utf8.DecodeRune(line[4:])
	return r, size == len(line)-4 && validComma(r)
}

// validComma reports whether encoding/csv takes r as a separator.
func validComma(r rune) bool {
	return r != 0 && r != '"' && r != '\r' && r != '\n' && utf8.ValidRune(r) && r != utf8.RuneError
}
