package graphfake

import (
	"net/http"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

const (
	requestSet    = "identityGovernance/entitlementManagement/assignmentRequests"
	assignmentSet = "identityGovernance/entitlementManagement/assignments"
)

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func listRequests(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: requestSet, expandable: []string{"accessPackage", "assignment", "requestor"},
		filterable: []string{"state", "status", "requestType", "id", "accessPackage/id", "assignment/id", "requestor/objectId"},
	}
	return rq.govList(over(c, g.Requests, g.requestEntity))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-get
func getRequest(rq *request, g *governanceServer) (response, error) {
	r, err := g.Request(rq.param("request").Value)
	return reply(rq, http.StatusOK, requestSet, r, err, g.requestEntity)
}

// createRequest leaves createdDateTime out of its answer, as the service does.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func createRequest(rq *request, g *governanceServer) (response, error) {
	body, err := rq.jsonBody()
	if err != nil {
		return response{}, err
	}
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
	return rq.govList(over(c, g.Assignments, g.assignmentEntity))
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
		member{"createdDateTime", stampOrNil(r.Created)}, member{"completedDateTime", stampOrNil(r.Complete)}, member{"schedule", orElse(r.Schedule, scheduleEntity("notSpecified", nil))},
		member{"accessPackage", nav(func() any { return g.packageEntity(r.Pack) })},
		member{"assignment", nav(func() any {
			if r.Assignment == nil {
				return entity(nil)
			}
			return g.assignmentEntity(r.Assignment)
		})},
		member{"requestor", nav(func() any { return g.subjectEntity(r.Target, false) })})
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func scheduleEntity(expiration string, start any) entity {
	return entity{{"startDateTime", start}, {"recurrence", nil}, {"expiration", entity{{"endDateTime", nil}, {"duration", nil}, {"type", expiration}}}}
}

func (g *governanceServer) assignmentEntity(a *governance.Assignment) entity {
	return entity{
		{"id", a.ID}, {"state", a.State}, {"status", upperFirst(a.State)}, {"expiredDateTime", stampOrNil(a.Expired)},
		{"schedule", scheduleEntity("noExpiration", stampOrNil(a.Created))},
		{"target", nav(func() any { return g.subjectEntity(a.Target, a.Limbo) })},
		{"accessPackage", nav(func() any { return g.packageEntity(a.Pack) })},
		{"assignmentPolicy", nav(func() any { return g.policyEntity(a.Policy) })},
	}
}

// subjectEntity renders who has or asks for a package. In limbo there is
// nothing but the mail address.
func (g *governanceServer) subjectEntity(id string, limbo bool) entity {
	v := g.Store.View()
	who := governance.IdentityOf(v, id)
	var mail any
	if u := v.Get(schema.Users, id); u != nil {
		mail = u.Value("mail")
	}
	if limbo {
		return entity{{"id", schema.ZeroRole}, {"objectId", ""}, {"displayName", ""}, {"principalName", ""}, {"email", mail}, {"subjectType", "notSpecified"}}
	}
	return entity{{"id", id}, {"objectId", id}, {"displayName", who.Name}, {"principalName", who.UPN}, {"email", mail}, {"subjectType", "user"}}
}
