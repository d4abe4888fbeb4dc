package entra

import (
	"net/http"
	"strings"
)

// What this package does, as it stands in errors.
const (
	opFindApplication        = "find application"
	opCreateApplication      = "create application"
	opUpdateApplication      = "update application"
	opCreateServicePrincipal = "create service principal"
	opUpdateServicePrincipal = "update service principal"
	opCreateUser             = "create user"
	opReadUser               = "read user"
	opListAssignments        = "list assignments"
	opAddAssignment          = "add assignment"
	opRemoveAssignment       = "remove assignment"
	opListMembers            = "list members of a group"
	opReadReview             = "read access reviews"
	opCreateReview           = "create access review"
	opManageReview           = "manage access review"
	opReadPackage            = "read access packages"
	opAssignPackage          = "assign access package"
	opUploadCustomData       = "upload custom data"
	opReadLicences           = "read licences"
)

// A grant is what an operation needs: the least Graph permission, and for a
// signed-in person the directory roles of which one is needed too.
type grant struct{ permission, role string }

const (
	readsApplications = "Application.Read.All"
	appAdministrators = "Cloud Application Administrator or Application Administrator"
	governors         = "Identity Governance Administrator"
	reviewGovernors   = governors + " or User Administrator"
	writesPackages    = "EntitlementManagement.ReadWrite.All"
)

// grants holds what each operation needs, after "Permissions" on its page.
// https://learn.microsoft.com/graph/permissions-reference
var grants = map[string]grant{
	opFindApplication:        {permission: readsApplications},
	opListAssignments:        {permission: readsApplications},
	opCreateApplication:      {"Application.ReadWrite.All", appAdministrators},
	opUpdateApplication:      {"Application.ReadWrite.All", appAdministrators},
	opCreateServicePrincipal: {"Application.ReadWrite.All", appAdministrators},
	opUpdateServicePrincipal: {"Application.ReadWrite.All", appAdministrators},
	opAddAssignment:          {"AppRoleAssignment.ReadWrite.All and " + readsApplications, appAdministrators},
	opRemoveAssignment:       {"AppRoleAssignment.ReadWrite.All", appAdministrators},
	opCreateUser:             {"User.ReadWrite.All", "User Administrator"},
	opReadUser:               {permission: "User.Read.All"},
	opFindUsers:              {permission: "User.Read.All"},
	opListMembers:            {permission: "GroupMember.Read.All"},
	opReadReview:             {"AccessReview.Read.All", reviewGovernors},
	opCreateReview:           {"AccessReview.ReadWrite.All", reviewGovernors},
	opManageReview:           {"AccessReview.ReadWrite.All", reviewGovernors},
	opReadPackage:            {"EntitlementManagement.Read.All", governors},
	opAssignPackage:          {writesPackages, governors},
	opUploadCustomData:       {writesPackages, governors},
	opReadLicences:           {permission: "LicenseAssignment.Read.All"},
}

// advice says what to do about a refused request; "" if there is nothing to
// say that Graph's own message does not.
func (e *Error) advice() string {
	switch {
	case e.Status == http.StatusUnauthorized:
		return "sign in again: the token is missing, expired or for another service"
	case e.Status == http.StatusForbidden && (e.Code == "" || e.Code == "Authorization_RequestDenied") && !e.Is(ErrNotReplicated):
		return grants[e.Op].advice()
	}
	return ""
}

func (g grant) advice() string {
	if g.permission == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString("it needs the Graph permission " + g.permission)
	b.WriteString(", which a Privileged Role Administrator or Global Administrator can grant")
	if g.role != "" {
		b.WriteString("; a signed-in person also needs the directory role " + g.role)
	}
	return b.String()
}
