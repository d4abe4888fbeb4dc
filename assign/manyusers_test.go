package assign_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

func TestAPlanOfManyUsersMissesNobody(t *testing.T) {
	t.Parallel()
	wants, current := bigState(9001)
	plan, err := assign.NewPlan(testApp, wants, current, nil)
	require.NoError(t, err)

	held, expected := make(map[string]bool), []string(nil)
	for _, a := range current {
		held[a.PrincipalID] = true
	}
	for _, want := range wants {
		if !held[want.PrincipalID] {
			expected = append(expected, want.PrincipalID)
		}
	}
	slices.Sort(expected)
	var added []string
	for _, change := range plan.Changes {
		added = append(added, change.PrincipalID)
	}
	assert.Equal(t, expected, added)
	assert.Equal(t, len(current), plan.Kept.Met)
	assert.Len(t, plan.Before, len(current))

	var file bytes.Buffer
	require.NoError(t, plan.Encode(&file))
	_, err = assign.DecodePlan(&file)
	require.NoError(t, err, "the order and the basis must be those of the whole state")

	for i := range current {
		current[i].PrincipalID = strings.ToUpper(current[i].PrincipalID)
	}
	slices.Reverse(current)
	slices.Reverse(wants)
	again, err := assign.NewPlan(testApp, wants, append(current, current...), nil)
	require.NoError(t, err)
	assert.Equal(t, plan, again, "neither order nor letter case nor repeats may matter")
}
