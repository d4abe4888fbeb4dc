package roster

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// usualPlaceholders are what databases, spreadsheets and people write where
// there is no value.
var usualPlaceholders = []string{
	"NULL", "(null)", "<null>", "[null]", `\N`, "nil", "none", "(none)", "NaN", "undefined",
	"N/A", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!",
	"-", "–", "—", "=", "0", "TBD", "unknown", "(blank)", "(empty)",
}

// UsualPlaceholders returns the values that commonly stand where there is no
// value: NULL, (null), \N, N/A, #N/A, #REF!, none, nil, TBD, unknown, -, 0 and
// the like. The slice is the caller's.
func UsualPlaceholders() []string { return slices.Clone(usualPlaceholders) }

// Placeholders are values that stand where there is no value. They identify
// nobody and name nothing.
type Placeholders struct {
	folded  map[string]bool
	longest int // in bytes
}

// NewPlaceholders returns the placeholders of a list. They are compared without
// letter case and without the spaces around a value. One that is a single
// character stands for any number of it: "0" for "0000" too. A nil list means
// [UsualPlaceholders], an empty one that there are none.
func NewPlaceholders(list []string) *Placeholders {
	if list == nil {
		list = usualPlaceholders
	}
	p := &Placeholders{folded: make(map[string]bool, len(list))}
	for _, value := range list {
		value = Fold(strings.TrimSpace(value))
		p.folded[value], p.longest = true, max(p.longest, len(value))
	}
	return p
}

// Has reports whether a value is a placeholder. An empty one is not: it is no
// value at all.
func (p *Placeholders) Has(value string) bool {
	value = strings.TrimSpace(value)
	_, size := utf8.DecodeRuneInString(value)
	if first := value[:size]; strings.Trim(value, first) == "" {
		value = first
	}
	return value != "" && len(value) <= p.longest && p.folded[Fold(value)]
}
