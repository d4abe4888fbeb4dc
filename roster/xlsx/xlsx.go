package xlsx

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"slices"

	"github.com/rollcall-go/rollcall/roster"
)

// What is wrong with a workbook or one of its rows. [*roster.ReadError] and
// [*roster.RowError] wrap these.
var (
	// ErrNotXLSX: another kind of file, which the message names.
	ErrNotXLSX = errors.New("not an .xlsx workbook")
	// ErrDamaged: the workbook's parts can't be read.
	ErrDamaged = errors.New("the workbook is damaged")
	// ErrSheet: there is no sheet, or no single one, that has the list.
	ErrSheet = errors.New("which sheet has the list is not clear")
	// ErrTooLarge: more than Options.MaxUnpacked or Options.MaxText.
	ErrTooLarge = errors.New("the workbook is too large")
	// ErrNoValue: a formula that was saved without its value, or a row of errors.
	ErrNoValue = errors.New("a formula without a value")
)

// Options say how to read a workbook. nil or the zero value fits a workbook that
// has a single sheet with the header in its first row.
type Options struct {
	// Name is the file's name in messages. [OpenFile] takes the path if it is empty.
	Name string
	// Sheet is the name of the sheet, without regard to letter case; hidden ones can
	// be named too. "" means the only visible sheet that has Columns.
	Sheet string
	// Columns are the names of columns that are wanted. They find the sheet and its
	// header; the other columns are read as well. None means that the first row with
	// a value is the header.
	Columns []string
	// MaxUnpacked is the greatest size of all that is unpacked, in bytes. 0 or less
	// means 1 GiB.
	MaxUnpacked int64
	// MaxText is the greatest size of the workbook's shared texts, in bytes of UTF-8
	// and 4 for each. They are kept in memory. 0 or less means 256 MiB.
	MaxText int64
	// MaxRow is the greatest length of a row's values, in bytes of UTF-8. 0 or less
	// means 1 MiB.
	MaxRow int
}

// withDefaults returns a copy of opts in which every limit is set.
func withDefaults(opts *Options) Options {
	var o Options
	if opts != nil {
		o = *opts
	}
	o.Columns = slices.Clone(o.Columns)
	if o.MaxUnpacked <= 0 {
		o.MaxUnpacked = 1 << 30
	}
	if o.MaxText <= 0 {
		o.MaxText = 256 << 20
	}
	o.MaxText = min(o.MaxText, math.MaxUint32)
	if o.MaxRow <= 0 {
		o.MaxRow = 1 << 20
	}
	return o
}

// NewReader finds the list in a workbook of size bytes; [roster.Reader.Rows] reads it.
// The number of a row is that of the sheet. What r holds must stay until then.
//
// The header's notes ([roster.Header.Notes]) say what was met that the one who made the
// workbook may not expect: other sheets, lines above the header, hidden rows and
// columns, columns without a name, cells with an error, numbers that lost digits. They
// are whole after the rows have been ranged over. No note holds a value from a row.
//
// The error is a [*roster.HeaderError] for column names that can't be used, and a
// [*roster.ReadError] for anything else.
func NewReader(r io.ReaderAt, size int64, opts *Options) (*roster.Reader, error) {
	o := withDefaults(opts)
	b, err := open(r, size, o)
	if err != nil {
		return nil, &roster.ReadError{File: o.Name, Err: err}
	}
	found, err := b.choose()
	if err != nil {
		return nil, &roster.ReadError{File: o.Name, Err: err}
	}
	t, err := b.newTable(found)
	if err != nil {
		return nil, err
	}
	return roster.FromRows(t.header, roster.PassOver(t.header, t.rows)), nil
}

// Is reports whether a file that begins with head is for this package: a zip archive,
// as an .xlsx is, or what Excel makes of a workbook with a password and of an .xls,
// which [NewReader] refuses by name. The first 8 bytes are enough.
func Is(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) ||
		bytes.HasPrefix(head, ole)
}

// A File is a roster in a workbook that is open for reading.
type File struct {
	*roster.Reader
	file *os.File
}

// OpenFile opens a workbook and finds its list, as [NewReader] does. The caller closes
// it after ranging over its rows. The error is an [*os.PathError] if the file can't be
// opened, and otherwise one of NewReader's.
func OpenFile(path string, opts *Options) (*File, error) {
	o := withDefaults(opts)
	if o.Name == "" {
		o.Name = path
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // Stat's error says more
		return nil, err
	}
	r, err := NewReader(f, info.Size(), &o)
	if err != nil {
		_ = f.Close() // NewReader's error says more
		return nil, err
	}
	return &File{Reader: r, file: f}, nil
}

// Close closes the file. Rows can't be read after it.
func (f *File) Close() error { return f.file.Close() }
