package roster_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// read returns what a caller sees of a file: its rows' values, and its errors.
func read(t *testing.T, in io.Reader, opts *roster.Options) (rows [][]string, bad []string, err error) {
	t.Helper()
	r, err := roster.NewReader(in, opts)
	if err != nil {
		return nil, nil, err
	}
	for row, err := range r.Rows() {
		var rowErr *roster.RowError
		switch {
		case errors.As(err, &rowErr):
			bad = append(bad, err.Error())
		case err != nil:
			return rows, bad, err
		default:
			rows = append(rows, values(row))
		}
	}
	return rows, bad, nil
}

func values(row roster.Row) []string {
	var v []string
	for _, value := range row.All() {
		v = append(v, value)
	}
	return v
}

func utf16(order, text string) string {
	var b strings.Builder
	for _, r := range "\ufeff" + text { // the texts here are in the basic plane
		if order == "LE" {
			b.Write([]byte{byte(r), byte(r >> 8)})
		} else {
			b.Write([]byte{byte(r >> 8), byte(r)})
		}
	}
	return b.String()
}

func TestReaderTakesFilesAsPeopleExportThem(t *testing.T) {
	t.Parallel()
	two := [][]string{{"1", "Åse"}, {"2", "Bo"}}
	for _, c := range []struct {
		reason, in string
		want       [][]string
	}{
		{"plain", "id,name\n1,Åse\n2,Bo\n", two},
		{"no line end after the last row", "id,name\n1,Åse\n2,Bo", two},
		{"Windows line ends", "id,name\r\n1,Åse\r\n2,Bo\r\n", two},
		{"line ends of old Macs", "id,name\r1,Åse\r2,Bo\r", two},
		{"Excel's CSV UTF-8: the mark must not become part of the first name", "\ufeffid,name\r\n1,Åse\r\n2,Bo\r\n",
			two},
		{"Excel's Unicode Text", utf16("LE", "id\tname\r\n1\tÅse\r\n2\tBo\r\n"), two},
		{"UTF-16 without its mark", strings.TrimPrefix(utf16("LE", "id\tname\r\n1\tÅse\r\n2\tBo\r\n"), "\xff\xfe"), two},
		{"UTF-16 of the other order", utf16("BE", "id\tname\r\n1\tÅse\r\n2\tBo\r\n"), two},
		{"Excel where the comma is the decimal point", "id;name\r\n1;Åse\r\n2;Bo\r\n", two},
		{"tabs", "id\tname\n1\tÅse\n2\tBo\n", two},
		{"the header decides, whatever the rows hold", "id;name\n1;Åse\n2;Bo\n3;a,b,c,d\n",
			[][]string{{"1", "Åse"}, {"2", "Bo"}, {"3", "a,b,c,d"}}},
		{"separators inside quotes don't count", "\"id\";\"na,m,e\"\n1;Åse\n2;Bo\n", two},
		{"Excel's own declaration, which is no header", "sep=;\r\nid;name\r\n1;Åse\r\n2;Bo\r\n", two},
		{"the declaration wins over what the header looks like", "\ufeffsep=|\nid|a,b;c\n1|Åse\n2|Bo\n", two},
		{"the declaration with old Macs' line ends", "SEP=,\rid,name\r1,Åse\r2,Bo\r", two},
		{"blank lines before, between and after", "\n\r\nid,name\n\n1,Åse\n\r\n\n2,Bo\n\n\n", two},
		{"nameless columns at the end, as Excel leaves them", "id,name,,\n1,Åse,,\n2,Bo,,\n", two},
		{"nameless columns at the end, which Excel doesn't repeat in every row", "id,name,, \n1,Åse\n2,Bo,\n", two},
		{"empty values too many, where the header has no such columns", "id,name\n1,Åse,\n2,Bo,,,\n", two},
		{"an address in one value", "id,address\n1,\"Storgata 1\r\n0155 Oslo\"\n2,Bo\n",
			[][]string{{"1", "Storgata 1\n0155 Oslo"}, {"2", "Bo"}}},
		{"a line break in a name", "id,\"full\nname\"\n1,Åse\n2,Bo\n", two},
		{"doubled quotes", "id,name\n1,\"Kari \"\"KK\"\" K\"\n", [][]string{{"1", `Kari "KK" K`}}},
		{"values are not trimmed: the directory is asked for what the file says", "id,name\n 1 ,\" \"\n",
			[][]string{{" 1 ", " "}}},
		{"one column", "mail\na@contoso.example\n\"\"\n", [][]string{{"a@contoso.example"}, {""}}},
		{"a lone CR inside a value belongs to it", "id,name\n1,\"a\rb\"\n", [][]string{{"1", "a\rb"}}},
		{"a header and no rows is an empty list", "id,name\r\n", nil},
		{"the same without a line end", "id,name", nil},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			got, bad, err := read(t, strings.NewReader(c.in), nil)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			assert.Empty(t, bad)

			got, bad, err = read(t, iotest.OneByteReader(strings.NewReader(c.in)), nil)
			require.NoError(t, err, "from a slow source")
			assert.Equal(t, c.want, got, "from a slow source")
			assert.Empty(t, bad, "from a slow source")
		})
	}
}

func TestReaderKeepsOtherRowsBesideBadOnes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in string
		is         error
		want       [][]string
		bad        string
	}{
		{"a value too many, as from an unquoted comma", "id,name\n1,Nordmann, Kari\n2,Bo\n", roster.ErrFieldCount,
			[][]string{{"2", "Bo"}},
			"users.csv line 2, column 12: wrong number of values: 3 in a row under 2 column names; a value that holds the separator must be quoted"},
		{"a value too few", "id,name\n1\n2,Bo\n", roster.ErrFieldCount, [][]string{{"2", "Bo"}},
			"users.csv line 2, column 1: wrong number of values: 1 in a row under 2 column names; is a line break or a separator missing?"},
		{"a value under a nameless column may be a shifted row", "id,name,,\n1,Kari,,x\n2,Bo,,\n",
			roster.ErrFieldCount, [][]string{{"2", "Bo"}},
			"users.csv line 2, column 9: wrong number of values: 4 in a row under 2 column names; this one has no column name above it"},
		{"lines are counted as an editor does, over blank ones and line breaks in values",
			"sep=,\n\nid,name\n1,\"a\nb\"\n\n3\n4,Bo\n", roster.ErrFieldCount, [][]string{{"1", "a\nb"}, {"4", "Bo"}},
			"users.csv line 7, column 1: wrong number of values: 1 in a row under 2 column names; is a line break or a separator missing?"},
		{"what looks like a total but may be a row", "id,name\nTotal,\n2,Bo\n", roster.ErrNotRow, [][]string{{"2", "Bo"}},
			"users.csv line 2, column 1: not a row: it looks like a total; take the line out of the list"},
		{"a bare quote", "id,name\n1,5\" pipe\n2,Bo\n", roster.ErrQuote, [][]string{{"2", "Bo"}},
			"users.csv line 2, column 4: misplaced quote: a value that holds a quote must be quoted, with the quote inside it doubled"},
		{"a quote inside quotes", "id,name\n1,\"a\nb\"c\"\n2,Bo\n", roster.ErrQuote, [][]string{{"2", "Bo"}},
			"users.csv line 3, column 2 (row begun on line 2): misplaced quote: a quote inside a quoted value must be doubled"},
		{"a quote inside quotes in the last line", "id,name\n2,Bo\n1,\"a\"c", roster.ErrQuote, [][]string{{"2", "Bo"}},
			"users.csv line 3, column 5: misplaced quote: a quote inside a quoted value must be doubled"},
		{"a row of another encoding in a file that is UTF-8", "id,name\n1,Åge\n2,\xc5se\n3,Cy\n", roster.ErrEncoding,
			[][]string{{"1", "Åge"}, {"3", "Cy"}},
			"users.csv line 3, column 3: not UTF-8: the value holds the byte 0xC5; save the list as CSV UTF-8, or name its encoding"},
		{"a real U+FFFD is a character like others", "id,name\n1,\ufffd\n2,\ufffd\xff\n", roster.ErrEncoding,
			[][]string{{"1", "\ufffd"}},
			"users.csv line 3, column 3: not UTF-8: the value holds the byte 0xFF; save the list as CSV UTF-8, or name its encoding"},
		{"a NUL byte is no text", "id,name\n1,a\x00b\n2,Bo\n", roster.ErrBinary, [][]string{{"2", "Bo"}},
			"users.csv line 2, column 3: not text: the value holds a NUL byte; save the list as CSV UTF-8, or name its encoding"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			opts := &roster.Options{Name: "users.csv"}
			got, bad, err := read(t, strings.NewReader(c.in), opts)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			assert.Equal(t, []string{c.bad}, bad)

			r, err := roster.NewReader(strings.NewReader(c.in), opts)
			require.NoError(t, err)
			for row, err := range r.Rows() {
				var rowErr *roster.RowError
				if errors.As(err, &rowErr) {
					assert.ErrorIs(t, err, c.is)
					assert.Equal(t, "users.csv", rowErr.File)
					assert.Equal(t, rowErr.RowLine, row.Line(), "the row that comes with its error knows its place")
					assert.Equal(t, "users.csv", row.File())
				}
			}
		})
	}
}

// Whoever stands after the quote is unknown; it isn't one row that is lost.
func TestAValueThatIsNeverClosedEndsTheRoster(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"", "\n", "\r\n", "\n\n\n", "\r", "\r\n4,Dee"} {
		rows, bad, err := read(t, strings.NewReader("id,name\n1,Åse\n2,\"Bo\n3,Cy"+end), &roster.Options{Name: "users.csv"})
		require.ErrorIs(t, err, roster.ErrQuote, "%q", end)
		assert.Equal(t, [][]string{{"1", "Åse"}}, rows, "%q", end)
		assert.Empty(t, bad, "%q", end)
		var readErr *roster.ReadError
		require.ErrorAs(t, err, &readErr)
		assert.Equal(t, 3, readErr.Line, "rows from there on are unknown")
	}
	for _, end := range []string{"", "\n", "\r\n", "\n\n\n", "\r", "\n4,Dee"} {
		_, bad, err := read(t, strings.NewReader("id,name\n1,Åse\n2,\"Bo\n3,\"C"+end), nil)
		require.NoError(t, err, "a quote inside quotes is no missing one: %q", end)
		assert.Len(t, bad, 1, "%q", end)
	}
}

// Each line of a record that can't be read may have been a row.
func TestARowErrorCountsItsLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"id,name\n1\n2,Bo\n":                1,
		"id,name\n1,5\" pipe\n2,Bo\n":       1,
		"id,name\n1,\"a\nb\n3,\"c\n2,Bo\n":  3,
		"id,name\n\n1,\"a\n\nb\",c\n2,Bo\n": 3,
		"id,name\n1,\"å\nb\xff\"\n2,Bo\n":   2,
	} {
		r, err := roster.NewReader(strings.NewReader(in), nil)
		require.NoError(t, err)
		lines := 0
		for row, err := range r.Rows() {
			var bad *roster.RowError
			if errors.As(err, &bad) {
				lines += bad.Lines
				continue
			}
			require.NoError(t, err)
			assert.Equal(t, "Bo", row.Get("name"))
		}
		assert.Equal(t, want, lines, "%q", in)
	}
}

func TestReaderRefusesWhatIsNoRoster(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in string
		is         error
		want       string
	}{
		{"an empty file", "", roster.ErrEmpty,
			"users.csv: the file is empty: a first line with the names of the columns is needed"},
		{"blank lines only", "\ufeff\r\n\n\n", roster.ErrEmpty,
			"users.csv: the file is empty: a first line with the names of the columns is needed"},
		{"a declaration only", "sep=;\r\n", roster.ErrEmpty,
			"users.csv: the file is empty: a first line with the names of the columns is needed"},
		{"the workbook itself", "PK\x03\x04\x14\x00\x06\x00", roster.ErrBinary,
			`users.csv: not text: this is an Excel workbook (package roster/xlsx reads it) or another zip archive: in Excel, save it as "CSV UTF-8"`},
		{"a workbook of 1997", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", roster.ErrBinary,
			`users.csv: not text: this is an old Excel workbook, or one with a password: in Excel, save it as "CSV UTF-8"`},
		{"an archive", "\x1f\x8b\x08\x00", roster.ErrBinary,
			"users.csv: not text: this is a gzip archive: unpack it first"},
		{"any other program's file", "\x7fELF\x02\x01\x01\x00\x00\n1\n", roster.ErrBinary,
			"users.csv line 1, column 8: not text: the value holds a NUL byte; save the list as CSV UTF-8, or name its encoding"},
		{"the log-in page that the download link led to", "<!DOCTYPE html>\n<html>", roster.ErrNotCSV,
			"users.csv: not CSV: this is a web page or XML: export the list as CSV"},
		{"XML, with a mark", "\ufeff<?xml version=\"1.0\"?>", roster.ErrNotCSV,
			"users.csv: not CSV: this is XML: export the list as CSV"},
		{"almost JSON", "{'id': 1}", roster.ErrNotCSV,
			"users.csv: not CSV: this begins like JSON, but isn't: names must stand in double quotes"},
		{"a header that isn't UTF-8", "id,St\xe9phane\n", roster.ErrEncoding,
			`users.csv line 1: not UTF-8: the first values beyond ASCII read "Stéphane" in windows-1252 or windows-1250; ` +
				`"StÈphane" in macintosh; "StÚphane" in ibm850 or ibm852; set the encoding that is right ` +
				`(Options.Encoding, -encoding), or utf-8 if only some rows are damaged`},
		{"a header that is broken", "id,na\"me\n1,2\n", roster.ErrQuote,
			"users.csv line 1, column 6: misplaced quote: a value that holds a quote must be quoted, with the quote inside it doubled"},
		{"a header whose quote is never closed", "id,\"name\n1,2\n", roster.ErrQuote,
			"users.csv line 1: misplaced quote: in the record that begins here, a value's closing quote is missing or a quote inside it isn't doubled; nothing after it was read"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			_, err := roster.NewReader(strings.NewReader(c.in), &roster.Options{Name: "users.csv"})
			assert.EqualError(t, err, c.want)
			require.ErrorIs(t, err, c.is)
			var readErr *roster.ReadError
			require.ErrorAs(t, err, &readErr)
		})
	}
}

func TestReaderRefusesUnclearHeaders(t *testing.T) {
	t.Parallel()
	for _, in := range []string{",,\n1,2,3\n", "\"\"\n1\n"} {
		_, err := roster.NewReader(strings.NewReader(in), nil)
		var bad *roster.HeaderError
		assert.ErrorAs(t, err, &bad, "%q", in)
	}
}

func TestAWantedColumnThatIsThereTwiceIsRefused(t *testing.T) {
	t.Parallel()
	const in = "id,Email,e-mail,email\n1,a,b,c\n"
	_, err := roster.NewReader(strings.NewReader(in), &roster.Options{Columns: []string{"EMAIL"}})
	assert.EqualError(t, err, `roster: column 4 ("email") has the same name as column 2: rename one of them`)
	rows, _, err := read(t, strings.NewReader(in), &roster.Options{Columns: []string{"ID", "e-mail"}})
	require.NoError(t, err)
	assert.Equal(t, [][]string{{"1", "a", "b", "c"}}, rows)
}

func TestReaderOptions(t *testing.T) {
	t.Parallel()
	opts := &roster.Options{Name: "users.csv", Comma: '|'}
	r, err := roster.NewReader(strings.NewReader("a,b|c,d\n1|2\n"), opts)
	require.NoError(t, err)
	*opts = roster.Options{}
	assert.Equal(t, []string{"a,b", "c,d"}, r.Header().Columns(), "the given separator is not guessed at")
	assert.Equal(t, '|', r.Comma())
	assert.Equal(t, "users.csv", r.Header().File(), "options are copied")

	r, err = roster.NewReader(strings.NewReader("a;b\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, ';', r.Comma(), "what was found can be used to write the rows back")

	_, err = roster.NewReader(strings.NewReader("a,b\n"), &roster.Options{Comma: '"'})
	assert.EqualError(t, err, `roster: Options.Comma can't be '"': use a comma, a semicolon or a tab`)
}

// A second walk that silently found nothing would look like an application
// whose accounts are all gone.
func TestRowsSecondWalkIsAnErrorNotAnEmptyRoster(t *testing.T) {
	t.Parallel()
	r, err := roster.NewReader(strings.NewReader("id\n1\n2\n"), &roster.Options{Name: "users.csv"})
	require.NoError(t, err)
	for _, err := range r.Rows() {
		require.NoError(t, err)
		break
	}
	pairs := 0
	for row, err := range r.Rows() {
		assert.ErrorIs(t, err, roster.ErrUsed)
		assert.EqualError(t, err, "users.csv: the rows have been read already: open it again")
		assert.Zero(t, row.Line())
		pairs++
	}
	assert.Equal(t, 1, pairs)
}

func TestReadingErrorsEndTheRoster(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	whole := "id,name\n1,Åse\n2,\"B"
	for _, c := range []struct {
		reason string
		in     io.Reader
	}{
		{"an error that stays", io.MultiReader(strings.NewReader(whole), iotest.ErrReader(broken))},
		{"an error that comes once, after which the rest would be misread",
			&flaky{parts: []string{whole, "o\"\n3,Cy\n"}, err: broken}},
	} {
		rows, bad, err := read(t, c.in, &roster.Options{Name: "users.csv"})
		require.ErrorIs(t, err, broken, c.reason)
		assert.EqualError(t, err, "users.csv line 3: reading stopped here: the disk is gone", c.reason)
		assert.Equal(t, [][]string{{"1", "Åse"}}, rows, c.reason)
		assert.Empty(t, bad, c.reason)
	}
	_, err := roster.NewReader(iotest.ErrReader(broken), nil)
	assert.EqualError(t, err, "roster: the disk is gone", "the first byte can't be read")
	_, err = roster.NewReader(io.MultiReader(strings.NewReader("id,na"), iotest.ErrReader(broken)), nil)
	assert.ErrorIs(t, err, broken, "half a header is no header")
}

// flaky fails once after each part.
type flaky struct {
	parts []string
	err   error
	fail  bool
}

func (f *flaky) Read(p []byte) (int, error) {
	if f.fail {
		f.fail = false
		return 0, f.err
	}
	if len(f.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.parts[0])
	f.parts, f.fail = f.parts[1:], true
	return n, nil
}

func TestOpenFile(t *testing.T) {
	t.Parallel()
	f, err := roster.OpenFile("testdata/excel-utf8.csv", nil)
	require.NoError(t, err)
	for row, err := range f.Rows() {
		require.NoError(t, err)
		assert.Equal(t, "testdata/excel-utf8.csv", row.File(), "messages name the path")
	}
	require.NoError(t, f.Close())

	f, err = roster.OpenFile("testdata/excel-utf8.csv", &roster.Options{Name: "users"})
	require.NoError(t, err)
	assert.Equal(t, "users", f.Header().File())
	require.NoError(t, f.Close())

	_, err = roster.OpenFile("testdata/none.csv", nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = roster.OpenFile("testdata", nil)
	var readErr *roster.ReadError
	assert.ErrorAs(t, err, &readErr, "a folder is no file")
}
