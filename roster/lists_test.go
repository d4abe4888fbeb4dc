package roster_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// Lists as owners send them: what is read of each, what is reported, what is no account.
// A list that can't be read without a word from the caller is read with it, too.
func TestLists(t *testing.T) {
	t.Parallel()
	told := map[string]roster.Options{
		"title.csv":        {Columns: []string{"email", "role"}},
		"title_padded.csv": {Columns: []string{"User ID"}},
		"cp1252_val.csv":   {Encoding: "windows-1252"},
		"excel-plain.csv":  {Encoding: "windows-1252"},
		"cp1250.csv":       {Encoding: "windows-1250"},
		"cp932.csv":        {Encoding: "shift_jis"},
		"macroman.csv":     {Encoding: "macintosh"},
		"q_swallow_ok.csv": {Quoting: roster.QuoteNone},
	}
	files, err := filepath.Glob("testdata/[^.]*.*")
	require.NoError(t, err)
	var got bytes.Buffer
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, ".golden") {
			continue
		}
		fmt.Fprintf(&got, "== %s\n%s", name, tell(t, file, roster.Options{Name: name}))
		if opts, ok := told[name]; ok {
			word := fmt.Sprintf("%s%s%s", strings.Join(opts.Columns, ", "), opts.Encoding, opts.Quoting)
			opts.Name = name
			fmt.Fprintf(&got, "== %s, told %s\n%s", name, word, tell(t, file, opts))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile("testdata/lists.golden", got.Bytes(), 0o644))
	}
	want, err := os.ReadFile("testdata/lists.golden")
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// tell says what a caller sees of a file.
func tell(t *testing.T, file string, opts roster.Options) string {
	var out strings.Builder
	f, err := roster.OpenFile(file, &opts)
	if err != nil {
		return fmt.Sprintf("refused: %v\n", err)
	}
	defer f.Close()
	fmt.Fprintf(&out, "columns: %q\n", f.Header().Columns())
	for row, err := range f.Rows() {
		var bad *roster.RowError
		switch {
		case errors.As(err, &bad):
			fmt.Fprintf(&out, "lines %d to %d unread: %v\n", bad.RowLine, bad.RowLine+bad.Lines-1, bad)
		case err != nil:
			fmt.Fprintf(&out, "ended: %v\n", err)
		default:
			fmt.Fprintf(&out, "line %d: %q\n", row.Line(), values(row))
		}
	}
	for _, note := range f.Header().Notes() {
		fmt.Fprintf(&out, "note: %s\n", note)
	}
	if doubt := f.Header().Doubt(); doubt != "" {
		fmt.Fprintf(&out, "doubt: %s\n", doubt)
	}
	return out.String()
}
