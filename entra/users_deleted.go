package entra

import (
	"context"
	"iter"
	"strings"

	"github.com/rollcall-go/rollcall/match"
)

const deletedUsers = "/directory/deletedItems/microsoft.graph.user"

// FindDeletedUsers implements [match.RecycleBin]: it is FindUsers for users that
// were deleted in the last 30 days. The recycle bin is small and can't be
// filtered by every attribute, so that it is read once and searched here;
// filters are the service's. User principal names are compared as they were
// before the deletion, which put the user's id in front, and returned as stored.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func (c *Client) FindDeletedUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return stream(ctx, queries, func(l *lookup) error {
		var filters []int32
		for _, i := range l.open() {
			if l.questions[i].attribute == nil {
				filters = append(filters, i)
			}
		}
		err := c.askAll(ctx, l, deletedUsers, l.groups(filters), c.batchAll)
		if err == nil && len(l.asked) > 0 && !l.stopped {
			err = c.sweep(ctx, l, deletedUsers, restored)
		}
		return err
	})
}

// restored returns the user with the principal name from before the deletion.
// That the id is put before it, without dashes, is believed, not verified.
func restored(user match.User) match.User {
	prefix := strings.ReplaceAll(user.ID, "-", "")
	if n := len(prefix); n < len(user.UserPrincipalName) && strings.EqualFold(user.UserPrincipalName[:n], prefix) {
		user.UserPrincipalName = user.UserPrincipalName[n:]
	}
	return user
}
