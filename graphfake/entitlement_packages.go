package graphfake

import (
	"net/http"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
)

const (
	packageSet = "identityGovernance/entitlementManagement/accessPackages"
	policySet  = "identityGovernance/entitlementManagement/assignmentPolicies"
)

var packageExpands = []string{"catalog", "resourceRoleScopes", "assignmentPolicies"}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-accesspackages
func listPackages(rq *request, g *governanceServer) (response, error) {
	c := collection{set: packageSet, filterable: []string{"displayName", "id", "catalog/id"}, expandable: packageExpands}
	return rq.govList(over(c, g.Packages(), g.packageEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-accesspackages
func createPackage(rq *request, g *governanceServer) (response, error) {
	return create(rq, packageSet, g.AddPackage, g.packageEntity)
}

// https://learn.microsoft.com/graph/api/accesspackage-get
func getPackage(rq *request, g *governanceServer) (response, error) {
	p, err := g.Package(rq.param("accessPackage").Value)
	return reply(rq, http.StatusOK, packageSet, p, err, g.packageEntity)
}

// https://learn.microsoft.com/graph/api/accesspackage-delete
func deletePackage(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeletePackage(rq.param("accessPackage").Value)
}

func (g *governanceServer) packageEntity(p *governance.Package) entity {
	return entity{
		{"id", p.ID}, {"displayName", p.Name}, {"description", p.Description}, {"isHidden", p.Hidden},
		{"createdDateTime", stampOrNil(p.Created)}, {"modifiedDateTime", stampOrNil(p.Created)},
		{"catalog", nav(func() any { return g.catalogEntity(p.Catalog) })},
		{"resourceRoleScopes", nav(func() any { return convert(p.Roles, g.roleScopeEntity) })},
		{"assignmentPolicies", nav(func() any { return convert(p.Policies, g.policyEntity) })},
	}
}

func (g *governanceServer) roleScopeEntity(rs governance.RoleScope) entity {
	role := func() any {
		if declared := g.RoleOf(rs); declared != nil {
			return g.roleEntity(rs.Resource, declared)
		}
		return entity(nil)
	}
	return entity{
		{"id", rs.ID()}, {"createdDateTime", stampOrNil(rs.Created)}, {"role", nav(role)},
		{"scope", nav(func() any { return scopeEntity(rs.Resource) })},
	}
}

// https://learn.microsoft.com/graph/api/accesspackage-post-resourcerolescopes
func addRoleScope(rq *request, g *governanceServer) (response, error) {
	p, err := g.Package(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	rs, err := g.AddRole(p, body, time.Now())
	return reply(rq, http.StatusCreated, packageSet+"('"+p.ID+"')/resourceRoleScopes", rs, err, g.roleScopeEntity)
}

// https://learn.microsoft.com/graph/api/accesspackage-delete-resourcerolescopes
func deleteRoleScope(rq *request, g *governanceServer) (response, error) {
	p, err := g.Package(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	return noContent(), p.DeleteRole(rq.param("roleScope").Value)
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentpolicies
func listPolicies(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: policySet, filterable: []string{"displayName", "id", "accessPackage/id"},
		expandable: []string{"accessPackage", "catalog"},
	}
	return rq.govList(over(c, g.Policies(), g.policyEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentpolicies
func createPolicy(rq *request, g *governanceServer) (response, error) {
	return create(rq, policySet, g.AddPolicy, g.policyEntity)
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-get
func getPolicy(rq *request, g *governanceServer) (response, error) {
	p, err := g.Policy(rq.param("policy").Value)
	return reply(rq, http.StatusOK, policySet, p, err, g.policyEntity)
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-delete
func deletePolicy(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeletePolicy(rq.param("policy").Value)
}

func (g *governanceServer) policyEntity(p *governance.Policy) entity {
	e := entity{
		{"id", p.ID}, {"displayName", p.Body["displayName"]}, {"description", p.Body["description"]},
		{"allowedTargetScope", orElse(p.Body["allowedTargetScope"], "notSpecified")}, {"specificAllowedTargets", orEmpty(p.Body["specificAllowedTargets"])},
		{"createdDateTime", stampOrNil(p.Created)}, {"modifiedDateTime", stampOrNil(p.Created)},
	}
	for _, name := range []string{"automaticRequestSettings", "expiration", "requestorSettings", "requestApprovalSettings", "reviewSettings"} {
		e = append(e, member{name, p.Body[name]})
	}
	return append(e,
		member{"accessPackage", nav(func() any { return g.packageEntity(p.Pack) })},
		member{"catalog", nav(func() any { return g.catalogEntity(p.Pack.Catalog) })})
}
