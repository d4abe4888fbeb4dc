package entra_test

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

const latency = 150 * time.Millisecond

// staff yields n users.
func staff(n int) iter.Seq[graphfake.User] {
	return func(yield func(graphfake.User) bool) {
		for i := range n {
			if !yield(graphfake.User{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)}) {
				return
			}
		}
	}
}

// busyTenant has the published limits, a latency, n users and an application.
func busyTenant(t testing.TB, n int) (*graphfake.Server, string) {
	fake := graphfake.New(&graphfake.Options{TB: t, Latency: latency, Throttle: &graphfake.Throttle{}})
	fake.AddUsers(staff(n))
	app := fake.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{{ID: roleID, DisplayName: "Reader"}}})
	return fake, fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID}).ID
}

const roleID = "11111111-2222-4333-8444-555555555555"

func additions(n int) []assign.Change {
	changes := make([]assign.Change, n)
	for i := range changes {
		changes[i] = assign.Change{Action: assign.Add, PrincipalID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), AppRoleID: roleID}
	}
	return changes
}

// throttled counts what was answered with 429.
func throttled(fake *graphfake.Server) (n int) {
	for _, r := range fake.Requests() {
		if r.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

// Writes must go as fast as the published limit allows and not be throttled:
// 3,000 at once, then 20 a second.
func TestWritesKeepToTheirQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, app := busyTenant(t, 4000)
		c := lookups(t, fake, graph.ConnectOptions{}, "")
		started := time.Now()
		for _, err := range c.WriteAssignments(t.Context(), app, additions(4000)) {
			require.NoError(t, err)
		}
		bound := 1000 * 150 * time.Second / 3000
		assert.Less(t, time.Since(started), bound*11/10)
		assert.Zero(t, throttled(fake))
		assert.Len(t, fake.Assignments(app), 4000)
	})
}

// A run that writes must not keep another from reading.
func TestReadsGoOnWhileWritesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, app := busyTenant(t, 4000)
		c := lookups(t, fake, graph.ConnectOptions{}, "")
		var wg sync.WaitGroup
		wg.Go(func() {
			for range c.WriteAssignments(t.Context(), app, additions(3500)) {
			}
		})
		time.Sleep(10 * time.Second) // the writes wait by now
		for range 20 {
			started := time.Now()
			answers, err := match.Ask(t.Context(), c.FindUsers, []match.Query{match.Equal("userPrincipalName", "u7@contoso.example")})
			require.NoError(t, err)
			assert.Len(t, answers[0].Users, 1)
			assert.LessOrEqual(t, time.Since(started), 2*latency)
		}
		wg.Wait()
		assert.Zero(t, throttled(fake))
	})
}

// Asking one by one takes more resource units than the limit holds: the client
// must know the tenant's size, and use what that allows.
func TestReadsKeepToTheResourceUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _ := busyTenant(t, 600)
		c := lookups(t, fake, graph.ConnectOptions{Options: graph.Options{InFlight: 800}}, entra.PerRow)
		var queries []match.Query
		for i := range 12_000 {
			queries = append(queries, match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i)))
		}
		started := time.Now()
		_, err := match.Ask(t.Context(), c.FindUsers, queries)
		require.NoError(t, err)
		assert.Zero(t, throttled(fake))
		bound := (12_000 - 8_000) * 10 * time.Second / 8_000
		assert.Less(t, time.Since(started), bound*11/10)
	})
}

// If the real limit is lower than the published one, or others use it too, the
// client has to find out and settle below it.
func TestALowerLimitIsLearnt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Latency: latency, Patience: graphfake.PatienceSame,
			Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{{Scope: graphfake.PerAppAndTenant, Counts: graphfake.Writes, Amount: 300, Per: 150 * time.Second}}}})
		fake.AddUsers(staff(1000))
		app := fake.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{{ID: roleID, DisplayName: "Reader"}}})
		principal := fake.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID}).ID
		c := lookups(t, fake, graph.ConnectOptions{}, "")
		started := time.Now()
		for _, err := range c.WriteAssignments(t.Context(), principal, additions(1000)) {
			require.NoError(t, err)
		}
		bound := 700 * 150 * time.Second / 300
		assert.Less(t, time.Since(started), bound*13/10)
		// Four batches of 20 are under way when the limit is met, and as many may be
		// when more of it is tried again after a while: which of them depends on how
		// the goroutines come to run.
		assert.LessOrEqual(t, throttled(fake), 2*4*20)
	})
}

func TestPlansAreSaidBeforeTheyAreCarriedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, _ := busyTenant(t, 5000)
		var queries []match.Query
		for i := range 5000 {
			queries = append(queries, match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i)))
		}
		for _, strategy := range strategies {
			c := lookups(t, fake, graph.ConnectOptions{}, strategy)
			fake.ForgetRequests()
			plan, err := c.PlanLookup(t.Context(), queries)
			require.NoError(t, err)
			for _, r := range fake.Requests() {
				assert.Equal(t, "/users/$count", r.Path, "planning looks nobody up")
			}
			fake.ForgetRequests()
			started := time.Now()
			answers, err := match.Ask(t.Context(), c.FindUsers, queries)
			require.NoError(t, err)
			assert.False(t, slices.ContainsFunc(answers, func(a match.Answer) bool { return len(a.Users) != 1 }))
			took, outer := time.Since(started), 0
			for _, r := range fake.Requests() {
				if r.Item == "" {
					outer++
				}
			}
			assert.Equal(t, plan.Requests, outer, plan.String())
			assert.InEpsilon(t, plan.Duration.Seconds(), took.Seconds(), 0.1, plan.String())
		}
	})
}
