package entra_test

import (
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
		answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, []match.Query{query})
		require.NoError(t, err)
		require.Len(t, answers[0].Users, 1)
		assert.Equal(t, map[string]string{"Department": "R&D"}, answers[0].Users[0].Attributes, strategy)
	}
	query.Select = "shoeSize"
	_, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindUsers, []match.Query{query})
	var unknown *entra.AttributeError
	require.ErrorAs(t, err, &unknown, "a misspelt attribute is not one that nobody has")
}
