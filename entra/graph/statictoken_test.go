package graph_test

import (
	"fmt"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/stretchr/testify/require"
)

func TestStaticTokenIsSentButNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := graph.StaticToken("eyJ0-secret")
	token, err := secret.GetToken(t.Context(), policy.TokenRequestOptions{})
	require.NoError(t, err)
	require.Equal(t, "eyJ0-secret", token.Token)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, secret), "secret", "a token in a log is a token for everybody")
		require.NotContains(t, fmt.Sprintf(verb, struct{ T any }{secret}), "secret")
	}
}
