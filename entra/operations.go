package entra

import "github.com/rollcall-go/rollcall/entra/graph"

// What the package asks of Graph, with the permissions that it needs. Package
// governance checks them beforehand.
// https://learn.microsoft.com/graph/permissions-reference
var (
	OpFindUsers              = graph.Operation{Name: "find users", Permissions: [][]string{readUsers}}
	OpReadUser               = graph.Operation{Name: "read user", Permissions: [][]string{readUsers}}
	OpCreateUser             = graph.Operation{Name: "create user", Permissions: [][]string{{"User.ReadWrite.All", "Directory.ReadWrite.All"}}, Role: "User Administrator"}
	OpFindApplication        = graph.Operation{Name: "find application", Permissions: [][]string{readApplications}}
	OpCreateApplication      = graph.Operation{Name: "create application", Permissions: [][]string{writeApplications}, Role: applicationAdministrators}
	OpUpdateApplication      = graph.Operation{Name: "update application", Permissions: [][]string{writeApplications}, Role: applicationAdministrators}
	OpCreateServicePrincipal = graph.Operation{Name: "create service principal", Permissions: [][]string{writeApplications}, Role: applicationAdministrators}
	OpUpdateServicePrincipal = graph.Operation{Name: "update service principal", Permissions: [][]string{writeApplications}, Role: applicationAdministrators}
	OpListAssignments        = graph.Operation{Name: "list assignments", Permissions: [][]string{readApplications}}
	OpAddAssignment          = graph.Operation{Name: "add assignment", Permissions: [][]string{{"AppRoleAssignment.ReadWrite.All"}, readApplications}, Role: applicationAdministrators}
	OpRemoveAssignment       = graph.Operation{Name: "remove assignment", Permissions: [][]string{{"AppRoleAssignment.ReadWrite.All"}}, Role: applicationAdministrators}
)

const applicationAdministrators = "Cloud Application Administrator or Application Administrator"

// Each list has permissions of which one will do, the least first.
var (
	readUsers         = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readApplications  = []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	writeApplications = []string{"Application.ReadWrite.All", "Directory.ReadWrite.All"}
)
