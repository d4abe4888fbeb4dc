package roster_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

var update = flag.Bool("update", false, "write the .golden files of testdata anew")

// Whole files as Excel and databases write them, read, and written back with a
// reason. The .golden files hold what a person is shown.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, reason string }{
		{"excel-utf8.csv", "Excel, CSV UTF-8, on a PC where the semicolon separates"},
		{"excel-unicode-text.txt", "Excel, Unicode Text: UTF-16 and tabs"},
		{"excel-sep.csv", "a file that declares its separator"},
		{"old-mac.csv", "lines that end in CR"},
		{"database-export.csv",
			"line breaks in values, nameless columns, and rows that are short, long and misquoted"},
		{"graph-users.json", "two pages of Microsoft Graph, one after another"},
		{"scim-users.json", "SCIM: nested values, an enterprise extension, a name that is there twice, a large number"},
		{"r_jsonl.jsonl", "JSON Lines"},
		{"r_json_ws.json", "an object around the list, after blank lines"},
		{"ldifde.ldf", "ldifde: folded lines, base64, a GUID and a SID, a disabled account, a computer"},
		{"ldapsearch.ldif", "ldapsearch: comments, a unit, a photo in another file, the result at the end"},
		{"r_ldif.ldf", "ldifde"},
		{"r_ldif_c.ldif", "ldapsearch, without the result at the end"},
		{"r_csvde.csv", "csvde: a SID that is cut stays in hex"},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			got := transcript(t, filepath.Join("testdata", c.file))
			golden := filepath.Join("testdata", c.file+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, got, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(got), c.reason)
		})
	}
}

// transcript reads a file and tells what was found in it, row by row, and what
// is written back.
func transcript(t *testing.T, path string) []byte {
	f, err := roster.OpenFile(path, &roster.Options{Name: filepath.Base(path)})
	require.NoError(t, err)
	defer f.Close()
	var out, back bytes.Buffer
	w := roster.NewWriter(&back, f.Header(), []string{"reason"}, &roster.WriterOptions{Comma: f.Comma()})
	fmt.Fprintf(&out, "columns %q, separated by %q\n", f.Header().Columns(), f.Comma())
	for row, err := range f.Rows() {
		reason := "not found"
		var bad *roster.RowError
		if errors.As(err, &bad) {
			fmt.Fprintln(&out, bad)
			reason = bad.Error()
		} else {
			require.NoError(t, err)
			fmt.Fprintf(&out, "line %d: %q\n", row.Line(), values(row))
		}
		require.NoError(t, w.Write(row, reason))
	}
	require.NoError(t, w.Flush())
	if doubt := f.Header().Doubt(); doubt != "" {
		fmt.Fprintln(&out, "doubt:", doubt)
	}
	fmt.Fprintf(&out, "written back:\n%s", back.Bytes())
	return out.Bytes()
}
