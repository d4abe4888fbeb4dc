package governance

import (
	"cmp"
	"slices"

	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
)

// The operations of this package, with the permissions that they need, as
// Microsoft's file of 2026-08-07 has them.
// https://github.com/microsoftgraph/microsoft-graph-devx-content/blob/master/permissions/new/permissions.json
var (
	opReadReview       = operation("read access reviews", reviewAdmin, "AccessReview.Read.All", writeReviews)
	opCreateReview     = operation("create access review", reviewAdmin, writeReviews)
	opManageReview     = operation("manage access review", reviewAdmin, writeReviews)
	opReadPackage      = operation("read access packages", admin, "EntitlementManagement.Read.All", writePackages)
	opAssignPackage    = operation("assign access package", admin, writePackages)
	opUploadCustomData = operation("upload custom data", admin, writePackages)
	opReadLicenses     = operation("read licenses", "", "LicenseAssignment.Read.All", "Organization.Read.All",
		"Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	// The basic permission gives ids and types; what else is read of users takes User.Read.All.
	opListMembers = operation("list members of a group", "", "GroupMember.ReadBasic.All", "Group.ReadBasic.All",
		"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All")
	opReadGroup = operation("read group", "", "Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All",
		"Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
	// Without it the service leaves hidden members out, and answers 200.
	// https://learn.microsoft.com/graph/api/group-list-members
	opSeeHiddenMembers = operation("see hidden members of a group", "", "Member.Read.Hidden")
)

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
	StepRegister:   {entra.OpFindApplication, entra.OpCreateApplication, entra.OpCreateServicePrincipal},
	StepOwners:     {entra.OpAddOwner},
	StepAssign:     {entra.OpAddAssignment, entra.OpListAssignments},
	StepReview:     {opCreateReview, entra.OpFindApplication},
	StepFollow:     {opReadReview, entra.OpFindApplication, entra.OpReadUser, entra.OpListHeld, opListMembers},
	StepPackages:   {opAssignPackage, entra.OpFindApplication},
	StepCustomData: {opUploadCustomData, opReadReview},
}

// role returns the directory role that a signed-in person needs for a step; "" if none.
func (s Step) role() (role string) {
	for _, op := range operations[s] {
		role = cmp.Or(role, op.Role)
	}
	return role
}

// permissions returns the least permissions with which a step succeeds, each once.
// One that another one includes is left out.
func (s Step) permissions() []string {
	var least []string
	for _, op := range operations[s] {
		least = append(least, op.Least()...)
	}
	var needed []string
	for _, op := range operations[s] {
		for _, choice := range op.Permissions {
			included := func(name string) bool { return name != choice[0] && slices.Contains(least, name) }
			if !slices.ContainsFunc(choice, included) && !slices.Contains(needed, choice[0]) {
				needed = append(needed, choice[0])
			}
		}
	}
	return needed
}
