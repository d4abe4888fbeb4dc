package roster

import (
	"bytes"
	"strings"
	"unicode"
)

// mostFrequent returns the most frequent of comma, semicolon and tab outside quotes in
// the first line, or a comma if there is none.
func mostFrequent(line []byte) rune {
	count := map[byte]int{}
	quoted, text := false, false
	for _, c := range line {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted && text {
			break
		}
		text = text || c > ' '
		if !quoted {
			count[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte(";\t") {
		if count[c] > count[best] {
			best = c
		}
	}
	return rune(best)
}

// declaredComma returns the separator that a line such as "sep=;" declares, also in
// quotes. Excel reads and writes such lines.
func declaredComma(line []byte) (string, bool) {
	text := strings.Trim(string(line), "\r\n \"")
	if len(text) < 4 || !strings.EqualFold(text[:4], "sep=") {
		return "", false
	}
	text = string(bytes.TrimRight(line, "\r\n"))
	text = text[strings.IndexByte(text, '=')+1:]
	for _, comma := range append([]string{"||"}, separators...) {
		if rest, found := strings.CutPrefix(text, comma); found && strings.Trim(rest, `",; `+comma) == "" {
			return comma, true
		}
	}
	if text = strings.Trim(text, `" `); strings.EqualFold(text, "tab") || text == `\t` {
		return "\t", true
	}
	r := []rune(text)
	return text, len(r) == 1 && validComma(r[0]) && !unicode.IsLetter(r[0]) && !unicode.IsDigit(r[0])
}
