package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A noter notes what is asked of a credential.
type noter struct {
	mu    sync.Mutex
	asked []policy.TokenRequestOptions
	err   error
}

func (n *noter) GetToken(_ context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, options)
	return azcore.AccessToken{Token: "SECRET-TOKEN"}, n.err
}

func TestConnectToEveryCloud(t *testing.T) {
	tests := []struct{ endpoint, url, scope, cloud string }{
		{"", "https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com/.default", "Global"},
		{"https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/v1.0/users", "https://graph.microsoft.com/.default", "Global"},
		{"https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/v1.0/users", "https://graph.microsoft.us/.default", "US Government L4"},
		{"https://dod-graph.microsoft.us/v1.0", "https://dod-graph.microsoft.us/v1.0/users", "https://dod-graph.microsoft.us/.default", "US Government L5 (DOD)"},
		{"https://microsoftgraph.chinacloudapi.cn/v1.0", "https://microsoftgraph.chinacloudapi.cn/v1.0/users", "https://microsoftgraph.chinacloudapi.cn/.default", "China operated by 21Vianet"},
		{"https://graph.microsoft.us/v1.0/", "https://graph.microsoft.us/v1.0/users", "https://graph.microsoft.us/.default", "US Government L4"},
		{"https://graph.microsoft.com/beta", "https://graph.microsoft.com/beta/users", "https://graph.microsoft.com/.default", "Global"},
		{"https://graph.svc.sovcloud.fr/v1.0", "https://graph.svc.sovcloud.fr/v1.0/users", "https://graph.svc.sovcloud.fr/.default", "Bleu"},
		{"https://graph.svc.sovcloud.de/v1.0", "https://graph.svc.sovcloud.de/v1.0/users", "https://graph.svc.sovcloud.de/.default", "Delos"},
		{"https://graph.svc.sovcloud.sg/v1.0", "https://graph.svc.sovcloud.sg/v1.0/users", "https://graph.svc.sovcloud.sg/.default", "GovSG"},
		{"https://graph.eaglex.ic.gov/v1.0", "https://graph.eaglex.ic.gov/v1.0/users", "https://graph.eaglex.ic.gov/.default", "USNat"},
		{"https://graph.microsoft.scloud/v1.0", "https://graph.microsoft.scloud/v1.0/users", "https://graph.microsoft.scloud/.default", "USSec"},
		{"http://127.0.0.1:4321/v1.0", "http://127.0.0.1:4321/v1.0/users", "https://graph.microsoft.com/.default", ""},
		{"http://localhost:4321", "http://localhost:4321/v1.0/users", "https://graph.microsoft.com/.default", ""},
		{"http://[::1]:4321/tenant/v1.0", "http://[::1]:4321/tenant/v1.0/users", "https://graph.microsoft.com/.default", ""},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			t.Parallel()
			cred, s := &noter{}, &stub{answer: answers(answer{status: 200, body: `{}`})}
			c, err := Connect(cred, &ConnectOptions{Endpoint: tt.endpoint, Transport: s})
			require.NoError(t, err)
			require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
			assert.Equal(t, tt.url, s.sent()[0].URL.String())
			assert.Equal(t, []string{"Bearer SECRET-TOKEN"}, s.sent()[0].Header["Authorization"])
			assert.Equal(t, []string{tt.scope}, cred.asked[0].Scopes)
			assert.Equal(t, tt.cloud, c.Cloud().Name)
			assert.True(t, cred.asked[0].EnableCAE)
			assert.Contains(t, s.sent()[0].Header.Get("User-Agent"), "rollcall")
			assert.Len(t, s.sent()[0].Header["Client-Request-Id"], 1)
		})
	}
	for _, cloud := range Clouds() {
		known := func(row struct{ endpoint, url, scope, cloud string }) bool {
			return row.cloud == cloud.Name && row.endpoint == cloud.Endpoint && row.scope == cloud.Scope
		}
		assert.True(t, slices.ContainsFunc(tests, known), "%+v is not in the table above", cloud)
	}
}

func TestConnectRefusesWhatWouldLeakTheToken(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://graph.microsoft.com/v1.0":      "must use https",
		"http://localhost.evil.example/v1.0":   "must use https",
		"http://127.0.0.1.evil.example":        "must use https",
		"ftp://graph.microsoft.com":            "must use https",
		"graph.microsoft.com/v1.0":             "not the root of an API",
		"https://user:pw@graph.microsoft.com":  "not the root of an API",
		"https://graph.microsoft.com/v1.0?a=b": "not the root of an API",
		"https://graph.microsoft.com/?t=pw":    "not the root of an API",
		"https://":                             "not the root of an API",
		"%zz":                                  "not the root of an API",
	} {
		_, err := Connect(&noter{}, &ConnectOptions{Endpoint: endpoint})
		assert.ErrorContains(t, err, want, endpoint)
		assert.NotContains(t, err.Error(), "pw", "a password is not repeated")
	}
	_, err := Connect(nil, nil)
	assert.ErrorContains(t, err, "credential is nil")
}

func TestOwnScopes(t *testing.T) {
	cred := &noter{}
	c, err := Connect(cred, &ConnectOptions{Transport: &stub{answer: answers(answer{status: 200})}, Scopes: []string{"api://gateway/.default"}})
	require.NoError(t, err)
	require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil))
	assert.Equal(t, []string{"api://gateway/.default"}, cred.asked[0].Scopes)
}

// No token is a matter of its own: waiting and asking again doesn't help.
func TestNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("AADSTS7000215: Invalid client secret provided.\nTrace ID: 1")
		s := &stub{answer: answers(answer{status: 200})}
		c, err := Connect(&noter{err: cause}, &ConnectOptions{Transport: s})
		require.NoError(t, err)
		err = c.Do(t.Context(), Request{Op: Operation{Name: "find users"}, Path: "/users"}, nil)
		require.ErrorIs(t, err, ErrUnauthenticated)
		require.ErrorIs(t, err, cause)
		assert.Equal(t, "find users: no token: AADSTS7000215: Invalid client secret provided. Trace ID: 1", err.Error())
		got := collected(t)
		require.ErrorIs(t, c.Batch(t.Context(), Each(gets(100)), got.each), ErrUnauthenticated)
		assert.Empty(t, s.sent())
	})
}

// A claims challenge (the token was revoked) is answered once, with a new token.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func TestClaimsChallenge(t *testing.T) {
	cred := &noter{}
	challenge := `Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="`
	s := &stub{answer: answers(answer{status: 401, header: map[string]string{"WWW-Authenticate": challenge}}, answer{status: 200, body: `{}`})}
	c, err := Connect(cred, &ConnectOptions{Transport: s})
	require.NoError(t, err)
	require.NoError(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Method: http.MethodPost, Path: "/users", Body: 1}, nil))
	require.Len(t, cred.asked, 2)
	assert.Equal(t, `{"a":1}`, cred.asked[1].Claims)
	require.Len(t, s.sent(), 2)
	assert.Equal(t, "1", s.sent()[1].body)
	assert.Len(t, s.sent()[1].Header["Authorization"], 1)

	s = &stub{answer: answers(answer{status: 401, header: map[string]string{"WWW-Authenticate": "Bearer claims=abc"}})}
	c, err = Connect(cred, &ConnectOptions{Transport: s})
	require.NoError(t, err)
	require.ErrorContains(t, c.Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil), "panicked", "kiota's parser of challenges")
}

// refusal is what azidentity's errors look like.
type refusal struct{ error }

func (refusal) NonRetriable() {}

func TestNoTokenThroughAForeignAdapter(t *testing.T) {
	adapter := brokenAdapter{send: func(abstractions.ResponseHandler) error { return refusal{errors.New("no credentials found")} }}
	err := New(adapter, nil).Do(t.Context(), Request{Op: Operation{Name: "x"}, Path: "/users"}, nil)
	require.ErrorIs(t, err, ErrUnauthenticated)
}

func TestNegativeOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, options := range []Options{
		{InFlight: -1}, {Timeout: -1}, {MaxRetries: -2}, {RetryFor: -1}, {ReplicationWait: -1}, {MaxAnswer: -1},
	} {
		_, err := Connect(staticToken("t"), &ConnectOptions{Options: options})
		assert.EqualError(t, err, "graph.Options: a number is negative", "%+v", options)
	}
	_, err := Connect(staticToken("t"), &ConnectOptions{Options: Options{MaxRetries: NoRetry}})
	assert.NoError(t, err)
}
