package entra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// workforce is a directory of n users, the first of whom have an employeeId.
func workforce(t *testing.T, n, withID int) *graphfake.Server {
	fake := graphfake.New(&graphfake.Options{TB: t})
	for i := range n {
		u := graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)}
		if i < withID {
			u.EmployeeID = fmt.Sprint("E", i)
		}
		fake.AddUser(u)
	}
	return fake
}

func employees(from, to int) (queries []match.Query) {
	for i := from; i < to; i++ {
		queries = append(queries, match.Equal("employeeId", fmt.Sprint("E", i)))
	}
	return queries
}

// "2,000 not found" was believed, and with -create 2,000 twins followed.
func TestAnAttributeThatNobodyHasIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason  string
		fake    func() *graphfake.Server
		queries []match.Query
		unknown bool
	}{
		{"nobody has it", func() *graphfake.Server { return workforce(t, 40, 0) }, employees(0, 30), true},
		{"nobody has it, one question", func() *graphfake.Server { return workforce(t, 40, 0) }, employees(0, 1), true},
		{"it is null in every answer, and the list is of others", func() *graphfake.Server {
			fake := workforce(t, 40, 40)
			fake.Inject(graphfake.Fault{Path: "/users", Effect: graphfake.NullProperty, Property: "employeeId", Times: -1})
			return fake
		}, employees(100, 130), true},
		{"it is left out of every answer", func() *graphfake.Server {
			fake := workforce(t, 40, 40)
			fake.Inject(graphfake.Fault{Path: "/users", Effect: graphfake.DropProperty, Property: "employeeId", Times: -1})
			return fake
		}, employees(0, 30), true},
		{"the service neither counts nor filters so, as in Azure AD B2C", func() *graphfake.Server {
			fake := workforce(t, 40, 0)
			fake.Inject(graphfake.Fault{Path: "/users/$count", Status: 400, Times: -1, Rate: 1},
				graphfake.Fault{Path: "/users", Query: "ne null", Status: 400, Code: "Request_UnsupportedQuery", Times: -1, Rate: 1})
			return fake
		}, employees(0, 30), true},
		{"one user has it, whom no row names", func() *graphfake.Server { return workforce(t, 40, 1) }, employees(100, 130), false},
		{"a tenant of few users", func() *graphfake.Server { return workforce(t, 3, 0) }, employees(0, 30), false},
		{"an empty tenant", func() *graphfake.Server { return workforce(t, 0, 0) }, employees(0, 30), false},
	} {
		for _, strategy := range strategies {
			answers, err := match.Ask(t.Context(), lookups(t, test.fake(), graph.ConnectOptions{}, strategy).FindUsers, test.queries)
			require.NoError(t, err, test.reason)
			for i, answer := range answers {
				assert.Empty(t, answer.Users)
				if !test.unknown {
					assert.NoError(t, answer.Err, "%q: %s", strategy, test.reason)
					continue
				}
				require.ErrorIs(t, answer.Err, graph.ErrIncomplete, "%q: %s: question %d", strategy, test.reason, i)
				assert.ErrorContains(t, answer.Err, "comes without employeeId, so it is unknown; it needs the Graph permission User.Read.All")
			}
		}
	}
}

// A list of which nobody is found is no sign that names are withheld, however they are
// looked up.
func TestNobodyFoundByNameIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"userPrincipalName", "id"} {
		var queries []match.Query
		for i := range 30 {
			queries = append(queries, match.Equal(attribute, fmt.Sprintf("00000000-0000-4000-8000-%012d", i)))
		}
		for _, strategy := range strategies {
			answers, err := match.Ask(t.Context(), lookups(t, workforce(t, 40, 0), graph.ConnectOptions{}, strategy).FindUsers, queries)
			require.NoError(t, err)
			for _, answer := range answers {
				require.NoError(t, answer.Err, "%s by %q", attribute, strategy)
				assert.Empty(t, answer.Users)
			}
		}
	}
}

// Attributes differ in the filter that asks whether anybody has them.
func TestEveryAttributeCanBeAskedAfter(t *testing.T) {
	t.Parallel()
	names := "mail givenName mailNickname onPremisesImmutableId proxyAddresses otherMails businessPhones companyName employeeType " +
		"onPremisesSamAccountName employeeOrgData/costCenter extensionAttribute7 externalUserState"
	for name := range strings.FieldsSeq(names) {
		for _, strategy := range strategies {
			fake := workforce(t, 40, 0)
			c := lookups(t, fake, graph.ConnectOptions{}, strategy)
			answers, err := match.Ask(t.Context(), c.FindUsers, []match.Query{match.Equal(name, "x"), match.Equal("userPrincipalName", "u1@contoso.example")})
			require.NoError(t, err)
			if name != "mailNickname" { // that of the fake's users is made from their names
				assert.ErrorIs(t, answers[0].Err, graph.ErrIncomplete, "%q %s", strategy, name)
			}
			assert.Len(t, answers[1].Users, 1)
		}
	}
}

func TestWhetherAnybodyHasAnAttributeIsAskedOnce(t *testing.T) {
	t.Parallel()
	fake := workforce(t, 40, 1)
	c := lookups(t, fake, graph.ConnectOptions{}, entra.PerRow)
	for i := range 5 {
		_, err := match.Ask(t.Context(), c.FindUsers, employees(100+i, 101+i))
		require.NoError(t, err)
	}
	assert.Len(t, fake.Requests(), 6)
}
