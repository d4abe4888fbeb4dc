package entra

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/rollcall-go/rollcall/match"
)

// sweep reads a whole collection of users, page by page, and keeps those who
// answer a question. It compares them as seen through view.
func (c *Client) sweep(ctx context.Context, l *lookup, collection string, view func(match.User) match.User) error {
	query := url.Values{"$select": {strings.Join(l.fields, ",")}, "$top": {pageSize}}
	req := request{op: opFindUsers, path: collection + "?" + encodeQuery(query)}
	for raw, err := range pages[json.RawMessage](ctx, c, req) {
		if err != nil {
			return err
		}
		p, err := c.readPerson(raw)
		if err != nil {
			return &Error{Op: opFindUsers, Err: err}
		}
		seen := person{User: view(p.User), raw: raw}
		for _, a := range l.asked {
			for _, place := range l.hits(a, seen) {
				l.found(place, p)
			}
		}
	}
	return nil
}

func asStored(user match.User) match.User { return user }
