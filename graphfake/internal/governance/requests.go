package governance

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

// A Request asks for an assignment to be made or removed.
type Request struct {
	g                 *Service
	ID, Kind          string
	State, Status     string
	Pack              *Package
	Policy            *Policy
	Target            string      // id of a user; "" if it isn't one yet
	Email             string      // of somebody who was not in the directory
	Assignment        *Assignment // nil until the request is being delivered
	Schedule          any
	Created, Complete time.Time
	next              time.Time
	Attempt           int
}

// An Assignment is what a user has of a package.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignment
type Assignment struct {
	ID, Target       string
	Email            string
	State            string
	Pack             *Package
	Policy           *Policy
	Created, Expired time.Time
	Limbo            bool // no subject was made of the target
}

// A Fate is how a request for an access package ends.
type Fate string

// The fates.
const (
	Delivered Fate = "delivered"
	Failed    Fate = "failed"  // ends with the state deliveryFailed
	InLimbo   Fate = "inLimbo" // stays delivering, and the target has only a mail address
)

// Request finds a request.
func (g *Service) Request(id string) (*Request, error) {
	return find(g.Requests, func(r *Request) string { return r.ID }, "assignment request", id)
}

// Assignment finds an assignment of a package.
func (g *Service) Assignment(id string) (*Assignment, error) {
	return find(g.Assignments, func(a *Assignment) string { return a.ID }, "assignment", id)
}

// AddRequest takes direct assignments by administrators, and their removal.
// The assignment itself comes later.
func (g *Service) AddRequest(v *state.View, body map[string]any, now time.Time) (*Request, error) {
	what := field.Object(body, "assignment")
	if what == nil {
		what = field.Object(body, "accessPackageAssignment") // in some examples of the documentation
	}
	r := &Request{
		g: g, ID: g.NewID(), Kind: field.Text(body, "requestType"), State: stateSubmitted, Status: "Accepted",
		Schedule: body["schedule"], Created: now, next: now.Add(g.Delivery / 2),
	}
	var err error
	switch {
	case strings.EqualFold(r.Kind, "adminAdd"):
		err = r.readAdd(v, what)
	case r.removes():
		err = r.readRemove(what)
	default:
		err = notModelled("an assignment request of type " + r.Kind)
	}
	if err != nil {
		return nil, err
	}
	g.Requests = append(g.Requests, r)
	return r, nil
}

// readAdd reads who shall get what. That a second assignment is refused is
// believed, not verified.
func (r *Request) readAdd(v *state.View, what map[string]any) (err error) {
	if r.Pack, err = r.g.Package(field.Text(what, "accessPackageId")); err != nil {
		return err
	}
	if r.Policy, err = r.g.Policy(field.Text(what, "assignmentPolicyId")); err != nil {
		return err
	}
	r.Target = strings.ToLower(field.Text(what, "targetId"))
	isGuest := r.Target == "" && what["target"] != nil
	if isGuest {
		err = r.readGuest(what)
	}
	switch {
	case r.Policy.Pack != r.Pack:
		return badPackage("The policy %s is not one of the access package %s.", r.Policy.ID, r.Pack.ID)
	case err != nil:
		return err
	case !isGuest && v.Get(schema.Users, r.Target) == nil:
		return missing("user", r.Target)
	}
	if r.hasAlready() {
		return badPackage("The target already has an assignment or an open request for this access package.")
	}
	if r.Policy.approval() {
		r.State, r.Status, r.next = statePending, "PendingApproval", time.Time{}
	}
	return nil
}

func (r *Request) readRemove(what map[string]any) error {
	a, err := r.g.Assignment(field.Text(what, "id"))
	if err != nil {
		return err
	}
	if a.State == stateExpired {
		return badPackage("The assignment %s has expired.", a.ID)
	}
	r.Assignment, r.Pack, r.Policy, r.Target, r.Email = a, a.Pack, a.Policy, a.Target, a.Email
	return nil
}

// Reprocess delivers a request once more, if it has got that far.
func (r *Request) Reprocess(now time.Time) {
	if r.Assignment == nil || !r.next.IsZero() {
		return
	}
	r.Attempt++
	r.State, r.Status, r.Complete, r.next = stateDelivering, "Delivering", time.Time{}, now.Add(r.g.Delivery/2)
}

// ReprocessAssignment delivers again what is missing.
func (g *Service) ReprocessAssignment(a *Assignment, now time.Time) {
	for _, r := range slices.Backward(g.Requests) {
		if r.Assignment == a {
			r.Reprocess(now)
			return
		}
	}
}

// Cancel takes a request back that is not being delivered yet.
func (r *Request) Cancel(now time.Time) error {
	if r.State != statePending && r.State != stateSubmitted {
		return badPackage("The request %s is %s and cannot be canceled.", r.ID, r.State)
	}
	r.finish(stateCanceled, "Canceled", now)
	return nil
}

// Approve decides a request that waits for approval, and reports whether it did.
func (r *Request) Approve(approve bool, now time.Time) bool {
	switch {
	case r.State != statePending:
		return false
	case approve:
		r.State, r.Status, r.next = stateSubmitted, "Approved", now.Add(r.g.Delivery/2)
	default:
		r.finish(stateDenied, "Denied", now)
	}
	return true
}

// finish takes a last state.
func (r *Request) finish(state, status string, at time.Time) {
	r.State, r.Status, r.Complete, r.next = state, status, at, time.Time{}
}

func (r *Request) removes() bool { return strings.EqualFold(r.Kind, "adminRemove") }

// step takes a request to its next state.
func (r *Request) step(at time.Time) {
	r.next = time.Time{}
	if r.State == stateSubmitted {
		r.State, r.Status, r.next = stateDelivering, "Delivering", at.Add(r.g.Delivery-r.g.Delivery/2)
		if r.Assignment == nil {
			r.Assignment = &Assignment{ID: r.g.NewID(), Target: r.Target, Email: r.Email, State: stateDelivering, Pack: r.Pack,
				Policy: r.Policy, Created: at}
			r.g.Assignments = append(r.g.Assignments, r.Assignment)
		}
		return
	}
	switch r.fate() {
	case InLimbo:
		r.Assignment.Limbo = !r.removes()
	case Delivered:
		r.finish(stateDelivered, "Delivered", at)
		if r.removes() {
			r.take(at)
		} else {
			r.give(at)
		}
	default:
		r.finish(stateFailed, "DeliveryFailed", at)
		if !r.removes() {
			r.Assignment.State = stateFailed
		}
	}
}

// fate returns how the request ends. Nobody who is not in the directory gets anything.
func (r *Request) fate() Fate {
	if !r.removes() && r.Target != "" && r.g.Store.View().Get(schema.Users, r.Target) == nil {
		return Failed
	}
	if r.g.Deliver == nil {
		return Delivered
	}
	return r.g.Deliver(r)
}

// give assigns the roles of the package that the user does not have.
func (r *Request) give(at time.Time) {
	r.Assignment.State, r.Assignment.Limbo = stateDelivered, false
	r.invite(at)
	r.g.commit(at, func(tx *state.Tx) {
		kind, who := schema.FindPrincipal(tx.View, r.Target)
		for _, rs := range r.Pack.Roles {
			sp := tx.Get(schema.ServicePrincipals, rs.Resource.Origin)
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
func (r *Request) take(at time.Time) {
	r.Assignment.State, r.Assignment.Expired = stateExpired, at
	var kept []RoleScope
	for _, a := range r.g.Assignments {
		if a.Target == r.Target && a.State == stateDelivered {
			kept = append(kept, a.Pack.Roles...)
		}
	}
	r.g.commit(at, func(tx *state.Tx) {
		for _, rs := range r.Pack.Roles {
			same := func(k RoleScope) bool { return k.role == rs.role && k.Resource.Origin == rs.Resource.Origin }
			if slices.ContainsFunc(kept, same) {
				continue
			}
			held := tx.Live(schema.Assignments).Equal(schema.Assignments.Prop("principalId"), r.Target)
			for _, a := range slices.Collect(held) {
				if a.Str("resourceId") == rs.Resource.Origin && a.Str("appRoleId") == rs.role {
					tx.Purge(a)
				}
			}
		}
	})
}

// Packages for people who are not in the directory. A policy must allow it, and of those
// that do, the one for all external users is modelled. A delivery invites them, and makes
// a guest; a guest who has the address already is taken. How the service refuses a policy
// that isn't for them is believed, not verified.
// https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-assignments#directly-assign-any-user
// https://learn.microsoft.com/entra/id-governance/entitlement-management-external-users

// allExternalUsers is a value of allowedTargetScope.
// https://learn.microsoft.com/graph/api/resources/accesspackageassignmentpolicy
const allExternalUsers = "allExternalUsers"

// readGuest reads for whom a request is that names nobody in the directory.
func (r *Request) readGuest(what map[string]any) error {
	r.Email = strings.ToLower(field.Text(field.Object(what, "target"), "email"))
	scope := field.Text(r.Policy.Body, "allowedTargetScope")
	local, domain, _ := strings.Cut(r.Email, "@")
	switch {
	case local == "" || domain == "":
		return badPackage("The target of the assignment needs an email address.")
	case strings.Contains(strings.ToLower(scope), "connectedorganization"):
		return notModelled("an assignment by a policy for connected organizations")
	case !strings.EqualFold(scope, allExternalUsers):
		return badPackage("The policy %s does not allow users who are not in the directory.", r.Policy.ID)
	}
	if u := r.g.withMail(r.Email); u != nil {
		r.Target = u.ID
	}
	return nil
}

// withMail returns the user whose mail address that is; nil if there is none.
func (g *Service) withMail(email string) *state.Object {
	return g.Store.View().Live(schema.Users).First("mail", email)
}

// invite makes a guest of whoever the request is for, if there is none.
func (r *Request) invite(at time.Time) {
	if r.Target != "" {
		return
	}
	guest := r.g.withMail(r.Email)
	if guest == nil {
		guest = r.g.NewGuest(r.Email, at)
		r.g.commit(at, func(tx *state.Tx) { tx.Put(guest) })
	}
	r.Target, r.Assignment.Target = guest.ID, guest.ID
}

// hasAlready reports whether the target has the package, or is about to get it.
func (r *Request) hasAlready() bool {
	same := func(p *Package, target, email string) bool {
		return p == r.Pack && target == r.Target && email == r.Email
	}
	open := func(o *Request) bool {
		return same(o.Pack, o.Target, o.Email) && (!o.next.IsZero() || o.State == statePending)
	}
	has := func(a *Assignment) bool {
		return a.Pack == r.Pack && (a.Target != "" && a.Target == r.Target || a.Email != "" && a.Email == r.Email) &&
			(a.State == stateDelivered || a.State == stateDelivering)
	}
	return slices.ContainsFunc(r.g.Requests, open) || slices.ContainsFunc(r.g.Assignments, has)
}
