package roster_test

import (
	"errors"
	"fmt"
	"path/filepath"
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

// What programs print around the rows makes no account, and no role.
func TestFurnitureIsNoRow(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"sqlcmd.csv":           "2-2 3 4 6-6",
		"sqlcmd_W.csv":         "2-2 3 4 5 6 8-8",
		"sqlplus.csv":          "3-3 4 5 7-7 8-8 9 11-11",
		"sqlplus_comma.csv":    "3-3 4 5 7-7 8-8 9 11-11",
		"sf_footer.csv":        "2 3 6-6 7-7 8-8 9-9 10-10",
		"totals.csv":           "2 3 4-4",
		"roles_furn.csv":       "2-2 3 4 5-5 6 7-7 9-9",
		"grandtotal_count.csv": "2 3 4-4",
		"short_rows.csv":       "2 3-3 4-4",
		"trail_rows.csv":       "2 3",
		"trail_all.csv":        "2 3",
		"trail_hdr.csv":        "2",
	} {
		assert.Equal(t, want, strings.Join(readFile(t, file), " "), file)
	}
}
