package entra_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
)

// aliases are a tenant whose users have three addresses each.
func aliases(t *testing.T, users int) (*graphfake.Server, []match.Query) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	var queries []match.Query
	for i := range users {
		name := func(alias string) string { return fmt.Sprintf("%s%d@contoso.example", alias, i) }
		fake.AddUser(graphfake.User{UserPrincipalName: name("u"), Mail: name("m"), ProxyAddresses: []string{"smtp:" + name("p"), "SMTP:" + name("q")},
			OtherMails: []string{name("o"), name("ö"), name("shared")}})
		for _, address := range []string{name("m"), name("P"), name("q"), name("nobody")} {
			queries = append(queries, match.Equal("proxyAddresses", address))
		}
		queries = append(queries, match.Equal("otherMails", name("o")), match.Equal("otherMails", name("ö")))
	}
	return fake, queries
}

// checkAliases holds that each query has found the user who has the address.
func checkAliases(t *testing.T, queries []match.Query, answers []match.Answer) {
	for i, answer := range answers {
		require.NoError(t, answer.Err, "%+v", queries[i])
		if strings.HasPrefix(queries[i].Value, "nobody") {
			require.Empty(t, answer.Users, "%+v", queries[i])
			continue
		}
		require.Len(t, answer.Users, 1, "%+v", queries[i])
		assert.Equal(t, "u"+strings.TrimLeft(queries[i].Value, "Pmqoö"), answer.Users[0].UserPrincipalName, "%+v", queries[i])
	}
}

// Ten thousand addresses one in a filter take a quarter of a minute by the limit alone.
func TestElementsOfCollectionsShareFilters(t *testing.T) {
	t.Parallel()
	fake, queries := aliases(t, 60)
	answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindUsers, queries)
	require.NoError(t, err)
	checkAliases(t, queries, answers)
	assert.Less(t, len(fake.Requests()), len(queries)/2)
}

// Whether the service takes 15 of them is documented nowhere.
func TestElementsOfCollectionsAreAskedAloneIfTheServiceRefuses(t *testing.T) {
	t.Parallel()
	fake, queries := aliases(t, 20)
	several := regexp.MustCompile(`/users\?[^"]*any%28[^"]*%20or%20[^"]*`)
	var refused atomic.Int64
	c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		body := several.ReplaceAllString(readAll(r), "/users?$filter=contains%28mail,'what the service refuses'%29")
		refused.Add(int64(strings.Count(body, "refuses")))
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		return fake.Transport().RoundTrip(r)
	})}, "")
	for range 2 {
		answers, err := match.Ask(t.Context(), c.FindUsers, queries)
		require.NoError(t, err)
		checkAliases(t, queries, answers)
	}
	assert.EqualValues(t, 8, refused.Load(), "a client asks for that once")
}

// A filter that says no more than "this attribute is this value" must not be the
// slow way to write a rule.
func TestFiltersThatAreOneEqualityAreAskedTogether(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	var queries []match.Query
	for i := range 300 {
		mail := fmt.Sprintf("o'%d@contoso.example", i)
		fake.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Mail: mail})
		queries = append(queries, match.Where("mail eq ?", strings.ToUpper(mail)))
	}
	queries = append(queries, match.Where("mail eq ? and accountEnabled eq true", "o'7@contoso.example"), match.Where("mail ne ?", "x"))
	answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindUsers, queries)
	require.NoError(t, err)
	for i := range 300 {
		require.NoError(t, answers[i].Err)
		require.Len(t, answers[i].Users, 1)
		require.Equal(t, fmt.Sprintf("u%d@contoso.example", i), answers[i].Users[0].UserPrincipalName)
	}
	assert.Len(t, answers[300].Users, 1)
	assert.Len(t, answers[301].Users, 300)
	assert.Equal(t, 23, asked(fake), "20 for the 300, and one, or two with the advanced query, for each of the others")
}

// asked counts what was asked for users, in batches and alone.
func asked(fake *graphfake.Server) (n int) {
	for _, r := range fake.Requests() {
		if r.Path == "/users" {
			n++
		}
	}
	return n
}

// A few people are not worth reading a recycle bin of 20,000 for.
func TestAFewDeletedUsersAreAskedFor(t *testing.T) {
	t.Parallel()
	for _, refused := range []bool{false, true} {
		fake := graphfake.New(&graphfake.Options{TB: t})
		for i := range 1200 {
			mail := fmt.Sprintf("m%d@contoso.example", i)
			id := fake.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Mail: mail}).ID
			fake.DeleteUser(id)
		}
		c := lookups(t, nil, graph.ConnectOptions{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if refused && r.URL.Query().Has("$filter") {
				return reply(400, `{"error":{"code":"Request_UnsupportedQuery","message":"no filter here"}}`), nil
			}
			return fake.Transport().RoundTrip(r)
		})}, "")
		answers, err := match.Ask(t.Context(), c.FindDeletedUsers, []match.Query{match.Equal("mail", "m0@contoso.example"),
			match.Equal("mail", "M1199@contoso.example"), match.Equal("mail", "m1200@contoso.example")})
		require.NoError(t, err)
		require.NoError(t, answers[1].Err)
		assert.Len(t, answers[0].Users, 1)
		assert.Len(t, answers[1].Users, 1)
		assert.Empty(t, answers[2].Users)
		assert.Len(t, fake.Requests(), map[bool]int{false: 1, true: 2}[refused], "refused: the bin's two pages")
	}
}
