package xlsx_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/xlsx"
)

const relationType = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

// A workbook is what a test puts into an .xlsx, as XML.
type workbook struct {
	sheets  []string // what stands in each sheet's root element
	names   []string // Sheet1, … where there are none
	states  map[string]string
	shared  string // the si elements
	formats string // the numFmts element
	xfs     string // the xf elements of cellXfs
	props   string // the workbookPr element
	parts   map[string]string
}

// bytes packs the workbook, with the parts that the test gives itself last.
func (w workbook) bytes(t testing.TB) []byte {
	t.Helper()
	parts := map[string]string{
		"[Content_Types].xml": xml.Header +
			`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>`,
		"_rels/.rels": relations("r1|officeDocument|xl/workbook.xml"),
		"xl/styles.xml": root("styleSheet",
			w.formats+`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>`+w.xfs+"</cellXfs>"),
		"xl/sharedStrings.xml": root("sst", w.shared),
	}
	rels := []string{"s|styles|styles.xml", "t|sharedStrings|/xl/sharedStrings.xml"}
	list := ""
	for i, sheet := range w.sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if i < len(w.names) {
			name = w.names[i]
		}
		// the parts are numbered against the order of the sheets, as some programs do
		file := fmt.Sprintf("worksheets/sheet%d.xml", len(w.sheets)-i)
		rels = append(rels, fmt.Sprintf("r%d|worksheet|%s", i, file))
		list += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="r%d" %s/>`, name, i+1, i, w.states[name])
		parts["xl/"+file] = root("worksheet", sheet)
	}
	parts["xl/workbook.xml"] = root("workbook", w.props+"<sheets>"+list+"</sheets>")
	parts["xl/_rels/workbook.xml.rels"] = relations(rels...)
	for name, text := range w.parts {
		parts[name] = text
	}
	return pack(t, parts)
}

func root(name, inside string) string {
	return xml.Header + `<` + name + ` xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` + inside + `</` + name + `>`
}

func relations(list ...string) string {
	var b strings.Builder
	for _, r := range list {
		f := strings.Split(r, "|")
		fmt.Fprintf(&b, `<Relationship Id="%s" Type="%s" Target="%s"/>`, f[0], relationType+f[1], f[2])
	}
	return xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		b.String() + "</Relationships>"
}

func pack(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// data returns a sheet whose rows have values of text, split at each |.
func data(rows ...string) string {
	var b strings.Builder
	b.WriteString("<sheetData>")
	for _, row := range rows {
		b.WriteString("<row>")
		for value := range strings.SplitSeq(row, "|") {
			fmt.Fprintf(&b, `<c t="inlineStr"><is><t>%s</t></is></c>`, value)
		}
		b.WriteString("</row>")
	}
	return b.String() + "</sheetData>"
}

// under returns a sheet with a header a, b and then rows as XML.
func under(rows string) string {
	return strings.Replace(data("a|b"), "</sheetData>", rows+"</sheetData>", 1)
}

func read(data []byte, opts *xlsx.Options) (*roster.Reader, error) {
	o := xlsx.Options{}
	if opts != nil {
		o = *opts
	}
	o.Name = "users.xlsx"
	return xlsx.NewReader(bytes.NewReader(data), int64(len(data)), &o)
}

// lines returns what a reader yields: "row: value|value", or "row: error".
func lines(t testing.TB, r *roster.Reader) (list []string) {
	t.Helper()
	for row, err := range r.Rows() {
		var values []string
		for _, value := range row.All() {
			values = append(values, value)
		}
		if bad := (*roster.RowError)(nil); errors.As(err, &bad) {
			require.Equal(t, row.Line(), bad.RowLine)
			require.Equal(t, 1, bad.Lines)
		}
		if err != nil {
			values = []string{err.Error()}
		}
		list = append(list, fmt.Sprintf("%d: %s", row.Line(), strings.Join(values, "|")))
	}
	return list
}
