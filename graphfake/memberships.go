package graphfake

import (
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// The groups, administrative units and directory roles that something is a member
// of are asked for by four actions. Only groups are modelled, so those for
// "objects" answer as those for "groups" do.

// Limits of the actions.
// https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
// https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
const (
	maxChecked     = 20     // ids that one request may ask about
	maxMemberships = 11_000 // ids that one answer may have
)

// Costs in resource units: https://learn.microsoft.com/graph/throttling-limits
const (
	checkUnits = 4
	getUnits   = 2
)

// What the actions need, by their pages: Microsoft's file of permissions lists those
// for all kinds of objects together. The second of a pair is for those for objects.
// https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
// https://learn.microsoft.com/graph/api/directoryobject-checkmemberobjects
var (
	checkUserGroups = access{userGroups, "User.Read+GroupMember.Read.All User.Read+Group.Read.All " + userGroups}
	readUserObjects = access{"User.Read.All User.ReadWrite.All" + readDirectory,
		"User.Read User.Read.All User.ReadWrite.All" + readDirectory}
	readGroupObjects     = both("GroupMember.Read.All Group.Read.All Group.ReadWrite.All" + readDirectory)
	readPrincipalObjects = both("Application.Read.All Application.ReadWrite.All" + readDirectory)
	checkAnyGroups       = both(userGroups)
	readAnyObjects       = both("Directory.Read.All Directory.ReadWrite.All")
)

const userGroups = "User.ReadBasic.All+GroupMember.Read.All User.Read.All+GroupMember.Read.All " +
	"User.ReadBasic.All+Group.Read.All User.Read.All+Group.Read.All" + readDirectory

// membershipActions are the routes of the four actions on the object of a path.
func membershipActions(path string, find finder, groups, objects access) []route {
	return []route{
		{post, path + "/checkMemberGroups", on(find, checkMembership("groupIds")), checkUnits, groups},
		{post, path + "/checkMemberObjects", on(find, checkMembership("ids")), checkUnits, objects},
		{post, path + "/getMemberGroups", on(find, getMemberships), getUnits, groups},
		{post, path + "/getMemberObjects", on(find, getMemberships), getUnits, objects},
	}
}

// checkMembership answers which of the groups that a parameter names something is
// in, also through other groups. An id that is no GUID fails the request; one of
// nothing is left out.
// https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
// https://learn.microsoft.com/graph/api/directoryobject-checkmemberobjects
func checkMembership(parameter string) func(*request, *object) (response, *graphError) {
	return func(rq *request, o *object) (response, *graphError) {
		body, err := rq.object()
		if err != nil {
			return response{}, err
		}
		asked := field.Texts(body, parameter)
		if len(asked) == 0 || len(asked) > maxChecked {
			// wording believed
			return response{}, badRequest("The number of %s must be between 1 and %d.", parameter, maxChecked)
		}
		for _, id := range asked {
			if !schema.IsGUID(id) {
				return response{}, badID(id)
			}
		}
		return rq.memberOf(o, func(g *object) bool {
			return slices.ContainsFunc(asked, func(id string) bool { return strings.EqualFold(id, g.ID) })
		})
	}
}

// https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
// https://learn.microsoft.com/graph/api/directoryobject-getmemberobjects
func getMemberships(rq *request, o *object) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	securityOnly := field.Bool(body, "securityEnabledOnly")
	return rq.memberOf(o, func(g *object) bool { return !securityOnly || g.True("securityEnabled") })
}

// memberOf answers with the ids of the groups that something is in, also through
// other groups, and for which a condition holds.
func (rq *request) memberOf(o *object, holds func(*object) bool) (response, *graphError) {
	ids := []string{}
	for g := range allGroupsOf(rq, o.ID).All() {
		if g.Type == schema.Groups && holds(g) {
			ids = append(ids, g.ID)
		}
	}
	shuffled(rq, ids, func(id string) string { return id })
	if len(ids) > maxMemberships {
		// wording believed
		return response{}, refuse(http.StatusBadRequest, "Directory_ResultSizeLimitExceeded",
			"The result set size exceeds the maximum of %d.", maxMemberships)
	}
	return answer(http.StatusOK, entity{
		{"@odata.context", rq.base + "/$metadata#Collection(Edm.String)"}, {"value", ids},
	}), nil
}

// directoryObject finds the object of the path among all types.
func (rq *request) directoryObject(v *state.View) (*object, *graphError) {
	id := rq.param("id").Value
	if !schema.IsGUID(id) {
		return nil, badID(id)
	}
	if o := v.Find(strings.ToLower(id), schema.DirectoryTypes()...); o != nil {
		return o, nil
	}
	return nil, notFound(id)
}
