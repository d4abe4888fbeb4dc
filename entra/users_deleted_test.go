package entra_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// Somebody who left is in the recycle bin under a mangled name; whoever looks
// for the old one must find them, or would create them anew.
func TestDeletedUsersAreFoundByTheNameTheyHad(t *testing.T) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	const id = "87d349ed-44d7-43e1-9a83-5f2406dee5bd"
	fake.AddUser(graphfake.User{ID: id, UserPrincipalName: "Gone@contoso.example", Mail: "gone.mail@contoso.example", EmployeeID: "E1"})
	fake.AddUser(graphfake.User{UserPrincipalName: "here@contoso.example", Mail: "here.mail@contoso.example"})
	fake.DeleteUser(id)
	c := lookups(t, fake, graph.ConnectOptions{}, "")
	tests := []struct {
		query match.Query
		want  int
	}{
		{match.Equal("userPrincipalName", "gone@contoso.example"), 1},
		{match.Equal("mail", "GONE.MAIL@contoso.example"), 1},
		{match.Equal("employeeId", "e1"), 1},
		{match.Equal("employeeId", "e2"), 0},
		{match.Equal("userPrincipalName", "here@contoso.example"), 0},
		{match.Equal("mail", "here.mail@contoso.example"), 0},
		{match.Equal("userPrincipalName", "x@contoso.example"), 0},
	}
	var queries []match.Query
	for _, tt := range tests {
		queries = append(queries, tt.query)
	}
	answers, err := match.Ask(t.Context(), c.FindDeletedUsers, queries)
	require.NoError(t, err)
	for i, tt := range tests {
		require.NoError(t, answers[i].Err)
		require.Len(t, answers[i].Users, tt.want, "%+v", tt.query)
		for _, user := range answers[i].Users {
			assert.Equal(t, id, user.ID)
		}
	}
	assert.Len(t, fake.Requests(), 1, "the bin is read once, whatever the number of queries")

	_, err = match.Ask(t.Context(), c.FindDeletedUsers, []match.Query{match.Equal("shoeSize", "42")})
	require.Error(t, err)
	answers, err = match.Ask(t.Context(), c.FindDeletedUsers, []match.Query{match.Equal("mail", "")})
	require.NoError(t, err)
	assert.Error(t, answers[0].Err)
}

func TestAFullRecycleBinIsReadToItsEnd(t *testing.T) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(1500))
	for i := range 1500 {
		fake.DeleteUser(fmt.Sprintf("u%d@contoso.example", i))
	}
	var queries []match.Query
	for i := range 1500 {
		queries = append(queries, match.Equal("userPrincipalName", fmt.Sprintf("U%d@contoso.example", i)))
	}
	answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindDeletedUsers, queries)
	require.NoError(t, err)
	for i := range answers {
		require.Len(t, answers[i].Users, 1, queries[i].Value)
	}
}
