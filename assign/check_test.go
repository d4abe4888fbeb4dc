package assign_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

func TestCheckSaysWhatMovedSinceThePlan(t *testing.T) {
	t.Parallel()
	ada, bob, cy := held("ada", general), held("bob", general), held("cy", general)
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General", "dee@x,General", "eve@x,General"), []assign.Assignment{ada, bob, cy}, removing(whole()))
	require.NoError(t, err)
	require.Equal(t, []string{"+dee General", "+eve General", "-bob General", "-cy General"}, brief(plan))
	again := bob
	again.ID = "bob-general-made-anew"
	for _, test := range []struct {
		reason         string
		now            []assign.Assignment
		appeared, gone []string
	}{
		{reason: "nothing happened", now: []assign.Assignment{cy, bob, ada}},
		{reason: "the plan is half applied", now: []assign.Assignment{ada, cy, held("dee", general)}},
		{reason: "the plan is applied", now: []assign.Assignment{ada, held("eve", general), held("dee", general)}},
		{reason: "somebody gave a role to another", now: []assign.Assignment{ada, bob, cy, held("fay", general)}, appeared: []string{"fay"}},
		{reason: "somebody gave another role", now: []assign.Assignment{ada, bob, cy, held("ada", auditor)}, appeared: []string{"ada"}},
		{reason: "somebody took away what the plan counts on", now: []assign.Assignment{bob, cy}, gone: []string{"ada"}},
		{reason: "somebody gave anew what the plan takes away", now: []assign.Assignment{ada, again, cy}, appeared: []string{"bob"}},
		{reason: "an empty answer", gone: []string{"ada"}},
	} {
		err := plan.Check(test.now)
		if test.appeared == nil && test.gone == nil {
			assert.NoError(t, err, test.reason)
			continue
		}
		var moved *assign.MovedError
		require.ErrorAs(t, err, &moved, test.reason)
		principals := func(all []assign.Assignment) (ids []string) {
			for _, a := range all {
				ids = append(ids, a.PrincipalID)
			}
			return slices.Compact(ids)
		}
		assert.Equal(t, test.appeared, principals(moved.Appeared), test.reason)
		assert.Equal(t, test.gone, principals(moved.Gone), test.reason)
	}
	assert.EqualError(t, plan.Check([]assign.Assignment{held("fay", general), bob, cy}),
		"the assignments of CORPDB1 have changed since the plan was made: 1 appeared (the first is of Display fay), 1 gone (the first is of Display ada); make a new plan")

	ada.ResourceID = "another"
	assert.ErrorIs(t, plan.Check([]assign.Assignment{ada}), assign.ErrOtherApplication)
}
