package assigntest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/rollcall-go/rollcall/assign"
)

func memoryFixture() Fixture {
	app := assign.App{ResourceID: "app"}
	f := Fixture{ResourceID: app.ResourceID, Roles: []string{"reader", "writer"}}
	for _, role := range f.Roles {
		app.Roles = append(app.Roles, assign.AppRole{ID: role, DisplayName: role, AllowedMemberTypes: []string{"User"}, IsEnabled: true})
	}
	for i := range 45 {
		f.Users = append(f.Users, fmt.Sprintf("user%02d", i))
	}
	f.Store = NewMemory(app)
	f.Refused = assign.Change{Action: assign.Add, PrincipalID: f.Users[2], AppRoleID: noSuchID}
	return f
}

func TestMemoryPassesTheSuite(t *testing.T) {
	t.Parallel()
	TestStore(t, func(*testing.T) Fixture { return memoryFixture() })
}

// Who adds what is there already is told so: that may be somebody else's.
func TestMemorySaysThatAnAssignmentExisted(t *testing.T) {
	t.Parallel()
	f := memoryFixture()
	for i, want := range []error{nil, assign.ErrExisted} {
		for _, err := range f.Store.WriteAssignments(t.Context(), f.ResourceID, f.additions(0, f.Users[0])) {
			assert.ErrorIs(t, err, want, "time %d", i+1)
		}
	}
	assert.NoError(t, f.holds(t.Context(), 0, f.Users[0]))
}

// trusting is a store that refuses nothing and knows no roles.
type trusting struct {
	assign.WriterFunc
	resourceID string
	held       map[string]assign.Assignment
}

func newTrusting(resourceID string) *trusting {
	s := &trusting{resourceID: resourceID, held: make(map[string]assign.Assignment)}
	s.WriterFunc = func(_ context.Context, _ string, c assign.Change) error {
		id := c.PrincipalID + " " + c.AppRoleID
		if delete(s.held, id); c.Action == assign.Add {
			s.held[id] = assign.Assignment{ID: id, PrincipalID: c.PrincipalID, PrincipalType: "User",
				ResourceID: resourceID, AppRoleID: c.AppRoleID}
		}
		return nil
	}
	return s
}

func (s *trusting) Assignments(ctx context.Context, resourceID string) ([]assign.Assignment, error) {
	if resourceID != s.resourceID {
		return nil, ErrNoSuchApplication
	}
	return slices.Collect(maps.Values(s.held)), ctx.Err()
}

func TestAStoreThatRefusesNothingPassesTheSuite(t *testing.T) {
	t.Parallel()
	TestStore(t, func(*testing.T) Fixture {
		f := memoryFixture()
		f.Store, f.Refused = newTrusting(f.ResourceID), assign.Change{}
		return f
	})
}

// broken does something else than the store that it wraps.
type broken struct {
	Store
	write func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) iter.Seq2[int, error]
	read  func(current []assign.Assignment, err error) ([]assign.Assignment, error)
}

func (b broken) WriteAssignments(ctx context.Context, id string, changes []assign.Change) iter.Seq2[int, error] {
	if b.write == nil {
		return b.Store.WriteAssignments(ctx, id, changes)
	}
	return b.write(ctx, b.Store, id, changes)
}

func (b broken) Assignments(ctx context.Context, id string) ([]assign.Assignment, error) {
	current, err := b.Store.Assignments(ctx, id)
	if b.read == nil {
		return current, err
	}
	return b.read(current, err)
}

func TestEachCheckOfTheSuiteCanFail(t *testing.T) {
	t.Parallel()
	type sequence = iter.Seq2[int, error]
	caught := make(map[string]bool)
	for _, defect := range []struct {
		reason string
		broken broken
	}{
		{"reports a change although there is none", broken{write: func(context.Context, assign.Writer, string, []assign.Change) sequence {
			return func(yield func(int, error) bool) { yield(0, nil) }
		}}},
		{"writes only the first batch", broken{write: func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) sequence {
			return w.WriteAssignments(ctx, id, changes[:min(20, len(changes))])
		}}},
		{"lets one bad change stop the rest", broken{write: func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) sequence {
			return func(yield func(int, error) bool) {
				failed := error(nil)
				for i, err := range w.WriteAssignments(ctx, id, changes) {
					if failed = errors.Join(failed, err); failed != nil {
						err = failed
					}
					if !yield(i, err) {
						return
					}
				}
			}
		}}},
		{"writes at once, whether or not anybody ranges", broken{write: func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) sequence {
			var results []error
			for _, err := range w.WriteAssignments(ctx, id, changes) {
				results = append(results, err)
			}
			return slices.All(results)
		}}},
		{"does not notice that the context has ended", broken{write: func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) sequence {
			return w.WriteAssignments(context.WithoutCancel(ctx), id, changes)
		}}},
		{"says that what is there already failed", broken{write: failsTheSecondTime()}},
		{"forgets the second application of a role change", broken{write: func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) sequence {
			changes = slices.Clone(changes)
			for i := range changes {
				changes[i].Action = assign.Add
			}
			return w.WriteAssignments(ctx, id, changes)
		}}},
		{"takes any error of a read for nobody", broken{read: func(current []assign.Assignment, _ error) ([]assign.Assignment, error) {
			return current, nil
		}}},
		{"loses the rest once somebody breaks out", broken{write: onceOnly()}},
	} {
		failures := 0
		for _, check := range checks {
			f := memoryFixture()
			defect.broken.Store = f.Store
			f.Store = defect.broken
			if check.run(t.Context(), f) != nil {
				failures++
				caught[check.name] = true
			}
		}
		assert.NotZero(t, failures, "no check fails for a store that %s", defect.reason)
	}
	for _, check := range checks {
		assert.True(t, caught[check.name], "no defect fails the check %q", check.name)
	}
}

func failsTheSecondTime() func(context.Context, assign.Writer, string, []assign.Change) iter.Seq2[int, error] {
	seen := make(map[string]bool)
	return func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for i, err := range w.WriteAssignments(ctx, id, changes) {
				key := fmt.Sprint(changes[i].Action, changes[i].PrincipalID, changes[i].AppRoleID)
				if seen[key] && err == nil {
					err = errors.New("already there, or already gone")
				}
				seen[key] = true
				if !yield(i, err) {
					return
				}
			}
		}
	}
}

func onceOnly() func(context.Context, assign.Writer, string, []assign.Change) iter.Seq2[int, error] {
	calls := 0
	return func(ctx context.Context, w assign.Writer, id string, changes []assign.Change) iter.Seq2[int, error] {
		if calls++; calls > 1 {
			return func(func(int, error) bool) {}
		}
		return w.WriteAssignments(ctx, id, changes)
	}
}
