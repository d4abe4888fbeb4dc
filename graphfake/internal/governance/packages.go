package governance

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Catalog holds resources and the packages that are made of their roles.
// https://learn.microsoft.com/graph/api/resources/accesspackagecatalog
type Catalog struct {
	ID, Name, Description string
	Hidden                bool
	Created               time.Time
	resources             []*Resource
	Packages              []*Package
}

// A Resource of a catalog is a service principal, or one whose data is
// uploaded for each review.
// https://learn.microsoft.com/graph/api/resources/accesspackageresource
type Resource struct {
	Catalog           *Catalog
	ID, Scope         string
	Origin, System    string
	Name, Description string
	Created           time.Time         // when it begins to show
	roles             map[string]string // ids by the id of the app role
	Sessions          []*UploadSession
}

// The origin systems that are modelled.
const (
	fromApplication = "AadApplication"
	FromCustomData  = "CustomDataProvidedResource" // believed: the documentation names the type, not the value
)

// A Package gives roles of resources.
// https://learn.microsoft.com/graph/api/resources/accesspackage
type Package struct {
	Catalog               *Catalog
	ID, Name, Description string
	Hidden                bool
	Created               time.Time
	Roles                 []RoleScope
	Policies              []*Policy
}

// A RoleScope is a role in a package.
type RoleScope struct {
	Resource *Resource
	role     string // id of the app role
	Created  time.Time
}

func (r RoleScope) ID() string { return r.Resource.RoleID(r.role) + "_" + r.Resource.Scope }

// A Policy says who may get a package, and how.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentpolicy
type Policy struct {
	Pack    *Package
	ID      string
	Body    map[string]any
	Created time.Time
}

// approval reports whether somebody must approve requests.
func (p *Policy) approval() bool {
	return field.Bool(field.Object(p.Body, "requestApprovalSettings"), "isApprovalRequiredForAdd")
}

// RoleID returns the id that the catalog has for an app role.
func (r *Resource) RoleID(role string) string {
	if r.roles[role] == "" {
		r.roles[role] = r.catalogRoleID(role)
	}
	return r.roles[role]
}

// catalogRoleID makes an id of resource and role, so that it does not depend
// on who asks first.
func (r *Resource) catalogRoleID(role string) string {
	a, _ := schema.ParseGUID(r.ID)
	b, _ := schema.ParseGUID(role)
	for i := range a {
		a[i] ^= b[i]
	}
	return schema.FormatGUID(a)
}

// Catalog finds a catalog.
func (g *Service) Catalog(id string) (*Catalog, error) {
	return find(g.Catalogs, func(c *Catalog) string { return c.ID }, "catalog", id)
}

// Package finds an access package of whichever catalog.
func (g *Service) Package(id string) (*Package, error) {
	return find(g.Packages(), func(p *Package) string { return p.ID }, "access package", id)
}

// Policy finds an assignment policy of whichever package.
func (g *Service) Policy(id string) (*Policy, error) {
	return find(g.Policies(), func(p *Policy) string { return p.ID }, "assignment policy", id)
}

// Packages returns the access packages of all catalogs.
func (g *Service) Packages() (list []*Package) {
	for _, c := range g.Catalogs {
		list = append(list, c.Packages...)
	}
	return list
}

// Policies returns the policies of all packages.
func (g *Service) Policies() (list []*Policy) {
	for _, p := range g.Packages() {
		list = append(list, p.Policies...)
	}
	return list
}

// Resource finds a resource of the catalog that shows already.
func (c *Catalog) Resource(id string, now time.Time) (*Resource, error) {
	return find(c.Shown(now), func(r *Resource) string { return r.ID }, "resource", id)
}

// Shown returns the resources that show already.
func (c *Catalog) Shown(now time.Time) []*Resource {
	return slices.DeleteFunc(slices.Clone(c.resources), func(r *Resource) bool { return r.Created.After(now) })
}

// AddCatalog creates a catalog.
func (g *Service) AddCatalog(body map[string]any, now time.Time) (*Catalog, error) {
	name := field.Text(body, "displayName")
	if name == "" {
		return nil, badPackage("The displayName of a catalog is required.")
	}
	if err := onlyKnown("accessPackageCatalog", body, catalogProperties); err != nil {
		return nil, err
	}
	visible, given := body["isExternallyVisible"].(bool)
	c := &Catalog{ID: g.NewID(), Name: name, Description: field.Text(body, "description"), Hidden: given && !visible,
		Created: now}
	g.Catalogs = append(g.Catalogs, c)
	return c, nil
}

// DeleteCatalog deletes a catalog without packages.
func (g *Service) DeleteCatalog(id string) error {
	c, err := g.Catalog(id)
	if err != nil {
		return err
	}
	if len(c.Packages) > 0 {
		return badPackage("The catalog %s has access packages.", c.ID)
	}
	g.Catalogs = slices.DeleteFunc(g.Catalogs, func(x *Catalog) bool { return x == c })
	return nil
}

// RequestResource adds a resource to a catalog, or takes it out. What is added
// takes a while to show.
func (g *Service) RequestResource(v *state.View, body map[string]any, now time.Time) error {
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

func (g *Service) addResource(v *state.View, c *Catalog, what map[string]any, at time.Time) error {
	origin := strings.ToLower(field.Text(what, "originId"))
	switch system := field.Text(what, "originSystem"); {
	case strings.EqualFold(system, FromCustomData):
		r := &Resource{
			Catalog: c, ID: g.NewID(), Scope: g.NewID(), System: FromCustomData, Created: at, roles: map[string]string{},
			Name: field.Text(what, "displayName"), Description: field.Text(what, "description"),
		}
		r.Origin = r.ID
		c.resources = append(c.resources, r)
		return nil
	case !strings.EqualFold(system, fromApplication):
		return notModelled("a resource of " + system)
	case slices.ContainsFunc(c.resources, func(r *Resource) bool { return r.Origin == origin }):
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
func (g *Service) addApplication(c *Catalog, app *state.Object, at time.Time) *Resource {
	if i := slices.IndexFunc(c.resources, func(r *Resource) bool { return r.Origin == app.ID }); i >= 0 {
		return c.resources[i]
	}
	r := &Resource{
		Catalog: c, ID: g.NewID(), Scope: g.NewID(), Origin: app.ID, System: fromApplication,
		Name: app.Str("displayName"), Created: at, roles: map[string]string{},
	}
	c.resources = append(c.resources, r)
	return r
}

func (c *Catalog) removeResource(what map[string]any) error {
	origin, id := field.Text(what, "originId"), field.Text(what, "id")
	i := slices.IndexFunc(c.resources, func(r *Resource) bool {
		return strings.EqualFold(r.Origin, origin) || strings.EqualFold(r.ID, id)
	})
	if i < 0 {
		return missing("resource", id+origin)
	}
	for _, p := range c.Packages {
		if slices.ContainsFunc(p.Roles, func(s RoleScope) bool { return s.Resource == c.resources[i] }) {
			return badPackage("The resource is part of the access package %s.", p.ID)
		}
	}
	c.resources = slices.Delete(c.resources, i, i+1)
	return nil
}

// Roles returns the app roles of a resource that users can have.
func (g *Service) Roles(r *Resource) (list []map[string]any) {
	app := g.Store.View().Get(schema.ServicePrincipals, r.Origin)
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
func (g *Service) RoleOf(rs RoleScope) map[string]any {
	app := g.Store.View().Get(schema.ServicePrincipals, rs.Resource.Origin)
	if app == nil {
		return nil
	}
	return schema.Role(app, rs.role)
}

// AddPackage creates an access package.
func (g *Service) AddPackage(body map[string]any, now time.Time) (*Package, error) {
	c, err := g.Catalog(field.Text(field.Object(body, "catalog"), "id"))
	if err != nil {
		return nil, err
	}
	name := field.Text(body, "displayName")
	if name == "" {
		return nil, badPackage("The displayName of an access package is required.")
	}
	if err := onlyKnown("accessPackage", body, packageProperties); err != nil {
		return nil, err
	}
	p := &Package{
		Catalog: c, ID: g.NewID(), Name: name, Created: now,
		Description: field.Text(body, "description"), Hidden: field.Bool(body, "isHidden"),
	}
	c.Packages = append(c.Packages, p)
	return p, nil
}

// DeletePackage deletes a package that nobody has.
func (g *Service) DeletePackage(id string) error {
	p, err := g.Package(id)
	if err != nil {
		return err
	}
	if g.anyAssignment(func(a *Assignment) bool { return a.Pack == p }) {
		return badPackage("The access package %s has assignments.", p.ID)
	}
	p.Catalog.Packages = slices.DeleteFunc(p.Catalog.Packages, func(x *Package) bool { return x == p })
	return nil
}

func (g *Service) anyAssignment(of func(*Assignment) bool) bool {
	return slices.ContainsFunc(g.Assignments, func(a *Assignment) bool { return of(a) && a.State != stateExpired })
}

// AddRole puts a role of one of the catalog's resources into a package. The
// role is named by its id, or by its originId; so is the resource.
func (g *Service) AddRole(p *Package, body map[string]any, now time.Time) (RoleScope, error) {
	role, scope := field.Object(body, "role"), field.Object(body, "scope")
	of := field.Object(role, "resource")
	for _, r := range p.Catalog.Shown(now) {
		if !strings.EqualFold(r.ID, field.Text(of, "id")) && !strings.EqualFold(r.Origin, field.Text(of, "originId")) {
			continue
		}
		for _, declared := range g.Roles(r) {
			id := strings.ToLower(field.Text(declared, "id"))
			if r.RoleID(id) != field.Text(role, "id") && id != strings.ToLower(field.Text(role, "originId")) {
				continue
			}
			if given := field.Text(scope, "id"); scope == nil || given != "" && !strings.EqualFold(given, r.Scope) {
				return RoleScope{}, badPackage("The scope does not belong to the resource %s.", r.ID)
			}
			return p.add(RoleScope{r, id, now})
		}
	}
	return RoleScope{}, badPackage("The role is not one of a resource in the catalog %s.", p.Catalog.ID)
}

func (p *Package) add(rs RoleScope) (RoleScope, error) {
	if slices.ContainsFunc(p.Roles, func(x RoleScope) bool { return x.ID() == rs.ID() }) {
		return rs, badPackage("The access package has this resource role already.")
	}
	p.Roles = append(p.Roles, rs)
	return rs, nil
}

// DeleteRole takes a role out of a package.
func (p *Package) DeleteRole(id string) error {
	i := slices.IndexFunc(p.Roles, func(rs RoleScope) bool { return strings.EqualFold(rs.ID(), id) })
	if i < 0 {
		return missing("resource role scope", id)
	}
	p.Roles = slices.Delete(p.Roles, i, i+1)
	return nil
}

// AddPolicy creates an assignment policy.
func (g *Service) AddPolicy(body map[string]any, now time.Time) (*Policy, error) {
	p, err := g.Package(field.Text(field.Object(body, "accessPackage"), "id"))
	if err != nil {
		return nil, err
	}
	if field.Text(body, "displayName") == "" {
		return nil, badPackage("The displayName of a policy is required.")
	}
	if err := onlyKnown("accessPackageAssignmentPolicy", body, policyProperties); err != nil {
		return nil, err
	}
	delete(body, "accessPackage")
	policy := &Policy{Pack: p, ID: g.NewID(), Body: body, Created: now}
	p.Policies = append(p.Policies, policy)
	return policy, nil
}

// DeletePolicy deletes a policy by which nobody has a package.
func (g *Service) DeletePolicy(id string) error {
	p, err := g.Policy(id)
	if err != nil {
		return err
	}
	if g.anyAssignment(func(a *Assignment) bool { return a.Policy == p }) {
		return badPackage("The policy %s has assignments.", p.ID)
	}
	p.Pack.Policies = slices.DeleteFunc(p.Pack.Policies, func(x *Policy) bool { return x == p })
	return nil
}

// SeedPackage puts a package of an application's roles into a catalog, by
// default one of its own, with one policy for direct assignment.
func (g *Service) SeedPackage(catalogID, id, name string, app *state.Object, roles []string, now time.Time) *Policy {
	c, err := g.Catalog(catalogID)
	if err != nil {
		c = &Catalog{ID: g.NewID(), Name: name, Created: now}
		g.Catalogs = append(g.Catalogs, c)
	}
	r := g.addApplication(c, app, now)
	p := &Package{Catalog: c, ID: id, Name: name, Created: now}
	if id == "" {
		p.ID = g.NewID()
	}
	for _, role := range roles {
		p.Roles = append(p.Roles, RoleScope{r, strings.ToLower(role), now})
	}
	body := map[string]any{"displayName": "Direct", "allowedTargetScope": "notSpecified"}
	policy := &Policy{Pack: p, ID: g.NewID(), Body: body, Created: now}
	p.Policies = append(p.Policies, policy)
	c.Packages = append(c.Packages, p)
	return policy
}
