package graphfake

import (
	"iter"
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
	g = withGroupMail(rq.read, g)
	return rq.insert("groups", g, func(tx *state.Tx) *graphError {
		if addressTaken(tx.View, g) != nil {
			return taken("mailNickname") // believed, by the properties of users
		}
		for _, l := range binds {
			l.From = g.ID
			if err := tie(tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// withGroupMail gives a Microsoft 365 group what the service gives it: an address in
// the default domain and, if the group doesn't say, a membership that all can see.
// https://learn.microsoft.com/graph/api/group-post-groups#example-1-create-a-microsoft-365-group
func withGroupMail(v *state.View, g *object) *object {
	if !g.True("mailEnabled") {
		return g
	}
	mail := g.Str("mailNickname") + "@" + domainThat(v, "isDefault")
	public := state.Set(schema.Groups, "visibility", "Public")
	return state.New(g.Type, g.ID, append([]state.Value{public}, slices.Collect(g.All())...)).With(
		state.Set(schema.Groups, "mail", mail), state.Set(schema.Groups, "proxyAddresses", []string{"SMTP:" + mail}))
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

// https://learn.microsoft.com/graph/api/group-update says how members are added; owners are
// added so by https://github.com/pnp/cli-microsoft365.
func updateGroup(rq *request, body map[string]any) (response, *graphError) {
	binds, err := rq.binds(body, schema.Members, schema.Owners)
	if err != nil {
		return response{}, err
	}
	return rq.change((*request).group, func(tx *state.Tx, g *object) *graphError {
		values, err := readChange(g, body)
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

// https://learn.microsoft.com/graph/api/group-post-members
func addMember(rq *request, g *object) (response, *graphError) {
	return rq.addLink(schema.Members, g.ID, schema.Users, schema.Groups, schema.ServicePrincipals)
}

// https://learn.microsoft.com/graph/api/group-delete-members
func removeMember(rq *request, g *object) (response, *graphError) {
	return rq.removeLink(schema.Members, g.ID, rq.param("member").Value)
}

// deleteMember deletes the member itself, which is not what most callers want who
// leave out /$ref. https://learn.microsoft.com/graph/api/group-delete-members
func deleteMember(rq *request, g *object) (response, *graphError) {
	id := strings.ToLower(rq.param("member").Value)
	o := rq.read.Find(id, schema.Users, schema.Groups, schema.ServicePrincipals)
	if o == nil || !rq.read.Linked(state.Link{Rel: schema.Members, From: g.ID, To: id}) {
		return response{}, notFound(id)
	}
	remove, needs := bury, deleteGroup
	switch o.Type {
	case schema.Users:
		remove, needs = buryUser, deleteUsers
	case schema.ServicePrincipals:
		needs = writePrincipals
	}
	if !rq.may(needs) {
		return response{}, forbidden()
	}
	find := func(_ *request, v *state.View) (*object, *graphError) {
		if o := v.Get(o.Type, id); o != nil {
			return o, nil
		}
		return nil, notFound(id)
	}
	return deleteOne(find, remove)(rq)
}

// removeGroupOwner is removeOwner for groups, whose last user can't go; a service
// principal that stays doesn't count.
// https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/3741
func removeGroupOwner(rq *request, g *object) (response, *graphError) {
	users := 0
	for id := range rq.read.Targets(schema.Owners, g.ID, "") {
		if rq.read.Get(schema.Users, id) != nil {
			users++
		}
	}
	owner := strings.ToLower(rq.param("owner").Value)
	if users == 1 && rq.read.Get(schema.Users, owner) != nil &&
		rq.read.Linked(state.Link{Rel: schema.Owners, From: g.ID, To: owner}) {
		return response{}, badRequest("The group must have at least one owner, hence this owner cannot be removed.")
	}
	return removeOwner(rq, g)
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
