package assign_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/rollcall-go/rollcall/assign"
)

// BenchmarkNewPlan plans for an application where half of the wants are there
// already. A plan of a million rows should take less than 5 seconds, and B/row
// and allocs/row should hardly depend on the size.
//
//	go test ./assign -run "^$" -bench NewPlan -benchtime 4s
func BenchmarkNewPlan(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		wants, current := bigState(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := cpu()
			for b.Loop() {
				plan, err := assign.NewPlan(testApp, wants, current, &assign.Policy{MaxAdditions: assign.NoLimit})
				if err != nil || len(plan.Changes) != n/2 {
					b.Fatal(len(plan.Changes), err)
				}
			}
			spent, perRow := cpu()-began, float64(b.N)*float64(n)
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(spent.Nanoseconds())/perRow, "cpu-ns/row")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/perRow, "B/row")
			b.ReportMetric(float64(after.Mallocs-before.Mallocs)/perRow, "allocs/row")
		})
	}
}

// bigState returns n wants in random order and the assignments of half of them.
func bigState(n int) (wants []assign.Want, current []assign.Assignment) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		id := fmt.Sprintf("%08x-%04x-4000-8000-%012x", random.Uint32(), i&0xffff, i)
		name := fmt.Sprintf("user%d@example.com", i)
		wants = append(wants, assign.Want{PrincipalID: id, PrincipalName: name, AppRoleID: general.ID,
			Source: assign.Source{File: "users.csv", Line: i + 2, Key: name}})
		if i%2 == 0 {
			current = append(current, assign.Assignment{ID: fmt.Sprintf("assignment%d", i), PrincipalID: id,
				PrincipalType: "User", ResourceID: testApp.ResourceID, AppRoleID: general.ID})
		}
	}
	return wants, current
}

// BenchmarkPlanText prints the 20 rows that a person sees of a plan of a million.
//
//	go test ./assign -run "^$" -bench PlanText
func BenchmarkPlanText(b *testing.B) {
	wants, current := bigState(1_000_000)
	plan, err := assign.NewPlan(testApp, wants, current, &assign.Policy{MaxAdditions: assign.NoLimit})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := plan.WriteText(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
