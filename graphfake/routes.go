// # Modelled
//
// Below /v1.0, with $select, $filter, $orderby, $search, $top, $count, $expand
// and nextLinks where the service has them:
//
//	GET POST         /users
//	GET              /users/$count
//	GET              /users/delta
//	GET PATCH DELETE /users/{user}
//	GET              /users/{user}/manager
//	GET PUT DELETE   /users/{user}/manager/$ref
//	GET              /users/{user}/directReports
//	GET              /users/{user}/memberOf
//	GET              /users/{user}/transitiveMemberOf
//	POST             /users/{user}/checkMemberGroups
//	POST             /users/{user}/getMemberGroups
//	GET POST         /users/{user}/appRoleAssignments
//	GET              /users/{user}/appRoleAssignments/$count
//	GET DELETE       /users/{user}/appRoleAssignments/{assignment}
//	GET              /me
//	GET              /me/manager
//	GET              /me/memberOf
//	GET              /me/appRoleAssignments
//	GET POST         /groups
//	GET              /groups/$count
//	GET PATCH DELETE /groups/{group}
//	GET              /groups/{group}/members
//	GET              /groups/{group}/members/$count
//	GET              /groups/{group}/members/{type}
//	POST             /groups/{group}/members/$ref
//	DELETE           /groups/{group}/members/{member}/$ref
//	GET              /groups/{group}/transitiveMembers
//	GET              /groups/{group}/memberOf
//	GET              /groups/{group}/owners
//	POST             /groups/{group}/owners/$ref
//	DELETE           /groups/{group}/owners/{owner}/$ref
//	GET POST         /groups/{group}/appRoleAssignments
//	GET DELETE       /groups/{group}/appRoleAssignments/{assignment}
//	GET POST         /applications
//	GET              /applications/$count
//	GET PATCH DELETE /applications/{application}
//	GET              /applications/{application}/owners
//	POST             /applications/{application}/owners/$ref
//	DELETE           /applications/{application}/owners/{owner}/$ref
//	GET POST         /servicePrincipals
//	GET              /servicePrincipals/$count
//	GET PATCH DELETE /servicePrincipals/{servicePrincipal}
//	GET              /servicePrincipals/{servicePrincipal}/owners
//	POST             /servicePrincipals/{servicePrincipal}/owners/$ref
//	DELETE           /servicePrincipals/{servicePrincipal}/owners/{owner}/$ref
//	GET              /servicePrincipals/{servicePrincipal}/memberOf
//	GET POST         /servicePrincipals/{servicePrincipal}/appRoleAssignedTo
//	GET              /servicePrincipals/{servicePrincipal}/appRoleAssignedTo/$count
//	GET DELETE       /servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}
//	GET POST         /servicePrincipals/{servicePrincipal}/appRoleAssignments
//	GET DELETE       /servicePrincipals/{servicePrincipal}/appRoleAssignments/{assignment}
//	GET              /appRoleAssignments
//	GET              /directory/deletedItems/{type}
//	GET DELETE       /directory/deletedItems/{id}
//	GET              /directory/deletedItems/{type}/$count
//	POST             /directory/deletedItems/{id}/restore
//	GET              /directoryObjects/{id}
//	POST             /directoryObjects/getByIds
//	GET              /organization
//	GET              /organization/{organization}
//	GET              /domains
//	GET              /domains/{domain}
//	GET              /subscribedSkus
//	GET              /subscribedSkus/{sku}
//	POST             /$batch
//	GET POST         /identityGovernance/accessReviews/definitions
//	GET PUT DELETE   /identityGovernance/accessReviews/definitions/{definition}
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances
//	GET PATCH        /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/contactedReviewers
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/decisions
//	GET PATCH        /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/decisions/{decision}
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stop
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/applyDecisions
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/sendReminder
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/resetDecisions
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/batchRecordDecisions
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/acceptRecommendations
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stages
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stages/{stage}
//	POST             /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stages/{stage}/stop
//	GET              /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stages/{stage}/decisions
//	GET PATCH        /identityGovernance/accessReviews/definitions/{definition}/instances/{instance}/stages/{stage}/decisions/{decision}
//	POST             /identityGovernance/accessReviews/unified/definitions
//	POST             /identityGovernance/accessReviews/unified/instances/{instance}/batchApplyCustomDataProvidedResourceDecisions
//	GET POST         /identityGovernance/entitlementManagement/catalogs
//	GET DELETE       /identityGovernance/entitlementManagement/catalogs/{catalog}
//	GET              /identityGovernance/entitlementManagement/catalogs/{catalog}/resources
//	GET              /identityGovernance/entitlementManagement/catalogs/{catalog}/resourceRoles
//	GET POST         /identityGovernance/entitlementManagement/catalogs/{catalog}/resources/{resource}/uploadSessions
//	GET PATCH DELETE /identityGovernance/entitlementManagement/catalogs/{catalog}/resources/{resource}/uploadSessions/{session}
//	POST             /identityGovernance/entitlementManagement/catalogs/{catalog}/resources/{resource}/uploadSessions/{session}/uploadFile
//	POST             /identityGovernance/entitlementManagement/resourceRequests
//	GET POST         /identityGovernance/entitlementManagement/accessPackages
//	GET DELETE       /identityGovernance/entitlementManagement/accessPackages/{accessPackage}
//	POST             /identityGovernance/entitlementManagement/accessPackages/{accessPackage}/resourceRoleScopes
//	DELETE           /identityGovernance/entitlementManagement/accessPackages/{accessPackage}/resourceRoleScopes/{roleScope}
//	GET POST         /identityGovernance/entitlementManagement/assignmentPolicies
//	GET DELETE       /identityGovernance/entitlementManagement/assignmentPolicies/{policy}
//	GET POST         /identityGovernance/entitlementManagement/assignmentRequests
//	GET              /identityGovernance/entitlementManagement/assignmentRequests/{request}
//	POST             /identityGovernance/entitlementManagement/assignmentRequests/{request}/cancel
//	POST             /identityGovernance/entitlementManagement/assignmentRequests/{request}/reprocess
//	GET              /identityGovernance/entitlementManagement/assignments
//	GET              /identityGovernance/entitlementManagement/assignments/{assignment}
//	POST             /identityGovernance/entitlementManagement/assignments/{assignment}/reprocess
//
// A user is found by id or user principal name, an application also by
// (appId='…') and (uniqueName='…'), a service principal by (appId='…'), where
// PATCH with Prefer: create-if-missing creates it.
package graphfake

import (
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A route is one operation that the fake models.
type route struct {
	method  string
	path    string // below /v1.0; a function may be asked for with its namespace
	handler handler
	units   int    // resource units of the request without $select, $expand and $top
	perms   access // what a token needs for it
}

// onePrincipal is the path of a service principal.
const onePrincipal = "/servicePrincipals/{servicePrincipal}"

// The methods of the table.
const (
	get   = "GET"
	post  = "POST"
	patch = "PATCH"
	del   = "DELETE"
	put   = "PUT"
)

// routes is everything that is modelled: method, path, handler, cost in
// resource units, and permissions.
//
// An endpoint is added in three places:
//
//  1. a line here, and one in the list at the top of this file;
//  2. its handler in the file of its resource: users.go, groups.go,
//     assignments.go, review_instances.go, entitlement_packages.go and so on.
//     What all types share (getOne, listAll, deleteOne, on) stands in router.go,
//     what governance services share (governed, reply, create) in governance.go;
//  3. new properties or types in internal/schema, or in internal/governance,
//     which holds the state of reviews and access packages without HTTP.
//
// Answers are made of entities (json.go) or of directory objects (list.go).
// Nothing needs to be said of what is not modelled, see unmodelled.go; {type} in
// a path stands for a type that is modelled, and other names for a key.
//
//   - costs: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
//   - permissions: https://learn.microsoft.com/graph/permissions-reference
func routes() []route { return append(directoryRoutes(), governanceRoutes()...) }

// directoryRoutes is the part of the table for the directory.
func directoryRoutes() []route {
	// The objects that paths begin with, for handlers that several types share.
	user, group := (*request).user, (*request).group
	application, principal := (*request).application, (*request).servicePrincipal
	assignedTo := (*request).assignedTo
	getAssignedTo := getAssignment(assignedTo, principal, "appRoleAssignedTo")

	return []route{
		{get, "/users", listUsers, 2, readUsers},
		{post, "/users", withBody(createUser), 1, writeUsers},
		{get, "/users/$count", countAll(schema.Users), 1, readUsers},
		{get, "/users/delta", deltaUsers, 1, readUserChanges},
		{get, "/users/{user}", getOne(user), 1, readUser},
		{patch, "/users/{user}", withBody(updateUser), 1, writeUser},
		{del, "/users/{user}", deleteOne(user, buryUser), 1, deleteUsers},
		{get, "/users/{user}/manager", on(user, getManager), 1, readManager},
		{get, "/users/{user}/manager/$ref", on(user, getManagerRef), 1, readManager},
		{put, "/users/{user}/manager/$ref", on(user, setManager), 1, writeUsers},
		{del, "/users/{user}/manager/$ref", on(user, removeManager), 1, writeUsers},
		{get, "/users/{user}/directReports", listOf(reportsOf, user), 1, readManager},
		{get, "/users/{user}/memberOf", listOf(groupsOf, user), 1, readMemberships},
		{get, "/users/{user}/transitiveMemberOf", listOf(allGroupsOf, user), 1, readMemberships},
		{post, "/users/{user}/checkMemberGroups", on(user, checkMemberGroups), 4, readMemberships},
		{post, "/users/{user}/getMemberGroups", on(user, getMemberGroups), 2, readMemberships},
		{get, "/users/{user}/appRoleAssignments", on(user, listRoles), 1, readGrants},
		{post, "/users/{user}/appRoleAssignments", assignRole(user), 1, writeGrants},
		{get, "/users/{user}/appRoleAssignments/$count", on(user, countRoles), 1, readGrants},
		{get, "/users/{user}/appRoleAssignments/{assignment}", getRole(user), 1, readGrants},
		{del, "/users/{user}/appRoleAssignments/{assignment}", deleteRole(user), 1, writeGrants},

		{get, "/me", onMe(getOne(user)), 1, readUser},
		{get, "/me/manager", onMe(on(user, getManager)), 1, readManager},
		{get, "/me/memberOf", onMe(listOf(groupsOf, user)), 1, readMemberships},
		{get, "/me/appRoleAssignments", onMe(on(user, listRoles)), 1, readGrants},

		{get, "/groups", listAll(schema.Groups), 1, readGroups},
		{post, "/groups", withBody(createGroup), 1, writeGroups},
		{get, "/groups/$count", countAll(schema.Groups), 1, readGroups},
		{get, "/groups/{group}", getOne(group), 1, readGroups},
		{patch, "/groups/{group}", withBody(updateGroup), 1, writeGroups},
		{del, "/groups/{group}", deleteOne(group, bury), 1, deleteGroup},
		{get, "/groups/{group}/members", listOf(membersOf, group), 3, readMembers},
		{get, "/groups/{group}/members/$count", on(group, countMembers), 1, readMembers},
		{get, "/groups/{group}/members/{type}", on(group, listMembersOfType), 3, readMembers},
		{post, "/groups/{group}/members/$ref", on(group, addMember), 1, writeMembers},
		{del, "/groups/{group}/members/{member}/$ref", on(group, removeMember), 1, writeMembers},
		{get, "/groups/{group}/transitiveMembers", listOf(allMembersOf, group), 5, readMembers},
		{get, "/groups/{group}/memberOf", listOf(groupsOf, group), 1, readGroupsOfGroups},
		{get, "/groups/{group}/owners", listOf(ownersOf, group), 1, readGroups},
		{post, "/groups/{group}/owners/$ref", on(group, addOwner), 1, writeGroups},
		{del, "/groups/{group}/owners/{owner}/$ref", on(group, removeOwner), 1, writeGroups},
		{get, "/groups/{group}/appRoleAssignments", on(group, listRoles), 1, readGroupGrants},
		{post, "/groups/{group}/appRoleAssignments", assignRole(group), 1, writeGrants},
		{get, "/groups/{group}/appRoleAssignments/{assignment}", getRole(group), 1, readGroupGrants},
		{del, "/groups/{group}/appRoleAssignments/{assignment}", deleteRole(group), 1, writeGrants},

		{get, "/applications", listAll(schema.Applications), 2, listApplications},
		{post, "/applications", withBody(createApplication), 1, createApplications},
		{get, "/applications/$count", countAll(schema.Applications), 1, readApplications},
		{get, "/applications/{application}", getOne(application), 1, readApplications},
		{patch, "/applications/{application}", withBody(updateApplication), 1, writeApplications},
		{del, "/applications/{application}", deleteOne(application, buryApplication), 1, writeApplications},
		{get, "/applications/{application}/owners", listOf(ownersOf, application), 1, readApplications},
		{post, "/applications/{application}/owners/$ref", on(application, addOwner), 1, writeApplications},
		{del, "/applications/{application}/owners/{owner}/$ref", on(application, removeOwner), 1, writeApplications},

		{get, "/servicePrincipals", listAll(schema.ServicePrincipals), 1, listApplications},
		{post, "/servicePrincipals", withBody(createServicePrincipal), 1, writePrincipals},
		{get, "/servicePrincipals/$count", countAll(schema.ServicePrincipals), 1, readApplications},
		{get, onePrincipal, getOne(principal), 1, readApplications},
		{patch, onePrincipal, withBody(updateServicePrincipal), 1, writePrincipals},
		{del, onePrincipal, deleteOne(principal, bury), 1, writePrincipals},
		{get, onePrincipal + "/owners", listOf(ownersOf, principal), 1, readApplications},
		{post, onePrincipal + "/owners/$ref", on(principal, addOwner), 1, writeApplications},
		{del, onePrincipal + "/owners/{owner}/$ref", on(principal, removeOwner), 1, writeApplications},
		{get, onePrincipal + "/memberOf", listOf(groupsOf, principal), 1, readApplications},

		{get, onePrincipal + "/appRoleAssignedTo", on(principal, listAssignedTo), 1, readApplications},
		{post, onePrincipal + "/appRoleAssignedTo", assignTo(principal, "appRoleAssignedTo"), 1, writeAssignments},
		{get, onePrincipal + "/appRoleAssignedTo/$count", on(principal, countAssignedTo), 1, readApplications},
		{get, onePrincipal + "/appRoleAssignedTo/{assignment}", getAssignedTo, 1, readApplications},
		{del, onePrincipal + "/appRoleAssignedTo/{assignment}", deleteOne(assignedTo, (*state.Tx).Purge), 1,
			removeAssignments},
		{get, onePrincipal + "/appRoleAssignments", on(principal, listRoles), 2, readApplications},
		{post, onePrincipal + "/appRoleAssignments", assignRole(principal), 1, writeAssignments},
		{get, onePrincipal + "/appRoleAssignments/{assignment}", getRole(principal), 1, readApplications},
		{del, onePrincipal + "/appRoleAssignments/{assignment}", deleteRole(principal), 1, removeAssignments},
		{get, "/appRoleAssignments", noDirectQueries, 1, asInner},

		{get, "/directory/deletedItems/{type}", listDeleted, 1, readDeleted},
		{get, "/directory/deletedItems/{id}", on((*request).deleted, getDeleted), 1, readDeleted},
		{get, "/directory/deletedItems/{type}/$count", countDeleted, 1, readDeleted},
		{post, "/directory/deletedItems/{id}/restore", restoreDeleted, 1, writeDeleted},
		{del, "/directory/deletedItems/{id}", deleteOne((*request).deleted, (*state.Tx).Purge), 1, writeDeleted},

		{get, "/directoryObjects/{id}", getDirectoryObject, 1, readDirectoryObjects},
		{post, "/directoryObjects/getByIds", withBody(getByIDs), 5, readDirectoryObjects},

		{get, "/organization", listAll(schema.Organizations), 1, readOrganization},
		{get, "/organization/{organization}", getOne(byID(schema.Organizations, "organization")), 1, readOrganization},
		{get, "/domains", listAll(schema.Domains), 1, readDomains},
		{get, "/domains/{domain}", getOne(byID(schema.Domains, "domain")), 1, readDomains},
		{get, "/subscribedSkus", listAll(schema.SubscribedSkus), 1, readSkus},
		{get, "/subscribedSkus/{sku}", getOne(byID(schema.SubscribedSkus, "sku")), 1, readSkus},

		{post, "/$batch", batch, 1, asInner},
	}
}

// The paths of access reviews.
const (
	reviews        = "/identityGovernance/accessReviews/definitions"
	instances      = reviews + "/{definition}/instances/{instance}"
	stages         = instances + "/stages/{stage}"
	unifiedReviews = "/identityGovernance/accessReviews/unified"
)

// The paths of entitlement management.
const (
	entitlements = "/identityGovernance/entitlementManagement"
	catalogs     = entitlements + "/catalogs"
	packages     = entitlements + "/accessPackages"
	policies     = entitlements + "/assignmentPolicies"
	packRequests = entitlements + "/assignmentRequests"
	packHolders  = entitlements + "/assignments"
	sessions     = catalogs + "/{catalog}/resources/{resource}/uploadSessions"
)

// What the governance services ask for.
// https://learn.microsoft.com/graph/permissions-reference#access-review-permissions
var (
	readReviews  = both("AccessReview.Read.All AccessReview.ReadWrite.All")
	writeReviews = both("AccessReview.ReadWrite.All")
	asReviewer   = access{nobody, "AccessReview.ReadWrite.All"} // for signed-in users only
)

// https://learn.microsoft.com/graph/permissions-reference#entitlement-management-permissions
var (
	readPackages  = both("EntitlementManagement.Read.All EntitlementManagement.ReadWrite.All")
	writePackages = both("EntitlementManagement.ReadWrite.All")
)

// nobody is a permission that cannot be granted.
const nobody = "(none)"

// governanceRoutes is the part of the table for the governance services. Their
// costs are believed: operations that are not listed cost 1.
func governanceRoutes() []route {
	// What paths are about, for handlers of one object.
	review, instance := (*governanceServer).review, (*governanceServer).instance
	catalog, resource := (*governanceServer).catalog, (*governanceServer).customResource
	session := (*governanceServer).openSession

	return []route{
		{get, reviews, governed(listReviews), 1, readReviews},
		{post, reviews, governedBody(createReview), 1, writeReviews},
		{get, reviews + "/{definition}", governedOn(review, getReview), 1, readReviews},
		{put, reviews + "/{definition}", governedBody(replaceReview), 1, writeReviews},
		{del, reviews + "/{definition}", governedOn(review, deleteReview), 1, writeReviews},
		{get, reviews + "/{definition}/instances", governedOn(review, listInstances), 1, readReviews},
		{get, instances, governedOn(instance, getInstance), 1, readReviews},
		{patch, instances, onInstance(updateInstance), 1, writeReviews},
		{get, instances + "/contactedReviewers", governedOn(instance, listContacted), 1, readReviews},
		{get, instances + "/decisions", governedOn(instance, listDecisions), 1, readReviews},
		{get, instances + "/decisions/{decision}", governed(getDecision), 1, readReviews},
		{patch, instances + "/decisions/{decision}", governed(updateDecision), 1, asReviewer},
		{post, instances + "/stop", onInstance(stopInstance), 1, writeReviews},
		{post, instances + "/applyDecisions", onInstance(applyDecisions), 1, writeReviews},
		{post, instances + "/sendReminder", onInstance(sendReminder), 1, writeReviews},
		{post, instances + "/resetDecisions", onInstance(resetDecisions), 1, writeReviews},
		{post, instances + "/batchRecordDecisions", onInstance(batchRecord), 1, writeReviews},
		{post, instances + "/acceptRecommendations", onInstance(acceptRecommendations), 1, asReviewer},
		{get, instances + "/stages", governedOn(instance, listStages), 1, readReviews},
		{get, stages, governed(getStage), 1, readReviews},
		{post, stages + "/stop", governed(stopStage), 1, writeReviews},
		{get, stages + "/decisions", governed(listStageDecisions), 1, readReviews},
		{get, stages + "/decisions/{decision}", governed(getDecision), 1, readReviews},
		{patch, stages + "/decisions/{decision}", governed(updateDecision), 1, asReviewer},
		{post, unifiedReviews + "/definitions", governedBody(createReview), 1, writeReviews},
		{post, unifiedReviews + "/instances/{instance}/batchApplyCustomDataProvidedResourceDecisions",
			governedBody(batchMark),
			1, writeReviews},

		{get, catalogs, governed(listCatalogs), 1, readPackages},
		{post, catalogs, governed(createCatalog), 1, writePackages},
		{get, catalogs + "/{catalog}", governedOn(catalog, getCatalog), 1, readPackages},
		{del, catalogs + "/{catalog}", governed(deleteCatalog), 1, writePackages},
		{get, catalogs + "/{catalog}/resources", governedOn(catalog, listResources), 1, readPackages},
		{get, catalogs + "/{catalog}/resourceRoles", governedOn(catalog, listResourceRoles), 1, readPackages},
		{get, sessions, governedOn(resource, listSessions), 1, readPackages},
		{post, sessions, governedBody(createSession), 1, writePackages},
		{get, sessions + "/{session}", governedOn(resource, getSession), 1, readPackages},
		{patch, sessions + "/{session}", governedBody(finishSession), 1, writePackages},
		{del, sessions + "/{session}", governedOn(session, deleteSession), 1, writePackages},
		{post, sessions + "/{session}/uploadFile", governed(uploadFile), 1, writePackages},
		{post, entitlements + "/resourceRequests", governedBody(requestResource), 1, writePackages},
		{get, packages, governed(listPackages), 1, readPackages},
		{post, packages, governed(createPackage), 1, writePackages},
		{get, packages + "/{accessPackage}", governed(getPackage), 1, readPackages},
		{del, packages + "/{accessPackage}", governed(deletePackage), 1, writePackages},
		{post, packages + "/{accessPackage}/resourceRoleScopes", governedBody(addRoleScope), 1, writePackages},
		{del, packages + "/{accessPackage}/resourceRoleScopes/{roleScope}", governed(deleteRoleScope), 1, writePackages},
		{get, policies, governed(listPolicies), 1, readPackages},
		{post, policies, governed(createPolicy), 1, writePackages},
		{get, policies + "/{policy}", governed(getPolicy), 1, readPackages},
		{del, policies + "/{policy}", governed(deletePolicy), 1, writePackages},
		{get, packRequests, governed(listRequests), 1, readPackages},
		{post, packRequests, governedBody(createRequest), 1, writePackages},
		{get, packRequests + "/{request}", governed(getRequest), 1, readPackages},
		{post, packRequests + "/{request}/cancel", governed(cancelRequest), 1, writePackages},
		{post, packRequests + "/{request}/reprocess", governed(reprocessRequest), 1, writePackages},
		{get, packHolders, governed(listPackageAssignments), 1, readPackages},
		{get, packHolders + "/{assignment}", governed(getPackageAssignment), 1, readPackages},
		{post, packHolders + "/{assignment}/reprocess", governed(reprocessAssignment), 1, writePackages},
	}
}
