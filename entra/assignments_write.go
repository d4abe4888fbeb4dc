package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
)

var _ assign.Writer = (*Client)(nil)

// writeChunk is how many writes are prepared at a time.
const writeChunk = 2000

// WriteAssignments makes changes on the service principal with that object id
// and yields each one's index once, with nil or its error, as they settle.
// Additions are made before removals, so that who changes roles is never
// without one. An assignment that is there already, or gone already, is a
// success; a write whose outcome is unclear is looked up before it is made
// again. Users, roles and service principals that were written a moment ago are
// waited for; others that are not found are errors. If ctx ends, the remaining
// changes yield its error.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto
func (c *Client) WriteAssignments(ctx context.Context, servicePrincipalID string, changes []assign.Change) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		w := &assignmentWriter{client: c, resource: servicePrincipalID, changes: changes, yield: yield,
			unclear: make([]bool, len(changes)), known: make([]bool, len(changes))}
		_ = w.refuse() && w.write(ctx, w.indexes(assign.Add)) && w.write(ctx, w.indexes(assign.Remove))
	}
}

// An assignmentWriter is one call of WriteAssignments.
type assignmentWriter struct {
	client   *Client
	resource string
	changes  []assign.Change
	yield    func(int, error) bool
	unclear  []bool    // by change: an attempt may have taken effect
	known    []bool    // by change: the user exists, as far as can be seen
	later    []delayed // to be tried again once more is visible
	doubts   []delayed // the user may not exist: to be looked up
}

// A delayed change is one that came before what it refers to was visible.
type delayed struct {
	index int
	err   error
}

func (w *assignmentWriter) indexes(action assign.Action) []int {
	var indexes []int
	for i, change := range w.changes {
		if change.Action == action && unsendable(change) == nil {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// write makes the changes at indexes, again and again as long as some came too
// early. It returns false if the consumer has enough.
func (w *assignmentWriter) write(ctx context.Context, indexes []int) bool {
	wanted := true
	_ = w.client.waitOut(ctx, func() error {
		w.later = nil
		for chunk := range slices.Chunk(indexes, writeChunk) {
			if wanted = w.writeChunk(ctx, chunk); !wanted {
				return nil
			}
		}
		if wanted = w.lookUpDoubts(ctx); !wanted || len(w.later) == 0 {
			return nil
		}
		indexes = nil
		for _, d := range w.later {
			indexes = append(indexes, d.index)
		}
		return notYet{w.later[0].err}
	})
	return wanted && w.endWait(ctx)
}

// endWait reports the changes that could not be made until the wait ended.
func (w *assignmentWriter) endWait(ctx context.Context) bool {
	for _, d := range w.later {
		if !w.yield(d.index, w.ended(ctx, d)) {
			return false
		}
	}
	return true
}

func (w *assignmentWriter) ended(ctx context.Context, d delayed) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w while waiting: %w", context.Cause(ctx), d.err)
	case w.changes[d.index].Action == assign.Remove:
		return nil // it was not found to the end: it is gone
	}
	return w.client.tooLate(d.err)
}

func (w *assignmentWriter) writeChunk(ctx context.Context, indexes []int) bool {
	reqs := make([]request, len(indexes))
	for i, index := range indexes {
		reqs[i] = w.request(index)
	}
	wanted := true
	// Each change is told its own failure; the error of a whole batch adds nothing.
	_ = w.client.batchWhile(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		wanted = w.settled(indexes[i], body, err)
		return wanted
	})
	return wanted
}

func (w *assignmentWriter) request(index int) request {
	change, path := w.changes[index], assignedToPath(w.resource)
	req := request{op: opAddAssignment, method: http.MethodPost, path: path,
		body: map[string]string{"principalId": change.PrincipalID, "resourceId": w.resource, "appRoleId": change.AppRoleID}}
	settled := w.isThere
	if change.Action == assign.Remove {
		req = request{op: opRemoveAssignment, method: http.MethodDelete, path: path + "/" + url.PathEscape(change.AssignmentID)}
		settled = w.isGone
	}
	req.settle = func(ctx context.Context) (bool, error) {
		w.unclear[index] = true
		return settled(ctx, change)
	}
	return req
}

// settled reports what became of a change, or puts it off.
func (w *assignmentWriter) settled(index int, body json.RawMessage, err error) bool {
	change := w.changes[index]
	switch {
	case err == nil && change.Action == assign.Remove:
		w.client.wrote.forget(change.AssignmentID)
	case err == nil:
		w.remember(body)
	case change.Action == assign.Add && errors.Is(err, ErrExists):
		err = nil
	case w.tooEarly(index, err):
		w.later = append(w.later, delayed{index, err})
		return true
	case w.doubtful(index, err):
		w.doubts = append(w.doubts, delayed{index, err})
		return true
	case change.Action == assign.Remove && errors.Is(err, ErrNotFound):
		err = nil
	}
	return w.yield(index, err)
}

// remember keeps the id of a new assignment: should it be removed soon, "not
// found" may not mean that it is gone.
func (w *assignmentWriter) remember(body json.RawMessage) {
	var made assign.Assignment
	if json.Unmarshal(body, &made) == nil {
		w.client.wrote.add(made.ID)
	}
}

// isThere looks for an assignment whose creation had no clear outcome. The list
// of the application can only be read whole, that of a user by application.
// What it cannot tell is tried again: a second creation would be refused.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func (w *assignmentWriter) isThere(ctx context.Context, change assign.Change) (bool, error) {
	path := userPath(change.PrincipalID) + "/appRoleAssignments?" +
		encodeQuery(url.Values{"$filter": {"resourceId eq " + w.resource}})
	for there, err := range pages[assign.Assignment](ctx, w.client, request{op: opListAssignments, path: path}) {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err != nil {
			return false, nil
		}
		if strings.EqualFold(there.PrincipalID, change.PrincipalID) && strings.EqualFold(there.AppRoleID, change.AppRoleID) {
			return true, nil
		}
	}
	return false, nil
}

// isGone looks for an assignment whose removal had no clear outcome. What it
// cannot tell is tried again: a second removal finds nothing.
func (w *assignmentWriter) isGone(ctx context.Context, change assign.Change) (bool, error) {
	path := assignedToPath(w.resource) + "/" + url.PathEscape(change.AssignmentID)
	err := w.client.do(ctx, request{op: opListAssignments, path: path}, nil)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	return errors.Is(err, ErrNotFound), nil
}

// refuse yields an error for each change that cannot be sent.
func (w *assignmentWriter) refuse() bool {
	for i, change := range w.changes {
		if err := unsendable(change); err != nil && !w.yield(i, err) {
			return false
		}
	}
	return true
}

func unsendable(change assign.Change) error {
	switch change.Action {
	case assign.Add:
		if change.PrincipalID == "" || change.AppRoleID == "" {
			return errors.New("the assignment to add names no principal or no role")
		}
	case assign.Remove:
		if change.AssignmentID == "" {
			return errors.New("the assignment to remove has no id")
		}
	default:
		return fmt.Errorf("unknown action %q", change.Action)
	}
	return nil
}
