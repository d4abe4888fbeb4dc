package graphfake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A client that ignores Retry-After must fail its test, though the fake would
// answer it.
func TestEarlyRequestsFailTheTest(t *testing.T) {
	t.Parallel()
	const refused, other = "/users?$select=id", "/applications"
	for _, tc := range []struct {
		patience   graphfake.Patience
		retryAfter string
		wait       time.Duration
		target     string
		fails      bool
		reason     string
	}{
		{graphfake.PatienceSame, "2.5", 0, refused, true, "at once is too early"},
		{graphfake.PatienceSame, "2.5", 2 * time.Second, refused, true, "decimals that are cut off make a client early"},
		{graphfake.PatienceSame, "2.5", 2500 * time.Millisecond, refused, false, "2.5 seconds is what was asked for"},
		{graphfake.PatienceSame, "2.5", time.Second, other, false, "another request may come meanwhile"},
		{graphfake.PatienceAll, "2.5", time.Second, other, true, "no request may come meanwhile"},
		{graphfake.PatienceAll, "2.5", 2500 * time.Millisecond, other, false, "afterwards all may"},
		{graphfake.PatienceAll, "2.5", 0, other, false, "at the same moment it may have been under way"},
		{graphfake.PatienceAll, "", 0, refused, false, "without Retry-After nothing was asked for"},
		{graphfake.PatienceIgnored, "2.5", 0, refused, false, "by default early requests are only listed"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tb := &fakeTB{}
				s := graphfake.New(&graphfake.Options{TB: tb, Patience: tc.patience})
				s.Inject(graphfake.Fault{Query: "$select=id", Status: 429, RetryAfter: tc.retryAfter})
				c := newClient(t, s)
				require.Equal(t, 429, c.get(refused).status)
				time.Sleep(tc.wait)
				require.Equal(t, 200, c.get(tc.target).status)
				assert.Equal(t, tc.fails, len(tb.errors) > 0, tb.errors)
				if tc.patience == graphfake.PatienceIgnored {
					assert.Len(t, s.EarlyRequests(), 1)
				}
			})
		})
	}
}

// A Retry-After may be a date, and an item of a batch may carry one.
func TestEarlyRequestsAfterDatesAndInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := &fakeTB{}
		s := graphfake.New(&graphfake.Options{TB: tb, Patience: graphfake.PatienceSame})
		c := newClient(t, s)
		s.Inject(graphfake.Fault{Path: "/users", Status: 503, RetryAfter: time.Now().Add(10 * time.Second).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")})
		c.get("/users")
		time.Sleep(9 * time.Second)
		c.get("/users")
		require.Len(t, tb.errors, 1)
		assert.Contains(t, tb.errors[0], "GET /users came 1s before")
		time.Sleep(time.Second)

		s.Inject(graphfake.Fault{Path: "/applications", Status: 429, RetryAfter: "0.249"})
		require.Equal(t, 429.0, c.items("/users", "/applications")["/applications"]["status"])
		time.Sleep(100 * time.Millisecond)
		c.items("/applications")
		require.Len(t, tb.errors, 2, "sent again in another batch")
		assert.Contains(t, s.EarlyRequests(), graphfake.EarlyRequest{Request: "GET /applications", Same: true, Early: 149 * time.Millisecond})
	})
}

// A shorter Retry-After that comes later must not end a longer wait.
func TestTheLongestWaitHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := &fakeTB{}
		s := graphfake.New(&graphfake.Options{TB: tb, Patience: graphfake.PatienceAll})
		s.Inject(graphfake.Fault{Path: "/users", Status: 429, RetryAfter: "60"}, graphfake.Fault{Path: "/applications", Status: 429, RetryAfter: "1"})
		c := newClient(t, s)
		c.get("/users")
		c.get("/applications")
		time.Sleep(30 * time.Second)
		c.get("/organization")
		require.Len(t, tb.errors, 1)
		time.Sleep(30 * time.Second)
		c.get("/organization")
		assert.Len(t, tb.errors, 1)
	})
}

// One application's 429 says nothing to another.
func TestPatienceIsPerApplication(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tb := &fakeTB{}
		s := graphfake.New(&graphfake.Options{TB: tb, Patience: graphfake.PatienceAll})
		s.Inject(graphfake.Fault{Path: "/users", Status: 429, RetryAfter: "5"})
		one := newClient(t, s).bearer(s.Token(graphfake.Grant{App: "11111111-0000-4000-8000-000000000000"}))
		two := newClient(t, s).bearer(s.Token(graphfake.Grant{App: "22222222-0000-4000-8000-000000000000"}))
		one.get("/users")
		time.Sleep(time.Second)
		two.get("/users")
		assert.Empty(t, tb.errors)
		one.get("/users")
		assert.Len(t, tb.errors, 1)
	})
}
