package graphfake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// The roles that a principal holds: appRoleAssignments of users, groups and
// service principals. They are the same objects as appRoleAssignedTo of the
// resources.

// rolesOfUser is a source of a user's assignments, and of those of the groups
// that it is a direct member of.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func rolesOfUser(v *state.View, id string) query.Source {
	list := slices.Collect(assignmentsOf(v, "principalId", id).List)
	for g := range v.Sources(members, id, "") {
		if v.Get(groups, g) != nil {
			list = slices.AppendSeq(list, assignmentsOf(v, "principalId", g).List)
		}
	}
	slices.SortFunc(list, func(a, b *object) int { return cmp.Compare(a.ID, b.ID) })
	return objects(slices.Values(list))
}

func (rq *request) rolesOf(principal *object) query.Source {
	if principal.Type == users {
		return rolesOfUser(rq.read, principal.ID)
	}
	return assignmentsOf(rq.read, "principalId", principal.ID)
}

func listRoles(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		set := "appRoleAssignments" // as in the documentation's filtered examples
		if !rq.query.HasFilter {
			set = o.Type.Set + "('" + o.ID + "')/appRoleAssignments"
		}
		return rq.listAssignments(listing{typ: assignments, set: set, src: rq.rolesOf(o)})
	}
}

func assignRole(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.assign(o.Type.Set + "('" + o.ID + "')/appRoleAssignments")
	}
}

// heldRole finds an assignment of the principal of the path.
func (rq *request) heldRole(find finder, v *state.View) (principal, a *object, err *graphError) {
	if principal, err = find(rq, v); err != nil {
		return nil, nil, err
	}
	id := rq.param("assignment").value
	if len(id) != 43 || strings.ContainsAny(id, "+/=") {
		return nil, nil, badRequest("Invalid resource identifier for EntitlementGrant.")
	}
	if a = v.Get(assignments, id); a == nil || a.Str("principalId") != principal.ID {
		return nil, nil, notFound(id)
	}
	return principal, a, nil
}

func getRole(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, a, err := rq.heldRole(find, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.one(200, o.Type.Set+"('"+o.ID+"')/appRoleAssignments", a)
	}
}

func deleteRole(find finder) handler {
	return func(rq *request) (response, *graphError) {
		if _, _, err := rq.heldRole(find, rq.read); err != nil {
			return response{}, err
		}
		return noContent(), rq.update(func(tx *state.Tx) *graphError {
			_, a, err := rq.heldRole(find, tx.View)
			if err == nil {
				tx.Purge(a)
			}
			return err
		})
	}
}

func countRoles(find finder) handler {
	return func(rq *request) (response, *graphError) {
		o, err := find(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.count(listing{typ: assignments, src: rq.rolesOf(o)})
	}
}

// noDirectQueries answers for the assignments of the whole tenant.
func noDirectQueries(*request) (response, *graphError) {
	return response{}, badRequest("Direct queries to this resource type are not supported.")
}
