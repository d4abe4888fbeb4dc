package entra_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/entra/internal/faulttest"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A scissors ends a run at its k-th request: the request lands or not, the
// program learns nothing of it, and no more comes.
type scissors struct {
	next  http.RoundTripper
	left  int
	lands bool
	stop  context.CancelFunc
}

func (s *scissors) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.left--; s.left > 0 {
		return s.next.RoundTrip(r)
	}
	if s.left == 0 && s.lands {
		if res, err := s.next.RoundTrip(r); err == nil {
			_ = res.Body.Close()
		}
	}
	s.stop()
	return nil, errors.New("the program was killed")
}

// flow registers the application, creates users and assigns them.
func flow(ctx context.Context, c *entra.Client) error {
	app, err := c.Register(ctx, registration)
	if err != nil {
		return err
	}
	var changes []assign.Change
	var failed []error
	for _, created := range c.CreateUsers(ctx, newUsers("ada", "bob", "cy")) {
		failed = append(failed, created.Err)
		changes = append(changes, assign.Change{Action: assign.Add, PrincipalID: created.User.ID, AppRoleID: app.AppRoles[0].ID})
	}
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for _, err := range c.WriteAssignments(ctx, app.ServicePrincipalID, changes) {
		if !errors.Is(err, assign.ErrExisted) { // the run before has made it
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// A run may be killed at any request, with replicas ten seconds behind, and
// started again at once by a client that remembers nothing.
func TestARunCutAnywhereEndsTheSameWhenRunAgain(t *testing.T) {
	t.Parallel()
	for _, lands := range []bool{false, true} {
		for k, whole := 1, false; !whole; k++ {
			synctest.Test(t, func(t *testing.T) {
				fake := graphfake.New(&graphfake.Options{TB: t, Seed: uint64(k), Replication: &graphfake.Replication{Copying: 5 * time.Second}})
				connect := func(transport http.RoundTripper) *entra.Client {
					client, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: faulttest.Record(transport), Options: graph.Options{InFlight: 1}})
					require.NoError(t, err)
					return client
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				cut := &scissors{next: fake.Transport(), left: k, lands: lands, stop: cancel}
				whole = flow(ctx, connect(cut)) == nil
				started := time.Now()
				what := fmt.Sprintf("cut at request %d (landed: %v)", k, lands)
				require.NoError(t, flow(t.Context(), connect(fake.Transport())), what)
				assert.Less(t, time.Since(started), 2*time.Minute, what)

				fake.Settle()
				require.Len(t, fake.Applications(), 1, what)
				assert.Len(t, fake.Applications()[0].AppRoles, 1, what)
				require.Len(t, principals(fake), 1, what)
				assert.Len(t, fake.Users(), 3, what)
				assert.Len(t, fake.Assignments(principals(fake)[0].ID), 3, what)
			})
			require.Less(t, k, 200, "the flow never ends")
		}
	}
}

// principals are the service principals of this test's application.
func principals(fake *graphfake.Server) (found []graphfake.ServicePrincipal) {
	for _, principal := range fake.ServicePrincipals() {
		if principal.DisplayName == "CORPDB1" {
			found = append(found, principal)
		}
	}
	return found
}
