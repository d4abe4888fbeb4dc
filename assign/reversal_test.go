package assign_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// What somebody else gave is not rollcall's to take away.
func TestRemoveOursTakesAwayOnlyWhatIsOursAndUnlisted(t *testing.T) {
	t.Parallel()
	rows := wants(t, "ada@x,General")
	twice := held("cy", general)
	twice.ID = "by hand"
	for _, test := range []struct {
		reason  string
		current []assign.Assignment
		ours    []string
		want    []string
		kept    assign.Kept
	}{
		{"ours, and no row asks for it", []assign.Assignment{held("ada", general), held("cy", general)}, []string{"cy-general"},
			[]string{"-cy General"}, assign.Kept{Met: 1}},
		{"somebody else's", []assign.Assignment{held("ada", general), held("cy", general)}, nil, []string{}, assign.Kept{Met: 1, Unlisted: 1}},
		{"ours, and a row asks for it", []assign.Assignment{held("ada", general)}, []string{"ada-general"}, []string{}, assign.Kept{Met: 1}},
		{"given anew by somebody else", []assign.Assignment{held("ada", general), twice}, []string{"cy-general"}, []string{}, assign.Kept{Met: 1, Unlisted: 1}},
		{"ours, and another role of the same user is not", []assign.Assignment{held("ada", general), held("ada", auditor), held("cy", general), held("cy", auditor)},
			[]string{"cy-general", "ada-audit.read"}, []string{"-ada Auditor", "-cy General"}, assign.Kept{Met: 1, Unlisted: 1}},
		{"a group's is never removed", []assign.Assignment{held("ada", general), {ID: "g", PrincipalID: "staff", PrincipalType: "Group",
			ResourceID: testApp.ResourceID, AppRoleID: general.ID}}, []string{"g"}, []string{}, assign.Kept{Met: 1, Groups: 1}},
	} {
		policy := removing(whole())
		policy.Remove, policy.Ours = assign.RemoveOurs, test.ours
		plan, err := assign.NewPlan(testApp, rows, test.current, policy)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, brief(plan), test.reason)
		assert.Equal(t, test.kept, plan.Kept, test.reason)
	}
	policy := removing(nil)
	policy.Remove, policy.Ours = assign.RemoveOurs, []string{"cy-general"}
	_, err := assign.NewPlan(testApp, rows, []assign.Assignment{held("cy", general)}, policy)
	require.ErrorIs(t, err, assign.ErrUnfinished, "that it is ours says nothing about the roster")
}

func TestAReversalTakesBackWhatItIsGivenAndNothingElse(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("ada", general), held("bob", general), held("bob", auditor), held("cy", general)}
	back := []assign.Want{{PrincipalID: "dee", PrincipalName: "Dee", AppRoleID: auditor.ID}, {PrincipalID: "cy", AppRoleID: general.ID}}
	noLimits := assign.Policy{MaxRemovals: assign.NoLimit, MaxRemovalShare: 1}
	plan, err := assign.NewReversal(testApp, back, []string{"ada-general", "gone already"}, current, &noLimits)
	require.NoError(t, err)
	assert.Equal(t, []string{"+dee Auditor", "-ada General"}, brief(plan))
	assert.Equal(t, "the run that is undone took it away", plan.Changes[0].Reason)
	assert.Equal(t, "the run that is undone gave it", plan.Changes[1].Reason)
	assert.Equal(t, assign.Kept{Met: 1, Unlisted: 2}, plan.Kept)
	assert.Contains(t, text(t, plan.WriteText), "the run that is undone gave it")

	var file bytes.Buffer
	require.NoError(t, plan.Encode(&file))
	decoded, err := assign.DecodePlan(&file)
	require.NoError(t, err, "it is shown and approved like any other")
	assert.Equal(t, plan.Changes, decoded.Changes)
}

func TestAReversalKeepsThePolicysBounds(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("ada", general), held("bob", general), held("cy", general)}
	all := []string{"ada-general", "bob-general", "cy-general"}
	noLimits := func() *assign.Policy { return &assign.Policy{MaxRemovals: assign.NoLimit, MaxRemovalShare: 1} }
	for _, test := range []struct {
		reason string
		bound  func(*assign.Policy)
		want   []string
	}{
		{"a protected user", func(p *assign.Policy) { p.Protected = []string{"ADA"} }, []string{"-bob General", "-cy General"}},
		{"what a package delivers", func(p *assign.Policy) {
			p.Packages = &assign.Packages{Grants: []assign.PackageGrant{{PrincipalID: "bob", AppRoleID: general.ID}}}
		}, []string{"-ada General", "-cy General"}},
	} {
		policy := noLimits()
		test.bound(policy)
		plan, err := assign.NewReversal(testApp, nil, all, current, policy)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, brief(plan), test.reason)
	}

	var limit *assign.LimitError
	_, err := assign.NewReversal(testApp, nil, all[:2], current, nil)
	require.ErrorAs(t, err, &limit, "an undo may remove too much, too")
	policy := noLimits()
	policy.MinHolders = map[string]int{general.ID: 2}
	_, err = assign.NewReversal(testApp, nil, all[:2], current, policy)
	require.ErrorIs(t, err, assign.ErrTooFewHolders)
	policy = noLimits()
	policy.Remove = assign.RemoveUnlisted
	_, err = assign.NewReversal(testApp, nil, nil, current, policy)
	require.ErrorContains(t, err, "a reversal removes what it is given")
	var bad *assign.WantError
	_, err = assign.NewReversal(testApp, []assign.Want{{PrincipalID: "ada", AppRoleID: "none"}}, nil, current, nil)
	require.ErrorAs(t, err, &bad, "a role that the application no longer declares can't be given back")
	_, err = assign.NewReversal(testApp, nil, nil, []assign.Assignment{{ResourceID: "another"}}, nil)
	require.ErrorIs(t, err, assign.ErrOtherApplication)
}

// A change that was made before is done, and not ours: an undo must not take it back.
func TestApplyTellsWhatExistedFromWhatItMade(t *testing.T) {
	t.Parallel()
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General", "bob@x,General"), nil, nil)
	require.NoError(t, err)
	store := assigntest.NewMemory(testApp, held("bob", general)) // somebody was faster
	report, err := assign.Apply(t.Context(), store, plan, nil)
	require.NoError(t, err)
	existed := make(map[string]bool)
	for _, result := range report.Results {
		assert.Equal(t, assign.Done, result.State)
		assert.NoError(t, result.Err)
		existed[result.Change.PrincipalID] = result.Existed
	}
	assert.Equal(t, map[string]bool{"ada": false, "bob": true}, existed)

	data, err := json.Marshal(report.Results)
	require.NoError(t, err)
	var read []assign.Result
	require.NoError(t, json.Unmarshal(data, &read))
	assert.True(t, read[1].Existed, "a report that was kept says so too")
	assert.False(t, read[0].Existed)
}
