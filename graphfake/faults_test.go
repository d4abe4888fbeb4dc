package graphfake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A fakeTB is a test that a server reports to, for tests about reporting.
type fakeTB struct {
	mu       sync.Mutex
	errors   []string
	logs     []string
	cleanups []func()
}

func (f *fakeTB) Helper() {}
func (f *fakeTB) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Logf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

// end runs the cleanups as the end of a test does.
func (f *fakeTB) end() {
	for i := len(f.cleanups) - 1; i >= 0; i-- {
		f.cleanups[i]()
	}
}

// try sends a request and returns what net/http makes of it.
func (c *client) try(method, target string, body any) (status int, text string, err error) {
	b, _ := json.Marshal(body)
	req, err := http.NewRequestWithContext(c.t.Context(), method, root+target, strings.NewReader(string(b)))
	require.NoError(c.t, err)
	req.Header = c.header.Clone()
	req.Header.Set("Content-Type", "application/json")
	rsp, err := c.http.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer rsp.Body.Close()
	got, err := io.ReadAll(rsp.Body)
	return rsp.StatusCode, string(got), err
}

func TestEffectsOfFaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault   graphfake.Fault
		landed  bool // the write took effect
		status  int
		text    string // in the body
		err     error
		because string
	}{
		{graphfake.Fault{Status: 503, RetryAfter: "2.5"}, false, 503, `"code":"ServiceUnavailable"`, nil, "an error with its usual code"},
		{graphfake.Fault{Status: 500}, false, 500, `"code":"UnknownError","message":""`, nil, "the empty message of the front end"},
		{graphfake.Fault{Status: 400, Code: "Own", Message: "own words"}, false, 400, `"code":"Own","message":"own words"`, nil, "code and message as asked"},
		{graphfake.Fault{Effect: graphfake.ResetBefore}, false, 0, "", syscall.ECONNRESET, "nothing happened"},
		{graphfake.Fault{Effect: graphfake.ResetAfter}, true, 0, "", syscall.ECONNRESET, "the write took effect, and nobody knows"},
		{graphfake.Fault{Effect: graphfake.AnswerLost}, true, 504, `"code":"UnknownError"`, nil, "the gateway gave up waiting"},
		{graphfake.Fault{Effect: graphfake.HTMLBody}, false, 502, "<HTML>", nil, "a page of the front end"},
		{graphfake.Fault{Effect: graphfake.EmptyBody}, false, 503, "", nil, "no body at all"},
		{graphfake.Fault{Effect: graphfake.TruncatedBody}, true, 201, `{"@odata.context"`, io.ErrUnexpectedEOF, "the write took effect, the answer broke off"},
	} {
		t.Run(fmt.Sprint(tc.fault), func(t *testing.T) {
			t.Parallel()
			for _, over := range []string{"transport", "listener"} {
				s := graphfake.New(&graphfake.Options{TB: t})
				c := newClient(t, s)
				if over == "listener" {
					c.http = &http.Client{Transport: &redirected{base: s.Start()}}
				}
				s.Inject(tc.fault)
				status, text, err := c.try("POST", "/users", newUser("ada"))
				if tc.err != nil {
					require.ErrorIs(t, err, tc.err, over)
				} else {
					require.NoError(t, err, over)
				}
				assert.Equal(t, tc.status, status, over)
				assert.Contains(t, text, tc.text, over)
				if tc.text == "" {
					assert.Empty(t, text, over)
				}
				_, there := s.User("ada@contoso.example")
				assert.Equal(t, tc.landed, there, "%s: %s", over, tc.because)

				status, _, err = c.try("POST", "/users", newUser("bob"))
				require.NoError(t, err, "the fault happens once")
				assert.Equal(t, 201, status)
			}
		})
	}
}

// redirected sends everything to a listener.
type redirected struct{ base string }

func (r *redirected) RoundTrip(req *http.Request) (*http.Response, error) {
	to, err := http.NewRequestWithContext(req.Context(), req.Method, r.base+strings.TrimPrefix(req.URL.String(), root), req.Body)
	if err != nil {
		return nil, err
	}
	to.Header, to.ContentLength, to.GetBody, to.Close = req.Header, req.ContentLength, nil, true
	return http.DefaultTransport.RoundTrip(to)
}

func TestFaultsMatch(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault  graphfake.Fault
		method string
		target string
		hit    bool
	}{
		{graphfake.Fault{}, "GET", "/users", true},
		{graphfake.Fault{Method: "GET"}, "GET", "/users", true},
		{graphfake.Fault{Method: "POST"}, "GET", "/users", false},
		{graphfake.Fault{Path: "/users"}, "GET", "/users", true},
		{graphfake.Fault{Path: "/USERS"}, "GET", "/users", true},
		{graphfake.Fault{Path: "/users"}, "GET", "/users/ada@contoso.example", false},
		{graphfake.Fault{Path: "/users/{id}"}, "GET", "/users/ada@contoso.example", true},
		{graphfake.Fault{Path: "/users/{id}"}, "GET", "/users('ada@contoso.example')", true},
		{graphfake.Fault{Path: "/users/{id}"}, "GET", "/users", false},
		{graphfake.Fault{Path: "/users/{rest...}"}, "GET", "/users/ada@contoso.example", true},
		{graphfake.Fault{Path: "/groups/{rest...}"}, "GET", "/users/ada@contoso.example", false},
		{graphfake.Fault{Path: "/users/ada@contoso.example"}, "GET", "/users/ADA%40contoso.example", true},
		{graphfake.Fault{Operation: "GET /users/{user}"}, "GET", "/users/ada@contoso.example", true},
		{graphfake.Fault{Operation: "GET /users/{user}"}, "GET", "/users/delta", false},
		{graphfake.Fault{Operation: "PATCH /users/{user}"}, "GET", "/users/ada@contoso.example", false},
		{graphfake.Fault{Query: "$select=id"}, "GET", "/users?%24select=id", true},
		{graphfake.Fault{Query: "$select=id"}, "GET", "/users", false},
		{graphfake.Fault{Body: "Ada"}, "PATCH", "/users/ada@contoso.example", true},
		{graphfake.Fault{Body: "Bob"}, "PATCH", "/users/ada@contoso.example", false},
		{graphfake.Fault{In: graphfake.InBatch}, "GET", "/users", false},
		{graphfake.Fault{In: graphfake.Outside}, "GET", "/users", true},
		{graphfake.Fault{Effect: graphfake.ExpiredPage}, "GET", "/users", false},
	} {
		t.Run(fmt.Sprint(tc.fault, tc.method, tc.target), func(t *testing.T) {
			t.Parallel()
			s := graphfake.New(nil)
			s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
			if tc.fault.Effect == "" {
				tc.fault.Status = 418
			}
			s.Inject(tc.fault)
			var body any
			if tc.method == "PATCH" {
				body = map[string]any{"displayName": "Ada"}
			}
			assert.Equal(t, tc.hit, newClient(t, s).do(tc.method, tc.target, body).status == 418)
			assert.Equal(t, !tc.hit, len(s.Unfired()) == 1)
		})
	}
}

func TestFaultsComeInOrderAndCounted(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	s.Inject(
		graphfake.Fault{Path: "/users", Status: 503, After: 1, Times: 2},
		graphfake.Fault{Path: "/users", Status: 429},
		graphfake.Fault{Path: "/users", Status: 500, Times: 1},
	)
	c := newClient(t, s)
	var got []int
	for range 6 {
		got = append(got, c.get("/users").status)
	}
	// The first one lets one request pass, which the second one then meets.
	assert.Equal(t, []int{429, 503, 503, 500, 200, 200}, got)
	assert.Empty(t, s.Unfired())
}

func TestFaultThatNeverHappensFailsTheTest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault    graphfake.Fault
		requests int
		fails    bool
		reason   string
	}{
		{graphfake.Fault{Path: "/users", Status: 503}, 0, true, "it never happened"},
		{graphfake.Fault{Path: "/users", Status: 503}, 1, false, "it happened"},
		{graphfake.Fault{Path: "/users", Status: 503, Times: 3}, 2, true, "it happened twice, not three times"},
		{graphfake.Fault{Path: "/users", Status: 503, Times: -1}, 0, true, "it should happen to every request, and there was none"},
		{graphfake.Fault{Path: "/users", Status: 503, Times: -1}, 1, false, "it happened to every request"},
		{graphfake.Fault{Path: "/users", Status: 503, Rate: 0.5}, 0, false, "by chance it need not happen"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			tb := &fakeTB{}
			s := graphfake.New(&graphfake.Options{TB: tb})
			s.Inject(tc.fault)
			for range tc.requests {
				newClient(t, s).get("/users")
			}
			tb.end()
			assert.Equal(t, tc.fails, len(tb.errors) > 0, tb.errors)
			if tc.fails {
				assert.Contains(t, tb.errors[0], `"path":"/users"`, "the message must say which fault")
			}
		})
	}
}

func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t})
		s.Inject(graphfake.Fault{Path: "/users", Delay: 90 * time.Second, Times: 2})
		c := newClient(t, s)
		began := time.Now()
		assert.Equal(t, 200, c.get("/users").status, "slow, and still right")
		assert.Equal(t, 90*time.Second, time.Since(began))

		c.http.Timeout = 30 * time.Second
		_, _, err := c.try("GET", "/users", nil)
		var timeout interface{ Timeout() bool }
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout(), "a caller who gives up is let go")
		assert.Equal(t, 120*time.Second, time.Since(began))
	})
}

func TestExpiredPageToken(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	for i := range 3 {
		s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
	}
	s.Inject(graphfake.Fault{Effect: graphfake.ExpiredPage})
	c := newClient(t, s)
	first := c.get("/users?$top=1")
	require.Equal(t, 200, first.status, "the first page has no token that could expire")
	a := c.get(first.json["@odata.nextLink"].(string))
	assert.Equal(t, 400, a.status)
	code, _ := a.fault()
	assert.Equal(t, "Directory_ExpiredPageToken", code)
}

func TestFaultsInBatches(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault    graphfake.Fault
		envelope int
		items    []int
		reason   string
	}{
		{graphfake.Fault{Path: "/users/{id}", Status: 429, RetryAfter: "0.249"}, 200, []int{429, 200, 200, 200}, "one item is hit, the rest goes on"},
		{graphfake.Fault{In: graphfake.InBatch, Item: "2", Status: 503}, 200, []int{200, 200, 503, 200}, "the item with this id"},
		{graphfake.Fault{In: graphfake.InBatch, After: 3, Status: 503}, 200, []int{200, 200, 200, 503}, "the fourth item"},
		{graphfake.Fault{Effect: graphfake.PartFailed}, 200, []int{503, 200, 503, 200}, "every second item fails"},
		{graphfake.Fault{Effect: graphfake.PartFailed, Status: 429, RetryAfter: "1"}, 200, []int{429, 200, 429, 200}, "with the status asked for"},
		{graphfake.Fault{In: graphfake.InBatch, Item: "1", Effect: graphfake.ResetAfter}, 200, []int{200, 504, 200, 200}, "a connection can't break inside a batch: its backend did"},
		{graphfake.Fault{Effect: graphfake.Envelope424}, 424, []int{200, 200, 200, 200}, "the envelope as documented for throttled items"},
		{graphfake.Fault{Path: "/$batch", Status: 503}, 503, nil, "the batch as a whole"},
		{graphfake.Fault{In: graphfake.Outside, Status: 504}, 504, nil, "the batch as a whole, because it is the HTTP request"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			t.Parallel()
			s := graphfake.New(&graphfake.Options{TB: t})
			var requests []any
			for i := range 4 {
				u := s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
				requests = append(requests, map[string]any{"id": fmt.Sprint(i), "method": "GET", "url": "/users/" + u.ID})
			}
			s.Inject(tc.fault)
			a := newClient(t, s).do("POST", "/$batch", map[string]any{"requests": requests})
			assert.Equal(t, tc.envelope, a.status)
			got := make([]int, len(tc.items))
			list, _ := a.json["responses"].([]any)
			require.Len(t, list, len(tc.items))
			for _, r := range list {
				item := r.(map[string]any)
				i := int(item["id"].(string)[0] - '0')
				got[i] = int(item["status"].(float64))
				if got[i] == 429 {
					assert.Equal(t, tc.fault.RetryAfter, item["headers"].(map[string]any)["Retry-After"])
				}
			}
			if len(tc.items) > 0 {
				assert.Equal(t, tc.items, got)
			}
		})
	}
}

// Chance must not depend on which goroutine comes first, or a failure can't be
// repeated from its seed.
func TestFaultsByChanceRepeatWhateverTheOrder(t *testing.T) {
	t.Parallel()
	run := func(seed uint64, concurrent bool) map[string][]int {
		s := graphfake.New(&graphfake.Options{Seed: seed})
		for i := range 30 {
			s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
		}
		s.Inject(graphfake.Fault{Path: "/users/{id}", Status: 503, Rate: 0.4, InRow: 2})
		c := newClient(t, s)
		got := map[string][]int{}
		var mu sync.Mutex
		var group sync.WaitGroup
		for i := range 30 {
			ask := func() {
				target := fmt.Sprintf("/users/u%d@contoso.example", i)
				for range 5 {
					status := c.get(target).status
					mu.Lock()
					got[target] = append(got[target], status)
					mu.Unlock()
				}
			}
			if concurrent {
				group.Go(ask)
			} else {
				ask()
			}
		}
		group.Wait()
		return got
	}
	inOrder := run(1, false)
	assert.Equal(t, inOrder, run(1, true))
	assert.NotEqual(t, inOrder, run(2, false))
	failed := 0
	for target, statuses := range inOrder {
		row := 0
		for _, status := range statuses {
			if row++; status == 200 {
				row = 0
			} else {
				failed++
			}
			assert.LessOrEqual(t, row, 2, "%s: no more than InRow times in a row", target)
		}
	}
	assert.InDelta(t, 55, failed, 25, "about as many as the rate says")
}

// What a batch carries may depend on timing, so chance must not look at it.
func TestChanceDoesNotLookIntoBatches(t *testing.T) {
	t.Parallel()
	run := func(first string) (got []int) {
		s := graphfake.New(nil)
		s.Inject(graphfake.Fault{Path: "/$batch", Status: 503, Rate: 0.5})
		c := newClient(t, s)
		for i := range 20 {
			got = append(got, c.do("POST", "/$batch", map[string]any{"requests": []any{
				map[string]any{"id": "1", "method": "GET", "url": "/users?$top=" + fmt.Sprint(i+1)},
				map[string]any{"id": "2", "method": "GET", "url": first}}}).status)
		}
		return got
	}
	assert.Equal(t, run("/users"), run("/applications"))
	assert.Contains(t, run("/users"), 503)
	assert.Contains(t, run("/users"), 200)
}

func TestSeedIsPrintedForFaultsByChance(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{}
	s := graphfake.New(&graphfake.Options{TB: tb, Seed: 4711})
	s.Inject(graphfake.Fault{Status: 503, Rate: 0.1})
	require.Len(t, tb.logs, 1)
	assert.Contains(t, tb.logs[0], "4711")
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	got, err := graphfake.ReadFaults(strings.NewReader(`[
		{"method": "POST", "path": "/users", "effect": "answerLost", "times": 2},
		{"path": "/users/{id}", "status": 429, "retryAfter": "2.5", "delay": "100ms", "in": "batch"}]`))
	require.NoError(t, err)
	assert.Equal(t, []graphfake.Fault{
		{Method: "POST", Path: "/users", Effect: graphfake.AnswerLost, Times: 2},
		{Path: "/users/{id}", Status: 429, RetryAfter: "2.5", Delay: 100 * time.Millisecond, In: graphfake.InBatch},
	}, got)
	again, err := graphfake.ReadFaults(strings.NewReader("[" + got[0].String() + "," + got[1].String() + "]"))
	require.NoError(t, err)
	assert.Equal(t, got, again, "a fault's text is what can be read")

	for text, want := range map[string]string{
		`{}`:                                           "not a JSON array",
		`[{"status": 503}, {"stauts": 503}]`:           `faults[1]: json: unknown field "stauts"`,
		`[{"path": "/users"}]`:                         "faults[0]: a fault needs an effect, a status or a delay",
		`[{"effect": "explode"}]`:                      `unknown effect "explode"`,
		`[{"status": 503, "delay": "soon"}]`:           `invalid duration "soon"`,
		`[{"status": 503, "path": "users"}]`:           `path "users" does not begin with a slash`,
		`[{"status": 503, "in": "here"}]`:              `unknown place "here"`,
		`[{"status": 1}]`:                              "status 1 is not one of an answer",
		`[{"status": 503, "rate": 2}]`:                 "rate 2 is not between 0 and 1",
		`[{"effect": "partFailed", "path": "/users"}]`: `effect "partFailed" is for batches, not for /users`,
	} {
		_, err := graphfake.ReadFaults(strings.NewReader(text))
		assert.ErrorContains(t, err, want, text)
	}
}

func TestInjectRefusesNonsense(t *testing.T) {
	t.Parallel()
	assert.Panics(t, func() { graphfake.New(nil).Inject(graphfake.Fault{}) })
	assert.NotPanics(t, func() { graphfake.New(nil).Inject(graphfake.Fault{Status: 500}) })
}

// A client that makes passwords up asks for another body in each run, and its
// failures must repeat from the seed all the same.
func TestChanceDoesNotLookAtPasswords(t *testing.T) {
	t.Parallel()
	run := func(secret, name string) (statuses []int) {
		s := graphfake.New(&graphfake.Options{Seed: 1})
		s.Inject(graphfake.Fault{Method: "POST", Path: "/users", Status: 503, Rate: 0.5})
		c := newClient(t, s)
		for i := range 40 {
			statuses = append(statuses, c.do("POST", "/users", map[string]any{
				"accountEnabled": false, "displayName": name, "mailNickname": "n", "userPrincipalName": fmt.Sprintf("u%d@contoso.example", i),
				"passwordProfile": map[string]any{"password": fmt.Sprintf("%s-Xy%d7", secret, i)}}).status)
		}
		return statuses
	}
	assert.Equal(t, run("first secret", "a"), run("another one", "a"))
	assert.NotEqual(t, run("first secret", "a"), run("first secret", "b"), "all else counts")
}

// Half an answer within a batch would be JSON that no service sends.
func TestATruncatedItemOfABatchIsALostAnswer(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	user := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	s.Inject(graphfake.Fault{Method: "DELETE", Path: "/users/{id}", Effect: graphfake.TruncatedBody})
	answer := newClient(t, s).do("POST", "/$batch", `{"requests":[{"id":"1","method":"DELETE","url":"/users/`+user.ID+`"}]}`)
	require.Equal(t, 200, answer.status, answer.text)
	item := answer.json["responses"].([]any)[0].(map[string]any)
	assert.EqualValues(t, 504, item["status"])
	assert.Len(t, s.DeletedUsers(), 1, "it was handled")
}

// The service was seen to say so of assignments that were gone, and of one that was not.
func TestARemovalThatFindsNoGrant(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	user := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	for _, tc := range []struct{ message, want string }{
		{"", "EntitlementGrant being updated or deleted is not found."},
		{"One or more removed object references do not exist", "One or more removed object references do not exist"},
	} {
		s.Inject(graphfake.Fault{Method: "DELETE", Effect: graphfake.GrantNotFound, Message: tc.message})
		got := newClient(t, s).do("DELETE", "/users/"+user.ID, nil)
		assert.Equal(t, 400, got.status)
		assert.Contains(t, got.text, `"code":"Request_BadRequest"`)
		assert.Contains(t, got.text, tc.want)
		assert.Len(t, s.Users(), 1, "it is still there")
	}
}

func TestFaultsThatLeaveSomethingOut(t *testing.T) {
	t.Parallel()
	const select2 = "/users?$select=id,accountEnabled"
	for _, tc := range []struct {
		reason string
		fault  graphfake.Fault
		target string
		want   string
	}{
		{"a property that the token may not read", graphfake.Fault{Effect: graphfake.NullProperty, Property: "accountEnabled"}, select2,
			`[{"id":"1","accountEnabled":null},{"id":"2","accountEnabled":null}]`},
		{"a member with limited information", graphfake.Fault{Effect: graphfake.DropProperty, Property: "accountEnabled"}, select2, `[{"id":"1"},{"id":"2"}]`},
		{"a listing that lags", graphfake.Fault{Effect: graphfake.HideObjects, Objects: 1}, select2, `[{"id":"1","accountEnabled":true}]`},
		{"members that the token may not read", graphfake.Fault{Effect: graphfake.HideObjects}, select2, `[]`},
		{"a null in a list", graphfake.Fault{Effect: graphfake.NullObject}, select2, `[null,{"id":"2","accountEnabled":true}]`},
		{"a single object", graphfake.Fault{Effect: graphfake.NullProperty, Property: "accountEnabled"}, "/users/1?$select=id,accountEnabled", `null`},
	} {
		s := graphfake.New(&graphfake.Options{TB: t})
		for _, id := range []string{"1", "2"} {
			s.AddUser(graphfake.User{ID: "00000000-0000-4000-8000-00000000000" + id, UserPrincipalName: id + "@contoso.example"})
		}
		s.Inject(tc.fault)
		target := strings.Replace(tc.target, "/users/1", "/users/1@contoso.example", 1)
		got := newClient(t, s).do("GET", target, nil)
		require.Equal(t, 200, got.status, tc.reason)
		text := strings.ReplaceAll(got.text, "00000000-0000-4000-8000-00000000000", "")
		var answer map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(text), &answer))
		if list, ok := answer["value"]; ok {
			assert.JSONEq(t, tc.want, string(list), tc.reason)
		} else {
			assert.JSONEq(t, tc.want, string(answer["accountEnabled"]), tc.reason)
		}
		assert.Empty(t, s.Unfired(), tc.reason)
	}
	for _, bad := range []graphfake.Fault{{Effect: graphfake.NullProperty}, {Property: "mail", Status: 500}, {Objects: 1, Status: 500}, {Effect: graphfake.HideObjects, Objects: -1}} {
		assert.Panics(t, func() { graphfake.New(nil).Inject(bad) }, bad.String())
	}
}

func TestFaultsInAPropertyOfAProperty(t *testing.T) {
	t.Parallel()
	for effect, nulls := range map[graphfake.Effect]int{graphfake.NullProperty: 2, graphfake.DropProperty: 0} {
		s := graphfake.New(&graphfake.Options{TB: t})
		app := s.AddApplication(graphfake.Application{DisplayName: "Orders", AppRoles: []graphfake.AppRole{
			{DisplayName: "A", Value: "a"}, {DisplayName: "B", Value: "b"}}})
		s.Inject(graphfake.Fault{Effect: effect, Property: "appRoles/isEnabled", Times: -1})
		for _, path := range []string{"/applications/" + app.ID, "/applications"} {
			got := newClient(t, s).get(path + "?$select=id,appRoles").text
			assert.NotContains(t, got, `"isEnabled":true`)
			assert.Equal(t, nulls, strings.Count(got, `"isEnabled":null`), got)
		}
	}
}
