package chaos_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/roster"
)

// TestSecondRunWritesNothing: whoever runs the flow every night must be able to
// trust that nothing is written when nothing has changed.
func TestSecondRunWritesNothing(t *testing.T) {
	t.Parallel()
	for _, s := range scenes {
		for _, replicas := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := trial{scene: s, page: 2, tenant: tenant(1, replicas)}.newWorld(t)
				require.Empty(t, w.must(t.Context()))
				time.Sleep(time.Minute) // the night
				w.fake.ForgetRequests()
				require.Empty(t, w.must(t.Context()))
				assert.Empty(t, writes(w.fake), "%s, replicas %v", s, replicas)
			})
		}
	}
}

// TestSecondRunWritesWhatChanged: the test above would not hold for a flow that
// never writes a second time.
func TestSecondRunWritesWhatChanged(t *testing.T) {
	t.Parallel()
	for _, s := range scenes {
		synctest.Test(t, func(t *testing.T) {
			w := trial{scene: s, tenant: tenant(1, true)}.newWorld(t)
			require.Empty(t, w.must(t.Context()))
			time.Sleep(time.Minute)
			w.fake.ForgetRequests()
			f := w.flow(nil)
			f.rows = withRole(f.rows, "a07", "Reader") // was General
			require.NoError(t, f.run(t.Context()))
			want := []string{"POST /servicePrincipals/{servicePrincipal}/appRoleAssignedTo"}
			if s.removes() {
				want = append(want, "DELETE /servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}")
			}
			assert.Equal(t, want, writes(w.fake), s)
		})
	}
}

// tenant returns the options of a tenant, with replicas if it is to have them.
func tenant(seed uint64, replicas bool) graphfake.Options {
	o := graphfake.Options{Seed: seed, Patience: graphfake.PatienceAll}
	if replicas {
		o.Replication = replicated(seed)
	}
	return o
}

// writes returns the operations that were asked for and are no reads.
func writes(fake *graphfake.Server) (operations []string) {
	for _, r := range fake.Requests() {
		if r.Method != http.MethodGet && r.Path != "/$batch" {
			operations = append(operations, r.Operation())
		}
	}
	return operations
}

// withRole returns the rows with another role in the row of one account.
func withRole(rows []roster.Row, account, role string) (changed []roster.Row) {
	for _, row := range rows {
		if row.Get("Account") == account {
			var fields []string
			for column, value := range row.All() {
				if column == "Role" {
					value = role
				}
				fields = append(fields, value)
			}
			row = roster.NewRow(row.Header(), row.Line(), fields)
		}
		changed = append(changed, row)
	}
	return changed
}
