package graphfake_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tenUnits is a limit that tests reach quickly.
func tenUnits() *graphfake.Throttle {
	return &graphfake.Throttle{Limits: []graphfake.Limit{
		{Scope: graphfake.PerAppAndTenant, Counts: graphfake.ResourceUnits, Amount: 10, Per: 10 * time.Second},
	}}
}

// wait reads the Retry-After of an answer.
func (a answer) wait(t *testing.T) time.Duration {
	t.Helper()
	seconds, err := strconv.ParseFloat(a.header.Get("Retry-After"), 64)
	require.NoError(t, err, "Retry-After: %q", a.header.Get("Retry-After"))
	return time.Duration(seconds * float64(time.Second))
}

func (c *client) bearer(token string) *client { return c.with("Authorization", "Bearer "+token) }

// items sends GETs in one batch and returns the answers by target.
func (c *client) items(targets ...string) map[string]map[string]any {
	c.t.Helper()
	var requests []any
	for i, target := range targets {
		requests = append(requests, map[string]any{"id": strconv.Itoa(i), "method": "GET", "url": target})
	}
	a := c.do("POST", "/$batch", map[string]any{"requests": requests})
	require.Equal(c.t, 200, a.status, a.text)
	out := map[string]map[string]any{}
	for _, r := range a.json["responses"].([]any) {
		item := r.(map[string]any)
		i, err := strconv.Atoi(item["id"].(string))
		require.NoError(c.t, err)
		out[targets[i]] = item
	}
	return out
}

func TestThrottlingStartsAtThePublishedLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		users, calls int
		reason       string
	}{
		{49, 3500, "a tenant below 50 users is small"},
		{50, 5000, "50 users make it medium"},
		{501, 8000, "more than 500 users make it large"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphfake.New(&graphfake.Options{TB: t, Throttle: &graphfake.Throttle{}})
				for i := range tc.users {
					s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%d@contoso.example", i)})
				}
				c := newClient(t, s)
				for range tc.calls {
					if a := c.get("/users/u1@contoso.example"); a.status != 200 {
						t.Fatalf("refused too early: %s", a.text)
					}
				}
				a := c.get("/users/u1@contoso.example")
				require.Equal(t, 429, a.status)
				code, message := a.fault()
				assert.Equal(t, "TooManyRequests", code)
				assert.Equal(t, "Too many requests.", message)
				assert.Equal(t, "ResourceUnitLimitExceeded", a.header.Get("x-ms-throttle-information"))
				assert.Regexp(t, `^Tenant_Application/ReadWrite/[0-9a-f-]{36}/[0-9a-f-]{36}$`, a.header.Get("x-ms-throttle-scope"))

				time.Sleep(a.wait(t))
				assert.Equal(t, 200, c.get("/users/u1@contoso.example").status, "who waits for Retry-After gets in")
			})
		})
	}
}

func TestRetryAfterIsJustLongEnough(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		early  time.Duration
		status int
		reason string
	}{
		{0, 200, "waiting for exactly Retry-After must suffice"},
		{5 * time.Millisecond, 429, "coming back a little earlier must not"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := graphfake.New(&graphfake.Options{TB: t, Throttle: tenUnits()})
				c := newClient(t, s)
				for range 5 {
					require.Equal(t, 200, c.get("/users").status)
				}
				time.Sleep(1234 * time.Microsecond)
				a := c.get("/users")
				require.Equal(t, 429, a.status)
				assert.Equal(t, "3.999", a.header.Get("Retry-After"), "with decimals, as the service sends it")
				time.Sleep(a.wait(t) - tc.early)
				assert.Equal(t, tc.status, c.get("/users").status)
			})
		})
	}
}

// Whatever the limit, a client that waits as told must get in: rounding must
// not refuse it again.
func TestWaitingIsEnoughForAnyLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for amount := 1; amount < 20; amount++ {
			for _, per := range []time.Duration{time.Second, 7 * time.Second} {
				c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{
					{Scope: graphfake.PerApp, Counts: graphfake.RequestCount, Amount: float64(amount), Per: per}}}}))
				refused := 0
				for range amount + 10 {
					if a := c.get("/organization"); a.status == 429 {
						refused++
						time.Sleep(a.wait(t))
						require.Equal(t, 200, c.get("/organization").status, "%d in %v", amount, per)
					}
				}
				require.Positive(t, refused)
			}
		}
	})
}

func TestWholeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		throttle := tenUnits()
		throttle.WholeSeconds = true
		c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Throttle: throttle}))
		for range 5 {
			c.get("/users")
		}
		time.Sleep(500 * time.Millisecond)
		assert.Equal(t, "4", c.get("/users").header.Get("Retry-After"), "3.5 seconds, rounded up")
	})
}

// A client that ignores Retry-After must not get through by insisting, or its
// author never learns of it.
func TestRefusedRequestsCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Throttle: tenUnits()})
		c := newClient(t, s)
		for range 10 {
			require.Equal(t, 200, c.get("/organization").status)
		}
		first := c.get("/organization").wait(t)
		var last answer
		for range 100 { // 50 seconds of insisting: five times what it takes to drain
			time.Sleep(500 * time.Millisecond)
			last = c.get("/organization")
			require.Equal(t, 429, last.status)
		}
		assert.Greater(t, last.wait(t), first, "insisting makes the wait longer")
		assert.LessOrEqual(t, last.wait(t), 10*time.Second, "but not without end")
		assert.Equal(t, "1.8", last.header.Get("x-ms-throttle-limit-percentage"))
		time.Sleep(last.wait(t))
		assert.Equal(t, 200, c.get("/organization").status)
	})
}

func TestLimitPercentageIsSentAboveFourFifths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, graphfake.New(&graphfake.Options{TB: t, Throttle: tenUnits()}))
		var got []string
		for range 11 {
			got = append(got, c.get("/organization").header.Get("x-ms-throttle-limit-percentage"))
		}
		assert.Equal(t, []string{"", "", "", "", "", "", "", "", "0.9", "1", "1.1"}, got)
	})
}

func TestThrottlingIsOffByDefault(t *testing.T) {
	t.Parallel()
	c := newClient(t, graphfake.New(&graphfake.Options{TB: t}))
	for range 3600 {
		if a := c.get("/users"); a.status != 200 {
			t.Fatal(a.text)
		}
	}
}

func TestWritesHaveTheirOwnLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Throttle: &graphfake.Throttle{Limits: []graphfake.Limit{
			{Scope: graphfake.PerAppAndTenant, Counts: graphfake.Writes, Amount: 2, Per: 150 * time.Second},
		}}})
		u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
		c := newClient(t, s)
		rename := func(name string) answer {
			return c.do("PATCH", "/users/"+u.ID, map[string]any{"displayName": name})
		}
		require.Equal(t, 204, rename("A").status)
		require.Equal(t, 204, rename("B").status)
		a := rename("C")
		require.Equal(t, 429, a.status)
		assert.Equal(t, "WriteLimitExceeded", a.header.Get("x-ms-throttle-information"))
		assert.Contains(t, a.header.Get("x-ms-throttle-scope"), "Tenant_Application/Write/")
		assert.Equal(t, "B", c.get("/users/" + u.ID).json["displayName"], "a refused write changes nothing, and reading goes on")
		time.Sleep(a.wait(t))
		assert.Equal(t, 204, rename("D").status)
	})
}

func TestLimitsAreCountedByScope(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		scope  graphfake.Scope
		status int
		reason string
	}{
		{graphfake.PerAppAndTenant, 200, "another application has its own budget"},
		{graphfake.PerTenant, 429, "all applications share the tenant's budget"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				throttle := tenUnits()
				throttle.Limits[0].Scope = tc.scope
				s := graphfake.New(&graphfake.Options{TB: t, Throttle: throttle})
				c := newClient(t, s)
				one := c.bearer(s.Token(graphfake.Grant{App: "11111111-0000-4000-8000-000000000000"}))
				two := c.bearer(s.Token(graphfake.Grant{App: "22222222-0000-4000-8000-000000000000"}))
				for range 10 {
					require.Equal(t, 200, one.get("/organization").status)
				}
				a := one.get("/organization")
				require.Equal(t, 429, a.status)
				assert.Contains(t, a.header.Get("x-ms-throttle-scope"), string(tc.scope)+"/")
				assert.Equal(t, tc.status, two.get("/organization").status)
			})
		})
	}
}

// Items of a batch are throttled one by one, in an answer that is 200 as a
// whole: a client that looks only at the envelope loses requests.
func TestBatchItemsAreThrottledOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Throttle: tenUnits()})
		var targets []string
		for i := range 14 {
			u := s.AddUser(graphfake.User{UserPrincipalName: fmt.Sprintf("u%02d@contoso.example", i)})
			targets = append(targets, "/users/"+u.ID)
		}
		items := newClient(t, s).items(targets...)
		refused := slices.DeleteFunc(slices.Collect(maps.Values(items)), func(item map[string]any) bool { return item["status"] == 200.0 })
		require.Len(t, refused, 4, "10 units let 10 items pass, and the batch itself costs nothing")
		for _, item := range refused {
			assert.Equal(t, 429.0, item["status"])
			assert.NotEmpty(t, item["headers"].(map[string]any)["Retry-After"])
			assert.Contains(t, fmt.Sprint(item["body"]), "TooManyRequests")
		}
	})
}

// Documentation and users disagree on the envelope; clients must take both.
func TestEnvelopeOfThrottledItems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		option        bool
		items, status int
	}{{false, 11, 200}, {true, 11, 424}, {true, 10, 200}} {
		synctest.Test(t, func(t *testing.T) {
			throttle := tenUnits()
			throttle.Envelope424 = tc.option
			var requests []any
			for i := range tc.items {
				requests = append(requests, map[string]any{"id": strconv.Itoa(i), "method": "GET", "url": "/organization"})
			}
			a := newClient(t, graphfake.New(&graphfake.Options{TB: t, Throttle: throttle})).do("POST", "/$batch", map[string]any{"requests": requests})
			assert.Equal(t, tc.status, a.status)
			assert.Len(t, a.json["responses"], tc.items)
		})
	}
}

func TestGovernanceHasABudgetOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{Throttle: &graphfake.Throttle{Limits: append(graphfake.PublishedLimits(graphfake.Small), graphfake.GovernanceLimit())}})
		c := newClient(t, s)
		for range 20 {
			require.NotEqual(t, 429, c.get("/identityGovernance/notModelled").status)
		}
		assert.Equal(t, 429, c.get("/identityGovernance/notModelled").status)
		assert.Equal(t, 200, c.get("/users").status, "directory operations don't suffer")
	})
}

// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
func TestResourceUnits(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	u := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	app := s.AddApplication(graphfake.Application{DisplayName: "A"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	c := newClient(t, s)
	for _, tc := range []struct {
		method, target string
		body           any
		units          string
	}{
		{"GET", "/users", nil, "2"},
		{"GET", "/users?$select=id", nil, "1"},
		{"GET", "/users?$top=19", nil, "1"},
		{"GET", "/users?$top=20", nil, "2"},
		{"GET", "/users?$top=5&$select=id", nil, "1"},
		{"GET", "/users?$expand=manager", nil, "3"},
		{"GET", "/users?$expand=manager&$select=id", nil, "2"},
		{"GET", "/users/" + u.ID, nil, "1"},
		{"GET", "/users/" + u.ID + "?$select=id", nil, "1"},
		{"GET", "/applications", nil, "2"},
		{"GET", "/applications/" + app.ID, nil, "1"},
		{"GET", "/servicePrincipals", nil, "1"},
		{"GET", "/servicePrincipals/" + sp.ID + "/appRoleAssignedTo", nil, "1"},
		{"GET", "/servicePrincipals/" + sp.ID + "/appRoleAssignments", nil, "2"},
		{"POST", "/directoryObjects/getByIds", map[string]any{"ids": []string{u.ID}}, "3"},
		{"POST", "/directoryObjects/getByIds?$select=id", map[string]any{"ids": []string{u.ID}}, "2"},
		{"POST", "/users/" + u.ID + "/checkMemberObjects", map[string]any{"ids": []string{u.ID}}, "4"},
		{"POST", "/servicePrincipals/" + sp.ID + "/getMemberGroups", map[string]any{}, "2"},
		{"GET", "/users/" + u.ID + "/transitiveMemberOf", nil, "2"},
		{"PATCH", "/users/" + u.ID, map[string]any{"displayName": "B"}, "1"},
		{"GET", "/users/00000000-0000-4000-8000-000000000000", nil, "1"},
	} {
		a := c.do(tc.method, tc.target, tc.body)
		assert.Equal(t, tc.units, a.header.Get("x-ms-resource-unit"), "%s %s", tc.method, tc.target)
	}
}
