package assign

import (
	"context"
	"iter"
)

// A Reader lists an application's current assignments; entra.Client implements it.
type Reader interface {
	// Assignments returns all assignments of the service principal with that
	// object id, from every page. An error means that the list is unfinished,
	// and then it must not be used.
	Assignments(ctx context.Context, resourceID string) ([]Assignment, error)
}

// A Writer makes changes; entra.Client implements it.
type Writer interface {
	// WriteAssignments makes changes on the service principal with that object
	// id and yields each one's index in changes, once, with nil or its error,
	// in the order in which they settle. An assignment that is already there,
	// or already gone, is a success. If ctx ends, the changes that were not
	// tried yield an error that wraps ctx's. Nothing happens before it is
	// ranged over; breaking out stops it after the writes under way.
	WriteAssignments(ctx context.Context, resourceID string, changes []Change) iter.Seq2[int, error]
}
