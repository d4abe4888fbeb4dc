package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold returns the form in which text is compared without letter case. It is the
// only such rule in this module, for column names and for keys alike.
// Fold(a) == Fold(b) exactly when [strings.EqualFold](a, b), except that the long
// s (U+017F) and the Kelvin sign (U+212A) are no s and no k: whether the directory
// takes them for these is the directory's to say. ASCII letters
// become lower case. Text that is already folded is returned as it is, without
// an allocation.
func Fold(s string) string {
	i := folded(s)
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for _, r := range s[i:] {
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// folded returns the length of the part of s, from its beginning, that Fold
// leaves as it is.
func folded(s string) int {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && !('A' <= s[i] && s[i] <= 'Z') {
		i++ // most keys end here
	}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if foldRune(r) != r || r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	return i
}

// foldRune returns the rune that stands for all those which differ from r only
// by case: the first lower-case one, or the first if none is lower case.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	first, lower := r, rune(-1)
	if r == 0x17f || r == 0x212a {
		return r
	}
	for other := r; ; {
		first = min(first, other)
		if unicode.IsLower(other) && (lower < 0 || other < lower) {
			lower = other
		}
		if other = unicode.SimpleFold(other); other == r {
			break
		}
	}
	if lower >= 0 {
		return lower
	}
	return first
}
