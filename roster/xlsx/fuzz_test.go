package xlsx_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
	"github.com/rollcall-go/rollcall/roster/xlsx"
)

// limits keep a fuzzed file from taking long.
var limits = xlsx.Options{MaxUnpacked: 1 << 20, MaxText: 1 << 20}

// FuzzReader reads any bytes: a typed error, or rows in order, never a panic.
func FuzzReader(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	f.Add([]byte("<html>"))
	f.Add(workbook{sheets: []string{data("a|b", "1|2")}, shared: si, formats: codes, xfs: xfs}.bytes(f))
	f.Fuzz(func(t *testing.T, data []byte) { sound(t, data) })
}

// FuzzSheet reads any sheet, styles and shared texts, packed into a workbook: what
// FuzzReader would have to find through the checksums of the archive.
func FuzzSheet(f *testing.F) {
	f.Add(under(`<row r="2" hidden="1"><c r="A2" t="s"><v>1</v></c><c s="2"><v>46353.5</v></c></row>`), si,
		codes, xfs)
	f.Add(under(`<row><c t="e"><v>#N/A</v></c><c><f>1</f></c></row>`), si, codes, xfs)
	f.Add(`<cols><col min="1" max="9" hidden="1"/></cols>`+data("a|b|", "|2|3"), "<si/>", "", "<xf/>")
	f.Add(under(`<row><c s="0"><v>-1.5e9</v></c><c s="0"><v>5</v></c></row>`), "",
		`<numFmts><numFmt numFmtId="164" formatCode="[Red][&lt;=9]0.0,;&quot;x&quot;# ?/?"/></numFmts>`,
		`<xf numFmtId="164"/>`)
	f.Fuzz(func(t *testing.T, sheet, shared, formats, xfs string) {
		sound(t, workbook{sheets: []string{sheet}, shared: shared, formats: formats, xfs: xfs}.bytes(t))
	})
}

// sound holds the reader to what it says of itself.
func sound(t *testing.T, data []byte) {
	r, err := read(data, &limits)
	if err != nil {
		typed(t, err)
		return
	}
	last, n, unfinished := 0, 0, false
	for row, err := range r.Rows() {
		var end *roster.ReadError
		require.False(t, unfinished, "a ReadError is the last")
		if unfinished = errors.As(err, &end); unfinished {
			continue
		}
		n++
		require.Greater(t, row.Line(), last, "rows come in order")
		last = row.Line()
		if err != nil {
			typed(t, err)
			continue
		}
		for _, value := range row.All() {
			require.NotContains(t, value, "\x00")
		}
	}
	require.Equal(t, !unfinished, r.Header().Complete(n))
	for _, note := range r.Header().Notes() {
		require.NotEmpty(t, strings.TrimSpace(note))
	}
}

func typed(t *testing.T, err error) {
	var (
		row    *roster.RowError
		read   *roster.ReadError
		header *roster.HeaderError
	)
	require.True(t, errors.As(err, &row) || errors.As(err, &read) || errors.As(err, &header), "%T: %v", err, err)
	require.NotContains(t, err.Error(), "\n")
}
