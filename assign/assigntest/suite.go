package assigntest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/assign"
)

// A Store is both ports of package assign on the same application.
type Store interface {
	assign.Reader
	assign.Writer
}

// A Fixture is an application without assignments, and what the suite needs of
// its surroundings. Reads must show writes at once: the suite doesn't wait.
type Fixture struct {
	Store      Store
	ResourceID string   // object id of the application's service principal
	Roles      []string // ids of two enabled roles that take users
	Users      []string // object ids of 45 users or more, so that there are several batches
}

// noSuchID is an object id that no tenant has.
const noSuchID = "fefefefe-fefe-4efe-8efe-fefefefefefe"

// TestStore checks what package assign relies on in a reader and a writer.
// newFixture is called once for each check.
func TestStore(t *testing.T, newFixture func(t *testing.T) Fixture) {
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			if err := check.run(t.Context(), newFixture(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// checks say in their names what a store must do. They return errors, so that
// this package's tests can show that each of them can fail.
var checks = []struct {
	name string
	run  func(ctx context.Context, f Fixture) error
}{
	{"no changes are no reports", func(ctx context.Context, f Fixture) error {
		return f.write(ctx)
	}},
	{"additions in several batches are there afterwards, as users' assignments", func(ctx context.Context, f Fixture) error {
		if err := f.write(ctx, f.additions(0, f.Users...)...); err != nil {
			return err
		}
		current, err := f.Store.Assignments(ctx, f.ResourceID)
		for _, a := range current {
			if a.ID == "" || a.PrincipalType != "User" || !strings.EqualFold(a.ResourceID, f.ResourceID) {
				return fmt.Errorf("an assignment is incomplete: %+v", a)
			}
		}
		return errors.Join(err, f.holds(ctx, 0, f.Users...))
	}},
	{"an addition that is there already succeeds and changes nothing", func(ctx context.Context, f Fixture) error {
		return errors.Join(f.write(ctx, f.additions(0, f.Users[:3]...)...), f.write(ctx, f.additions(0, f.Users[1:4]...)...),
			f.holds(ctx, 0, f.Users[:4]...))
	}},
	{"a removal takes away that assignment and no other", func(ctx context.Context, f Fixture) error {
		if err := errors.Join(f.write(ctx, f.additions(0, f.Users[:3]...)...), f.write(ctx, f.additions(1, f.Users[0])...)); err != nil {
			return err
		}
		removals, err := f.removals(ctx, 0, f.Users[0], f.Users[2])
		return errors.Join(err, f.write(ctx, removals...), f.holds(ctx, 0, f.Users[1]), f.holds(ctx, 1, f.Users[0]))
	}},
	{"a removal of what is gone already succeeds", func(ctx context.Context, f Fixture) error {
		if err := f.write(ctx, f.additions(0, f.Users[:2]...)...); err != nil {
			return err
		}
		removals, err := f.removals(ctx, 0, f.Users[0])
		return errors.Join(err, f.write(ctx, removals...), f.write(ctx, removals...), f.holds(ctx, 0, f.Users[1]))
	}},
	{"additions and removals may be mixed", func(ctx context.Context, f Fixture) error {
		if err := f.write(ctx, f.additions(0, f.Users[0])...); err != nil {
			return err
		}
		changes, err := f.removals(ctx, 0, f.Users[0])
		changes = append(changes, f.additions(1, f.Users[:2]...)...)
		return errors.Join(err, f.write(ctx, changes...), f.holds(ctx, 0), f.holds(ctx, 1, f.Users[:2]...))
	}},
	{"a change that can't be made fails alone", func(ctx context.Context, f Fixture) error {
		changes := f.additions(0, f.Users[:5]...)
		changes[2].AppRoleID = noSuchID
		failed, err := f.report(ctx, changes)
		if err != nil {
			return err
		}
		for i, err := range failed {
			if (err != nil) != (i == 2) {
				return fmt.Errorf("change %d of 5, where only the third names a role that doesn't exist: %v", i+1, err)
			}
		}
		return f.holds(ctx, 0, f.Users[0], f.Users[1], f.Users[3], f.Users[4])
	}},
	{"nothing is written before the reports are asked for", func(ctx context.Context, f Fixture) error {
		_ = f.Store.WriteAssignments(ctx, f.ResourceID, f.additions(0, f.Users...))
		return f.holds(ctx, 0)
	}},
	{"after breaking out the rest can be written", func(ctx context.Context, f Fixture) error {
		changes := f.additions(0, f.Users...)
		for range f.Store.WriteAssignments(ctx, f.ResourceID, changes) {
			break
		}
		return errors.Join(f.write(ctx, changes...), f.holds(ctx, 0, f.Users...))
	}},
	{"an ended context is every change's error and nothing is written", func(ctx context.Context, f Fixture) error {
		ended, end := context.WithCancel(ctx)
		end()
		failed, err := f.report(ended, f.additions(0, f.Users...))
		if err != nil {
			return err
		}
		for i, err := range failed {
			if !errors.Is(err, context.Canceled) {
				return fmt.Errorf("change %d: %v, and not context.Canceled", i, err)
			}
		}
		return f.holds(ctx, 0)
	}},
	{"a read with an ended context is an error and not an empty list", func(ctx context.Context, f Fixture) error {
		ended, end := context.WithCancel(ctx)
		end()
		if _, err := f.Store.Assignments(ended, f.ResourceID); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%v, and not context.Canceled", err)
		}
		return nil
	}},
	{"a read of an application that doesn't exist is an error and not an empty list", func(ctx context.Context, f Fixture) error {
		if current, err := f.Store.Assignments(ctx, noSuchID); err == nil {
			return fmt.Errorf("got %d assignments without an error", len(current))
		}
		return nil
	}},
}

func (f Fixture) additions(role int, users ...string) []assign.Change {
	var changes []assign.Change
	for _, user := range users {
		changes = append(changes, assign.Change{Action: assign.Add, PrincipalID: user, AppRoleID: f.Roles[role]})
	}
	return changes
}

// removals returns the removal of each user's assignment to that role.
func (f Fixture) removals(ctx context.Context, role int, users ...string) ([]assign.Change, error) {
	current, err := f.Store.Assignments(ctx, f.ResourceID)
	var changes []assign.Change
	for _, a := range current {
		if strings.EqualFold(a.AppRoleID, f.Roles[role]) && slices.Contains(users, strings.ToLower(a.PrincipalID)) {
			changes = append(changes, assign.Change{Action: assign.Remove, PrincipalID: a.PrincipalID, AppRoleID: a.AppRoleID, AssignmentID: a.ID})
		}
	}
	if err == nil && len(changes) != len(users) {
		err = fmt.Errorf("%d of %d assignments are there to be removed", len(changes), len(users))
	}
	return changes, err
}

// report makes changes and returns what was said of each; the error is for
// changes that were reported twice or not at all.
func (f Fixture) report(ctx context.Context, changes []assign.Change) ([]error, error) {
	results, times := make([]error, len(changes)), make([]int, len(changes))
	for i, err := range f.Store.WriteAssignments(ctx, f.ResourceID, changes) {
		if i < 0 || i >= len(changes) {
			return nil, fmt.Errorf("change %d of %d was reported", i, len(changes))
		}
		results[i] = err
		times[i]++
	}
	for i, n := range times {
		if n != 1 {
			return nil, fmt.Errorf("change %d of %d was reported %d times", i, len(changes), n)
		}
	}
	return results, nil
}

// write makes changes that must all succeed.
func (f Fixture) write(ctx context.Context, changes ...assign.Change) error {
	failed, err := f.report(ctx, changes)
	return errors.Join(err, errors.Join(failed...))
}

// holds says whether exactly these users hold the role, each once.
func (f Fixture) holds(ctx context.Context, role int, users ...string) error {
	current, err := f.Store.Assignments(ctx, f.ResourceID)
	if err != nil {
		return err
	}
	var held []string
	for _, a := range current {
		if strings.EqualFold(a.AppRoleID, f.Roles[role]) {
			held = append(held, strings.ToLower(a.PrincipalID))
		}
	}
	want := slices.Sorted(slices.Values(users))
	if slices.Sort(held); !slices.Equal(held, want) {
		return fmt.Errorf("role %d is held by %d users (%v), and not by %d", role, len(held), held, len(want))
	}
	return nil
}
