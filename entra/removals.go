package entra

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// resolveRemoval decides what a removal that found nothing means by the look at its
// assignment. One that is still there is removed again; one that is new, and that the
// look doesn't find, is looked for again.
func (w *assignmentWriter) resolveRemoval(ctx context.Context, d delayed, look error) bool {
	w.known[d.index] = look == nil
	gone := errors.Is(look, graph.ErrNotFound)
	switch {
	case ctx.Err() != nil:
		d.err = fmt.Errorf("%w: %w", context.Cause(ctx), d.err)
	case look == nil, gone && w.isNew(w.changes[d.index]):
		w.later = append(w.later, d)
		return true
	case gone:
		d.err = nil
	default:
		d.err = fmt.Errorf("%w; looking for it: %w", d.err, look)
	}
	return w.yield(d.index, d.err)
}

// isNew reports whether a replica may not know yet of the assignment to remove.
func (w *assignmentWriter) isNew(change assign.Change) bool {
	return graph.RecentlyCreated(change.Created) || w.client.conn.JustWritten(change.AssignmentID)
}

// isGone reports whether an assignment whose removal had no clear outcome is not
// found, twice, because one replica's "not found" is not enough. If it cannot tell, as
// with an assignment that is new, the removal is tried again: a second one finds
// nothing.
func (w *assignmentWriter) isGone(ctx context.Context, change assign.Change, seen graph.Seen) bool {
	if !errors.Is(seen.Err, graph.ErrNotFound) || w.isNew(change) {
		return false
	}
	return errors.Is(w.client.conn.Do(ctx, w.lookAt(change), nil), graph.ErrNotFound)
}

// lookAt is the request for an assignment that is to be removed.
func (w *assignmentWriter) lookAt(change assign.Change) graph.Request {
	path := assignedToPath(w.resource) + "/" + url.PathEscape(change.AssignmentID)
	return graph.Request{Op: OpListAssignments, Path: path}
}
