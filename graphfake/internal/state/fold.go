package state

import (
	"cmp"
	"unicode"
	"unicode/utf8"
)

// CompareFold orders strings without regard to letter case.
func CompareFold(a, b string) int {
	for {
		ra, na := foldRune(a)
		rb, nb := foldRune(b)
		switch {
		case na == 0 || nb == 0:
			return cmp.Compare(na, nb)
		case ra != rb:
			return cmp.Compare(ra, rb)
		}
		a, b = a[na:], b[nb:]
	}
}

// appendFold appends a form of s that orders as CompareFold does.
func appendFold(b []byte, s string) []byte {
	for s != "" {
		r, n := foldRune(s)
		b = utf8.AppendRune(b, r)
		s = s[n:]
	}
	return b
}

// EqualFold tells whether two strings are the same but for letter case.
func EqualFold(a, b string) bool { return CompareFold(a, b) == 0 }

// HasPrefixFold tells whether s begins with prefix, without regard to letter case.
func HasPrefixFold(s, prefix string) bool {
	for prefix != "" {
		rs, ns := foldRune(s)
		rp, np := foldRune(prefix)
		if ns == 0 || rs != rp {
			return false
		}
		s, prefix = s[ns:], prefix[np:]
	}
	return true
}

// HasSuffixFold tells whether s ends with suffix, without regard to letter case.
func HasSuffixFold(s, suffix string) bool {
	cut := utf8.RuneCountInString(s) - utf8.RuneCountInString(suffix)
	if cut < 0 {
		return false
	}
	for ; cut > 0; cut-- {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return EqualFold(s, suffix)
}

// foldRune returns the first rune of s in a form that is the same for both
// cases, and its width in s.
func foldRune(s string) (rune, int) {
	if s == "" {
		return 0, 0
	}
	if c := s[0]; c < utf8.RuneSelf {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return rune(c), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	return unicode.ToLower(unicode.ToUpper(r)), n
}
