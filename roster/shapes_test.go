package roster_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode/utf32"

	"github.com/rollcall-go/rollcall/roster"
)

func encoded(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	require.NoError(t, err)
	return out
}

// Shapes of lists that are not in testdata.
func TestReaderTakesOtherShapes(t *testing.T) {
	t.Parallel()
	two := [][]string{{"1", "Åse"}, {"2", "Bo"}}
	told := func(o roster.Options) *roster.Options { return &o }
	for _, c := range []struct {
		reason, in string
		opts       *roster.Options
		want       [][]string
	}{
		{"tildes", "id~name\n1~Åse\n2~Bo\n", nil, two},
		{"the unit separator", "id\x1fname\n1\x1fÅse\n2\x1fBo\n", nil, two},
		{"Hive's separator", "id\x01name\n1\x01Åse\n2\x01Bo\n", nil, two},
		{"two bars", "id||name\n1||Åse\n2||Bo\n", nil, two},
		{"a separator that few use, with others in the names", "id|name, first; last\n1|Åse\n2|Bo\n", nil, two},
		{"rows that have commas, under a header with a semicolon", "id;name\n1;Berg, Åse\n2;Lie, Bo\n", nil,
			[][]string{{"1", "Berg, Åse"}, {"2", "Lie, Bo"}}},
		{"sep= with a tab", "sep=\t\nid\tname\n1\tÅse\n2\tBo\n", nil, two},
		{"sep= that Excel filled up", "\"sep=,\",\nid,name\n1,Åse\n2,Bo\n", nil, two},
		{"sep= of two characters", "sep=||\nid||name\n1||Åse\n2||Bo\n", nil, two},
		{"spaces before quotes", "\"id\", \"name\"\n\"1\", \"Åse\"\n\"2\" , \"Bo\"\n", nil, two},
		{"single quotes", "'id','name'\n'1','Åse'\n'2','O''Bo, x'\n", nil, [][]string{{"1", "Åse"}, {"2", "O'Bo, x"}}},
		{"single quotes that only rows have", "id,name\n1,'Åse, x'\n", told(roster.Options{Quoting: roster.QuoteSingle}),
			[][]string{{"1", "Åse, x"}}},
		{"single quotes, where a column is wanted", "'id','name'\n'1','Åse'\n'2','Bo'\n",
			told(roster.Options{Columns: []string{"name"}}), two},
		{"spaces before quotes, where a column is wanted", "Users\n\"id\", \"name\"\n\"1\", \"Åse\"\n\"2\", \"Bo\"\n",
			told(roster.Options{Columns: []string{"name"}}), two},
		{"an apostrophe is no quote", "id,name\n1,O'Neil\n2,'Bo'\n", nil, [][]string{{"1", "O'Neil"}, {"2", "'Bo'"}}},
		{"each line quoted as a whole", "\"id,name\"\n\"1,Åse\"\n\"2,\"\"Lie, Bo\"\"\"\n", nil,
			[][]string{{"1", "Åse"}, {"2", "Lie, Bo"}}},
		{"the same below a title", "Users\n\"id,name\"\n\"1,Åse\"\n\"2,Bo\"\n", told(roster.Options{Columns: []string{"name"}}), two},
		{"one column whose values and name have a comma", "\"name, first\"\n\"Lie, Bo\"\n", nil, [][]string{{"Lie, Bo"}}},
		{"one column whose values have a comma", "\"name\"\n\"Lie, Bo\"\n", nil, [][]string{{"Lie, Bo"}}},
		{"comments above the header", "# users\n# of May\n\nid,name\n1,Åse\n2,Bo\n", nil, two},
		{"a header that begins with #", "#,name\n1,Åse\n2,Bo\n", nil, two},
		{"titles with separators", "Report,May,x\n,,\nid,name\n1,Åse\n2,Bo\n",
			told(roster.Options{Columns: []string{"Name", " ID "}}), two},
		{"the header's line is given", "a,b\nc,d\nid,name\n1,Åse\n2,Bo\n", told(roster.Options{HeaderLine: 3}), two},
		{"the wanted columns decide on the separator", "id;name,x,y\n1;Åse,x,y\n", told(roster.Options{Columns: []string{"id"}}),
			[][]string{{"1", "Åse,x,y"}}},
		{"escapes of PostgreSQL", "id\tname\n1\tÅ\\ts\\ne\n\\N\t\\\\N\n", nil, [][]string{{"1", "Å\ts\ne"}, {"", `\N`}}},
		{"a line break that is escaped", "id\tname\n1\tÅ\\\nse\n2\t\\N\n", nil, [][]string{{"1", "Å\nse"}, {"2", ""}}},
		{"the end of COPY's data", "id\tname\n1\tCONTOSO\\\\ada\n2\t\\N\n\\.\n", nil, [][]string{{"1", `CONTOSO\ada`}, {"2", ""}}},
		{"escapes where no value is missing, told", "id\tname\n1\tCONTOSO\\\\ada\n",
			told(roster.Options{Quoting: roster.QuoteBackslash}), [][]string{{"1", `CONTOSO\ada`}}},
		{"a domain's backslash in a file that writes \\N for another reason", "id,name\n1,CONTOSO\\ada\n2,\\N\n", nil,
			[][]string{{"1", `CONTOSO\ada`}, {"2", `\N`}}},
		{"sqlcmd without a separator", "id          name      \n----------- ----------\n          1 Åse       \n          2 Bo        \n", nil, two},
		{"SQL*Plus, one column", "NAME\n------------\nLie, Bo\n\n1 row selected.\n", nil, [][]string{{"Lie, Bo"}}},
		{"Format-Table", "\r\nid name\r\n-- ----\r\n1  Åse \r\n2  Bo  \r\n\r\n\r\n", nil, two},
		{"Markdown", "| id | name |\n|----|------|\n| 1 | Åse |\n| 2 | Bo |\n", nil, two},
		{"Markdown with alignment", "| id | name |\n|:---|-----:|\n| 1 | Åse |\n| 2 | Bo |\n", nil, two},
		{"SAP's list, unconverted", "27.11.2026   Dynamic List Display   1\n---------------\n|id |name     |\n---------------\n" +
			"|1  |Åse      |\n|2  |Bo       |\n---------------\n", told(roster.Options{Columns: []string{"name"}}), two},
		{"a printed table below a title", "Users\nof May\n\nid|name\n--|----\n1 |Åse \n2 |Bo  \n",
			told(roster.Options{Columns: []string{"id"}}), two},
		{"lines that end in NEL, from a mainframe", "id,name\u00851,Åse\u00852,Bo\u0085", nil, two},
		{"lines that end in LS", "id,name\u20281,Åse\u20282,Bo\u2028", nil, two},
		{"UTF-32", encoded(t, utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), "id,name\n1,Åse\n2,Bo\n"), nil, two},
		{"EBCDIC, by name", encoded(t, charmap.CodePage037, "id,name\u00851,Åse\u00852,Bo\u0085"),
			told(roster.Options{Encoding: "ibm037"}), two},
		{"a code page of DOS", encoded(t, charmap.CodePage850, "id,name\n1,Åse\n2,Bo\n"), told(roster.Options{Encoding: "cp850"}), two},
		{"Shift-JIS, whose second byte may be a bar or a backslash",
			encoded(t, japanese.ShiftJIS, "id|name\n1|表ポ\n2|\"ソ,\"\n"), told(roster.Options{Encoding: "cp932"}),
			[][]string{{"1", "表ポ"}, {"2", "ソ,"}}},
		{"ISO-2022-JP, by name", encoded(t, japanese.ISO2022JP, "id,name\n1,表\n"), told(roster.Options{Encoding: "ISO-2022-JP"}),
			[][]string{{"1", "表"}}},
		{"UTF-8 by name, with a mark", "\ufeffid,name\n1,Åse\n2,Bo\n", told(roster.Options{Encoding: "utf-8"}), two},
		{"files with marks put one after another", "\ufeffid,name\n1,Åse\n\ufeffid,name\n2,Bo\n\x1a", nil, two},
	} {
		got, bad, err := read(t, strings.NewReader(c.in), c.opts)
		require.NoError(t, err, c.reason)
		assert.Equal(t, c.want, got, c.reason)
		assert.Empty(t, bad, c.reason)
		got, _, err = read(t, iotest.OneByteReader(strings.NewReader(c.in)), c.opts)
		require.NoError(t, err, c.reason)
		assert.Equal(t, c.want, got, "from a slow source: %s", c.reason)
	}
}

// A row that would be read wrong is not read.
func TestReaderReportsRowsThatMoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in string
		want       [][]string
		is         error
		say        string
	}{
		{"a value that Format-Table cut", "login      name\n-----      ----\nada@cont…  Ada\nbob        Bob\n",
			[][]string{{"bob", "Bob"}}, roster.ErrCut, "left out a value's end"},
		{"a value that runs into the next column", "login name\n----- ----\nada@contoso Ada\nbob   Bob\n",
			[][]string{{"bob", "Bob"}}, roster.ErrFieldCount, "longer than its column"},
		{"characters of double width", "login name\n----- ----\n山田  Ada\nbob   Bob\n",
			[][]string{{"bob", "Bob"}}, roster.ErrFieldCount, "double width"},
		{"a value that psql printed on two lines", " login | name \n-------+------\n ada   | A   +\n       | B\n bob   | Bob\n",
			[][]string{{"bob", "Bob"}}, roster.ErrRowsInValue, `\copy`},
		{"quotes in a list that has none, from Google Sheets", "id\tname\n1\tsay \"hi\"\n2\tx\n",
			[][]string{{"2", "x"}}, roster.ErrQuote, "set Options.Quoting to none"},
		{"a list in a value that Format-Table cut", "login groups\n----- ------\nada   {a, b, c...}\nbob   {a}\n",
			[][]string{{"bob", "{a}"}}, roster.ErrCut, "left out a value's end"},
		{"a line break in mysql's box", "+----+------+\n| id | note |\n+----+------+\n| 1  | x\ny |\n| 2  | z    |\n+----+------+\n",
			[][]string{{"2", "z"}}, roster.ErrFieldCount, "several lines"},
		{"an escape that means nothing", "id\tname\n1\t\\N\n2\tx\n" + strings.Repeat("3\ty\n", 5000) + "4\tD\\ada\n",
			nil, roster.ErrQuote, "set Options.Quoting"},
	} {
		r, err := roster.NewReader(strings.NewReader(c.in), nil)
		require.NoError(t, err, c.reason)
		var got [][]string
		bad := 0
		for row, err := range r.Rows() {
			if err == nil {
				got = append(got, values(row))
				continue
			}
			bad++
			assert.ErrorIs(t, err, c.is, c.reason)
			assert.ErrorContains(t, err, c.say, c.reason)
		}
		assert.Positive(t, bad, c.reason)
		if c.want != nil {
			assert.Equal(t, c.want, got, c.reason)
		}
	}
}

func TestReaderRefusesByName(t *testing.T) {
	t.Parallel()
	utf16HTML := utf16("LE", "\r\n<TABLE><tr>")
	for _, c := range []struct {
		reason, in string
		opts       roster.Options
		want       string
	}{
		{"a web page in capitals, after blanks and a mark", "\ufeff \r\n<TABLE border=1>", roster.Options{}, "a web page's table"},
		{"a web page in UTF-16", utf16HTML, roster.Options{}, "a web page's table"},
		{"Excel's XML", "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", roster.Options{}, "XML"},
		{"UTF-7", "+/v8-id,name", roster.Options{}, "UTF-7"},
		{"ISO-2022-JP", "id,\x1b$BL>A0\x1b(B\n", roster.Options{}, "Options.Encoding to iso-2022-jp"},
		{"EBCDIC", encoded(t, charmap.CodePage037, "id,name\u00851,Ase\u0085"), roster.Options{}, "EBCDIC"},
		{"no such encoding", "id\n", roster.Options{Encoding: "klingon"}, `no encoding is called "klingon"`},
		{"an encoding that the mark denies", "\ufeffid\n", roster.Options{Encoding: "windows-1252"},
			"the file begins with the mark of UTF-8, so it is not in windows-1252"},
		{"no such quoting", "id\n", roster.Options{Quoting: "x"}, `Options.Quoting can't be "x": use double, single, none or backslash`},
		{"columns that are nowhere", "Report of May\n\nUser ID,E-mail,Role\n1,a@x,A\n", roster.Options{Columns: []string{"Email", "Role"}},
			`users.csv line 3: no header: no line of the first 16 KB has the wanted columns; ` +
				`this one comes nearest and lacks "Email"; it has "User ID", "E-mail", "Role"`},
		{"rows without a header", "1,a@x,A\n2,b@x,B\n", roster.Options{Columns: []string{"Email"}},
			"it looks like an account and not like a header"},
		{"a header's line that isn't there", "id\n", roster.Options{HeaderLine: 7}, "Options.HeaderLine must name a line"},
		{"psql's \\x", "-[ RECORD 1 ]----\nid    | 1\nemail | a@x.example\n-[ RECORD 2 ]----\nid    | 2\nemail | b@x.example\n",
			roster.Options{Columns: []string{"email"}}, "psql prints with \\x"},
		{"Format-List with one value each", "\r\nMail : a@x.example\r\n\r\nMail : b@x.example\r\n\r\n", roster.Options{}, "Format-List"},
		{"objects of PowerShell", "@{Mail=a@x.example; Enabled=True}\n@{Mail=b@x.example; Enabled=True}\n", roster.Options{}, "Export-Csv"},
		{"a terminal's colours", "\n\x1b[32;1mMail\x1b[0m\n\x1b[32;1m----\x1b[0m\na@x.example\n", roster.Options{}, "colours"},
		{"lines of a box", "┌────┬─────────────┐\n│ id │    email    │\n├────┼─────────────┤\n│ 1  │ a@x.example │\n└────┴─────────────┘\n",
			roster.Options{Columns: []string{"email"}}, "drawn with lines"},
		{"the same without a frame, below a title", "Users\n id │    email    \n────┼─────────────\n 1  │ a@x.example \n", roster.Options{}, "drawn with lines"},
		{"a row on several lines, from SQL*Plus", "LOGIN\n----------\nEMAIL\n--------------------\nADA\na@x.example\n\n",
			roster.Options{Columns: []string{"EMAIL"}}, "SET LINESIZE"},
		{"a row on several lines, from sqlcmd", "Login                Email               \nRole      \n" +
			"-------------------- --------------------\n----------\nada                  a@x.example         \nAdmin     \n",
			roster.Options{Columns: []string{"Role"}}, "-w 65535"},
		{"nothing but blanks", "   \n\n", roster.Options{Columns: []string{"Email"}}, "the file is empty"},
		{"a web page's paragraph", "<p>\n<table border='1'>\n", roster.Options{Columns: []string{"Email"}}, "web page"},
		{"a web page's script", "<script>location='https://login'</script>\n", roster.Options{Columns: []string{"Email"}}, "web page"},
		{"any XML", "<users><user email=\"a@x.example\"/></users>\n", roster.Options{Columns: []string{"email"}}, "XML"},
		{"XML over several lines", "<users>\n<user email=\"a@x.example\"/>\n</users>\n", roster.Options{}, "XML"},
		{"columns set apart by spaces, one of which is wanted", "Login     Email            Role\nada       a@x.example      A\n",
			roster.Options{Columns: []string{"Email"}}, "no line of dashes shows where each begins"},
		{"no header and nothing wanted", "ada,a@x.example,A\nbob,b@x.example,B\n", roster.Options{}, "it looks like an account and not like a header"},
		{"mysql's \\G", "*************************** 1. row ***************************\n id: 1\n", roster.Options{}, `\G`},
	} {
		c.opts.Name = "users.csv"
		_, err := roster.NewReader(strings.NewReader(c.in), &c.opts)
		require.Error(t, err, c.reason)
		assert.ErrorContains(t, err, c.want, c.reason)
		assert.NotContains(t, err.Error(), "\n", c.reason)
		requireTyped(t, err)
	}
}

// The first 16 KB may be ASCII. What follows an odd byte can't be known, unless the
// list is known to be UTF-8.
func TestAnotherEncodingFarDownEndsTheRoster(t *testing.T) {
	t.Parallel()
	in := "id,name\n" + strings.Repeat("1,Bo\n", 20_000) + "2,Zo\xeb\n3,Cy\n"
	rows, bad, err := read(t, strings.NewReader(in), &roster.Options{Name: "users.csv"})
	require.ErrorIs(t, err, roster.ErrEncoding)
	assert.ErrorContains(t, err, `users.csv line 20002: not UTF-8: the first values beyond ASCII read "Zoë" in windows-1252`)
	assert.Len(t, rows, 20_000)
	assert.Empty(t, bad)

	rows, bad, err = read(t, strings.NewReader(in), &roster.Options{Encoding: "utf-8"})
	require.NoError(t, err)
	assert.Len(t, rows, 20_001)
	assert.Len(t, bad, 1)

	rows, _, err = read(t, bytes.NewReader([]byte(in)), &roster.Options{Encoding: "windows-1252"})
	require.NoError(t, err)
	assert.Equal(t, "Zoë", rows[20_000][1])
}

func TestAQuoteThatMeansNothingIsSaid(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"id\tname\n1\t\"Bo\n2\tCy\n":              "set Options.Quoting to none",
		"id\tname\n1\t\\N\n2\tCy\\":               "a backslash stands at the end of the file",
		"id,name\n1,\"Bo\n2,Cy\n":                 "a value's closing quote is missing",
		"id|name\n1|x\n2|\"Acting lead|\n3|Cy|\n": "set Options.Quoting to none",
	} {
		_, _, err := read(t, strings.NewReader(in), nil)
		require.ErrorIs(t, err, roster.ErrQuote, "%q", in)
		assert.ErrorContains(t, err, want, "%q", in)
	}
}

func TestAWrongEncodingIsDoubted(t *testing.T) {
	t.Parallel()
	for in, name := range map[string]string{
		"id,name\n1,Zo\xc3\xab\n": "windows-1252", // UTF-8
		"id,name\n1,Zo\x8f\n":     "windows-1252", // MacRoman
	} {
		r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Encoding: name})
		require.NoError(t, err)
		for _, err := range r.Rows() {
			require.NoError(t, err)
		}
		assert.NotEmpty(t, r.Header().Doubt(), "%q", in)
	}
}
