package graphfake

import (
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// binned is the listing of the soft-deleted objects of the type in the path.
func (rq *request) binned(t *state.Type) listing {
	tab := rq.read.Bin(t)
	return listing{typ: t, set: t.Set, src: query.Source{Table: tab, Len: tab.Len}}
}

// listDeleted answers for a type such as microsoft.graph.user.
// https://learn.microsoft.com/graph/api/directory-deleteditems-list
func listDeleted(rq *request) (response, *graphError) {
	return rq.list(rq.binned(castType(rq.param("type").Value)))
}

// https://learn.microsoft.com/graph/api/directory-deleteditems-get
func getDeleted(rq *request, o *object) (response, *graphError) {
	return rq.oneRelated(o, "directoryObjects")
}

func countDeleted(rq *request) (response, *graphError) {
	return rq.count(rq.binned(castType(rq.param("type").Value)))
}

// deleted finds the object of the path in the recycle bin.
func (rq *request) deleted(v *state.View) (*object, *graphError) {
	return findDeleted(v, rq.param("id").Value)
}

func findDeleted(v *state.View, id string) (*object, *graphError) {
	if !schema.IsGUID(id) {
		return nil, badID(id)
	}
	for _, t := range schema.DirectoryTypes() {
		if o := v.Bin(t).Get(strings.ToLower(id)); o != nil {
			return o, nil
		}
	}
	return nil, notFound(id)
}

// restoreDeleted brings an object back with what it had itself; links and
// assignments were lost with the deletion.
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
func restoreDeleted(rq *request) (response, *graphError) {
	var restored *object
	_, err := rq.change((*request).deleted, func(tx *state.Tx, o *object) *graphError {
		restored = o.With(state.Set(o.Type, "deletedDateTime", nil))
		if err := unique(tx.View, &restored); err != nil {
			return err
		}
		tx.Put(restored)
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return rq.oneRelated(restored, "directoryObjects")
}

// unique checks that a restored object does not collide with what has been
// created since, and gives a user its name back.
func unique(v *state.View, o **object) *graphError {
	switch t := (*o).Type; t {
	case schema.Users:
		name := strings.TrimPrefix((*o).Str("userPrincipalName"), strings.ReplaceAll((*o).ID, "-", ""))
		*o = (*o).With(state.Set(schema.Users, "userPrincipalName", name))
		return uniqueUser(v, *o)
	case schema.ServicePrincipals:
		if other := nameInUse(v, (*o).Strings("servicePrincipalNames")); other != "" {
			return nameTaken(other)
		}
	case schema.Applications:
		return checkApplication(v, nil, *o)
	}
	return nil
}

// https://learn.microsoft.com/graph/api/directoryobject-get
func getDirectoryObject(rq *request, o *object) (response, *graphError) {
	return rq.oneRelated(o, "directoryObjects")
}

// maxByIDs is the number of ids that one call takes.
const maxByIDs = 1000

// getByIDs leaves unknown ids out of its answer.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func getByIDs(rq *request, body map[string]any) (response, *graphError) {
	ids := field.Texts(body, "ids")
	if len(ids) == 0 {
		return response{}, required("ids", "getByIds") // believed, not verified
	}
	if len(ids) > maxByIDs {
		// wording believed
		return response{}, badRequest("Too many values specified for parameter 'ids'. Maximum allowed is %d.", maxByIDs)
	}
	var found []*object
	for _, id := range ids {
		if !schema.IsGUID(id) {
			return response{}, badID(id)
		}
		o := rq.read.Find(strings.ToLower(id), wanted(field.Texts(body, "types"))...)
		if o != nil && !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	shapes, err := rq.shapes(schema.DirectoryTypes()...)
	if err != nil {
		return response{}, err
	}
	l := listing{set: "directoryObjects", shapes: shapes}
	return rq.page(l, rq.contextShape(), len(found), query.Page{Objects: found}), nil
}

// wanted returns the types that the names stand for, or all.
func wanted(names []string) []*state.Type {
	if len(names) == 0 || slices.Contains(names, "directoryObject") {
		return schema.DirectoryTypes()
	}
	return slices.DeleteFunc(schema.DirectoryTypes(), func(t *state.Type) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, t.Name) })
	})
}
