package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStaticTokenIsSentButNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := graph.StaticToken("eyJ0-secret")
	token, err := secret.GetToken(t.Context(), policy.TokenRequestOptions{})
	require.NoError(t, err)
	require.Equal(t, "eyJ0-secret", token.Token)
	config := struct {
		T graph.StaticToken
		M map[string]*graph.StaticToken
	}{secret, map[string]*graph.StaticToken{"x": &secret}}
	for _, value := range []any{secret, &secret, config, &config, []graph.StaticToken{secret}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "% X", "%d", "%t", "%!"} {
			text := fmt.Sprintf(verb, value)
			assert.NotContains(t, text, "secret", "%s of %T: a token in a log is a token for everybody", verb, value)
			assert.NotContains(t, text, fmt.Sprintf("%x", "secret"), verb)
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(text), "secret")
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("connecting", "with", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("connecting", "with", value)
		assert.NotContains(t, log.String(), "secret", "%T", value)
	}
}

func TestStaticTokenComesFromConfiguration(t *testing.T) {
	t.Parallel()
	var config struct{ Token graph.StaticToken }
	require.NoError(t, json.Unmarshal([]byte(`{"token":"eyJ0-secret"}`), &config))
	require.True(t, config.Token == "eyJ0-secret")
}
