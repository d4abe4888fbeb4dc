package match

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// oddities points out invisible characters, which may keep a key from being
// found. It returns ", though the key …" or "". Keys are never corrected here, so
// that reports and file agree.
func oddities(key string) string {
	seen := make(map[rune]bool)
	var found []string
	for i, char := range key {
		what := invisible(char)
		where := "contains"
		switch {
		case i == 0:
			where = "begins with"
		case i+utf8.RuneLen(char) >= len(key):
			where = "ends in"
		}
		if char == ' ' && where == "contains" || what == "" || seen[char] {
			continue
		}
		seen[char] = true
		found = append(found, fmt.Sprintf("%s %s (U+%04X)", where, what, char))
	}
	if len(found) == 0 {
		return ""
	}
	return ", though the key " + strings.Join(found, " and ")
}

// invisible names a character that people can't see, and returns "" for others.
func invisible(char rune) string {
	switch {
	case char == ' ':
		return "a space"
	case char == '\u00a0', char == '\u202f':
		return "a no-break space"
	case char == '\u200b', char == '\ufeff':
		return "a zero-width space"
	case char == '\u00ad':
		return "a soft hyphen"
	case char == '\t':
		return "a tab"
	case char == '\n', char == '\r':
		return "a line break"
	case char == utf8.RuneError:
		return "a character that was lost in another encoding"
	case char >= 0x300 && char <= 0x36f:
		return "an accent that is stored apart from its letter"
	case unicode.Is(unicode.Zs, char):
		return "an unusual space"
	case unicode.Is(unicode.Cf, char), unicode.Is(unicode.Cc, char):
		return "an invisible character"
	}
	return ""
}

// rewrittenKey matches a long number in exponent form, and one of more than 15
// digits that ends in 0: what Excel makes of numbers that it can't hold.
var rewrittenKey = regexp.MustCompile(`^-?[0-9]([.,][0-9]+)?[eE][+-][0-9]{2,3}$|^-?[0-9]{15,}0$`)

// RewrittenByExcel reports whether a key looks like a number that Excel has rewritten:
// it has an exponent, or more than 15 digits of which the last is 0. It may have been
// one of several numbers.
func RewrittenByExcel(key string) bool { return rewrittenKey.MatchString(key) }

// rewritten says that a key looks like a number that Excel has rewritten, or "".
func rewritten(key string) string {
	if !RewrittenByExcel(key) {
		return ""
	}
	return "; the key looks like Excel's doing, which rounds long numbers and so makes one of several: " +
		"export the list anew and open it nowhere, or import the column as text"
}
