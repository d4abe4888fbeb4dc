package roster

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// firstPart is how much of a file without a header is read to find its columns, in bytes.
const firstPart = 1 << 20

// maxColumns is how many columns such a file may have.
const maxColumns = 2000

// A source reads files whose records name their own values: JSON and LDIF.
type source interface {
	// next returns the next entry. Its error is io.EOF after the last one, or a *ReadError.
	next() (entry, error)
	// offset returns how many bytes of text the records so far take.
	offset() int64
	// doubt returns the line and the reason of a doubt about the whole, or "".
	doubt() (int, string)
}

// An entry is one object of JSON or one entry of LDIF.
type entry struct {
	line    int // on which it begins
	lines   int
	what    string // what it is, if it is no account
	values  []namedValue
	ask     func(path string) (string, bool) // finds what is no name of a value; may be nil
	unknown []unknownValue
	err     *RowError
}

// A namedValue is what an entry has under one name.
type namedValue struct {
	name  string
	texts []string
	many  bool // there may be several
}

// An unknownValue is one that the file has, but not whole.
type unknownValue struct {
	name string
	err  error // a *RowError or a *ReadError
}

// text returns the values in one, separated by semicolons.
func (v namedValue) text() string {
	if len(v.texts) == 1 && !v.many {
		return v.texts[0]
	}
	escaped := make([]string, len(v.texts))
	for i, text := range v.texts {
		escaped[i] = strings.ReplaceAll(text, ";", `\;`)
	}
	return strings.Join(escaped, ";")
}

// A finder finds the columns of a source in its first part, and makes rows.
type finder struct {
	file    string
	src     source
	wanted  []string
	first   []entry // those in which the columns were found
	end     error   // what came after first, or nil
	names   []string
	index   map[string]int // columns by the canonical names of values
	asked   []int          // columns that the records are asked for
	header  *Header
	unnamed bool // a doubt was noted about a value without a column
}

// findColumns returns a Reader of a source's records, with notes about the file.
func findColumns(src source, o Options, notes []string) (*Reader, error) {
	f := &finder{file: o.Name, src: src, wanted: o.Columns, index: map[string]int{}}
	for f.end == nil && src.offset() < firstPart {
		var next entry
		if next, f.end = src.next(); f.end == nil {
			f.first = append(f.first, next)
			f.addNames(next)
		}
	}
	if len(f.names) > maxColumns {
		return nil, &ReadError{File: f.file, Err: fmt.Errorf(
			"%w: its objects have more than %d different names; each account must have the same ones", ErrNotList, maxColumns)}
	}
	f.addWanted()
	if len(f.names) == 0 {
		return nil, f.empty()
	}
	header, err := NewHeader(f.file, f.names)
	if err != nil {
		return nil, err
	}
	for _, note := range notes {
		header.AddNote(note)
	}
	f.header = header
	return FromRows(header, f.rows()), nil
}

// empty returns the error of a file in which there is no column.
func (f *finder) empty() error {
	if f.end != nil && f.end != io.EOF {
		return f.end
	}
	for _, r := range f.first {
		if r.what != "" {
			continue
		}
		if r.err != nil {
			return &ReadError{File: f.file, Line: r.err.Line, Column: r.err.Column, Err: r.err.Err}
		}
	}
	return &ReadError{File: f.file, Err: fmt.Errorf("%w: the list holds no account", ErrEmpty)}
}

func (f *finder) addNames(r entry) {
	if r.err != nil || r.what != "" {
		return
	}
	for _, v := range r.values {
		key := canonical(v.name)
		if _, has := f.index[key]; !has && len(f.names) <= maxColumns {
			f.index[key] = len(f.names)
			f.names = append(f.names, v.name)
		}
	}
}

// addWanted adds the wanted columns that an entry has when asked for them, or that
// a later entry may have.
func (f *finder) addWanted() {
	var more []string
	for _, name := range f.wanted {
		has := func(r entry) bool {
			if r.ask == nil {
				return false
			}
			_, ok := r.ask(name)
			return ok
		}
		if i, found := f.index[canonical(name)]; found {
			f.asked = append(f.asked, i)
		} else if canonical(name) != "" && !slices.ContainsFunc(more, sameName(name)) &&
			(f.end == nil || slices.ContainsFunc(f.first, has)) {
			more = append(more, name)
		}
	}
	for _, name := range more {
		f.index[canonical(name)] = len(f.names)
		f.asked = append(f.asked, len(f.names))
		f.names = append(f.names, name)
	}
}

func sameName(name string) func(string) bool {
	return func(other string) bool { return canonical(other) == canonical(name) }
}

func (f *finder) rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range f.first {
			if !f.yield(r, yield) {
				return
			}
		}
		f.first = nil
		err := f.end
		for err == nil {
			var next entry
			if next, err = f.src.next(); err == nil && !f.yield(next, yield) {
				return
			}
		}
		if err != io.EOF {
			yield(Row{}, err)
			return
		}
		if line, doubt := f.src.doubt(); doubt != "" {
			f.header.addDoubt(line, doubt)
		}
	}
}

// yield yields an entry's row, unless it is no account, and reports whether there
// should be more.
func (f *finder) yield(r entry, yield func(Row, error) bool) bool {
	if r.what != "" && r.err == nil {
		f.header.passed(r.what, r.line, r.lines)
		return true
	}
	return yield(f.row(r))
}

// row returns an entry's row.
func (f *finder) row(r entry) (Row, error) {
	fields := make([]string, len(f.names))
	for _, v := range r.values {
		if i, ok := f.index[canonical(v.name)]; ok {
			fields[i] = v.text()
		} else if r.err == nil && r.what == "" {
			f.noteUnnamed(r.line, v.name)
		}
	}
	for _, i := range f.asked {
		if r.ask == nil {
			break
		}
		if value, ok := r.ask(f.names[i]); ok {
			fields[i] = value
		}
	}
	if slices.ContainsFunc(fields, func(v string) bool { return strings.Contains(v, lost) }) {
		f.header.addDoubt(r.line, lostDoubt)
	}
	return f.checked(r, NewRow(f.header, r.line, fields))
}

// checked returns an entry's row with the error of the entry, if there is one.
func (f *finder) checked(r entry, row Row) (Row, error) {
	if r.err != nil {
		return row, r.err
	}
	for _, u := range r.unknown {
		if !f.wants(u.name) {
			continue
		}
		if bad := (*ReadError)(nil); errors.As(u.err, &bad) {
			return Row{}, bad
		}
		return row, u.err
	}
	return row, nil
}

// wants reports whether a name is that of a wanted column, or the beginning of one.
func (f *finder) wants(name string) bool {
	name = canonical(name)
	return len(f.wanted) == 0 || slices.ContainsFunc(f.wanted, func(column string) bool {
		rest, ok := strings.CutPrefix(canonical(column), name)
		return ok && (rest == "" || strings.ContainsAny(rest[:1], ".[:;"))
	})
}

// noteUnnamed notes a value for which the first part of the file shows no column.
// Nobody misses it who has said which columns are wanted.
func (f *finder) noteUnnamed(line int, name string) {
	if f.unnamed || len(f.wanted) > 0 {
		return
	}
	f.unnamed = true
	f.header.addDoubt(line, fmt.Sprintf("%q is here for the first time, after the columns were found in the first "+
		"%d KiB of the file; name the columns that are wanted", Printable(cmp.Or(name, "(no name)")), firstPart>>10))
}
