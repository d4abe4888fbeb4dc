package entra

import (
	"context"
	"errors"
	"net/url"
	"strings"
)

// A packageRequest asks for a package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentrequest
type packageRequest struct {
	ID           string
	State        string
	RequestState string // in older answers
	RequestType  string
	Assignment   struct{ Target struct{ ObjectID string } }
}

func (r packageRequest) state() string {
	if r.State == "" {
		return r.RequestState
	}
	return r.State
}

// settled is underWay once every open request says for whom it is, which it
// does a while after it was made: else an earlier run's would be made again. One
// may be stuck before that for ever, so that this is waited for within a bound.
// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2664
func (c *Client) settled(ctx context.Context, p *AccessPackage) (under map[string]PackageResult, err error) {
	err = c.waitOut(ctx, func() error {
		under, err = c.underWay(ctx, p)
		if _, unsaid := under[""]; unsaid && err == nil {
			return notYet{errors.New("a request does not say yet for whom it is")}
		}
		return err
	})
	if under != nil && errors.Is(err, ErrNotReplicated) {
		err = nil
	}
	return under, err
}

// underWay says by lower-case user id who has a package and who is about to get
// it; the empty id stands for requests that do not say.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func (c *Client) underWay(ctx context.Context, p *AccessPackage) (map[string]PackageResult, error) {
	under := map[string]PackageResult{}
	list := request{op: opReadPackage, path: packagesPath + "/assignmentRequests?" + encodeQuery(url.Values{
		"$filter": {"accessPackage/id eq " + quoted(p.ID)}, "$expand": {"accessPackage,assignment($expand=target)"}})}
	requests, err := collect(pages[packageRequest](ctx, c, list), func(r packageRequest) string { return r.ID })
	if err != nil {
		return nil, err
	}
	for _, r := range requests {
		if strings.HasSuffix(strings.ToLower(r.RequestType), "add") && packageState(r.state()) == PackagePending {
			under[strings.ToLower(r.Assignment.Target.ObjectID)] = PackageResult{State: PackagePending, Service: r.state(), watch: requestPath(r.ID)}
		}
	}
	assignments, err := c.packageAssignments(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, a := range assignments {
		user := strings.ToLower(a.Target.ObjectID)
		switch packageState(a.State) {
		case PackageDelivered:
			under[user] = PackageResult{State: PackageHeld, Service: a.State}
		case PackagePending:
			if _, known := under[user]; !known {
				under[user] = PackageResult{State: PackagePending, Service: a.State, watch: packagesPath + "/assignments/" + url.PathEscape(a.ID)}
			}
		}
	}
	return under, nil
}

func requestPath(id string) string {
	return packagesPath + "/assignmentRequests/" + url.PathEscape(id)
}
