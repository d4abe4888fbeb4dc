package entra

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// A StaticToken is a credential that holds one bearer token: any text for a
// stand-in that lets everybody in, or a token that somebody else obtained. It is
// not renewed; when Graph refuses it, calls fail with [ErrUnauthenticated].
type StaticToken string

// GetToken returns the token, whatever is asked for. It never fails.
func (t StaticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// String keeps the token out of logs and errors.
func (StaticToken) String() string { return "entra.StaticToken(redacted)" }

// GoString keeps the token out of %#v.
func (t StaticToken) GoString() string { return t.String() }
