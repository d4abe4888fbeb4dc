package roster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

// A decoded is a file's text in UTF-8. Its watch is nil if it need not be watched.
type decoded struct {
	src   io.Reader
	text  *bufio.Reader // of src
	watch *watch        // between the two
	notes []string
	utf16 bool
	named bool // the caller named an encoding other than UTF-8
	sure  bool // it is UTF-8, though some rows may not be
}

type byteOrderMark struct {
	bytes, name string
	encoding    encoding.Encoding
}

// marks are the byte-order marks, the longer ones first.
var marks = []byteOrderMark{
	{"\xef\xbb\xbf", "UTF-8", nil},
	{"\xff\xfe\x00\x00", "UTF-32", utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)},
	{"\x00\x00\xfe\xff", "UTF-32", utf32.UTF32(utf32.BigEndian, utf32.UseBOM)},
	{"\xff\xfe", "UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
	{"\xfe\xff", "UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
}

// decode returns the text of a file that begins with head. Its encoding is the one
// that was named, or the one that its mark or its zero bytes show, or UTF-8.
func decode(raw io.Reader, head []byte, o *Options) (decoded, error) {
	var named encoding.Encoding
	if o.Encoding != "" {
		var err error
		if named, err = namedEncoding(o.Encoding); err != nil {
			return decoded{}, &ReadError{File: o.Name, Err: err}
		}
	}
	for _, mark := range marks {
		if bytes.HasPrefix(head, []byte(mark.bytes)) {
			return decodeMarked(raw, mark, o)
		}
	}
	if o.Encoding != "" {
		return decodeAs(raw, named, o.Encoding), nil
	}
	if order, ok := unmarkedUTF16(head); ok {
		decoder := unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder()
		return decoded{src: transform.NewReader(raw, decoder), utf16: true,
			notes: []string{"the encoding is UTF-16, as its zero bytes show"}}, nil
	}
	if err := checkHead(head, o); err != nil {
		return decoded{}, err
	}
	return decoded{src: raw, sure: hasUTF8(head)}, nil
}

// decodeMarked returns the text of a file that begins with a mark.
func decodeMarked(raw io.Reader, mark byteOrderMark, o *Options) (decoded, error) {
	switch {
	case o.Encoding != "" && !strings.HasPrefix(strings.ToLower(o.Encoding), strings.ToLower(mark.name)):
		return decoded{}, &ReadError{File: o.Name, Err: fmt.Errorf("%w: the file begins with the mark of %s, so it is "+
			"not in %s; leave Options.Encoding empty", ErrEncoding, mark.name, o.Encoding)}
	case mark.encoding == nil:
		return decoded{src: raw, sure: true}, nil
	}
	return decoded{src: transform.NewReader(raw, mark.encoding.NewDecoder()), utf16: true}, nil
}

// decodeAs returns the text of a file whose encoding was named.
func decodeAs(raw io.Reader, named encoding.Encoding, name string) decoded {
	if named == unicode.UTF8 {
		return decoded{src: raw, sure: true}
	}
	return decoded{src: transform.NewReader(raw, named.NewDecoder()), named: true,
		utf16: strings.HasPrefix(strings.ToLower(name), "utf-16"),
		notes: []string{"the encoding is " + Printable(name)}}
}

// otherNames are names in use that no list has.
var otherNames = map[string]string{"cp932": "shift_jis", "cp949": "euc-kr", "cp950": "big5", "macroman": "macintosh",
	"mac-roman": "macintosh", "ansi": "windows-1252", "latin-1": "iso-8859-1", "latin1": "iso-8859-1",
	"cp65001": "utf-8", "utf8": "utf-8", "cp037": "ibm037"}

// namedEncoding returns the encoding of a name.
func namedEncoding(name string) (encoding.Encoding, error) {
	plain := strings.ToLower(strings.TrimSpace(name))
	if other, ok := otherNames[plain]; ok {
		plain = other
	}
	if e, err := htmlindex.Get(plain); err == nil && e != encoding.Replacement {
		return e, nil
	}
	if e, err := ianaindex.IANA.Encoding(plain); err == nil && e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%w: no encoding is called %q here; names are such as windows-1252, shift_jis, macintosh, "+
		"ibm850, utf-16le", ErrEncoding, name)
}

// unmarkedUTF16 reports whether every other byte of a text is zero, as in UTF-16 of
// letters of the Latin script.
func unmarkedUTF16(head []byte) (unicode.Endianness, bool) {
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	if pairs < 2 {
		return unicode.LittleEndian, false
	}
	switch {
	case zeros[0] == 0 && 2*zeros[1] > pairs:
		return unicode.LittleEndian, true
	case zeros[1] == 0 && 2*zeros[0] > pairs:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// hasUTF8 reports whether a text has more characters beyond ASCII in UTF-8 than bytes
// that are none.
func hasUTF8(text []byte) bool {
	good, bad := 0, 0
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			bad++
		} else if size > 1 {
			good++
		}
		text = text[size:]
	}
	return good > 0 && good >= bad
}

// checkHead returns the one error for a file that is not UTF-8.
func checkHead(head []byte, o *Options) error {
	whole := withoutCut(head)
	refused := func(name, code string) error {
		return &ReadError{File: o.Name, Err: fmt.Errorf("%w: it seems to be in %s; if it is, set Options.Encoding to %s",
			ErrEncoding, name, code)}
	}
	if bytes.Contains(whole, []byte("\x1b$B")) || bytes.Contains(whole, []byte("\x1b$@")) {
		return refused("ISO-2022-JP", "iso-2022-jp")
	}
	if utf8.Valid(whole) || hasUTF8(whole) || bytes.IndexByte(whole, 0) >= 0 {
		return nil // some rows may still be refused
	}
	if isEBCDIC(whole) {
		return refused("EBCDIC, a mainframe's", "ibm037")
	}
	line := 1 + slices.IndexFunc(bytes.Split(whole, []byte("\n")), func(line []byte) bool { return !utf8.Valid(line) })
	return &ReadError{File: o.Name, Line: line, Err: notUTF8(whole)}
}

// withoutCut returns a text without the beginning of a character at its end.
func withoutCut(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if end := text[len(text)-i:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// isEBCDIC reports whether a text reads as ASCII in EBCDIC, and has a line end of it.
func isEBCDIC(head []byte) bool {
	text, err := charmap.CodePage037.NewDecoder().String(string(head))
	plain := 0
	for _, r := range text {
		if r >= ' ' && r < utf8.RuneSelf || r == 0x85 || r == '\n' || r == '\r' {
			plain++
		}
	}
	return err == nil && strings.ContainsAny(text, "\u0085\n") && 20*plain >= 19*utf8.RuneCountInString(text)
}
