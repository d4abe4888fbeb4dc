package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/entra/graph"
)

// PackageOptions are the options of [Client.AssignPackage].
type PackageOptions struct {
	// Policy is the display name of the policy to assign by, one for direct
	// assignment; "" = the package's only policy.
	Policy string
	// Wait is how long to wait for the deliveries, which take minutes; 0 = 10 min,
	// negative = not at all.
	Wait time.Duration
	// Interval is the time between two looks; 0 = 10 s.
	Interval time.Duration
}

// AssignPackage gives users, by object id, an access package as an
// administrator, and waits until it is delivered. Who has it, or is about to get
// it, is not asked for again, so that it is safe to repeat. The service takes a
// request for each user and works them off later; what became of each is in the
// report. The error is for what concerns all of them.
// Permission: EntitlementManagement.ReadWrite.All, and Application.Read.All to
// see roles that users hold without the package.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func (c *Client) AssignPackage(ctx context.Context, p *AccessPackage, users []string, opts *PackageOptions) (*PackageReport, error) {
	var o PackageOptions
	if opts != nil {
		o = *opts
	}
	o.Wait = cmp.Or(o.Wait, 10*time.Minute)
	o.Interval = cmp.Or(o.Interval, 10*time.Second)
	policy, err := p.Policy(o.Policy)
	if err != nil {
		return nil, err
	}
	g := &packaging{client: c, pack: p, policy: policy.ID, report: &PackageReport{Package: p.DisplayName}}
	for _, user := range users {
		g.report.Results = append(g.report.Results, PackageResult{PrincipalID: user})
	}
	for _, step := range []func(context.Context) error{g.lookAround, g.request, g.reconsider} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("access package %q: %w", p.DisplayName, err)
		}
	}
	return g.report, g.wait(ctx, o)
}

// A packaging is one call of AssignPackage.
type packaging struct {
	client *Client
	pack   *AccessPackage
	policy string
	report *PackageReport
}

// lookAround finds out who has the package, who is about to get it, and who
// holds its roles without it.
func (g *packaging) lookAround(ctx context.Context) error {
	under, err := g.client.settled(ctx, g.pack)
	if err != nil {
		return err
	}
	held, err := g.heldDirectly(ctx)
	if err != nil {
		return err
	}
	for i := range g.report.Results {
		r := &g.report.Results[i]
		user := strings.ToLower(r.PrincipalID)
		if found, ok := under[user]; ok {
			r.State, r.Service, r.watch = found.State, found.Service, found.watch
		}
		if r.State != PackageHeld { // else the roles may be the package's own
			r.HeldBefore = held[user]
		}
	}
	return nil
}

// heldDirectly returns the names of the package's roles that users hold, by
// lower-case user id.
func (g *packaging) heldDirectly(ctx context.Context) (map[string][]string, error) {
	held := map[string][]string{}
	var read []string
	for _, role := range g.pack.Roles {
		if slices.Contains(read, role.ServicePrincipalID) {
			continue
		}
		read = append(read, role.ServicePrincipalID)
		assignments, err := g.client.client.Assignments(ctx, role.ServicePrincipalID)
		if err != nil {
			return nil, err
		}
		for _, a := range assignments {
			for _, role := range g.pack.Roles {
				if strings.EqualFold(role.AppRoleID, a.AppRoleID) && strings.EqualFold(role.ServicePrincipalID, a.ResourceID) {
					user := strings.ToLower(a.PrincipalID)
					held[user] = append(held[user], role.DisplayName)
				}
			}
		}
	}
	return held, nil
}

// request asks for the package for everybody who does not have it.
func (g *packaging) request(ctx context.Context) error {
	var indexes []int
	var reqs []graph.Request
	asked := map[string]bool{}
	for i, r := range g.report.Results {
		if r.State == "" && !asked[strings.ToLower(r.PrincipalID)] {
			asked[strings.ToLower(r.PrincipalID)] = true
			indexes = append(indexes, i)
			reqs = append(reqs, g.requestFor(&g.report.Results[i]))
		}
	}
	return g.client.batch(ctx, reqs, func(i int, body json.RawMessage, err error) {
		g.asked(&g.report.Results[indexes[i]], body, err)
	})
}

// asked takes in what came of a request.
func (g *packaging) asked(r *PackageResult, body json.RawMessage, err error) {
	var made packageRequest
	switch {
	case err != nil:
		r.fail(err)
	case r.State != "": // an unclear outcome, settled by looking
	case json.Unmarshal(body, &made) != nil || made.ID == "":
		r.fail(fmt.Errorf("the answer to the request is not one: %w", graph.ErrUnclear))
	default:
		r.State, r.Service, r.watch = PackagePending, made.state(), requestPath(made.ID)
	}
}

func (g *packaging) requestFor(r *PackageResult) graph.Request {
	body := map[string]any{"requestType": "adminAdd", "assignment": map[string]any{
		"targetId": r.PrincipalID, "assignmentPolicyId": g.policy, "accessPackageId": g.pack.ID}}
	return graph.Request{Op: opAssignPackage, Method: http.MethodPost, Path: packagesPath + "/assignmentRequests", Body: body,
		Settle: func(ctx context.Context) (bool, error) {
			under, err := g.client.underWay(ctx, g.pack)
			found, ok := under[strings.ToLower(r.PrincipalID)]
			if ok {
				r.State, r.Service, r.watch = found.State, found.Service, found.watch
			}
			if r.State == PackageHeld { // since this request
				r.State = PackageDelivered
			}
			return ok, err
		}}
}

// reconsider looks again at users whose requests were refused: somebody else,
// or an attempt whose outcome was unclear, may have asked for them already. What
// the service says then is not documented.
func (g *packaging) reconsider(ctx context.Context) error {
	refused := func(r PackageResult) bool {
		var e *graph.Error
		return r.State == PackageFailed && errors.As(r.Err, &e) && (e.Status == http.StatusBadRequest || e.Status == http.StatusConflict)
	}
	if !slices.ContainsFunc(g.report.Results, refused) {
		return nil
	}
	under, err := g.client.settled(ctx, g.pack)
	if err != nil {
		return err
	}
	for i := range g.report.Results {
		r := &g.report.Results[i]
		if found, ok := under[strings.ToLower(r.PrincipalID)]; ok && refused(*r) {
			r.State, r.Service, r.watch, r.Err, r.Error = found.State, found.Service, found.watch, nil, ""
		}
	}
	return nil
}

// wait looks at what is under way until nothing is, or the time is over.
func (g *packaging) wait(ctx context.Context, o PackageOptions) error {
	defer g.share()
	started := time.Now()
	for {
		open := g.open()
		if len(open) == 0 || time.Since(started)+o.Interval > o.Wait {
			return nil
		}
		if err := graph.SleepUntil(ctx, time.Now().Add(o.Interval)); err != nil {
			return fmt.Errorf("%w while %d deliveries were under way", err, len(open))
		}
		if err := g.look(ctx, open); err != nil {
			return err
		}
	}
}

func (g *packaging) open() (indexes []int) {
	for i, r := range g.report.Results {
		if r.State == PackagePending && r.watch != "" {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// look reads the state of what is under way.
func (g *packaging) look(ctx context.Context, open []int) error {
	reqs := make([]graph.Request, len(open))
	for i, index := range open {
		reqs[i] = graph.Request{Op: opReadPackage, Path: g.report.Results[index].watch}
	}
	return g.client.batch(ctx, reqs, func(i int, body json.RawMessage, err error) {
		r := &g.report.Results[open[i]]
		var now packageRequest
		if err == nil {
			err = json.Unmarshal(body, &now)
		}
		if err != nil {
			if !errors.Is(err, graph.ErrNotFound) { // a request is not visible at once
				r.fail(err)
			}
			return
		}
		r.Service = now.state()
		switch packageState(r.Service) {
		case PackageDelivered:
			r.State = PackageDelivered
		case PackageFailed:
			r.fail(fmt.Errorf("the service says %s", r.Service))
		}
	})
}

// share gives users who are named twice the result of their first mention.
func (g *packaging) share() {
	first := map[string]PackageResult{}
	for i, r := range g.report.Results {
		user := strings.ToLower(r.PrincipalID)
		if earlier, again := first[user]; again && r.State == "" {
			earlier.PrincipalID = r.PrincipalID
			g.report.Results[i] = earlier
		} else if !again {
			first[user] = r
		}
	}
}
