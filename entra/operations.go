package entra

import "github.com/rollcall-go/rollcall/entra/graph"

// What the package asks of Graph, with the permissions that it needs, as Microsoft's
// file of 2026-08-07 has them. Package governance checks them beforehand.
// https://github.com/microsoftgraph/microsoft-graph-devx-content/blob/master/permissions/new/permissions.json
var (
	OpFindUsers              = operation("find users", "", readUsers)
	OpReadUser               = operation("read user", "", readUsers)
	OpReadOrganization       = operation("read organization", "", readOrganization)
	OpCreateUser             = operation("create user", "User Administrator", writeUsers)
	OpFindApplication        = operation("find application", "", readApplications)
	OpCreateApplication      = operation("create application", appAdministrators, writeApplications)
	OpUpdateApplication      = operation("update application", appAdministrators, writeApplications)
	OpCreateServicePrincipal = operation("create service principal", appAdministrators, writePrincipals)
	OpUpdateServicePrincipal = operation("update service principal", appAdministrators, writePrincipals)
	OpListOwners             = operation("list owners", "", readApplications)
	OpAddOwner               = operation("add owner", appAdministrators, writeOwners, directoryReads)
	OpReadAudit              = operation("read the audit log", "Reports Reader", readAudit)
	OpListAssignments        = operation("list assignments", "", readApplications)
	OpListHeld               = operation("list a user's assignments", "", readHeld)
	OpAddAssignment          = operation("add assignment", appAdministrators, writeAssignments, readAssignable)
	OpRemoveAssignment       = operation("remove assignment", appAdministrators, writeAssignments)
)

func operation(name, role string, permissions ...[]string) graph.Operation {
	op := graph.Operation{Name: name, Permissions: permissions, Role: role}
	if op.Least()[0] == ownedBy {
		op.Limit = "good for what the calling application owns; otherwise, and for a signed-in person, " + writeAll
	}
	return op
}

const appAdministrators = "Cloud Application Administrator or Application Administrator"

// Any one permission of a list is enough; the first is the least. User.ReadBasic.All
// lists users, too, but leaves accountEnabled out.
var (
	readUsers        = []string{"User.Read.All", "User.ReadWrite.All", directoryRead, directoryWrite}
	writeUsers       = []string{"User.ReadWrite.All", directoryWrite}
	readApplications = []string{readAll, ownedBy, writeAll, directoryRead, directoryWrite}
	// Directory.ReadWrite.All writes service principals and no applications.
	writeApplications = []string{ownedBy, writeAll}
	writePrincipals   = []string{ownedBy, writeAll, directoryWrite}
	readAudit         = []string{"AuditLog.Read.All", directoryRead}
	// To add owners takes both. The file has Application.ReadWrite.OwnedBy for it, too,
	// of which the page says that it "will not be sufficient to add another owner".
	// https://learn.microsoft.com/graph/api/application-post-owners#permissions
	writeOwners    = []string{writeAll, directoryWrite}
	directoryReads = []string{directoryRead, directoryWrite}
	// The file of permissions names User.Read.All for it, too, which no page does.
	readOrganization = []string{"Organization.Read.All", "Organization.ReadWrite.All", directoryRead, directoryWrite}
	// Application.Read.All is not enough for the lists of people.
	readHeld         = []string{directoryRead, "AppRoleAssignment.ReadWrite.All"}
	writeAssignments = []string{"AppRoleAssignment.ReadWrite.All"}
	// https://github.com/microsoftgraph/microsoft-graph-docs/issues/12833
	readAssignable = []string{readAll, writeAll, directoryRead}
)

const (
	readAll  = "Application.Read.All"
	writeAll = "Application.ReadWrite.All"
	// ownedBy is for applications that act by themselves.
	// https://learn.microsoft.com/graph/permissions-reference#applicationreadwriteownedby
	ownedBy                       = "Application.ReadWrite.OwnedBy"
	directoryRead, directoryWrite = "Directory.Read.All", "Directory.ReadWrite.All"
)
