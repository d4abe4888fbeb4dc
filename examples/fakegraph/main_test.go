package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// start runs fakegraph and returns its endpoint; the test's end interrupts it.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, interrupt := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, write)
		write.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		interrupt()
		assert.NoError(t, <-ended, "an interrupt is how it ends well")
	})
	output := bufio.NewReader(read)
	line, err := output.ReadString('\n')
	require.NoError(t, err)
	go io.Copy(io.Discard, output)
	return strings.Fields(line)[1]
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer any")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestServesWhatTheSeedHolds(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "tenant.json")
	require.NoError(t, os.WriteFile(seed, []byte(`{"users":[{"userPrincipalName":"ada@contoso.example","displayName":"Ada Byron"}]}`), 0o600))
	endpoint := start(t, "-seed", seed)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/v1\.0$`, endpoint)

	status, body := get(t, endpoint+"/users")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "Ada Byron")
	status, _ = get(t, endpoint+"/users/ada@contoso.example")
	assert.Equal(t, http.StatusOK, status)
	status, _ = get(t, endpoint+"/users/nobody@contoso.example")
	assert.Equal(t, http.StatusNotFound, status, "it is a directory and not an echo")
}

func TestServesAnEmptyTenantWithoutASeed(t *testing.T) {
	t.Parallel()
	_, body := get(t, start(t)+"/users")
	assert.Contains(t, body, `"value":[]`)
}

func TestServesWhatAFolderHolds(t *testing.T) {
	t.Parallel()
	endpoint := start(t, "-seed", "testdata/tenant")
	_, users := get(t, endpoint+"/users?$filter=accountEnabled+eq+false&$select=displayName,otherMails")
	assert.Contains(t, users, `"value":[{"displayName":"Bo","otherMails":["bo@home.example","bo@work.example"]}]`)
	_, groups := get(t, endpoint+"/groups?$expand=members($select=id)&$select=displayName")
	assert.Contains(t, groups, `"displayName":"Everybody"`)
	assert.Equal(t, 3, strings.Count(groups, `"id":`), "members are named by user principal name: %s", groups)
	_, manager := get(t, endpoint+"/users/bo@contoso.example/manager?$select=displayName")
	assert.Contains(t, manager, "Ada Byron")
}

// signIn posts to the token endpoint and returns what came back.
func signIn(t *testing.T, host, id, secret string) (token, text string) {
	t.Helper()
	response, err := http.PostForm(host+"/contoso.example/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {id}, "client_secret": {secret}, "scope": {"https://graph.microsoft.com/.default"}})
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var answer struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer.Token, string(body)
}

func TestApplicationsOfTheSeedSignIn(t *testing.T) {
	t.Parallel()
	endpoint := start(t, "-seed", "testdata/tenant", "-permissions")
	token, text := signIn(t, strings.TrimSuffix(endpoint, "/v1.0"), "11111111-1111-4111-8111-111111111111", "correct horse")
	require.NotEmpty(t, token, text)
	for path, want := range map[string]int{"/users": http.StatusOK, "/applications": http.StatusForbidden} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpoint+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, want, response.StatusCode, path)
	}
}

func TestTheClientOfTheCommandLineSignsInAndItsSecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	const id = "22222222-2222-4222-8222-222222222222"
	endpoint := start(t, "-client", id+":p@ss:word", "-permissions")
	token, text := signIn(t, strings.TrimSuffix(endpoint, "/v1.0"), id, "p@ss:word")
	assert.NotEmpty(t, token, text)
	for path, want := range map[string]int{"/users": 200, "/users/nobody@contoso.example/photo": 404} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", endpoint+path, nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, want, response.StatusCode, "it may do everything: %s", path)
	}

	var out strings.Builder
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	require.NoError(t, run(ctx, []string{"-client", id + ":p@ss:word"}, &out))
	assert.Contains(t, out.String(), "as "+id)
	assert.NotContains(t, out.String(), "p@ss")
	assert.ErrorContains(t, run(t.Context(), []string{"-seed", "testdata/tenant", "-client",
		"11111111-1111-4111-8111-111111111111:x"}, io.Discard), "the seed has the application")
}

func TestHastenedReviewsEndInMoments(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-hasten", "-seed", "testdata/tenant"}, io.Discard)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		fake, err := o.tenant()
		require.NoError(t, err)
		ada, _ := fake.User("ada@contoso.example")
		fake.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: ada.ID,
			ResourceID: "33333333-3333-4333-8333-333333333333", AppRoleID: "33333333-3333-4333-8333-333333333335"})
		review := fake.AddReview(`{"displayName":"Orders","scope":{"@odata.type":"#microsoft.graph.principalResourceMembershipsScope",
			"principalScopes":[{"query":"/users","queryType":"MicrosoftGraph"}],
			"resourceScopes":[{"query":"/servicePrincipals/33333333-3333-4333-8333-333333333333","queryType":"MicrosoftGraph"}]},
			"settings":{"instanceDurationInDays":5,"autoApplyDecisionsEnabled":true}}`)
		time.Sleep(time.Second)
		review, _ = fake.Review(review.ID)
		require.Equal(t, "InProgress", review.Status)
		response, err := fake.Client().Post("https://graph.microsoft.com/v1.0/identityGovernance/accessReviews/definitions/"+
			review.ID+"/instances/"+review.Instances[0].ID+"/stop", "application/json", nil)
		require.NoError(t, err)
		response.Body.Close()
		time.Sleep(time.Second)
		review, _ = fake.Review(review.ID)
		assert.Equal(t, "Applied", review.Status)
	})
}

func TestAnAddressThatOthersReachIsServedWhenThatIsMeant(t *testing.T) {
	t.Parallel()
	endpoint := start(t, "-expose", "-addr", "0.0.0.0:0")
	_, body := get(t, strings.Replace(endpoint, "[::]", "127.0.0.1", 1)+"/users")
	assert.Contains(t, body, `"value":[]`)
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"users":[`), 0o600))
	for _, c := range []struct{ args, want, reason string }{
		{"-addr :8080", "could be reached from outside", "no host means every interface"},
		{"-addr 0.0.0.0:8080", "could be reached from outside", "the same, said"},
		{"-addr 192.0.2.7:8080", "could be reached from outside", "a network's address"},
		{"-addr example.com:80", "could be reached from outside", "a name that may be anywhere"},
		{"-addr 127.0.0.1", "-addr wants HOST:PORT", "no port"},
		{"-seed /nowhere/tenant.json", "no such file", "a misspelt file must not become an empty tenant"},
		{"-seed testdata/folders/misspelt", `unknown section "usres"`, "a misspelt section must not become an empty tenant"},
		{"-seed testdata/folders/foreign", "users.yaml: a seed folder holds files such as users.json", "a file that nobody reads"},
		{"-seed testdata/folders/broken", "users.json: unexpected end of JSON", "half a seed, in a folder"},
		{"-client tool:secret", "-client wants ID:SECRET", "the service's applications have GUIDs"},
		{"-client 11111111-1111-4111-8111-111111111111:", "-client wants ID:SECRET", "anybody could sign in"},
		{"-seed " + broken, broken, "half a seed must not be served"},
		{"-replicas 0", "at least 1", "a directory that nobody can ask"},
		{"-delay -1s", "cannot be negative", "a replica that knows the future"},
		{"-faults " + broken, broken, "half a script would leave faults out"},
		{"-tls -cert /nowhere/cert.pem", "-cert", "clients would have nothing to trust"},
		{"tenant.json", `there is no argument "tenant.json"`, "a forgotten -seed must not become an empty tenant"},
	} {
		err := run(t.Context(), strings.Fields(c.args), io.Discard)
		assert.ErrorContains(t, err, c.want, c.reason)
	}
}

func TestFlagsMakeTheTenantAsHardToLiveWithAsTheService(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.json")
	require.NoError(t, os.WriteFile(faults, []byte(`[{"method":"GET","path":"/users","status":503}]`), 0o600))
	for _, c := range []struct {
		args         []string
		status       int
		body, reason string
	}{
		{nil, http.StatusOK, `"value":[]`, "well-behaved by default"},
		{[]string{"-permissions"}, http.StatusUnauthorized, "InvalidAuthenticationToken", "any token would do"},
		{[]string{"-faults", faults}, http.StatusServiceUnavailable, "error", "the fault is not answered"},
	} {
		status, body := get(t, start(t, c.args...)+"/users")
		assert.Equal(t, c.status, status, c.reason)
		assert.Contains(t, body, c.body, c.reason)
	}
}

func TestShuffledListsComeInAnotherOrderEachTime(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "tenant.json")
	var users []string
	for _, name := range strings.Split("abcdefghij", "") {
		users = append(users, `{"userPrincipalName":"`+name+`@contoso.example"}`)
	}
	require.NoError(t, os.WriteFile(seed, []byte(`{"users":[`+strings.Join(users, ",")+`]}`), 0o600))
	for _, c := range []struct {
		args   []string
		same   bool
		reason string
	}{
		{[]string{"-seed", seed}, true, "in order by default"},
		{[]string{"-seed", seed, "-shuffle"}, false, "a client that relies on an order would not notice"},
	} {
		endpoint := start(t, c.args...)
		_, first := get(t, endpoint+"/users?$select=userPrincipalName")
		_, second := get(t, endpoint+"/users?$select=userPrincipalName")
		assert.Equal(t, c.same, first == second, c.reason)
		assert.Len(t, second, len(first), c.reason)
	}
}

func TestAFaultThatNeverFiredIsAnErrorAtTheEnd(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.json")
	require.NoError(t, os.WriteFile(faults, []byte(`[{"method":"GET","path":"/users","status":503}]`), 0o600))
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	require.ErrorContains(t, run(ctx, []string{"-faults", faults}, io.Discard), "never fired",
		"a test would pass for the wrong reason")
}

func TestATokenIsPrintedThatSufficesWherePermissionsAreDemanded(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	require.NoError(t, run(ctx, []string{"-permissions", "-replicas", "3", "-throttle"}, &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, 2, strings.Count(lines[len(lines)-1], "."), "not a JWT: %s", out.String())
}
