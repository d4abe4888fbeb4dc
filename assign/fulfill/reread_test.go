package fulfill_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
