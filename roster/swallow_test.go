package roster_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// readFile returns "line" of each row that was read and "first-last" of each that was not.
func readFile(t *testing.T, file string) (got []string) {
	t.Helper()
	f, err := roster.OpenFile(filepath.Join("testdata", file), nil)
	require.NoError(t, err)
	defer f.Close()
	for row, err := range f.Rows() {
		var bad *roster.RowError
		if errors.As(err, &bad) {
			if errors.Is(err, roster.ErrRowsInValue) {
				assert.Contains(t, err.Error(), fmt.Sprintf("lines %d to %d", bad.RowLine, bad.RowLine+bad.Lines-1))
			}
			assert.Equal(t, bad.RowLine, row.Line())
			got = append(got, fmt.Sprintf("%d-%d", bad.RowLine, bad.RowLine+bad.Lines-1))
			continue
		}
		require.NoError(t, err)
		got = append(got, fmt.Sprint(row.Line()))
	}
	return got
}

// A stray quote that closes in a later row gives its row the later one's person.
func TestRowsThatAQuoteSwallowedAreUnread(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"adj.csv":          "2-3 4",
		"swallow8.csv":     "2 3-5 6 7 8 9",
		"swallow_role.csv": "2 3-5 6",
		"q_swallow_ok.csv": "2 3-5 6",
		"good8.csv":        "2 3 4 5 6 7 8 9",
		"legit_ml.csv":     "2 4",
	} {
		assert.Equal(t, want, strings.Join(readFile(t, file), " "), file)
	}
}

func TestSwallowedRowsAreToldFromLineBreaks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason, in string
		lines      int // of the unread record; 0 if all is read
	}{
		{"ragged rows between", "id,Note,Email\n1,\"x,ada\n2\n3,14\",cy\n", 3},
		{"an empty quoted value between", "id,Note,Email\n1,\"x,ada\n2,\"\",bob\n3,14\",cy\n", 3},
		{"an empty value at every row's end", "id,Note,Email,\n1,\"x,ada,\n2,14\",bob,\n", 2},
		{"the quote closes at a line's end", "Email,Note\nada,\"x\nbob,14\"\ncy,y\n", 2},
		{"the quote opens at a line's beginning", "Note,Email\n\"x,ada\n14\",bob\n", 2},
		{"a space after every separator, in the header too", "id, Note, Email\n\"1, x, ada\n2\", y, bob\n", 2},
		{"a space after every separator, before quotes too", "\"id\", \"Note\", \"Email\"\n\"1\", \"x, ada\n2\", \"14, bob\"\n", 2},
		{"a row whose last value is empty", "id,Note,Email\n1,x,\"ada\n2,14\",\n", 2},
		{"semicolons, CRLF", "id;Note;Email\r\n1;\"x;ada\r\n2;14\";bob\r\n", 2},
		{"rows whose last value is empty", "Email,Note\nada,\"x\nbob,\ncy,\"\ndee,y\n", 3},
		{"the same with a blank line", "Email;Note\nada;\"x\n\nbob;\"\ndee;y\n", 3},
		{"addresses in one column, a space before each note", "Email,Note\na@x,\"l\nb@x, m\nc@x, n\"\nd@x,\n", 3},
		{"a note about somebody", "Email,Note\na@x,\"or b@x, c@x\nsince May, by d@x\"\n", 0},
		{"a letter", "Email,Note\na@x,\"Hi, you\n\nRegards,\nAda, CEO\"\n", 0},
		{"an address with a comma at its line's end", "Email,Address\nada,\"1 Main St,\nSuite 2, Oslo\"\n", 0},
		{"an address in the middle", "Email,Address,Name\nada,\"1 Main St\nSuite 2,Oslo\",Ada\n", 0},
		{"an address in the last column, with spaces after its commas",
			"Email,Address\nada,\"1 Main St, Block B,\nSuite 2, Oslo\"\n", 0},
		{"a note with a list, one to a line", "Email,Note\nada,\"a\nb\nc\"\n", 0},
		{"one column", "Note\n\"a\nb\"\n", 0},
		{"a comma in a value of one line beside one with a line break", "Email,Name,Note\nada,\"L,A\",\"a\nb\"\n", 0},
	} {
		_, bad, err := read(t, strings.NewReader(c.in), nil)
		require.NoError(t, err, c.reason)
		if c.lines == 0 {
			assert.Empty(t, bad, c.reason)
			continue
		}
		require.Len(t, bad, 1, c.reason)
		assert.Contains(t, bad[0], fmt.Sprintf("lines 2 to %d are one row to the quotes in them", c.lines+1), c.reason)
	}
}

// What programs print around the rows makes no account, and no role. It is no unread
// row either, or no list of such a program would ever be whole.
func TestFurnitureIsNoRow(t *testing.T) {
	t.Parallel()
	const padded = "columns that are padded with spaces, which are left out; "
	for _, c := range []struct{ file, rows, note string }{
		{"sqlcmd.csv", "3 4", padded + "not accounts: a line of dashes (line 2), a count of rows (line 6)"},
		{"sqlcmd_W.csv", "3 4 5 6", padded + "not accounts: a line of dashes (line 2), a count of rows (line 8)"},
		{"sqlplus.csv", "4 5 9",
			padded + "not accounts: a line of dashes (lines 3, 8), the heading again (line 7), a count of rows (line 11)"},
		{"sqlplus_comma.csv", "4 5 9",
			padded + "not accounts: a line of dashes (lines 3, 8), the heading again (line 7), a count of rows (line 11)"},
		{"sf_footer.csv", "2 3", "not accounts: a footer (lines 6 to 10)"},
		{"totals.csv", "2 3", "not accounts: a total (line 4)"},
		{"roles_furn.csv", "3 4 6", padded + "not accounts: a line of dashes (line 2), the heading again (line 5), " +
			"a total (line 7), a count of rows (line 9)"},
		{"grandtotal_count.csv", "2 3", "not accounts: a total (line 4)"},
		{"phantom.csv", "2", "not accounts: a line without values (lines 3 to 5)"},
		{"ctrlz.csv", "2", "not accounts: a mark of the file's end (line 3)"},
		{"short_rows.csv", "2 3 4", ""},
		{"trail_rows.csv", "2 3", ""},
		{"trail_all.csv", "2 3", ""},
		{"trail_hdr.csv", "2", ""},
	} {
		f, err := roster.OpenFile(filepath.Join("testdata", c.file), nil)
		require.NoError(t, err, c.file)
		var lines []string
		n := 0
		for row, err := range f.Rows() {
			require.NoError(t, err, c.file)
			lines = append(lines, fmt.Sprint(row.Line()))
			n++
		}
		assert.Equal(t, c.rows, strings.Join(lines, " "), c.file)
		assert.Equal(t, c.note, strings.Join(f.Header().Notes(), "; "), c.file)
		assert.True(t, f.Header().Complete(n), "%s: what is no account is not missing", c.file)
		require.NoError(t, f.Close())
	}
}

func TestWhatMayBeAnAccountStaysUnread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ reason, in, rows, bad, note string }{
		{"somebody may be called Total", "Email,Role\na@x,A\nTotal,\n", "2", "3", ""},
		{"one value after a blank line, without a footer beside it", "Email,Role\na@x,A\n\nSales\n", "2", "4", ""},
		{"a footer's look in the middle: the lines around it may be accounts",
			"Email,Role\na@x,A\n\nSales\nPage 1\n\nzoe\nb@x,B\n", "2 8", "4 7", "not accounts: a footer (line 5)"},
		{"a line break without quotes makes two rows of one", "id,name,address,role\n1,Bo,Main St\nOslo,Admin\n2,Cy,x,B\n",
			"4", "2 3", ""},
		{"short rows, each with its address", "Email,Name,Dept,Note\na@x,A,B,C\nb@x,B\nc@x,C,D\n", "2 3 4", "", ""},
		{"short rows without any address", "id,Name,Dept,Note\n1,A,B,C\n2,B,C\n3,C,D\n", "2 3 4", "", ""},
		{"one value of several", "id,Name\n1\n2,B\n", "3", "2", ""},
		{"one value, an address", "Email,Name\na@x,A\nb@x\n", "2 3", "", ""},
		{"a total with its label, padded with separators", "Email,Role,x\na@x,A,\nTotal Users: 1,,\n(1 row affected),,\n",
			"2", "", "not accounts: a footer (line 3), a count of rows (line 4)"},
		{"counts of other programs", "Email,Role\na@x,A\n\n(1 Zeile betroffen)\n1 user\nTotal: 1\nTime: 1.2 ms\n", "2", "",
			"not accounts: a count of rows (lines 4 to 5), a footer (lines 6 to 7)"},
		{"what sqlcmd says first", "Changed database context to 'HR'.\nEmail  Role\n------ ----\na@x    A   \n\n(1 rows affected)\n",
			"4", "", "line 1 stands above the header; columns of fixed width, as the line of dashes shows them; " +
				"not accounts: a line of dashes (line 3), a count of rows (line 6)"},
		{"a count in a column of its own", "login,note\n12,records\nb,c\n", "3", "2", ""},
	} {
		r, err := roster.NewReader(strings.NewReader(c.in), nil)
		require.NoError(t, err, c.reason)
		var rows, bad []string
		for row, err := range r.Rows() {
			if err == nil {
				rows = append(rows, fmt.Sprint(row.Line()))
			} else {
				bad = append(bad, fmt.Sprint(row.Line()))
			}
		}
		assert.Equal(t, c.rows, strings.Join(rows, " "), c.reason)
		assert.Equal(t, c.bad, strings.Join(bad, " "), c.reason)
		assert.Equal(t, c.note, strings.Join(r.Header().Notes(), "; "), c.reason)
	}
}

func TestTheCallerSaysWhichLinesAreNoAccounts(t *testing.T) {
	t.Parallel()
	const in = "Email,Role\na@x,A\nEmail,Role\n-- group: Sales\nb@x,B\nservice@x,C\n"
	for _, c := range []struct {
		reason     string
		opts       roster.Options
		rows, note string
	}{
		{"by a pattern, and by number", roster.Options{NotAccounts: regexp.MustCompile("^-- "), NotAccountLines: []int{6}},
			"2 5", "not accounts: the heading again (line 3), excluded (lines 4, 6)"},
		{"none but those", roster.Options{NotAccounts: regexp.MustCompile("^-- "), AllAccounts: true},
			"2 3 5 6", "not accounts: excluded (line 4)"},
	} {
		r, err := roster.NewReader(strings.NewReader(in), &c.opts)
		require.NoError(t, err, c.reason)
		var rows []string
		for row, err := range r.Rows() {
			require.NoError(t, err, c.reason)
			rows = append(rows, fmt.Sprint(row.Line()))
		}
		assert.Equal(t, c.rows, strings.Join(rows, " "), c.reason)
		assert.Equal(t, c.note, strings.Join(r.Header().Notes(), "; "), c.reason)
	}
}

// People write totals into workbooks, too.
func TestPassOverIsForRowsOfOtherPackages(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.xlsx", []string{"Email", "Role", "n"})
	require.NoError(t, err)
	rows := func(yield func(roster.Row, error) bool) {
		for i, fields := range [][]string{{"a@x", "A", "1"}, {"EMAIL", "role", "N"}, {"", "", ""}, {"Total", "", ""},
			{"Total", "", "1"}} {
			if !yield(roster.NewRow(header, i+2, fields), nil) {
				return
			}
		}
	}
	r := roster.FromRows(header, roster.PassOver(header, rows))
	n := 0
	for row, err := range r.Rows() {
		if n++; n == 1 {
			require.NoError(t, err)
			assert.Equal(t, "a@x", row.Get("Email"))
			continue
		}
		assert.EqualError(t, err, "users.xlsx line 5: not a row: it looks like a total; take the line out of the list")
	}
	assert.Equal(t, 2, n)
	assert.True(t, header.Complete(n))
	assert.Equal(t, []string{"not accounts: the heading again (line 3), a line without values (line 4), a total (line 6)"},
		header.Notes())
}
