package graphfake

import (
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

func (rq *request) group(v *state.View) (*object, *graphError) {
	return byKey(v, schema.Groups, rq.param("group"))
}

// https://learn.microsoft.com/graph/api/group-post-groups
func createGroup(rq *request, body map[string]any) (response, *graphError) {
	for _, name := range []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"} {
		if v := body[name]; v == nil || v == "" {
			return response{}, required(name, "Group")
		}
	}
	binds, err := rq.binds(body, schema.Members, schema.Owners)
	if err != nil {
		return response{}, err
	}
	values, err := readValues(schema.Groups, body)
	if err != nil {
		return response{}, err
	}
	g := state.New(schema.Groups, rq.s.newID(), append(groupDefaults(schema.Stamp(time.Now())), values...))
	if err := checkGroup(g); err != nil {
		return response{}, err
	}
	return rq.insert("groups", g, func(tx *state.Tx) *graphError {
		for _, l := range binds {
			l.From = g.ID
			if err := tie(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkGroup refuses combinations that Graph cannot create.
// https://learn.microsoft.com/graph/api/resources/groups-overview
func checkGroup(g *object) *graphError {
	if strings.ContainsAny(g.Str("mailNickname"), `@()\[]";:<>, `) {
		return invalidValue("mailNickname", "Group")
	}
	if isHidden(g) && !slices.Contains(g.Strings("groupTypes"), "Unified") {
		return badRequest("HiddenMembership visibility is only supported for Unified groups.") // wording believed
	}
	if g.True("mailEnabled") && !slices.Contains(g.Strings("groupTypes"), "Unified") {
		return badRequest("The service does not currently support writes of mail-enabled groups. Please ensure that the " +
			"mail-enablement property is unset and the security-enablement property is set.")
	}
	return nil
}

// binds takes "members@odata.bind" and the like out of a body.
func (rq *request) binds(body map[string]any, rels ...string) ([]state.Link, *graphError) {
	var list []state.Link
	for _, rel := range rels {
		name := rel + "@odata.bind"
		links := field.Texts(body, name)
		if len(links) > 20 {
			return nil, badRequest("The number of references for '%s' exceeds the limit of 20.", rel) // wording believed
		}
		for _, link := range links {
			o, err := rq.referenced(link, schema.DirectoryTypes()...)
			if err != nil {
				return nil, err
			}
			list = append(list, state.Link{Rel: rel, To: o.ID})
		}
		delete(body, name)
	}
	return list, nil
}

// https://learn.microsoft.com/graph/api/group-update
func updateGroup(rq *request, body map[string]any) (response, *graphError) {
	binds, err := rq.binds(body, schema.Members)
	if err != nil {
		return response{}, err
	}
	return rq.change((*request).group, func(tx *state.Tx, g *object) *graphError {
		values, err := readValues(schema.Groups, body)
		if err != nil {
			return err
		}
		for _, l := range binds {
			l.From = g.ID
			if err := tie(tx, l); err != nil {
				return err
			}
		}
		changed := g.With(values...)
		if isHidden(changed) != isHidden(g) {
			return badRequest("HiddenMembership visibility cannot be updated.") // wording believed
		}
		if changed.Str("displayName") == "" {
			return invalidValue("displayName", "Group")
		}
		tx.Put(changed)
		return nil
	})
}

// listMembersOfType answers members/microsoft.graph.user and the like.
func listMembersOfType(rq *request, g *object) (response, *graphError) {
	t := castType(rq.param("type").Value)
	return rq.list(listing{typ: t, set: t.Set, src: ofType(membersOf(rq, g.ID), t)})
}

// castType returns the type that a segment such as microsoft.graph.user names.
func castType(segment string) *state.Type {
	for _, t := range schema.DirectoryTypes() {
		if strings.EqualFold(segment, "microsoft.graph."+t.Name) {
			return t
		}
	}
	return nil
}

func countMembers(rq *request, g *object) (response, *graphError) {
	return rq.count(listing{typ: schema.DirectoryObjects, src: membersOf(rq, g.ID)})
}

// https://learn.microsoft.com/graph/api/group-post-members
func addMember(rq *request, g *object) (response, *graphError) {
	return rq.addLink(schema.Members, g.ID, schema.Users, schema.Groups, schema.ServicePrincipals)
}

// https://learn.microsoft.com/graph/api/group-delete-members
func removeMember(rq *request, g *object) (response, *graphError) {
	return rq.removeLink(schema.Members, g.ID, rq.param("member").Value)
}

// isHidden reports whether a group's membership is hidden.
// https://learn.microsoft.com/graph/api/resources/group#group-visibility-options
func isHidden(g *object) bool { return strings.EqualFold(g.Str("visibility"), "HiddenMembership") }

// hides reports whether the request must not see who is in a group. The service
// leaves such members and groups out of its answers without a word:
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/12552 and
// https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/1255. That a
// signed-in member doesn't see their own group either is believed.
func (rq *request) hides(group string) bool {
	if !rq.s.opts.Permissions || satisfied(readHidden.application, rq.caller().can) {
		return false
	}
	g := rq.read.Get(schema.Groups, group)
	return g != nil && isHidden(g)
}

// members yields the ids of a group's direct members from after on.
func (rq *request) members(group, after string) iter.Seq[string] {
	if rq.hides(group) {
		return func(func(string) bool) {}
	}
	return rq.read.Targets(schema.Members, group, after)
}

// memberships yields the ids of the groups that something is a direct member of.
func (rq *request) memberships(id, after string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for group := range rq.read.Sources(schema.Members, id, after) {
			if !rq.hides(group) && !yield(group) {
				return
			}
		}
	}
}

// maxCheckedGroups is how many groups one request may ask about.
// https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
const maxCheckedGroups = 20

// checkMemberGroups answers which of the groups of the body a user is in, also
// through other groups. https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups
func checkMemberGroups(rq *request, u *object) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	asked := field.Texts(body, "groupIds")
	if len(asked) == 0 || len(asked) > maxCheckedGroups {
		// wording believed
		return response{}, badRequest("The number of groupIds must be between 1 and %d.", maxCheckedGroups)
	}
	return rq.groupIDs(u, func(g *object) bool {
		return slices.ContainsFunc(asked, func(id string) bool { return strings.EqualFold(id, g.ID) })
	}), nil
}

// https://learn.microsoft.com/graph/api/directoryobject-getmembergroups
func getMemberGroups(rq *request, u *object) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	securityOnly := field.Bool(body, "securityEnabledOnly")
	return rq.groupIDs(u, func(g *object) bool { return !securityOnly || g.True("securityEnabled") }), nil
}

// groupIDs answers with the ids of a user's groups for which a condition holds.
func (rq *request) groupIDs(u *object, holds func(*object) bool) response {
	ids := []string{}
	for g := range allGroupsOf(rq, u.ID).All() {
		if g.Type == schema.Groups && holds(g) {
			ids = append(ids, g.ID)
		}
	}
	return answer(http.StatusOK, entity{
		{"@odata.context", rq.base + "/$metadata#Collection(Edm.String)"}, {"value", ids},
	})
}
