package entra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"golang.org/x/sync/singleflight"
)

// A Strategy is a way of looking many users up. All give the same answers.
type Strategy string

// The strategies of a lookup.
const (
	// PerRow asks one question in one request, as many at a time as may be in flight.
	PerRow Strategy = "perRow"
	// Batches asks 15 questions in one filter and 20 filters in one request.
	Batches Strategy = "batches"
	// Listing reads the whole directory, 999 users in one request and one request
	// after another. What it can't answer is asked in batches.
	Listing Strategy = "listing"
)

// A LookupPlan says how users are looked up and what that costs.
type LookupPlan struct {
	Strategy Strategy `json:"strategy"`
	// Questions is the number of different things to look up.
	Questions int `json:"questions"`
	// Directory is the number of users in the directory; 0 means not known, or
	// not asked because it could make no difference.
	Directory int `json:"directory,omitempty"`
	Requests  int `json:"requests"` // how many
	// Units are the resource units that the service will charge.
	// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
	Units    int           `json:"units"`
	Duration time.Duration `json:"duration"` // expected, in nanoseconds
	// Reason is why this strategy was chosen.
	Reason string `json:"reason"`
	// Others are the plans that were not chosen.
	Others []LookupPlan `json:"others,omitempty"`
}

// String returns the plan in one line.
func (p LookupPlan) String() string {
	line := fmt.Sprintf("%s: %d questions, %d requests, %d resource units, about %v",
		p.Strategy, p.Questions, p.Requests, p.Units, p.Duration.Round(10*time.Millisecond))
	if p.Reason != "" {
		line += " (" + p.Reason + ")"
	}
	return line
}

// PlanLookup returns how [Client.FindUsers] would answer the queries, and looks
// nobody up. If a listing may be the fastest way, it asks how many users there
// are, once for each client. [Options.Lookup] forces a strategy.
// Permission: User.Read.All.
func (c *Client) PlanLookup(ctx context.Context, queries []match.Query) (*LookupPlan, error) {
	l, err := c.newLookup(users, queries, nil)
	if err != nil {
		return nil, err
	}
	plan, err := c.plan(ctx, l, l.open())
	return &plan, err
}

// plan chooses the strategy for the open questions.
func (c *Client) plan(ctx context.Context, l *lookup, open []*question) (LookupPlan, error) {
	switch s := c.lookup; s {
	case "":
		return c.fastest(ctx, l, open)
	case PerRow, Batches, Listing:
		plan, err := c.forced(ctx, l, open, s)
		plan.Reason = "as Options.Lookup says"
		return plan, err
	default:
		return LookupPlan{}, fmt.Errorf("no such lookup strategy: %q; there are %q, %q and %q",
			string(s), PerRow, Batches, Listing)
	}
}

// forced returns the plan of a given strategy. The tenant's size matters for a
// listing, and for the limit that many requests run into.
func (c *Client) forced(ctx context.Context, l *lookup, open []*question, s Strategy) (LookupPlan, error) {
	plan := c.price(l, open, s, 0)
	if s != Listing && plan.Units < fewUnits {
		return plan, nil
	}
	users, err := c.countUsers(ctx)
	if err != nil {
		return plan, err
	}
	return c.price(l, open, s, users), nil
}

// fastest compares batches with a listing; [PerRow] is never faster than batches.
func (c *Client) fastest(ctx context.Context, l *lookup, open []*question) (LookupPlan, error) {
	batches := c.price(l, open, Batches, 0)
	if batches.Requests <= c.conn.InFlight() || len(l.attributes) == 0 {
		batches.Reason = "one round trip, which nothing beats"
		if len(l.attributes) == 0 {
			batches.Reason = "filters are the service's to answer"
		}
		return batches, nil
	}
	users, err := c.countUsers(ctx)
	if err != nil {
		return LookupPlan{}, err
	}
	if users == 0 {
		batches.Reason = "the service does not say how many users there are"
		return batches, nil
	}
	batches = c.price(l, open, Batches, users) // the limits are those of the tenant's size
	return better(batches, c.price(l, open, Listing, users)), nil
}

// better returns the faster of two plans; of equally fast ones the first.
func better(a, b LookupPlan) LookupPlan {
	if b.Duration < a.Duration {
		a, b = b, a
	}
	a.Reason = fmt.Sprintf("%s would take about %v", b.Strategy, b.Duration.Round(10*time.Millisecond))
	a.Others = []LookupPlan{b}
	return a
}

// price returns what a strategy costs in a directory of so many users.
func (c *Client) price(l *lookup, open []*question, s Strategy, users int) LookupPlan {
	p := LookupPlan{Strategy: s, Questions: len(open), Directory: users}
	rest, pages := open, 0
	if s == Listing {
		rest = unlisted(open)
		pages = max(1, ceil(users, 999))
	}
	load := graph.Load{Pages: pages, Units: pages}
	if s == PerRow {
		load.Requests, load.Units = len(rest), len(rest)
	} else {
		groups := len(c.groupsOf(rest))
		load.Batches, load.Units = ceil(groups, graph.BatchSize), pages+groups
	}
	p.Requests, p.Units = load.Pages+load.Batches+load.Requests, load.Units
	p.Duration = c.conn.Estimate(OpFindUsers, load)
	return p
}

// fewUnits are too few resource units for the tenant's size to matter: half of
// what the smallest tenants are granted in ten seconds.
const fewUnits = 1_750

func ceil(n, by int) int { return (n + by - 1) / by }

// unlisted returns the questions that a listing can't answer. What the
// directory takes as equal is only certain here for ASCII.
func unlisted(open []*question) []*question {
	var rest []*question
	for _, q := range open {
		if q.attribute == nil || strings.ContainsFunc(q.text, func(r rune) bool { return r > 127 }) {
			rest = append(rest, q)
		}
	}
	return rest
}

// A userCount is the number of users in the directory, asked once.
type userCount struct {
	flight singleflight.Group
	known  atomic.Pointer[int]
}

// countUsers returns the number of users, or 0 where the service won't count
// them (Azure AD B2C does not). Callers who come while it is being asked wait
// for that answer, each as long as its own context allows.
func (c *Client) countUsers(ctx context.Context) (int, error) {
	for {
		if known := c.users.known.Load(); known != nil {
			return *known, nil
		}
		asked := c.users.flight.DoChan("", func() (any, error) {
			n, err := c.askUserCount(ctx)
			if ctx.Err() != nil {
				err = errAskerLeft
			}
			return n, err
		})
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case answer := <-asked:
			switch {
			case ctx.Err() != nil:
				return 0, context.Cause(ctx)
			case answer.Err == nil:
				return answer.Val.(int), nil
			case !errors.Is(answer.Err, errAskerLeft):
				return 0, answer.Err
			}
		}
	}
}

// errAskerLeft says that the context of the caller who asked ended; the others
// ask again.
var errAskerLeft = errors.New("the caller who asked has left")

// askUserCount is an advanced query whose answer is text. That the service won't
// count is remembered; a failure that may pass is not.
// https://learn.microsoft.com/graph/api/user-list#example-3-get-only-a-count-of-users
func (c *Client) askUserCount(ctx context.Context) (int, error) {
	var users int
	header := map[string]string{"ConsistencyLevel": "eventual", "Accept": "text/plain"}
	req := graph.Request{Op: OpFindUsers, Path: "/users/$count", Header: header}
	err := c.conn.Do(ctx, req, &users)
	var e *graph.Error
	if err != nil && (!errors.As(err, &e) || e.Status == 0 || errors.Is(err, graph.ErrUnauthenticated)) {
		return 0, err
	}
	switch {
	case err == nil:
		c.conn.SetUsers(users)
	case !slices.Contains([]int{400, 403, 404, 501}, e.Status):
		return 0, nil
	}
	c.users.known.Store(&users)
	return users, nil
}
