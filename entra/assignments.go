package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
)

var _ assign.UserReader = (*Client)(nil)

// Assignments returns all app role assignments of the service principal with
// that object id, each once; with an error it returns none. The error wraps
// [graph.ErrIncomplete] if an assignment lacks what a conclusion rests on. The
// list may lag behind assignments that were just made or removed.
// Permission: Application.Read.All.
// https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
func (c *Client) Assignments(ctx context.Context, servicePrincipalID string) ([]assign.Assignment, error) {
	list := graph.Request{Op: OpListAssignments, Path: assignedToPath(servicePrincipalID) + "?$top=999"}
	var all []assign.Assignment
	err := c.conn.WaitOut(ctx, func() (err error) {
		all, err = collectAssignments(OpListAssignments, graph.Pages[assign.Assignment](ctx, c.conn, list))
		if errors.Is(err, graph.ErrNotFound) && c.conn.JustWritten(servicePrincipalID) {
			return graph.NotYet(err)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// collectAssignments reads a listing to its end. One that comes twice, as the
// listing moves, is kept once; two that share an id are not to be told apart.
func collectAssignments(
	op graph.Operation, listing iter.Seq2[assign.Assignment, error],
) ([]assign.Assignment, error) {
	return graph.Collect(op, func(yield func(assign.Assignment, error) bool) {
		for a, err := range listing {
			if err == nil {
				err = complete(op, a)
			}
			if !yield(a, err) {
				return
			}
		}
	}, func(a assign.Assignment) string { return a.ID })
}

// complete refuses an assignment that lacks what a conclusion rests on.
func complete(op graph.Operation, a assign.Assignment) error {
	for _, property := range []struct{ name, value string }{{"id", a.ID}, {"principalId", a.PrincipalID},
		{"principalType", a.PrincipalType}, {"appRoleId", a.AppRoleID}, {"resourceId", a.ResourceID}} {
		if property.value == "" {
			return op.Missing("an assignment ("+cmp.Or(a.ID, a.PrincipalID, "without an id")+")", property.name)
		}
	}
	return nil
}

func assignedToPath(servicePrincipalID string) string {
	return "/servicePrincipals/" + url.PathEscape(servicePrincipalID) + "/appRoleAssignedTo"
}

// noSuchRole is how Graph says that a service principal does not have a role.
const noSuchRole = "permission being assigned was not found"

// tooEarly reports whether a change failed because something that was just
// written is not visible yet.
func (w *assignmentWriter) tooEarly(index int, err error) bool {
	change, conn := w.changes[index], w.client.conn
	switch {
	case change.Action == assign.Remove:
		return false
	case graph.MessageHas(err, noSuchRole):
		return conn.JustWritten(change.AppRoleID)
	case errors.Is(err, graph.ErrNotReplicated):
		return conn.JustWritten(change.PrincipalID) || w.known[index] && conn.JustWritten(w.resource)
	case errors.Is(err, graph.ErrNotFound):
		return conn.JustWritten(w.resource, change.PrincipalID)
	}
	return false
}

// doubtful reports whether a look must tell what a failure means: the user of an
// addition may not exist, or another run may have just created them; an assignment to
// remove may be gone, or still there.
func (w *assignmentWriter) doubtful(index int, err error) bool {
	if w.changes[index].Action == assign.Remove {
		return errors.Is(err, graph.ErrGone)
	}
	return !w.known[index] && errors.Is(err, graph.ErrNotReplicated) && !graph.MessageHas(err, noSuchRole)
}

// lookUpDoubts looks up the users and the assignments in doubt. Those who were just
// created are waited for; those who are not there are errors at once, because waiting
// for everybody who left would take hours. It reports whether the consumer wants more.
// https://github.com/hashicorp/terraform-provider-azuread/issues/1092
func (w *assignmentWriter) lookUpDoubts(ctx context.Context) bool {
	doubts, reqs := w.doubts, make([]graph.Request, len(w.doubts))
	w.doubts = nil
	for i, d := range doubts {
		change := w.changes[d.index]
		reqs[i] = graph.Request{Op: OpReadUser, Path: userPath(change.PrincipalID) + "?$select=id,createdDateTime"}
		if change.Action == assign.Remove {
			reqs[i] = w.lookAt(change)
		}
	}
	wanted := true
	_ = w.client.conn.Batch(ctx, graph.Each(reqs), func(i int, body json.RawMessage, err error) bool {
		if w.changes[doubts[i].index].Action == assign.Remove {
			wanted = w.resolveRemoval(ctx, doubts[i], err)
		} else {
			wanted = w.resolve(ctx, doubts[i], body, err)
		}
		return wanted
	})
	return wanted
}

// resolve decides what a failed addition means by the answer about its user.
func (w *assignmentWriter) resolve(ctx context.Context, d delayed, body json.RawMessage, err error) bool {
	var user struct{ CreatedDateTime time.Time }
	if err == nil && json.Unmarshal(body, &user) == nil {
		w.known[d.index] = true
		if graph.RecentlyCreated(user.CreatedDateTime) {
			w.client.conn.MarkWritten(w.changes[d.index].PrincipalID)
		}
		if w.tooEarly(d.index, d.err) {
			w.later = append(w.later, d)
			return true
		}
	}
	if ctx.Err() != nil {
		d.err = fmt.Errorf("%w: %w", context.Cause(ctx), d.err)
	}
	return w.yield(d.index, d.err)
}

var _ assign.Writer = (*Client)(nil)

// WriteAssignments makes changes on the service principal with that object id,
// and yields each one's index once, with nil or its error, as they settle. Adding an
// assignment that exists yields [assign.ErrExisted]. Removing one that is gone
// yields nil, once it was looked up. A write whose outcome is unclear is
// looked up before it is made again. Users, roles and service principals that were
// just written are waited for, and so is an assignment to remove that is younger than
// 15 minutes by [assign.Change].Created; others that are not found are errors. If the first 20
// changes are all refused for want of a permission, or end in an outage, the rest
// yield [assign.ErrNotTried]. If ctx ends, the remaining changes yield its cause; the
// errors of those under way, which may have been made, wrap [assign.ErrUnclear]
// too. Breaking out stops it after the requests under way.
// Permission: AppRoleAssignment.ReadWrite.All and Application.Read.All.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto
func (c *Client) WriteAssignments(
	ctx context.Context, servicePrincipalID string, changes []assign.Change,
) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		w := &assignmentWriter{client: c, resource: servicePrincipalID, changes: changes, yield: yield,
			found: make([]bool, len(changes)), known: make([]bool, len(changes))}
		if sendable, wanted := w.check(); wanted {
			w.write(ctx, sendable)
		}
	}
}

// An assignmentWriter is one call of WriteAssignments.
type assignmentWriter struct {
	client   *Client
	resource string
	changes  []assign.Change
	yield    func(int, error) bool
	found    []bool    // by change: seen to be there after an attempt without a clear answer
	known    []bool    // by change: the user, or the assignment to remove, was seen
	later    []delayed // to be tried again once more is visible
	doubts   []delayed // the user, or the assignment, may not be there: to be looked up
}

// A delayed change is one that came before what it refers to was visible.
type delayed struct {
	index int
	err   error
}

// write makes the changes at indexes, and makes those that came too early again.
func (w *assignmentWriter) write(ctx context.Context, indexes []int) {
	wanted := true
	_ = w.client.conn.WaitOut(ctx, func() error {
		w.later = nil
		if wanted = w.send(ctx, indexes); !wanted {
			return nil
		}
		if wanted = w.lookUpDoubts(ctx); !wanted || len(w.later) == 0 {
			return nil
		}
		indexes = nil
		for _, d := range w.later {
			if w.changes[d.index].Action == assign.Remove && !w.known[d.index] {
				w.doubts = append(w.doubts, d) // as long as nobody sees it, there is nothing to remove
			} else {
				indexes = append(indexes, d.index)
			}
		}
		return graph.NotYet(w.later[0].err)
	})
	for _, d := range w.later { // what could not be made before the wait ended
		if wanted = wanted && w.yield(d.index, w.gaveUp(ctx, d)); !wanted {
			return
		}
	}
}

// gaveUp returns the error of a change that came too early to the end.
func (w *assignmentWriter) gaveUp(ctx context.Context, d delayed) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%w while waiting: %w", context.Cause(ctx), d.err)
	case w.changes[d.index].Action == assign.Remove && !w.known[d.index]:
		return nil // it was looked for to the end and not found: it is gone
	}
	return w.client.conn.TooLate(d.err)
}

// send makes changes. It reports whether the consumer wants more.
func (w *assignmentWriter) send(ctx context.Context, indexes []int) bool {
	reqs := graph.Requests{Len: len(indexes), At: func(i int) graph.Request { return w.request(indexes[i]) }}
	wanted := true
	w.client.batch(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		wanted = w.settled(indexes[i], body, err)
		return wanted
	})
	return wanted
}

func (w *assignmentWriter) request(index int) graph.Request {
	change, path := w.changes[index], assignedToPath(w.resource)
	req := graph.Request{Op: OpAddAssignment, Method: http.MethodPost, Path: path,
		Body: map[string]string{"principalId": change.PrincipalID, "resourceId": w.resource, "appRoleId": change.AppRoleID}}
	settled := w.isThere
	req.Look = func() graph.Request { return listHeld(change.PrincipalID, w.resource) }
	if change.Action == assign.Remove {
		path += "/" + url.PathEscape(change.AssignmentID)
		req = graph.Request{Op: OpRemoveAssignment, Method: http.MethodDelete, Path: path,
			Look: func() graph.Request { return w.lookAt(change) }}
		settled = w.isGone
	}
	req.Settle = func(ctx context.Context, seen graph.Seen) (bool, error) {
		switch {
		case ctx.Err() != nil:
			return false, context.Cause(ctx)
		case errors.Is(seen.Err, graph.ErrUnavailable):
			return false, seen.Err // nothing else can be looked for either
		}
		w.found[index] = settled(ctx, change, seen)
		return w.found[index], nil
	}
	return req
}

// settled reports what became of a change, or puts it off.
func (w *assignmentWriter) settled(index int, body json.RawMessage, err error) bool {
	change := w.changes[index]
	switch {
	case errors.Is(err, assign.ErrNotTried): // whatever ended the others
	case err == nil && change.Action == assign.Remove:
		w.client.conn.ForgetWritten(change.AssignmentID)
	case err == nil && w.found[index]:
		err = fmt.Errorf("found after an attempt without a clear answer: %w", assign.ErrExisted)
	case err == nil:
		w.remember(body)
	case change.Action == assign.Add && errors.Is(err, graph.ErrExists):
		err = assign.ErrExisted
	case w.tooEarly(index, err):
		w.later = append(w.later, delayed{index, err})
		return true
	case w.doubtful(index, err):
		w.doubts = append(w.doubts, delayed{index, err})
		return true
	case errors.Is(err, graph.ErrUnclear):
		err = fmt.Errorf("%w: %w", assign.ErrUnclear, err)
	}
	return w.yield(index, err)
}

// remember marks a new assignment as just written: if it is removed soon, "not
// found" may not mean that it is gone.
func (w *assignmentWriter) remember(body json.RawMessage) {
	var made assign.Assignment
	if json.Unmarshal(body, &made) == nil {
		w.client.conn.MarkWritten(made.ID)
	}
}

// isThere reports whether an assignment whose creation had no clear outcome is in the
// user's list; the application's can only be read whole. If it cannot tell, the
// creation is tried again: a second one would be refused.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func (w *assignmentWriter) isThere(ctx context.Context, change assign.Change, seen graph.Seen) bool {
	if seen.Err != nil {
		return false
	}
	held, _ := w.client.heldBy(ctx, change.PrincipalID, w.resource, seen.Body)
	return slices.ContainsFunc(held, func(a assign.Assignment) bool {
		return strings.EqualFold(a.PrincipalID, change.PrincipalID) && strings.EqualFold(a.AppRoleID, change.AppRoleID)
	})
}

// check yields an error for each change that cannot be sent, and returns the
// others. It reports whether the consumer wants more.
func (w *assignmentWriter) check() (sendable []int, wanted bool) {
	for i, change := range w.changes {
		err := unsendable(change)
		if err == nil {
			sendable = append(sendable, i)
		} else if !w.yield(i, err) {
			return nil, false
		}
	}
	return sendable, true
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
