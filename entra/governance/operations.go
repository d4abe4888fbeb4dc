package governance

import (
	"cmp"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// The operations of this package, with the permissions that they need.
// https://learn.microsoft.com/graph/permissions-reference
var (
	opReadReview       = operation("read access reviews", reviewAdmin, "AccessReview.Read.All", writeReviews)
	opCreateReview     = operation("create access review", reviewAdmin, writeReviews)
	opManageReview     = operation("manage access review", reviewAdmin, writeReviews)
	opReadPackage      = operation("read access packages", admin, "EntitlementManagement.Read.All", writePackages)
	opAssignPackage    = operation("assign access package", admin, writePackages)
	opUploadCustomData = operation("upload custom data", admin, writePackages)
	opReadLicenses     = operation("read licenses", "", "LicenseAssignment.Read.All")
	opListMembers      = operation("list members of a group", "", readGroups...)
	opReadGroup        = operation("read group", "", readGroups...)
	// Without it the service leaves hidden members out, and answers 200.
	// https://learn.microsoft.com/graph/api/group-list-members
	opSeeHiddenMembers = operation("see hidden members of a group", "", "Member.Read.Hidden")
)

var readGroups = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All",
	"Directory.Read.All", "Directory.ReadWrite.All"}

const (
	admin         = "Identity Governance Administrator"
	reviewAdmin   = admin + " or User Administrator"
	writeReviews  = "AccessReview.ReadWrite.All"
	writePackages = "EntitlementManagement.ReadWrite.All"
)

// operation returns an operation that needs one of the permissions; the first is the least.
func operation(name, role string, permissions ...string) graph.Operation {
	return graph.Operation{Name: name, Permissions: [][]string{permissions}, Role: role}
}

// operations are what each step does, as far as the step's permissions depend on it.
var operations = map[Step][]graph.Operation{
	StepMatch:      {entra.OpFindUsers},
	StepCreate:     {entra.OpCreateUser},
	StepRegister:   {entra.OpCreateApplication},
	StepAssign:     {entra.OpAddAssignment},
	StepReview:     {opCreateReview, entra.OpFindApplication},
	StepFollow:     {opReadReview, entra.OpFindApplication, entra.OpReadUser, entra.OpListHeld, opListMembers},
	StepPackages:   {opAssignPackage, entra.OpFindApplication},
	StepCustomData: {opUploadCustomData},
}

// needs returns what a step needs: one permission of each list, and the directory
// role of a signed-in person; "" if none.
func (s Step) needs() (permissions [][]string, role string) {
	for _, op := range operations[s] {
		permissions = append(permissions, op.Permissions...)
		role = cmp.Or(role, op.Role)
	}
	return permissions, role
}
