package graphfake

import (
	"net/url"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// maxExpand is the number of related objects that $expand returns; there is
// no link to the rest. https://learn.microsoft.com/graph/query-parameters#expand
const maxExpand = 20

// An expansion is one navigation property of $expand.
type expansion struct {
	name   string
	many   bool
	find   func(v *state.View, o *object) []*object
	shapes map[*state.Type]shape
	names  []string // of its own $select
}

// navigation says which navigation properties can be expanded, by "set/name".
// A manager is one object, the others are lists.
var navigation = map[string]func(*state.View, *object) []*object{
	"users/manager": func(v *state.View, o *object) []*object {
		if m := managerOf(v, o.ID); m != nil {
			return []*object{m}
		}
		return nil
	},
	"users/directReports": func(v *state.View, o *object) []*object { return some(sources(v, manager, o.ID)) },
	"users/memberOf":      func(v *state.View, o *object) []*object { return some(groupsOf(v, o.ID)) },
	"users/appRoleAssignments": func(v *state.View, o *object) []*object {
		return some(rolesOfUser(v, o.ID))
	},
	"groups/members":                       func(v *state.View, o *object) []*object { return some(targets(v, members, o.ID)) },
	"groups/memberOf":                      func(v *state.View, o *object) []*object { return some(groupsOf(v, o.ID)) },
	"groups/owners":                        expandOwners,
	"groups/appRoleAssignments":            expandHeld,
	"applications/owners":                  expandOwners,
	"servicePrincipals/owners":             expandOwners,
	"servicePrincipals/memberOf":           func(v *state.View, o *object) []*object { return some(groupsOf(v, o.ID)) },
	"servicePrincipals/appRoleAssignments": expandHeld,
	"servicePrincipals/appRoleAssignedTo": func(v *state.View, o *object) []*object {
		return some(assignmentsOf(v, "resourceId", o.ID))
	},
}

func expandOwners(v *state.View, o *object) []*object { return some(targets(v, owners, o.ID)) }

func expandHeld(v *state.View, o *object) []*object {
	return some(assignmentsOf(v, "principalId", o.ID))
}

// some returns the first objects of a source.
func some(src query.Source) []*object {
	all := src.List
	if src.Resume != nil {
		all = src.Resume("")
	}
	var list []*object
	for o := range all {
		if list = append(list, o); len(list) == maxExpand {
			break
		}
	}
	return list
}

// navigate returns what a navigation property in a filter stands for.
func (rq *request) navigate(o *object, p *property) []*object {
	if p.Name == "appRoleAssignedTo" {
		return slices.Collect(assignmentsOf(rq.read, "resourceId", o.ID).List)
	}
	return slices.Collect(rq.rolesOf(o).List)
}

// expansions reads $expand, which may hold a $select of its own:
// manager($select=id,displayName).
func (rq *request) expansions(t *state.Type) ([]expansion, *graphError) {
	var list []expansion
	for _, item := range rq.query.Expand {
		name, inner, _ := strings.Cut(strings.TrimSuffix(item, ")"), "(")
		i := slices.IndexFunc(t.Navs, func(n string) bool { return strings.EqualFold(n, name) })
		if i < 0 {
			return nil, malformed("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.Name)
		}
		e := expansion{name: t.Navs[i], many: t.Navs[i] != manager, find: navigation[t.Set+"/"+t.Navs[i]]}
		if e.find == nil {
			return nil, rq.notModelled("$expand of " + t.Set + "/" + t.Navs[i])
		}
		if rq.query.Advanced() {
			return nil, refuse(400, "Request_UnsupportedQuery", "Expand is not supported for current query.") // wording believed
		}
		if err := rq.shapeExpansion(&e, inner); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

func (rq *request) shapeExpansion(e *expansion, options string) *graphError {
	sub := *rq
	sub.query = &query.Options{}
	for option := range strings.SplitSeq(options, ";") {
		if option == "" {
			continue
		}
		parsed, err := query.Parse(url.PathEscape(option), false)
		if err != nil {
			return fromQuery(err)
		}
		if parsed.Select == nil {
			return rq.notModelled("an option of $expand other than $select")
		}
		sub.query = parsed
	}
	e.names = sub.query.Select
	var err *graphError
	e.shapes, err = sub.shapes(append(directoryTypes(), assignments)...)
	return err
}

// appendExpansion renders a navigation property of o.
func (rq *request) appendExpansion(b []byte, e expansion, o *object) []byte {
	found := e.find(rq.read, o)
	b = appendName(b, e.name)
	if !e.many {
		if len(found) == 0 {
			return append(b, "null"...)
		}
		return e.shapes[found[0].Type].appendObject(b, found[0], "")
	}
	b = append(b, '[')
	for i, x := range found {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.shapes[x.Type].appendObject(b, x, "")
	}
	return append(b, ']')
}
