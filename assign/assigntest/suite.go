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

// A Fixture is an application without assignments, and what the suite needs to
// know of it. Reads must show writes at once: the suite doesn't wait.
type Fixture struct {
	Store      Store
	ResourceID string   // object id of the application's service principal
	Roles      []string // ids of two roles that can be given to users
	Users      []string // object ids of 45 users or more, so that there are several batches
	// Refused is a change that the store refuses, such as an addition of a role
	// that doesn't exist. Leave it zero if the store refuses nothing: the port
	// doesn't ask it to.
	Refused assign.Change
}

// noSuchID is an object id that no tenant has.
const noSuchID = "fefefefe-fefe-4efe-8efe-fefefefefefe"

// TestStore checks that a reader and a writer keep what [assign.Reader] and
// [assign.Writer] promise. newFixture is called once for each check.
func TestStore(t *testing.T, newFixture func(t *testing.T) Fixture) {
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			if err := check.run(t.Context(), newFixture(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// The checks have names that say what a store must do. They return errors, so
// that this package's tests can show that each of them can fail.
var checks = []struct {
	name string
	run  func(ctx context.Context, f Fixture) error
}{
	{"no changes yield nothing", func(ctx context.Context, f Fixture) error {
		return f.write(ctx)
	}},
	{"additions in several batches can be read afterwards", func(ctx context.Context, f Fixture) error {
		if err := f.write(ctx, f.additions(0, f.Users...)...); err != nil {
			return err
		}
		current, err := f.Store.Assignments(ctx, f.ResourceID)
		for _, a := range current {
			if a.ID == "" || a.PrincipalType != "User" || !strings.EqualFold(a.ResourceID, f.ResourceID) {
				return fmt.Errorf("want an id, the principal type User and the resource id %s in each assignment, got %+v",
					f.ResourceID, a)
			}
		}
		return errors.Join(err, f.holds(ctx, 0, f.Users...))
	}},
	{"an addition of what is already there succeeds and changes nothing", func(ctx context.Context, f Fixture) error {
		return errors.Join(f.write(ctx, f.additions(0, f.Users[:3]...)...),
			f.write(ctx, f.additions(0, f.Users[1:4]...)...), f.holds(ctx, 0, f.Users[:4]...))
	}},
	{"a removal takes away that assignment and no other", func(ctx context.Context, f Fixture) error {
		additions := append(f.additions(0, f.Users[:3]...), f.additions(1, f.Users[0])...)
		if err := f.write(ctx, additions...); err != nil {
			return err
		}
		removals, err := f.removals(ctx, 0, f.Users[0], f.Users[2])
		return errors.Join(err, f.write(ctx, removals...), f.holds(ctx, 0, f.Users[1]), f.holds(ctx, 1, f.Users[0]))
	}},
	{"a removal of what is already gone succeeds", func(ctx context.Context, f Fixture) error {
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
	{"a change that is refused fails alone", func(ctx context.Context, f Fixture) error {
		if f.Refused.Action == "" {
			return nil // the store refuses nothing
		}
		changes := f.additions(0, f.Users[:5]...)
		changes[2] = f.Refused
		failed, err := f.report(ctx, changes)
		if err != nil {
			return err
		}
		for i, err := range failed {
			if (err != nil) != (i == 2) {
				return fmt.Errorf("change %d of 5: want an error for the third alone, got %v", i+1, err)
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
			if !errors.Is(err, context.Canceled) || errors.Is(err, assign.ErrUnclear) {
				return fmt.Errorf("change %d of %d: want an error that wraps context.Canceled and not assign.ErrUnclear, got: %v",
					i+1, len(failed), err)
			}
		}
		return f.holds(ctx, 0)
	}},
	{"a read with an ended context is an error", func(ctx context.Context, f Fixture) error {
		ended, end := context.WithCancel(ctx)
		end()
		if _, err := f.Store.Assignments(ended, f.ResourceID); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("want an error that wraps context.Canceled, got: %v", err)
		}
		return nil
	}},
	{"a read of an application that doesn't exist is an error", func(ctx context.Context, f Fixture) error {
		if current, err := f.Store.Assignments(ctx, noSuchID); err == nil {
			return fmt.Errorf("want an error for the service principal %s, got %d assignments", noSuchID, len(current))
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
			changes = append(changes, assign.Change{Action: assign.Remove,
				PrincipalID: a.PrincipalID, AppRoleID: a.AppRoleID, AssignmentID: a.ID})
		}
	}
	if err == nil && len(changes) != len(users) {
		err = fmt.Errorf("want %d assignments to remove, got %d", len(users), len(changes))
	}
	return changes, err
}

// report makes changes and returns each one's error, and an error of its own if
// one was reported twice or not at all.
func (f Fixture) report(ctx context.Context, changes []assign.Change) ([]error, error) {
	results, times := make([]error, len(changes)), make([]int, len(changes))
	for i, err := range f.Store.WriteAssignments(ctx, f.ResourceID, changes) {
		if i < 0 || i >= len(changes) {
			return nil, fmt.Errorf("want indexes below %d, got %d", len(changes), i)
		}
		results[i] = err
		times[i]++
	}
	for i, n := range times {
		if n != 1 {
			return nil, fmt.Errorf("want one report of change %d of %d, got %d", i+1, len(changes), n)
		}
	}
	return results, nil
}

// write makes changes that must all succeed. One that was made before may say so by
// [assign.ErrExisted].
func (f Fixture) write(ctx context.Context, changes ...assign.Change) error {
	results, err := f.report(ctx, changes)
	for i, failure := range results {
		if failure != nil && !errors.Is(failure, assign.ErrExisted) {
			return fmt.Errorf("want change %d of %d to be made, got: %w", i+1, len(changes), failure)
		}
	}
	return err
}

// holds returns an error unless exactly these users hold the role, each once.
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
		return fmt.Errorf("want role %d to be held by %d users (%s), got %d (%s)",
			role+1, len(want), strings.Join(want, ", "), len(held), strings.Join(held, ", "))
	}
	return nil
}
