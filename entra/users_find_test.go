package entra_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
)

var strategies = []entra.Strategy{entra.PerRow, entra.Batches, entra.Listing, ""}

// anyToken is a credential for what doesn't look at tokens.
type anyToken struct{}

func (anyToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// lookups connects to a fake directory.
func lookups(t testing.TB, fake *graphfake.Server, opts graph.ConnectOptions, strategy entra.Strategy) *entra.Client {
	t.Helper()
	if opts.Transport == nil {
		opts.Transport = faulttest.Record(fake.Transport())
	}
	conn, err := graph.Connect(anyToken{}, &opts)
	require.NoError(t, err)
	return entra.New(conn, &entra.Options{Lookup: strategy})
}

func TestEveryStrategyIsADirectory(t *testing.T) {
	for _, strategy := range strategies {
		t.Run(string(strategy), func(t *testing.T) {
			t.Parallel()
			matchtest.TestDirectory(t, func(t *testing.T, users []matchtest.User) match.Directory {
				fake := graphfake.New(&graphfake.Options{TB: t, Domains: []string{matchtest.Domain}})
				for _, user := range users {
					seed(fake, user)
				}
				return lookups(t, fake, graph.ConnectOptions{}, strategy)
			})
		})
	}
}

func seed(fake *graphfake.Server, user matchtest.User) {
	first := func(name string) string {
		if values := user.Attributes[name]; len(values) > 0 {
			return values[0]
		}
		return ""
	}
	fake.AddUser(graphfake.User{ID: user.ID, UserPrincipalName: user.UserPrincipalName, DisplayName: user.DisplayName, Mail: user.Mail,
		Disabled: !user.AccountEnabled, EmployeeID: first("employeeId"), OtherMails: user.Attributes["otherMails"], ProxyAddresses: user.Attributes["proxyAddresses"]})
	if user.Deleted {
		fake.DeleteUser(user.ID)
	}
}

// Random directories and queries: whatever way the users are looked up, the
// answers are those of a directory in memory.
func TestStrategiesAgree(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dice := rand.New(rand.NewPCG(seed, 7))
			people, queries := randomDirectory(dice, 60), []match.Query(nil)
			for range 400 {
				queries = append(queries, randomQuery(dice, people))
			}
			want, err := match.Ask(t.Context(), matchtest.NewDirectory(people...).FindUsers, queries)
			require.NoError(t, err)
			for _, strategy := range strategies {
				fake := graphfake.New(&graphfake.Options{TB: t})
				for _, user := range people {
					seedUser(fake, user)
				}
				got, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, queries)
				require.NoError(t, err)
				for i := range queries {
					require.NoError(t, got[i].Err, "%s: %+v", strategy, queries[i])
					users := slices.Clone(got[i].Users) // queries that ask the same share them
					for n := range users {
						require.NotZero(t, users[n].Created, "whether a decision names a younger user can't be told")
						users[n].Created = time.Time{}
					}
					require.ElementsMatch(t, want[i].Users, users, "%s: %+v", strategy, queries[i])
				}
			}
		})
	}
}

var seedUser = seed

var words = []string{"ada", "Ada", "o'neil", "a+b", "zoë", "ZOË", "100%", "x&y", "#ext#", "a/b", "ß", "long" + strings.Repeat("g", 50), "K"}

func randomDirectory(dice *rand.Rand, n int) []matchtest.User {
	word := func() string { return words[dice.IntN(len(words))] }
	people := make([]matchtest.User, n)
	for i := range people {
		name := fmt.Sprintf("user%d@contoso.example", i)
		people[i] = matchtest.User{User: match.User{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), UserPrincipalName: name,
			DisplayName: word() + " " + word(), Mail: fmt.Sprintf("Mail%d@contoso.example", i), AccountEnabled: dice.IntN(2) == 0}}
		people[i].Attributes = map[string][]string{"otherMails": {"a" + word() + "@fabrikam.example", fmt.Sprintf("zz%d@fabrikam.example", i)}}
		if dice.IntN(2) == 0 {
			people[i].Attributes["employeeId"] = []string{fmt.Sprint("E", dice.IntN(20))}
		}
	}
	people[0].Attributes["employeeId"] = []string{"E1"}
	return people
}

func randomQuery(dice *rand.Rand, people []matchtest.User) match.Query {
	p := people[dice.IntN(len(people))]
	attribute := []string{"userPrincipalName", "mail", "displayName", "employeeId", "otherMails"}[dice.IntN(5)]
	value := map[string]string{"userPrincipalName": p.UserPrincipalName, "mail": p.Mail, "displayName": p.DisplayName,
		"employeeId": fmt.Sprint("e", dice.IntN(25)), "otherMails": p.Attributes["otherMails"][dice.IntN(2)]}[attribute]
	switch dice.IntN(4) {
	case 0:
		value = strings.ToUpper(value)
	case 1:
		value = "no" + value
	}
	return match.Equal(attribute, value)
}

func TestFindUsersAsksFewRequests(t *testing.T) {
	tests := []struct {
		reason   string
		queries  int
		strategy entra.Strategy
		requests int // HTTP, batches by envelope
	}{
		{"one question is one plain request", 1, "", 1},
		{"fifteen fit into one filter", 15, "", 1},
		{"sixteen are two filters in one batch", 16, "", 1},
		{"three hundred are twenty filters in one batch", 300, "", 1},
		{"three hundred and one are two batches", 301, "", 2},
		{"a listing of few users, and their number", 301, entra.Listing, 2},
		{"one by one", 20, entra.PerRow, 20},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			t.Parallel()
			fake := graphfake.New(&graphfake.Options{TB: t})
			fake.AddUser(graphfake.User{UserPrincipalName: "u7@contoso.example"})
			queries := make([]match.Query, tt.queries)
			for i := range queries {
				queries[i] = match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i))
			}
			queries = append(queries, queries...) // asking the same twice costs nothing
			answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, tt.strategy).FindUsers, queries)
			require.NoError(t, err)
			if tt.queries > 7 {
				assert.Len(t, answers[7].Users, 1)
				assert.Len(t, answers[7+tt.queries].Users, 1)
			}
			outer := 0
			for _, r := range fake.Requests() {
				if r.Item == "" {
					outer++
				}
			}
			assert.Equal(t, tt.requests, outer)
		})
	}
}

// One value that the service refuses must not fail the 14 asked with it.
func TestOneBadValueDoesNotFailItsNeighbours(t *testing.T) {
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUser(graphfake.User{UserPrincipalName: "u1@contoso.example"})
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		body := readAll(r)
		if strings.Contains(r.URL.RawQuery+body, "poison") && !strings.HasSuffix(r.URL.Path, "/$batch") {
			return reply(400, `{"error":{"code":"Request_BadRequest","message":"Invalid value."}}`), nil
		}
		return poisonItems(t, fake, r, body)
	})
	queries := []match.Query{}
	for i := range 40 {
		queries = append(queries, match.Equal("userPrincipalName", fmt.Sprintf("u%d@contoso.example", i)))
	}
	queries[3].Value = "poison"
	answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{Transport: transport}, "").FindUsers, queries)
	require.NoError(t, err)
	for i, answer := range answers {
		if i == 3 {
			require.ErrorContains(t, answer.Err, "Invalid value")
			continue
		}
		require.NoError(t, answer.Err)
		assert.Len(t, answer.Users, map[int]int{1: 1}[i])
	}
}

// poisonItems answers 400 to the items of a batch that hold poison.
func poisonItems(t *testing.T, fake *graphfake.Server, r *http.Request, body string) (*http.Response, error) {
	r.Body = io.NopCloser(strings.NewReader(body))
	res, err := fake.Transport().RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/$batch") {
		return res, err
	}
	var asked struct{ Requests []struct{ ID, URL string } }
	require.NoError(t, json.Unmarshal([]byte(body), &asked))
	var answered struct {
		Responses []map[string]any `json:"responses"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&answered))
	for _, item := range asked.Requests {
		for i, answer := range answered.Responses {
			if answer["id"] == item.ID && strings.Contains(item.URL, "poison") {
				answered.Responses[i] = map[string]any{"id": item.ID, "status": 400,
					"body": map[string]any{"error": map[string]any{"code": "Request_BadRequest", "message": "Invalid value."}}}
			}
		}
	}
	text, err := json.Marshal(answered)
	return reply(200, string(text)), err
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func readAll(r *http.Request) string {
	if r.Body == nil {
		return ""
	}
	body, _ := io.ReadAll(r.Body)
	return string(body)
}

// A directory may take as equal what looks different here, such as accents. An
// answer that can't be given to exactly one question is asked for again alone.
func TestAnswersThatCannotBeAttributedAreAskedAlone(t *testing.T) {
	var asked []string
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		filter := r.URL.Query().Get("$filter")
		if body := readAll(r); body != "" {
			return answerBatch(t, body, &asked), nil
		}
		asked = append(asked, filter)
		return reply(200, accented(filter)), nil
	})
	answers, err := match.Ask(t.Context(), lookups(t, nil, graph.ConnectOptions{Transport: transport}, "").FindUsers,
		[]match.Query{match.Equal("displayName", "Jose"), match.Equal("displayName", "Ada")})
	require.NoError(t, err)
	require.Len(t, answers[0].Users, 1)
	assert.Equal(t, "José", answers[0].Users[0].DisplayName)
	require.Len(t, answers[1].Users, 1)
	assert.Equal(t, "Ada", answers[1].Users[0].DisplayName)
	assert.Equal(t, []string{"displayName in ('Jose','Ada')", "displayName eq 'Jose'", "displayName eq 'Ada'"}, asked)
}

func accented(filter string) string {
	var users []string
	if strings.Contains(filter, "'Jose'") {
		users = append(users, `{"id":"1","displayName":"José","accountEnabled":true}`)
	}
	if strings.Contains(filter, "'Ada'") {
		users = append(users, `{"id":"2","displayName":"Ada","accountEnabled":true}`)
	}
	return `{"value":[` + strings.Join(users, ",") + `]}`
}

func answerBatch(t *testing.T, body string, asked *[]string) *http.Response {
	var request struct{ Requests []struct{ ID, URL string } }
	require.NoError(t, json.Unmarshal([]byte(body), &request))
	var items []string
	for _, item := range request.Requests {
		r, err := http.NewRequest("GET", "https://x"+item.URL, nil)
		require.NoError(t, err)
		filter := r.URL.Query().Get("$filter")
		*asked = append(*asked, filter)
		items = append(items, fmt.Sprintf(`{"id":%q,"status":200,"body":%s}`, item.ID, accented(filter)))
	}
	return reply(200, `{"responses":[`+strings.Join(items, ",")+`]}`)
}

func TestAttributesThatNeedAdvancedQueries(t *testing.T) {
	for _, strategy := range strategies {
		fake := graphfake.New(&graphfake.Options{TB: t})
		fake.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example", CompanyName: "Initech",
			More: map[string]any{"onPremisesSamAccountName": "ada", "onPremisesExtensionAttributes": map[string]any{"extensionAttribute7": "X7"}}})
		answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, []match.Query{
			match.Equal("companyName", "initech"), match.Equal("onPremisesSamAccountName", "ADA"),
			match.Equal("extensionAttribute7", "x7"), match.Equal("onPremisesExtensionAttributes/extensionAttribute7", "x8"),
			match.Where("endsWith(userPrincipalName,?)", "@contoso.example")})
		require.NoError(t, err)
		for i, want := range []int{1, 1, 1, 0, 1} {
			require.NoError(t, answers[i].Err, "%q %d", strategy, i)
			assert.Len(t, answers[i].Users, want, "%q %d", strategy, i)
		}
	}
}

func TestAttributesThatCannotBeUsed(t *testing.T) {
	tests := map[string]string{
		"noSuchThing":                 "no page says that Graph can filter users by it; use one of id userPrincipalName mail",
		"":                            "no page says",
		"accountEnabled":              "it is not a text; use a filter",
		"passwordPolicies":            "Graph can't filter by it",
		"onPremisesUserPrincipalName": "finds nobody by it",
		"mail eq 'x' or mail":         "no page says",
	}
	for attribute, want := range tests {
		fake := graphfake.New(&graphfake.Options{TB: t})
		_, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, "").FindUsers, []match.Query{match.Equal("mail", "a@b"), match.Equal(attribute, "x")})
		require.ErrorContains(t, err, want)
		var typed *entra.AttributeError
		require.ErrorAs(t, err, &typed)
		assert.Equal(t, attribute, typed.Attribute)
		assert.Empty(t, fake.Requests(), "found before anything is asked")
	}
}

func TestValuesOfAllLengths(t *testing.T) {
	for _, strategy := range strategies {
		fake := graphfake.New(&graphfake.Options{TB: t})
		var queries []match.Query
		for i, n := range []int{1, 119, 120, 121, 200, 256} {
			name := strings.Repeat("x", n-1) + string(rune('a'+i))
			fake.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), DisplayName: name})
			queries = append(queries, match.Equal("displayName", name))
		}
		answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, append(queries, match.Equal("mail", "")))
		require.NoError(t, err)
		for i := range queries {
			require.NoError(t, answers[i].Err, "%q: %d characters", strategy, len(queries[i].Value))
			assert.Len(t, answers[i].Users, 1, "%q: %d characters", strategy, len(queries[i].Value))
		}
		assert.ErrorContains(t, answers[len(queries)].Err, "empty", "an empty value is nobody's key")
	}
}

func TestManyAnswersToOneQueryComeFromAllPages(t *testing.T) {
	for _, strategy := range strategies {
		fake := graphfake.New(&graphfake.Options{TB: t})
		for i := range 1200 {
			fake.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i), Department: "Sales"})
		}
		answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, []match.Query{
			match.Equal("department", "sales"), match.Equal("department", "none"), match.Where("department eq ?", "Sales")})
		require.NoError(t, err)
		assert.Len(t, answers[0].Users, 1200, "%q", strategy)
		assert.Empty(t, answers[1].Users)
		assert.Len(t, answers[2].Users, 1200)
	}
}

func TestBase64IdsAreComparedExactly(t *testing.T) {
	for _, strategy := range strategies {
		fake := graphfake.New(&graphfake.Options{TB: t})
		fake.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example", OnPremisesImmutableID: "aGVsbG8="})
		answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, []match.Query{
			match.Equal("onPremisesImmutableId", "aGVsbG8="), match.Equal("onPremisesImmutableId", "AGVSBG8=")})
		require.NoError(t, err)
		assert.Len(t, answers[0].Users, 1, "%q", strategy)
		assert.Empty(t, answers[1].Users, "%q: the same letters in another case are another id", strategy)
	}
}

// What concerns all queries is the error, and no answer may be used.
func TestFindUsersFailsAsAWhole(t *testing.T) {
	for _, status := range []int{401, 403} {
		for _, strategy := range strategies {
			transport := roundTripper(func(r *http.Request) (*http.Response, error) {
				return reply(status, `{"error":{"code":"x","message":"Insufficient privileges"}}`), nil
			})
			answers, err := match.Ask(t.Context(), lookups(t, nil, graph.ConnectOptions{Transport: transport}, strategy).FindUsers,
				[]match.Query{match.Equal("mail", "a@b"), match.Equal("displayName", "c")})
			var typed *graph.Error
			require.ErrorAs(t, err, &typed)
			assert.Equal(t, status, typed.Status)
			assert.Nil(t, answers)
		}
	}
}

func TestFindUsersUnderThrottling(t *testing.T) {
	for _, strategy := range strategies {
		synctest.Test(t, func(t *testing.T) {
			fake := graphfake.New(&graphfake.Options{TB: t, Latency: 100 * time.Millisecond, Patience: graphfake.PatienceSame,
				Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{{Scope: graphfake.PerAppAndTenant, Counts: graphfake.ResourceUnits, Amount: 30, Per: 10 * time.Second}}}})
			var queries []match.Query
			for i := range 100 {
				name := fmt.Sprintf("u%d@contoso.example", i)
				fake.AddUser(graphfake.User{UserPrincipalName: name, OtherMails: []string{"x" + name}})
				queries = append(queries, match.Equal("otherMails", "x"+name))
			}
			answers, err := match.Ask(t.Context(), lookups(t, fake, graph.ConnectOptions{}, strategy).FindUsers, queries)
			require.NoError(t, err)
			for i := range queries {
				require.NoError(t, answers[i].Err)
				assert.Len(t, answers[i].Users, 1)
			}
		})
	}
}
