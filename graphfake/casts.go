package graphfake

import (
	"net/http"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// related are the routes of a relation: its list, how many that are, and both for
// one type only, as in members/microsoft.graph.user/$count.
func related(path string, rel relation, find finder, units int, perms access) []route {
	return []route{
		{get, path, listOf(rel, find), units, perms},
		{get, path + "/$count", countOf(rel, find), 1, perms},
		{get, path + "/{type}", castOf(rel, find), units, perms},
		{get, path + "/{type}/$count", countCast(rel, find), 1, perms},
	}
}

// mine makes routes of a user's path answer for the signed-in user.
func mine(routes []route) []route {
	for i := range routes {
		routes[i].handler = onMe(routes[i].handler)
	}
	return routes
}

// listOf makes a handler that lists what the object of the path is related to.
func listOf(rel relation, find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) { return rq.listRelated(rel(rq, o.ID)) })
}

func countOf(rel relation, find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) {
		if err := rq.mixedTypes(); err != nil {
			return response{}, err
		}
		return rq.count(listing{typ: schema.DirectoryObjects, src: rel(rq, o.ID)})
	})
}

func castOf(rel relation, find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) {
		l, err := rq.cast(rel(rq, o.ID))
		if err != nil {
			return response{}, err
		}
		return rq.list(l)
	})
}

func countCast(rel relation, find finder) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) {
		rq.query.Count = true // the segment stands for $count=true
		l, err := rq.cast(rel(rq, o.ID))
		if err != nil {
			return response{}, err
		}
		return rq.count(l)
	})
}

// cast is the listing of those that are of the type in the path.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_AddressingDerivedTypes
func (rq *request) cast(src query.Source) (listing, *graphError) {
	t := castType(rq.param("type").Value)
	if t == nil {
		return listing{}, rq.notModelled("an object of another type, or one by its id,")
	}
	return listing{typ: t, set: t.Set, src: ofType(src, t)}, rq.castRefused(t)
}

// castType returns the type that a segment such as microsoft.graph.user or graph.user names.
func castType(segment string) *state.Type {
	name := odata.Unqualified(segment)
	for _, t := range schema.DirectoryTypes() {
		if name != segment && strings.EqualFold(name, t.Name) {
			return t
		}
	}
	return nil
}

// castRefused refuses what only advanced queries can ask of a relation:
//
//   - filters: https://github.com/microsoftgraph/microsoft-graph-docs/issues/11242;
//   - orders, in words that are believed;
//   - transitiveMembers of a type other than user, as was seen:
//     https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues/1517.
//     Microsoft's table says so of all casts of transitive lists. Those of
//     transitiveMemberOf are let through, as clients ask for them without the header.
//
// https://learn.microsoft.com/graph/aad-advanced-queries
func (rq *request) castRefused(t *state.Type) *graphError {
	q := rq.query
	switch {
	case q.Advanced():
	case q.HasFilter:
		return unsupportedQuery("The specified filter to the reference property query is currently not supported.")
	case q.OrderBy != "":
		return unsupportedQuery("Sorting not supported for current query.")
	case t != schema.Users && strings.Contains(rq.route.path, "/transitiveMembers/"):
		return unsupportedQuery("Invalid search request.")
	}
	return nil
}

func unsupportedQuery(message string) *graphError {
	return refuse(http.StatusBadRequest, "Request_UnsupportedQuery", "%s", message)
}
