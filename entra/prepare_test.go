package entra_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A directory that is listed for the first rule must not be listed again for the
// second, and what the second rule asks gets the answers that it would get by itself.
func TestOneListingAnswersAllRules(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Latency: latency})
		header, err := roster.NewHeader("users.csv", []string{"Number", "EMail", "Name"})
		require.NoError(t, err)
		var rows []roster.Row
		for i := range 3000 {
			user := graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), DisplayName: fmt.Sprintf("Zoë %d", i)}
			if i%10 == 0 {
				user.EmployeeID = fmt.Sprintf("N%d", i)
			}
			fake.AddUser(user)
			name := user.UserPrincipalName
			if i%3 == 0 {
				name = "nobody" + name
			}
			rows = append(rows, roster.NewRow(header, i+2, []string{fmt.Sprintf("N%d", i), name, fmt.Sprintf("ZOË %d", i)}))
		}
		m := match.FirstOf(match.Column("Number", "employeeId"), match.Column("EMail", "userPrincipalName"), match.Column("Name", "displayName"))
		stream := func() iter.Seq2[roster.Row, error] {
			return func(yield func(roster.Row, error) bool) {
				for _, row := range rows {
					if !yield(row, nil) {
						return
					}
				}
			}
		}
		slow := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v1.0/$batch" {
				time.Sleep(40 * latency)
			}
			return fake.Transport().RoundTrip(r)
		})
		options := graph.ConnectOptions{Transport: slow, Options: graph.Options{InFlight: 1}}
		got, err := match.Run(t.Context(), lookups(t, nil, options, ""), stream(), m, nil)
		require.NoError(t, err)
		assert.Equal(t, 4, pagesRead(fake), "3,000 users are four pages")
		assert.Equal(t, 3000, got.Count(match.Matched))
		for _, strategy := range strategies {
			want, err := match.Run(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy), stream(), m, nil)
			require.NoError(t, err)
			for i := range want.Outcomes {
				require.Equal(t, want.Outcomes[i].Query.Rule, got.Outcomes[i].Query.Rule, "%s, row %d", strategy, i)
				require.Equal(t, want.Outcomes[i].User.ID, got.Outcomes[i].User.ID, "%s, row %d", strategy, i)
			}
		}
	})
}

// A query that was not told of beforehand was not answered by the listing.
func TestQueriesThatNobodyToldOfAreAsked(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(20))
	dir := lookups(t, fake, graph.ConnectOptions{}, "listing").Prepare(func(func(match.Query) bool) {})
	for _, name := range []string{"u7@contoso.example", "u8@contoso.example", "U7@contoso.example", "nobody@contoso.example"} {
		answers, err := match.Ask(t.Context(), dir.FindUsers, []match.Query{match.Equal("userPrincipalName", name)})
		require.NoError(t, err)
		require.NoError(t, answers[0].Err, name)
		assert.Len(t, answers[0].Users, map[bool]int{true: 1}[name != "nobody@contoso.example"], name)
	}
}

// later are the queries that may come.
func later(queries ...match.Query) iter.Seq[match.Query] {
	return func(yield func(match.Query) bool) {
		for _, q := range queries {
			if !yield(q) {
				return
			}
		}
	}
}

// A listing may bring a user twice. Who is asked for by two rules must not become
// ambiguous by that.
func TestAListingThatBringsAUserTwiceAnswersTwoRules(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(20))
	twice := roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := fake.Transport().RoundTrip(r)
		if err != nil || r.URL.Path != "/v1.0/users" || r.URL.Query().Has("$filter") {
			return res, err
		}
		body, err := io.ReadAll(res.Body)
		_, list, _ := strings.Cut(string(body), `"value":[`)
		list = list[:strings.LastIndex(list, "]")]
		return reply(200, `{"value":[`+list+","+list+`]}`), err
	})
	query := match.Equal("userPrincipalName", "u7@contoso.example")
	dir := lookups(t, nil, graph.ConnectOptions{Transport: twice}, "listing").Prepare(later(query))
	for range 3 {
		answers, err := match.Ask(t.Context(), dir.FindUsers, []match.Query{query})
		require.NoError(t, err)
		require.NoError(t, answers[0].Err)
		assert.Len(t, answers[0].Users, 1)
	}
}

// A caller who had enough of one lookup must not get its answers in the next.
func TestAPreparedDirectoryForgetsQueriesThatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(20))
	a, b, c := match.Equal("userPrincipalName", "u1@contoso.example"), match.Equal("userPrincipalName", "u2@contoso.example"),
		match.Equal("userPrincipalName", "u3@contoso.example")
	dir := lookups(t, fake, graph.ConnectOptions{}, "listing").Prepare(later(c))
	for range dir.FindUsers(t.Context(), []match.Query{a, b}) {
		break
	}
	answers, err := match.Ask(t.Context(), dir.FindUsers, []match.Query{c})
	require.NoError(t, err)
	require.Len(t, answers[0].Users, 1)
	assert.Equal(t, c.Value, answers[0].Users[0].UserPrincipalName)
}

// That nobody has an attribute can't be told by a listing that didn't ask for it.
func TestAListingSaysNothingOfAttributesThatItDidNotAskFor(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(20))
	fake.AddUser(graphfake.User{UserPrincipalName: "n@contoso.example", EmployeeID: "N1"})
	dir := lookups(t, fake, graph.ConnectOptions{}, "listing").Prepare(later())
	for _, query := range []match.Query{match.Equal("userPrincipalName", "u1@contoso.example"), match.Equal("employeeId", "N2")} {
		answers, err := match.Ask(t.Context(), dir.FindUsers, []match.Query{query})
		require.NoError(t, err)
		require.NoError(t, answers[0].Err)
	}
}
