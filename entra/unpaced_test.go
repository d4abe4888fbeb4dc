package entra_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A stand-in without limits must not make a test wait for those of the service,
// and one with limits must be obeyed.
func TestUnpaced(t *testing.T) {
	t.Parallel()
	create := func(t *testing.T, opts graph.Options, fake *graphfake.Server) time.Duration {
		client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: faulttest.Record(fake.Transport()), Options: opts})
		require.NoError(t, err)
		users := make([]entra.NewUser, 3_500) // more than the writes of one window
		for i := range users {
			name := fmt.Sprintf("u%d", i)
			users[i] = entra.NewUser{DisplayName: name, MailNickname: name, UserPrincipalName: name + "@contoso.example"}
		}
		begin := time.Now()
		for _, created := range client.CreateUsers(t.Context(), users) {
			require.NoError(t, created.Err)
		}
		return time.Since(begin)
	}
	for _, c := range []struct {
		reason   string
		unpaced  bool
		throttle *graphfake.Throttle
		waits    bool
	}{
		{"paced by default", false, nil, true},
		{"a stand-in without limits is not waited for", true, nil, false},
		{"a stand-in with limits is obeyed", true, &graphfake.Throttle{}, true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				took := create(t, graph.Options{Unpaced: c.unpaced}, graphfake.New(&graphfake.Options{TB: t, Throttle: c.throttle}))
				if c.waits {
					require.Greater(t, took, 10*time.Second)
				} else {
					require.Less(t, took, time.Second)
				}
			})
		})
	}
}
