package graphfake

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// assignmentsBy is the relation to the assignments that have an id as their
// principalId or resourceId. Any of its pages is opened without looking at the
// ones before: applications may have a hundred thousand.
func assignmentsBy(property string) relation {
	p := schema.Assignments.Prop(property)
	return func(rq *request, id string) query.Source {
		resume := func(after string) iter.Seq[*object] {
			return func(yield func(*object) bool) {
				for key, a := range rq.read.Live(schema.Assignments).Index(p, id, after) {
					if key != id || !yield(a) {
						return
					}
				}
			}
		}
		return query.Source{List: resume(""), Resume: resume}
	}
}

// The assignments that a principal holds, and those on a resource.
var (
	assignmentsHeldBy = assignmentsBy("principalId")
	assignmentsOn     = assignmentsBy("resourceId")
)

// https://learn.microsoft.com/graph/api/serviceprincipal-list-approleassignedto
func listAssignedTo(rq *request, sp *object) (response, *graphError) {
	return rq.listAssignments(listing{
		typ: schema.Assignments, set: sp.Type.Set + "('" + sp.ID + "')/appRoleAssignedTo",
		src: assignmentsOn(rq, sp.ID),
	})
}

func countAssignedTo(rq *request, sp *object) (response, *graphError) {
	return rq.count(listing{typ: schema.Assignments, src: assignmentsOn(rq, sp.ID)})
}

// listAssignments is list with the peculiarities of assignments: $search is
// ignored, and filters by other properties fail in words of their own.
func (rq *request) listAssignments(l listing) (response, *graphError) {
	rq.query.Search = ""
	if err := unfilterable(rq.query); err != nil {
		return response{}, err
	}
	return rq.list(l)
}

func unfilterable(o *query.Options) *graphError {
	for _, name := range o.FilterProperties() {
		switch strings.ToLower(name) {
		case "approleid":
			return badRequest("Invalid filter clause %s: System.Guid", name)
		case "principalid":
			return badRequest("Invalid filter clause %s: System.Guid", name) // believed, from appRoleId
		case "principaltype":
			return badRequest("Invalid filter clause %s: System.String", name)
		}
	}
	return nil
}

// assignedTo finds the assignment of the path, of the service principal of the path.
func (rq *request) assignedTo(v *state.View) (*object, *graphError) {
	sp, err := rq.servicePrincipal(v)
	if err != nil {
		return nil, err
	}
	id := rq.param("assignment").Value
	if a := v.Get(schema.Assignments, id); a != nil && a.Str("resourceId") == sp.ID {
		return a, nil
	}
	return nil, notFound(id)
}

// getAssignment answers with an assignment as a member of a list such as
// servicePrincipals('…')/appRoleAssignedTo.
func getAssignment(find finder, of finder, list string) handler {
	return on(find, func(rq *request, a *object) (response, *graphError) {
		o, err := of(rq, rq.read)
		if err != nil {
			return response{}, err
		}
		return rq.one(http.StatusOK, o.Type.Set+"('"+o.ID+"')/"+list, a)
	})
}

// assignTo makes a handler that takes the resource's or the principal's id in
// the path; where the assignment lands is what the body says.
// https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto
func assignTo(of finder, list string) handler {
	return on(of, func(rq *request, o *object) (response, *graphError) {
		return withObject(schema.Assignments, func(rq *request, body map[string]any) (response, *graphError) {
			return rq.assign(o.Type.Set+"('"+o.ID+"')/"+list, body)
		})(rq)
	})
}

// assign creates the assignment that the body describes.
func (rq *request) assign(set string, body map[string]any) (response, *graphError) {
	if _, err := readValues(schema.Assignments, body); err != nil {
		return response{}, err
	}
	a, err := rq.newAssignment(field.Text(body, "principalId"), field.Text(body, "resourceId"),
		field.Text(body, "appRoleId"))
	if err != nil {
		return response{}, err
	}
	return rq.insert(set, a, func(tx *state.Tx) *graphError {
		err := checkNewAssignment(tx.View, a)
		if err == nil {
			rq.noteAssignment(a, false)
		}
		return err
	})
}

// newAssignment makes an assignment after checking that what it refers to is
// there, as far as the replica that is read knows.
func (rq *request) newAssignment(principal, resource, role string) (*object, *graphError) {
	principal, resource, role = strings.ToLower(principal), strings.ToLower(resource), strings.ToLower(role)
	if role == "" {
		return nil, badRequest("This request is currently not supported in the target entity group") // seen in 2020
	}
	sp := rq.read.Get(schema.ServicePrincipals, resource)
	kind, who := schema.FindPrincipal(rq.read, principal)
	if sp == nil || who == nil {
		return nil, badRequest("Not a valid reference update.")
	}
	if !schema.Assignable(sp, role, kind) {
		return nil, badRequest("Permission being assigned was not found on application '%s'.", sp.Str("appId"))
	}
	return rq.s.makeAssignment(kind, who, sp, role, time.Now()), nil
}

func (s *Server) makeAssignment(kind string, who, sp *object, role string, at time.Time) *object {
	return state.New(schema.Assignments, s.newAssignmentID(who.ID), state.Values(schema.Assignments,
		"appRoleId", role,
		"createdDateTime", schema.FineStamp(at),
		"principalDisplayName", who.Value("displayName"),
		"principalId", who.ID,
		"principalType", kind,
		"resourceDisplayName", sp.Value("displayName"),
		"resourceId", sp.ID,
	))
}

// checkNewAssignment checks, on the primary, that the assignment is not there
// yet and that its principal has room for one more.
func checkNewAssignment(v *state.View, a *object) *graphError {
	same, n := schema.Held(v, a)
	if same {
		return alreadyAssigned(a)
	}
	if n >= schema.MaxAssignments {
		// wording believed
		return refuse(403, "Directory_QuotaExceeded", "The directory object quota limit for the Principal has been exceeded.")
	}
	return nil
}

// alreadyAssigned answers in one of the two forms that are seen: which one
// comes when is not settled, the zero role mostly has the second.
func alreadyAssigned(a *object) *graphError {
	if a.Str("appRoleId") == schema.ZeroRole {
		return refuse(400, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists.")
	}
	return badRequest("Permission being assigned already exists on the object").withDetail("InvalidUpdate", "")
}

// assignmentsOf returns those in which an object is principal or resource.
func assignmentsOf(tab *state.Table, id string) (list []*object) {
	for _, property := range []string{"principalId", "resourceId"} {
		list = slices.AppendSeq(list, tab.Equal(schema.Assignments.Prop(property), id))
	}
	return list
}

// The roles that a principal holds: appRoleAssignments of users, groups and
// service principals. They are the same objects as appRoleAssignedTo of the
// resources.

// rolesOfUser is a source of a user's assignments, and of those of the groups
// that it is a direct member of. That groups with hidden membership are left out
// here too is believed.
// https://learn.microsoft.com/graph/api/user-list-approleassignments
func rolesOfUser(rq *request, id string) query.Source {
	list := slices.Collect(assignmentsHeldBy(rq, id).List)
	for g := range rq.memberships(id, "") {
		if rq.read.Get(schema.Groups, g) != nil {
			list = slices.AppendSeq(list, assignmentsHeldBy(rq, g).List)
		}
	}
	slices.SortFunc(list, func(a, b *object) int { return cmp.Compare(a.ID, b.ID) })
	return objects(slices.Values(list))
}

func (rq *request) rolesOf(principal *object) query.Source {
	if principal.Type == schema.Users {
		return rolesOfUser(rq, principal.ID)
	}
	return assignmentsHeldBy(rq, principal.ID)
}

// https://learn.microsoft.com/graph/api/user-list-approleassignments
func listRoles(rq *request, o *object) (response, *graphError) {
	set := "appRoleAssignments" // as in the documentation's filtered examples
	if !rq.query.HasFilter {
		set = o.Type.Set + "('" + o.ID + "')/appRoleAssignments"
	}
	return rq.listAssignments(listing{typ: schema.Assignments, set: set, src: rq.rolesOf(o)})
}

func countRoles(rq *request, o *object) (response, *graphError) {
	return rq.count(listing{typ: schema.Assignments, src: rq.rolesOf(o)})
}

// heldBy finds the assignment of the path, of the principal of the path.
func heldBy(principal finder) finder {
	return func(rq *request, v *state.View) (*object, *graphError) {
		o, err := principal(rq, v)
		if err != nil {
			return nil, err
		}
		id := rq.param("assignment").Value
		if len(id) != 43 || strings.ContainsAny(id, "+/=") {
			return nil, badRequest("Invalid resource identifier for EntitlementGrant.")
		}
		if a := v.Get(schema.Assignments, id); a != nil && a.Str("principalId") == o.ID {
			return a, nil
		}
		return nil, notFound(id)
	}
}

func getRole(of finder) handler { return getAssignment(heldBy(of), of, "appRoleAssignments") }

func assignRole(of finder) handler { return assignTo(of, "appRoleAssignments") }

func deleteRole(of finder) handler { return removeAssigned(heldBy(of)) }

// noDirectQueries answers for the assignments of the whole tenant.
func noDirectQueries(*request) (response, *graphError) {
	return response{}, badRequest("Direct queries to this resource type are not supported.")
}
