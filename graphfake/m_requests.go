package graphfake

import (
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
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
	g                 *service
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

// A Fate is what becomes of a request for an access package.
type fate string

// The fates.
const (
	fateDelivered fate = "delivered"
	fateFailed    fate = "failed"  // ends with the state deliveryFailed
	fateInLimbo   fate = "inLimbo" // stays delivering, and the target has only a mail address
)

// Request finds a request.
func (g *service) Request(id string) (*accessRequest, error) {
	return find(g.Requests, func(r *accessRequest) string { return r.id }, "assignment request", id)
}

// Assignment finds an assignment of a package.
func (g *service) Assignment(id string) (*packageAssignment, error) {
	return find(g.Assignments, func(a *packageAssignment) string { return a.id }, "assignment", id)
}

// AddRequest takes direct assignments by administrators, and their removal.
// The assignment itself comes later.
func (g *service) AddRequest(v *state.View, body map[string]any, now time.Time) (*accessRequest, error) {
	what := field.Object(body, "assignment")
	if what == nil {
		what = field.Object(body, "accessPackageAssignment") // in some examples of the documentation
	}
	r := &accessRequest{
		g: g, id: g.NewID(), kind: field.Text(body, "requestType"), state: stateSubmitted, status: "Accepted",
		schedule: body["schedule"], created: now, next: now.Add(g.Delivery / 2),
	}
	var err error
	switch {
	case strings.EqualFold(r.kind, "adminAdd"):
		err = r.readAdd(v, what)
	case r.removes():
		err = r.readRemove(what)
	default:
		err = notModelled("an assignment request of type " + r.kind)
	}
	if err != nil {
		return nil, err
	}
	g.Requests = append(g.Requests, r)
	return r, nil
}

// readAdd reads who shall get what. That a second assignment is refused is
// believed, not verified.
func (r *accessRequest) readAdd(v *state.View, what map[string]any) (err error) {
	if r.pack, err = r.g.Package(field.Text(what, "accessPackageId")); err != nil {
		return err
	}
	if r.policy, err = r.g.Policy(field.Text(what, "assignmentPolicyId")); err != nil {
		return err
	}
	r.target = strings.ToLower(field.Text(what, "targetId"))
	switch {
	case r.policy.pack != r.pack:
		return badPackage("The policy %s is not one of the access package %s.", r.policy.id, r.pack.id)
	case r.target == "" && what["target"] != nil:
		return notModelled("an assignment to somebody who is not in the directory")
	case v.Get(schema.Users, r.target) == nil:
		return missing("user", r.target)
	}
	same := func(p *accessPackage, target string) bool { return p == r.pack && target == r.target }
	open := func(o *accessRequest) bool {
		return same(o.pack, o.target) && (!o.next.IsZero() || o.state == statePending)
	}
	has := func(a *packageAssignment) bool {
		return same(a.pack, a.target) && (a.state == stateDelivered || a.state == stateDelivering)
	}
	if slices.ContainsFunc(r.g.Requests, open) || slices.ContainsFunc(r.g.Assignments, has) {
		return badPackage("The target already has an assignment or an open request for this access package.")
	}
	if r.policy.approval() {
		r.state, r.status, r.next = statePending, "PendingApproval", time.Time{}
	}
	return nil
}

func (r *accessRequest) readRemove(what map[string]any) error {
	a, err := r.g.Assignment(field.Text(what, "id"))
	if err != nil {
		return err
	}
	if a.state == stateExpired {
		return badPackage("The assignment %s has expired.", a.id)
	}
	r.assignment, r.pack, r.policy, r.target = a, a.pack, a.policy, a.target
	return nil
}

// Reprocess delivers a request once more, if it has got that far.
func (r *accessRequest) Reprocess(now time.Time) {
	if r.assignment == nil || !r.next.IsZero() {
		return
	}
	r.attempt++
	r.state, r.status, r.complete, r.next = stateDelivering, "Delivering", time.Time{}, now.Add(r.g.Delivery/2)
}

// ReprocessAssignment delivers again what is missing.
func (g *service) ReprocessAssignment(a *packageAssignment, now time.Time) {
	for _, r := range slices.Backward(g.Requests) {
		if r.assignment == a {
			r.Reprocess(now)
			return
		}
	}
}

// Cancel takes a request back that is not being delivered yet.
func (r *accessRequest) Cancel(now time.Time) error {
	if r.state != statePending && r.state != stateSubmitted {
		return badPackage("The request %s is %s and cannot be canceled.", r.id, r.state)
	}
	r.finish(stateCanceled, "Canceled", now)
	return nil
}

// Approve decides a request that waits for approval, and reports whether it did.
func (r *accessRequest) Approve(approve bool, now time.Time) bool {
	switch {
	case r.state != statePending:
		return false
	case approve:
		r.state, r.status, r.next = stateSubmitted, "Approved", now.Add(r.g.Delivery/2)
	default:
		r.finish(stateDenied, "Denied", now)
	}
	return true
}

// finish takes a last state.
func (r *accessRequest) finish(state, status string, at time.Time) {
	r.state, r.status, r.complete, r.next = state, status, at, time.Time{}
}

func (r *accessRequest) removes() bool { return strings.EqualFold(r.kind, "adminRemove") }

// step takes a request to its next state.
func (r *accessRequest) step(at time.Time) {
	r.next = time.Time{}
	if r.state == stateSubmitted {
		r.state, r.status, r.next = stateDelivering, "Delivering", at.Add(r.g.Delivery-r.g.Delivery/2)
		if r.assignment == nil {
			r.assignment = &packageAssignment{id: r.g.NewID(), target: r.target, state: stateDelivering, pack: r.pack, policy: r.policy, created: at}
			r.g.Assignments = append(r.g.Assignments, r.assignment)
		}
		return
	}
	switch r.fate() {
	case fateInLimbo:
		r.assignment.limbo = !r.removes()
	case fateDelivered:
		r.finish(stateDelivered, "Delivered", at)
		if r.removes() {
			r.take(at)
		} else {
			r.give(at)
		}
	default:
		r.finish(stateFailed, "DeliveryFailed", at)
		if !r.removes() {
			r.assignment.state = stateFailed
		}
	}
}

// fate returns what becomes of the request: nobody who is not in the directory
// gets anything.
func (r *accessRequest) fate() fate {
	if !r.removes() && r.g.Store.View().Get(schema.Users, r.target) == nil {
		return fateFailed
	}
	if r.g.Deliver == nil {
		return fateDelivered
	}
	return r.g.Deliver(r)
}

// give assigns the roles of the package that the user does not have.
func (r *accessRequest) give(at time.Time) {
	r.assignment.state, r.assignment.limbo = stateDelivered, false
	r.g.commit(at, func(tx *state.Tx) {
		kind, who := schema.FindPrincipal(tx.View, r.target)
		for _, rs := range r.pack.roles {
			sp := tx.Get(schema.ServicePrincipals, rs.resource.origin)
			if sp == nil || !schema.Assignable(sp, rs.role, kind) {
				continue
			}
			a := r.g.NewAssignment(kind, who, sp, rs.role, at)
			if same, n := schema.Held(tx.View, a); !same && n < schema.MaxAssignments {
				tx.Put(a)
			}
		}
	})
}

// take removes the roles of the package, whoever gave them, unless another
// package gives them too.
// https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-resources
func (r *accessRequest) take(at time.Time) {
	r.assignment.state, r.assignment.expired = stateExpired, at
	var kept []roleScope
	for _, a := range r.g.Assignments {
		if a.target == r.target && a.state == stateDelivered {
			kept = append(kept, a.pack.roles...)
		}
	}
	r.g.commit(at, func(tx *state.Tx) {
		for _, rs := range r.pack.roles {
			same := func(k roleScope) bool { return k.role == rs.role && k.resource.origin == rs.resource.origin }
			if slices.ContainsFunc(kept, same) {
				continue
			}
			for _, a := range slices.Collect(tx.Live(schema.Assignments).Equal(schema.Assignments.Prop("principalId"), r.target)) {
				if a.Str("resourceId") == rs.resource.origin && a.Str("appRoleId") == rs.role {
					tx.Purge(a)
				}
			}
		}
	})
}
