package assign_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// roleChanges is a plan that moves users from Auditor to General.
func roleChanges(t testing.TB, users ...string) (assign.Plan, *assigntest.Memory) {
	t.Helper()
	var lines []string
	var current []assign.Assignment
	for _, user := range users {
		lines = append(lines, user+"@x,General")
		current = append(current, held(user, auditor))
	}
	plan, err := assign.NewPlan(testApp, wants(t, lines...), current, removing(whole()))
	require.NoError(t, err)
	require.Len(t, plan.Changes, 2*len(users))
	return plan, assigntest.NewMemory(testApp, current...)
}

func TestApplyGoesOnAfterAFailureAndReportsOnEach(t *testing.T) {
	t.Parallel()
	plan, store := roleChanges(t, "ada", "bob", "cy")
	locked := errors.New("the user is locked")
	store.Fail = func(c assign.Change) error {
		if c.PrincipalID == "cy" && c.Action == assign.Remove || c.PrincipalID == "bob" && c.Action == assign.Add {
			return locked
		}
		return nil
	}
	var progress []string
	report, err := assign.Apply(t.Context(), store, plan, &assign.ApplyOptions{Progress: func(settled, total int) {
		progress = append(progress, fmt.Sprintf("%d/%d", settled, total))
	}})

	var states []string
	for i, result := range report.Results {
		assert.Equal(t, plan.Changes[i], result.Change, "results stand in the plan's order")
		states = append(states, fmt.Sprintf("%s %s %s", result.Change.Action, result.Change.PrincipalID, result.State))
	}
	assert.Equal(t, []string{"add ada done", "add bob failed", "add cy done", "remove ada done", "remove bob notTried", "remove cy failed"}, states,
		"bob keeps the old role, as the new one could not be given")
	assert.Equal(t, []string{"1/6", "2/6", "3/6", "4/6", "5/6"}, progress)
	assert.ErrorContains(t, report.Results[4].Err, "held back")

	var incomplete *assign.ApplyError
	require.ErrorAs(t, err, &incomplete)
	assert.Equal(t, []int{6, 2, 1}, []int{incomplete.Total, incomplete.Failed, incomplete.NotTried})
	assert.ErrorIs(t, err, locked, "what failed can be acted on")
	assert.EqualError(t, err, "2 of 6 changes failed and 1 were not tried; the first failure: add General for bob@x: the user is locked; apply the plan again for the rest")

	store.Fail = nil
	report, err = assign.Apply(t.Context(), store, plan, nil)
	require.NoError(t, err, "the same plan again makes the rest")
	assert.Equal(t, 6, report.Count(assign.Done))
}

func TestApplyOfAnEmptyPlanWritesNothing(t *testing.T) {
	t.Parallel()
	report, err := assign.Apply(t.Context(), scripted(func(context.Context, []assign.Change, func(int, error) bool) {
		t.Error("the writer was called")
	}), assign.Plan{}, nil)
	require.NoError(t, err)
	assert.Empty(t, report.Results)
}

// A writer must know that an assignment is new: a replica may not show it yet, and
// "not found" is no proof then that it is gone.
func TestApplyTellsTheWriterWhenWhatItRemovesWasMade(t *testing.T) {
	t.Parallel()
	old := held("ada", auditor)
	old.CreatedDateTime = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), []assign.Assignment{old}, removing(whole()))
	require.NoError(t, err)
	created := map[assign.Action]time.Time{}
	_, err = assign.Apply(t.Context(), assign.WriterFunc(func(_ context.Context, _ string, c assign.Change) error {
		created[c.Action] = c.Created
		return nil
	}), plan, nil)
	require.NoError(t, err)
	assert.Equal(t, map[assign.Action]time.Time{assign.Add: {}, assign.Remove: old.CreatedDateTime}, created)
}

func TestAChangeWithoutAnActionIsNotMade(t *testing.T) {
	t.Parallel()
	report, err := assign.Apply(t.Context(), assign.WriterFunc(func(context.Context, string, assign.Change) error {
		t.Error("the writer was called")
		return nil
	}), assign.Plan{Changes: []assign.Change{{PrincipalID: "ada", AppRoleID: general.ID}}}, nil)
	assert.ErrorContains(t, err, `the action "" means nothing`)
	assert.Equal(t, 1, report.Count(assign.Failed))
}

// scripted is a Writer that does as the function says.
type scripted func(ctx context.Context, changes []assign.Change, yield func(int, error) bool)

func (s scripted) WriteAssignments(ctx context.Context, _ string, changes []assign.Change) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) { s(ctx, changes, yield) }
}

func TestAnEndedContextLeavesTheRestNotTried(t *testing.T) {
	t.Parallel()
	plan, store := roleChanges(t, "ada", "bob", "cy")
	ctx, stop := context.WithCancel(t.Context())
	report, err := assign.Apply(ctx, store, plan, &assign.ApplyOptions{Progress: func(settled, _ int) {
		if settled == 2 {
			stop()
		}
	}})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []int{2, 0, 4}, []int{report.Count(assign.Done), report.Count(assign.Failed), report.Count(assign.NotTried)},
		"an interrupt is no failure of a change")

	ctx, stop = context.WithCancel(t.Context())
	report, err = assign.Apply(ctx, store, plan, &assign.ApplyOptions{Progress: func(settled, total int) {
		if settled == total {
			stop()
		}
	}})
	require.NoError(t, err, "an interrupt after the last change is too late to matter")
	assert.Equal(t, 6, report.Count(assign.Done))
}

func TestATimeoutOfOneWriteIsAFailureAndNotTheEnd(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada", "bob")
	report, err := assign.Apply(t.Context(), scripted(func(_ context.Context, changes []assign.Change, yield func(int, error) bool) {
		for i := range changes {
			yield(i, fmt.Errorf("write: %w", context.DeadlineExceeded))
		}
	}), plan, nil)
	assert.Equal(t, 2, report.Count(assign.Failed))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestAWriterThatBreaksItsContractIsCaught(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		writer scripted
		text   string
		done   int
	}{
		{"a change reported twice may hide one that was not made", func(_ context.Context, _ []assign.Change, yield func(int, error) bool) {
			for _, i := range []int{0, 0, 1} {
				if !yield(i, nil) {
					return
				}
			}
		}, "it reported twice on the change for ada", 1},
		{"an index beyond the changes", func(_ context.Context, changes []assign.Change, yield func(int, error) bool) {
			_ = yield(1, nil) && yield(len(changes), nil)
		}, "it reported on change 2 of 2", 1},
		{"an index below 0", func(_ context.Context, _ []assign.Change, yield func(int, error) bool) { yield(-1, nil) }, "it reported on change -1 of 2", 0},
		{"changes that nothing is said of were perhaps never made", func(_ context.Context, _ []assign.Change, yield func(int, error) bool) {
			yield(1, nil)
		}, "it reported on 1 changes of 2", 1},
	} {
		plan, _ := roleChanges(t, "ada", "bob")
		calls := 0
		report, err := assign.Apply(t.Context(), scripted(func(ctx context.Context, changes []assign.Change, yield func(int, error) bool) {
			calls++
			test.writer(ctx, changes, yield)
		}), plan, nil)
		assert.ErrorIs(t, err, assign.ErrWriter, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Equal(t, test.done, report.Count(assign.Done), test.reason)
		assert.Equal(t, 1, calls, "nothing is removed through such a writer")
	}
}

func TestReportAsJSONAndWhatToVerify(t *testing.T) {
	t.Parallel()
	plan, store := roleChanges(t, "ada")
	store.Fail = func(c assign.Change) error {
		if c.Action == assign.Remove {
			return errors.New("no permission")
		}
		return nil
	}
	report, _ := assign.Apply(t.Context(), store, plan, nil)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"assignmentId":"ada-audit.read"`)
	assert.Contains(t, string(text), `"state":"failed","error":"no permission"`)
	assert.Equal(t, []string{"+ada General"}, brief(report.Done()), "to wait for what failed would be to wait in vain")

	var again *assign.Report
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, report.Results[0], again.Results[0])
	assert.EqualError(t, again.Results[1].Err, "no permission")
	again.Results[1].Err = report.Results[1].Err
	assert.Equal(t, report.Results, again.Results)
	assert.Equal(t, report.Application+report.ResourceID, again.Application+again.ResourceID)
}

func TestAReportThatWasNotWrittenByThisVersionIsRefused(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(assign.Report{ResourceID: "app", Results: []assign.Result{{State: assign.Unclear}}})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, new(assign.Report)))
	for _, test := range []struct {
		reason, old, new string
		err              error
	}{
		{"a newer program's", `"version":1`, `"version":2`, assign.ErrVersion},
		{"an older program's", `"version":1`, `"version":0`, assign.ErrVersion},
		{"a plan", `"rollcall report"`, `"rollcall plan"`, assign.ErrMalformed},
		{"without a kind", `"kind"`, `"Art"`, assign.ErrMalformed},
		{"a state that was not known", `"unclear"`, `"maybe"`, assign.ErrMalformed},
		{"no state", `"unclear"`, `""`, assign.ErrMalformed},
		{"a field that it doesn't know", `"results"`, `"note":"","results"`, assign.ErrMalformed},
		{"a field of a result that it doesn't know", `"state"`, `"note":"","state"`, assign.ErrMalformed},
	} {
		require.Contains(t, string(text), test.old, test.reason)
		err := json.Unmarshal([]byte(strings.Replace(string(text), test.old, test.new, 1)), new(assign.Report))
		assert.ErrorIs(t, err, test.err, test.reason)
	}
}

func TestAWriteUnderWayAtTheEndIsUnclear(t *testing.T) {
	t.Parallel()
	plan, _ := roleChanges(t, "ada", "bob")
	ctx, stop := context.WithCancel(t.Context())
	report, err := assign.Apply(ctx, assign.WriterFunc(func(ctx context.Context, _ string, change assign.Change) error {
		stop() // while the request is on its way
		return fmt.Errorf("post: %w", ctx.Err())
	}), plan, nil)
	assert.ErrorIs(t, err, context.Canceled)
	var incomplete *assign.ApplyError
	require.ErrorAs(t, err, &incomplete)
	assert.Equal(t, []int{4, 0, 1, 3}, []int{incomplete.Total, incomplete.Failed, incomplete.Unclear, incomplete.NotTried})
	assert.ErrorContains(t, err, "0 of 4 changes failed and 3 were not tried; 1 may have been made: stopped: context canceled")
	assert.ErrorIs(t, report.Results[0].Err, assign.ErrUnclear)
	assert.Empty(t, report.Done().Changes)
	assert.Contains(t, text(t, report.WriteText), "       1  under way when time ran out; apply the plan again to settle them\n")

	report, err = assign.Apply(t.Context(), assign.WriterFunc(func(_ context.Context, _ string, change assign.Change) error {
		if change.PrincipalID == "ada" && change.Action == assign.Add {
			return fmt.Errorf("a time limit of the writer's own: %w", assign.ErrUnclear)
		}
		return nil
	}), plan, nil)
	require.ErrorAs(t, err, &incomplete, "an unclear change is not a change that is made")
	assert.Equal(t, []int{2, 1, 1}, []int{report.Count(assign.Done), report.Count(assign.Unclear), report.Count(assign.NotTried)},
		"ada keeps the old role, as the new one may not be there")
}
