package graphfake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/governance"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// An AccessPackage is an access package with one policy for direct assignment,
// for seeding.
// https://learn.microsoft.com/graph/api/resources/accesspackage
type AccessPackage struct {
	ID          string // "" = made by the server
	DisplayName string // required
	ResourceID  string // id of the service principal whose roles it gives; required
	AppRoleIDs  []string
	CatalogID   string // "" = a catalog of its own
	PolicyID    string // made by the server
}

// A Delivery is what becomes of a request for an access package.
type Delivery string

// The deliveries.
const (
	Delivered      Delivery = "delivered"
	DeliveryFailed Delivery = "failed" // ends with the state deliveryFailed
	// DeliveryInLimbo stays delivering, and the assignment's target has only a mail address
	// (https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/2664).
	DeliveryInLimbo Delivery = "inLimbo"
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

// AddAccessPackage puts an access package into entitlement management. It
// panics if the service principal or a role is not there.
func (s *Server) AddAccessPackage(p AccessPackage) AccessPackage {
	now := s.gov.open()
	defer s.gov.mu.Unlock()
	app := s.store.View().Get(schema.ServicePrincipals, p.ResourceID)
	if app == nil || p.DisplayName == "" {
		panic("graphfake: an access package needs a DisplayName, and the ResourceID of a service principal")
	}
	for _, role := range p.AppRoleIDs {
		if !schema.Assignable(app, strings.ToLower(role), "User") {
			panic("graphfake: access package " + p.DisplayName + ": no such role for users: " + role)
		}
	}
	policy := s.gov.SeedPackage(p.CatalogID, p.ID, p.DisplayName, app, p.AppRoleIDs, now)
	p.ID, p.CatalogID, p.PolicyID = policy.Pack.ID, policy.Pack.Catalog.ID, policy.ID
	p.AppRoleIDs = slices.Clone(p.AppRoleIDs)
	return p
}

// AccessRequests returns all requests for access packages, in order of creation.
func (s *Server) AccessRequests() []AccessRequest {
	s.gov.open()
	defer s.gov.mu.Unlock()
	return convert(s.gov.Requests, publicRequest)
}

// PackageAssignments returns all assignments of access packages, in order of
// creation, those that have expired too.
func (s *Server) PackageAssignments() []PackageAssignment {
	s.gov.open()
	defer s.gov.mu.Unlock()
	return convert(s.gov.Service.Assignments, func(a *governance.Assignment) PackageAssignment {
		return PackageAssignment{a.ID, a.Pack.ID, a.Policy.ID, a.Target, a.State}
	})
}

// ApproveRequest approves or denies a request that waits for it, as an
// approver does in the portal.
func (s *Server) ApproveRequest(id string, approve bool) error {
	now := s.gov.open()
	defer s.gov.mu.Unlock()
	if r, err := s.gov.Request(id); err == nil && r.Approve(approve, now) {
		return nil
	}
	return fmt.Errorf("approve: no request %q waits for approval", id)
}

func publicRequest(r *governance.Request) AccessRequest {
	return AccessRequest{
		ID: r.ID, Type: r.Kind, State: r.State,
		PackageID: r.Pack.ID, PolicyID: r.Policy.ID, UserID: r.Target, Attempt: r.Attempt,
	}
}
