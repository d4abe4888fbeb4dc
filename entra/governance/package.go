package governance

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
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
	// AllowedTargetScope says for whom it is, such as allExternalUsers.
	AllowedTargetScope string `json:"allowedTargetScope,omitempty"`
}

// External reports whether the policy is for people who are not in the directory.
func (p PackagePolicy) External() bool {
	scope := strings.ToLower(p.AllowedTargetScope)
	return strings.Contains(scope, "external") || strings.Contains(scope, "connectedorganization")
}

// A PackageRole is an application's role that a package delivers. That the
// service's originId of a role is the app role's id is believed, not verified.
type PackageRole struct {
	AppRoleID          string `json:"appRoleId"`
	DisplayName        string `json:"displayName"`
	ServicePrincipalID string `json:"servicePrincipalId"`
}

// FindAccessPackage returns the access package with that display name, its
// policies, and the application roles that it delivers. It fails with
// [graph.ErrNotFound] if there is none and with an [*entra.AmbiguousError] if
// there are several. Permission: EntitlementManagement.Read.All.
// https://learn.microsoft.com/graph/api/accesspackage-list-resourcerolescopes
func (c *Client) FindAccessPackage(ctx context.Context, displayName string) (*AccessPackage, error) {
	query := url.Values{"$filter": {"displayName eq " + match.Literal(displayName)}, "$expand": {"assignmentPolicies"}}
	found, err := list(ctx, c, opReadPackage, packagesPath+"/accessPackages?"+graph.EncodeQuery(query),
		func(p packageObject) string { return p.ID })
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("access package %q: %w", displayName, graph.ErrNotFound)
	case len(found) > 1:
		return nil, ambiguous("access package", displayName, found, func(p packageObject) string { return p.ID })
	case found[0].DisplayName == "":
		return nil, opReadPackage.Missing("the access package "+displayName, "displayName")
	case found[0].AssignmentPolicies == nil:
		return nil, opReadPackage.Missing("the access package "+displayName, "assignmentPolicies")
	}
	p := &AccessPackage{ID: found[0].ID, DisplayName: found[0].DisplayName, Policies: found[0].AssignmentPolicies}
	p.Roles, err = c.packageRoles(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return p, nil
}

type packageObject struct {
	ID                 string
	DisplayName        string
	AssignmentPolicies []PackagePolicy
	ResourceRoleScopes []resourceRoleScope
}

// https://learn.microsoft.com/graph/api/resources/accesspackageresourcerolescope
type resourceRoleScope struct {
	Role, Scope struct{ OriginID, OriginSystem, DisplayName string }
}

// missing names the property without which the package's roles are not known, or
// returns "".
func (p packageObject) missing() string {
	if p.ResourceRoleScopes == nil {
		return "resourceRoleScopes"
	}
	for _, r := range p.ResourceRoleScopes {
		if missing := firstEmpty("role/originSystem", r.Role.OriginSystem, "role/originId", r.Role.OriginID,
			"scope/originId", r.Scope.OriginID); missing != "" {
			return "resourceRoleScopes/" + missing // of any resource: what is no application must be known, too
		}
	}
	return ""
}

// roles returns the application roles that the package with that id delivers.
func (p packageObject) roles(id string) ([]PackageRole, error) {
	if missing := p.missing(); missing != "" {
		return nil, opReadPackage.Missing("the access package "+id, missing)
	}
	roles := []PackageRole{}
	for _, r := range p.ResourceRoleScopes {
		if strings.EqualFold(r.Role.OriginSystem, "AadApplication") {
			roles = append(roles, PackageRole{r.Role.OriginID, r.Role.DisplayName, r.Scope.OriginID})
		}
	}
	return roles, nil
}

func packageRolesPath(id string) string {
	query := graph.EncodeQuery(url.Values{"$expand": {"resourceRoleScopes($expand=role,scope)"}})
	return packagesPath + "/accessPackages/" + url.PathEscape(id) + "?" + query
}

// packageRoles returns the application roles that a package delivers.
func (c *Client) packageRoles(ctx context.Context, id string) ([]PackageRole, error) {
	object, err := read[packageObject](ctx, c, opReadPackage, packageRolesPath(id))
	if err != nil {
		return nil, err
	}
	return object.roles(id)
}

// Policy returns the policy with that display name; "" stands for the only one that is
// not for people outside of the directory, or for the only one.
// It fails with [graph.ErrNotFound] if there is none. If there are several, the
// error lists their names.
func (p *AccessPackage) Policy(displayName string) (*PackagePolicy, error) {
	return p.policy(displayName, "add one for direct assignment", func(policy PackagePolicy) bool {
		return displayName != "" || len(p.Policies) == 1 || !policy.External()
	})
}

// ExternalPolicy is Policy among those that are for people who are not in the directory.
func (p *AccessPackage) ExternalPolicy(displayName string) (*PackagePolicy, error) {
	return p.policy(displayName, "add one for users who are not in the directory", PackagePolicy.External)
}

// policy returns the one policy that has the name, or any for "", and that fits.
func (p *AccessPackage) policy(displayName, todo string, fits func(PackagePolicy) bool) (*PackagePolicy, error) {
	var names []string
	var found []*PackagePolicy
	for i, policy := range p.Policies {
		if !fits(policy) {
			continue
		}
		names = append(names, policy.DisplayName)
		if displayName == "" || strings.EqualFold(policy.DisplayName, displayName) {
			found = append(found, &p.Policies[i])
		}
	}
	has := cmp.Or(roster.Printable(strings.Join(names, ", ")), "none: "+todo)
	switch {
	case len(found) == 1:
		return found[0], nil
	case displayName == "" && len(found) == 0:
		return nil, fmt.Errorf("the access package %q has no policy for that: %s (%w)",
			p.DisplayName, todo, graph.ErrNotFound)
	case len(found) == 0:
		return nil, fmt.Errorf("policy %q of the access package %q: %w; it has %s",
			displayName, p.DisplayName, graph.ErrNotFound, has)
	}
	return nil, fmt.Errorf("the access package %q has several policies; choose one of %s", p.DisplayName, has)
}

// A packageAssignment says that somebody has a package, or had it.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type packageAssignment struct {
	ID     string
	State  string
	Target packageSubject
}

// packageAssignments lists everybody's assignments of a package, also past ones.
// The filter is needed by callers who may see some packages only.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignments
func (c *Client) packageAssignments(ctx context.Context, p *AccessPackage) ([]packageAssignment, error) {
	assignments := graph.Pages[packageAssignment](ctx, c.conn,
		graph.Request{Op: opReadPackage, Path: ofPackage("/assignments", p, "target")})
	return graph.Collect(opReadPackage, complete(opReadPackage, "an assignment", assignments, packageAssignment.missing),
		func(a packageAssignment) string { return a.ID })
}

// missing names the property without which nothing can be concluded, or returns
// "". Before it is delivered, an assignment may not say for whom it is.
func (a packageAssignment) missing() string {
	if packageState(a.State) == PackageDelivered && a.Target.ObjectID == "" {
		return "target/objectId"
	}
	return firstEmpty("id", a.ID, "state", a.State)
}

// ofPackage is the path of a collection, filtered by a package.
func ofPackage(collection string, p *AccessPackage, expand string) string {
	return packagesPath + collection + "?" + graph.EncodeQuery(url.Values{
		"$filter": {"accessPackage/id eq " + match.Literal(p.ID)}, "$expand": {expand}})
}

// packageAccess returns who gets roles of a service principal from a package.
func (c *Client) packageAccess(ctx context.Context, p *AccessPackage,
	servicePrincipalID string) ([]fulfill.PackageAccess, error) {
	elsewhere := func(r PackageRole) bool { return !strings.EqualFold(r.ServicePrincipalID, servicePrincipalID) }
	roles := slices.DeleteFunc(slices.Clone(p.Roles), elsewhere)
	if len(roles) == 0 {
		return nil, nil
	}
	assignments, err := c.packageAssignments(ctx, p)
	if err != nil {
		return nil, err
	}
	var access []fulfill.PackageAccess
	for _, a := range assignments {
		if state := packageState(a.State); state != PackageDelivered && state != PackagePartly {
			continue // of a partly delivered one, the application's own list tells which roles are held
		}
		for _, role := range roles {
			access = append(access, fulfill.PackageAccess{PrincipalID: a.Target.ObjectID, AppRoleID: role.AppRoleID,
				Package: p.DisplayName})
		}
	}
	return access, nil
}

// PackageGrants reads which roles of a service principal all access packages
// deliver, and to whom, for assign.Policy.Packages: also what is on its way, or
// was delivered in part. An error means that the answer is unfinished;
// [graph.ErrForbidden] that the token may not read packages. It is believed, not
// verified, that a signed-in person who may see some catalogs only gets the
// packages of those: an Identity Governance Administrator sees all.
// Permission: EntitlementManagement.Read.All.
// https://learn.microsoft.com/graph/api/entitlementmanagement-list-accesspackages
func (c *Client) PackageGrants(ctx context.Context, servicePrincipalID string) (*assign.Packages, error) {
	packages, err := c.packagesOf(ctx, servicePrincipalID)
	if err != nil {
		return nil, err
	}
	all := &assign.Packages{}
	for _, p := range packages {
		assignments, err := c.packageAssignments(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, a := range assignments {
			if !a.gives() {
				continue
			}
			for _, role := range p.Roles {
				all.Grants = append(all.Grants, assign.PackageGrant{PrincipalID: a.Target.ObjectID, AppRoleID: role.AppRoleID})
			}
		}
	}
	return all, nil
}

// gives reports whether the assignment delivers roles to a user who is known, in
// whole or in part, or is about to.
func (a packageAssignment) gives() bool {
	return a.Target.ObjectID != "" &&
		(packageState(a.State) != PackageFailed || strings.EqualFold(a.State, "partiallyDelivered"))
}

// packagesOf returns the access packages that deliver roles of a service principal,
// each with these roles alone.
func (c *Client) packagesOf(ctx context.Context, servicePrincipalID string) ([]*AccessPackage, error) {
	all, err := list(ctx, c, opReadPackage, packagesPath+"/accessPackages", func(p packageObject) string { return p.ID })
	if err != nil {
		return nil, err
	}
	found := make([]*AccessPackage, len(all))
	var failed error
	path := func(i int) string { return packageRolesPath(all[i].ID) }
	err = readEach(ctx, c, opReadPackage, len(all), path, func(i int, object packageObject, err error) {
		if err == nil && !strings.EqualFold(object.ID, all[i].ID) {
			err = opReadPackage.Missing("the access package "+all[i].ID, "its id")
		}
		if err == nil {
			found[i], err = object.on(servicePrincipalID)
		}
		failed = cmp.Or(failed, err)
	})
	if err = cmp.Or(err, failed); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(p *AccessPackage) bool { return len(p.Roles) == 0 }), nil
}

// on returns the package with the roles that it delivers of a service principal. What
// it delivers elsewhere need not be known.
func (p packageObject) on(servicePrincipalID string) (*AccessPackage, error) {
	p.ResourceRoleScopes = slices.DeleteFunc(p.ResourceRoleScopes, func(r resourceRoleScope) bool {
		return r.Scope.OriginID != "" && !strings.EqualFold(r.Scope.OriginID, servicePrincipalID)
	})
	roles, err := p.roles(p.ID)
	return &AccessPackage{ID: p.ID, DisplayName: p.DisplayName, Roles: roles}, err
}
