package xlsx_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster/xlsx"
)

const (
	si    = `<si><t>Email</t></si><si><r><t>kari</t></r><r><rPr><b/></rPr><t xml:space="preserve">@x </t></r><rPh sb="0" eb="1"><t>カリ</t></rPh></si>`
	codes = `<numFmts><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/>` +
		`<numFmt numFmtId="166" formatCode="[$-409]d\-mmm\-yy;@"/><numFmt numFmtId="167" formatCode="0.00E+00"/>` +
		`<numFmt numFmtId="168" formatCode="000\-00\-0000"/></numFmts>`
	xfs = `<xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/>` +
		`<xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="3"/><xf numFmtId="49"/><xf numFmtId="168"/><xf numFmtId="1"/><xf numFmtId="9"/>`
)

// Each cell stands in row 2 under the columns a and b.
func TestWhatACellShows(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ reason, cells, want string }{
		{"a shared text", `<c r="A2" t="s"><v>0</v></c>`, "Email|"},
		{"runs are joined, phonetic ones left out, blanks kept", `<c r="A2" t="s"><v>1</v></c>`, "kari@x |"},
		{"an inline text with runs", `<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>`, "ab|"},
		{"escapes of characters", `<c r="A2" t="inlineStr"><is><t>a_x000D_b_x005F_x000D_</t></is></c>`,
			"a\rb_x000D_|"},
		{"absent cells", `<c r="B2"><v>7</v></c>`, "|7"},
		{"cells without r", `<c><v>6</v></c><c><v>7</v></c>`, "6|7"},
		{"trailing cells missing", `<c r="A2"><v>6</v></c>`, "6|"},
		{"zeros of a format stay", `<c r="A2" s="1"><v>417</v></c><c r="B2" s="9"><v>12345</v></c>`,
			"00417|000-01-2345"},
		{"a number is in full", `<c r="A2"><v>1234567890123</v></c><c r="B2"><v>1.234567890123E12</v></c>`,
			"1234567890123|1234567890123"},
		{"never an exponent", `<c r="A2" s="4"><v>1234567890123</v></c><c r="B2" s="10"><v>1234567890123</v></c>`,
			"1234567890123|1234567890123"},
		{"15 digits of a fraction", `<c r="A2"><v>0.30000000000000004</v></c><c r="B2"><v>417.0</v></c>`, "0.3|417"},
		{"thousands and percent as shown", `<c r="A2" s="7"><v>1234</v></c><c r="B2" s="11"><v>0.5</v></c>`,
			"1,234|50%"},
		{"a number as text stays text", `<c r="A2" t="str" s="8"><v>00417</v></c><c r="B2" s="8"><v>417</v></c>`,
			"00417|417"},
		{"dates by format", `<c r="A2" s="2"><v>46353</v></c><c r="B2" s="3"><v>46353</v></c>`,
			"2026-11-27|2026-11-27"},
		{"built-in dates", `<c r="A2" s="5"><v>46353</v></c><c r="B2" s="6"><v>46353.354166666664</v></c>`,
			"2026-11-27|2026-11-27T08:30:00"},
		{"a date in ISO form", `<c r="A2" t="d"><v>2026-11-27</v></c>`, "2026-11-27|"},
		{"booleans", `<c r="A2" t="b"><v>1</v></c><c r="B2" t="b"><v>0</v></c>`, "TRUE|FALSE"},
		{"an error is no value", `<c r="A2" t="e"><v>#N/A</v></c><c r="B2"><v>4</v></c>`, "|4"},
		{"a row of errors is an account that can't be read", `<c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>`,
			`users.xlsx line 2: a formula without a value: no cell has a value, and one an error such as #REF!; mend it in Excel`},
		{"formulas with values",
			`<c r="A2" t="str"><f>B2</f><v>x</v></c><c r="B2"><f t="shared" si="0"/><v>4</v></c>`, "x|4"},
		{"a formula that gives an empty text", `<c r="A2" t="str"><f>B2</f><v></v></c><c r="B2"><v>4</v></c>`, "|4"},
		{"a hyperlink cell shows its text", `<c r="A2" t="inlineStr"><is><t>kari@x</t></is></c>`, "kari@x|"},
		{"a formula without a value, as openpyxl writes", `<c r="A2"><f>B2</f><v/></c>`,
			`users.xlsx line 2, column 1: a formula without a value: cell A2 was saved by a program that does not calculate; open the workbook in Excel and save it`},
		{"a formula without a value, as EPPlus writes", `<c r="B2" t="str"><f>A2</f></c>`,
			`users.xlsx line 2, column 2: a formula without a value: cell B2 was saved by a program that does not calculate; open the workbook in Excel and save it`},
		{"a NUL", `<c r="A2" t="inlineStr"><is><t>a_x0000_</t></is></c>`,
			`users.xlsx line 2, column 1: not text: cell A2 holds a NUL character; take it out`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			w := workbook{sheets: []string{under(`<row r="2">` + test.cells + `</row>`)}, shared: si, formats: codes,
				xfs: xfs}
			r, err := read(w.bytes(t), nil)
			require.NoError(t, err)
			assert.Equal(t, []string{"2: " + test.want}, lines(t, r))
		})
	}
}

func TestDatesFrom1904(t *testing.T) {
	t.Parallel()
	w := workbook{sheets: []string{under(`<row><c s="5"><v>44891</v></c></row>`)}, xfs: xfs,
		props: `<workbookPr date1904="1"/>`}
	r, err := read(w.bytes(t), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"2: 2026-11-27|"}, lines(t, r))
}

// Shared texts are kept in blocks, whose borders must not be seen.
func TestManySharedTexts(t *testing.T) {
	t.Parallel()
	const n = 3*4096 + 1
	var shared, rows strings.Builder
	for i := range n {
		fmt.Fprintf(&shared, "<si><t>text %d</t></si>", i)
		fmt.Fprintf(&rows, `<row><c t="s"><v>%d</v></c></row>`, n-1-i)
	}
	r, err := read(workbook{sheets: []string{under(rows.String())}, shared: shared.String()}.bytes(t), nil)
	require.NoError(t, err)
	i := n
	for row, err := range r.Rows() {
		i--
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("text %d", i), row.Get("a"))
	}
	require.Zero(t, i)
}

// What is read of a sheet, and what is said about it.
func TestSheets(t *testing.T) {
	t.Parallel()
	users := data("Email|Role", "kari@x|Reader")
	titles := data("Users of HR", "as of today", "Email|Role|Note", "kari@x|Reader|")
	email := []string{"email", " Role "}
	for _, test := range []struct {
		reason string
		book   workbook
		opts   xlsx.Options
		rows   []string
		notes  []string
	}{
		{"the wanted columns choose the sheet", workbook{sheets: []string{data("Summary|Count", "all|1"), users},
			names: []string{"Summary", "Users"}},
			xlsx.Options{Columns: email}, []string{"2: kari@x|Reader"},
			[]string{`the list is sheet "Users"; not read: "Summary"`}},
		{"a name chooses the sheet", workbook{sheets: []string{users, data("a", "1")}, names: []string{"Users",
			"Log"}},
			xlsx.Options{Sheet: "LOG"}, []string{"2: 1"}, []string{`the list is sheet "Log"; not read: "Users"`}},
		{"a hidden sheet is read by name", workbook{sheets: []string{users, users}, names: []string{"U", "H"},
			states: map[string]string{"H": `state="veryHidden"`}},
			xlsx.Options{Sheet: "H"}, []string{"2: kari@x|Reader"}, []string{`the list is sheet "H"; not read: "U"`,
				`sheet "H" is hidden`}},
		{"a hidden sheet is no rival", workbook{sheets: []string{users, users}, names: []string{"U", "H"},
			states: map[string]string{"H": `state="hidden"`}},
			xlsx.Options{Columns: email}, []string{"2: kari@x|Reader"},
			[]string{`the list is sheet "U"; not read: "H" (hidden)`}},
		{"titles above the header", workbook{sheets: []string{titles +
			`<mergeCells><mergeCell ref="A1:C1"/></mergeCells>`}},
			xlsx.Options{Columns: email}, []string{"4: kari@x|Reader|"},
			[]string{"the header is row 3; above it, rows 1, 2: no accounts"}},
		{"hidden rows are read", workbook{sheets: []string{`<cols><col min="2" max="2" hidden="1"/></cols>` +
			under(`<row r="5" hidden="1"><c><v>1</v></c></row><row r="9" hidden="true"><c><v>2</v></c></row>`) +
			`<autoFilter ref="A1:B9"/>`}},
			xlsx.Options{}, []string{"5: 1|", "9: 2|"}, []string{
				"hidden in the sheet, and read as well: rows 5, 9; the sheet has a filter",
				"hidden in the sheet, and read as well: columns from B on"}},
		{"a column without a name, as pandas writes its index", workbook{sheets: []string{data("|Email", "0|kari@x",
			"1|", "2|bo@x|note")}},
			xlsx.Options{}, []string{"2: kari@x", "4: bo@x"}, []string{
				"left out, as they have no name: columns A, C",
				"no accounts, as nothing stands below the names of columns: row 3"}},
		{"a name twice matters only if it is wanted", workbook{sheets: []string{data("Email|x|X|Role",
			"kari@x|1|2|R")}},
			xlsx.Options{Columns: email}, []string{"2: kari@x|R"},
			[]string{"left out, as they have the name of another: columns B, C"}},
		{"errors and long numbers",
			workbook{sheets: []string{under(`<row><c t="e"><v>#N/A</v></c><c><v>1234567890123456800</v></c></row>` +
				`<row><c><v>1.2345678901234568E+18</v></c><c t="inlineStr"><is><t>�</t></is></c></row>`)}},
			xlsx.Options{}, []string{"2: |1234567890123456800", "3: 1234567890123456800|�"}, []string{
				"cells with an error, such as #N/A, are read as empty: row 2",
				"numbers with more than the 15 digits that Excel keeps, so that the last ones may be wrong: rows 2, 3",
				"U+FFFD in a value, where a character was lost before: row 3"}},
		{"styled empty rows are no rows",
			workbook{sheets: []string{under(strings.Repeat(`<row s="1"><c s="1"/><c s="1"/></row>`, 5000))}},
			xlsx.Options{}, nil, nil},
		{"a prefix for every element", workbook{sheets: []string{""},
			parts: map[string]string{"xl/worksheets/sheet1.xml": `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>` +
				`<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`}},
			xlsx.Options{}, []string{"2: 1"}, nil},
		{"strict OOXML", workbook{sheets: []string{""},
			parts: map[string]string{"xl/worksheets/sheet1.xml": `<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main">` + users + `</worksheet>`}},
			xlsx.Options{}, []string{"2: kari@x|Reader"}, nil},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			r, err := read(test.book.bytes(t), &test.opts)
			require.NoError(t, err)
			assert.Equal(t, test.rows, lines(t, r))
			assert.Equal(t, test.notes, r.Header().Notes())
		})
	}
}
