package match

import (
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// CheckColumns reports, before anything is asked, whether a roster has the
// columns that m reads; the first one missing makes a [*ColumnError]. It knows
// the columns of [Column], [Filter] and [FirstOf], and of any other matcher
// that has a method Columns() []string. [Run] does not call it: a column that a
// row lacks makes that row NoKey there.
func CheckColumns(m Matcher, h *roster.Header) error {
	for _, column := range columnsOf(m) {
		if err := checkColumn(column, h); err != nil {
			return err
		}
	}
	return nil
}

func checkColumn(column string, h *roster.Header) error {
	if _, ok := h.Index(column); ok {
		return nil
	}
	return &ColumnError{File: h.File(), Column: column, Have: h.Columns()}
}

// A ColumnError says that a roster lacks a column that a rule or an exclusion
// names. Use errors.As to reach it.
type ColumnError struct {
	File   string   // the roster's name; may be empty
	Column string   // the column that was looked for
	Have   []string // the columns there are, in file order
}

func (e *ColumnError) Error() string {
	file := e.File
	if file == "" {
		file = "the roster"
	}
	return fmt.Sprintf("%s has no column %q; it has: %s", file, e.Column, strings.Join(e.Have, ", "))
}
