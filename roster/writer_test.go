package roster_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// rewrite writes the rows of a CSV text with a reason each.
func rewrite(t *testing.T, in string, opts *roster.WriterOptions) string {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(in), nil)
	require.NoError(t, err)
	var out bytes.Buffer
	w := roster.NewWriter(&out, r.Header(), []string{"reason"}, opts)
	for row, err := range r.Rows() {
		require.NoError(t, err)
		require.NoError(t, w.Write(row, "no such user"))
	}
	require.NoError(t, w.Flush())
	return out.String()
}

func TestWriterAddsColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in string
		opts       *roster.WriterOptions
		want       string
	}{
		{"a reason beside each row", "id,name\n1,Åse\n2,\"Bo, \"\"B\"\"\"\n", nil,
			"id,name,reason\n1,Åse,no such user\n2,\"Bo, \"\"B\"\"\",no such user\n"},
		{"a file that was written before is written again: one reason, the new one", "id,Reason\n1,old\n", nil,
			"id,Reason\n1,no such user\n"},
		{"no rows, but a file that says which columns it has", "id,name\n", nil, "id,name,reason\n"},
		{"for Excel where the comma is the decimal point", "id,name\n1,Åse\n",
			&roster.WriterOptions{Comma: ';', BOM: true},
			"\ufeffid;name;reason\n1;Åse;no such user\n"},
		{"nameless columns were never columns", "id,name,,\n1,Åse,,\n", nil, "id,name,reason\n1,Åse,no such user\n"},
		{"names that would be taken for separators are quoted", "\"id;x;y\",name\n1,Åse\n", nil,
			"\"id;x;y\",name,reason\n1,Åse,no such user\n"},
	} {
		assert.Equal(t, c.want, rewrite(t, c.in, c.opts), c.reason)
	}
}

// Opening the list of unresolved accounts must not run what someone typed as
// their name.
func TestWriterDisarmsFormulas(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("", []string{"=name"})
	require.NoError(t, err)
	write := func(value string, opts *roster.WriterOptions) string {
		var out bytes.Buffer
		w := roster.NewWriter(&out, header, []string{"reason"}, opts)
		require.NoError(t, w.Write(roster.NewRow(header, 2, []string{value}), value))
		require.NoError(t, w.Flush())
		rows, _, err := read(t, &out, nil)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		assert.Equal(t, rows[0][0], rows[0][1], "extra columns are treated alike")
		return rows[0][0]
	}
	for _, c := range []struct{ reason, value, want string }{
		{"a formula", "=HYPERLINK(\"http://evil.example\")", "'=HYPERLINK(\"http://evil.example\")"},
		{"a formula too", "+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"},
		{"a formula too", "-1+1", "'-1+1"},
		{"a formula too", "@SUM(1,1)", "'@SUM(1,1)"},
		{"white space that spreadsheets skip", "\t=1", "'\t=1"},
		{"white space that spreadsheets skip", "\r=1", `'\r=1`},
		{"white space that spreadsheets skip", "\n=1", "'\n=1"},
		{"a full-width sign", "＝1+1", "'＝1+1"},
		{"a full-width sign", "＋1", "'＋1"},
		{"a full-width sign", "－1", "'－1"},
		{"a full-width sign", "＠SUM(1)", "'＠SUM(1)"},
		{"a small sign", "﹦1", "'﹦1"},
		{"a blank before it", " =1", "' =1"},
		{"a blank before it", "\u00a0=1", "'\u00a0=1"},
		{"a blank before it", "\u3000＝1", "'\u3000＝1"},
		{"a tab and blanks before it", " \t \u2003@SUM(1)", "' \t \u2003@SUM(1)"},
		{"characters that nobody sees before it", "\u200b\ufeff=1", `'\u200b\ufeff=1`},
		{"a control character before it", "\x01=1", `'\x01=1`},
		{"a sign alone", "＝", "'＝"},
		{"white space is no formula", " \u00a0x", " \u00a0x"},
		{"a lost character is no formula", "\ufffd=1", "\ufffd=1"},
		{"an escape sequence, for those who print the file", "x\x1b[2J\u009b\x7f", `x\x1b[2J\u009b\x7f`},
		{"a name that is turned around", "exe\u202egpj", `exe\u202egpj`},
		{"an address", "Storgata 1\n0155 Oslo\tNorway", "Storgata 1\n0155 Oslo\tNorway"},
		{"telephone numbers pay for it", "+47 22 00 00 00", "'+47 22 00 00 00"},
		{"written again, it gets no second mark", "'=1", "'=1"},
		{"an address is no formula", "kari@contoso.example", "kari@contoso.example"},
		{"a sign inside is no formula", "a=b+c-d", "a=b+c-d"},
	} {
		assert.Equal(t, c.want, write(c.value, nil), c.reason)
		assert.Equal(t, c.value, write(c.value, &roster.WriterOptions{Raw: true}), "raw: "+c.reason)
	}
	var out bytes.Buffer
	require.NoError(t, roster.NewWriter(&out, header, nil, nil).Flush())
	assert.Equal(t, "\"'=name\"\n", out.String(), "a column name is a cell as well")
}

// Ids that Excel changes match nobody when the list comes back.
func TestWriterForExcel(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("", []string{"id", "name"})
	require.NoError(t, err)
	write := func(value string, opts *roster.WriterOptions) string {
		var out bytes.Buffer
		w := roster.NewWriter(&out, header, nil, opts)
		require.NoError(t, w.Write(roster.NewRow(header, 2, []string{value, "x"})))
		require.NoError(t, w.Flush())
		return out.String()
	}
	for _, value := range []string{"00417", "0", "417", "1234567890123", "12345678901234567890", "1E5", "1.2e+05", "12-5",
		"3/4", "2026-11-01", "MAR1", "1-Mar", "sept2", "may12", "dez 3", "10:30", "ada", "march", "ada1", "a@x", "x2", "", "1.5"} {
		plain := "\ufeffid,name\r\n" + value + ",x\r\n"
		text := "\ufeffid,name\r\n\"=\"\"" + value + "\"\"\",x\r\n"
		kept := []string{"0", "417", "ada", "march", "ada1", "a@x", "x2", ""}
		want := text
		if slices.Contains(kept, value) {
			want = plain
		}
		got := write(value, &roster.WriterOptions{Excel: true})
		assert.Equal(t, want, got)
		rows, bad, err := read(t, strings.NewReader(got), nil)
		require.NoError(t, err)
		assert.Empty(t, bad)
		assert.Equal(t, [][]string{{value, "x"}}, rows, "it comes back as it was")
		assert.Equal(t, plain, write(value, &roster.WriterOptions{Excel: true, Raw: true}), "raw")
	}
	assert.Contains(t, write("=1+1", &roster.WriterOptions{Excel: true}), "'=1+1", "formulas stay disarmed")
}

// A list that comes with semicolons opens in one column if it goes back with commas.
func TestWriterTakesTheListsOwnSeparator(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"id;name\n1;x\n":   "id;name;reason\n1;x;no such user\n",
		"id\tname\n1\tx\n": "id\tname\treason\n1\tx\tno such user\n",
		"id|name\n1|x\n":   "id,name,reason\n1,x,no such user\n",
	} {
		assert.Equal(t, want, rewrite(t, in, nil))
	}
}

// encoding/csv writes a lone empty value as a blank line, and the row is gone
// when the file is read.
func TestWriterKeepsRowsWithoutAnyValue(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("", []string{"mail"})
	require.NoError(t, err)
	var out bytes.Buffer
	w := roster.NewWriter(&out, header, nil, nil)
	require.NoError(t, w.Write(roster.NewRow(header, 2, []string{""})))
	require.NoError(t, w.Write(roster.NewRow(header, 3, nil)))
	require.NoError(t, w.Flush())
	rows, _, err := read(t, &out, nil)
	require.NoError(t, err)
	assert.Equal(t, [][]string{{""}, {""}}, rows)
}

// A lone column shows no separator, so readers assume a comma, and a comma in a
// value would split it.
func TestWriterOfOneColumnQuotesCommas(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("", []string{"name"})
	require.NoError(t, err)
	var out bytes.Buffer
	w := roster.NewWriter(&out, header, nil, &roster.WriterOptions{Comma: ';'})
	require.NoError(t, w.Write(roster.NewRow(header, 2, []string{"Nordmann, Kari"})))
	require.NoError(t, w.Flush())
	assert.Equal(t, "name\n\"Nordmann, Kari\"\n", out.String())
}

func TestWriterTakesRowsOfAnotherHeader(t *testing.T) {
	t.Parallel()
	mine, err := roster.NewHeader("a.csv", []string{"mail", "name"})
	require.NoError(t, err)
	other, err := roster.NewHeader("b.csv", []string{"Name", "Mail", "Dept"})
	require.NoError(t, err)
	var out bytes.Buffer
	w := roster.NewWriter(&out, mine, []string{"reason"}, nil)
	require.NoError(t, w.Write(roster.NewRow(other, 2, []string{"Kari", "kari@contoso.example", "IT"})))
	require.NoError(t, w.Flush())
	assert.Equal(t, "mail,name,reason\nkari@contoso.example,Kari,\n", out.String(),
		"values go by name, not by position")

	out.Reset()
	w = roster.NewWriter(&out, nil, []string{"line", "reason"}, nil)
	require.NoError(t, w.Write(roster.Row{}, "7", "unreadable"))
	require.NoError(t, w.Flush())
	assert.Equal(t, "line,reason\n7,unreadable\n", out.String(), "a list that has only extra columns")
}

func TestWriterErrors(t *testing.T) {
	t.Parallel()
	w := roster.NewWriter(&bytes.Buffer{}, nil, []string{"reason"}, nil)
	assert.EqualError(t, w.Write(roster.Row{}, "a", "b"), "roster: 2 values for 1 extra columns")

	full := errors.New("no space left on device")
	w = roster.NewWriter(failing{full}, nil, []string{"reason"}, nil)
	assert.NoError(t, w.Write(roster.Row{}, "buffered"))
	assert.ErrorIs(t, w.Flush(), full, "a list that isn't on disk must not look written")
	assert.ErrorIs(t, w.Flush(), full, "and not the second time either")
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// FuzzWriter holds that a file for people has nothing that commands a terminal or a
// spreadsheet, and that a raw file reads back as it was.
func FuzzWriter(f *testing.F) {
	for _, seed := range []string{"Kari", "=1", "\u3000＝1", "\u200b@x", "\x1b[2J", "exe\u202egpj", "a\r\nb", "\xff=1", "'=1", "\U000e0041"} {
		f.Add(seed)
	}
	header, err := roster.NewHeader("", []string{"id", "name"})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, value string) {
		write := func(opts *roster.WriterOptions) string {
			var out bytes.Buffer
			w := roster.NewWriter(&out, header, nil, opts)
			require.NoError(t, w.Write(roster.NewRow(header, 2, []string{"1", value})))
			require.NoError(t, w.Flush())
			return out.String()
		}
		records, err := csv.NewReader(strings.NewReader(write(nil))).ReadAll()
		require.NoError(t, err)
		cell := records[1][1]
		oneLine := strings.NewReplacer("\n", "", "\t", "").Replace(cell)
		assert.Equal(t, roster.Printable(oneLine), oneLine)
		begin := strings.TrimSpace(cell)
		assert.False(t, begin != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(begin)[0]), "%q", cell)

		records, err = csv.NewReader(strings.NewReader(write(&roster.WriterOptions{Raw: true}))).ReadAll()
		require.NoError(t, err)
		assert.Equal(t, strings.ReplaceAll(strings.ToValidUTF8(value, "\ufffd"), "\r\n", "\n"), records[1][1])
	})
}
