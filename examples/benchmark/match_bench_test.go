package benchmark_test

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// BenchmarkMatch measures matching from the file to the report in a tenant of a
// million users: processor time and memory of this library and of graphfake,
// which answers in the same process, without latency and limits. peak-MB is the
// most memory that the process has ever had, the tenant included, under the
// soft limit that a container of 2 GB would be given; for one size:
//
//	go test ./examples/benchmark -run '^$' -bench 'Match/batches/rows=1000000$' -benchtime 2x
//
// What a listing costs depends on the directory, so that it has one size.
func BenchmarkMatch(b *testing.B) {
	const users = 1_000_000
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(memoryLimit))
	fake := graphfake.New(nil)
	fake.AddUsers(staff(users))
	for _, c := range []struct {
		way  entra.Strategy
		rows int
	}{
		{entra.Batches, 10_000}, {entra.Batches, 100_000}, {entra.Batches, 1_000_000}, {entra.Listing, 1_000_000},
	} {
		b.Run(fmt.Sprintf("%s/rows=%d", c.way, c.rows), func(b *testing.B) {
			list := newList(c.rows, users)
			options := &graph.ConnectOptions{Transport: forgetful{fake}, Options: graph.Options{Unpaced: true}}
			perRow(b, c.rows, func() {
				conn, err := graph.Connect(graph.StaticToken("for the fake"), options)
				require.NoError(b, err)
				client := entra.New(conn, &entra.Options{Lookup: c.way})
				report, err := match.Run(b.Context(), client, list.rows(b), match.Column(column, attribute), nil)
				require.NoError(b, err)
				require.Equal(b, c.rows, report.Count(match.Matched))
			})
		})
	}
}

// memoryLimit is what Go's own memory may take, in bytes; the process as a whole
// takes some more.
const memoryLimit = 1_700 << 20

// forgetful keeps no record of requests, as it would take more memory than what
// is measured.
type forgetful struct{ fake *graphfake.Server }

func (f forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	defer f.fake.ForgetRequests()
	return f.fake.Transport().RoundTrip(r)
}

// perRow measures what a row costs.
func perRow(b *testing.B, rows int, work func()) {
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began, _ := usage()
	for b.Loop() {
		work()
	}
	b.StopTimer()
	ended, peak := usage()
	runtime.ReadMemStats(&after)
	n := float64(b.N) * float64(rows)
	b.ReportMetric(float64((ended-began).Nanoseconds())/n, "cpu-ns/row")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/n, "B/row")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/row")
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}
