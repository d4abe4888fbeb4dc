package entra

import (
	"context"
	"errors"
	"sync"
)

// A userCount is the number of users in the directory, asked once.
type userCount struct {
	mu    sync.Mutex
	asked bool
	users int
}

// countUsers returns the number of users, or 0 where the service won't count
// them (Azure AD B2C does not). It is an advanced query.
// https://learn.microsoft.com/graph/api/user-list#example-3-get-only-a-count-of-users
func (c *Client) countUsers(ctx context.Context) (int, error) {
	c.users.mu.Lock()
	defer c.users.mu.Unlock()
	if c.users.asked {
		return c.users.users, nil
	}
	var users int
	req := request{op: opFindUsers, path: "/users/$count", header: map[string]string{"ConsistencyLevel": "eventual"}}
	err := c.do(ctx, req, &users)
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Status == 0 || errors.Is(err, ErrUnauthenticated)) {
		return 0, err
	}
	c.users.asked = true
	if err == nil {
		c.users.users = users
		c.gate.quotas.resize(users)
	}
	return c.users.users, nil
}
