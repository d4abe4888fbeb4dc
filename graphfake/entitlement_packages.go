package graphfake

import (
	"net/http"
	"time"
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
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	p, err := g.AddPackage(body, time.Now())
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, packageSet, g.packageEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackage-get
func getPackage(rq *request, g *governanceServer) (response, error) {
	p, err := g.Package(rq.param("accessPackage").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, packageSet, g.packageEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackage-delete
func deletePackage(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeletePackage(rq.param("accessPackage").Value)
}

func (g *governanceServer) packageEntity(p *accessPackage) entity {
	return entity{
		{"id", p.id}, {"displayName", p.name}, {"description", p.description}, {"isHidden", p.hidden},
		{"createdDateTime", stampOrNil(p.created)}, {"modifiedDateTime", stampOrNil(p.created)},
		{"catalog", nav(func() any { return g.catalogEntity(p.catalog) })},
		{"resourceRoleScopes", nav(func() any { return convert(p.roles, g.roleScopeEntity) })},
		{"assignmentPolicies", nav(func() any { return convert(p.policies, g.policyEntity) })},
	}
}

func (g *governanceServer) roleScopeEntity(rs roleScope) entity {
	role := func() any {
		if declared := g.RoleOf(rs); declared != nil {
			return g.roleEntity(rs.resource, declared)
		}
		return entity(nil)
	}
	return entity{
		{"id", rs.id()}, {"createdDateTime", stampOrNil(rs.created)}, {"role", nav(role)},
		{"scope", nav(func() any { return scopeEntity(rs.resource) })},
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
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, packageSet+"('"+p.id+"')/resourceRoleScopes", g.roleScopeEntity(rs))
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
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
	p, err := g.AddPolicy(body, time.Now())
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, policySet, g.policyEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-get
func getPolicy(rq *request, g *governanceServer) (response, error) {
	p, err := g.Policy(rq.param("policy").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, policySet, g.policyEntity(p))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentpolicy-delete
func deletePolicy(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeletePolicy(rq.param("policy").Value)
}

func (g *governanceServer) policyEntity(p *packagePolicy) entity {
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
