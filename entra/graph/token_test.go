package graph

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An issuer is a credential without a cache of its own, like those that run a
// command line tool: each token is another one, good for an hour.
type issuer struct {
	mu     sync.Mutex
	asked  []policy.TokenRequestOptions
	takes  time.Duration
	lives  time.Duration
	failed error // from the second token on
}

func (i *issuer) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := Sleep(ctx, i.takes); err != nil {
		return azcore.AccessToken{}, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked = append(i.asked, o)
	if len(i.asked) > 1 && i.failed != nil {
		return azcore.AccessToken{}, i.failed
	}
	return azcore.AccessToken{Token: fmt.Sprint("token ", len(i.asked)), ExpiresOn: time.Now().Add(i.lives)}, nil
}

func issued(t *testing.T, cred *issuer, answer func(sent) answer) (*Conn, *stub) {
	t.Helper()
	s := &stub{answer: answer}
	c, err := Connect(cred, &ConnectOptions{Transport: s, Options: Options{InFlight: 8}})
	require.NoError(t, err)
	return c, s
}

var anyRead = Request{Op: Operation{Name: "x"}, Path: "/users"}

// Azure CLI takes a second for each token; one for every request is most of a run.
func TestOneTokenServesManyRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{takes: time.Second, lives: time.Hour}
		c, _ := issued(t, cred, answers(answer{status: 200, after: time.Second, body: `{}`}))
		var wg sync.WaitGroup
		for range 600 {
			wg.Go(func() { assert.NoError(t, c.Do(t.Context(), anyRead, nil)) })
		}
		wg.Wait()
		assert.Equal(t, 1, len(cred.asked), "eight that start together ask once")
	})
}

// A token is renewed before requests on their way can outlive it.
func TestTokenIsRenewedBeforeItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{lives: time.Hour}
		c, s := issued(t, cred, answers(answer{status: 200, body: `{}`}))
		for _, pause := range []time.Duration{0, 54 * time.Minute, 2 * time.Minute} {
			time.Sleep(pause)
			require.NoError(t, c.Do(t.Context(), anyRead, nil))
		}
		assert.Equal(t, "Bearer token 1", s.sent()[1].Header.Get("Authorization"))
		assert.Equal(t, "Bearer token 2", s.sent()[2].Header.Get("Authorization"))
	})
}

// A sign-in service that is away for a moment must not end a run whose token is
// still good.
func TestFailedRenewalUsesTheTokenWhileItIsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{lives: time.Hour, failed: errors.New("the sign-in service is away")}
		c, _ := issued(t, cred, answers(answer{status: 200, body: `{}`}))
		require.NoError(t, c.Do(t.Context(), anyRead, nil))
		time.Sleep(58 * time.Minute)
		require.NoError(t, c.Do(t.Context(), anyRead, nil))
		time.Sleep(2 * time.Minute)
		require.ErrorIs(t, c.Do(t.Context(), anyRead, nil), cred.failed)
	})
}

// Requests that are challenged together need one new token, and those that follow
// use it: a revoked token must not be sent again.
func TestChallengedTokenIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{takes: time.Second, lives: time.Hour}
		challenge := `Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="`
		c, s := issued(t, cred, func(r sent) answer {
			if r.Header.Get("Authorization") == "Bearer token 1" {
				return answer{status: 401, after: time.Duration(r.n) * time.Second, header: map[string]string{"WWW-Authenticate": challenge}}
			}
			return answer{status: 200, body: `{}`}
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { assert.NoError(t, c.Do(t.Context(), anyRead, nil)) })
		}
		wg.Wait()
		require.NoError(t, c.Do(t.Context(), anyRead, nil))
		require.Equal(t, 2, len(cred.asked), "also for those whose challenge came later")
		assert.Equal(t, `{"a":1}`, cred.asked[1].Claims)
		assert.Len(t, s.sent(), 9)
	})
}

// A token that was refused without a challenge is not kept either.
func TestRefusedTokenIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{lives: time.Hour}
		c, _ := issued(t, cred, answers(answer{status: 401, body: odataError("InvalidAuthenticationToken", "no")}, answer{status: 200, body: `{}`}))
		require.ErrorIs(t, c.Do(t.Context(), anyRead, nil), ErrUnauthenticated)
		require.NoError(t, c.Do(t.Context(), anyRead, nil))
		assert.Len(t, cred.asked, 2)
	})
}

// Who leaves while a token is fetched must not take it from the others.
func TestTokenOutlivesTheCallerWhoAskedForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cred := &issuer{takes: time.Minute, lives: time.Hour}
		c, _ := issued(t, cred, answers(answer{status: 200, body: `{}`}))
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var wg sync.WaitGroup
		wg.Go(func() { assert.ErrorIs(t, c.Do(ctx, anyRead, nil), context.DeadlineExceeded) })
		synctest.Wait()
		wg.Go(func() { assert.NoError(t, c.Do(t.Context(), anyRead, nil)) })
		wg.Wait()
	})
}
