package main

import (
	"bytes"
	"testing"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	msgraphsdk "github.com/microsoftgraph/msgraph-sdk-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// newFakeClient makes an official client for a fake of its own. Making one
// writes into the SDK's package variables without a lock (EnableBackingStore and
// the registries of its serializers), so that no test here runs beside another.
func newFakeClient(t *testing.T) (*graphfake.Server, *msgraphsdk.GraphServiceClient) {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{TB: t})
	client, err := newClient(&authentication.AnonymousAuthenticationProvider{}, fake.Transport())
	require.NoError(t, err)
	return fake, client
}

func TestBothClientsSeeTheSameTenant(t *testing.T) {
	fake, client := newFakeClient(t)
	var out bytes.Buffer
	require.NoError(t, compare(t.Context(), client, &out))
	assert.Contains(t, out.String(), "the official client lists: ada@contoso.example, grace@contoso.example\n")
	assert.Regexp(t, `Matched +2 `, out.String())
	assert.Regexp(t, `NotFound +1 `, out.String())
	assert.Len(t, fake.Users(), 2, "what the typed client created is in the fake, and nothing else")
}

func TestATypedWriteThatIsThrottledIsMadeOnce(t *testing.T) {
	fake, client := newFakeClient(t)
	fake.Inject(graphfake.Fault{Method: "POST", Path: "/users", Times: 2, Status: 429, RetryAfter: "0.1"})
	user, err := client.Users().Post(t.Context(), newUser("ada"), nil)
	require.NoError(t, err, "the SDK's own pipeline fails most of these")
	assert.Equal(t, "ada@contoso.example", *user.GetUserPrincipalName())
	assert.Len(t, fake.Users(), 1)
}

func TestATypedErrorIsTyped(t *testing.T) {
	_, client := newFakeClient(t)
	_, err := client.Users().ByUserId("nobody@contoso.example").Get(t.Context(), nil)
	assert.ErrorContains(t, err, "does not exist")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{"3": "3s", "0.2": "1s", "2.128": "3s", "": "1s", "soon": "1s", "1e9": "1s", "-1": "1s"} {
		assert.Equal(t, want, retryAfter(header, 0).String(), header)
	}
	assert.Equal(t, "4s", retryAfter("", 2).String())
}
