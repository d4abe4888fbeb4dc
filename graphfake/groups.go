package graphfake

import (
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
	if t == nil {
		return response{}, wrongMethod()
	}
	return rq.list(listing{typ: t, set: t.Set, src: ofType(membersOf(rq.read, g.ID), t)})
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
	return rq.count(listing{typ: schema.DirectoryObjects, src: membersOf(rq.read, g.ID)})
}

// https://learn.microsoft.com/graph/api/group-post-members
func addMember(rq *request, g *object) (response, *graphError) {
	return rq.addLink(schema.Members, g.ID, schema.Users, schema.Groups, schema.ServicePrincipals)
}

// https://learn.microsoft.com/graph/api/group-delete-members
func removeMember(rq *request, g *object) (response, *graphError) {
	return rq.removeLink(schema.Members, g.ID, rq.param("member").Value)
}
