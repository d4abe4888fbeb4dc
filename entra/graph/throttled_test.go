package graph_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// The package's documentation shows this test.
func TestAThrottledRequestIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tenant := graphfake.New(&graphfake.Options{TB: t})
		tenant.Inject(graphfake.Fault{Method: "GET", Path: "/users", Status: 429, RetryAfter: "7"})
		conn, err := graph.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, conn.Do(t.Context(), graph.Request{Path: "/users"}, nil))
		require.GreaterOrEqual(t, time.Since(began), 7*time.Second)
	})
}
