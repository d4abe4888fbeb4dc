package graphfake

import (
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
)

const catalogSet = "identityGovernance/entitlementManagement/catalogs"

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-catalogs
func listCatalogs(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: catalogSet, filterable: []string{"displayName", "id"},
		expandable: []string{"resources", "accessPackages"},
	}
	return rq.govList(over(c, g.Catalogs, g.catalogEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-catalogs
func createCatalog(rq *request, g *governanceServer) (response, error) {
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	c, err := g.AddCatalog(body, time.Now())
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, catalogSet, g.catalogEntity(c))
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-get
func getCatalog(rq *request, g *governanceServer) (response, error) {
	c, err := g.Catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, catalogSet, g.catalogEntity(c))
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-delete
func deleteCatalog(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeleteCatalog(rq.param("catalog").Value)
}

func (g *governanceServer) catalogEntity(c *governance.Catalog) entity {
	return entity{
		{"id", c.ID}, {"displayName", c.Name}, {"description", c.Description}, {"catalogType", "userManaged"}, {"state", "published"},
		{"isExternallyVisible", !c.Hidden}, {"createdDateTime", stampOrNil(c.Created)}, {"modifiedDateTime", stampOrNil(c.Created)},
		{"resources", nav(func() any { return convert(c.Shown(time.Now()), g.resourceEntity) })},
		{"accessPackages", nav(func() any { return convert(c.Packages, g.packageEntity) })},
	}
}

func renderAll[T any](list []T, render func(T) entity) []entity {
	out := make([]entity, len(list))
	for i, x := range list {
		out[i] = render(x)
	}
	return out
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resources
func listResources(rq *request, g *governanceServer) (response, error) {
	c, err := g.Catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	l := collection{
		set:        catalogSet + "('" + c.ID + "')/resources",
		filterable: []string{"originId", "originSystem", "displayName", "id"}, expandable: []string{"scopes", "roles"},
	}
	return rq.govList(over(l, c.Shown(time.Now()), g.resourceEntity))
}

func (g *governanceServer) resourceEntity(r *governance.Resource) entity {
	return entity{
		{"id", r.ID}, {"displayName", r.Name}, {"description", r.Description},
		{"originId", r.Origin}, {"originSystem", r.System},
		{"createdDateTime", stampOrNil(r.Created)}, {"modifiedDateTime", stampOrNil(r.Created)}, {"attributes", []any{}},
		{"scopes", nav(func() any { return []entity{scopeEntity(r)} })},
		{"roles", nav(func() any { return g.roleEntities(r) })},
	}
}

func scopeEntity(r *governance.Resource) entity {
	return entity{
		{"id", r.Scope}, {"displayName", "Root"}, {"description", "Root Scope"},
		{"originId", r.Origin}, {"originSystem", r.System}, {"isRootScope", true},
	}
}

func (g *governanceServer) roleEntities(r *governance.Resource) []entity {
	return convert(g.Roles(r), func(role map[string]any) entity { return g.roleEntity(r, role) })
}

// roleEntity renders an app role of a resource. That originId is the id of the
// app role is believed.
func (g *governanceServer) roleEntity(r *governance.Resource, role map[string]any) entity {
	id := strings.ToLower(field.Text(role, "id"))
	return entity{
		{"id", r.RoleID(id)}, {"displayName", field.Text(role, "displayName")},
		{"description", field.Text(role, "description")}, {"originSystem", r.System}, {"originId", id},
		{"resource", nav(func() any { return g.resourceEntity(r) })},
	}
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resourceroles
func listResourceRoles(rq *request, g *governanceServer) (response, error) {
	c, err := g.Catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	var list []entity
	for _, r := range c.Shown(time.Now()) {
		list = append(list, g.roleEntities(r)...)
	}
	l := collection{
		set:        catalogSet + "('" + c.ID + "')/resourceRoles",
		filterable: []string{"originSystem", "resource/id", "originId", "displayName", "id"}, expandable: []string{"resource"},
	}
	return rq.govList(over(l, list, func(e entity) entity { return e }))
}

// requestResource adds a service principal to a catalog, or takes it out. The
// answer says delivered at once, yet the resource takes a while to show.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-resourcerequests
func requestResource(rq *request, g *governanceServer) (response, error) {
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	now := time.Now()
	if err := g.RequestResource(rq.read, body, now); err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, "identityGovernance/entitlementManagement/resourceRequests", entity{
		{"id", g.NewID()}, {"requestType", body["requestType"]}, {"state", "delivered"}, {"status", "Fulfilled"},
		{"createdDateTime", stampOrNil(now)}, {"completedDateTime", nil},
	})
}
