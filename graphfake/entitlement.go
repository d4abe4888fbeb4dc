package graphfake

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
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
	fromCustomData  = "CustomDataProvidedResource" // believed: the documentation names the type, not the value
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
	m, _ := p.body["requestApprovalSettings"].(map[string]any)
	return field.Bool(m, "isApprovalRequiredForAdd")
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

// badEntitlement is a refusal of entitlement management (code and wording are
// believed, not verified).
func badEntitlement(format string, args ...any) *graphError {
	return refuse(http.StatusBadRequest, "InvalidModel", format, args...)
}

func (g *governance) catalog(id string) (*catalog, *graphError) {
	for _, c := range g.catalogs {
		if strings.EqualFold(c.id, id) {
			return c, nil
		}
	}
	return nil, notInGovernance("catalog", id)
}

func (g *governance) accessPackage(id string) (*accessPackage, *graphError) {
	for _, c := range g.catalogs {
		for _, p := range c.packages {
			if strings.EqualFold(p.id, id) {
				return p, nil
			}
		}
	}
	return nil, notInGovernance("access package", id)
}

func (g *governance) policy(id string) (*packagePolicy, *graphError) {
	for _, p := range g.policies() {
		if strings.EqualFold(p.id, id) {
			return p, nil
		}
	}
	return nil, notInGovernance("assignment policy", id)
}

func (g *governance) packages() (list []*accessPackage) {
	for _, c := range g.catalogs {
		list = append(list, c.packages...)
	}
	return list
}

func (g *governance) policies() (list []*packagePolicy) {
	for _, p := range g.packages() {
		list = append(list, p.policies...)
	}
	return list
}

// resource finds a resource of the catalog that shows already.
func (c *catalog) resource(id string, now time.Time) (*resource, *graphError) {
	for _, r := range c.shown(now) {
		if strings.EqualFold(r.id, id) {
			return r, nil
		}
	}
	return nil, notInGovernance("resource", id)
}

func (c *catalog) shown(now time.Time) []*resource {
	return slices.DeleteFunc(slices.Clone(c.resources), func(r *resource) bool { return r.created.After(now) })
}

// An AccessPackage is an access package with one policy for direct assignment,
// for seeding.
// https://learn.microsoft.com/graph/api/resources/accesspackage
type AccessPackage struct {
	ID          string // "" = made by the server
	DisplayName string // required
	ResourceID  string // id of the service principal whose roles it gives; required
	AppRoleIDs  []string
	CatalogID   string // "" = a catalog of its own
	PolicyID    string // made by the server
}

// AddAccessPackage puts an access package into entitlement management. It
// panics if the service principal or a role is not there.
func (s *Server) AddAccessPackage(p AccessPackage) AccessPackage {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.run(now)
	sp := s.store.View().Get(schema.ServicePrincipals, p.ResourceID)
	if sp == nil || p.DisplayName == "" {
		panic("graphfake: an access package needs a DisplayName, and the ResourceID of a service principal")
	}
	c, err := g.catalog(p.CatalogID)
	if err != nil {
		c = &catalog{id: s.newID(), name: p.DisplayName, created: now}
		g.catalogs = append(g.catalogs, c)
	}
	i := slices.IndexFunc(c.resources, func(r *resource) bool { return r.origin == sp.ID })
	if i < 0 {
		i = len(c.resources)
		c.resources = append(c.resources, g.newResource(c, sp, now))
	}
	pack := &accessPackage{catalog: c, id: p.ID, name: p.DisplayName, created: now}
	if pack.id == "" {
		pack.id = s.newID()
	}
	for _, role := range p.AppRoleIDs {
		if !schema.Assignable(sp, strings.ToLower(role), "User") {
			panic("graphfake: access package " + p.DisplayName + ": no such role for users: " + role)
		}
		pack.roles = append(pack.roles, roleScope{c.resources[i], strings.ToLower(role), now})
	}
	policy := &packagePolicy{pack: pack, id: s.newID(), body: map[string]any{"displayName": "Direct", "allowedTargetScope": "notSpecified"}, created: now}
	pack.policies = append(pack.policies, policy)
	c.packages = append(c.packages, pack)
	p.ID, p.CatalogID, p.PolicyID, p.AppRoleIDs = pack.id, c.id, policy.id, slices.Clone(p.AppRoleIDs)
	return p
}

func (g *governance) newResource(c *catalog, sp *object, at time.Time) *resource {
	return &resource{catalog: c, id: g.s.newID(), scope: g.s.newID(), origin: sp.ID, system: fromApplication, name: sp.Str("displayName"),
		created: at, roles: maps.Clone(map[string]string{})}
}
