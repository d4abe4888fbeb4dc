package match_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// numbered is a directory whose users are found by the number in their mail or
// employee id: as cheap as can be and equally so at every size, so that what is
// measured is this package. A user whose number ends in 01 isn't there; one whose
// number ends in 3 is found by employee id alone.
type numbered []match.User

func (d numbered) FindUsers(_ context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return each(queries, func(query match.Query) (answer match.Answer) {
		n := 0
		for _, char := range query.Value {
			if '0' <= char && char <= '9' {
				n = 10*n + int(char-'0')
			}
		}
		if n%100 != 1 && (n%10 == 3) == (query.Attribute == "employeeId") {
			answer.Users = d[n : n+1 : n+1]
		}
		return answer
	})
}

// workload has n rows of five columns: nine tenths are found by their mail, a
// tenth by their number, a hundredth not at all, and as many are duplicates.
func workload(tb testing.TB, n int) (numbered, iter.Seq2[roster.Row, error], match.Matcher) {
	header, err := roster.NewHeader("users.csv", []string{"EMail", "Number", "Name", "Dept", "Role"})
	require.NoError(tb, err)
	dir, rows := make(numbered, n), make([]roster.Row, n)
	for i := range n {
		of := i
		if i%100 == 2 {
			of -= 2
		}
		mail := fmt.Sprintf("user%07d@contoso.com", of)
		rows[i] = roster.NewRow(header, i+2, []string{mail, fmt.Sprintf("E%07d", of), "Some Body", "Sales", "General"})
		dir[i] = match.User{ID: fmt.Sprintf("id%07d", i), UserPrincipalName: mail, AccountEnabled: true}
	}
	stream := func(yield func(roster.Row, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
	return dir, stream, match.FirstOf(match.Column("EMail", "mail"), match.Column("Number", "employeeId"))
}

// BenchmarkRun measures matching without reading a file and without a network:
// processor time, bytes and allocations per row, and the bytes of the report
// that stay.
//
//	go test ./match -run '^$' -bench Run -benchtime 4s
func BenchmarkRun(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			dir, rows, m := workload(b, n)
			before, start, began := memory(), stats(), cpu()
			b.ReportAllocs()
			var report *match.Report
			for b.Loop() {
				var err error
				if report, err = match.Run(b.Context(), dir, rows, m, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			spent, end, perRow := cpu()-began, stats(), float64(b.N)*float64(n)
			b.ReportMetric(float64(spent.Nanoseconds())/perRow, "cpu-ns/row")
			b.ReportMetric(float64(end.Mallocs-start.Mallocs)/perRow, "allocs/row")
			b.ReportMetric(float64(end.TotalAlloc-start.TotalAlloc)/perRow, "B/row")
			b.ReportMetric((float64(memory())-float64(before))/float64(n), "kept-B/row")
			runtime.KeepAlive(report)
			runtime.KeepAlive(dir)
			runtime.KeepAlive(rows)
		})
	}
}

func stats() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// memory returns the bytes in use after a collection.
func memory() uint64 {
	runtime.GC()
	return stats().HeapAlloc
}

func TestAnOutcomeStaysAsLeanAsTheDocumentationSays(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, unsafe.Sizeof(match.Outcome{}), uintptr(304), "a roster of a million rows is held in memory")
	dir, rows, m := workload(t, 1000)
	report, err := match.Run(t.Context(), dir, rows, m, nil)
	require.NoError(t, err)
	requireSums(t, report, 1000)
	assert.Equal(t, []int{980, 10, 10}, []int{report.Count(match.Matched), report.Count(match.NotFound),
		report.Count(match.Duplicate)})
	assert.Same(t, &dir[0], report.Outcomes[0].User, "users must not be held twice")
}
