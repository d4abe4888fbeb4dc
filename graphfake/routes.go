package graphfake

// A route is one operation that the fake models.
type route struct {
	method  string
	path    string // below /v1.0; a function may be asked for with its namespace
	handler handler
	units   int    // resource units of the request without $select, $expand and $top
	perms   access // what a token needs for it

	segments []string
}

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
//   - costs: https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
//   - permissions: https://learn.microsoft.com/graph/permissions-reference
func routes() []route {
	// The objects that paths begin with, for handlers that several types share.
	user, group := (*request).user, (*request).group
	application, principal := (*request).application, (*request).servicePrincipal

	return []route{
		{get, "/users", listUsers, 2, readUsers, nil},
		{post, "/users", createUser, 1, writeUsers, nil},
		{get, "/users/$count", countUsers, 1, readUsers, nil},
		{get, "/users/delta", deltaUsers, 1, readUser, nil},
		{get, "/users/{user}", getUser, 1, readUser, nil},
		{patch, "/users/{user}", updateUser, 1, writeUser, nil},
		{del, "/users/{user}", deleteUser, 1, writeUsers, nil},
		{get, "/users/{user}/manager", getManager, 1, readManager, nil},
		{get, "/users/{user}/manager/$ref", getManagerRef, 1, readManager, nil},
		{put, "/users/{user}/manager/$ref", setManager, 1, writeUsers, nil},
		{del, "/users/{user}/manager/$ref", removeManager, 1, writeUsers, nil},
		{get, "/users/{user}/directReports", listDirectReports, 1, readManager, nil},
		{get, "/users/{user}/memberOf", listGroupsOf(user), 1, readMemberships, nil},
		{get, "/users/{user}/transitiveMemberOf", listAllGroupsOf(user), 1, readMemberships, nil},
		{get, "/users/{user}/appRoleAssignments", listRoles(user), 1, readGrants, nil},
		{post, "/users/{user}/appRoleAssignments", assignRole(user), 1, writeAssignments, nil},
		{get, "/users/{user}/appRoleAssignments/$count", countRoles(user), 1, readGrants, nil},
		{get, "/users/{user}/appRoleAssignments/{assignment}", getRole(user), 1, readGrants, nil},
		{del, "/users/{user}/appRoleAssignments/{assignment}", deleteRole(user), 1, writeAssignments, nil},

		{get, "/me", onMe(getUser), 1, readUser, nil},
		{get, "/me/manager", onMe(getManager), 1, readManager, nil},
		{get, "/me/memberOf", onMe(listGroupsOf(user)), 1, readMemberships, nil},
		{get, "/me/appRoleAssignments", onMe(listRoles(user)), 1, readGrants, nil},

		{get, "/groups", listGroups, 1, readGroups, nil},
		{post, "/groups", createGroup, 1, writeGroups, nil},
		{get, "/groups/$count", countGroups, 1, readGroups, nil},
		{get, "/groups/{group}", getGroup, 1, readGroups, nil},
		{patch, "/groups/{group}", updateGroup, 1, writeGroups, nil},
		{del, "/groups/{group}", deleteGroup, 1, writeGroups, nil},
		{get, "/groups/{group}/members", listMembers, 3, readGroups, nil},
		{get, "/groups/{group}/members/$count", countMembers, 1, readGroups, nil},
		{get, "/groups/{group}/members/{type}", listMembersOfType, 3, readGroups, nil},
		{post, "/groups/{group}/members/$ref", addMember, 1, writeMembers, nil},
		{del, "/groups/{group}/members/{member}/$ref", removeMember, 1, writeMembers, nil},
		{get, "/groups/{group}/transitiveMembers", listAllMembers, 5, readGroups, nil},
		{get, "/groups/{group}/memberOf", listGroupsOf(group), 1, readGroups, nil},
		{get, "/groups/{group}/owners", listOwners(group), 1, readGroups, nil},
		{post, "/groups/{group}/owners/$ref", addOwner(group), 1, writeGroups, nil},
		{del, "/groups/{group}/owners/{owner}/$ref", removeOwner(group), 1, writeGroups, nil},
		{get, "/groups/{group}/appRoleAssignments", listRoles(group), 1, readGroups, nil},
		{post, "/groups/{group}/appRoleAssignments", assignRole(group), 1, writeAssignments, nil},
		{get, "/groups/{group}/appRoleAssignments/{assignment}", getRole(group), 1, readGroups, nil},
		{del, "/groups/{group}/appRoleAssignments/{assignment}", deleteRole(group), 1, writeAssignments, nil},

		{get, "/applications", listApplications, 2, readApplications, nil},
		{post, "/applications", createApplication, 1, createApplications, nil},
		{get, "/applications/$count", countApplications, 1, readApplications, nil},
		{get, "/applications/{application}", getApplication, 1, readApplications, nil},
		{patch, "/applications/{application}", updateApplication, 1, writeApplications, nil},
		{del, "/applications/{application}", deleteApplication, 1, writeApplications, nil},
		{get, "/applications/{application}/owners", listOwners(application), 1, readApplications, nil},
		{post, "/applications/{application}/owners/$ref", addOwner(application), 1, writeApplications, nil},
		{del, "/applications/{application}/owners/{owner}/$ref", removeOwner(application), 1, writeApplications, nil},

		{get, "/servicePrincipals", listServicePrincipals, 1, readApplications, nil},
		{post, "/servicePrincipals", createServicePrincipal, 1, writeApplications, nil},
		{get, "/servicePrincipals/$count", countServicePrincipals, 1, readApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}", getServicePrincipal, 1, readApplications, nil},
		{patch, "/servicePrincipals/{servicePrincipal}", updateServicePrincipal, 1, writeApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}", deleteServicePrincipal, 1, writeApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}/owners", listOwners(principal), 1, readApplications, nil},
		{post, "/servicePrincipals/{servicePrincipal}/owners/$ref", addOwner(principal), 1, writeApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}/owners/{owner}/$ref", removeOwner(principal), 1, writeApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}/memberOf", listGroupsOf(principal), 1, readApplications, nil},

		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo", listAssignedTo, 1, readApplications, nil},
		{post, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo", assignTo, 1, writeAssignments, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/$count", countAssignedTo, 1, readApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}", getAssignedTo, 1, readApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}", deleteAssignedTo, 1, writeAssignments, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignments", listRoles(principal), 2, readApplications, nil},
		{post, "/servicePrincipals/{servicePrincipal}/appRoleAssignments", assignRole(principal), 1, writeAssignments, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignments/{assignment}", getRole(principal), 1, readApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}/appRoleAssignments/{assignment}", deleteRole(principal), 1, writeAssignments, nil},
		{get, "/appRoleAssignments", noDirectQueries, 1, asInner, nil},

		{get, "/directory/deletedItems/{type}", listDeleted, 1, readDeleted, nil}, // an id, or a type
		{get, "/directory/deletedItems/{type}/$count", countDeleted, 1, readDeleted, nil},
		{post, "/directory/deletedItems/{id}/restore", restoreDeleted, 1, writeDeleted, nil},
		{del, "/directory/deletedItems/{id}", purgeDeleted, 1, writeDeleted, nil},

		{get, "/directoryObjects/{id}", getDirectoryObject, 1, readDirectoryObjects, nil},
		{post, "/directoryObjects/getByIds", getByIDs, 5, readDirectoryObjects, nil},

		{get, "/organization", listOrganization, 1, readOrganization, nil},
		{get, "/organization/{organization}", getOrganization, 1, readOrganization, nil},
		{get, "/domains", listDomains, 1, readDomains, nil},
		{get, "/domains/{domain}", getDomain, 1, readDomains, nil},
		{get, "/subscribedSkus", listSkus, 1, readSkus, nil},
		{get, "/subscribedSkus/{sku}", getSku, 1, readSkus, nil},

		{post, "/$batch", batch, 1, asInner, nil},
	}
}
