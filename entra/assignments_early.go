package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/rollcall-go/rollcall/assign"
)

// tooEarly reports whether a change failed because something that was written a
// moment ago is not visible yet where the change was tried.
func (w *assignmentWriter) tooEarly(index int, err error) bool {
	change, wrote := w.changes[index], &w.client.wrote
	switch {
	case change.Action == assign.Remove:
		return errors.Is(err, ErrNotFound) && !w.unclear[index] && wrote.fresh(change.AssignmentID)
	case says(err, noSuchRole):
		return wrote.fresh(change.AppRoleID)
	case errors.Is(err, ErrNotReplicated):
		return wrote.fresh(change.PrincipalID) || w.known[index] && wrote.fresh(w.resource)
	case errors.Is(err, ErrNotFound):
		return wrote.fresh(w.resource, change.PrincipalID)
	}
	return false
}

// doubtful reports whether only looking can tell what a failure means: the
// user may not exist, or be one whom another run created a moment ago.
func (w *assignmentWriter) doubtful(index int, err error) bool {
	return w.changes[index].Action == assign.Add && errors.Is(err, ErrNotReplicated) && !says(err, noSuchRole) && !w.known[index]
}

// lookUpDoubts looks the users in doubt up. Those who were created a moment ago
// are waited for; those who are not there are errors at once, as waiting for
// everybody who left would take hours. It returns false if the consumer has enough.
// https://github.com/hashicorp/terraform-provider-azuread/issues/1092
func (w *assignmentWriter) lookUpDoubts(ctx context.Context) bool {
	doubts, reqs := w.doubts, make([]request, len(w.doubts))
	w.doubts = nil
	for i, d := range doubts {
		reqs[i] = request{op: opReadUser, path: userPath(w.changes[d.index].PrincipalID) + "?$select=id,createdDateTime"}
	}
	wanted := true
	_ = w.client.batchWhile(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		wanted = w.resolve(ctx, doubts[i], body, err)
		return wanted
	})
	return wanted
}

// resolve decides a doubt by the answer about the user.
func (w *assignmentWriter) resolve(ctx context.Context, d delayed, body json.RawMessage, err error) bool {
	var user struct{ CreatedDateTime time.Time }
	if err == nil && json.Unmarshal(body, &user) == nil {
		w.known[d.index] = true
		if young(user.CreatedDateTime) {
			w.client.wrote.add(w.changes[d.index].PrincipalID)
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

// young reports whether an object was created so short a while ago that it may
// not be visible everywhere, whoever created it.
func young(created time.Time) bool {
	return !created.IsZero() && time.Since(created) < freshFor
}
