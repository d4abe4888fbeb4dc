package graph

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"golang.org/x/sync/singleflight"
)

// A bearer adds the credential's token to requests for one host. It keeps the
// token, because kiota asks for one with every request, and azidentity's
// credentials that run a command line tool keep none.
// https://github.com/Azure/azure-sdk-for-go/blob/main/sdk/azidentity/TOKEN_CACHING.MD
type bearer struct {
	cred   azcore.TokenCredential
	scopes []string
	base   *url.URL

	flight singleflight.Group // one request for a token at a time
	mu     sync.Mutex
	kept   keptToken
}

// A keptToken is the token in use, with the claims that it was asked for.
type keptToken struct {
	azcore.AccessToken
	claims string
}

// renewBefore is how long before a token expires another one is fetched, as
// azcore's own policy does it.
const renewBefore = 5 * time.Minute

// AuthenticateRequest implements kiota's authentication provider. Unlike kiota's
// own it refuses a request to another host instead of sending it bare.
func (b *bearer) AuthenticateRequest(
	ctx context.Context, info *abstractions.RequestInformation, extra map[string]any,
) error {
	target, err := info.GetUri()
	if err != nil {
		return err
	}
	if target.Scheme != b.base.Scheme || !strings.EqualFold(target.Host, b.base.Host) {
		return fmt.Errorf("refused to send a token to %s://%s", target.Scheme, target.Host)
	}
	b.dropTokenOf(info) // there is one when a claims challenge repeats the request
	token, err := b.token(ctx, claims(extra))
	if err != nil {
		return err
	}
	info.Headers.Remove("Authorization")
	info.Headers.Add("Authorization", "Bearer "+token)
	return nil
}

// token returns the kept token, or fetches one. Callers who come meanwhile wait
// for the same, each as long as its own context allows.
func (b *bearer) token(ctx context.Context, challenge string) (string, error) {
	for {
		if kept := b.current(); time.Until(kept.ExpiresOn) > renewBefore && (challenge == "" || kept.claims == challenge) {
			return kept.Token, nil
		}
		fetched := b.flight.DoChan(challenge, func() (any, error) { return b.fetch(ctx, challenge) })
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case answer := <-fetched:
			switch {
			case answer.Err == nil:
				return answer.Val.(string), nil
			case ctx.Err() != nil:
				return "", context.Cause(ctx)
			case !errors.Is(answer.Err, errAskerLeft):
				return "", answer.Err
			}
		}
	}
}

// errAskerLeft says that the context of the caller who asked ended; the others
// ask again.
var errAskerLeft = errors.New("the caller who asked has left")

// fetch asks the credential. If that fails, the kept token will do while it is good.
func (b *bearer) fetch(ctx context.Context, challenge string) (string, error) {
	token, err := b.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: b.scopes, EnableCAE: true, Claims: challenge})
	switch kept := b.current(); {
	case err == nil:
		b.keep(keptToken{token, challenge})
		return token.Token, nil
	case ctx.Err() != nil:
		return "", errAskerLeft
	case challenge == "" && time.Now().Before(kept.ExpiresOn):
		return kept.Token, nil
	}
	return "", &tokenError{err}
}

func (b *bearer) current() keptToken {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept
}

func (b *bearer) keep(token keptToken) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = token
}

// dropTokenOf forgets the token of a request that was refused, unless another one
// is kept by now.
func (b *bearer) dropTokenOf(info *abstractions.RequestInformation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Contains(info.Headers.Get("Authorization"), "Bearer "+b.kept.Token) {
		b.kept = keptToken{}
	}
}

// ErrNoCredential says that the connection was made over an adapter, which keeps
// its credential to itself.
var ErrNoCredential = errors.New("the request adapter keeps its credential to itself")

// Token returns the access token that requests are sent with, so that its claims
// can be read. It fails with [ErrNoCredential] on a connection that [New] made.
func (c *Conn) Token(ctx context.Context) (string, error) {
	if c.auth == nil {
		return "", ErrNoCredential
	}
	return c.auth.token(ctx, "")
}

// claims returns what a challenge asks the next token to have; it comes in base64.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func claims(extra map[string]any) string {
	encoded, _ := extra["claims"].(string)
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return ""
	}
	return string(decoded)
}

// A tokenError is a credential that gave no token.
type tokenError struct{ cause error }

func (e *tokenError) Error() string   { return "no token: " + plainText(e.cause.Error()) }
func (e *tokenError) Unwrap() []error { return []error{ErrUnauthenticated, e.cause} }
