package graphfake

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/governance"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
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

// A Delivery is how a request for an access package ends. "" is not one of
// them: such a request fails.
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
	Email                       string // of somebody who is not in the directory; UserID is "" until they are
	Attempt                     int    // 0, and one more for each time that it is reprocessed
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

// makeGuest makes the user that an invitation makes. Its name is documented for guests
// in general, that it waits for the invitation's acceptance is believed.
// https://learn.microsoft.com/entra/external-id/user-properties
func (s *Server) makeGuest(email string, at time.Time) *object {
	initial := s.opts.Domains[len(s.opts.Domains)-1]
	guest := User{UserPrincipalName: strings.ReplaceAll(email, "@", "_") + "#EXT#@" + initial, DisplayName: email,
		Mail: email, UserType: "Guest"}
	values := append(guest.values(schema.Stamp(at)), state.Set(schema.Users, "externalUserState", "PendingAcceptance"))
	return withMailAddress(state.New(schema.Users, s.newID(), values))
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
		PackageID: r.Pack.ID, PolicyID: r.Policy.ID, UserID: r.Target, Email: r.Email, Attempt: r.Attempt,
	}
}

const catalogSet = "identityGovernance/entitlementManagement/catalogs"

// https://learn.microsoft.com/graph/api/entitlementmanagement-list-catalogs
func listCatalogs(rq *request, g *governanceServer) (response, error) {
	c := collection{
		set: catalogSet, filterable: []string{"displayName", "id"},
		expandable: []string{"resources", "accessPackages"},
	}
	return rq.govList(collectionOf(c, g.Catalogs, g.catalogEntity))
}

// https://learn.microsoft.com/graph/api/entitlementmanagement-post-catalogs
func createCatalog(rq *request, g *governanceServer) (response, error) {
	return create(rq, catalogSet, g.AddCatalog, g.catalogEntity)
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-get
func getCatalog(rq *request, g *governanceServer, c *governance.Catalog) (response, error) {
	return rq.govOne(http.StatusOK, catalogSet, g.catalogEntity(c))
}

func (g *governanceServer) catalog(rq *request) (*governance.Catalog, error) {
	return g.Catalog(rq.param("catalog").Value)
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-delete
func deleteCatalog(rq *request, g *governanceServer) (response, error) {
	return noContent(), g.DeleteCatalog(rq.param("catalog").Value)
}

func (g *governanceServer) catalogEntity(c *governance.Catalog) entity {
	return entity{
		{"id", c.ID}, {"displayName", c.Name}, {"description", c.Description}, {"catalogType", "userManaged"},
		{"state", "published"},
		{"isExternallyVisible", !c.Hidden}, {"createdDateTime", stampOrNil(c.Created)},
		{"modifiedDateTime", stampOrNil(c.Created)},
		{"resources", nav(func() any { return convert(c.Shown(time.Now()), g.resourceEntity) })},
		{"accessPackages", nav(func() any { return convert(c.Packages, g.packageEntity) })},
	}
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resources
func listResources(rq *request, g *governanceServer, c *governance.Catalog) (response, error) {
	l := collection{
		set:        catalogSet + "('" + c.ID + "')/resources",
		filterable: []string{"originId", "originSystem", "displayName", "id"}, expandable: []string{"scopes", "roles"},
	}
	return rq.govList(collectionOf(l, c.Shown(time.Now()), g.resourceEntity))
}

func (g *governanceServer) resourceEntity(r *governance.Resource) entity {
	return entity{
		{"id", r.ID}, {"displayName", r.Name}, {"description", r.Description},
		{"originId", r.Origin}, {"originSystem", r.System},
		{"createdDateTime", stampOrNil(r.Created)}, {"modifiedDateTime", stampOrNil(r.Created)}, {"attributes", []any{}},
		{"scopes", nav(func() any { return []entity{scopeEntity(r)} })},
		{"roles", nav(func() any { return g.roleEntities(r) })},
	}
}

func scopeEntity(r *governance.Resource) entity {
	return entity{
		{"id", r.Scope}, {"displayName", "Root"}, {"description", "Root Scope"},
		{"originId", r.Origin}, {"originSystem", r.System}, {"isRootScope", true},
	}
}

func (g *governanceServer) roleEntities(r *governance.Resource) []entity {
	return convert(g.Roles(r), func(role map[string]any) entity { return g.roleEntity(r, role) })
}

// roleEntity renders an app role of a resource. That originId is the id of the
// app role is believed.
func (g *governanceServer) roleEntity(r *governance.Resource, role map[string]any) entity {
	id := strings.ToLower(field.Text(role, "id"))
	return entity{
		{"id", r.RoleID(id)}, {"displayName", field.Text(role, "displayName")},
		{"description", field.Text(role, "description")}, {"originSystem", r.System}, {"originId", id},
		{"resource", nav(func() any { return g.resourceEntity(r) })},
	}
}

// https://learn.microsoft.com/graph/api/accesspackagecatalog-list-resourceroles
func listResourceRoles(rq *request, g *governanceServer, c *governance.Catalog) (response, error) {
	var list []entity
	for _, r := range c.Shown(time.Now()) {
		list = append(list, g.roleEntities(r)...)
	}
	l := collection{
		set:        catalogSet + "('" + c.ID + "')/resourceRoles",
		filterable: []string{"originSystem", "resource/id", "originId", "displayName", "id"},
		expandable: []string{"resource"},
	}
	return rq.govList(collectionOf(l, list, func(e entity) entity { return e }))
}

// requestResource adds a service principal to a catalog, or takes it out. The
// answer says delivered at once, yet the resource takes a while to show.
// https://learn.microsoft.com/graph/api/entitlementmanagement-post-resourcerequests
func requestResource(rq *request, g *governanceServer, body map[string]any) (response, error) {
	now := time.Now()
	if err := g.RequestResource(rq.read, body, now); err != nil {
		return response{}, err
	}
	return rq.govOne(http.StatusCreated, "identityGovernance/entitlementManagement/resourceRequests", entity{
		{"id", g.NewID()}, {"requestType", body["requestType"]}, {"state", "delivered"}, {"status", "Fulfilled"},
		{"createdDateTime", stampOrNil(now)}, {"completedDateTime", nil},
	})
}
