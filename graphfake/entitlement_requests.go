package graphfake

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// The states of requests and assignments, as they are written in answers.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentrequest
const (
	stateSubmitted  = "submitted"
	statePending    = "pendingApproval"
	stateDenied     = "denied"
	stateDelivering = "delivering"
	stateDelivered  = "delivered"
	stateFailed     = "deliveryFailed"
	stateExpired    = "expired"
	stateCanceled   = "canceled"
)

// An accessRequest asks for an assignment to be made or removed.
type accessRequest struct {
	g                 *governance
	id, kind          string
	state, status     string
	pack              *accessPackage
	policy            *packagePolicy
	target            string
	assignment        *packageAssignment // nil until the request is being delivered
	schedule          any
	created, complete time.Time
	next              time.Time
	attempt           int
}

// A packageAssignment is what a user has of a package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type packageAssignment struct {
	id, target       string
	state            string
	pack             *accessPackage
	policy           *packagePolicy
	created, expired time.Time
	limbo            bool // no subject was made of the target
}

const (
	requestSet    = "identityGovernance/entitlementManagement/assignmentRequests"
	assignmentSet = "identityGovernance/entitlementManagement/assignments"
)

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignmentrequests
func listRequests(rq *request, g *governance) (response, *graphError) {
	c := collection{set: requestSet, filterable: []string{"state", "status", "requestType", "id", "accessPackage/id", "assignment/id", "requestor/objectId"},
		expandable: []string{"accessPackage", "assignment", "requestor"}}
	return rq.govList(over(c, g.requests, (*accessRequest).entity))
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-get
func getRequest(rq *request, g *governance) (response, *graphError) {
	r, err := g.request(rq)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, requestSet, r.entity())
}

func (g *governance) request(rq *request) (*accessRequest, *graphError) {
	id := rq.param("request").Value
	for _, r := range g.requests {
		if strings.EqualFold(r.id, id) {
			return r, nil
		}
	}
	return nil, notInGovernance("assignment request", id)
}

// createRequest takes direct assignments by administrators. The assignment
// itself comes later.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests
func createRequest(rq *request, g *governance) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	what, ok := body["assignment"].(map[string]any)
	if !ok {
		what, _ = body["accessPackageAssignment"].(map[string]any) // in some examples of the documentation
	}
	now := time.Now()
	r := &accessRequest{g: g, id: g.s.newID(), kind: field.Text(body, "requestType"), state: stateSubmitted, status: "Accepted", schedule: body["schedule"], created: now, next: now.Add(g.Delivery / 2)}
	switch {
	case strings.EqualFold(r.kind, "adminAdd"):
		err = r.readAdd(rq, what)
	case strings.EqualFold(r.kind, "adminRemove"):
		err = r.readRemove(what)
	default:
		err = rq.notModelled("an assignment request of type " + r.kind)
	}
	if err != nil {
		return response{}, err
	}
	g.requests = append(g.requests, r)
	e := r.entity()
	for i := range e {
		if e[i].name == "createdDateTime" {
			e[i].value = nil // it is missing from this answer
		}
	}
	return rq.govOne(http.StatusCreated, requestSet, e)
}

// readAdd reads who shall get what. That a second assignment is refused is
// believed, not verified.
func (r *accessRequest) readAdd(rq *request, what map[string]any) (err *graphError) {
	if r.pack, err = r.g.accessPackage(field.Text(what, "accessPackageId")); err != nil {
		return err
	}
	if r.policy, err = r.g.policy(field.Text(what, "assignmentPolicyId")); err != nil {
		return err
	}
	r.target = strings.ToLower(field.Text(what, "targetId"))
	switch {
	case r.policy.pack != r.pack:
		return badEntitlement("The policy %s is not one of the access package %s.", r.policy.id, r.pack.id)
	case r.target == "" && what["target"] != nil:
		return rq.notModelled("an assignment to somebody who is not in the directory")
	case rq.read.Get(schema.Users, r.target) == nil:
		return notInGovernance("user", r.target)
	}
	open := func(o *accessRequest) bool {
		return o.pack == r.pack && o.target == r.target && !o.next.IsZero() || o.state == statePending && o.pack == r.pack && o.target == r.target
	}
	has := func(a *packageAssignment) bool {
		return a.pack == r.pack && a.target == r.target && (a.state == stateDelivered || a.state == stateDelivering)
	}
	if slices.ContainsFunc(r.g.requests, open) || slices.ContainsFunc(r.g.assignments, has) {
		return badEntitlement("The target already has an assignment or an open request for this access package.")
	}
	if r.policy.approval() {
		r.state, r.status, r.next = statePending, "PendingApproval", time.Time{}
	}
	return nil
}

func (r *accessRequest) readRemove(what map[string]any) *graphError {
	a, err := r.g.assignment(field.Text(what, "id"))
	if err != nil {
		return err
	}
	if a.state == stateExpired {
		return badEntitlement("The assignment %s has expired.", a.id)
	}
	r.assignment, r.pack, r.policy, r.target = a, a.pack, a.policy, a.target
	return nil
}

// reprocessRequest tries again.
// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-reprocess
func reprocessRequest(rq *request, g *governance) (response, *graphError) {
	r, err := g.request(rq)
	if err != nil {
		return response{}, err
	}
	r.again(time.Now())
	return response{status: http.StatusAccepted}, nil
}

// again delivers a request once more, if it has got that far.
func (r *accessRequest) again(now time.Time) {
	if r.assignment == nil || !r.next.IsZero() {
		return
	}
	r.attempt++
	r.state, r.status, r.complete, r.next = stateDelivering, "Delivering", time.Time{}, now.Add(r.g.Delivery/2)
}

// https://learn.microsoft.com/graph/api/accesspackageassignmentrequest-cancel
func cancelRequest(rq *request, g *governance) (response, *graphError) {
	r, err := g.request(rq)
	if err != nil {
		return response{}, err
	}
	if r.state != statePending && r.state != stateSubmitted {
		return response{}, badEntitlement("The request %s is %s and cannot be canceled.", r.id, r.state)
	}
	r.state, r.status, r.complete, r.next = stateCanceled, "Canceled", time.Now(), time.Time{}
	return response{status: http.StatusOK}, nil
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-assignments
func listPackageAssignments(rq *request, g *governance) (response, *graphError) {
	c := collection{set: assignmentSet, filterable: []string{"state", "status", "id", "accessPackage/id", "assignmentPolicy/id", "target/objectId"},
		expandable: []string{"target", "accessPackage", "assignmentPolicy"}}
	return rq.govList(over(c, g.assignments, g.assignmentEntity))
}

// https://learn.microsoft.com/graph/api/accesspackageassignment-get
func getPackageAssignment(rq *request, g *governance) (response, *graphError) {
	a, err := g.assignment(rq.param("assignment").Value)
	if err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusOK, assignmentSet, g.assignmentEntity(a))
}

func (g *governance) assignment(id string) (*packageAssignment, *graphError) {
	for _, a := range g.assignments {
		if strings.EqualFold(a.id, id) {
			return a, nil
		}
	}
	return nil, notInGovernance("assignment", id)
}

// reprocessAssignment delivers again what is missing.
// https://learn.microsoft.com/graph/api/accesspackageassignment-reprocess
func reprocessAssignment(rq *request, g *governance) (response, *graphError) {
	a, err := g.assignment(rq.param("assignment").Value)
	if err != nil {
		return response{}, err
	}
	for _, r := range slices.Backward(g.requests) {
		if r.assignment == a {
			r.again(time.Now())
			break
		}
	}
	return response{status: http.StatusAccepted}, nil
}
