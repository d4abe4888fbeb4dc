package graphfake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// An access says which permissions an operation needs: any one of the
// alternatives, of which each may need several, joined by +. The alternatives
// are separated by spaces, least privileged first.
// https://learn.microsoft.com/graph/permissions-reference
type access struct {
	application string // for tokens with roles
	delegated   string // for tokens with scopes, of work accounts
}

// both is the access of operations that ask either kind of token for the same.
func both(permissions string) access { return access{permissions, permissions} }

const (
	narrowWrites = "User.EnableDisableAccount.All+User.Read.All User-PasswordProfile.ReadWrite.All " +
		"User-Phone.ReadWrite.All User-Mail.ReadWrite.All "
	readDirectory  = " Directory.Read.All Directory.ReadWrite.All"
	writeDirectory = " Directory.ReadWrite.All"
)

// What the operations of the route table need, by Microsoft's file of 2026-08-07
// where testdata/permissions.txt has them.
// https://github.com/microsoftgraph/microsoft-graph-devx-content/blob/master/permissions/new/permissions.json
var (
	asInner = access{} // nothing of its own

	readUsers = both("User.ReadBasic.All User.Read.All User.ReadWrite.All" + readDirectory)
	readUser  = access{
		readUsers.application,
		"User.Read User.ReadWrite " + readUsers.delegated,
	}
	readUserChanges = access{"User.Read.All User.ReadWrite.All" + readDirectory,
		"User.Read User.Read.All User.ReadWrite.All" + readDirectory}
	writeUsers  = both("User.ReadWrite.All" + writeDirectory)
	deleteUsers = both("User.DeleteRestore.All User.ReadWrite.All")
	// The narrow ones are good for single properties only, see covers.
	writeUser = access{
		narrowWrites + "User.ReadWrite.All" + writeDirectory,
		"User.ReadWrite " + narrowWrites + "User.ReadWrite.All" + writeDirectory,
	}
	readApplications = access{
		"Application.Read.All Application.ReadWrite.OwnedBy Application.ReadWrite.All" + readDirectory,
		"Application.Read.All Application.ReadWrite.All" + readDirectory,
	}
	listApplications = access{
		"Application.Read.All Application.ReadWrite.OwnedBy Application.ReadWrite.All Directory.Read.All",
		readApplications.delegated,
	}
	createApplications = access{
		"AppRegistration.Create Application.ReadWrite.OwnedBy Application.ReadWrite.All",
		"AppRegistration.Create Application.ReadWrite.All",
	}
	// The directory's own permissions write service principals, not applications.
	writeApplications = access{"Application.ReadWrite.OwnedBy Application.ReadWrite.All", "Application.ReadWrite.All"}
	writePrincipals   = access{
		"Application.ReadWrite.OwnedBy Application.ReadWrite.All" + writeDirectory,
		"Application.ReadWrite.All" + writeDirectory,
	}
	addOwners        = both("Application.ReadWrite.All+Directory.Read.All" + writeDirectory) // not OwnedBy, says its page
	writeAssignments = both("AppRoleAssignment.ReadWrite.All+Application.Read.All " +
		"AppRoleAssignment.ReadWrite.All+Application.ReadWrite.All AppRoleAssignment.ReadWrite.All+Directory.Read.All")
	removeAssignments = both("AppRoleAssignment.ReadWrite.All Application.ReadWrite.All")
	writeGrants       = both("AppRoleAssignment.ReadWrite.All")
	readManager       = access{
		"User.Read.All User.ReadWrite.All" + readDirectory,
		"User.Read User.ReadWrite User.Read.All User.ReadWrite.All" + readDirectory,
	}
	readMemberships = access{
		"User.Read.All GroupMember.Read.All+User.ReadBasic.All" + readDirectory,
		"User.Read GroupMember.Read.All+User.ReadBasic.All User.Read.All" + readDirectory,
	}
	readHidden   = both("Member.Read.Hidden") // beside what the route needs, see hides
	readGrants   = both("AppRoleAssignment.ReadWrite.All Directory.Read.All")
	readDeleted  = both("User.Read.All Application.Read.All Group.Read.All" + readDirectory)
	writeDeleted = both("User.DeleteRestore.All User.ReadWrite.All Application.ReadWrite.All Group.ReadWrite.All" +
		writeDirectory)
	readDirectoryObjects = access{readUsers.application + " Application.Read.All Group.Read.All",
		readUsers.delegated + " Application.Read.All Group.Read.All"}
	readOrganization = access{"Organization.Read.All Organization.ReadWrite.All" + readDirectory,
		"User.Read Organization.Read.All Organization.ReadWrite.All" + readDirectory}
	readDomains  = both("Domain.Read.All Domain.ReadWrite.All" + readDirectory)
	readSkus     = both("LicenseAssignment.Read.All Organization.Read.All Organization.ReadWrite.All" + readDirectory)
	writeMembers = both("GroupMember.ReadWrite.All Group.ReadWrite.All" + writeDirectory)

	readGroups  = both("Group.ReadBasic.All GroupMember.Read.All Group.Read.All Group.ReadWrite.All" + readDirectory)
	writeGroups = both("Group.ReadWrite.All" + writeDirectory)
	deleteGroup = both("Group.ReadWrite.All")
	readMembers = both("GroupMember.ReadBasic.All Group.ReadBasic.All GroupMember.Read.All GroupMember.ReadWrite.All " +
		"Group.Read.All Group.ReadWrite.All Directory.Read.All")
	readGroupsOfGroups = both("GroupMember.ReadBasic.All Group.ReadBasic.All GroupMember.Read.All Group.Read.All" +
		readDirectory)
	readGroupGrants = both("AppRoleAssignment.ReadWrite.All" + readDirectory)
)

// satisfied reports whether the granted permissions include an alternative.
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

// permit refuses requests whose token does not allow them, when
// Options.Permissions asks for it. A batch needs a valid token and no
// permission of its own; its items are judged one by one.
func (s *Server) permit(next handler) handler {
	return func(rq *request) (response, *graphError) {
		if !s.opts.Permissions {
			return next(rq)
		}
		if err := checkToken(rq.bearer()); err != nil {
			return response{}, err
		}
		if c := rq.caller(); rq.route != nil && (!rq.permitted(c) || rq.beyondBasics(c)) {
			return response{}, forbidden()
		}
		return next(rq)
	}
}

// permitted reports whether a token suffices for the route.
func (rq *request) permitted(c *claims) bool { return rq.suffices(c, rq.route.perms) }

// narrow are the permissions to change single properties of users.
// https://learn.microsoft.com/graph/api/user-update#permissions-for-specific-scenarios
var narrow = map[string][]string{
	"User.EnableDisableAccount.All":      {"accountEnabled"},
	"User-PasswordProfile.ReadWrite.All": {"passwordProfile"},
	"User-Phone.ReadWrite.All":           {"businessPhones", "mobilePhone"},
	"User-Mail.ReadWrite.All":            {"otherMails"},
}

// covers reports whether a permission that is for part of the objects, or of
// their properties, is good for this request.
func (rq *request) covers(permission string, c *claims) bool {
	switch permission {
	case "User.Read", "User.ReadWrite":
		return rq.self(c)
	case "Application.ReadWrite.OwnedBy":
		return !rq.writes() || len(rq.params) == 0 || rq.owned(c)
	}
	if names, ok := narrow[permission]; ok {
		return rq.changesOnly(names)
	}
	return true
}

// self reports whether the request is about no user but the signed-in one.
func (rq *request) self(c *claims) bool {
	k, ok := rq.params["user"]
	if !ok { // /me, or no user at all
		return true
	}
	u := findUser(rq.s.store.View(), k.Value)
	return u != nil && strings.EqualFold(u.ID, c.Object)
}

// owned reports whether the caller owns the application or service principal
// that the request changes, or the application behind it.
func (rq *request) owned(c *claims) bool {
	v := rq.s.store.View()
	var o *object
	for _, t := range []*state.Type{schema.Applications, schema.ServicePrincipals} {
		for _, k := range rq.params {
			if found, _ := byKey(v, t, k, "appId"); found != nil {
				o = found
			}
		}
	}
	if o == nil {
		return true // for the handler to say that it is not there
	}
	if v.Linked(state.Link{Rel: schema.Owners, From: o.ID, To: c.Object}) {
		return true
	}
	app := v.Live(schema.Applications).First("appId", o.Str("appId"))
	return app != nil && v.Linked(state.Link{Rel: schema.Owners, From: app.ID, To: c.Object})
}

// ownCreated makes the caller the owner of what it creates: a user always, an
// application when it may write only what it owns.
// https://learn.microsoft.com/graph/permissions-reference#applicationreadwriteownedby
func (rq *request) ownCreated(tx *state.Tx, id string) {
	c := rq.caller()
	if !rq.s.opts.Permissions || !c.delegated() && c.can("Application.ReadWrite.All") {
		return
	}
	if tx.Find(c.Object, schema.Users, schema.ServicePrincipals) != nil {
		tx.Tie(state.Link{Rel: schema.Owners, From: id, To: c.Object})
	}
}

// changesOnly reports whether the body names none but the given properties.
func (rq *request) changesOnly(names []string) bool {
	var body map[string]json.RawMessage
	if json.Unmarshal(rq.body, &body) != nil || len(body) == 0 {
		return false
	}
	for name := range body {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			return false
		}
	}
	return true
}

// forbidden is the answer to a token without the permissions.
func forbidden() *graphError {
	return refuse(http.StatusForbidden, "Authorization_RequestDenied",
		"Insufficient privileges to complete the operation.")
}
