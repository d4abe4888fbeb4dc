package entra

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// A CreatedUser is what became of one account to create.
type CreatedUser struct {
	// User is the account; the zero User if Err is set.
	User match.User
	// Existed reports whether an account with that user principal name was
	// there before. It was not changed, and may be somebody else's: its other
	// attributes were not compared. After an unclear attempt, an account was made
	// by it only if it was created since, is disabled and has all that was sent.
	Existed bool
	// Err says why there is no such account.
	Err error
}

// CreateUsers creates disabled accounts, each with a random password that nobody
// is told and that must be changed at the first sign-in. [Client.PlanUsers] says
// beforehand which of them can be created. It yields each user's index once, as
// they settle. One that fails does not stop the others; its error is in the
// CreatedUser. If the first 20 are all refused for want of a permission, or end in
// an outage, the rest yield [assign.ErrNotTried]. If ctx ends, those that were not
// tried yield its cause. A creation whose outcome is unclear is looked up by user principal
// name before it is tried again. Nothing happens before the result is ranged over;
// breaking out stops it after the requests under way.
// Permission: User.ReadWrite.All.
// https://learn.microsoft.com/graph/api/user-post-users
func (c *Client) CreateUsers(ctx context.Context, users []NewUser) iter.Seq2[int, CreatedUser] {
	return func(yield func(int, CreatedUser) bool) {
		run := &userCreation{client: c, users: users, yield: yield, began: time.Now()}
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
	began  time.Time
	taken  []*creation // refused because their name is taken; to be looked up
	again  []*creation // to be sent with another password
}

// A creation is one account on its way.
type creation struct {
	index   int
	unclear bool       // a request of ours may have made it
	found   *foundUser // by looking
	draws   int        // of passwords that were refused
	err     error
}

// maxDraws is how many passwords of an account may be refused: what the service
// bans is not known here, and a random one is seldom among it.
const maxDraws = 3

// create creates the users. It reports whether the consumer wants more.
func (r *userCreation) create(ctx context.Context) bool {
	creations := make([]creation, len(r.users))
	for i := range creations {
		creations[i].index = i
		r.again = append(r.again, &creations[i])
	}
	for len(r.again) > 0 {
		open := r.again
		if r.again = nil; !r.send(ctx, open) {
			return false
		}
	}
	return true
}

func (r *userCreation) send(ctx context.Context, creations []*creation) bool {
	reqs := graph.Requests{Len: len(creations), At: func(i int) graph.Request { return r.request(creations[i]) }}
	wanted := true
	r.client.batch(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		wanted = r.settled(creations[i], body, err)
		return wanted
	})
	return wanted
}

func (r *userCreation) request(cr *creation) graph.Request {
	return graph.Request{Op: OpCreateUser, Method: http.MethodPost, Path: "/users", Body: newUserBody{r.users[cr.index]},
		Look: func() graph.Request { return r.lookFor(cr) },
		Settle: func(ctx context.Context, seen graph.Seen) (done bool, err error) {
			cr.unclear = true
			if err = seen.Err; err == nil {
				cr.found, err = r.find(ctx, seen.Body, cr)
			}
			return cr.found != nil, err
		}}
}

// settled reports what became of an account, or puts it off.
func (r *userCreation) settled(cr *creation, body json.RawMessage, err error) bool {
	switch {
	case errors.Is(err, graph.ErrPasswordRefused) && cr.draws < maxDraws:
		cr.draws++
		r.again = append(r.again, cr)
		return true
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

// report yields an account that was found by looking.
func (r *userCreation) report(cr *creation) bool {
	if graph.RecentlyCreated(cr.found.CreatedDateTime) { // perhaps by an earlier run
		r.client.conn.MarkWritten(cr.found.ID)
	}
	return r.yield(cr.index, CreatedUser{User: cr.found.User, Existed: !cr.unclear || !cr.found.asSent})
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
		reqs[i] = r.lookFor(cr)
	}
	wanted := true
	_ = r.client.conn.Batch(ctx, graph.Each(reqs), func(i int, body json.RawMessage, err error) bool {
		cr := asked[i]
		if err == nil {
			cr.found, err = r.find(ctx, body, cr)
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

// A foundUser is a user with the user principal name of one to create.
type foundUser struct {
	match.User
	AccountEnabled  *bool `json:"accountEnabled"`
	CreatedDateTime time.Time
	asSent          bool // created since the run began, and with all that it sends
}

// lookFor asks by filter and not by key, because a user principal name in a path
// has escapes of its own. https://learn.microsoft.com/graph/api/user-get
func (r *userCreation) lookFor(cr *creation) graph.Request {
	user := r.users[cr.index]
	properties := slices.Sorted(maps.Keys(user.body()))
	properties = append([]string{"id", "mail", "createdDateTime"}, properties...)
	slices.Sort(properties)
	return graph.Request{Op: OpReadUser, Path: filterPath("/users", "userPrincipalName", user.UserPrincipalName,
		strings.Join(slices.Compact(properties), ","))}
}

// find returns the user with the name of one to create, of a listing that begins
// with body; nil if there is none.
func (r *userCreation) find(ctx context.Context, body []byte, cr *creation) (*foundUser, error) {
	wanted := r.users[cr.index]
	for raw, err := range graph.AllPages[json.RawMessage](ctx, r.client.conn, graph.Request{Op: OpReadUser}, body) {
		if err != nil {
			return nil, err
		}
		found := new(foundUser)
		if err := json.Unmarshal(raw, found); err != nil {
			return nil, &graph.Error{Op: OpReadUser, Err: fmt.Errorf("%w: a user can't be read: %w", graph.ErrIncomplete, err)}
		}
		switch {
		case !strings.EqualFold(found.UserPrincipalName, wanted.UserPrincipalName):
		case found.ID == "":
			return nil, OpReadUser.Missing("user "+wanted.UserPrincipalName, "id")
		case found.AccountEnabled == nil:
			return nil, OpReadUser.Missing("user "+found.ID, "accountEnabled")
		default:
			found.User.AccountEnabled = *found.AccountEnabled
			found.asSent = graph.CreatedSince(found.CreatedDateTime, r.began) && holds(raw, wanted.body())
			return found, nil
		}
	}
	return nil, nil
}

// holds reports whether an object has all properties of a body that was sent.
func holds(object json.RawMessage, body map[string]any) bool {
	sent, err := json.Marshal(body)
	var want, got any
	return err == nil && json.Unmarshal(sent, &want) == nil && json.Unmarshal(object, &got) == nil && includes(got, want)
}

// includes reports whether got has all of want. Letter case does not matter.
func includes(got, want any) bool {
	switch want := want.(type) {
	case string:
		text, ok := got.(string)
		return ok && strings.EqualFold(text, want)
	case map[string]any:
		object, _ := got.(map[string]any)
		for name, value := range want {
			if !includes(object[name], value) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}

// A newUserBody is the body of a create request. It draws the password when it
// is encoded, so that the encoded body is the only place that ever holds it.
type newUserBody struct{ user NewUser }

func (b newUserBody) MarshalJSON() ([]byte, error) {
	for name := range b.user.Attributes {
		if _, err := userAttribute(name); err != nil {
			return nil, err
		}
	}
	body := b.user.body()
	names := []string{b.user.UserPrincipalName, b.user.MailNickname, b.user.DisplayName}
	body["passwordProfile"] = map[string]any{
		"forceChangePasswordNextSignIn": true,
		"password":                      newPassword(names...).reveal(),
	}
	return json.Marshal(body)
}

// body is the account as it is created, but for the password.
func (u NewUser) body() map[string]any {
	body := map[string]any{"accountEnabled": false}
	for name, value := range u.values() {
		setAttribute(body, name, value)
	}
	return body
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
