package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
)

const catalogSet = "identityGovernance/entitlementManagement/catalogs"

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-catalogs
func listCatalogs(rq *request, g *governance) (response, *graphError) {
	c := collection{set: catalogSet, filterable: []string{"displayName", "id"}, expandable: []string{"resources", "accessPackages"}}
	return rq.govList(over(c, g.catalogs, g.catalogEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-catalogs
func createCatalog(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	name := field.Text(body, "displayName")
	if name == "" {
		return response{}, badEntitlement("The displayName of a catalog is required.")
	}
	visible, given := body["isExternallyVisible"].(bool)
	c := &catalog{id: g.s.newID(), name: name, description: field.Text(body, "description"), hidden: given && !visible, created: time.Now()}
	g.catalogs = append(g.catalogs, c)
	return rq.govOne(http.StatusCreated, catalogSet, g.catalogEntity(c))
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-get
func getCatalog(rq *request, g *governance) (response, *graphError) {
	c, err := g.catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, catalogSet, g.catalogEntity(c))
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-delete
func deleteCatalog(rq *request, g *governance) (response, *graphError) {
	c, err := g.catalog(rq.param("catalog").Value)
	if err == nil && len(c.packages) > 0 {
		err = badEntitlement("The catalog %s has access packages.", c.id)
	}
	if err != nil {
		return response{}, err
	}
	g.catalogs = slices.DeleteFunc(g.catalogs, func(x *catalog) bool { return x == c })
	return noContent(), nil
}

func (g *governance) catalogEntity(c *catalog) entity {
	return entity{
		{"id", c.id}, {"displayName", c.name}, {"description", c.description}, {"catalogType", "userManaged"}, {"state", "published"},
		{"isExternallyVisible", !c.hidden}, {"createdDateTime", stampOrNil(c.created)}, {"modifiedDateTime", stampOrNil(c.created)},
		{"resources", nav(func() any { return renderAll(c.shown(time.Now()), g.resourceEntity) })},
		{"accessPackages", nav(func() any { return renderAll(c.packages, g.packageEntity) })},
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
func listResources(rq *request, g *governance) (response, *graphError) {
	c, err := g.catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	l := collection{set: catalogSet + "('" + c.id + "')/resources", filterable: []string{"originId", "originSystem", "displayName", "id"}, expandable: []string{"scopes", "roles"}}
	return rq.govList(over(l, c.shown(time.Now()), g.resourceEntity))
}

func (g *governance) resourceEntity(r *resource) entity {
	return entity{
		{"id", r.id}, {"displayName", r.name}, {"description", r.description}, {"originId", r.origin}, {"originSystem", r.system},
		{"createdDateTime", stampOrNil(r.created)}, {"modifiedDateTime", stampOrNil(r.created)}, {"attributes", []any{}},
		{"scopes", nav(func() any { return []entity{r.scopeEntity()} })},
		{"roles", nav(func() any { return g.roleEntities(r) })},
	}
}

func (r *resource) scopeEntity() entity {
	return entity{{"id", r.scope}, {"displayName", "Root"}, {"description", "Root Scope"}, {"originId", r.origin}, {"originSystem", r.system}, {"isRootScope", true}}
}

// roleEntities renders the roles of a resource: those of the service principal
// that users can have. That originId is the id of the app role is believed.
func (g *governance) roleEntities(r *resource) []entity {
	sp := g.s.store.View().Get(schema.ServicePrincipals, r.origin)
	if sp == nil {
		return []entity{}
	}
	list := []entity{}
	for _, role := range rolesOf(sp) {
		if schema.Assignable(sp, strings.ToLower(role.ID), "User") {
			list = append(list, g.roleEntity(r, role))
		}
	}
	return list
}

func (g *governance) roleEntity(r *resource, role AppRole) entity {
	return entity{
		{"id", r.roleID(strings.ToLower(role.ID))}, {"displayName", role.DisplayName}, {"description", role.Description},
		{"originSystem", r.system}, {"originId", strings.ToLower(role.ID)},
		{"resource", nav(func() any { return g.resourceEntity(r) })},
	}
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resourceroles
func listResourceRoles(rq *request, g *governance) (response, *graphError) {
	c, err := g.catalog(rq.param("catalog").Value)
	if err != nil {
		return response{}, err
	}
	var list []entity
	for _, r := range c.shown(time.Now()) {
		list = append(list, g.roleEntities(r)...)
	}
	l := collection{set: catalogSet + "('" + c.id + "')/resourceRoles", filterable: []string{"originSystem", "resource/id", "originId", "displayName", "id"}, expandable: []string{"resource"}}
	return rq.govList(over(l, list, func(e entity) entity { return e }))
}

// requestResource adds a service principal to a catalog, or takes it out. The
// answer says delivered at once, yet the resource takes a while to show.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-resourcerequests
func requestResource(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	in, _ := body["catalog"].(map[string]any)
	c, err := g.catalog(field.Text(in, "id"))
	if err != nil {
		return response{}, err
	}
	what, _ := body["resource"].(map[string]any)
	switch kind := field.Text(body, "requestType"); strings.ToLower(kind) {
	case "adminadd":
		err = g.addResource(rq, c, what)
	case "adminremove":
		err = c.removeResource(what)
	default:
		err = rq.notModelled("a resource request of type " + kind)
	}
	if err != nil {
		return response{}, err
	}
	e := entity{{"id", g.s.newID()}, {"requestType", body["requestType"]}, {"state", "delivered"}, {"status", "Fulfilled"}, {"createdDateTime", stampOrNil(time.Now())}, {"completedDateTime", nil}}
	return rq.govOne(http.StatusCreated, "identityGovernance/entitlementManagement/resourceRequests", e)
}

func (g *governance) addResource(rq *request, c *catalog, what map[string]any) *graphError {
	at := time.Now().Add(g.Delivery / 2)
	origin := strings.ToLower(field.Text(what, "originId"))
	switch system := field.Text(what, "originSystem"); {
	case strings.EqualFold(system, fromCustomData):
		r := &resource{catalog: c, id: g.s.newID(), scope: g.s.newID(), system: fromCustomData, name: field.Text(what, "displayName"), description: field.Text(what, "description"), created: at, roles: map[string]string{}}
		r.origin = r.id
		c.resources = append(c.resources, r)
		return nil
	case !strings.EqualFold(system, fromApplication):
		return rq.notModelled("a resource of " + system)
	case slices.ContainsFunc(c.resources, func(r *resource) bool { return r.origin == origin }):
		return refuse(http.StatusBadRequest, "ResourceAlreadyOnboarded", "The resource is already onboarded.") // believed, not verified
	}
	sp := rq.read.Get(schema.ServicePrincipals, origin)
	if sp == nil {
		return notInGovernance("service principal", origin)
	}
	c.resources = append(c.resources, g.newResource(c, sp, at))
	return nil
}

func (c *catalog) removeResource(what map[string]any) *graphError {
	origin, id := field.Text(what, "originId"), field.Text(what, "id")
	i := slices.IndexFunc(c.resources, func(r *resource) bool { return strings.EqualFold(r.origin, origin) || strings.EqualFold(r.id, id) })
	if i < 0 {
		return notInGovernance("resource", id+origin)
	}
	for _, p := range c.packages {
		if slices.ContainsFunc(p.roles, func(s roleScope) bool { return s.resource == c.resources[i] }) {
			return badEntitlement("The resource is part of the access package %s.", p.id)
		}
	}
	c.resources = slices.Delete(c.resources, i, i+1)
	return nil
}
