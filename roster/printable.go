package roster

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printable returns s as it can be shown on one line: characters that a terminal
// acts on, that turn the text around or that nobody sees are written as Go writes
// them, such as \n, \x1b or \u202e, and so are bytes that aren't UTF-8. These are
// the control characters, the format characters (zero-width ones, direction marks,
// the byte-order mark) and the separators U+2028 and U+2029. All else stays as it
// is, backslashes too, so the result is for people and can't be read back. All
// that this module writes for people goes through it; values for programs stay exact.
// https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
func Printable(s string) string { return escape(s, unseen) }

func escape(s string, special func(rune) bool) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, special) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case special(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// PrintableJSON returns a JSON text in which the characters that [Printable] writes
// otherwise are escaped. It reads back as the same values.
func PrintableJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		if r < ' ' || !unseen(r) { // below the space there is only what stands between values
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// unseen reports whether r does something other than being seen.
func unseen(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
