package entra

import "github.com/rollcall-go/rollcall/entra/graph"

// What the package asks of Graph, with the permissions that it needs. Package
// governance checks them beforehand.
// https://learn.microsoft.com/graph/permissions-reference
var (
	OpFindUsers              = operation("find users", "", readUsers)
	OpReadUser               = operation("read user", "", readUsers)
	OpReadOrganization       = operation("read organization", "", readOrganization)
	OpCreateUser             = operation("create user", "User Administrator", writeUsers)
	OpFindApplication        = operation("find application", "", readApplications)
	OpCreateApplication      = operation("create application", appAdministrators, writeApplications)
	OpUpdateApplication      = operation("update application", appAdministrators, writeApplications)
	OpCreateServicePrincipal = operation("create service principal", appAdministrators, writeApplications)
	OpUpdateServicePrincipal = operation("update service principal", appAdministrators, writeApplications)
	OpListAssignments        = operation("list assignments", "", readApplications)
	OpAddAssignment          = operation("add assignment", appAdministrators, writeAssignments, readApplications)
	OpRemoveAssignment       = operation("remove assignment", appAdministrators, writeAssignments)
)

func operation(name, role string, permissions ...[]string) graph.Operation {
	return graph.Operation{Name: name, Permissions: permissions, Role: role}
}

const appAdministrators = "Cloud Application Administrator or Application Administrator"

// Any one permission of a list is enough; the first is the least.
var (
	readUsers         = []string{"User.Read.All", "User.ReadWrite.All", directoryRead, directoryWrite}
	writeUsers        = []string{"User.ReadWrite.All", directoryWrite}
	readOrganization  = []string{"Organization.Read.All", "Organization.ReadWrite.All", directoryRead, directoryWrite}
	readApplications  = []string{"Application.Read.All", "Application.ReadWrite.All", directoryRead, directoryWrite}
	writeApplications = []string{"Application.ReadWrite.All", directoryWrite}
	writeAssignments  = []string{"AppRoleAssignment.ReadWrite.All"}
)

const directoryRead, directoryWrite = "Directory.Read.All", "Directory.ReadWrite.All"
