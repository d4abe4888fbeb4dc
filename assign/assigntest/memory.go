package assigntest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/rollcall-go/rollcall/assign"
)

// ErrNoSuchApplication says that a Memory was asked for another service
// principal than its own.
var ErrNoSuchApplication = errors.New("no such service principal")

// A Memory holds the assignments of one application in memory. It implements
// [assign.Reader] and [assign.Writer], every change being visible at once, and
// is safe for concurrent use. An addition of what is there already yields
// [assign.ErrExisted].
type Memory struct {
	// Fail, if set, is asked before each change is made; its error is the change's.
	Fail func(assign.Change) error

	app     assign.App
	mu      sync.Mutex
	current []assign.Assignment
	made    int
}

// NewMemory returns a Memory of an application that has these assignments.
func NewMemory(app assign.App, current ...assign.Assignment) *Memory {
	return &Memory{app: app, current: slices.Clone(current)}
}

// Assignments implements [assign.Reader].
func (m *Memory) Assignments(ctx context.Context, resourceID string) ([]assign.Assignment, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if resourceID != m.app.ResourceID {
		return nil, fmt.Errorf("%s: %w", resourceID, ErrNoSuchApplication)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.current), nil
}

// WriteAssignments implements [assign.Writer].
func (m *Memory) WriteAssignments(ctx context.Context, resourceID string,
	changes []assign.Change) iter.Seq2[int, error] {
	return assign.WriterFunc(m.write).WriteAssignments(ctx, resourceID, changes)
}

func (m *Memory) write(_ context.Context, resourceID string, change assign.Change) error {
	if resourceID != m.app.ResourceID {
		return fmt.Errorf("%s: %w", resourceID, ErrNoSuchApplication)
	}
	if m.Fail != nil {
		if err := m.Fail(change); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if change.Action == assign.Remove {
		m.current = slices.DeleteFunc(m.current, func(a assign.Assignment) bool { return a.ID == change.AssignmentID })
		return nil
	}
	return m.add(change)
}

func (m *Memory) add(change assign.Change) error {
	if change.AppRoleID != assign.DefaultAccess {
		if _, err := assign.RoleByID(m.app.Roles, change.AppRoleID); err != nil {
			return err
		}
	}
	same := func(a assign.Assignment) bool {
		return strings.EqualFold(a.PrincipalID, change.PrincipalID) && strings.EqualFold(a.AppRoleID, change.AppRoleID)
	}
	if slices.ContainsFunc(m.current, same) {
		return assign.ErrExisted
	}
	m.made++
	m.current = append(m.current, assign.Assignment{ID: fmt.Sprintf("made-%d", m.made),
		PrincipalID: change.PrincipalID, PrincipalType: "User", PrincipalDisplayName: change.PrincipalName,
		ResourceID: m.app.ResourceID, AppRoleID: change.AppRoleID})
	return nil
}
