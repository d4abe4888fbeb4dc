package roster

import (
	"encoding/hex"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	textunicode "golang.org/x/text/encoding/unicode"

	"github.com/rollcall-go/rollcall/roster/internal/advalue"
)

// decodeCsvde makes a Reader of a file of csvde give its values as text. csvde writes
// those that aren't ASCII as X'hex'. Other Readers stay as they are.
func decodeCsvde(r *Reader) {
	if h := r.header; h.names[0] == "DN" && slices.Contains(h.names, "objectClass") {
		r.walk = csvdeRows(h, r.walk)
	}
}

func csvdeRows(header *Header, rows iter.Seq2[Row, error]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				row = csvdeRow(row)
				if what := otherClass(row.Get("objectClass")); what != "" {
					header.passed(what, row.line, 1)
					continue
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// csvdeRow returns a row with its values as text.
func csvdeRow(row Row) Row {
	fields := make([]string, len(row.fields))
	for i, value := range row.fields {
		fields[i] = csvdeText(row.header.names[i], value)
	}
	row.fields = fields
	return row
}

var hexValue = regexp.MustCompile(`^X'((?:[0-9A-Fa-f]{2})+)'$`)

// csvdeText returns the text of a column's value, which may hold several.
func csvdeText(column, value string) string {
	if !strings.Contains(value, "X'") {
		return value
	}
	parts := strings.Split(value, ";")
	for i, part := range parts {
		found := hexValue.FindStringSubmatch(part)
		if found == nil {
			continue
		}
		data, _ := hex.DecodeString(found[1]) // can't fail: it matches
		text, ok := bytesText(column, data)
		if !ok {
			continue
		}
		if len(parts) > 1 {
			text = strings.ReplaceAll(text, ";", `\;`)
		}
		parts[i] = text
	}
	return strings.Join(parts, ";")
}

// bytesText returns the text of a value that csvde wrote in hex: UTF-8, or UTF-16 if
// it was called with -u. Bytes that are all ASCII can't be UTF-8: csvde would not
// have written them in hex.
func bytesText(column string, data []byte) (string, bool) {
	if text, ok := advalue.Text(column, data); ok {
		return text, true
	}
	ascii := !slices.ContainsFunc(data, func(c byte) bool { return c >= utf8.RuneSelf })
	if !ascii && isText(string(data)) {
		return string(data), true
	}
	if len(data)%2 != 0 {
		return "", false
	}
	decoder := textunicode.UTF16(textunicode.LittleEndian, textunicode.IgnoreBOM).NewDecoder()
	text, err := decoder.String(string(data))
	return text, err == nil && isText(text)
}

// isText reports whether all of a value can be read by people.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsGraphic(r) && !unicode.IsSpace(r)
	})
}
