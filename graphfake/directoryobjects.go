package graphfake

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// directoryObjects is what objects of different types have in common.
// https://learn.microsoft.com/graph/api/resources/directoryobject
var directoryObjects = state.Define(state.Type{
	Name: "directoryObject", Resource: "DirectoryObject", Set: "directoryObjects",
	Props: properties{{Name: "id", Flags: readOnly}, {Name: "deletedDateTime", Kind: state.Time, Flags: readOnly}},
})

// https://learn.microsoft.com/graph/api/directoryobject-get
func getDirectoryObject(rq *request) (response, *graphError) {
	id := rq.param("id").value
	if !isGUID(id) {
		return response{}, badID(id)
	}
	o := rq.read.Find(strings.ToLower(id), directoryTypes()...)
	if o == nil {
		return response{}, notFound(id)
	}
	return rq.oneRelated(o, "directoryObjects")
}

// maxByIDs is the number of ids that one call takes.
const maxByIDs = 1000

// getByIDs leaves unknown ids out of its answer.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func getByIDs(rq *request) (response, *graphError) {
	body, err := rq.object()
	if err != nil {
		return response{}, err
	}
	ids := strs(body, "ids")
	if len(ids) == 0 {
		return response{}, required("ids", "getByIds") // believed, not verified
	}
	if len(ids) > maxByIDs {
		return response{}, badRequest("Too many values specified for parameter 'ids'. Maximum allowed is %d.", maxByIDs) // wording believed
	}
	var found []*object
	for _, id := range ids {
		if !isGUID(id) {
			return response{}, badID(id)
		}
		o := rq.read.Find(strings.ToLower(id), wanted(strs(body, "types"))...)
		if o != nil && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	shapes, err := rq.shapes(directoryTypes()...)
	if err != nil {
		return response{}, err
	}
	l := listing{set: "directoryObjects", shapes: shapes}
	return response{status: 200, body: rq.appendPage(l, rq.contextShape(), nil, query.Page{Objects: found})}, nil
}

// wanted returns the types that the names stand for, or all.
func wanted(names []string) []*state.Type {
	if len(names) == 0 || slices.Contains(names, "directoryObject") {
		return directoryTypes()
	}
	return slices.DeleteFunc(directoryTypes(), func(t *state.Type) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, t.Name) })
	})
}
