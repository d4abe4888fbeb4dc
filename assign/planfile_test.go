package assign_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

// goodPlan adds to ada and removes from bob.
func goodPlan(t testing.TB) (assign.Plan, string) {
	t.Helper()
	group := held("staff", general)
	group.PrincipalType = "Group"
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), []assign.Assignment{held("bob", general), group}, removing(whole()))
	require.NoError(t, err)
	var file bytes.Buffer
	require.NoError(t, plan.Encode(&file))
	return plan, file.String()
}

func TestAPlanFileOfVersion3StaysReadable(t *testing.T) {
	t.Parallel()
	plan, file := goodPlan(t)
	stored, err := os.ReadFile("testdata/plan.v3.json")
	require.NoError(t, err)
	if os.Getenv("UPDATE_TESTDATA") != "" {
		stored = []byte(file)
		require.NoError(t, os.WriteFile("testdata/plan.v3.json", stored, 0o644))
	}
	assert.Equal(t, string(stored), file, "a plan that was approved yesterday must be readable tomorrow: a changed format needs a new version")
	decoded, err := assign.DecodePlan(bytes.NewReader(stored))
	require.NoError(t, err)
	assert.Equal(t, plan, decoded)
}

func TestAFileThatIsNotThisPlanIsRefused(t *testing.T) {
	t.Parallel()
	_, good := goodPlan(t)
	swap := func(old, new string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, new, 1)
	}
	for _, test := range []struct {
		reason, file string
		err          error
		text         string
	}{
		{"an empty file", " \n", assign.ErrTruncated, "this can't be used as a rollcall plan: it is empty"},
		{"a file cut short by a full disk", good[:len(good)/2], assign.ErrTruncated, "it ends in the middle"},
		{"all but the last brace", strings.TrimRight(good, "}\n"), assign.ErrTruncated, "it ends in the middle"},
		{"a roster in its place", "Email,Role\nada@x,General\n", assign.ErrMalformed, "it is not JSON"},
		{"an array", "[]", assign.ErrMalformed, "it is not JSON of that kind"},
		{"other JSON", `{"rows": []}`, assign.ErrMalformed, `it is JSON, but says that it is ""`},
		{"another file of this library", swap(`"rollcall plan"`, `"rollcall snapshot"`), assign.ErrMalformed, `says that it is "rollcall snapshot"`},
		{"a newer program's file", swap(`"version": 3`, `"version": 4`), assign.ErrVersion, "use the newer program that wrote it"},
		{"an older program's file", swap(`"version": 3`, `"version": 2`), assign.ErrVersion, "make it anew"},
		{"two files in one", good + good, assign.ErrMalformed, "after top-level value"},
		{"a field that this version doesn't know and would not obey", swap(`"changes"`, `"dryRun": true, "changes"`), assign.ErrMalformed, `unknown field "dryRun"`},
		{"a value of another type", swap(`"met": 0`, `"met": "none"`), assign.ErrMalformed, "cannot unmarshal"},
		{"an unknown action", swap(`"action": "add"`, `"action": "replace"`), assign.ErrMalformed, "change 1 (replace of ada) does not fit"},
		{"a state that was edited", swap(`"principalType": "Group"`, `"principalType": "User"`), assign.ErrMalformed, "was changed in the file"},
		{"a state that was cut", swap(`"principalId": "staff"`, `"principalId": "ada"`), assign.ErrMalformed, "was changed in the file"},
		{"an assignment of another application", swap(`"resourceId": "`+testApp.ResourceID+`",
   "appRoleId"`, `"resourceId": "another", "appRoleId"`), assign.ErrMalformed, "another application"},
		{"a limit that was edited below what the plan does", swap(`"maxRemovals": 9223372036854775807`, `"maxRemovals": 0`), assign.ErrMalformed, "only 0 may go"},
		{"a negative limit", swap(`"maxAdditions": 10000`, `"maxAdditions": -1`), assign.ErrMalformed, "none that a policy can set"},
		{"no share of additions", swap(`"maxAdditionShare": 1000`, `"maxAdditionShare": 0`), assign.ErrMalformed, "none that a policy can set"},
		{"more than all may go", swap(`"maxRemovalShare": 1`, `"maxRemovalShare": 50`), assign.ErrMalformed, "none that a policy can set"},
		{"no application", swap(`"resourceId": "`+testApp.ResourceID+`"`, `"resourceId": ""`), assign.ErrMalformed, "another application"},
		{"an addition of nobody", swap(`"principalId": "ada"`, `"principalId": ""`), assign.ErrMalformed, "change 1 names no user or no role"},
		{"an addition of what was there", swap(`"principalId": "ada"`, `"principalId": "bob"`), assign.ErrMalformed, "change 1 (add of bob) does not fit"},
		{"a removal of what was not there", swap(`"assignmentId": "bob-general"`, `"assignmentId": "cy-general"`), assign.ErrMalformed, "change 2 (remove of bob) does not fit"},
		{"a removal of another's assignment", swap(`"assignmentId": "bob-general"`, `"assignmentId": "staff-general"`), assign.ErrMalformed, "does not fit"},
		{"a removal of a group's assignment", strings.Replace(swap(`"assignmentId": "bob-general"`, `"assignmentId": "staff-general"`),
			`"principalId": "bob"`, `"principalId": "staff"`, 1), assign.ErrMalformed, "change 2 (remove of staff) does not fit"},
	} {
		plan, err := assign.DecodePlan(strings.NewReader(test.file))
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.NotContains(t, err.Error(), "\n", test.reason)
		assert.Empty(t, plan, test.reason)
	}
}

func TestAChangeMayBeStruckFromAPlanFile(t *testing.T) {
	t.Parallel()
	plan, _ := goodPlan(t)
	plan.Changes = plan.Changes[:1]
	var file bytes.Buffer
	require.NoError(t, plan.Encode(&file))
	decoded, err := assign.DecodePlan(&file)
	require.NoError(t, err, "an approver may take out what they don't want")
	assert.Equal(t, []string{"+ada General"}, brief(decoded))

	plan.Changes = append(plan.Changes, plan.Changes[0])
	require.NoError(t, plan.Encode(&file))
	_, err = assign.DecodePlan(&file)
	assert.ErrorContains(t, err, "change 2 is a repetition or out of order")
}

func TestAPlanOfAnotherApplicationIsRefused(t *testing.T) {
	t.Parallel()
	plan, _ := goodPlan(t)
	require.NoError(t, plan.ForApplication(strings.ToUpper(testApp.ResourceID)))
	err := plan.ForApplication("bbbb")
	assert.ErrorIs(t, err, assign.ErrOtherApplication)
	assert.EqualError(t, err, "this can't be used as a rollcall plan: it was made for CORPDB1 (service principal "+testApp.ResourceID+") and not for service principal bbbb")
}

func TestAFileThatCanNotBeReadIsItsReadersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	_, err := assign.DecodePlan(iotest.ErrReader(broken))
	assert.ErrorIs(t, err, broken)
}

func FuzzDecodePlan(f *testing.F) {
	_, good := goodPlan(f)
	f.Add(good)
	f.Add(good[:len(good)-10])
	f.Add(strings.Replace(good, "ada", "bob", -1))
	f.Add(`{"kind": "rollcall plan", "version": 1}`)
	f.Add("null")
	f.Fuzz(func(t *testing.T, file string) {
		plan, err := assign.DecodePlan(strings.NewReader(file))
		if err != nil {
			refused := errors.Is(err, assign.ErrTruncated) || errors.Is(err, assign.ErrVersion) || errors.Is(err, assign.ErrMalformed)
			require.True(t, refused, "%v", err)
			assert.NotContains(t, err.Error(), "\n", "one line")
			return
		}
		var first, second bytes.Buffer
		require.NoError(t, plan.Encode(&first))
		want := first.String()
		plan, err = assign.DecodePlan(&first)
		require.NoError(t, err, "what was accepted once is accepted again")
		require.NoError(t, plan.Encode(&second))
		assert.Equal(t, want, second.String())
	})
}

// A plan of one removal was approved; somebody adds the others by hand.
func TestAPlanEditedBeyondItsLimitsIsRefused(t *testing.T) {
	t.Parallel()
	var current []assign.Assignment
	var wanted []assign.Want
	for i := range 40 {
		user := fmt.Sprintf("user%02d", i)
		current = append(current, held(user, general))
		if i > 0 {
			wanted = append(wanted, assign.Want{PrincipalID: user, AppRoleID: general.ID})
		}
	}
	plan, err := assign.NewPlan(testApp, wanted, current, &assign.Policy{Remove: assign.RemoveUnlisted, Roll: whole()})
	require.NoError(t, err)
	require.Len(t, plan.Changes, 1)
	for _, a := range plan.Before[1:] {
		plan.Changes = append(plan.Changes, assign.Change{Action: assign.Remove, PrincipalID: a.PrincipalID, AppRoleID: a.AppRoleID, AssignmentID: a.ID})
	}
	var file bytes.Buffer
	require.NoError(t, plan.Encode(&file))
	_, err = assign.DecodePlan(&file)
	require.ErrorIs(t, err, assign.ErrMalformed)
	assert.ErrorContains(t, err, "the plan would remove 40 of 40 direct assignments and only 4 may go")
}
