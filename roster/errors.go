package roster

import (
	"errors"
	"fmt"
	"strings"
)

// What is wrong with a roster or with one of its rows. [*RowError] and
// [*ReadError] wrap these and say where it is and what to do.
var (
	// ErrEmpty: there is not even a header.
	ErrEmpty = errors.New("the file is empty")
	// ErrBinary: a workbook, an archive or other data that isn't text.
	ErrBinary = errors.New("not text")
	// ErrNotCSV: text, but no list that is read here: a web page, XML, a printed page,
	// almost JSON.
	ErrNotCSV = errors.New("not CSV")
	// ErrNoHeader: no line is the header, or which one is can't be told.
	ErrNoHeader = errors.New("no header")
	// ErrCut: a value's end was left out by the program that printed the list.
	ErrCut = errors.New("value cut short")
	// ErrEncoding: text that is not in UTF-8 or UTF-16, nor in an encoding that was named.
	ErrEncoding = errors.New("not UTF-8")
	// ErrQuote: a quote is missing, or stands where none may.
	ErrQuote = errors.New("misplaced quote")
	// ErrFieldCount: a row has more or fewer values than the header has columns.
	ErrFieldCount = errors.New("wrong number of values")
	// ErrNotRow: it looks like a total or a count of rows, but may be a row. What
	// is surely none is no error; see [Header.Notes].
	ErrNotRow = errors.New("not a row")
	// ErrRowsInValue: a quoted value goes over several lines that look like rows
	// of their own, as when a quote that closes in a later row was not doubled.
	ErrRowsInValue = errors.New("rows inside a value")
	// ErrTooLong: a record, object or entry is longer than Options.MaxRecord.
	ErrTooLong = errors.New("record too long")
	// ErrNotList: JSON or LDIF that is no list of accounts, such as a file of changes.
	ErrNotList = errors.New("not a list of accounts")
	// ErrIncomplete: the file says that there is more than what it holds, or that the query
	// failed on its way.
	ErrIncomplete = errors.New("the list is incomplete")
	// ErrSyntax: text that breaks the rules of JSON or LDIF.
	ErrSyntax = errors.New("broken text")
	// ErrUsed: the rows were ranged over before, and can't be a second time.
	ErrUsed = errors.New("the rows have been read already")
)

// A MissingColumnsError says which of Options.Columns no line of a file has. It wraps
// [ErrNoHeader].
type MissingColumnsError struct {
	Missing []string
	Have    []string // the columns of the line that comes nearest; none if it looks like an account

	text string
}

func (e *MissingColumnsError) Error() string { return ErrNoHeader.Error() + ": " + e.text }

// Unwrap returns [ErrNoHeader].
func (e *MissingColumnsError) Unwrap() error { return ErrNoHeader }

// A HeaderError says which column can't be asked for by its name, and why.
type HeaderError struct {
	File   string
	Column int    // 1-based number of the column
	Name   string // as written
	Reason string
}

func (e *HeaderError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%s: column %d %s", place(e.File, 0, 0), e.Column, e.Reason)
	}
	return fmt.Sprintf("%s: column %d (%q) %s", place(e.File, 0, 0), e.Column, e.Name, e.Reason)
}

// A RowError says why one record could not be read. The records after it can be.
type RowError struct {
	File string
	// Line is the 1-based line of the problem; for a database, the 1-based
	// number of the row.
	Line int
	// Column is the place in that line, 1-based and counted in bytes of UTF-8;
	// for a database, the 1-based number of the column. It is where the value
	// begins if the value as a whole is wrong.
	Column int
	// RowLine is the line on which the record begins, at most Line.
	RowLine int
	// Lines is the number of lines of the record, from RowLine on. Each of them
	// may have been a row.
	Lines int
	// Text is the record as it stands in the file, in UTF-8 and without its line
	// end, for a list of what could not be read; "" for a database.
	Text string
	// Err wraps ErrFieldCount, ErrNotRow, ErrQuote, ErrRowsInValue, ErrCut, ErrEncoding,
	// ErrBinary, ErrIncomplete or ErrSyntax.
	Err error
}

func (e *RowError) Error() string {
	at := place(e.File, e.Line, e.Column)
	if e.RowLine != 0 && e.RowLine != e.Line {
		at += fmt.Sprintf(" (row begun on line %d)", e.RowLine)
	}
	return at + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *RowError) Unwrap() error { return e.Err }

// A ReadError says why a roster could not be read, or not to its end. The rows
// from Line on are unknown, so nothing may be concluded from their absence.
type ReadError struct {
	File   string
	Line   int // 1-based; 0 if the file as a whole is meant
	Column int // 1-based, in bytes of UTF-8; 0 if the line as a whole is meant
	// Err wraps ErrEmpty, ErrNoHeader, ErrBinary, ErrNotCSV, ErrEncoding, ErrQuote,
	// ErrTooLong, ErrNotList, ErrIncomplete, ErrSyntax, ErrUsed, or the error of the source.
	Err error
}

func (e *ReadError) Error() string {
	return place(e.File, e.Line, e.Column) + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *ReadError) Unwrap() error { return e.Err }

// place describes a position: "users.csv line 3, column 7".
func place(file string, line, column int) string {
	if file == "" {
		file = "roster"
	}
	var b strings.Builder
	b.WriteString(Printable(file))
	if line > 0 {
		fmt.Fprintf(&b, " line %d", line)
	}
	if line > 0 && column > 0 {
		fmt.Fprintf(&b, ", column %d", column)
	}
	return b.String()
}
