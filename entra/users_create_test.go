package entra_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

func newUsers(names ...string) []entra.NewUser {
	users := make([]entra.NewUser, len(names))
	for i, name := range names {
		users[i] = entra.NewUser{DisplayName: name, UserPrincipalName: name + "@contoso.example", MailNickname: name}
	}
	return users
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("user%03d", i)
	}
	return names
}

// created collects the results by index and fails if one comes twice or never.
func created(t *testing.T, ctx context.Context, c *entra.Client, users []entra.NewUser) []entra.CreatedUser {
	t.Helper()
	results, seen := make([]entra.CreatedUser, len(users)), map[int]bool{}
	for i, result := range c.CreateUsers(ctx, users) {
		require.False(t, seen[i], "user %d was reported twice", i)
		seen[i] = true
		results[i] = result
	}
	require.Len(t, seen, len(users), "every user must be reported")
	return results
}

func TestCreateUsersMakesDisabledAccountsInBatches(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	users := newUsers(numbered(45)...)
	users[7].Attributes = map[string]string{"employeeId": "E7", "department": "R&D", "mail": ""}
	for i, result := range created(t, t.Context(), tn.Client, users) {
		require.NoError(t, result.Err)
		assert.False(t, result.Existed)
		assert.Equal(t, users[i].UserPrincipalName, result.User.UserPrincipalName, "the result of another user")
		assert.False(t, result.User.AccountEnabled)
	}
	stored := tn.List("/users?$top=999&$select=userPrincipalName,accountEnabled,employeeId,department")
	require.Len(t, stored, 45)
	for _, user := range stored {
		assert.Equal(t, false, user["accountEnabled"], "the article's accounts cannot sign in")
		if user["userPrincipalName"] == users[7].UserPrincipalName {
			assert.Equal(t, "E7", user["employeeId"])
			assert.Equal(t, "R&D", user["department"])
		}
	}
	again := created(t, t.Context(), tn.NewClient(), users)
	for i, result := range again {
		require.NoError(t, result.Err)
		assert.True(t, result.Existed, "a second run must say that the account was there")
		assert.Equal(t, users[i].UserPrincipalName, result.User.UserPrincipalName)
		assert.NotEmpty(t, result.User.ID)
	}
	assert.Len(t, tn.List("/users?$top=999"), 45, "a second run must change nothing")
}

func TestOneFailedUserDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	users := newUsers("ada", "bob", "cy")
	users[1].UserPrincipalName = "bob@elsewhere.example"
	results := created(t, t.Context(), tn.Client, users)
	assert.NoError(t, results[0].Err)
	assert.NoError(t, results[2].Err)
	require.ErrorContains(t, results[1].Err, "The domain portion of the userPrincipalName property is invalid")
	assert.Empty(t, results[1].User)
	assert.Len(t, tn.List("/users"), 2)

	users[0].Attributes = map[string]string{"nickname": "x"}
	users[0].UserPrincipalName = "ada2@contoso.example"
	results = created(t, t.Context(), tn.Client, users[:1])
	assert.ErrorContains(t, results[0].Err, `"nickname" cannot be given to a new user`)
}

// Every way in which a password could get out is looked at.
func TestPasswordsReachTheServiceAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		tn := faulttest.NewTenant(t, &graph.Options{MaxRetries: 2, Logger: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		tn.Faults.Inject("POST /users", faulttest.Refusal("", 400, "Request_BadRequest", "weak"), faulttest.Fault{Status: 503, Body: "busy"}, faulttest.Fault{Reset: true, Lands: true},
			faulttest.Refusal("", 403, "Authorization_RequestDenied", "no"), faulttest.Fault{Status: 200, Body: `{"odd":true}`})
		users := newUsers("ada", "bob", "cy", "dee", "eve", "fay")
		for i, result := range created(t, t.Context(), tn.Client, users) {
			fmt.Fprintf(&out, "%+v %#v %v\n", result, result, users[i])
			if result.Err != nil {
				fmt.Fprintf(&out, "%+v %#v\n", result.Err, result.Err)
			}
		}
		var passwords int
		for _, c := range tn.Faults.Sent("POST /users") {
			var body struct{ PasswordProfile struct{ Password string } }
			require.NoError(t, json.Unmarshal([]byte(c.Body), &body))
			require.Len(t, body.PasswordProfile.Password, 24)
			assert.NotContains(t, out.String(), body.PasswordProfile.Password, "a password was logged or is in an error")
			passwords++
		}
		assert.GreaterOrEqual(t, passwords, 6)
		assert.Contains(t, out.String(), `"graph request"`, "nothing was logged, so that this test shows nothing")
		assert.NotContains(t, out.String(), "SECRET-TOKEN")
	})
}

// The answer is lost, the look meets a replica that is behind, and the second
// attempt is refused: the account is ours all the same.
func TestAnAccountOfOurOwnUnclearAttemptCountsAsCreated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject("POST /users", faulttest.Fault{Status: 504, Lands: true, Body: "<html>"})
		tn.Faults.Inject("GET /users", faulttest.Times(3, faulttest.Answer(`{"value":[]}`))...)
		result := faulttest.CreateUser(t.Context(), tn.Client, "ada")
		require.NoError(t, result.Err)
		assert.False(t, result.Existed)
		assert.Len(t, tn.List("/users"), 1)
		assert.Equal(t, tn.List("/users")[0]["id"], result.User.ID)
	})
}

// An account that is found after an unclear attempt may be a namesake's. If it
// counted as made by us, it would be given the role of somebody else.
func TestCreateUsersAfterAnUnclearAttemptKnowsTheirOwn(t *testing.T) {
	t.Parallel()
	for reason, tt := range map[string]struct {
		theirs  map[string]any // what differs in the account that is there
		age     time.Duration
		existed bool
	}{
		"a namesake's account of long ago":                   {nil, 1000 * time.Hour, true},
		"an account of a moment ago that can sign in":        {map[string]any{"accountEnabled": true}, 0, true},
		"one of a moment ago with another name":              {map[string]any{"displayName": "Ada Other"}, 0, true},
		"one of a moment ago with another employee id":       {map[string]any{"employeeId": "E2"}, 0, true},
		"one of a moment ago without the employee id":        {map[string]any{"employeeId": nil}, 0, true},
		"one of a moment ago that is as it was sent":         {map[string]any{"displayName": "ADA"}, 0, false},
		"one of some minutes ago, from before the run began": {nil, 6 * time.Minute, true},
	} {
		for _, whole := range []bool{false, true} { // the batch fails, or the item in it
			synctest.Test(t, func(t *testing.T) {
				tn := faulttest.NewTenant(t, nil)
				users := newUsers("ada", "bob")
				users[0].Attributes = map[string]string{"employeeId": "E1"}
				account := map[string]any{"accountEnabled": false, "displayName": "ada", "mailNickname": "ada",
					"userPrincipalName": "ada@contoso.example", "employeeId": "E1",
					"passwordProfile": map[string]any{"password": "aB3$aB3$aB3$"}}
				maps.Copy(account, tt.theirs)
				if account["employeeId"] == nil {
					delete(account, "employeeId")
				}
				tn.Ask("POST", "/users", account)
				time.Sleep(tt.age)
				path := "/users"
				if whole {
					path = "/$batch"
				}
				tn.Fake.Inject(graphfake.Fault{Method: "POST", Path: path, Status: 502})
				c, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: tn.Fake.Transport()})
				require.NoError(t, err)
				results := created(t, t.Context(), c, users)
				require.NoError(t, results[0].Err, reason)
				assert.Equal(t, tt.existed, results[0].Existed, "%s (whole batch: %v)", reason, whole)
				require.NoError(t, results[1].Err, reason)
				assert.False(t, results[1].Existed, reason)
			})
		}
	}
}

// A random password may be on the service's list of banned ones; the next one is not.
func TestCreateUsersDrawsAnotherPassword(t *testing.T) {
	t.Parallel()
	const refusal = "The specified password does not comply with password complexity requirements. Please provide a different password."
	for _, refusals := range []int{1, 3, 4} {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject("POST /users", faulttest.Times(refusals, faulttest.Refusal("", 400, "Request_BadRequest", refusal))...)
		result := faulttest.CreateUser(t.Context(), tn.Client, "ada")
		if refusals > 3 {
			require.ErrorIs(t, result.Err, graph.ErrPasswordRefused, "it does not go on for ever")
			continue
		}
		require.NoError(t, result.Err)
		assert.Len(t, tn.List("/users"), 1)
	}
}

// A permission that is missing is missing for all of them.
func TestCreateUsersGivesUpWhenAllAreRefused(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Fake.Inject(graphfake.Fault{Method: "POST", Path: "/users", Status: 403, Times: -1})
	for i, result := range created(t, t.Context(), tn.Client, newUsers(numbered(300)...)) {
		assert.Equal(t, i < 20, errors.Is(result.Err, graph.ErrForbidden), i)
		assert.Equal(t, i >= 20, errors.Is(result.Err, assign.ErrNotTried), i)
	}
	assert.Equal(t, 20, tn.Fake.Operations("POST /users")["POST /users"])
}

func TestATakenNameThatNobodyCanBeSeenToHold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		tn.Faults.Inject("POST /users", faulttest.Refusal("", 400, "Request_BadRequest", "Another object with the same value for property userPrincipalName already exists."))
		result := faulttest.CreateUser(t.Context(), tn.Client, "ada")
		require.ErrorIs(t, result.Err, graph.ErrExists)
		assert.ErrorContains(t, result.Err, "yet no such user can be seen: it may be a deleted one, a contact or a group")
	})
}

func TestATakenMailAddressIsNoExistingUser(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject("POST /users", faulttest.Refusal("", 400, "Request_BadRequest", "Another object with the same value for property proxyAddresses already exists."))
	result := faulttest.CreateUser(t.Context(), tn.Client, "ada")
	require.ErrorIs(t, result.Err, graph.ErrExists)
	assert.Empty(t, tn.Faults.Sent("GET /users"), "the user of that name is not the one in the way")
}

func TestCreateUsersSaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, nil)
	tn.Faults.Inject("POST /users", faulttest.Refusal("", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."))
	result := faulttest.CreateUser(t.Context(), tn.Client, "ada")
	require.ErrorIs(t, result.Err, graph.ErrForbidden)
	assert.ErrorContains(t, result.Err, "needs the Graph permission User.ReadWrite.All")
	assert.ErrorContains(t, result.Err, "directory role User Administrator")
}

func TestCreateUsersReadOnlyCancelledAndBrokenOff(t *testing.T) {
	t.Parallel()
	tn := faulttest.NewTenant(t, &graph.Options{ReadOnly: true})
	for _, result := range created(t, t.Context(), tn.Client, newUsers("ada", "bob")) {
		assert.ErrorIs(t, result.Err, graph.ErrReadOnly)
	}
	assert.Empty(t, tn.Faults.Calls())

	tn = faulttest.NewTenant(t, &graph.Options{InFlight: 1})
	tn.Client.CreateUsers(t.Context(), newUsers("ada"))
	assert.Empty(t, tn.Faults.Calls(), "nothing must happen before it is ranged over")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := 0
	for _, result := range tn.Client.CreateUsers(ctx, newUsers(numbered(100)...)) {
		cancel()
		if result.Err == nil {
			done++
			continue
		}
		require.ErrorIs(t, result.Err, context.Canceled)
	}
	assert.Len(t, tn.List("/users?$top=999"), done, "what was created must be reported as created")
	assert.Less(t, done, 100)

	for range tn.Client.CreateUsers(t.Context(), newUsers(numbered(100)...)) {
		break
	}
	assert.Less(t, len(tn.List("/users?$top=999")), 100, "breaking out must stop it")
}

func TestWaitForUsers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		ids := []string{tn.AddUser("ada"), tn.AddUser("bob")}
		require.NoError(t, tn.Client.WaitForUsers(t.Context(), nil))
		late := faulttest.Refusal("", 404, "Request_ResourceNotFound", "Resource does not exist.")
		tn.Faults.Inject("GET /users/{id}", late, late, late)
		require.NoError(t, tn.Client.WaitForUsers(t.Context(), ids))
		assert.Len(t, tn.Faults.Sent("GET /users/{id}"), 5, "only the missing ones are looked for again")

		started := time.Now()
		err := tn.Client.WaitForUsers(t.Context(), append(ids, "99999999-9999-4999-8999-999999999999"))
		require.ErrorIs(t, err, graph.ErrNotReplicated)
		assert.ErrorContains(t, err, "1 of 3 new users are not visible")
		assert.LessOrEqual(t, time.Since(started), 2*time.Minute)

		tn.Faults.Inject("GET /users/{id}", faulttest.Refusal("", 403, "Authorization_RequestDenied", "no"))
		assert.ErrorIs(t, tn.Client.WaitForUsers(t.Context(), ids), graph.ErrForbidden, "waiting would not help")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		tn.Faults.Inject("GET /users/{id}", faulttest.Times(99, late)...)
		assert.ErrorIs(t, tn.Client.WaitForUsers(ctx, ids), context.DeadlineExceeded)
	})
}

// The service may answer an empty page with a link to the next one. It is not yet
// an answer to whether there is such a user.
// https://learn.microsoft.com/graph/paging
func TestAnEmptyPageWithALinkIsNotNoSuchUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tn := faulttest.NewTenant(t, nil)
		users := newUsers("ann")
		before := created(t, t.Context(), tn.Client, users)[0]
		require.NoError(t, before.Err)
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			body := readAll(r)
			switch asked := r.URL.Query(); {
			case strings.Contains(body, "/users?$filter") && !strings.Contains(body, "skiptoken"):
				return reply(200, `{"responses":[{"id":"0","status":200,"headers":{},"body":{"value":[],`+
					`"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=next"}}]}`), nil
			case asked.Has("$skiptoken"):
				return reply(200, fmt.Sprintf(`{"value":[{"id":%q,"userPrincipalName":%q,"accountEnabled":false}]}`,
					before.User.ID, before.User.UserPrincipalName)), nil
			}
			return reply(200, `{"responses":[{"id":"0","status":400,"headers":{},"body":{"error":{"code":"Request_BadRequest",`+
				`"message":"Another object with the same value for property userPrincipalName already exists.",`+
				`"details":[{"code":"ObjectConflict","target":"userPrincipalName"}]}}}]}`), nil
		})
		c := lookups(t, nil, graph.ConnectOptions{Transport: transport}, "")
		again := created(t, t.Context(), c, users)[0]
		require.NoError(t, again.Err)
		assert.True(t, again.Existed)
		assert.Equal(t, before.User.ID, again.User.ID)
	})
}
