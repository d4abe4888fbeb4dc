package governance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

const packagesPath = "/identityGovernance/entitlementManagement"

// An AccessPackage is a bundle of roles that users are given together.
// https://learn.microsoft.com/graph/api/resources/accesspackage
type AccessPackage struct {
	ID          string          `json:"id"`
	DisplayName string          `json:"displayName"`
	Policies    []PackagePolicy `json:"policies"`
	Roles       []PackageRole   `json:"roles"`
}

// A PackagePolicy is a way to get a package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentpolicy
type PackagePolicy struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
}

// A PackageRole is a role of an application that a package delivers. That the
// service's originId of a role is the app role's id is believed, not verified.
type PackageRole struct {
	AppRoleID          string `json:"appRoleId"`
	DisplayName        string `json:"displayName"`
	ServicePrincipalID string `json:"servicePrincipalId"`
}

// FindAccessPackage returns the access package of that display name with its
// policies and the application roles that it delivers. It fails with
// [ErrNotFound] if there is none and with an [*entra.AmbiguousError] if there are several.
// Permission: EntitlementManagement.Read.All.
// https://learn.microsoft.com/graph/api/accesspackage-list-resourcerolescopes
func (c *Client) FindAccessPackage(ctx context.Context, displayName string) (*AccessPackage, error) {
	list := graph.Request{Op: opReadPackage, Path: packagesPath + "/accessPackages?" + graph.EncodeQuery(url.Values{
		"$filter": {"displayName eq " + match.Literal(displayName)}, "$expand": {"assignmentPolicies"}})}
	found, err := graph.Collect(graph.Pages[packageObject](ctx, c.conn, list), func(p packageObject) string { return p.ID })
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("access package %q: %w", displayName, graph.ErrNotFound)
	case len(found) > 1:
		return nil, ambiguousPackage(displayName, found)
	}
	var roles packageObject
	read := graph.Request{Op: opReadPackage, Path: packagesPath + "/accessPackages/" + url.PathEscape(found[0].ID) + "?" +
		graph.EncodeQuery(url.Values{"$expand": {"resourceRoleScopes($expand=role,scope)"}})}
	if err := c.conn.Do(ctx, read, &roles); err != nil {
		return nil, err
	}
	p := &AccessPackage{ID: found[0].ID, DisplayName: found[0].DisplayName, Policies: found[0].AssignmentPolicies, Roles: []PackageRole{}}
	for _, r := range roles.ResourceRoleScopes {
		if strings.EqualFold(r.Role.OriginSystem, "AadApplication") {
			p.Roles = append(p.Roles, PackageRole{AppRoleID: r.Role.OriginID, DisplayName: r.Role.DisplayName, ServicePrincipalID: r.Scope.OriginID})
		}
	}
	return p, nil
}

type packageObject struct {
	ID                 string
	DisplayName        string
	AssignmentPolicies []PackagePolicy
	ResourceRoleScopes []struct {
		Role, Scope struct{ OriginID, OriginSystem, DisplayName string }
	}
}

// Policy returns the policy of that display name; "" = the only one.
func (p *AccessPackage) Policy(displayName string) (*PackagePolicy, error) {
	var names []string
	var found []*PackagePolicy
	for i := range p.Policies {
		names = append(names, p.Policies[i].DisplayName)
		if displayName == "" || strings.EqualFold(p.Policies[i].DisplayName, displayName) {
			found = append(found, &p.Policies[i])
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(names) == 0:
		return nil, fmt.Errorf("policy of the access package %q: %w: it has none; add one for direct assignment", p.DisplayName, graph.ErrNotFound)
	case len(found) == 0:
		return nil, fmt.Errorf("policy %q of the access package %q: %w; it has %s", displayName, p.DisplayName, graph.ErrNotFound, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("the access package %q has several policies; choose one of %s", p.DisplayName, strings.Join(names, ", "))
}

// rolesOn returns the ids of the roles that the package delivers on a service principal.
func (p *AccessPackage) rolesOn(servicePrincipalID string) (ids []string) {
	for _, role := range p.Roles {
		if strings.EqualFold(role.ServicePrincipalID, servicePrincipalID) {
			ids = append(ids, role.AppRoleID)
		}
	}
	return ids
}

// A packageAssignment says that somebody has a package, or had it.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type packageAssignment struct {
	ID     string
	State  string
	Target struct{ ObjectID string }
}

// packageAssignments lists everybody's assignments of a package, also past ones.
// The filter is needed by callers who may see some packages only.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignments
func (c *Client) packageAssignments(ctx context.Context, p *AccessPackage) ([]packageAssignment, error) {
	list := graph.Request{Op: opReadPackage, Path: packagesPath + "/assignments?" + graph.EncodeQuery(url.Values{
		"$filter": {"accessPackage/id eq " + match.Literal(p.ID)}, "$expand": {"target"}})}
	return graph.Collect(graph.Pages[packageAssignment](ctx, c.conn, list), func(a packageAssignment) string { return a.ID })
}

// packageAccess returns who gets roles of a service principal from a package.
func (c *Client) packageAccess(ctx context.Context, p *AccessPackage, servicePrincipalID string) ([]fulfill.PackageAccess, error) {
	roles := p.rolesOn(servicePrincipalID)
	if len(roles) == 0 {
		return nil, nil
	}
	assignments, err := c.packageAssignments(ctx, p)
	if err != nil {
		return nil, err
	}
	var access []fulfill.PackageAccess
	for _, a := range assignments {
		if packageState(a.State) != PackageDelivered {
			continue
		}
		for _, role := range roles {
			access = append(access, fulfill.PackageAccess{PrincipalID: a.Target.ObjectID, AppRoleID: role, Package: p.DisplayName})
		}
	}
	return access, nil
}

func ambiguousPackage(name string, found []packageObject) error {
	err := &entra.AmbiguousError{Kind: "access package", Name: name}
	for _, p := range found {
		err.IDs = append(err.IDs, p.ID)
	}
	return err
}

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
	err = c.conn.WaitOut(ctx, func() error {
		under, err = c.underWay(ctx, p)
		if _, unsaid := under[""]; unsaid && err == nil {
			return graph.NotYet(errors.New("a request does not say yet for whom it is"))
		}
		return err
	})
	if under != nil && errors.Is(err, graph.ErrNotReplicated) {
		err = nil
	}
	return under, err
}

// underWay says by lower-case user id who has a package and who is about to get
// it; the empty id stands for requests that do not say.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func (c *Client) underWay(ctx context.Context, p *AccessPackage) (map[string]PackageResult, error) {
	under := map[string]PackageResult{}
	list := graph.Request{Op: opReadPackage, Path: packagesPath + "/assignmentRequests?" + graph.EncodeQuery(url.Values{
		"$filter": {"accessPackage/id eq " + match.Literal(p.ID)}, "$expand": {"accessPackage,assignment($expand=target)"}})}
	requests, err := graph.Collect(graph.Pages[packageRequest](ctx, c.conn, list), func(r packageRequest) string { return r.ID })
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
