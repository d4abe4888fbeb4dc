package entra

import (
	"context"
	"errors"
	"net/url"

	"github.com/rollcall-go/rollcall/assign"
)

var _ assign.Reader = (*Client)(nil)

// Assignments returns all app role assignments of the service principal with
// that object id, each once. An error means that the list is unfinished. The
// service may not show assignments made or removed a moment ago.
// https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
func (c *Client) Assignments(ctx context.Context, servicePrincipalID string) ([]assign.Assignment, error) {
	list := request{op: opListAssignments, path: assignedToPath(servicePrincipalID) + "?$top=999"}
	var all []assign.Assignment
	err := c.waitOut(ctx, func() (err error) {
		all, err = collect(pages[assign.Assignment](ctx, c, list), func(a assign.Assignment) string { return a.ID })
		if errors.Is(err, ErrNotFound) && c.wrote.fresh(servicePrincipalID) {
			return notYet{err}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func assignedToPath(servicePrincipalID string) string {
	return "/servicePrincipals/" + url.PathEscape(servicePrincipalID) + "/appRoleAssignedTo"
}
