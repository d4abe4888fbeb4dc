package graphfake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Delivery is what becomes of a request for an access package.
type Delivery int

// The deliveries.
const (
	Delivered       Delivery = iota
	DeliveryFailed           // ends with the state deliveryFailed
	DeliveryInLimbo          // stays delivering, and the assignment's target has only a mail address (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2664)
)

// An AccessRequest is a request for an access package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentrequest
type AccessRequest struct {
	ID, Type, State             string // Type adminAdd or adminRemove
	PackageID, PolicyID, UserID string
	Attempt                     int // 0, and one more for each time that it is reprocessed
}

// A PackageAssignment is what a user has of an access package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type PackageAssignment struct {
	ID, PackageID, PolicyID, UserID, State string
}

// AccessRequests returns all requests for access packages, in order of creation.
func (s *Server) AccessRequests() []AccessRequest {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	g.run(time.Now())
	list := make([]AccessRequest, len(g.requests))
	for i, r := range g.requests {
		list[i] = r.public()
	}
	return list
}

// PackageAssignments returns all assignments of access packages, in order of
// creation, those that have expired too.
func (s *Server) PackageAssignments() []PackageAssignment {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	g.run(time.Now())
	list := make([]PackageAssignment, len(g.assignments))
	for i, a := range g.assignments {
		list[i] = PackageAssignment{a.id, a.pack.id, a.policy.id, a.target, a.state}
	}
	return list
}

// ApproveRequest approves or denies a request that waits for it, as an
// approver does in the portal.
func (s *Server) ApproveRequest(id string, approve bool) error {
	g := s.gov
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.run(now)
	for _, r := range g.requests {
		if r.id != id || r.state != statePending {
			continue
		}
		r.state, r.status, r.next = stateSubmitted, "Approved", now.Add(g.Delivery/2)
		if !approve {
			r.state, r.status, r.complete, r.next = stateDenied, "Denied", now, time.Time{}
		}
		return nil
	}
	return fmt.Errorf("approve: no request %q waits for approval", id)
}

func (r *accessRequest) public() AccessRequest {
	return AccessRequest{ID: r.id, Type: r.kind, State: r.state, PackageID: r.pack.id, PolicyID: r.policy.id, UserID: r.target, Attempt: r.attempt}
}

func (r *accessRequest) removes() bool { return strings.EqualFold(r.kind, "adminRemove") }

// step takes a request to its next state.
func (r *accessRequest) step(at time.Time) {
	r.next = time.Time{}
	if r.state == stateSubmitted {
		r.state, r.status, r.next = stateDelivering, "Delivering", at.Add(r.g.Delivery-r.g.Delivery/2)
		if r.assignment == nil {
			r.assignment = &packageAssignment{id: r.g.s.newID(), target: r.target, state: stateDelivering, pack: r.pack, policy: r.policy, created: at}
			r.g.assignments = append(r.g.assignments, r.assignment)
		}
		return
	}
	fate := Delivered
	if r.g.Deliver != nil {
		fate = r.g.Deliver(r.public())
	}
	if !r.removes() && r.g.s.store.View().Get(schema.Users, r.target) == nil {
		fate = DeliveryFailed
	}
	switch {
	case fate == DeliveryFailed:
		r.state, r.status, r.complete = stateFailed, "DeliveryFailed", at
		if !r.removes() {
			r.assignment.state = stateFailed
		}
	case fate == DeliveryInLimbo:
		r.assignment.limbo = !r.removes()
	case r.removes():
		r.state, r.status, r.complete = stateDelivered, "Delivered", at
		r.take(at)
	default:
		r.state, r.status, r.complete = stateDelivered, "Delivered", at
		r.give(at)
	}
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
			if a := r.g.s.makeAssignment(kind, who, sp, rs.role, at); checkNewAssignment(tx.View, a) == nil {
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
	for _, a := range r.g.assignments {
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

// entity renders the request; which names it uses differs.
func (r *accessRequest) entity() entity {
	e := entity{{"id", r.id}, {"requestType", r.kind}}
	if r.g.OldNames {
		e = append(e, member{"requestState", upperFirst(r.state)}, member{"requestStatus", r.status})
	} else {
		e = append(e, member{"state", r.state}, member{"status", r.status})
	}
	return append(e,
		member{"createdDateTime", stampOrNil(r.created)}, member{"completedDateTime", stampOrNil(r.complete)}, member{"schedule", orElse(r.schedule, scheduleEntity("notSpecified", nil))},
		member{"accessPackage", nav(func() any { return r.g.packageEntity(r.pack) })},
		member{"assignment", nav(func() any {
			if r.assignment == nil {
				return entity(nil)
			}
			return r.g.assignmentEntity(r.assignment)
		})},
		member{"requestor", nav(func() any { return r.g.subjectEntity(r.target, false) })})
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func scheduleEntity(expiration string, start any) entity {
	return entity{{"startDateTime", start}, {"recurrence", nil}, {"expiration", entity{{"endDateTime", nil}, {"duration", nil}, {"type", expiration}}}}
}

func (g *governance) assignmentEntity(a *packageAssignment) entity {
	return entity{
		{"id", a.id}, {"state", a.state}, {"status", upperFirst(a.state)}, {"expiredDateTime", stampOrNil(a.expired)},
		{"schedule", scheduleEntity("noExpiration", stampOrNil(a.created))},
		{"target", nav(func() any { return g.subjectEntity(a.target, a.limbo) })},
		{"accessPackage", nav(func() any { return g.packageEntity(a.pack) })},
		{"assignmentPolicy", nav(func() any { return g.policyEntity(a.policy) })},
	}
}

// subjectEntity renders who has or asks for a package. In limbo there is
// nothing but the mail address.
func (g *governance) subjectEntity(id string, limbo bool) entity {
	v := g.s.store.View()
	who := identityOf(v, id)
	var mail any
	if u := v.Get(schema.Users, id); u != nil {
		mail = u.Value("mail")
	}
	if limbo {
		return entity{{"id", zeroID}, {"objectId", ""}, {"displayName", ""}, {"principalName", ""}, {"email", mail}, {"subjectType", "notSpecified"}}
	}
	return entity{{"id", id}, {"objectId", id}, {"displayName", who.name}, {"principalName", who.upn}, {"email", mail}, {"subjectType", "user"}}
}
