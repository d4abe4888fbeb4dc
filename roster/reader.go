package roster

import (
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options say how to read a roster. nil or the zero value fits files as people
// export them.
type Options struct {
	// Name is the file's name in messages and in [Row.File]. [OpenFile] takes
	// the path if it is empty.
	Name string
	// Comma separates values. 0 means that it is found out, from the header and the
	// rows below it: a comma, a semicolon, a tab, one of | ^ ~, ||, the characters 0x01
	// and 0x1F, or what a first line "sep=;" says.
	Comma rune
	// Quoting says how values are marked that hold separators. "" means that it is found
	// out; it is QuoteDouble unless the file shows another.
	Quoting Quoting
	// Encoding is the name of the file's encoding, as the IANA or the WHATWG list it:
	// windows-1252, shift_jis, macintosh, ibm850, utf-16le. "" means UTF-8, or UTF-16 or
	// UTF-32 where a mark or the zero bytes show it. Others are never guessed: the
	// error for such a file shows how it reads in those that are likely.
	Encoding string
	// Columns are the names of columns that are wanted. The header is the first line, of
	// those in the first 16 KB, that has all of them; without any, it is the first line
	// that is neither blank nor a comment. It is an error if no line has them, or if two
	// columns have the same of these names. In JSON they may be paths; see
	// [NewReader].
	Columns []string
	// HeaderLine is the 1-based number of the header's line; 0 means that it is found.
	HeaderLine int
	// NotAccounts matches the text of lines below the header that are no accounts,
	// beside those that are recognised (see [Header.Notes]). Nil matches none.
	NotAccounts *regexp.Regexp
	// NotAccountLines are the 1-based numbers of such lines.
	NotAccountLines []int
	// AllAccounts says that all other lines are accounts: nothing is recognised as a
	// repeated heading, a line of dashes, a total, a footer or a count of rows.
	AllAccounts bool
	// MaxRecord is the greatest length of a record (a row, or the header), in
	// bytes of UTF-8, its quotes and line end included. 0 or less means 1 MiB.
	MaxRecord int
	// NoLineEnd says that the last line of this file never has a line end, so
	// that its lack is no [Header.Doubt].
	NoLineEnd bool
}

const defaultMaxRecord = 1 << 20

// A Reader reads a roster, once, from its beginning to its end. It is not safe
// for concurrent use; its header and rows are.
type Reader struct {
	header *Header
	walk   iter.Seq2[Row, error]
	used   bool
}

// NewReader reads the header of a list in text; [Reader.Rows] reads the rest. The
// package's documentation says which lists are taken. NewReader looks at the first 16 KB,
// or waits for that much, and Rows reads only while it is ranged over. Blank lines are
// skipped. Columns without a name at the header's end, where Excel leaves them, are
// dropped, and must be empty in every row.
//
// A quoted value may go over several lines. But if the record's first and last line,
// split without regard to quotes, have as many values as the header, and a separator in
// the value stands directly before text, as in
//
//	id,Note,Email
//	2,"temp until Q3,bob@contoso.example
//	4,14",dee@contoso.example
//
// then a quote that was not doubled has swallowed rows. All its lines are one
// [*RowError]. "1 Main St,\nSuite 2, Oslo", with a space after each comma, is a value.
//
// # JSON and LDIF
//
// A text that begins like JSON or LDIF is read as such:
//
//	[{...}, {...}]                      read
//	one object a line (JSON Lines)      read
//	{"Resources": [...]} (SCIM)         read; totalResults and startIndex must fit
//	{"value": [...]} (Microsoft Graph)  read; after the last @odata.nextLink a page must follow
//	{"users": [...]} and the like       read, under the names that services use
//	{"d": {"results": [...]}} (OData)   read; so with __next
//	pages one after another             read
//	an only object, an error, [["a"]]   ErrNotList
//	cut by the end or ConvertTo-Json    ErrIncomplete
//	ldifde, ldapsearch                  read; "result: 4" and a wrong numEntries are ErrIncomplete
//	changetype: modify, delete, modrdn  ErrNotList
//	csvde                               read as CSV, with the text of X'hex'
//
// There is no header, so the columns are those of the first MiB, in order of appearance.
// A name that comes later is a [Header.Doubt], unless Options.Columns names it.
//
// A nested value is named by its path:
//
//	name.givenName                      the member of an object
//	groups                              all values of an array of texts
//	emails.value                        of all objects of an array
//	emails[0].value                     of the first one
//	emails[primary].value               of the one that is primary, or the only one
//	emails[type eq "work"].value        of those that are so
//	urn:...:enterprise:2.0:User:manager.value  of an extension of SCIM
//
// Those in brackets are columns if Options.Columns names them. Several values are one
// text with semicolons between them, and \; for a semicolon in one of them. A text among
// objects, as in "emails": ["a@b"], counts as their "value". Numbers stay as written,
// null is empty.
//
// An attribute of LDIF is a column by its name, options included (cn;lang-ja), and the
// entry's name is dn. objectGUID and objectSid become the usual text, other values that
// are no text stay in base64. Where an entry has userAccountControl, the column
// accountEnabled says what it means: true or false. Files and URLs that LDIF refers to
// are never read. Entries of groups, computers and the like are no accounts.
//
// If several objects begin on one line, the further ones count as lines of their own. An
// object or entry is a [*RowError] if it has a name twice, is damaged, or lacks values
// that are elsewhere. Text that breaks the rules of JSON ends the reading.
//
// # Errors
//
// The error is a [*HeaderError] if no column has a name, or two have the same one of
// Options.Columns, and a [*ReadError] for anything else. A file that has a header and no
// rows is no error.
func NewReader(r io.Reader, opts *Options) (*Reader, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Comma != 0 && !validComma(o.Comma) {
		return nil, &ReadError{File: o.Name, Err: fmt.Errorf(
			"Options.Comma can't be %q: use a comma, a semicolon or a tab", o.Comma)}
	}
	if !o.Quoting.valid() {
		return nil, &ReadError{File: o.Name, Err: fmt.Errorf("Options.Quoting can't be %q: use %s, %s, %s or %s", o.Quoting,
			QuoteDouble, QuoteSingle, QuoteNone, QuoteBackslash)}
	}
	o.Columns = slices.Clone(o.Columns)
	if o.MaxRecord <= 0 {
		o.MaxRecord = defaultMaxRecord
	}
	text, err := openText(r, &o)
	if err != nil {
		return nil, err
	}
	s, err := sniff(text, &o)
	if err != nil {
		return nil, err
	}
	if s.source != nil {
		return findColumns(s.source(o), o, s.notes)
	}
	s.skip, s.skipLines, s.allAccounts = o.NotAccounts, slices.Clone(o.NotAccountLines), o.AllAccounts
	return readHeader(s, &o)
}

// readHeader returns a Reader of the rows that follow the first record.
func readHeader(s *records, o *Options) (*Reader, error) {
	names, err := s.next()
	if bad, ok := err.(*RowError); ok {
		return nil, &ReadError{File: bad.File, Line: bad.Line, Column: bad.Column, Err: bad.Err}
	}
	if err == io.EOF {
		return nil, &ReadError{File: s.file, Err: fmt.Errorf(
			"%w: a first line with the names of the columns is needed", ErrEmpty)}
	}
	if err != nil {
		return nil, err
	}
	header, err := NewHeader(s.file, named(names))
	if err != nil {
		return nil, err
	}
	for _, name := range o.Columns {
		if err := header.Ambiguous(name); err != nil {
			return nil, err
		}
	}
	for _, note := range s.notes {
		header.AddNote(note)
	}
	s.split.width = len(names)
	walk := func(yield func(Row, error) bool) {
		s.rows(header, len(names), yield)
		s.doubt(header, o.NoLineEnd)
	}
	comma, _ := utf8.DecodeRuneInString(s.split.comma)
	r := newReader(header, comma, walk)
	decodeCsvde(r)
	return r, nil
}

// FromRows returns a Reader of rows that another package reads, such as those of a
// workbook. The sequence keeps what [Reader.Rows] promises: each pair is a row and nil,
// or a [*RowError], or at last a [*ReadError]. A header belongs to one Reader.
func FromRows(header *Header, rows iter.Seq2[Row, error]) *Reader {
	return newReader(header, ',', rows)
}

func newReader(header *Header, comma rune, walk iter.Seq2[Row, error]) *Reader {
	header.hasReader = true
	header.rows.Store(-1)
	header.comma = comma
	return &Reader{header: header, walk: walk}
}

// named returns names without the empty ones at the end, or names if all are.
func named(names []string) []string {
	last := len(names) - 1
	for last >= 0 && strings.TrimSpace(names[last]) == "" {
		last--
	}
	if last < 0 {
		return names
	}
	return names[:last+1]
}

// Header returns the roster's column names.
func (r *Reader) Header() *Header { return r.header }

// Comma returns the character that separates the values, given or detected; a
// comma for a database. Use it to write rows back as they came.
func (r *Reader) Comma() rune { return r.header.comma }

// Rows yields the rows in file order, reading as it is ranged over, in constant
// memory. Each pair is a row and nil; or a [*RowError] with what is known of its
// row, at least file and line, after which the loop may go on; or a zero Row and
// a [*ReadError], which is always the last pair. The caller may keep the rows.
//
// Rows can be ranged over once. The second time it yields only [ErrUsed], rather
// than a roster that looks empty; also if the first loop was left early.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if r.used {
			yield(Row{}, &ReadError{File: r.header.file, Err: fmt.Errorf("%w: open it again", ErrUsed)})
			return
		}
		r.used = true
		n := int64(0)
		for row, err := range r.walk {
			if !yield(row, err) {
				return
			}
			if _, last := err.(*ReadError); last {
				return
			}
			n++
		}
		r.header.rows.Store(n)
	}
}
