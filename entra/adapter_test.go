package entra_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	khttp "github.com/microsoft/kiota-http-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
)

// A client over the SDK's own adapter, with its default pipeline, must do what
// one from Connect does.
func TestNewOverTheSDKsAdapterIsADirectory(t *testing.T) {
	t.Parallel()
	matchtest.TestDirectory(t, func(t *testing.T, users []matchtest.User) match.Directory {
		fake := graphfake.New(&graphfake.Options{TB: t, Domains: []string{matchtest.Domain}})
		for _, user := range users {
			seed(fake, user)
		}
		o := core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"}
		pipeline := khttp.NewCustomTransportWithParentTransport(fake.Transport(), core.GetDefaultMiddlewaresWithOptions(&o)...)
		adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
			&authentication.AnonymousAuthenticationProvider{}, o, nil, nil, &http.Client{Transport: pipeline})
		require.NoError(t, err)
		adapter.SetBaseUrl(graph.DefaultEndpoint)
		return entra.New(graph.New(adapter, nil), nil)
	})
}

// Over a real socket, with one client shared by many goroutines.
func TestOverASocket(t *testing.T) {
	t.Parallel()
	fake := graphfake.New(&graphfake.Options{TB: t})
	fake.AddUsers(staff(2000))
	c, err := entra.Connect(anyToken{}, &graph.ConnectOptions{Endpoint: fake.Start()})
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			answers, err := match.Ask(t.Context(), c.FindUsers, ask("userPrincipalName", 1000))
			assert.NoError(t, err)
			for i := range answers {
				assert.Len(t, answers[i].Users, 1)
			}
		})
	}
	wg.Wait()
}
