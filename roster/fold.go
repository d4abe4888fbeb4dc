package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold returns the form in which text is compared without letter case:
// Fold(a) == Fold(b) exactly when [strings.EqualFold](a, b). It is the only
// such rule in this module, for column names and for keys alike. ASCII letters
// become lower case. Text that is already folded is returned as it is, without
// an allocation.
func Fold(s string) string {
	for i, r := range s {
		broken := r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd")
		if foldRune(r) == r && !broken {
			continue
		}
		var b strings.Builder
		b.Grow(len(s))
		b.WriteString(s[:i])
		for _, r := range s[i:] {
			b.WriteRune(foldRune(r))
		}
		return b.String()
	}
	return s
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
