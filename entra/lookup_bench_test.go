package entra_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// CPU and memory of looking users up, the fake directory's included.
func BenchmarkFindUsers(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		fake := graphfake.New(nil)
		fake.AddUsers(staff(n))
		queries := make([]match.Query, n)
		for i := range queries {
			queries[i] = match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i))
		}
		for _, strategy := range []entra.Strategy{entra.Batches, entra.Listing} {
			b.Run(fmt.Sprintf("%s/%d", strategy, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fake.ForgetRequests()
					answers, err := match.Ask(b.Context(), lookups(b, fake, graph.ConnectOptions{}, strategy).FindUsers, queries)
					require.NoError(b, err)
					require.Len(b, answers[n-1].Users, 1)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
			})
		}
	}
}
