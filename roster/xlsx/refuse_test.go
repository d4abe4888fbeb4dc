package xlsx_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/xlsx"
)

func wide(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}

// Whoever made the file must know it again by the name it is given.
func TestOtherFilesAreRefusedByName(t *testing.T) {
	t.Parallel()
	const compound = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	zipped := func(names ...string) string {
		parts := map[string]string{}
		for _, name := range names {
			parts[name] = "x"
		}
		return string(pack(t, parts))
	}
	locked := []byte(zipped("users.xlsx"))
	locked[strings.LastIndex(string(locked), "PK\x01\x02")+8] |= 1
	xlsb := string(pack(t, map[string]string{"_rels/.rels": relations("r|officeDocument|xl/workbook.bin"),
		"xl/workbook.bin": "x", "xl/theme/theme1.xml": "x"}))
	word := string(pack(t, map[string]string{"_rels/.rels": relations("r|officeDocument|word/document.xml"),
		"word/document.xml": "x"}))
	for _, test := range []struct{ reason, data, want string }{
		{"an empty file", "", "an empty file"},
		{"a password", compound + strings.Repeat("\x00", 70000) + wide("EncryptedPackage"),
			"a workbook with a password"},
		{"an .xls", compound + strings.Repeat("\x00", 65530) + wide("Workbook"), "an old Excel workbook (.xls)"},
		{"a very old .xls", "\x09\x08\x10\x00\x00\x06\x05\x00", "an old Excel workbook (.xls)"},
		{"a mail", compound + wide("__nameid"), "an old Office file"},
		{"an .xlsb", xlsb, "a binary workbook (.xlsb)"},
		{"an .ods", zipped("mimetype", "content.xml"), "an OpenDocument file (.ods)"},
		{"a .docx", word, "a Word document"},
		{"a Numbers document", zipped("Index/Document.iwa"), "a Numbers document"},
		{"a zip archive", zipped("users.csv"), "a zip archive: take the list out"},
		{"a zip archive with a password", string(locked), "a zip archive with a password"},
		{"a web page", "<HTML><table>", "a web page (HTML)"},
		{"a table from ServiceNow, after blanks", "\xef\xbb\xbf \r\n<Table border=1>", "a web page (HTML)"},
		{"a web page in UTF-16", "\xff\xfe" + wide("<style>"), "a web page (HTML)"},
		{"a web archive from SAP", "MIME-Version: 1.0\r\n", "a web archive (MHT)"},
		{"XML Spreadsheet 2003",
			`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`,
			"an XML Spreadsheet 2003"},
		{"RTF", `{\rtf1`, "an RTF document"},
		{"gzip", "\x1f\x8b\x08", "a gzip archive"},
		{"7-Zip", "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"RAR", "Rar!\x1a\x07", "a RAR archive"},
		{"bzip2", "BZh91AY", "a bzip2 archive"},
		{"PDF", "%PDF-1.7", "a PDF file"},
		{"CSV", "Email,Role\n", "read a CSV file with package roster"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			_, err := read([]byte(test.data), nil)
			require.ErrorIs(t, err, xlsx.ErrNotXLSX)
			var failed *roster.ReadError
			require.ErrorAs(t, err, &failed)
			assert.Contains(t, err.Error(), test.want)
			assert.NotContains(t, err.Error(), "\n")
		})
	}
}

// A list that is cut short looks like accounts that were closed.
func TestADamagedWorkbookIsNoShorterList(t *testing.T) {
	t.Parallel()
	sheet := func(xml string) map[string]string { return map[string]string{"xl/worksheets/sheet1.xml": xml} }
	whole := root("worksheet", data("a", "1", "2", "3"))
	for _, test := range []struct {
		reason string
		parts  map[string]string
		want   error
	}{
		{"the sheet ends early", sheet(whole[:len(whole)-40]), xlsx.ErrDamaged},
		{"a tag in the middle is broken", sheet(strings.Replace(whole, "2", "<2", 1)), xlsx.ErrDamaged},
		{"rows go backwards", sheet(root("worksheet",
			under(`<row r="9"><c><v>1</v></c></row><row r="3"><c><v>1</v></c></row>`))), xlsx.ErrDamaged},
		{"cells go backwards", sheet(root("worksheet",
			under(`<row><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>`))), xlsx.ErrDamaged},
		{"a row beyond Excel's last", sheet(root("worksheet", under(`<row r="1048577"><c><v>1</v></c></row>`))),
			xlsx.ErrDamaged},
		{"a text that is not there", sheet(root("worksheet", under(`<row><c t="s"><v>9</v></c></row>`))),
			xlsx.ErrDamaged},
		{"a number that is none", sheet(root("worksheet", under(`<row><c><v>kari</v></c></row>`))), xlsx.ErrDamaged},
		{"a DTD", sheet(`<!DOCTYPE x [<!ENTITY a "b">]>` + whole), xlsx.ErrDamaged},
		{"elements in elements", sheet(root("worksheet", strings.Repeat("<x>", 100)+strings.Repeat("</x>",
			100)+data("a"))), xlsx.ErrDamaged},
		{"shared texts that end early", map[string]string{"xl/sharedStrings.xml": "<sst><si><t>a"}, xlsx.ErrDamaged},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			w := workbook{sheets: []string{data("a", "1")}, parts: test.parts}
			r, err := read(w.bytes(t), nil)
			if err == nil {
				for _, rowErr := range r.Rows() {
					err = rowErr
				}
				require.False(t, r.Header().Complete(0) || r.Header().Complete(1) || r.Header().Complete(3))
			}
			require.ErrorIs(t, err, test.want)
			var failed *roster.ReadError
			require.ErrorAs(t, err, &failed)
		})
	}
	t.Run("parts without the list of them", func(t *testing.T) {
		t.Parallel()
		_, err := read(pack(t, map[string]string{"xl/workbook.xml": "<x/>"}), nil)
		require.ErrorIs(t, err, xlsx.ErrDamaged)
	})
	t.Run("half a download", func(t *testing.T) {
		t.Parallel()
		data := workbook{sheets: []string{data("a", "1")}}.bytes(t)
		_, err := read(data[:len(data)/2], nil)
		require.ErrorIs(t, err, xlsx.ErrDamaged)
	})
	t.Run("a byte of the sheet has changed", func(t *testing.T) {
		t.Parallel()
		rows := strings.Repeat("<row><c><v>4174174</v></c></row>", 200)
		data := workbook{sheets: []string{under(rows)}}.bytes(t)
		changed := false
		for i := 0; i < len(data); i += 3 { // wherever it is: an error, or the very same rows
			if data[i]++; !sameOrError(t, data) {
				changed = true
			}
			data[i]--
		}
		require.False(t, changed)
	})
}

// sameOrError reports whether a workbook is read as 200 rows of one value, or not to its end.
func sameOrError(t *testing.T, data []byte) bool {
	r, err := read(data, nil)
	if err != nil {
		return true
	}
	n := 0
	for row, err := range r.Rows() {
		if err != nil {
			return true
		}
		if row.Get("a") == "4174174" {
			n++
		}
	}
	return n == 200
}

func TestZipBombs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 3<<20)
	for _, test := range []struct {
		reason string
		book   workbook
		opts   xlsx.Options
		want   string
	}{
		{"a sheet of nothing", workbook{sheets: []string{data("a", "1") + strings.Repeat("<x/>", 1<<19)}},
			xlsx.Options{MaxUnpacked: 1 << 20}, "as in a zip bomb"},
		{"many empty rows", workbook{sheets: []string{under(strings.Repeat("<row/>", 1<<18))}},
			xlsx.Options{MaxUnpacked: 1 << 20}, "as in a zip bomb"},
		{"many texts", workbook{sheets: []string{data("a")}, shared: strings.Repeat("<si/>", 1<<18)},
			xlsx.Options{MaxText: 1 << 18}, "Options.MaxText"},
		{"one long text", workbook{sheets: []string{data("a")}, shared: "<si><t>" + long + "</t></si>"},
			xlsx.Options{}, "Options.MaxRow"},
		{"one long value", workbook{sheets: []string{data("a", long)}}, xlsx.Options{}, "Options.MaxRow"},
		{"one long attribute", workbook{sheets: []string{under(`<row x="` + long + `"/>`)}}, xlsx.Options{},
			"Options.MaxRow"},
		{"one long row", workbook{sheets: []string{under("<row>" + strings.Repeat(`<c t="s"><v>0</v></c>`, 999) +
			"</row>")}, shared: "<si><t>" + long[:9999] + "</t></si>"}, xlsx.Options{}, "Options.MaxRow"},
		{"styles without end", workbook{sheets: []string{data("a")}, xfs: strings.Repeat("<xf/>", 1<<17)},
			xlsx.Options{}, "formats"},
		{"a large small part", workbook{sheets: []string{data("a")}, props: strings.Repeat(" ", 33<<20)},
			xlsx.Options{}, "workbook.xml has more than"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			r, err := read(test.book.bytes(t), &test.opts)
			if err == nil {
				for _, rowErr := range r.Rows() {
					err = rowErr
				}
			}
			require.ErrorIs(t, err, xlsx.ErrTooLarge)
			assert.Contains(t, err.Error(), test.want)
		})
	}
}

func TestSheetsThatAreNotClear(t *testing.T) {
	t.Parallel()
	users := data("Email|Role", "kari@x|R")
	email := []string{"Email"}
	for _, test := range []struct {
		reason string
		book   workbook
		opts   xlsx.Options
		want   string
	}{
		{"several sheets and nothing to choose by", workbook{sheets: []string{users, users}}, xlsx.Options{},
			`"Sheet1", "Sheet2" have rows; name the sheet`},
		{"several sheets with the columns", workbook{sheets: []string{users, users}}, xlsx.Options{Columns: email},
			`"Sheet1", "Sheet2" have the columns; name the sheet`},
		{"no sheet with the columns", workbook{sheets: []string{data("x"), data("Role", "R")}},
			xlsx.Options{Columns: []string{"Email", "Role"}},
			`sheet "Sheet1" has no columns ["Email" "Role"] in its first rows; sheet "Sheet2" has no column "Email" in its first rows`},
		{"only a hidden sheet has them", workbook{sheets: []string{data("x"), users},
			states: map[string]string{"Sheet2": `state="hidden"`}}, xlsx.Options{Columns: email},
			`hidden sheets are read only by name (Options.Sheet): "Sheet2"`},
		{"a name that is not there", workbook{sheets: []string{users}}, xlsx.Options{Sheet: "Users"},
			`there is no sheet "Users"; it has: "Sheet1"`},
		{"a named sheet without the columns", workbook{sheets: []string{users, data("x")}},
			xlsx.Options{Sheet: "sheet2", Columns: email}, `sheet "Sheet2" has no column "Email"`},
		{"a title and no columns to find the header", workbook{sheets: []string{data("Users of HR", "Email|Role",
			"kari@x|R")}}, xlsx.Options{}, "has one value in row 1 and several in row 2"},
		{"the other sheet may be the list", workbook{sheets: []string{data("Users of HR", "Email|Role", "kari@x|R"), data("all|3")}},
			xlsx.Options{}, `sheet "Sheet1" has one value in row 1`},
		{"an empty workbook", workbook{sheets: []string{"<sheetData/>"}}, xlsx.Options{},
			`sheet "Sheet1" has no rows`},
		{"no sheets at all", workbook{}, xlsx.Options{}, "it has no visible sheet"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			_, err := read(test.book.bytes(t), &test.opts)
			require.ErrorIs(t, err, xlsx.ErrSheet)
			assert.Contains(t, err.Error(), test.want)
		})
	}
}

func TestColumnNamesThatCantBeUsed(t *testing.T) {
	t.Parallel()
	_, err := read(workbook{sheets: []string{data("|Email|x|EMAIL", "1|a|b|c")}}.bytes(t),
		&xlsx.Options{Columns: []string{"Email"}})
	require.EqualError(t, err, `users.xlsx: column 4 ("EMAIL") has the same name as column 2: rename one of them`)
}

func TestOpenFile(t *testing.T) {
	t.Parallel()
	data := workbook{sheets: []string{data("a", "1")}}.bytes(t)
	require.True(t, xlsx.Is(data[:8]))
	require.False(t, xlsx.Is([]byte("Email,Role")))
	path := filepath.Join(t.TempDir(), "users.csv")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	f, err := xlsx.OpenFile(path, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"2: 1"}, lines(t, f.Reader))
	assert.True(t, f.Header().Complete(1))
	assert.Equal(t, path, f.Header().File())
	require.NoError(t, f.Close())
	_, err = xlsx.OpenFile(path+"x", nil)
	require.ErrorIs(t, err, os.ErrNotExist)
}
