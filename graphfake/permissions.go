package graphfake

import "strings"

// An access says which permissions an operation needs: any one of the
// alternatives, of which each may need several, joined by +. The alternatives
// are separated by spaces, least privileged first.
// https://learn.microsoft.com/graph/permissions-reference
type access struct {
	application string // for tokens with roles
	delegated   string // for tokens with scopes, of work accounts
}

const (
	narrowWrites   = "User.EnableDisableAccount.All+User.Read.All User-PasswordProfile.ReadWrite.All User-Phone.ReadWrite.All User-Mail.ReadWrite.All "
	readDirectory  = " Directory.Read.All Directory.ReadWrite.All"
	writeDirectory = " Directory.ReadWrite.All"
)

// What the operations of the route table need.
var (
	asInner = access{} // nothing of its own

	readUsers = access{
		"User.ReadBasic.All User.Read.All User.ReadWrite.All" + readDirectory,
		"User.ReadBasic.All User.Read.All User.ReadWrite.All" + readDirectory,
	}
	readUser = access{
		readUsers.application,
		"User.Read User.ReadWrite " + readUsers.delegated,
	}
	writeUsers = access{"User.ReadWrite.All" + writeDirectory, "User.ReadWrite.All" + writeDirectory}
	// The narrow ones are good for single properties only, see covers.
	writeUser = access{
		narrowWrites + "User.ReadWrite.All" + writeDirectory,
		"User.ReadWrite " + narrowWrites + "User.ReadWrite.All" + writeDirectory,
	}
	readApplications = access{
		"Application.Read.All Application.ReadWrite.OwnedBy Application.ReadWrite.All" + readDirectory,
		"Application.Read.All Application.ReadWrite.All" + readDirectory,
	}
	createApplications = access{
		"AppRegistration.Create Application.ReadWrite.OwnedBy Application.ReadWrite.All" + writeDirectory,
		"AppRegistration.Create Application.ReadWrite.All" + writeDirectory,
	}
	writeApplications = access{
		"Application.ReadWrite.OwnedBy Application.ReadWrite.All" + writeDirectory,
		"Application.ReadWrite.All" + writeDirectory,
	}
	writeAssignments = access{
		"AppRoleAssignment.ReadWrite.All+Application.Read.All AppRoleAssignment.ReadWrite.All+Application.ReadWrite.All AppRoleAssignment.ReadWrite.All+Directory.Read.All",
		"AppRoleAssignment.ReadWrite.All+Application.Read.All AppRoleAssignment.ReadWrite.All+Application.ReadWrite.All AppRoleAssignment.ReadWrite.All+Directory.Read.All",
	}
	readManager = access{
		"User.Read.All User.ReadWrite.All" + readDirectory,
		"User.Read User.ReadWrite User.Read.All User.ReadWrite.All" + readDirectory,
	}
	readMemberships = access{
		"User.Read.All GroupMember.Read.All+User.ReadBasic.All" + readDirectory,
		"User.Read GroupMember.Read.All+User.ReadBasic.All User.Read.All" + readDirectory,
	}
	readGrants   = access{"AppRoleAssignment.ReadWrite.All" + readDirectory, "AppRoleAssignment.ReadWrite.All" + readDirectory}
	readDeleted  = access{"User.Read.All Application.Read.All Group.Read.All" + readDirectory, "User.Read.All Application.Read.All Group.Read.All" + readDirectory}
	writeDeleted = access{
		"User.DeleteRestore.All User.ReadWrite.All Application.ReadWrite.All Group.ReadWrite.All" + writeDirectory,
		"User.DeleteRestore.All User.ReadWrite.All Application.ReadWrite.All Group.ReadWrite.All" + writeDirectory,
	}
	readDirectoryObjects = access{readUsers.application + " Application.Read.All Group.Read.All", readUsers.delegated + " Application.Read.All Group.Read.All"}
	readOrganization     = access{"Organization.Read.All Organization.ReadWrite.All" + readDirectory, "User.Read Organization.Read.All Organization.ReadWrite.All" + readDirectory}
	readDomains          = access{"Domain.Read.All Domain.ReadWrite.All" + readDirectory, "Domain.Read.All Domain.ReadWrite.All" + readDirectory}
	readSkus             = access{"LicenseAssignment.Read.All Organization.Read.All" + readDirectory, "LicenseAssignment.Read.All Organization.Read.All" + readDirectory}
	writeMembers         = access{"GroupMember.ReadWrite.All Group.ReadWrite.All" + writeDirectory, "GroupMember.ReadWrite.All Group.ReadWrite.All" + writeDirectory}

	readGroups  = access{"GroupMember.Read.All Group.Read.All Group.ReadWrite.All" + readDirectory, "GroupMember.Read.All Group.Read.All Group.ReadWrite.All" + readDirectory}
	writeGroups = access{"Group.ReadWrite.All" + writeDirectory, "Group.ReadWrite.All" + writeDirectory}
)

// satisfied tells whether the granted permissions include an alternative.
func satisfied(alternatives string, granted func(string) bool) bool {
	for alternative := range strings.FieldsSeq(alternatives) {
		all := true
		for p := range strings.SplitSeq(alternative, "+") {
			all = all && granted(p)
		}
		if all {
			return true
		}
	}
	return alternatives == ""
}
