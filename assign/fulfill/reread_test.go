package fulfill_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// The desk must hear that an account which it was asked to close is in use again, also if
// it is one that several people share and nothing else is asked for.
func TestATicketToCloseASharedAccountIsUntrueWhenOneHasAnotherRole(t *testing.T) {
	t.Parallel()
	for _, newcomer := range []bool{false, true} {
		a := newSmallApp(t)
		a.login["ADA1"] = []string{"ada", "eve"}
		delete(a.login, "EVE1")
		a.look()
		delete(a.has, "ada")
		delete(a.has, "eve")
		a.look()
		require.Equal(t, []string{"closeAccount ADA1"}, a.deliver())
		if newcomer {
			a.has["zoe"], a.status["zoe"] = []string{"r-1"}, "enabled"
			a.login["ADA1"] = append(a.login["ADA1"], "zoe")
		} else {
			a.has["eve"] = []string{"r-2"}
		}
		a.look()
		assert.Empty(t, a.deliver())
		assert.Len(t, a.journal.State().Revocations().Untrue, 1, "newcomer: %v", newcomer)
		delete(a.has, "eve")
		delete(a.has, "zoe")
		a.look()
		assert.Equal(t, []string{"closeAccount ADA1"}, a.deliver(), "newcomer: %v", newcomer)
	}
}

// A role's new name is no change for reviewers.
func TestARoleThatIsRenamedChangesNobodysAccess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "CORPDB1.journal")
	journal, access := open(t, path), reads(nil, granted("ada", general), granted("bob", auditor))
	note(t, journal, look(january, access), nil)
	require.NoError(t, journal.BeginCampaign("2026"))
	now, renamed := look(advent, access), general
	renamed.DisplayName = "Everyday use"
	now.Roles = []assign.AppRole{renamed, auditor}
	note(t, journal, now, nil)
	changes, err := fulfill.ChangesSince(path, 0)
	require.NoError(t, err)
	require.Len(t, changes, 2)
	for _, change := range changes {
		assert.Equal(t, fulfill.ChangeUnchanged, change.Kind, change.Person.Name)
	}
}

// What somebody gave by hand, after ours was taken away, is not from rollcall.
func TestTheHistoryTellsOursFromWhatWasGivenLater(t *testing.T) {
	t.Parallel()
	path, journal, store := ran(t)
	seen(t, journal, store, time.Now())
	require.Len(t, journal.State().Ours, 1)
	rest := reads(nil, granted("bob", general), granted("dee", general))
	note(t, journal, look(time.Now(), rest), nil)
	byHand := granted("ada", general)
	byHand.ID = "by-hand"
	note(t, journal, look(time.Now(), reads(nil, granted("bob", general), granted("dee", general), byHand)), nil)
	history, err := fulfill.ReadHistory(path)
	require.NoError(t, err)
	for _, p := range history.Periods {
		if p.PrincipalID == "ada" && p.To.IsZero() {
			assert.False(t, p.Ours, "%v", p)
		}
	}
}
