package graphfake_test

import (
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
)

// oneOfEach returns a server with one object of each kind that is modelled, and
// a function that puts their ids for USER, GROUP and so on.
func oneOfEach(t *testing.T, tb graphfake.TB) (*graphfake.Server, func(string) string) {
	s := graphfake.New(&graphfake.Options{TB: tb, TenantID: "99999999-0000-4000-8000-000000000000",
		Governance: &graphfake.Governance{Phase: -1, Upload: -1}})
	app := s.AddApplication(graphfake.Application{DisplayName: "Orders"})
	sp := s.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	boss := s.AddUser(graphfake.User{UserPrincipalName: "boss@contoso.example"})
	user := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	newClient(t, s).do("PUT", "/users/"+user.ID+"/manager/$ref", map[string]any{"@odata.id": root + "/users/" + boss.ID})
	group := s.AddGroup(graphfake.Group{DisplayName: "Readers", Members: []string{user.ID}, Owners: []string{boss.ID}})
	held := s.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: user.ID, ResourceID: sp.ID})
	license := s.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2"})
	pack := s.AddAccessPackage(graphfake.AccessPackage{DisplayName: "Readers", ResourceID: sp.ID})
	review := s.AddReview(strings.ReplaceAll(`{"displayName": "Orders", "settings": {"instanceDurationInDays": 5},
		"scope": {"@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
		"principalScopes": [{"query": "/users"}], "resourceScopes": [{"query": "/servicePrincipals/SP"}]}}`, "SP", sp.ID))
	instance := s.Reviews()[0].Instances[0]
	return s, strings.NewReplacer("USER", user.ID, "GROUP", group.ID, "APP", app.ID, "PRINCIPAL", sp.ID, "ASSIGNMENT", held.ID,
		"SKU", license.ID, "ORG", "99999999-0000-4000-8000-000000000000", "DOMAIN", "contoso.example", "REVIEW", review.ID,
		"INSTANCE", instance.ID, "PACKAGE", pack.ID, "CATALOG", pack.CatalogID, "POLICY", pack.PolicyID).Replace
}

// An answer that denies what the service has makes people believe their own
// code to be wrong. Where the fake lacks something it says so, and fails the test.
func TestWhatTheServiceHasIsNeverDenied(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ reason, request, body string }{
		// https://learn.microsoft.com/graph/delta-query-overview
		{"a function is no id", "GET /servicePrincipals/delta", ""},
		{"a function is no id", "GET /servicePrincipals/delta()", ""},
		{"a function may have its namespace", "GET /servicePrincipals/microsoft.graph.delta", ""},
		{"a function is no id", "GET /applications/delta?$select=id", ""},
		{"a function is no id", "GET /directoryObjects/delta", ""},
		// https://learn.microsoft.com/graph/api/directoryobject-validateproperties
		{"an action is no id", "POST /directoryObjects/validateProperties", "{}"},
		{"an action is no id", "POST /directoryObjects/getAvailableExtensionProperties", "{}"},
		{"an action is no id", "POST /directory/deletedItems/getUserOwnedObjects", "{}"},
		{"an action of each", "POST /applications/APP/setVerifiedPublisher", "{}"},
		{"an action with its namespace", "POST /groups/GROUP/microsoft.graph.renew", "{}"},
		{"a function with arguments", "GET /users/USER/reminderView(startDateTime='a',endDateTime='b')", ""},
		{"a link", "GET /users/USER/sponsors", ""},
		{"a link of a link", "GET /users/USER/manager/directReports", ""},
		{"one object of a link", "GET /groups/GROUP/members/USER", ""},
		{"a type", "GET /groups/GROUP/members/microsoft.graph.device", ""},
		{"a type by its alias", "GET /users/USER/memberOf/graph.directoryRole/$count", ""},
		{"a type of a whole set", "GET /directoryObjects/microsoft.graph.user", ""},
		{"deleted objects of a type", "GET /directory/deletedItems/microsoft.graph.administrativeUnit", ""},
		{"a property", "GET /groups/GROUP/assignedLicenses", ""},
		{"a property, to change", "PATCH /groups/GROUP/description", "{}"},
		{"a value", "GET /organization/ORG/branding/bannerLogo/$value", ""},
		{"a list of references", "GET /groups/GROUP/members/$ref", ""},
		// hamilton sends it: https://github.com/manicminer/hamilton/blob/v0.71.0/msgraph/groups.go#L443
		{"all that can be expanded", "GET /groups/GROUP/members?$expand=*", ""},
		{"another method", "PATCH /organization/ORG", "{}"},
		{"another method", "POST /domains", "{}"},
		{"another key", "GET /groups(uniqueName='x')", ""},
		{"another set", "GET /devices/x/registeredOwners", ""},
		{"a set by its singleton", "GET /identityGovernance/lifecycleWorkflows/workflows/x", ""},
		{"beyond the metadata", "GET /identityGovernance/accessReviews/unified/definitions", ""},
		// https://learn.microsoft.com/graph/api/resources/group
		{"$select", "GET /groups?$select=id,assignedLicenses", ""},
		{"$select", "GET /groups/GROUP?$select=licenseProcessingState", ""},
		{"$select of several types", "GET /groups/GROUP/members?$select=id,isRooted", ""},
		{"$select by a type", "GET /groups/GROUP/members/microsoft.graph.group?$select=assignedLabels", ""},
		{"$select in governance", "GET /identityGovernance/entitlementManagement/assignmentPolicies?$select=notificationSettings", ""},
		{"$filter", "GET /groups?$filter=hasMembersWithLicenseErrors eq true", ""},
		{"$filter by any", "GET /groups?$filter=assignedLicenses/any(a:a/skuId eq 11111111-1111-4111-8111-111111111111)", ""},
		{"$filter by a link", "GET /users?$filter=memberOf/any(m:m/id eq 'x')", ""},
		{"$filter by a property of a link", "GET /users?$filter=appRoleAssignments/any(a:a/principalId eq 11111111-1111-4111-8111-111111111111)", ""},
		{"$filter by a field", "GET /applications?$filter=verifiedPublisher/verifiedPublisherId eq 'x'", ""},
		{"$filter by a function", "GET /users?$filter=tolower(displayName) eq 'x'", ""},
		{"$filter by a function", "GET /identityGovernance/entitlementManagement/catalogs?$filter=length(displayName) eq 1", ""},
		{"$orderby", "GET /groups?$orderby=unseenCount", ""},
		{"$search", `GET /groups?$search="assignedLabels:x"`, ""},
		// https://learn.microsoft.com/graph/api/user-list-manager
		{"$expand with levels", "GET /users?$expand=manager($levels=max;$select=id,displayName)", ""},
		{"$expand with levels", "GET /users/USER?$expand=manager($levels=max;$select=id)&$count=true&$select=id", ""},
		{"$expand", "GET /groups?$expand=createdOnBehalfOf", ""},
		{"$expand with an option", "GET /groups?$expand=members($skip=1)", ""},
		{"$expand of a property inside", "GET /groups?$expand=members($select=isRooted)", ""},
		{"$expand in governance", "GET /identityGovernance/entitlementManagement/accessPackages?$expand=incompatibleGroups", ""},
		{"$expand with an option in governance", "GET /identityGovernance/entitlementManagement/accessPackages?$expand=catalog($filter=id eq 'x')", ""},
		{"$orderby in governance", "GET /identityGovernance/entitlementManagement/assignmentPolicies?$orderby=notificationSettings", ""},
		{"$filter in governance", "GET /identityGovernance/entitlementManagement/assignments?$filter=schedule/startDateTime eq null", ""},
		{"a body", "PATCH /groups/GROUP", `{"autoSubscribeNewMembers":true}`},
		{"a link in a body", "PATCH /users/USER", `{"manager@odata.bind":"https://graph.microsoft.com/v1.0/users/USER"}`},
		{"a body in governance", "POST /identityGovernance/entitlementManagement/catalogs", `{"displayName":"x","customWorkflowExtensions":[]}`},
		{"a body in governance", "POST /identityGovernance/entitlementManagement/accessPackages", `{"displayName":"x","catalog":{"id":"CATALOG"},"incompatibleGroups":[]}`},
		{"a body in governance", "POST /identityGovernance/entitlementManagement/assignmentPolicies", `{"displayName":"x","accessPackage":{"id":"PACKAGE"},"questions":[]}`},
		{"a body in governance", "PATCH /identityGovernance/accessReviews/definitions/REVIEW/instances/INSTANCE", `{"stages":[]}`},
	} {
		tb := &failures{}
		s, fill := oneOfEach(t, tb)
		c := newClient(t, s)
		method, target, _ := strings.Cut(fill(tc.request), " ")
		a := c.advanced().do(method, target, fill(tc.body))
		assert.Equal(t, 501, a.status, "%s: %s %s", tc.reason, tc.request, a.text)
		assert.Len(t, tb.list, 1, "%s: %s", tc.reason, tc.request)
	}
}

// What the service does not have is denied as it denies it, so that typing
// mistakes show.
func TestWhatTheServiceLacksIsDenied(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ reason, request, body, message string }{
		{"no such set", "GET /user", "", "Resource not found for the segment 'user'."},
		{"no such link", "GET /groups/GROUP/member", "", "Resource not found for the segment 'member'."},
		{"no such link of a link", "GET /users/USER/manager/boss", "", "Resource not found for the segment 'boss'."},
		{"no such action", "POST /users/USER/assignLicence", "{}", "Resource not found for the segment 'assignLicence'."},
		{"no such type", "GET /groups/GROUP/members/microsoft.graph.person1", "", "Resource not found for the segment 'microsoft.graph.person1'."},
		{"no member's type", "GET /groups/GROUP/members/microsoft.graph.message", "", "Resource not found for the segment 'microsoft.graph.message'."},
		{"nothing below a text", "GET /groups/GROUP/description/length", "", "Resource not found for the segment 'length'."},
		{"a function of sets, not of one", "GET /groups/GROUP/delta", "", "Resource not found for the segment 'delta'."},
		{"an id that is none", "GET /groups/deltas", "", "Invalid object identifier 'deltas'."},
		{"no such name", "GET /groups?$select=asignedLicenses", "", "Parsing OData Select and Expand failed: Could not find a property named 'asignedLicenses' on type 'microsoft.graph.group'."},
		{"no such name", "GET /groups/GROUP/members?$select=nope", "", "Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.directoryObject'."},
		{"no such name", "GET /groups?$expand=nope", "", "Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.group'."},
		{"no such name", "GET /groups?$filter=nope eq 1", "", "Invalid filter clause: Could not find a property named 'nope' on type 'microsoft.graph.group'."},
		{"no such name", "GET /groups?$orderby=nope", "", "Invalid orderby clause: Could not find a property named 'nope' on type 'microsoft.graph.group'."},
		{"an action is no property", "GET /groups?$select=renew", "", "Parsing OData Select and Expand failed: Could not find a property named 'renew' on type 'microsoft.graph.group'."},
		{"no such function", "GET /users?$filter=lower(displayName) eq 'x'", "", "Invalid filter clause: An unknown function with name 'lower' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed."},
		{"levels are for $expand", "GET /users?$levels=1", "", "Unrecognized query argument specified: '$levels'."},
		{"no such name", "PATCH /groups/GROUP", `{"colour":"x"}`, "The property 'colour' does not exist on type 'microsoft.graph.group'. Make sure to only use property names that are defined by the type or mark the type as open type."},
		{"no such name", "GET /identityGovernance/entitlementManagement/catalogs?$select=nope", "", "Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.accessPackageCatalog'."},
		{"no such name", "GET /identityGovernance/entitlementManagement/catalogs?$expand=nope", "", "Parsing OData Select and Expand failed: Could not find a property named 'nope' on type 'microsoft.graph.accessPackageCatalog'."},
		{"an action is posted", "GET /users/USER/getMemberGroups", "", "Specified HTTP method is not allowed for the request target."},
		{"a function is read", "POST /users/delta", "{}", "Specified HTTP method is not allowed for the request target."},
		{"a number is read", "DELETE /users/$count", "", "Specified HTTP method is not allowed for the request target."},
		{"an object is not posted to", "POST /users/USER", "{}", "Specified HTTP method is not allowed for the request target."},
		{"a set is not deleted", "DELETE /groups", "", "Specified HTTP method is not allowed for the request target."},
	} {
		s, fill := oneOfEach(t, t)
		c := newClient(t, s)
		method, target, _ := strings.Cut(fill(tc.request), " ")
		a := c.advanced().do(method, target, fill(tc.body))
		_, message := a.fault()
		assert.Equal(t, tc.message, message, "%s: %s", tc.reason, tc.request)
		want := 400
		if strings.HasPrefix(tc.message, "Specified HTTP method") {
			want = 405
		}
		assert.Equal(t, want, a.status, tc.request)
	}
}

// Terraform's provider names the owners in the body that registers an
// application (https://github.com/manicminer/hamilton); the fake passed over it.
func TestOwnersAreBoundInBodies(t *testing.T) {
	t.Parallel()
	s, fill := oneOfEach(t, t)
	c := newClient(t, s)
	bind := []any{fill(root + "/directoryObjects/USER")}
	app := c.do("POST", "/applications", map[string]any{"displayName": "Sales", "owners@odata.bind": bind})
	assert.Equal(t, 201, app.status, app.text)
	sp := c.do("POST", "/servicePrincipals", map[string]any{"appId": app.json["appId"], "owners@odata.bind": bind})
	assert.Equal(t, 201, sp.status, sp.text)
	for _, made := range []string{"/applications/" + app.json["id"].(string), "/servicePrincipals/" + sp.json["id"].(string)} {
		assert.Equal(t, []string{fill("USER")}, c.get(made+"/owners").column("id"), made)
	}
	bad := map[string]any{"displayName": "Sales", "owner@odata.bind": bind}
	assert.Equal(t, 400, c.do("POST", "/applications", bad).status, "no such link")
}
