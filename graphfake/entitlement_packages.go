package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

const (
	packageSet = "identityGovernance/entitlementManagement/accessPackages"
	policySet  = "identityGovernance/entitlementManagement/assignmentPolicies"
)

var packageExpands = []string{"catalog", "resourceRoleScopes", "assignmentPolicies"}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-accesspackages
func listPackages(rq *request, g *governance) (response, *graphError) {
	c := collection{set: packageSet, filterable: []string{"displayName", "id", "catalog/id"}, expandable: packageExpands}
	return rq.govList(over(c, g.packages(), g.packageEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-accesspackages
func createPackage(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	in, _ := body["catalog"].(map[string]any)
	c, err := g.catalog(field.Text(in, "id"))
	if err != nil {
		return response{}, err
	}
	name := field.Text(body, "displayName")
	if name == "" {
		return response{}, badEntitlement("The displayName of an access package is required.")
	}
	p := &accessPackage{catalog: c, id: g.s.newID(), name: name, description: field.Text(body, "description"), hidden: field.Bool(body, "isHidden"), created: time.Now()}
	c.packages = append(c.packages, p)
	return rq.govOne(http.StatusCreated, packageSet, g.packageEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackage-get
func getPackage(rq *request, g *governance) (response, *graphError) {
	p, err := g.accessPackage(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, packageSet, g.packageEntity(p))
}

// deletePackage refuses packages that somebody has.
// https://learn.microsoft.com/graph/api/accesspackage-delete
func deletePackage(rq *request, g *governance) (response, *graphError) {
	p, err := g.accessPackage(rq.param("accessPackage").Value)
	if err == nil && slices.ContainsFunc(g.assignments, func(a *packageAssignment) bool { return a.pack == p && a.state != stateExpired }) {
		err = badEntitlement("The access package %s has assignments.", p.id)
	}
	if err != nil {
		return response{}, err
	}
	p.catalog.packages = slices.DeleteFunc(p.catalog.packages, func(x *accessPackage) bool { return x == p })
	return noContent(), nil
}

func (g *governance) packageEntity(p *accessPackage) entity {
	return entity{
		{"id", p.id}, {"displayName", p.name}, {"description", p.description}, {"isHidden", p.hidden},
		{"createdDateTime", stampOrNil(p.created)}, {"modifiedDateTime", stampOrNil(p.created)},
		{"catalog", nav(func() any { return g.catalogEntity(p.catalog) })},
		{"resourceRoleScopes", nav(func() any { return renderAll(p.roles, g.roleScopeEntity) })},
		{"assignmentPolicies", nav(func() any { return renderAll(p.policies, g.policyEntity) })},
	}
}

func (g *governance) roleScopeEntity(rs roleScope) entity {
	role := func() any {
		if sp := g.s.store.View().Get(schema.ServicePrincipals, rs.resource.origin); sp != nil {
			for _, r := range rolesOf(sp) {
				if strings.EqualFold(r.ID, rs.role) {
					return g.roleEntity(rs.resource, r)
				}
			}
		}
		return entity(nil)
	}
	return entity{{"id", rs.id()}, {"createdDateTime", stampOrNil(rs.created)}, {"role", nav(role)}, {"scope", nav(func() any { return rs.resource.scopeEntity() })}}
}

// addRoleScope puts a role of one of the catalog's resources into a package.
// The role is named by its id, or by its originId; so is the resource.
// https://learn.microsoft.com/graph/api/accesspackage-post-resourcerolescopes
func addRoleScope(rq *request, g *governance) (response, *graphError) {
	p, err := g.accessPackage(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	role, _ := body["role"].(map[string]any)
	of, _ := role["resource"].(map[string]any)
	scope, _ := body["scope"].(map[string]any)
	now := time.Now()
	for _, r := range p.catalog.shown(now) {
		if !strings.EqualFold(r.id, field.Text(of, "id")) && !strings.EqualFold(r.origin, field.Text(of, "originId")) {
			continue
		}
		for _, e := range g.roleEntities(r) {
			if e.get("id") != field.Text(role, "id") && e.get("originId") != strings.ToLower(field.Text(role, "originId")) {
				continue
			}
			if scope == nil || field.Text(scope, "id") != "" && !strings.EqualFold(field.Text(scope, "id"), r.scope) {
				return response{}, badEntitlement("The scope does not belong to the resource %s.", r.id)
			}
			rs := roleScope{r, e.get("originId").(string), now}
			if slices.ContainsFunc(p.roles, func(x roleScope) bool { return x.id() == rs.id() }) {
				return response{}, badEntitlement("The access package has this resource role already.")
			}
			p.roles = append(p.roles, rs)
			return rq.govOne(http.StatusCreated, packageSet+"('"+p.id+"')/resourceRoleScopes", g.roleScopeEntity(rs))
		}
	}
	return response{}, badEntitlement("The role is not one of a resource in the catalog %s.", p.catalog.id)
}

// https://learn.microsoft.com/graph/api/accesspackage-delete-resourcerolescopes
func deleteRoleScope(rq *request, g *governance) (response, *graphError) {
	p, err := g.accessPackage(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	id := rq.param("roleScope").Value
	i := slices.IndexFunc(p.roles, func(rs roleScope) bool { return strings.EqualFold(rs.id(), id) })
	if i < 0 {
		return response{}, notInGovernance("resource role scope", id)
	}
	p.roles = slices.Delete(p.roles, i, i+1)
	return noContent(), nil
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentpolicies
func listPolicies(rq *request, g *governance) (response, *graphError) {
	c := collection{set: policySet, filterable: []string{"displayName", "id", "accessPackage/id"}, expandable: []string{"accessPackage", "catalog"}}
	return rq.govList(over(c, g.policies(), g.policyEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentpolicies
func createPolicy(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	of, _ := body["accessPackage"].(map[string]any)
	p, err := g.accessPackage(field.Text(of, "id"))
	if err != nil {
		return response{}, err
	}
	if field.Text(body, "displayName") == "" {
		return response{}, badEntitlement("The displayName of a policy is required.")
	}
	delete(body, "accessPackage")
	policy := &packagePolicy{pack: p, id: g.s.newID(), body: body, created: time.Now()}
	p.policies = append(p.policies, policy)
	return rq.govOne(http.StatusCreated, policySet, g.policyEntity(policy))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-get
func getPolicy(rq *request, g *governance) (response, *graphError) {
	p, err := g.policy(rq.param("policy").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, policySet, g.policyEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-delete
func deletePolicy(rq *request, g *governance) (response, *graphError) {
	p, err := g.policy(rq.param("policy").Value)
	if err == nil && slices.ContainsFunc(g.assignments, func(a *packageAssignment) bool { return a.policy == p && a.state != stateExpired }) {
		err = badEntitlement("The policy %s has assignments.", p.id)
	}
	if err != nil {
		return response{}, err
	}
	p.pack.policies = slices.DeleteFunc(p.pack.policies, func(x *packagePolicy) bool { return x == p })
	return noContent(), nil
}

func (g *governance) policyEntity(p *packagePolicy) entity {
	e := entity{
		{"id", p.id}, {"displayName", p.body["displayName"]}, {"description", p.body["description"]},
		{"allowedTargetScope", orElse(p.body["allowedTargetScope"], "notSpecified")}, {"specificAllowedTargets", orEmpty(p.body["specificAllowedTargets"])},
		{"createdDateTime", stampOrNil(p.created)}, {"modifiedDateTime", stampOrNil(p.created)},
	}
	for _, name := range []string{"automaticRequestSettings", "expiration", "requestorSettings", "requestApprovalSettings", "reviewSettings"} {
		e = append(e, member{name, p.body[name]})
	}
	return append(e,
		member{"accessPackage", nav(func() any { return g.packageEntity(p.pack) })},
		member{"catalog", nav(func() any { return g.catalogEntity(p.pack.catalog) })})
}
