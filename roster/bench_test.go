package roster_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

var benchmarkSizes = []int{10_000, 100_000, 1_000_000}

// usersCSV returns a roster of n rows as an application would export it.
func usersCSV(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Account,Full name,Email,Department,Last sign-in\n")
	for i := range n {
		fmt.Fprintf(&b, "u%07d,\"Ødegård, Kari %d\",kari.%d@contoso.example,Sales & Service,2026-01-%02d\n", i, i, i,
			i%28+1)
	}
	return b.Bytes()
}

// BenchmarkRows reads a roster; compare it with BenchmarkEncodingCSV.
func BenchmarkRows(b *testing.B) {
	for _, n := range benchmarkSizes {
		data := usersCSV(n)
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			perRow(b, data, n, func() int { return readRows(b, data) })
		})
	}
}

// BenchmarkEncodingCSV reads the same bytes with encoding/csv alone.
func BenchmarkEncodingCSV(b *testing.B) {
	for _, n := range benchmarkSizes {
		data := usersCSV(n)
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			perRow(b, data, n, func() int { return readCSV(b, data) })
		})
	}
}

// BenchmarkSpeedOfEncodingCSV reads with both, by turns, and reports the speed as a share
// of encoding/csv's, by the fastest run of each, as other programs disturb the others.
func BenchmarkSpeedOfEncodingCSV(b *testing.B) {
	data := usersCSV(500_000)
	ours, theirs := time.Hour, time.Hour
	for b.Loop() {
		begin := time.Now()
		readCSV(b, data)
		middle := time.Now()
		readRows(b, data)
		ours, theirs = min(ours, time.Since(middle)), min(theirs, middle.Sub(begin))
	}
	b.ReportMetric(float64(theirs)/float64(ours), "of-encoding/csv")
}

// BenchmarkGigabyte reads a list of 1 GiB and reports the memory that the program then
// holds from the system, in MiB, all told.
func BenchmarkGigabyte(b *testing.B) {
	for b.Loop() {
		const size = 1 << 30
		in := &endless{first: "id,name,mail\n", row: "1,\"Ødegård, Kari\",kari@contoso.example\n"}
		r, err := roster.NewReader(in, nil)
		require.NoError(b, err)
		b.SetBytes(size)
		for _, err := range r.Rows() {
			if err != nil {
				b.Fatal(err)
			}
			if in.read >= size {
				break
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-held")
}

func readRows(b *testing.B, data []byte) (rows int) {
	r, err := roster.NewReader(bytes.NewReader(data), nil)
	require.NoError(b, err)
	for _, err := range r.Rows() {
		if err != nil {
			b.Fatal(err)
		}
		rows++
	}
	return rows
}

func readCSV(b *testing.B, data []byte) (rows int) {
	r := csv.NewReader(bytes.NewReader(data))
	for {
		_, err := r.Read()
		if err == io.EOF {
			return rows - 1 // the header
		}
		if err != nil {
			b.Fatal(err)
		}
		rows++
	}
}

// perRow measures read and reports what a row costs.
func perRow(b *testing.B, data []byte, n int, read func() int) {
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if got := read(); got != n {
			b.Fatalf("%d rows of %d", got, n)
		}
	}
	runtime.ReadMemStats(&after)
	rows := float64(b.N) * float64(n)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/rows, "allocs/row")
}

// BenchmarkGet looks a column up by its name in the file, in another case, and
// finds none.
func BenchmarkGet(b *testing.B) {
	header, err := roster.NewHeader("users.csv", []string{"Account", "Full name", "Email"})
	require.NoError(b, err)
	row := roster.NewRow(header, 2, []string{"u1", "Kari", "kari@contoso.example"})
	for _, name := range []string{"Email", "email", "EMAIL", "Mail"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				row.Get(name)
			}
		})
	}
}

// BenchmarkFold folds keys as a roster has them.
func BenchmarkFold(b *testing.B) {
	for _, key := range []string{"kari.nordmann@contoso.example", "Kari.Nordmann@contoso.example",
		"kåre.ødegård@contoso.example"} {
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				roster.Fold(key)
			}
		})
	}
}
