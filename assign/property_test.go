package assign_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// A world is a random roster and a random state of the directory.
type world struct {
	wants   []assign.Want
	current []assign.Assignment
	policy  *assign.Policy
}

// randomWorld has few users, so that every case of the truth table comes about.
func randomWorld(t testing.TB, random *rand.Rand) world {
	var w world
	roles := []assign.AppRole{general, auditor}
	user := func() string { return fmt.Sprintf("user%02d", random.IntN(15)) }
	for line := range random.IntN(20) {
		id := user()
		w.wants = append(w.wants, assign.Want{PrincipalID: id, PrincipalName: id + "@x", AppRoleID: roles[random.IntN(2)].ID,
			Source: assign.Source{File: "users.csv", Line: line + 2, Key: id + "@x"}})
	}
	there := make(map[string]bool)
	for range random.IntN(20) {
		a := held(user(), roles[random.IntN(2)])
		if random.IntN(5) == 0 {
			a.ID, a.PrincipalID, a.PrincipalType = "g"+a.ID, "g"+a.PrincipalID, "Group"
		}
		if !there[a.ID] {
			w.current = append(w.current, a)
		}
		there[a.ID] = true
	}
	var listed, unsettled []string
	for range random.IntN(5) {
		listed = append(listed, user())
	}
	for range random.IntN(3) {
		unsettled = append(unsettled, user())
	}
	w.policy = removing(rollOf(t, listed, unsettled))
	if random.IntN(2) == 0 {
		w.policy.Remove = assign.RemoveNothing
	}
	return w
}

func (w world) plan(t *testing.T) assign.Plan {
	t.Helper()
	plan, err := assign.NewPlan(testApp, w.wants, w.current, w.policy)
	require.NoError(t, err)
	return plan
}

// seeds runs a property over many random worlds, each repeatable by its number.
func seeds(t *testing.T, property func(t *testing.T, random *rand.Rand)) {
	t.Helper()
	for seed := range uint64(400) {
		property(t, rand.New(rand.NewPCG(seed, 0)))
		if t.Failed() {
			t.Fatalf("in the world with seed %d", seed)
		}
	}
}

func TestAPlanThatIsAppliedLeavesNothingToDo(t *testing.T) {
	t.Parallel()
	changes := 0
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		store := assigntest.NewMemory(testApp, w.current...)
		plan := w.plan(t)
		_, err := assign.Apply(t.Context(), store, plan, nil)
		require.NoError(t, err)
		w.current, err = store.Assignments(t.Context(), testApp.ResourceID)
		require.NoError(t, err)
		require.NoError(t, plan.Check(w.current), "a plan's own changes are no drift")
		assert.Empty(t, w.plan(t).Changes)
		changes += len(plan.Changes)
	})
	assert.Greater(t, changes, 400, "worlds in which nothing happens would prove nothing")
}

// The property above must be able to fail.
func TestAPlanThatIsNotWhollyAppliedLeavesTheRestToDo(t *testing.T) {
	t.Parallel()
	left := 0
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		store := assigntest.NewMemory(testApp, w.current...)
		store.Fail = func(c assign.Change) error {
			if c.PrincipalID == "user07" {
				return errors.New("user07 can't be written")
			}
			return nil
		}
		report, err := assign.Apply(t.Context(), store, w.plan(t), nil)
		w.current, _ = store.Assignments(t.Context(), testApp.ResourceID)
		open := report.Count(assign.Failed) + report.Count(assign.NotTried)
		assert.Len(t, w.plan(t).Changes, open)
		assert.Equal(t, open > 0, err != nil)
		left += open
	})
	assert.Greater(t, left, 20)
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		plan := w.plan(t)
		random.Shuffle(len(w.wants), func(i, j int) { w.wants[i], w.wants[j] = w.wants[j], w.wants[i] })
		random.Shuffle(len(w.current), func(i, j int) { w.current[i], w.current[j] = w.current[j], w.current[i] })
		assert.Equal(t, plan, w.plan(t))
	})
}

func TestAPlanIsAsLongAsTheDifference(t *testing.T) {
	t.Parallel()
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		plan := w.plan(t)
		type pair struct{ user, role string }
		wanted, there := make(map[pair]bool), make(map[pair]bool)
		for _, want := range w.wants {
			wanted[pair{want.PrincipalID, want.AppRoleID}] = true
		}
		for _, a := range w.current {
			there[pair{a.PrincipalID, a.AppRoleID}] = true
		}
		missing := 0
		for p := range wanted {
			if !there[p] {
				missing++
			}
		}
		assert.Equal(t, missing, plan.Count(assign.Add), "by a definition in six lines")
		kept := plan.Kept.Met + plan.Kept.Unlisted + plan.Kept.Held + plan.Kept.Groups + plan.Kept.Others
		assert.Equal(t, len(w.current), kept+plan.Count(assign.Remove), "every assignment is counted once")
		assert.Equal(t, len(wanted), plan.Count(assign.Add)+plan.Kept.Met, "every want is counted once")
	})
}

func TestNoPlanRemovesMoreThanItsLimits(t *testing.T) {
	t.Parallel()
	refused, removed := 0, 0
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		w.policy.Remove = assign.RemoveUnlisted
		w.policy.MaxRemovals, w.policy.MaxRemovalShare = 1+random.IntN(4), random.Float64()
		direct := 0
		for _, a := range w.current {
			if a.PrincipalType == "User" {
				direct++
			}
		}
		plan, err := assign.NewPlan(testApp, w.wants, w.current, w.policy)
		n := plan.Count(assign.Remove)
		assert.LessOrEqual(t, n, w.policy.MaxRemovals)
		assert.LessOrEqual(t, float64(n), max(1, w.policy.MaxRemovalShare*float64(direct)))
		if removed += n; err != nil {
			refused++
		}
	})
	assert.Greater(t, refused, 20)
	assert.Greater(t, removed, 20)
}

func TestNoUnfinishedReadLeadsToARemoval(t *testing.T) {
	t.Parallel()
	spared := 0
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		w.policy.Remove = assign.RemoveUnlisted
		spared += w.plan(t).Count(assign.Remove)
		if random.IntN(2) == 0 {
			w.policy.Roll = assign.NewRoll(listing{unfinished: true}, nil)
		} else {
			w.policy.Roll = assign.NewRoll(listing{unresolved: accounts(t, "nobody@x,")}, nil)
		}
		plan, err := assign.NewPlan(testApp, w.wants, w.current, w.policy)
		assert.ErrorIs(t, err, assign.ErrUnfinished)
		assert.Zero(t, plan.Count(assign.Remove))
	})
	assert.Greater(t, spared, 100, "there was something to remove")
}

func TestAPlanFileReadsBackAsItWas(t *testing.T) {
	t.Parallel()
	seeds(t, func(t *testing.T, random *rand.Rand) {
		plan := randomWorld(t, random).plan(t)
		var file, again bytes.Buffer
		require.NoError(t, plan.Encode(&file))
		bytesOfFile := bytes.Clone(file.Bytes())
		decoded, err := assign.DecodePlan(&file)
		require.NoError(t, err)
		assert.Equal(t, plan, decoded)
		require.NoError(t, decoded.Encode(&again))
		assert.Equal(t, string(bytesOfFile), again.String(), "byte for byte, so that files can be compared")
	})
}

// Wherever a run is stopped, applying the same plan again ends in the same state.
func TestAPlanCutAnywhereAndAppliedAgainEndsInTheSameState(t *testing.T) {
	t.Parallel()
	seeds(t, func(t *testing.T, random *rand.Rand) {
		w := randomWorld(t, random)
		plan := w.plan(t)
		if len(plan.Changes) == 0 {
			return
		}
		store := assigntest.NewMemory(testApp, w.current...)
		ctx, stop := context.WithCancel(t.Context())
		cut := random.IntN(len(plan.Changes))
		report, err := assign.Apply(ctx, store, plan, &assign.ApplyOptions{Progress: func(settled, _ int) {
			if settled > cut {
				stop()
			}
		}})
		stop()
		if report.Count(assign.Done) < len(plan.Changes) {
			require.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, cut+1, report.Count(assign.Done))
		}
		now, err := store.Assignments(t.Context(), testApp.ResourceID)
		require.NoError(t, err)
		require.NoError(t, plan.Check(now))
		_, err = assign.Apply(t.Context(), store, plan, nil)
		require.NoError(t, err)
		w.current, err = store.Assignments(t.Context(), testApp.ResourceID)
		require.NoError(t, err)
		assert.Empty(t, w.plan(t).Changes)
	})
}
