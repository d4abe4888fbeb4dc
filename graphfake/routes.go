package graphfake

import (
	"slices"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
)

// A route is one operation that the fake models.
type route struct {
	method  string
	path    string // below /v1.0; a function may be asked for with its namespace
	handler handler
	units   int    // resource units of the request without $select, $expand and $top
	perms   access // what a token needs for it
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
// An endpoint is added in three places:
//
//  1. a line here, and an exchange in examples/conformance/exchange, without which
//     TestCoverage fails;
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
	return slices.Concat(
		userRoutes(user), mine(myRoutes(user)), groupRoutes(group), applicationRoutes(application),
		principalRoutes(principal), directoryObjectRoutes(), tenantRoutes(),
	)
}

func userRoutes(user finder) []route {
	const u = "/users/{user}"
	return slices.Concat([]route{
		{get, "/users", listUsers, 2, readUsers},
		{post, "/users", withObject(schema.Users, createUser), 1, writeUsers},
		{get, "/users/$count", countAll(schema.Users), 1, readUsers},
		{get, "/users/delta", deltaOf(schema.Users), 1, readUserChanges},
		{get, u, getOne(user), 1, readUser},
		{patch, u, withObject(schema.Users, updateUser), 1, writeUser},
		{del, u, deleteOne(user, buryUser), 1, deleteUsers},
		{get, u + "/manager", on(user, getManager), 1, readManager},
		{get, u + "/manager/$ref", on(user, getManagerRef), 1, readManager},
		{put, u + "/manager/$ref", on(user, setManager), 1, writeUsers},
		{del, u + "/manager/$ref", on(user, removeManager), 1, writeUsers},
	},
		related(u+"/directReports", reportsOf, user, 1, readManager),
		related(u+"/memberOf", groupsOf, user, 2, readMemberships),
		related(u+"/transitiveMemberOf", allGroupsOf, user, 2, readMemberships),
		related(u+"/ownedObjects", ownedBy, user, 2, readManager),
		membershipActions(u, user, checkUserGroups, readUserObjects),
		[]route{
			{get, u + "/appRoleAssignments", on(user, listRoles), 1, readGrants},
			{post, u + "/appRoleAssignments", assignRole(user), 1, writeGrants},
			{get, u + "/appRoleAssignments/$count", on(user, countRoles), 1, readGrants},
			{get, u + "/appRoleAssignments/{assignment}", getRole(user), 1, readGrants},
			{del, u + "/appRoleAssignments/{assignment}", deleteRole(user), 1, writeGrants},
		},
		photoRoutes(u, user, readUserPhotos),
		propertyRoutes(u, user, readUser),
	)
}

// myRoutes are those of the signed-in user.
func myRoutes(user finder) []route {
	return slices.Concat([]route{
		{get, "/me", getOne(user), 1, readUser},
		{get, "/me/manager", on(user, getManager), 1, readManager},
	},
		related("/me/directReports", reportsOf, user, 1, readManager),
		related("/me/memberOf", groupsOf, user, 2, readMemberships),
		related("/me/transitiveMemberOf", allGroupsOf, user, 2, readMemberships),
		related("/me/ownedObjects", ownedBy, user, 2, readManager),
		membershipActions("/me", user, checkUserGroups, readUserObjects),
		[]route{{get, "/me/appRoleAssignments", on(user, listRoles), 1, readGrants}},
		photoRoutes("/me", user, readUserPhotos),
		propertyRoutes("/me", user, readUser),
	)
}

func groupRoutes(group finder) []route {
	const g = "/groups/{group}"
	return slices.Concat([]route{
		{get, "/groups", listAll(schema.Groups), 1, readGroups},
		{post, "/groups", withObject(schema.Groups, createGroup), 1, writeGroups},
		{get, "/groups/$count", countAll(schema.Groups), 1, readGroups},
		{get, "/groups/delta", deltaOf(schema.Groups), 1, readGroups},
		{get, g, getOne(group), 1, readGroups},
		{patch, g, withObject(schema.Groups, updateGroup), 1, writeGroups},
		{del, g, deleteOne(group, bury), 1, deleteGroup},
	},
		related(g+"/members", membersOf, group, 3, readMembers),
		[]route{
			{post, g + "/members/$ref", on(group, addMember), 1, writeMembers},
			{del, g + "/members/{member}", on(group, deleteMember), 1, writeMembers},
			{get, g + "/members/{member}/$ref", getRef(membersOf, group, "member"), 1, readMembers},
			{del, g + "/members/{member}/$ref", on(group, removeMember), 1, writeMembers},
		},
		related(g+"/transitiveMembers", allMembersOf, group, 5, readMembers),
		related(g+"/memberOf", groupsOf, group, 1, readGroupsOfGroups),
		related(g+"/transitiveMemberOf", allGroupsOf, group, 1, readGroupsOfGroups),
		related(g+"/owners", ownersOf, group, 1, readGroups),
		[]route{
			{post, g + "/owners/$ref", on(group, addOwner), 1, writeGroups},
			{get, g + "/owners/{owner}/$ref", getRef(ownersOf, group, "owner"), 1, readGroups},
			{del, g + "/owners/{owner}/$ref", on(group, removeGroupOwner), 1, writeGroups},
		},
		membershipActions(g, group, readGroupObjects, readGroupObjects),
		[]route{
			{get, g + "/appRoleAssignments", on(group, listRoles), 1, readGroupGrants},
			{post, g + "/appRoleAssignments", assignRole(group), 1, writeGrants},
			{get, g + "/appRoleAssignments/{assignment}", getRole(group), 1, readGroupGrants},
			{del, g + "/appRoleAssignments/{assignment}", deleteRole(group), 1, writeGrants},
		},
		photoRoutes(g, group, readGroupPhotos),
		propertyRoutes(g, group, readGroups),
	)
}

func applicationRoutes(application finder) []route {
	const a = "/applications/{application}"
	return slices.Concat([]route{
		{get, "/applications", listAll(schema.Applications), 2, listApplications},
		{post, "/applications", withObject(schema.Applications, createApplication), 1, createApplications},
		{get, "/applications/$count", countAll(schema.Applications), 1, readApplications},
		{get, a, getOne(application), 1, readApplications},
		{patch, a, withObject(schema.Applications, updateApplication), 1, writeApplications},
		{del, a, deleteOne(application, buryApplication), 1, writeApplications},
	},
		related(a+"/owners", ownersOf, application, 1, readApplications),
		[]route{
			{post, a + "/owners/$ref", on(application, addOwner), 1, addOwners},
			{get, a + "/owners/{owner}/$ref", getRef(ownersOf, application, "owner"), 1, readApplications},
			{del, a + "/owners/{owner}/$ref", on(application, removeOwner), 1, writeApplications},
		},
		passwordRoutes(a, application),
		propertyRoutes(a, application, readApplications),
	)
}

func principalRoutes(principal finder) []route {
	assignedTo := (*request).assignedTo
	getAssignedTo := getAssignment(assignedTo, principal, "appRoleAssignedTo")
	const p = "/servicePrincipals/{servicePrincipal}"
	return slices.Concat([]route{
		{get, "/servicePrincipals", listAll(schema.ServicePrincipals), 1, listApplications},
		{post, "/servicePrincipals", withObject(schema.ServicePrincipals, createServicePrincipal), 1, writePrincipals},
		{get, "/servicePrincipals/$count", countAll(schema.ServicePrincipals), 1, readApplications},
		{get, p, getOne(principal), 1, readApplications},
		{patch, p, withObject(schema.ServicePrincipals, updateServicePrincipal), 1, writePrincipals},
		{del, p, deleteOne(principal, bury), 1, writePrincipals},
	},
		related(p+"/owners", ownersOf, principal, 1, readApplications),
		[]route{
			{post, p + "/owners/$ref", on(principal, addOwner), 1, addOwners},
			{get, p + "/owners/{owner}/$ref", getRef(ownersOf, principal, "owner"), 1, readApplications},
			{del, p + "/owners/{owner}/$ref", on(principal, removeOwner), 1, writeApplications},
		},
		related(p+"/memberOf", groupsOf, principal, 1, readApplications),
		related(p+"/transitiveMemberOf", allGroupsOf, principal, 1, readPrincipalObjects),
		related(p+"/ownedObjects", ownedBy, principal, 1, readApplications),
		membershipActions(p, principal, readPrincipalObjects, readPrincipalObjects),
		[]route{
			{get, p + "/appRoleAssignedTo", on(principal, listAssignedTo), 1, readApplications},
			{post, p + "/appRoleAssignedTo", assignTo(principal, "appRoleAssignedTo"), 1, writeAssignments},
			{get, p + "/appRoleAssignedTo/$count", on(principal, countAssignedTo), 1, readApplications},
			{get, p + "/appRoleAssignedTo/{assignment}", getAssignedTo, 1, readApplications},
			{del, p + "/appRoleAssignedTo/{assignment}", removeAssigned(assignedTo), 1, removeAssignments},
			{get, p + "/appRoleAssignments", on(principal, listRoles), 2, readApplications},
			{post, p + "/appRoleAssignments", assignRole(principal), 1, writeAssignments},
			{get, p + "/appRoleAssignments/{assignment}", getRole(principal), 1, readApplications},
			{del, p + "/appRoleAssignments/{assignment}", deleteRole(principal), 1, removeAssignments},
		},
		passwordRoutes(p, principal),
		propertyRoutes(p, principal, readApplications),
		[]route{{get, "/appRoleAssignments", noDirectQueries, 1, asInner}},
	)
}

// directoryObjectRoutes are those of objects of any type, in use or deleted.
func directoryObjectRoutes() []route {
	object := (*request).directoryObject
	return slices.Concat([]route{
		{get, "/directory/deletedItems/{type}", listDeleted, 1, readDeleted}, // an id, or a type
		{get, "/directory/deletedItems/{id}", on((*request).deleted, getDeleted), 1, readDeleted},
		{get, "/directory/deletedItems/{type}/$count", countDeleted, 1, readDeleted},
		{post, "/directory/deletedItems/{id}/restore", restoreDeleted, 1, writeDeleted},
		{del, "/directory/deletedItems/{id}", deleteOne((*request).deleted, purge), 1, writeDeleted},

		{get, "/directoryObjects/{id}", on(object, getDirectoryObject), 1, readDirectoryObjects},
		// 3 by a recording of Azure CLI for one group, and 2 with $select by the published
		// table, which says 5 without.
		{post, "/directoryObjects/getByIds", withBody(getByIDs), 3, readDirectoryObjects},
	},
		membershipActions("/directoryObjects/{id}", object, checkAnyGroups, readAnyObjects),
	)
}

// tenantRoutes are those of the tenant itself, and of batches.
func tenantRoutes() []route {
	organization, domain := byID(schema.Organizations, "organization"), byID(schema.Domains, "domain")
	sku := byID(schema.SubscribedSkus, "sku")
	return slices.Concat([]route{
		{get, "/organization", listAll(schema.Organizations), 1, readOrganization},
		{get, "/organization/{organization}", getOne(organization), 1, readOrganization},
	},
		propertyRoutes("/organization/{organization}", organization, readOrganization),
		[]route{
			{get, "/domains", listAll(schema.Domains), 1, readDomains},
			{get, "/domains/{domain}", getOne(domain), 1, readDomains},
		},
		propertyRoutes("/domains/{domain}", domain, readDomains),
		[]route{
			{get, "/auditLogs/directoryAudits", listAudits, 1, readAudits},
			{get, "/subscribedSkus", listAll(schema.SubscribedSkus), 1, readSkus},
			{get, "/subscribedSkus/{sku}", getOne(sku), 1, readSkus},
		},
		propertyRoutes("/subscribedSkus/{sku}", sku, readSkus),
		[]route{{post, "/$batch", batch, 1, asInner}},
	)
}
