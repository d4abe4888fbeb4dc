package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// PackageOptions are the options of [Client.AssignPackage].
type PackageOptions struct {
	// Policy is the display name of the policy to assign by, one that allows
	// direct assignment; "" means the package's only policy for users of the directory.
	Policy string
	// External are the e-mail addresses of people who are not in the directory. The
	// delivery makes guests of them, so an address that a user has, also a deleted one,
	// or that is of a domain of the tenant, is not asked for.
	External []string
	// ExternalPolicy is the display name of the policy for them; "" means the package's
	// only policy for people who are not in the directory.
	ExternalPolicy string
	// MaxRequests is the greatest number of requests in one call: 0 means
	// DefaultMaxRequests, and [assign.NoLimit] that there is no limit. MaxInvitations is
	// that of those for people outside, by default DefaultMaxInvitations.
	MaxRequests, MaxInvitations int
	// Override lifts both limits. It is the reason why so many are right.
	Override string
	// Wait is how long to wait for the deliveries, which take minutes; 0 means 10 min.
	Wait time.Duration
	// NoWait returns as soon as the package is requested.
	NoWait bool
	// Interval is the time between two looks; 0 means 10 s. A look at more than 100
	// pending deliveries reads the package's lists.
	Interval time.Duration
}

// PlanPackage returns what [Client.AssignPackage] would do, and writes nothing: those
// who would be asked for are PackageWanted. It fails with a [*PackageLimitError] if they
// are too many.
// Permissions: EntitlementManagement.Read.All, and Application.Read.All to see roles
// that users hold without the package; for people outside also User.Read.All, and
// Organization.Read.All to know the tenant's domains.
func (c *Client) PlanPackage(ctx context.Context, p *AccessPackage, users []string,
	opts *PackageOptions) (*PackageReport, error) {
	a, err := c.planPackage(ctx, p, users, opts)
	if err != nil {
		return nil, err
	}
	return a.report(), nil
}

// AssignPackage gives users, by object id, and people outside of the directory an access
// package as an administrator does, and waits until it is delivered. It is safe to
// repeat: it makes no request for those who have the package or are about to get it. The
// service takes one request for each and works through them later. A request
// whose outcome is unclear is not sent again: it is looked for, and if it is not
// seen within [graph.Options.ReplicationWait] the user's error is
// [graph.ErrUnclear]; run again some minutes later. The report says what became
// of each; the error concerns all of them. There is no report if it is a
// [*PackageLimitError], or if who has the package could not be read.
// Permissions: EntitlementManagement.ReadWrite.All, and those of [Client.PlanPackage].
// People outside take a license of Microsoft Entra ID Governance.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func (c *Client) AssignPackage(ctx context.Context, p *AccessPackage, users []string,
	opts *PackageOptions) (*PackageReport, error) {
	a, err := c.planPackage(ctx, p, users, opts)
	if err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{a.makeRequests, a.recheck} {
		if err := step(ctx); err != nil {
			return a.report(), fmt.Errorf("access package %q: %w", p.DisplayName, err)
		}
	}
	if !a.opts.NoWait {
		err = a.wait(ctx, cmp.Or(a.opts.Wait, 10*time.Minute), cmp.Or(a.opts.Interval, 10*time.Second))
	}
	return a.report(), err
}

// planPackage finds out who lacks the package.
func (c *Client) planPackage(ctx context.Context, p *AccessPackage, users []string,
	opts *PackageOptions) (*packageAssigner, error) {
	a := &packageAssigner{client: c, pack: p, opts: *cmp.Or(opts, new(PackageOptions)), results: map[string]*PackageResult{}}
	if err := a.opts.check(); err != nil {
		return nil, err
	}
	for _, user := range users {
		a.add(user, PackageResult{PrincipalID: user})
	}
	for _, email := range a.opts.External {
		a.add(email, PackageResult{Email: strings.TrimSpace(email)})
	}
	for _, step := range []func(context.Context) error{a.choosePolicies, a.readStates, a.checkOutside, a.checkLimits} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("access package %q: %w", p.DisplayName, err)
		}
	}
	return a, nil
}

func (o *PackageOptions) check() error {
	if o.Wait < 0 || o.Interval < 0 || o.NoWait && o.Wait > 0 {
		return errors.New("assign an access package: Wait and Interval can't be negative, nor Wait set beside NoWait")
	}
	if o.MaxRequests < 0 || o.MaxInvitations < 0 {
		return errors.New("assign an access package: MaxRequests and MaxInvitations can't be negative: assign.NoLimit lifts them")
	}
	return nil
}

// A packageAssigner is one call of AssignPackage or PlanPackage.
type packageAssigner struct {
	client   *Client
	pack     *AccessPackage
	opts     PackageOptions
	policy   *PackagePolicy            // nil if there are no users
	external *PackagePolicy            // nil if nobody is outside
	results  map[string]*PackageResult // by lower-case user id or address
	order    []string                  // of the results
}

func (a *packageAssigner) add(name string, result PackageResult) {
	key := strings.ToLower(strings.TrimSpace(name))
	result.key = key
	a.order = append(a.order, key)
	if a.results[key] == nil {
		a.results[key] = &result
	}
}

func (a *packageAssigner) choosePolicies(context.Context) (err error) {
	if len(a.order) > len(a.opts.External) || len(a.order) == 0 {
		a.policy, err = a.pack.Policy(a.opts.Policy)
	}
	if err == nil && len(a.opts.External) > 0 {
		a.external, err = a.pack.ExternalPolicy(a.opts.ExternalPolicy)
	}
	return err
}

// report returns what became of all so far, as they were given.
func (a *packageAssigner) report() *PackageReport {
	report := &PackageReport{Package: a.pack.DisplayName}
	for _, key := range a.order {
		result := *a.results[key]
		result.State = cmp.Or(result.State, PackageWanted)
		report.Results = append(report.Results, result)
	}
	return report
}

// where returns the results for which a condition holds, in the order of the users' ids.
func (a *packageAssigner) where(holds func(*PackageResult) bool) (results []*PackageResult) {
	for _, user := range slices.Sorted(maps.Keys(a.results)) {
		if holds(a.results[user]) {
			results = append(results, a.results[user])
		}
	}
	return results
}

// readStates finds out who has the package, who is about to get it, and who
// holds its roles without it.
func (a *packageAssigner) readStates(ctx context.Context) error {
	states, err := a.settledStates(ctx)
	if err != nil {
		return err
	}
	held, err := a.heldDirectly(ctx)
	if err != nil {
		return err
	}
	for user, r := range a.results {
		r.update(states)
		if r.State != PackageHeld { // else the roles may be the package's own
			r.HeldBefore = held[user]
		}
	}
	return nil
}

// heldDirectly returns the names of the package's roles that users hold, by
// lower-case user id.
func (a *packageAssigner) heldDirectly(ctx context.Context) (map[string][]string, error) {
	held := map[string][]string{}
	byApp := map[string][]PackageRole{}
	for _, role := range a.pack.Roles {
		byApp[role.ServicePrincipalID] = append(byApp[role.ServicePrincipalID], role)
	}
	for _, app := range slices.Sorted(maps.Keys(byApp)) {
		assignments, err := a.client.client.Assignments(ctx, app)
		if err != nil {
			return nil, err
		}
		for _, assignment := range assignments {
			for _, role := range byApp[app] {
				if strings.EqualFold(role.AppRoleID, assignment.AppRoleID) {
					user := strings.ToLower(assignment.PrincipalID)
					held[user] = append(held[user], role.DisplayName)
				}
			}
		}
	}
	return held, nil
}

// checkOutside refuses addresses that can't be those of people outside of the directory:
// a request for one would make a second user of somebody.
func (a *packageAssigner) checkOutside(ctx context.Context) error {
	asked := a.where(func(r *PackageResult) bool { return r.Email != "" && r.State == "" })
	if len(asked) == 0 {
		return nil
	}
	own, err := a.client.client.VerifiedDomains(ctx)
	if err != nil && !errors.Is(err, graph.ErrForbidden) {
		return err
	}
	for _, r := range asked {
		_, domain, _ := strings.Cut(r.Email, "@")
		switch parsed, err := mail.ParseAddress(r.Email); {
		case err != nil || parsed.Address != r.Email:
			r.setError(errors.New("it is no e-mail address"))
		case own[strings.ToLower(domain)]:
			r.setError(fmt.Errorf("%s is a domain of this tenant, so nobody outside has this address: correct the row, "+
				"or create the user", domain))
		}
	}
	client := a.client.client
	for _, look := range []struct {
		find        match.Finder
		where, todo string
	}{{client.FindUsers, "in the directory", "assign that one"}, {client.FindDeletedUsers, "in the recycle bin", "restore that one"}} {
		if err := a.refuseKnown(ctx, look.find, look.where, look.todo); err != nil {
			return err
		}
	}
	return nil
}

// addressAttributes are where an address of somebody in the directory may stand. Of the
// last two a tenant may use neither.
var addressAttributes = []string{"mail", "userPrincipalName", "otherMails", "proxyAddresses"}

// refuseKnown refuses the addresses that a lookup finds.
func (a *packageAssigner) refuseKnown(ctx context.Context, find match.Finder, where, todo string) error {
	asked := a.where(func(r *PackageResult) bool { return r.Email != "" && r.State == "" })
	var queries []match.Query
	for _, r := range asked {
		for _, attribute := range addressAttributes {
			queries = append(queries, match.Equal(attribute, r.Email))
		}
	}
	answers, err := match.Ask(ctx, find, queries)
	if err != nil {
		return err
	}
	for i, answer := range answers {
		r, unused := asked[i/len(addressAttributes)], i%len(addressAttributes) > 1
		switch {
		case answer.Err != nil && !(unused && errors.Is(answer.Err, graph.ErrIncomplete)):
			return answer.Err
		case len(answer.Users) > 0 && r.State == "":
			r.setError(fmt.Errorf("a user with this address is %s (%s): %s", where,
				roster.Printable(cmp.Or(answer.Users[0].DisplayName, answer.Users[0].UserPrincipalName)), todo))
		}
	}
	return nil
}

// makeRequests requests the package for everybody who does not have it.
func (a *packageAssigner) makeRequests(ctx context.Context) error {
	missing := a.where(isWanted)
	reqs := graph.Requests{Len: len(missing), At: func(i int) graph.Request { return a.requestFor(missing[i]) }}
	return a.client.conn.Batch(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		missing[i].recordRequest(body, err)
		return true
	})
}

// requestFor asks for a user by id, and for somebody outside by address.
func (a *packageAssigner) requestFor(r *PackageResult) graph.Request {
	assignment := map[string]any{"accessPackageId": a.pack.ID}
	if r.Email != "" {
		assignment["target"], assignment["assignmentPolicyId"] = map[string]any{"email": r.Email}, a.external.ID
	} else {
		assignment["targetId"], assignment["assignmentPolicyId"] = r.PrincipalID, a.policy.ID
	}
	return graph.Request{Op: opAssignPackage, Method: http.MethodPost, Path: packagesPath + "/assignmentRequests",
		Body: map[string]any{"requestType": "adminAdd", "assignment": assignment}}
}

// recheck looks again at users whose requests were refused, because somebody else
// may have made them, and at those whose outcome is unclear until it sees them. A
// request has no key: one that is sent again while lists lag is a second one.
// What the service answers then is not documented.
func (a *packageAssigner) recheck(ctx context.Context) error {
	open := a.where(func(r *PackageResult) bool {
		return errors.Is(r.Err, graph.ErrUnclear) || hasStatus(r.Err, http.StatusBadRequest, http.StatusConflict)
	})
	if len(open) == 0 {
		return nil
	}
	err := a.client.conn.WaitOut(ctx, func() error {
		states, err := a.states(ctx)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, func(r *PackageResult) bool { return r.settle(states) })
		_, unsaid := states[""]
		for _, r := range open {
			if unsaid || errors.Is(r.Err, graph.ErrUnclear) {
				return graph.NotYet(r.Err)
			}
		}
		return nil
	})
	if errors.Is(err, graph.ErrNotReplicated) {
		return nil // each keeps its own error
	}
	return err
}

func hasStatus(err error, statuses ...int) bool {
	var e *graph.Error
	return errors.As(err, &e) && slices.Contains(statuses, e.Status)
}

// wait polls the pending deliveries until there are none, or the time is over.
func (a *packageAssigner) wait(ctx context.Context, limit, interval time.Duration) error {
	started := time.Now()
	for {
		pending := a.where(func(r *PackageResult) bool { return r.State == PackagePending && r.path != "" })
		if len(pending) == 0 || time.Since(started)+interval > limit {
			return nil
		}
		if err := graph.Sleep(ctx, interval); err != nil {
			return fmt.Errorf("%w while %d deliveries were pending", err, len(pending))
		}
		if err := a.look(ctx, pending); err != nil {
			return err
		}
	}
}

// fewPending are so few deliveries that each is read by itself.
const fewPending = 100

// look finds out what became of pending deliveries. Many are looked for in the
// package's lists, which are a hundredth of the requests, and read by themselves where
// the lists don't show them: they lag, and don't show what failed.
func (a *packageAssigner) look(ctx context.Context, pending []*PackageResult) error {
	if len(pending) > fewPending {
		states, err := a.states(ctx)
		if err != nil {
			return err
		}
		pending = slices.DeleteFunc(pending, func(r *PackageResult) bool { return r.settle(states) })
		pending = pending[:min(len(pending), fewPending)]
	}
	path := func(i int) string { return pending[i].path }
	return readEach(ctx, a.client, opReadPackage, len(pending), path, func(i int, now packageRequest, err error) {
		if err == nil && (now.state() == "" || !strings.HasSuffix(pending[i].path, "/"+url.PathEscape(now.ID))) {
			return // it says nothing of this one
		}
		pending[i].recordState(now.state(), err)
	})
}
