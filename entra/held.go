package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra/graph"
)

var errMoving = errors.New("two looks at the assignments in a row differ")

// SettledAssignments is [Client.Assignments] for conclusions from what is not
// there: it looks twice, until both looks show the same, because several replicas
// answer and some learn late of what was written. If looks differ for
// [graph.Options.ReplicationWait], the error wraps [graph.ErrNotReplicated].
// Permission: Application.Read.All.
func (c *Client) SettledAssignments(ctx context.Context,
	servicePrincipalID string) (all []assign.Assignment, err error) {
	err = c.conn.WaitOut(ctx, func() error {
		before, err := c.Assignments(ctx, servicePrincipalID)
		if err != nil {
			return err
		}
		all, err = c.Assignments(ctx, servicePrincipalID)
		if err == nil && !sameAssignments(before, all) {
			err = graph.NotYet(errMoving)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// sameAssignments reports whether two listings show the same, in whatever order.
func sameAssignments(a, b []assign.Assignment) bool {
	ids := make(map[string]bool, len(a))
	for _, assignment := range a {
		ids[assignment.ID] = true
	}
	missing := func(assignment assign.Assignment) bool { return !ids[assignment.ID] }
	return len(a) == len(b) && !slices.ContainsFunc(b, missing)
}

// UserAssignments reads which assignments of the service principal with that
// object id each user has, by the user's own list: their own assignments, and
// those of groups that they are direct members of. The lists come in the order of
// the users; that of a user who was not found is nil, and others are not. An error
// means that the answer is unfinished. It wraps [graph.ErrIncomplete] if an
// assignment lacks what a conclusion rests on, or is somebody else's.
// Permission: Directory.Read.All or AppRoleAssignment.ReadWrite.All.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func (c *Client) UserAssignments(ctx context.Context, servicePrincipalID string,
	users []string) ([][]assign.Assignment, error) {
	lists := make([][]assign.Assignment, len(users))
	reads := graph.Requests{Len: len(users), At: func(i int) graph.Request {
		return listHeld(users[i], servicePrincipalID)
	}}
	var failed error
	err := c.conn.Batch(ctx, reads, func(i int, body json.RawMessage, err error) bool {
		if err == nil {
			lists[i], err = c.heldBy(ctx, users[i], servicePrincipalID, body)
		}
		if err != nil && !errors.Is(err, graph.ErrNotFound) {
			failed = err
		}
		return failed == nil
	})
	if err = cmp.Or(failed, err); err != nil {
		return nil, err
	}
	return lists, nil
}

// listHeld is the request for what a user holds of a service principal.
func listHeld(user, servicePrincipalID string) graph.Request {
	query := url.Values{"$filter": {"resourceId eq " + servicePrincipalID}}
	return graph.Request{Op: OpListHeld, Path: userPath(user) + "/appRoleAssignments?" + graph.EncodeQuery(query)}
}

// heldBy returns what a user's list shows, of which body is the first page. It is
// never nil without an error.
func (c *Client) heldBy(ctx context.Context, user, servicePrincipalID string,
	body json.RawMessage) ([]assign.Assignment, error) {
	listing := graph.AllPages[assign.Assignment](ctx, c.conn, graph.Request{Op: OpListHeld}, body)
	held, err := collectAssignments(OpListHeld, listing)
	if err != nil {
		return nil, err
	}
	for _, a := range held {
		stranger := strings.EqualFold(a.PrincipalType, "User") && !strings.EqualFold(a.PrincipalID, user)
		if stranger || !strings.EqualFold(a.ResourceID, servicePrincipalID) {
			return nil, &graph.Error{Op: OpListHeld, Err: fmt.Errorf(
				"%w: the list of user %s has the assignment %s of somebody or something else", graph.ErrIncomplete, user, a.ID)}
		}
	}
	if held == nil {
		held = []assign.Assignment{}
	}
	return held, nil
}
