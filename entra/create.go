package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// A CreatedUser is what became of one account to create.
type CreatedUser struct {
	// User is the account; the zero User if Err is set.
	User match.User
	// Existed reports whether an account with that user principal name was
	// there before. It was not changed, and may be somebody else's: its other
	// attributes were not compared.
	Existed bool
	// Err says why there is no such account.
	Err error
}

// CreateUsers creates disabled accounts, each with a random password that nobody
// is told and that must be changed at the first sign-in. It yields each user's
// index once, as they settle. One that fails does not stop the others; its error
// is in the CreatedUser. If ctx ends, those that were not tried yield its cause.
// A creation whose outcome is unclear is looked up by user principal name before
// it is tried again. Nothing happens before the result is ranged over; breaking
// out stops it after the requests under way.
// Permission: User.ReadWrite.All.
// https://learn.microsoft.com/graph/api/user-post-users
func (c *Client) CreateUsers(ctx context.Context, users []NewUser) iter.Seq2[int, CreatedUser] {
	return func(yield func(int, CreatedUser) bool) {
		run := &userCreation{client: c, users: users, yield: yield}
		if run.create(ctx) {
			run.findTaken(ctx)
		}
	}
}

// A userCreation is one call of CreateUsers.
type userCreation struct {
	client *Client
	users  []NewUser
	yield  func(int, CreatedUser) bool
	taken  []*creation // refused because their name is taken; to be looked up
}

// A creation is one account on its way.
type creation struct {
	index   int
	unclear bool        // a request of ours may have made it
	found   *match.User // by looking
	err     error
}

// create creates the users in one call of Batch, so that an outage ends them all.
// It reports whether the consumer wants more.
func (r *userCreation) create(ctx context.Context) bool {
	creations := make([]creation, len(r.users))
	for i := range creations {
		creations[i].index = i
	}
	reqs := graph.Requests{Len: len(r.users), At: func(i int) graph.Request { return r.request(&creations[i]) }}
	wanted := true
	// Each account gets its own error; that of a whole batch adds nothing.
	_ = r.client.conn.Batch(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		wanted = r.settled(&creations[i], body, err)
		return wanted
	})
	return wanted
}

func (r *userCreation) request(cr *creation) graph.Request {
	return graph.Request{Op: OpCreateUser, Method: http.MethodPost, Path: "/users", Body: newUserBody{r.users[cr.index]},
		Settle: func(ctx context.Context) (done bool, err error) {
			cr.unclear = true
			cr.found, err = r.client.userByName(ctx, r.users[cr.index].UserPrincipalName)
			return cr.found != nil, err
		}}
}

// settled reports what became of an account, or puts it off.
func (r *userCreation) settled(cr *creation, body json.RawMessage, err error) bool {
	switch {
	case graph.ConflictsOn(err, "userPrincipalName"):
		cr.err = err
		r.taken = append(r.taken, cr)
		return true
	case err != nil:
		return r.yield(cr.index, CreatedUser{Err: err})
	case cr.found != nil:
		return r.report(cr)
	}
	var user match.User
	if err := json.Unmarshal(body, &user); err != nil || user.ID == "" {
		cr.unclear = true
		cr.err = &graph.Error{Op: OpCreateUser, Err: fmt.Errorf("%w: the answer is not a user", graph.ErrUnclear)}
		r.taken = append(r.taken, cr)
		return true
	}
	r.client.conn.MarkWritten(user.ID)
	return r.yield(cr.index, CreatedUser{User: user})
}

// report yields an account that was found by looking. After an unclear attempt of
// ours it is taken for our own; otherwise it was there before.
func (r *userCreation) report(cr *creation) bool {
	r.client.conn.MarkWritten(cr.found.ID) // an earlier run may have just created it
	return r.yield(cr.index, CreatedUser{User: *cr.found, Existed: !cr.unclear})
}

// findTaken looks up the accounts whose names are taken, until they are visible.
func (r *userCreation) findTaken(ctx context.Context) {
	err := r.client.conn.WaitOut(ctx, func() error {
		if !r.lookUp(ctx) || len(r.taken) == 0 {
			return nil
		}
		return graph.NotYet(r.taken[0].err)
	})
	for _, cr := range r.taken {
		cr.err = fmt.Errorf("%w; yet no such user can be seen: it may be a deleted one, a contact or a group", cr.err)
		if ctx.Err() != nil {
			cr.err = err
		}
		if !r.yield(cr.index, CreatedUser{Err: cr.err}) {
			return
		}
	}
}

// lookUp yields the accounts that can be seen and keeps the rest in taken. It
// reports whether the consumer wants more; if not, it keeps none.
func (r *userCreation) lookUp(ctx context.Context) bool {
	asked := r.taken
	r.taken = nil
	reqs := make([]graph.Request, len(asked))
	for i, cr := range asked {
		reqs[i] = graph.Request{Op: OpReadUser, Path: userByNamePath(r.users[cr.index].UserPrincipalName)}
	}
	wanted := true
	_ = r.client.conn.Batch(ctx, graph.Each(reqs), func(i int, body json.RawMessage, err error) bool {
		cr := asked[i]
		if err == nil {
			cr.found, err = r.client.firstUser(ctx, body, r.users[cr.index].UserPrincipalName)
		}
		switch {
		case err != nil:
			wanted = r.yield(cr.index, CreatedUser{Err: fmt.Errorf("%w; looking for that user: %w", cr.err, err)})
		case cr.found != nil:
			wanted = r.report(cr)
		default:
			r.taken = append(r.taken, cr)
		}
		return wanted
	})
	if !wanted {
		r.taken = nil
	}
	return wanted
}

// userByName finds a user by user principal name; nil if there is none.
func (c *Client) userByName(ctx context.Context, name string) (*match.User, error) {
	var body json.RawMessage
	if err := c.conn.Do(ctx, graph.Request{Op: OpReadUser, Path: userByNamePath(name)}, &body); err != nil {
		return nil, err
	}
	return c.firstUser(ctx, body, name)
}

// userByNamePath asks by filter and not by key, because a user principal name in
// a path has escapes of its own. https://learn.microsoft.com/graph/api/user-get
func userByNamePath(name string) string {
	return filterPath("/users", "userPrincipalName", name, "id,userPrincipalName,displayName,mail,accountEnabled")
}

// firstUser returns the user with that name of a listing that begins with body.
func (c *Client) firstUser(ctx context.Context, body []byte, name string) (*match.User, error) {
	users, err := graph.AllPages[match.User](ctx, c.conn, graph.Request{Op: OpReadUser}, body)
	if err != nil {
		return nil, err
	}
	for _, user := range users {
		if strings.EqualFold(user.UserPrincipalName, name) {
			return &user, nil
		}
	}
	return nil, nil
}

// A newUserBody is the body of a create request. It draws the password when it
// is encoded, so that the encoded body is the only place that ever holds it.
type newUserBody struct{ user NewUser }

func (b newUserBody) MarshalJSON() ([]byte, error) {
	body := map[string]any{}
	for name, value := range b.user.Attributes {
		name, err := userAttribute(name)
		if err != nil {
			return nil, err
		}
		if value != "" {
			setAttribute(body, name, value)
		}
	}
	names := []string{b.user.UserPrincipalName, b.user.MailNickname, b.user.DisplayName}
	body["accountEnabled"] = false
	body["displayName"] = b.user.DisplayName
	body["userPrincipalName"] = b.user.UserPrincipalName
	body["mailNickname"] = b.user.MailNickname
	body["passwordProfile"] = map[string]any{
		"forceChangePasswordNextSignIn": true,
		"password":                      newPassword(names...).reveal(),
	}
	return json.Marshal(body)
}

// WaitForUsers waits until users that were just created can be read by id, for
// [graph.Options.ReplicationWait] at most. Then it fails with
// [graph.ErrNotReplicated] and the number that is missing. A user who can be read
// may still be unknown to the replica that answers the next request.
// Permission: User.Read.All.
func (c *Client) WaitForUsers(ctx context.Context, ids []string) error {
	missing := slices.Clone(ids)
	return c.conn.WaitOut(ctx, func() (err error) {
		if missing, err = c.invisible(ctx, missing); err != nil || len(missing) == 0 {
			return err
		}
		return graph.NotYet(fmt.Errorf("%d of %d new users are not visible", len(missing), len(ids)))
	})
}

func (c *Client) invisible(ctx context.Context, ids []string) (missing []string, failure error) {
	reqs := make([]graph.Request, len(ids))
	for i, id := range ids {
		reqs[i] = graph.Request{Op: OpReadUser, Path: userPath(id) + "?$select=id"}
	}
	err := c.conn.Batch(ctx, graph.Each(reqs), func(i int, _ json.RawMessage, err error) bool {
		switch {
		case errors.Is(err, graph.ErrNotFound):
			missing = append(missing, ids[i])
		case err != nil && failure == nil:
			failure = err
		}
		return true
	})
	return missing, cmp.Or(failure, err)
}
