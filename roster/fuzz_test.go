package roster_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
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
	"a\n\\.\n",
}

// FuzzReader holds the reader to what it says of itself: it never panics, every
// record is a row or an error at its line, and what encoding/csv takes as well
// is read as encoding/csv reads it.
func FuzzReader(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := roster.NewReader(bytes.NewReader(data), &roster.Options{Name: "f.csv", MaxRecord: 1 << 20})
		if err != nil {
			requireTyped(t, err)
			return
		}
		want := reference(data, r.Comma())
		width := len(r.Header().Columns())
		var wrong []string
		n, last := 0, 0
		for row, err := range r.Rows() {
			var bad *roster.RowError
			var end *roster.ReadError
			if errors.As(err, &end) && errors.Is(err, roster.ErrQuote) {
				require.Greater(t, end.Line, last, "what was read stays")
				if want != nil {
					require.Len(t, want, n+1, "only the last record can lack its quote")
					require.Error(t, want[n].err)
				}
				return
			}
			require.True(t, err == nil || errors.As(err, &bad), "only rows can be wrong here: %v", err)
			require.Greater(t, row.Line(), last, "rows come in order")
			last = row.Line()
			if err == nil {
				require.Len(t, values(row), width, "a row without an error has every column")
			}
			if want != nil {
				require.Less(t, n, len(want), "a row that encoding/csv doesn't see")
				wrong = append(wrong, want[n].differs(row, bad, width)...)
			}
			n++
		}
		if want != nil {
			require.Equal(t, len(want), n, "rows and errors account for every record")
		}
		assert.Empty(t, wrong)
	})
}

func requireTyped(t *testing.T, err error) {
	var header *roster.HeaderError
	var read *roster.ReadError
	require.True(t, errors.As(err, &header) || errors.As(err, &read), "%T: %v", err, err)
}

// A refRecord is what encoding/csv makes of one record.
type refRecord struct {
	fields []string
	line   int
	err    error
}

// differs says in what a row is not what encoding/csv reads.
func (want refRecord) differs(row roster.Row, bad *roster.RowError, width int) (wrong []string) {
	if row.Line() != want.line {
		wrong = append(wrong, "another line")
	}
	if want.err != nil {
		if !errors.Is(bad, roster.ErrQuote) {
			wrong = append(wrong, "not reported: "+want.err.Error())
		}
		return wrong
	}
	text := true
	for _, field := range want.fields {
		text = text && utf8.ValidString(field) && !bytes.Contains([]byte(field), []byte{0})
	}
	if text && len(want.fields) == width && bad != nil && !errors.Is(bad, roster.ErrRowsInValue) &&
		!errors.Is(bad, roster.ErrNotRow) {
		wrong = append(wrong, "refused without reason: "+bad.Error())
	}
	if !text && bad == nil {
		wrong = append(wrong, "damaged text not reported")
	}
	for i, value := range values(row) {
		if value != want.fields[i] {
			wrong = append(wrong, "another value: "+value)
		}
	}
	return wrong
}

// reference reads the records after the header with encoding/csv alone, or
// returns nil for files that encoding/csv alone doesn't understand.
func reference(data []byte, comma rune) []refRecord {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	head := bytes.TrimLeft(data, "\r\n")
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) ||
		len(head) > 3 && bytes.EqualFold(head[:3], []byte("sep")) || hasLoneCR(data) {
		return nil
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma, -1
	records := []refRecord{}
	for {
		fields, err := r.Read()
		if err == io.EOF {
			return records[1:]
		}
		rec := refRecord{fields: fields, err: err}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			rec.line = bad.StartLine
		} else {
			rec.line, _ = r.FieldPos(0)
		}
		records = append(records, rec)
	}
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
		first, rows := writeAll(t, r, opts)
		if bytes.Contains(first, []byte("\r\n")) {
			return // encoding/csv reads CRLF inside a value as LF
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
		if errors.Is(err, roster.ErrRowsInValue) || errors.Is(err, roster.ErrNotRow) {
			return true
		}
	}
	return false
}

func hasLoneCR(data []byte) bool {
	return bytes.IndexByte(bytes.ReplaceAll(data, []byte("\r\n"), nil), '\r') >= 0
}
