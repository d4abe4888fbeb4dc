package assign_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

// A large is an application whose list takes long to read.
type large struct {
	current []assign.Assignment
	took    time.Duration // to read all
	refused error         // of users' own lists
	gone    string        // a user who is not found
	all     int           // how often everything was read
}

func (l *large) Assignments(ctx context.Context, _ string) ([]assign.Assignment, error) {
	l.all++
	select {
	case <-time.After(l.took):
		return l.current, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *large) UserAssignments(_ context.Context, _ string, users []string) ([][]assign.Assignment, error) {
	lists := make([][]assign.Assignment, len(users))
	for i, user := range users {
		if user == l.gone {
			continue
		}
		lists[i] = []assign.Assignment{}
		for _, a := range l.current {
			if a.PrincipalID == user || a.PrincipalType == "Group" {
				lists[i] = append(lists[i], a)
			}
		}
	}
	return lists, l.refused
}

// Two changes among 5,000 assignments must not wait for all of them to be read, and
// what was not read must not be called kept.
func TestVerifyReadsFewChangesByThemselves(t *testing.T) {
	t.Parallel()
	var before []assign.Assignment
	for i := range 5000 {
		before = append(before, held(fmt.Sprintf("user%04d", i), auditor))
	}
	group := held("staff", general)
	group.PrincipalType = "Group"
	before = append(before, group)
	plan := assign.Plan{ResourceID: before[0].ResourceID, Application: "CORPDB1", Before: before, Changes: []assign.Change{
		{Action: assign.Add, PrincipalID: "user0001", AppRoleID: general.ID},
		{Action: assign.Remove, PrincipalID: "user0002", AppRoleID: auditor.ID, AssignmentID: held("user0002", auditor).ID}}}
	after := append(append(append([]assign.Assignment{}, before[:2]...), before[3:]...), held("user0001", general))
	lost := append(append([]assign.Assignment{}, after[:1]...), after[2:]...) // user0001's other role
	for _, test := range []struct {
		reason       string
		reader       large
		all          int
		kept, unread int
		gone         int
		took         time.Duration
	}{
		{reason: "their lists show both", reader: large{current: after}, kept: 1, unread: 4999, took: 3 * time.Second},
		{reason: "their lists can't be read", reader: large{current: after, refused: errors.New("403")}, all: 2, kept: 5000, took: 3 * time.Second},
		{reason: "a user who is not there proves no removal", reader: large{current: after, gone: "user0002"}, all: 2, kept: 5000, took: 3 * time.Second},
		{reason: "what the plan leaves to them is looked for", reader: large{current: lost}, unread: 4999, gone: 1, took: 117 * time.Second},
		{reason: "reading takes most of the wait, and more of it for both looks", reader: large{current: after, refused: errors.New("403"), took: 90 * time.Second},
			all: 2, kept: 5000, took: 183 * time.Second},
		{reason: "a read that takes longer than the wait", reader: large{current: after, refused: errors.New("403"), took: 3 * time.Minute},
			all: 1, took: 2 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			seen, err := assign.Verify(t.Context(), &test.reader, plan, nil)
			assert.Equal(t, test.kept+test.unread == 5000, err == nil && seen.Confirmed, test.reason)
			assert.Equal(t, test.all, test.reader.all, test.reason)
			assert.Equal(t, test.kept, seen.Kept, test.reason)
			assert.Equal(t, test.unread, seen.Unread, test.reason)
			assert.Len(t, seen.Gone, test.gone, test.reason)
			assert.Equal(t, test.took, seen.Took, test.reason)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		plan.Before, plan.Changes = before[:500], plan.Changes[:1]
		_, err := assign.Verify(t.Context(), &large{current: after[:500]}, plan, nil)
		require.ErrorIs(t, err, assign.ErrNotVisible, "of 500, all are read, and user0002's loss is seen")
	})
}

// What was made of a plan is what programs verify. It must not be the slow way, and what
// the plan leaves must be looked for; but not what a failed change may have removed.
func TestVerifyReadsFewOfTheChangesThatWereMade(t *testing.T) {
	t.Parallel()
	var before []assign.Assignment
	for i := range 2000 {
		before = append(before, held(fmt.Sprintf("user%04d", i), auditor), held(fmt.Sprintf("user%04d", i), general))
	}
	remove := func(a assign.Assignment) assign.Change {
		return assign.Change{Action: assign.Remove, PrincipalID: a.PrincipalID, AppRoleID: a.AppRoleID, AssignmentID: a.ID}
	}
	plan := assign.Plan{ResourceID: before[0].ResourceID, Application: "CORPDB1", Before: before,
		Changes: []assign.Change{remove(before[0]), remove(before[2])}}
	report, err := assign.Apply(t.Context(), assign.WriterFunc(func(_ context.Context, _ string, change assign.Change) error {
		if change.AssignmentID == before[2].ID {
			return errors.New("the answer was lost")
		}
		return nil
	}), plan, nil)
	require.Error(t, err)
	for _, test := range []struct {
		reason string
		after  []assign.Assignment
		gone   int
	}{
		{"the change is seen, whatever became of the other", before[3:], 1},
		{"the other role is gone, too", before[4:], 1},
		{"the other role is there", append([]assign.Assignment{before[1]}, before[4:]...), 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			reader := &large{current: test.after, took: time.Minute}
			seen, err := assign.Verify(t.Context(), reader, report.Done(), nil)
			assert.Equal(t, test.gone == 0, err == nil, test.reason)
			assert.Len(t, seen.Gone, test.gone, test.reason)
			assert.Equal(t, 3997, seen.Unread, test.reason)
			assert.Zero(t, reader.all, test.reason)
		})
	}
}
