package xlsx_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-go/rollcall/roster/xlsx"
)

// Workbooks as programs write them: testdata/make.py made the first two.
func TestWorkbooksOfPrograms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file        string
		rows, notes []string
	}{
		{"openpyxl.xlsx", []string{
			"4: 00417|ada@contoso.example|2026-11-27|TRUE|General",
			"5: users.xlsx line 5, column 5: a formula without a value: cell E5 was saved by a program that " +
				"does not calculate; open the workbook in Excel and save it",
			"6: 418|line\nbreak  |||x",
		}, []string{
			`the list is sheet "Users"; not read: "Lists" (hidden), "Summary"`,
			"the header is row 3; above it, row 1: no accounts",
			"hidden in the sheet, and read as well: row 6; the sheet has a filter",
		}},
		{"xlsxwriter.xlsx", []string{
			"2: 00417|ada@contoso.example|2026-11-27|ab", "3: 00418|bo@contoso.example||"}, nil},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			f, err := xlsx.OpenFile(filepath.Join("testdata", test.file),
				&xlsx.Options{Name: "users.xlsx", Columns: []string{"EMail"}})
			require.NoError(t, err)
			defer f.Close()
			assert.Equal(t, test.rows, lines(t, f.Reader))
			assert.Equal(t, test.notes, f.Header().Notes())
		})
	}
}

// excelize writes as Excel does, and encrypts as Office does.
func TestAWorkbookOfExcelize(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	s, err := f.NewStreamWriter("Sheet1")
	require.NoError(t, err)
	require.NoError(t, s.SetRow("A1", []any{"Id", "EMail"}))
	require.NoError(t, s.SetRow("A2", []any{417, "ada@contoso.example"}))
	require.NoError(t, s.Flush())
	var open, locked bytes.Buffer
	require.NoError(t, f.Write(&open))
	require.NoError(t, f.Write(&locked, excelize.Options{Password: "secret"}))

	r, err := read(open.Bytes(), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"2: 417|ada@contoso.example"}, lines(t, r))
	require.True(t, xlsx.Is(locked.Bytes()[:8]))
	_, err = read(locked.Bytes(), nil)
	require.ErrorIs(t, err, xlsx.ErrNotXLSX)
	require.ErrorContains(t, err, "a workbook with a password")
}
