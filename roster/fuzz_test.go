package roster_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

var seeds = []string{
	"", "\n", "id,name\n1,Kari\n", "id;name\r\n1;\"a;b\"\r\n", "\ufeffid\tname\n1\t2\n", "sep=;\na;b\n1;2\n",
	"id,name\r1,Kari\r\r2,Bo\r", "id,name\r\n\r\n1,\"x\r\ny\"\n", "a,b,,\n1,2,,\n1,2\n1,2,3,\n",
	"a,b\n1\n1,2,3\n1,2\n",
	"a,b\n\"1\n2,3\n", "a,b\n1,x\"y\n\"x\"y,2\n3,4", "a\n\"\"\n\n\"\n\"\n", "a,b\n\xff,1\n2,\x00\n3,ø\n", "a,A\n",
	",\n", "a\n1\r",
	"PK\x03\x04", "\xff\xfea\x00\n\x001\x00", "\xfe\xff\x00a\x00\n", "\"a\n", "a\r\r\nb\r\r\n", "=a,'b\n=1,'2\n",
	"a\n\\.\n", "a\tb\n\\N\t1\n2\tb\\", "a\tb\n\\N\t1\n2\tb\\\nc\n",
}

// FuzzReader holds the reader to what it says of itself: it never panics, every line
// is one of a row, of an error, of what is no account, or blank, and what encoding/csv
// takes as well is read as encoding/csv reads it.
func FuzzReader(f *testing.F) {
	for i, seed := range seeds {
		f.Add([]byte(seed), byte(i))
	}
	addFiles(f)
	quotings := []roster.Quoting{"", roster.QuoteDouble, roster.QuoteSingle, roster.QuoteNone, roster.QuoteBackslash}
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		opts := &roster.Options{Name: "f.csv", Quoting: quotings[int(how)%len(quotings)], MaxRecord: 1 << 20}
		r, err := roster.NewReader(bytes.NewReader(data), opts)
		if err != nil {
			requireTyped(t, err)
			return
		}
		seen := coverage{}
		var want map[int]refRecord
		counted := isPlain(data, r) && opts.Quoting != roster.QuoteBackslash // \n makes no line
		if counted && (opts.Quoting == "" || opts.Quoting == roster.QuoteDouble) {
			want = reference(data, r)
		}
		end, last := 0, 0 // the line from which nothing is known
		for row, err := range r.Rows() {
			var bad *roster.RowError
			var read *roster.ReadError
			if errors.As(err, &read) {
				end = read.Line
				continue
			}
			require.Zero(t, end, "a ReadError is the last")
			require.True(t, err == nil || errors.As(err, &bad), "only rows can be wrong here: %v", err)
			require.Greater(t, row.Line(), last, "rows come in order")
			last = row.Line()
			if bad != nil {
				seen.add(bad.RowLine, bad.RowLine+bad.Lines-1)
				continue
			}
			v := values(row)
			require.Len(t, v, len(r.Header().Columns()), "a row without an error has every column")
			seen.add(row.Line(), row.Line()+strings.Count(strings.Join(v, ""), "\n"))
			if ref, ok := want[row.Line()]; ok {
				require.NoError(t, ref.err)
				require.Equal(t, trimEmpty(ref.fields), trimEmpty(v))
			}
		}
		for _, lines := range roster.NotAccounts(r.Header()) {
			seen.add(lines[0], lines[1])
		}
		if counted {
			seen.check(t, data, end)
		}
	})
}

// coverage counts how often each line was accounted for.
type coverage map[int]int

func (c coverage) add(first, last int) {
	for line := first; line <= last; line++ {
		c[line]++
	}
}

// check holds that each line below the header is accounted for once, or blank, up to
// the line from which nothing is known.
func (c coverage) check(t *testing.T, data []byte, end int) {
	first := 0 // below the header
	for line := range c {
		if first == 0 || line < first {
			first = line
		}
	}
	for i, line := range bytes.Split(data, []byte("\n")) {
		n := i + 1
		if end > 0 && n >= end {
			break
		}
		if n >= first && first > 0 && len(bytes.Trim(line, "\r")) > 0 {
			require.Equal(t, 1, c[n], "line %d: %q", n, line)
		}
	}
}

func trimEmpty(fields []string) []string {
	for len(fields) > 0 && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	return fields
}

// addFiles adds the lists of testdata to the seeds.
func addFiles(f *testing.F) {
	names, err := filepath.Glob("testdata/[^.]*.*")
	require.NoError(f, err)
	for _, name := range names {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		if !strings.HasSuffix(name, ".golden") {
			f.Add(data, byte(0))
		}
	}
}

func requireTyped(t *testing.T, err error) {
	var header *roster.HeaderError
	var read *roster.ReadError
	require.True(t, errors.As(err, &header) || errors.As(err, &read), "%T: %v", err, err)
}

// A refRecord is what encoding/csv makes of one record.
type refRecord struct {
	fields []string
	err    error
}

// isPlain reports whether encoding/csv understands a file too, if it has the quotes.
func isPlain(data []byte, reader *roster.Reader) bool {
	special := bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		hasLoneCR(data) || bytes.Contains(data, []byte("\r\r\n"))
	// Excel's text, UTF-16, marks, and spaces before quotes
	for _, text := range []string{"=\"", "\x00", "\ufeff", string(reader.Comma()) + " \""} {
		special = special || bytes.Contains(data, []byte(text))
	}
	return !special && !likeNested(data) && len(reader.Header().Notes()) == 0
}

// reference reads the records by their lines with encoding/csv alone.
func reference(data []byte, reader *roster.Reader) map[int]refRecord {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = reader.Comma(), -1
	records := map[int]refRecord{}
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return records
		}
		line := 0
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			line = bad.StartLine
		} else {
			line, _ = r.FieldPos(0)
		}
		records[line] = refRecord{fields, err}
	}
}

// FuzzEncoding holds that bytes of any encoding make rows or a typed error, and that no
// row holds anything but UTF-8.
func FuzzEncoding(f *testing.F) {
	names := []string{"", "windows-1252", "shift_jis", "gb18030", "euc-kr", "big5", "iso-2022-jp", "macintosh", "ibm850",
		"ibm037", "utf-16le", "utf-16be", "utf-8", "koi8-r"}
	for i := range names {
		f.Add([]byte("id,name\n1,Zo\xeb\n2,\x93\x63\x81\x30\x1b$B\n"), byte(i))
	}
	addFiles(f)
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		r, err := roster.NewReader(bytes.NewReader(data), &roster.Options{Encoding: names[int(how)%len(names)]})
		if err != nil {
			requireTyped(t, err)
			return
		}
		for row, err := range r.Rows() {
			var bad *roster.RowError
			if err != nil && !errors.As(err, &bad) {
				requireTyped(t, err)
			}
			if err == nil {
				require.True(t, utf8.ValidString(strings.Join(values(row), "")))
			}
		}
	})
}

// FuzzRoundTrip holds that rows written and read back are the same rows, and
// that writing them again gives the same bytes.
func FuzzRoundTrip(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), byte(0))
		f.Add([]byte(seed), byte(1))
		f.Add([]byte(seed), byte(2))
	}
	f.Fuzz(func(t *testing.T, data []byte, how byte) {
		opts := &roster.WriterOptions{Comma: rune(",;\t"[how%3]), BOM: how&4 != 0, Raw: true}
		r, err := roster.NewReader(bytes.NewReader(data), nil)
		if err != nil {
			return
		}
		if names := r.Header().Columns(); len(names) == 1 && strings.ContainsAny(names[0], "=,;\t|^~\x01\x1f") {
			return // it looks like a row that was quoted as a whole
		}
		first, rows := writeAll(t, r, opts)
		if bytes.Contains(first, []byte("\r\n")) {
			return // encoding/csv reads CRLF inside a value as LF
		}
		if likeNested(first) || bytes.IndexByte(first, 0) >= 0 { // \0 of MySQL is a NUL byte, and no text
			return
		}
		again, err := roster.NewReader(bytes.NewReader(first), nil)
		require.NoError(t, err, "%q", first)
		require.Equal(t, r.Header().Columns(), again.Header().Columns())
		if swallowed(first) {
			return // what looks like other rows, or like none, is doubted
		}
		second, back := writeAll(t, again, opts)
		require.Equal(t, rows, back, "%q", first)
		require.Equal(t, first, second)
	})
}

// writeAll writes the rows that can be read, and returns them too.
func writeAll(t *testing.T, r *roster.Reader, opts *roster.WriterOptions) ([]byte, [][]string) {
	var out bytes.Buffer
	var rows [][]string
	w := roster.NewWriter(&out, r.Header(), nil, opts)
	for row, err := range r.Rows() {
		if err == nil {
			require.NoError(t, w.Write(row))
			rows = append(rows, values(row))
		}
	}
	require.NoError(t, w.Flush())
	return out.Bytes(), rows
}

// swallowed reports whether a record is taken for several rows, or for none.
func swallowed(data []byte) bool {
	r, err := roster.NewReader(bytes.NewReader(data), nil)
	if err != nil {
		return false
	}
	for _, err := range r.Rows() {
		if errors.Is(err, roster.ErrRowsInValue) || errors.Is(err, roster.ErrNotRow) || errors.Is(err, roster.ErrFieldCount) {
			return true
		}
	}
	return len(roster.NotAccounts(r.Header())) > 0
}

func hasLoneCR(data []byte) bool {
	return bytes.IndexByte(bytes.ReplaceAll(data, []byte("\r\n"), nil), '\r') >= 0
}

// likeNested reports whether a text may be taken for JSON or LDIF.
func likeNested(data []byte) bool {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n"))
	return bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")) ||
		bytes.Contains(text, []byte("dn:")) || bytes.Contains(text, []byte("version:")) || bytes.Contains(text, []byte("dn,"))
}
