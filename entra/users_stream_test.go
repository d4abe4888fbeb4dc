package entra_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

func TestAnswersComeAsTheirRequestsSettle(t *testing.T) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "u7@contoso.example"})
	const n = 3000 // ten batches
	sent := func() (batches int) {
		for _, r := range fake.Requests() {
			if r.Item == "" {
				batches++
			}
		}
		return batches
	}
	c := lookups(t, fake, graph.ConnectOptions{Options: graph.Options{InFlight: 1}}, entra.Batches)
	early, seen := 0, make(map[int]bool)
	for i, answer := range c.FindUsers(t.Context(), ask("userPrincipalName", n)) {
		require.NoError(t, answer.Err)
		require.False(t, seen[i])
		if seen[i] = true; sent() < 9 {
			early++
		}
	}
	assert.Len(t, seen, n)
	assert.Greater(t, early, n/2, "most answers are there before the last request is sent")
}

func TestBreakingOutOfTheAnswersEndsTheAsking(t *testing.T) {
	for _, strategy := range []entra.Strategy{entra.PerRow, entra.Batches} {
		fake := graphfake.New(&graphfake.Options{TB: t})
		fake.AddUser(graphfake.User{UserPrincipalName: "u7@contoso.example"})
		c := lookups(t, fake, graph.ConnectOptions{Options: graph.Options{InFlight: 2}}, strategy)
		for range c.FindUsers(t.Context(), ask("userPrincipalName", 3000)) {
			break
		}
		assert.Less(t, len(fake.Requests()), 100, strategy)
	}
}

func TestSelectedAttributesComeUnderTheNamesThatWereAsked(t *testing.T) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", Department: "R&D", EmployeeID: "7"})
	query := match.Equal("employeeId", "7")
	query.Select = "Department,city"
	for _, strategy := range []entra.Strategy{entra.PerRow, entra.Batches, entra.Listing} {
		c := lookups(t, fake, graph.ConnectOptions{}, strategy)
		answers, err := match.Ask(t.Context(), c.FindUsers, []match.Query{query})
		require.NoError(t, err)
		require.Len(t, answers[0].Users, 1)
		assert.Equal(t, map[string]string{"Department": "R&D"}, answers[0].Users[0].Attributes, strategy)
	}
	query.Select = "shoeSize"
	_, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindUsers, []match.Query{query})
	var unknown *entra.AttributeError
	require.ErrorAs(t, err, &unknown, "a misspelt attribute is not one that nobody has")
}

func TestAContextThatEndsAfterTheLastAnswerIsNoFailure(t *testing.T) {
	for _, strategy := range []entra.Strategy{entra.PerRow, entra.Batches, entra.Listing} {
		fake := graphfake.New(&graphfake.Options{TB: t})
		fake.AddUser(graphfake.User{UserPrincipalName: "u7@contoso.example"})
		const n = 40
		for _, last := range []int{n, n / 2} { // the answer at which the caller's context ends
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			enough := errors.New("enough")
			seen := 0
			var failed error
			c := lookups(t, fake, graph.ConnectOptions{Options: graph.Options{InFlight: 1}}, strategy)
			for _, answer := range c.FindUsers(ctx, ask("userPrincipalName", n)) {
				if answer.Err != nil {
					failed = answer.Err
					break
				}
				if seen++; seen == last {
					cancel(enough)
				}
			}
			if last == n || strategy != entra.PerRow { // of one request all answers are there
				assert.NoError(t, failed, "%s %d", strategy, last)
				assert.Equal(t, n, seen, strategy)
				continue
			}
			assert.ErrorIs(t, failed, match.ErrDirectory)
			assert.ErrorIs(t, failed, enough)
			assert.Less(t, seen, n)
		}
	}
}
