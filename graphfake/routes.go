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
	return []route{
		{get, "/users", listUsers, 2, readUsers, nil},
		{post, "/users", createUser, 1, writeUsers, nil},
		{get, "/users/$count", countUsers, 1, readUsers, nil},
		{get, "/users/{user}", getUser, 1, readUser, nil},
		{patch, "/users/{user}", updateUser, 1, writeUser, nil},
		{del, "/users/{user}", deleteUser, 1, writeUsers, nil},

		{get, "/applications", listApplications, 2, readApplications, nil},
		{post, "/applications", createApplication, 1, createApplications, nil},
		{get, "/applications/$count", countApplications, 1, readApplications, nil},
		{get, "/applications/{application}", getApplication, 1, readApplications, nil},
		{patch, "/applications/{application}", updateApplication, 1, writeApplications, nil},
		{del, "/applications/{application}", deleteApplication, 1, writeApplications, nil},

		{get, "/servicePrincipals", listServicePrincipals, 1, readApplications, nil},
		{post, "/servicePrincipals", createServicePrincipal, 1, writeApplications, nil},
		{get, "/servicePrincipals/$count", countServicePrincipals, 1, readApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}", getServicePrincipal, 1, readApplications, nil},
		{patch, "/servicePrincipals/{servicePrincipal}", updateServicePrincipal, 1, writeApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}", deleteServicePrincipal, 1, writeApplications, nil},

		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo", listAssignedTo, 1, readApplications, nil},
		{post, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo", assignTo, 1, writeAssignments, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/$count", countAssignedTo, 1, readApplications, nil},
		{get, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}", getAssignedTo, 1, readApplications, nil},
		{del, "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}", deleteAssignedTo, 1, writeAssignments, nil},

		{post, "/$batch", batch, 1, asInner, nil},
	}
}
