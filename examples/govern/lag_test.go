package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// hidden makes listings of assignments lag: times of them, after others, show nothing.
func hidden(after, times int) graphfake.Fault {
	return graphfake.Fault{Method: "GET", Path: "/servicePrincipals/{id}/appRoleAssignedTo", Effect: graphfake.HideObjects,
		After: after, Times: times}
}

func TestSnapshotAndRevocations_DoNotTakeAListingsWord(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	r.Inject(hidden(0, -1))
	got := r.review()
	require.Equal(t, exitDone, got.status, got.err)
	snapshot := readState(t, r.snapshot)
	require.Len(t, snapshot.People, 4)
	for _, person := range snapshot.People {
		assert.NotEmpty(t, person.Held, "whoever is lacking in the snapshot is never listed when they lose the role")
	}
	got = r.revocations("-json")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Empty(t, got.document(t)["revocations"].(map[string]any)["accounts"], "nobody has lost anything")
}

// A second run has nothing to do, and its snapshot rests on listings of which any two
// in a row may lag.
func TestRun_KeepsAWholeSnapshotWhenNothingIsToDo(t *testing.T) {
	t.Parallel()
	for after := range 7 {
		t.Run(fmt.Sprint("after ", after), func(t *testing.T) {
			t.Parallel()
			c := newCompany(t, "ada", "bob", "cy")
			args := flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General", "-yes")
			require.Equal(t, exitDone, c.govern(with("run", args)...).status)
			c.assign(c.ServicePrincipals()[0], "cy", 0) // on no list
			path := filepath.Join(t.TempDir(), "s.json")
			c.Inject(hidden(after, 2))
			got := c.govern(with("run", args, "-snapshot", path, "-wait", "5s")...)
			c.ClearFaults()
			require.Equal(t, exitDone, got.status, got.err)
			snapshot := readState(t, path)
			assert.Len(t, snapshot.People, 3)
			for _, person := range snapshot.People {
				assert.NotEmpty(t, person.Held)
			}
		})
	}
}

// A listing that lags must not hide whom a plan has to remove.
func TestRun_RemovesWhomOneListingLacks(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	for _, name := range []string{"ada", "bob", "cy"} {
		c.assign(app, name, 0)
	}
	c.Inject(hidden(0, 1))
	args := flow(rows(t, row("ada", ""), row("bob", "")), "-role", "General", "-remove", "unlisted", "-yes")
	got := c.govern(with("run", args)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "bob: General"}, c.assigned("CORPDB1"))
}
