package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// PackageOptions are the options of [Client.AssignPackage].
type PackageOptions struct {
	// Policy is the display name of the policy to assign by, one that allows
	// direct assignment; "" means the package's only policy.
	Policy string
	// Wait is how long to wait for the deliveries, which take minutes; 0 means 10 min.
	Wait time.Duration
	// NoWait returns as soon as the package is requested.
	NoWait bool
	// Interval is the time between two looks; 0 means 10 s.
	Interval time.Duration
}

// AssignPackage gives users, by object id, an access package as an
// administrator does, and waits until it is delivered. It is safe to repeat: it
// makes no request for users who have the package or are about to get it. The
// service takes one request for each user and works through them later. A request
// whose outcome is unclear is not sent again: it is looked for, and if it is not
// seen within [graph.Options.ReplicationWait] the user's error is
// [graph.ErrUnclear]; run again some minutes later. The report says what became
// of each user; the error concerns all of them.
// Permissions: EntitlementManagement.ReadWrite.All, and Application.Read.All to
// see roles that users hold without the package.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func (c *Client) AssignPackage(ctx context.Context, p *AccessPackage, users []string,
	opts *PackageOptions) (*PackageReport, error) {
	o := *cmp.Or(opts, new(PackageOptions))
	if o.Wait < 0 || o.Interval < 0 || o.NoWait && o.Wait > 0 {
		return nil, errors.New("assign an access package: Wait and Interval can't be negative, nor Wait set beside NoWait")
	}
	policy, err := p.Policy(o.Policy)
	if err != nil {
		return nil, err
	}
	a := &packageAssigner{client: c, pack: p, policy: policy.ID, results: map[string]*PackageResult{}}
	for _, user := range users {
		a.results[strings.ToLower(user)] = &PackageResult{PrincipalID: user}
	}
	for _, step := range []func(context.Context) error{a.readStates, a.makeRequests, a.recheck} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("access package %q: %w", p.DisplayName, err)
		}
	}
	if !o.NoWait {
		err = a.wait(ctx, cmp.Or(o.Wait, 10*time.Minute), cmp.Or(o.Interval, 10*time.Second))
	}
	report := &PackageReport{Package: p.DisplayName}
	for _, user := range users {
		result := *a.results[strings.ToLower(user)]
		result.PrincipalID = user
		report.Results = append(report.Results, result)
	}
	return report, err
}

// A packageAssigner is one call of AssignPackage.
type packageAssigner struct {
	client  *Client
	pack    *AccessPackage
	policy  string                    // its id
	results map[string]*PackageResult // by lower-case user id
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
	states, err := a.client.settledPackageStates(ctx, a.pack)
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

// makeRequests requests the package for everybody who does not have it.
func (a *packageAssigner) makeRequests(ctx context.Context) error {
	missing := a.where(func(r *PackageResult) bool { return r.State == "" })
	reqs := graph.Requests{Len: len(missing), At: func(i int) graph.Request { return a.requestFor(missing[i]) }}
	return a.client.conn.Batch(ctx, reqs, func(i int, body json.RawMessage, err error) bool {
		missing[i].recordRequest(body, err)
		return true
	})
}

func (a *packageAssigner) requestFor(r *PackageResult) graph.Request {
	body := map[string]any{"requestType": "adminAdd", "assignment": map[string]any{
		"targetId": r.PrincipalID, "assignmentPolicyId": a.policy, "accessPackageId": a.pack.ID}}
	return graph.Request{Op: opAssignPackage, Method: http.MethodPost, Path: packagesPath + "/assignmentRequests",
		Body: body}
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
		states, err := a.client.packageStates(ctx, a.pack)
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
		path := func(i int) string { return pending[i].path }
		err := readEach(ctx, a.client, opReadPackage, len(pending), path, func(i int, now packageRequest, err error) {
			if err == nil && (now.state() == "" || !strings.HasSuffix(pending[i].path, "/"+url.PathEscape(now.ID))) {
				return // it says nothing of this one
			}
			pending[i].recordState(now.state(), err)
		})
		if err != nil {
			return err
		}
	}
}
