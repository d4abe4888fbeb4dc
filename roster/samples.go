package roster

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// likelyEncodings are those that lists come in, the most frequent ones first.
var likelyEncodings = []string{"windows-1252", "windows-1250", "macintosh", "ibm850", "windows-1251", "shift_jis",
	"gbk", "big5", "euc-kr", "windows-1253", "windows-1254", "windows-1257", "ibm852", "iso-8859-2", "koi8-r"}

// A sample is how the first values that are no ASCII read in an encoding.
type sample struct {
	names  []string // of encodings in which they read the same
	values []string
	score  float64
}

// Of how many values the score is made, and how many are shown, in how many encodings.
const (
	valuesScored  = 40
	valuesShown   = 3
	samplesShown  = 3
	sampleLongest = 40 // characters of a value
)

// notUTF8 returns the error that shows how a text reads in the encodings that are
// likely. It is never guessed which one is right.
func notUTF8(text []byte) error {
	var list []sample
	for _, name := range likelyEncodings {
		e, err := namedEncoding(name)
		if err != nil {
			continue
		}
		decoded, err := e.NewDecoder().String(string(text))
		if err != nil {
			continue
		}
		values := oddValues(decoded)
		s := sample{names: []string{name}, values: values[:min(len(values), valuesShown)], score: readability(values)}
		same := slices.IndexFunc(list, func(other sample) bool { return slices.Equal(other.values, s.values) })
		if same >= 0 {
			list[same].names = append(list[same].names, name)
			continue
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b sample) int { return int(1000 * (b.score - a.score)) })
	var shown []string
	for _, s := range list[:min(len(list), samplesShown)] {
		shown = append(shown, fmt.Sprintf("%s in %s", strings.Join(s.values, ", "),
			strings.Join(s.names[:min(len(s.names), 2)], " or ")))
	}
	return fmt.Errorf("%w: the first values beyond ASCII read %s; set the encoding that is right (Options.Encoding, "+
		"-encoding), or utf-8 if only some rows are damaged", ErrEncoding, strings.Join(shown, "; "))
}

// oddValues returns the first values of a text that are not ASCII, each once.
func oddValues(text string) (list []string) {
	separator := func(r rune) bool { return strings.ContainsRune(",;\t|\"\r\n", r) }
	for value := range strings.FieldsFuncSeq(text, separator) {
		if strings.IndexFunc(value, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
			continue
		}
		if chars := []rune(value); len(chars) > sampleLongest {
			value = string(chars[:sampleLongest]) + "…"
		}
		if value = `"` + Printable(strings.TrimSpace(value)) + `"`; !slices.Contains(list, value) {
			list = append(list, value)
		}
		if len(list) == valuesScored {
			break
		}
	}
	return list
}

// readability returns how much values look like words, on the average of their
// characters beyond ASCII: letters of one script, small ones after others, and of the
// Latin script not many in a row.
func readability(values []string) float64 {
	score, n := 0.0, 0
	for _, value := range values {
		before := ' '
		for _, r := range value {
			if r >= utf8.RuneSelf {
				score += plausible(before, r)
				n++
			} else if before >= utf8.RuneSelf && unicode.IsLetter(before) && unicode.IsLetter(r) {
				score += sameScript(before, r)
			}
			before = r
		}
	}
	return score / float64(max(n, 1))
}

// plausible returns how likely r is after the character before it: 1 to -2.
func plausible(before, r rune) float64 {
	switch {
	case r == utf8.RuneError, r < 0xa0:
		return -2
	case !unicode.IsLetter(r):
		return -1
	case !unicode.IsLetter(before):
		return 1
	case unicode.IsUpper(r) && unicode.IsLower(before):
		return -1
	case unicode.Is(unicode.Latin, r) && before >= utf8.RuneSelf && unicode.Is(unicode.Latin, before):
		return -0.5
	}
	return 1 + sameScript(before, r)
}

// sameScript returns -1 if of two letters only one is Latin, and else 0.
func sameScript(a, b rune) float64 {
	if unicode.Is(unicode.Latin, a) != unicode.Is(unicode.Latin, b) {
		return -1
	}
	return 0
}
