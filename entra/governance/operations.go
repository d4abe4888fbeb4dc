package governance

import (
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// What the package asks of Graph, with the permissions that it needs.
// https://learn.microsoft.com/graph/permissions-reference
var (
	opReadReview = graph.Operation{Name: "read access reviews",
		Permissions: [][]string{{"AccessReview.Read.All", "AccessReview.ReadWrite.All"}}, Role: reviewGovernors}
	opCreateReview     = graph.Operation{Name: "create access review", Permissions: [][]string{{"AccessReview.ReadWrite.All"}}, Role: reviewGovernors}
	opManageReview     = graph.Operation{Name: "manage access review", Permissions: [][]string{{"AccessReview.ReadWrite.All"}}, Role: reviewGovernors}
	opReadPackage      = graph.Operation{Name: "read access packages", Permissions: [][]string{{"EntitlementManagement.Read.All", writePackages}}, Role: governors}
	opAssignPackage    = graph.Operation{Name: "assign access package", Permissions: [][]string{{writePackages}}, Role: governors}
	opUploadCustomData = graph.Operation{Name: "upload custom data", Permissions: [][]string{{writePackages}}, Role: governors}
	opReadLicenses     = graph.Operation{Name: "read licenses", Permissions: [][]string{{"LicenseAssignment.Read.All"}}}
	opListMembers      = graph.Operation{Name: "list members of a group", Permissions: [][]string{{"GroupMember.Read.All",
		"GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}}}
)

const (
	governors       = "Identity Governance Administrator"
	reviewGovernors = governors + " or User Administrator"
	writePackages   = "EntitlementManagement.ReadWrite.All"
)

// operations are what each step does, as far as it decides what permissions
// the step needs.
var operations = map[Step][]graph.Operation{
	StepMatch:      {entra.OpFindUsers},
	StepCreate:     {entra.OpCreateUser},
	StepRegister:   {entra.OpCreateApplication},
	StepAssign:     {entra.OpAddAssignment},
	StepReview:     {opCreateReview, entra.OpFindApplication},
	StepFollow:     {opReadReview, entra.OpFindApplication, entra.OpReadUser, opListMembers},
	StepPackages:   {opAssignPackage, entra.OpFindApplication},
	StepCustomData: {opUploadCustomData},
}

// permissionsOf returns what a step needs: one permission of every list.
func permissionsOf(step Step) (lists [][]string) {
	for _, op := range operations[step] {
		lists = append(lists, op.Permissions...)
	}
	return lists
}

// roleOf returns the directory role that a signed-in person needs for a step; "" if none.
func roleOf(step Step) string {
	for _, op := range operations[step] {
		if op.Role != "" {
			return op.Role
		}
	}
	return ""
}
