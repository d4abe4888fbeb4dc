package roster

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
)

// A Header is the list of column names that the rows of one roster share.
// It is safe for concurrent use.
type Header struct {
	file  string
	names []string
	index map[string]int // by canonical name, and by the name as written
	comma rune           // of the file; 0 if it has none
	// A Reader counts its rows here when it has come to their end.
	hasReader bool
	rows      atomic.Int64           // -1 before the end
	doubt     atomic.Pointer[string] // the first
	notes     notes
}

// NewHeader returns the header of a roster that was read from file (a name for
// messages; it may be empty). Names are compared without letter case and
// without the spaces around them. Some may be empty, or appear twice: such columns
// can't be asked for by name; see [Header.Ambiguous]. If there is no name at all, the
// error is a [*HeaderError].
func NewHeader(file string, names []string) (*Header, error) {
	h := &Header{file: file, names: slices.Clone(names), index: make(map[string]int, 2*len(names))}
	for i, name := range names {
		key := canonical(name)
		if _, taken := h.index[key]; taken {
			i = several
		}
		if key != "" {
			h.index[key] = i
		}
	}
	if len(h.index) == 0 && len(names) > 0 {
		return nil, &HeaderError{File: file, Column: 1,
			Reason: "has no name, nor has any other: name them in the first line"}
	}
	// A name as written can't be another column's canonical name: the two
	// would have the same canonical name.
	for _, name := range names {
		if i, ok := h.index[canonical(name)]; ok {
			h.index[name] = i
		}
	}
	return h, nil
}

// several is the index of a name that several columns have.
const several = -1

// Ambiguous returns a [*HeaderError] if several columns have that name. [Header.Index]
// and [Row.Lookup] find none of them, as nobody knows which one is meant.
func (h *Header) Ambiguous(name string) error {
	if i, ok := h.index[canonical(name)]; !ok || i != several {
		return nil
	}
	same := func(other string) bool { return canonical(other) == canonical(name) }
	first := slices.IndexFunc(h.names, same)
	second := first + 1 + slices.IndexFunc(h.names[first+1:], same)
	return &HeaderError{File: h.file, Column: second + 1, Name: h.names[second],
		Reason: fmt.Sprintf("has the same name as column %d: rename one of them", first+1)}
}

func canonical(name string) string { return Fold(strings.TrimSpace(name)) }

// File returns the name that the roster was given, for messages.
func (h *Header) File() string { return h.file }

// Complete reports whether n rows are all that the roster has: its [Reader] has
// come to the end without an error or a [Header.Doubt], and yielded so many,
// counting those that it could not read. It is true for a header of NewHeader,
// whose rows nobody counts.
func (h *Header) Complete(n int) bool {
	return !h.hasReader || h.rows.Load() == int64(n) && h.doubt.Load() == nil
}

// Doubt says what makes it doubtful that the rows read so far are those that the
// application has, although they could be read: the last line has no end, so that
// the file may be cut, or a value holds U+FFFD, the mark of a lost character. It
// is "" if there is nothing. Nothing may be concluded from what a doubtful roster lacks.
func (h *Header) Doubt() string {
	if doubt := h.doubt.Load(); doubt != nil {
		return *doubt
	}
	return ""
}

// addDoubt keeps the first doubt, about a line.
func (h *Header) addDoubt(line int, doubt string) {
	doubt = place(h.file, line, 0) + ": " + doubt
	h.doubt.CompareAndSwap(nil, &doubt)
}

// Columns returns the column names in file order, as written. The slice is the caller's.
func (h *Header) Columns() []string { return slices.Clone(h.names) }

// Index returns the 0-based position of the column of that name, compared as
// [NewHeader] says, and whether there is exactly one. It doesn't allocate if the name
// is spelled as in the file.
func (h *Header) Index(name string) (int, bool) {
	i, ok := h.index[name]
	if !ok {
		i, ok = h.index[canonical(name)]
	}
	if i == several {
		return 0, false
	}
	return i, ok
}

// A Row is one record of an application's list of accounts, with its place in
// the file, which it keeps all the way to the final report. The zero Row has no
// columns. A Row is a small value that never changes: it may be kept, copied and
// used by several goroutines.
type Row struct {
	header *Header
	fields []string
	line   int
}

// NewRow returns a row under header, for sources other than files. Fields
// beyond the header's length are dropped and missing ones read as absent; the
// row keeps fields, which must not be changed afterwards.
func NewRow(header *Header, line int, fields []string) Row {
	if len(fields) > len(header.names) {
		fields = fields[:len(header.names)]
	}
	return Row{header: header, fields: fields, line: line}
}

// File returns the name of the file that the row came from, or "".
func (r Row) File() string {
	if r.header == nil {
		return ""
	}
	return r.header.file
}

// Line returns the 1-based line on which the row begins, as an editor counts
// (the header is mostly line 1); for a database, the 1-based number of the row. No two
// rows have one line: if several objects of JSON begin on it, the further ones count as
// lines of their own, so that in a file of one line they are numbered.
func (r Row) Line() int { return r.line }

// Get returns the value in the column of that name, compared as [NewHeader]
// says, exactly as the file has it; "" if there is no such column, or several.
func (r Row) Get(column string) string {
	value, _ := r.Lookup(column)
	return value
}

// Lookup is Get that also reports whether the row has the column at all.
func (r Row) Lookup(column string) (value string, ok bool) {
	if r.header == nil {
		return "", false
	}
	i, ok := r.header.Index(column)
	if !ok || i >= len(r.fields) {
		return "", false
	}
	return r.fields[i], true
}

// Header returns the header that the row was read under; nil for the zero Row.
func (r Row) Header() *Header { return r.header }

// All yields the row's column names and values in file order.
func (r Row) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, value := range r.fields {
			if !yield(r.header.names[i], value) {
				return
			}
		}
	}
}
