package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A catalog holds resources and the packages that are made of their roles.
// https://learn.microsoft.com/graph/api/resources/accesspackagecatalog
type catalog struct {
	id, name, description string
	hidden                bool
	created               time.Time
	resources             []*resource
	packages              []*accessPackage
}

// A resource of a catalog is a service principal, or one whose data is
// uploaded for each review.
// https://learn.microsoft.com/graph/api/resources/accesspackageresource
type resource struct {
	catalog           *catalog
	id, scope         string
	origin, system    string
	name, description string
	created           time.Time         // from when on it shows
	roles             map[string]string // ids by the id of the app role
	sessions          []*uploadSession
}

// The origin systems that are modelled.
const (
	fromApplication = "AadApplication"
	FromCustomData  = "CustomDataProvidedResource" // believed: the documentation names the type, not the value
)

// An accessPackage gives roles of resources.
// https://learn.microsoft.com/graph/api/resources/accesspackage
type accessPackage struct {
	catalog               *catalog
	id, name, description string
	hidden                bool
	created               time.Time
	roles                 []roleScope
	policies              []*packagePolicy
}

// A roleScope is a role in a package.
type roleScope struct {
	resource *resource
	role     string // id of the app role
	created  time.Time
}

func (r roleScope) id() string { return r.resource.roleID(r.role) + "_" + r.resource.scope }

// A packagePolicy says who may get a package, and how.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentpolicy
type packagePolicy struct {
	pack    *accessPackage
	id      string
	body    map[string]any
	created time.Time
}

// approval tells whether somebody must approve requests.
func (p *packagePolicy) approval() bool {
	return field.Bool(field.Object(p.body, "requestApprovalSettings"), "isApprovalRequiredForAdd")
}

// roleID returns the id that the catalog has for an app role.
func (r *resource) roleID(role string) string {
	if r.roles[role] == "" {
		r.roles[role] = r.catalogRoleID(role)
	}
	return r.roles[role]
}

// catalogRoleID makes an id of resource and role, so that it does not depend
// on who asks first.
func (r *resource) catalogRoleID(role string) string {
	a, _ := schema.ParseGUID(r.id)
	b, _ := schema.ParseGUID(role)
	for i := range a {
		a[i] ^= b[i]
	}
	return schema.FormatGUID(a)
}

// Catalog finds a catalog.
func (g *service) Catalog(id string) (*catalog, error) {
	return find(g.Catalogs, func(c *catalog) string { return c.id }, "catalog", id)
}

// Package finds an access package of whichever catalog.
func (g *service) Package(id string) (*accessPackage, error) {
	return find(g.Packages(), func(p *accessPackage) string { return p.id }, "access package", id)
}

// Policy finds an assignment policy of whichever package.
func (g *service) Policy(id string) (*packagePolicy, error) {
	return find(g.Policies(), func(p *packagePolicy) string { return p.id }, "assignment policy", id)
}

// Packages returns the access packages of all catalogs.
func (g *service) Packages() (list []*accessPackage) {
	for _, c := range g.Catalogs {
		list = append(list, c.packages...)
	}
	return list
}

// Policies returns the policies of all packages.
func (g *service) Policies() (list []*packagePolicy) {
	for _, p := range g.Packages() {
		list = append(list, p.policies...)
	}
	return list
}

// Resource finds a resource of the catalog that shows already.
func (c *catalog) Resource(id string, now time.Time) (*resource, error) {
	return find(c.Shown(now), func(r *resource) string { return r.id }, "resource", id)
}

// Shown returns the resources that show already.
func (c *catalog) Shown(now time.Time) []*resource {
	return slices.DeleteFunc(slices.Clone(c.resources), func(r *resource) bool { return r.created.After(now) })
}

// AddCatalog creates a catalog.
func (g *service) AddCatalog(body map[string]any, now time.Time) (*catalog, error) {
	name := field.Text(body, "displayName")
	if name == "" {
		return nil, badPackage("The displayName of a catalog is required.")
	}
	visible, given := body["isExternallyVisible"].(bool)
	c := &catalog{id: g.NewID(), name: name, description: field.Text(body, "description"), hidden: given && !visible, created: now}
	g.Catalogs = append(g.Catalogs, c)
	return c, nil
}

// DeleteCatalog deletes a catalog without packages.
func (g *service) DeleteCatalog(id string) error {
	c, err := g.Catalog(id)
	if err != nil {
		return err
	}
	if len(c.packages) > 0 {
		return badPackage("The catalog %s has access packages.", c.id)
	}
	g.Catalogs = slices.DeleteFunc(g.Catalogs, func(x *catalog) bool { return x == c })
	return nil
}

// RequestResource adds a resource to a catalog, or takes it out. What is added
// takes a while to show.
func (g *service) RequestResource(v *state.View, body map[string]any, now time.Time) error {
	c, err := g.Catalog(field.Text(field.Object(body, "catalog"), "id"))
	if err != nil {
		return err
	}
	what := field.Object(body, "resource")
	switch kind := field.Text(body, "requestType"); strings.ToLower(kind) {
	case "adminadd":
		return g.addResource(v, c, what, now.Add(g.Delivery/2))
	case "adminremove":
		return c.removeResource(what)
	default:
		return notModelled("a resource request of type " + kind)
	}
}

func (g *service) addResource(v *state.View, c *catalog, what map[string]any, at time.Time) error {
	origin := strings.ToLower(field.Text(what, "originId"))
	switch system := field.Text(what, "originSystem"); {
	case strings.EqualFold(system, FromCustomData):
		r := &resource{
			catalog: c, id: g.NewID(), scope: g.NewID(), system: FromCustomData, created: at, roles: map[string]string{},
			name: field.Text(what, "displayName"), description: field.Text(what, "description"),
		}
		r.origin = r.id
		c.resources = append(c.resources, r)
		return nil
	case !strings.EqualFold(system, fromApplication):
		return notModelled("a resource of " + system)
	case slices.ContainsFunc(c.resources, func(r *resource) bool { return r.origin == origin }):
		return fail(Onboarded, "The resource is already onboarded.")
	}
	app := v.Get(schema.ServicePrincipals, origin)
	if app == nil {
		return missing("service principal", origin)
	}
	g.addApplication(c, app, at)
	return nil
}

// addApplication makes a service principal a resource of the catalog, unless it is one.
func (g *service) addApplication(c *catalog, app *state.Object, at time.Time) *resource {
	if i := slices.IndexFunc(c.resources, func(r *resource) bool { return r.origin == app.ID }); i >= 0 {
		return c.resources[i]
	}
	r := &resource{
		catalog: c, id: g.NewID(), scope: g.NewID(), origin: app.ID, system: fromApplication,
		name: app.Str("displayName"), created: at, roles: map[string]string{},
	}
	c.resources = append(c.resources, r)
	return r
}

func (c *catalog) removeResource(what map[string]any) error {
	origin, id := field.Text(what, "originId"), field.Text(what, "id")
	i := slices.IndexFunc(c.resources, func(r *resource) bool { return strings.EqualFold(r.origin, origin) || strings.EqualFold(r.id, id) })
	if i < 0 {
		return missing("resource", id+origin)
	}
	for _, p := range c.packages {
		if slices.ContainsFunc(p.roles, func(s roleScope) bool { return s.resource == c.resources[i] }) {
			return badPackage("The resource is part of the access package %s.", p.id)
		}
	}
	c.resources = slices.Delete(c.resources, i, i+1)
	return nil
}

// Roles returns the app roles of a resource that users can have.
func (g *service) Roles(r *resource) (list []map[string]any) {
	app := g.Store.View().Get(schema.ServicePrincipals, r.origin)
	if app == nil {
		return nil
	}
	for _, v := range app.List("appRoles") {
		role, _ := v.(map[string]any)
		if schema.Assignable(app, strings.ToLower(field.Text(role, "id")), "User") {
			list = append(list, role)
		}
	}
	return list
}

// RoleOf returns the app role of a package's role, nil if it is no longer declared.
func (g *service) RoleOf(rs roleScope) map[string]any {
	app := g.Store.View().Get(schema.ServicePrincipals, rs.resource.origin)
	if app == nil {
		return nil
	}
	return schema.Role(app, rs.role)
}

// AddPackage creates an access package.
func (g *service) AddPackage(body map[string]any, now time.Time) (*accessPackage, error) {
	c, err := g.Catalog(field.Text(field.Object(body, "catalog"), "id"))
	if err != nil {
		return nil, err
	}
	name := field.Text(body, "displayName")
	if name == "" {
		return nil, badPackage("The displayName of an access package is required.")
	}
	p := &accessPackage{
		catalog: c, id: g.NewID(), name: name, created: now,
		description: field.Text(body, "description"), hidden: field.Bool(body, "isHidden"),
	}
	c.packages = append(c.packages, p)
	return p, nil
}

// DeletePackage deletes a package that nobody has.
func (g *service) DeletePackage(id string) error {
	p, err := g.Package(id)
	if err != nil {
		return err
	}
	if g.anyAssignment(func(a *packageAssignment) bool { return a.pack == p }) {
		return badPackage("The access package %s has assignments.", p.id)
	}
	p.catalog.packages = slices.DeleteFunc(p.catalog.packages, func(x *accessPackage) bool { return x == p })
	return nil
}

func (g *service) anyAssignment(of func(*packageAssignment) bool) bool {
	return slices.ContainsFunc(g.Assignments, func(a *packageAssignment) bool { return of(a) && a.state != stateExpired })
}

// AddRole puts a role of one of the catalog's resources into a package. The
// role is named by its id, or by its originId; so is the resource.
func (g *service) AddRole(p *accessPackage, body map[string]any, now time.Time) (roleScope, error) {
	role, scope := field.Object(body, "role"), field.Object(body, "scope")
	of := field.Object(role, "resource")
	for _, r := range p.catalog.Shown(now) {
		if !strings.EqualFold(r.id, field.Text(of, "id")) && !strings.EqualFold(r.origin, field.Text(of, "originId")) {
			continue
		}
		for _, declared := range g.Roles(r) {
			id := strings.ToLower(field.Text(declared, "id"))
			if r.roleID(id) != field.Text(role, "id") && id != strings.ToLower(field.Text(role, "originId")) {
				continue
			}
			if given := field.Text(scope, "id"); scope == nil || given != "" && !strings.EqualFold(given, r.scope) {
				return roleScope{}, badPackage("The scope does not belong to the resource %s.", r.id)
			}
			return p.add(roleScope{r, id, now})
		}
	}
	return roleScope{}, badPackage("The role is not one of a resource in the catalog %s.", p.catalog.id)
}

func (p *accessPackage) add(rs roleScope) (roleScope, error) {
	if slices.ContainsFunc(p.roles, func(x roleScope) bool { return x.id() == rs.id() }) {
		return rs, badPackage("The access package has this resource role already.")
	}
	p.roles = append(p.roles, rs)
	return rs, nil
}

// DeleteRole takes a role out of a package.
func (p *accessPackage) DeleteRole(id string) error {
	i := slices.IndexFunc(p.roles, func(rs roleScope) bool { return strings.EqualFold(rs.id(), id) })
	if i < 0 {
		return missing("resource role scope", id)
	}
	p.roles = slices.Delete(p.roles, i, i+1)
	return nil
}

// AddPolicy creates an assignment policy.
func (g *service) AddPolicy(body map[string]any, now time.Time) (*packagePolicy, error) {
	p, err := g.Package(field.Text(field.Object(body, "accessPackage"), "id"))
	if err != nil {
		return nil, err
	}
	if field.Text(body, "displayName") == "" {
		return nil, badPackage("The displayName of a policy is required.")
	}
	delete(body, "accessPackage")
	policy := &packagePolicy{pack: p, id: g.NewID(), body: body, created: now}
	p.policies = append(p.policies, policy)
	return policy, nil
}

// DeletePolicy deletes a policy by which nobody has a package.
func (g *service) DeletePolicy(id string) error {
	p, err := g.Policy(id)
	if err != nil {
		return err
	}
	if g.anyAssignment(func(a *packageAssignment) bool { return a.policy == p }) {
		return badPackage("The policy %s has assignments.", p.id)
	}
	p.pack.policies = slices.DeleteFunc(p.pack.policies, func(x *packagePolicy) bool { return x == p })
	return nil
}

// SeedPackage puts a package of an application's roles into a catalog, by
// default one of its own, with one policy for direct assignment.
func (g *service) SeedPackage(catalogID, id, name string, app *state.Object, roles []string, now time.Time) *packagePolicy {
	c, err := g.Catalog(catalogID)
	if err != nil {
		c = &catalog{id: g.NewID(), name: name, created: now}
		g.Catalogs = append(g.Catalogs, c)
	}
	r := g.addApplication(c, app, now)
	p := &accessPackage{catalog: c, id: id, name: name, created: now}
	if id == "" {
		p.id = g.NewID()
	}
	for _, role := range roles {
		p.roles = append(p.roles, roleScope{r, strings.ToLower(role), now})
	}
	body := map[string]any{"displayName": "Direct", "allowedTargetScope": "notSpecified"}
	policy := &packagePolicy{pack: p, id: g.NewID(), body: body, created: now}
	p.policies = append(p.policies, policy)
	c.packages = append(c.packages, p)
	return policy
}
