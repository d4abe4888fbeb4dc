package xlsx_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/rollcall-go/rollcall/roster/xlsx"
)

// benchRows is the number of rows, in a sheet of at most 1,048,576.
func benchRows() int {
	if n, err := strconv.Atoi(os.Getenv("XLSX_ROWS")); err == nil {
		return n
	}
	return 20_000
}

// company writes a workbook of n people with 6 columns: an id with zeros, a mail and a
// name that nobody shares, a role and a department that many share, a date.
func company(b *testing.B, n int) string {
	path := filepath.Join(b.TempDir(), "users.xlsx")
	f, err := os.Create(path)
	require.NoError(b, err)
	defer f.Close()
	var shared, sheet bytes.Buffer
	w, s := bufio.NewWriter(&shared), bufio.NewWriter(&sheet)
	for i, name := range []string{"Id", "Email", "Name", "Role", "Department", "Since", "Reader", "Writer",
		"Oslo", "Bergen"} {
		fmt.Fprintf(w, "<si><t>%s</t></si>", name)
		if i < 6 {
			fmt.Fprintf(s, `<c t="s"><v>%d</v></c>`, i)
		}
	}
	fmt.Fprint(s, "</row>")
	for i := range n {
		fmt.Fprintf(w, "<si><t>person%d@contoso.example</t></si><si><t>Person Number %d</t></si>", i, i)
		fmt.Fprintf(s,
			`<row r="%d"><c r="A%[1]d" s="1"><v>%d</v></c><c r="B%[1]d" t="s"><v>%d</v></c><c r="C%[1]d" t="s"><v>%d</v></c>`+
				`<c r="D%[1]d" t="s"><v>%d</v></c><c r="E%[1]d" t="s"><v>%d</v></c><c r="F%[1]d" s="2"><v>%d</v></c></row>`,
			i+2, i, 10+2*i, 11+2*i, 6+i%2, 8+i%2, 40000+i%5000)
	}
	require.NoError(b, w.Flush())
	require.NoError(b, s.Flush())
	book := workbook{sheets: []string{"<sheetData><row>" + sheet.String() + "</sheetData>"},
		shared: shared.String(), formats: codes, xfs: xfs}
	_, err = f.Write(book.bytes(b))
	require.NoError(b, err)
	return path
}

// BenchmarkRows reads the same workbook with this package and with excelize's own
// stream: XLSX_ROWS=1000000 go test -run '^$' -bench Rows -benchtime 1x ./roster/xlsx
func BenchmarkRows(b *testing.B) {
	n := benchRows()
	path := company(b, n)
	b.Run("xlsx", func(b *testing.B) { measure(b, n, func() int { return ours(b, path) }) })
	b.Run("excelize", func(b *testing.B) { measure(b, n, func() int { return theirs(b, path) }) })
}

// measure reports rows a second, and how much memory was in use at the most.
func measure(b *testing.B, n int, read func() int) {
	runtime.GC()
	for b.Loop() {
		require.Equal(b, n, read())
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "MiB-live")
}

// peak is the most memory that was live at one of the moments of watch.
var peak uint64

func watch(row int) {
	if row == 1 {
		peak = 0
	}
	if row%100_000 != 1 {
		return
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	peak = max(peak, m.HeapAlloc)
}

func ours(b *testing.B, path string) (n int) {
	f, err := xlsx.OpenFile(path, &xlsx.Options{Columns: []string{"Email"}})
	require.NoError(b, err)
	defer f.Close()
	for _, err := range f.Rows() {
		require.NoError(b, err)
		n++
		watch(n)
	}
	return n
}

func theirs(b *testing.B, path string) (n int) {
	f, err := excelize.OpenFile(path)
	require.NoError(b, err)
	defer f.Close()
	rows, err := f.Rows("Sheet1")
	require.NoError(b, err)
	for rows.Next() {
		values, err := rows.Columns()
		require.NoError(b, err)
		if n++; len(values) == 0 {
			b.Fatal(io.ErrUnexpectedEOF)
		}
		watch(n)
	}
	return n - 1
}
