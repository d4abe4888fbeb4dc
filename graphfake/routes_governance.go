package graphfake

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
		{put, instances, governedOn(instance, replaceInstance), 1, writeReviews},
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
