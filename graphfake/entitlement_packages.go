package graphfake

import (
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

const (
	packageSet = "identityGovernance/entitlementManagement/accessPackages"
	policySet  = "identityGovernance/entitlementManagement/assignmentPolicies"
)

var packageExpands = []string{"catalog", "resourceRoleScopes", "assignmentPolicies"}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-accesspackages
func listPackages(rq *request, g *governanceServer) (response, error) {
	c := collection{set: packageSet, filterable: []string{"displayName", "id", "catalog/id"}, expandable: packageExpands}
	return rq.govList(collectionOf(c, g.Packages(), g.packageEntity))
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
func addRoleScope(rq *request, g *governanceServer, body map[string]any) (response, error) {
	p, err := g.Package(rq.param("accessPackage").Value)
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
	return rq.govList(collectionOf(c, g.Policies(), g.policyEntity))
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
		{"allowedTargetScope", orElse(p.Body["allowedTargetScope"], "notSpecified")},
		{"specificAllowedTargets", orEmpty(p.Body["specificAllowedTargets"])},
		{"createdDateTime", stampOrNil(p.Created)}, {"modifiedDateTime", stampOrNil(p.Created)},
	}
	for _, name := range []string{"automaticRequestSettings", "expiration", "requestorSettings",
		"requestApprovalSettings", "reviewSettings"} {
		e = append(e, member{name, p.Body[name]})
	}
	return append(e,
		member{"accessPackage", nav(func() any { return g.packageEntity(p.Pack) })},
		member{"catalog", nav(func() any { return g.catalogEntity(p.Pack.Catalog) })})
}

const (
	requestSet    = "identityGovernance/entitlementManagement/assignmentRequests"
	assignmentSet = "identityGovernance/entitlementManagement/assignments"
)

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func listRequests(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: requestSet, expandable: []string{"accessPackage", "assignment", "requestor"},
		filterable: []string{"state", "status", "requestType", "id", "accessPackage/id", "assignment/id",
			"requestor/objectId"},
	}
	return rq.govList(collectionOf(c, g.Requests, g.requestEntity))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-get
func getRequest(rq *request, g *governanceServer) (response, error) {
	r, err := g.Request(rq.param("request").Value)
	return reply(rq, http.StatusOK, requestSet, r, err, g.requestEntity)
}

// createRequest leaves createdDateTime out of its answer, as the service does.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func createRequest(rq *request, g *governanceServer, body map[string]any) (response, error) {
	r, err := g.AddRequest(rq.read, body, time.Now())
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, requestSet, g.requestEntity(r).with("createdDateTime", nil))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-reprocess
func reprocessRequest(rq *request, g *governanceServer) (response, error) {
	r, err := g.Request(rq.param("request").Value)
	if err != nil {
		return response{}, err
	}
	r.Reprocess(time.Now())
	return response{status: http.StatusAccepted}, nil
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-cancel
func cancelRequest(rq *request, g *governanceServer) (response, error) {
	r, err := g.Request(rq.param("request").Value)
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusOK}, r.Cancel(time.Now())
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignments
func listPackageAssignments(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: assignmentSet, expandable: []string{"target", "accessPackage", "assignmentPolicy"},
		filterable: []string{"state", "status", "id", "accessPackage/id", "assignmentPolicy/id", "target/objectId"},
	}
	return rq.govList(collectionOf(c, g.Assignments, g.assignmentEntity))
}

// https://learn.microsoft.com/graph/api/accesspackageassignment-get
func getPackageAssignment(rq *request, g *governanceServer) (response, error) {
	a, err := g.Assignment(rq.param("assignment").Value)
	return reply(rq, http.StatusOK, assignmentSet, a, err, g.assignmentEntity)
}

// https://learn.microsoft.com/graph/api/accesspackageassignment-reprocess
func reprocessAssignment(rq *request, g *governanceServer) (response, error) {
	a, err := g.Assignment(rq.param("assignment").Value)
	if err != nil {
		return response{}, err
	}
	g.ReprocessAssignment(a, time.Now())
	return response{status: http.StatusAccepted}, nil
}

// requestEntity renders a request; which names it uses differs.
func (g *governanceServer) requestEntity(r *governance.Request) entity {
	e := entity{{"id", r.ID}, {"requestType", r.Kind}}
	if g.conf.OldNames {
		e = append(e, member{"requestState", upperFirst(r.State)}, member{"requestStatus", r.Status})
	} else {
		e = append(e, member{"state", r.State}, member{"status", r.Status})
	}
	return append(e,
		member{"createdDateTime", stampOrNil(r.Created)}, member{"completedDateTime", stampOrNil(r.Complete)},
		member{"schedule", orElse(r.Schedule, scheduleEntity("notSpecified", nil))},
		member{"accessPackage", nav(func() any { return g.packageEntity(r.Pack) })},
		member{"assignment", nav(func() any {
			if r.Assignment == nil {
				return entity(nil)
			}
			return g.assignmentEntity(r.Assignment)
		})},
		member{"requestor", nav(func() any { return g.subjectEntity(r.Target, r.Email, false) })})
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func scheduleEntity(expiration string, start any) entity {
	return entity{{"startDateTime", start}, {"recurrence", nil},
		{"expiration", entity{{"endDateTime", nil}, {"duration", nil}, {"type", expiration}}}}
}

func (g *governanceServer) assignmentEntity(a *governance.Assignment) entity {
	return entity{
		{"id", a.ID}, {"state", a.State}, {"status", upperFirst(a.State)}, {"expiredDateTime", stampOrNil(a.Expired)},
		{"schedule", scheduleEntity("noExpiration", stampOrNil(a.Created))},
		{"target", nav(func() any { return g.subjectEntity(a.Target, a.Email, a.Limbo) })},
		{"accessPackage", nav(func() any { return g.packageEntity(a.Pack) })},
		{"assignmentPolicy", nav(func() any { return g.policyEntity(a.Policy) })},
	}
}

// subjectEntity renders who has or asks for a package. In limbo there is
// nothing but the mail address; whoever is not in the directory has no object id.
func (g *governanceServer) subjectEntity(id, email string, limbo bool) entity {
	if id == "" {
		return entity{{"id", schema.ZeroRole}, {"objectId", nil}, {"displayName", email}, {"principalName", nil},
			{"email", email}, {"subjectType", "user"}}
	}
	v := g.Store.View()
	who := governance.IdentityOf(v, id)
	var mail any
	if u := v.Get(schema.Users, id); u != nil {
		mail = u.Value("mail")
	}
	if limbo {
		return entity{{"id", schema.ZeroRole}, {"objectId", ""}, {"displayName", ""}, {"principalName", ""}, {"email", mail},
			{"subjectType", "notSpecified"}}
	}
	return entity{{"id", id}, {"objectId", id}, {"displayName", who.Name}, {"principalName", who.UPN}, {"email", mail},
		{"subjectType", "user"}}
}
