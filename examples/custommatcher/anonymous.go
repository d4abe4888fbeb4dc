package main

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// anonymous is a credential for a fake, which lets everybody in.
type anonymous struct{}

// GetToken returns a word in the place of a token.
func (anonymous) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "anonymous", ExpiresOn: time.Now().Add(time.Hour)}, nil
}
