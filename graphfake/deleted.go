package graphfake

import (
	"cmp"
	"slices"
	"strings"
	"time"

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

// restoreDeleted brings an object back with what it had: its assignments, memberships
// and other links. That this is so for others than users is believed.
// https://learn.microsoft.com/graph/api/directory-deleteditems-restore
// https://learn.microsoft.com/entra/architecture/recover-from-deletions
func restoreDeleted(rq *request) (response, *graphError) {
	var restored *object
	_, err := rq.change((*request).deleted, func(tx *state.Tx, o *object) *graphError {
		restored = o.With(state.Set(o.Type, "deletedDateTime", nil))
		if err := unique(tx.View, &restored); err != nil {
			return err
		}
		tx.Put(restored)
		reconnect(tx, restored.ID)
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return rq.oneRelated(restored, "directoryObjects")
}

// reconnect brings back what ties a restored object to others, where those are not
// deleted themselves.
func reconnect(tx *state.Tx, id string) {
	there := func(id string) bool { return tx.Find(id, schema.DirectoryTypes()...) != nil }
	for _, a := range assignmentsOf(tx.Bin(schema.Assignments), id) {
		if there(a.Str("principalId")) && there(a.Str("resourceId")) {
			tx.Put(a.With())
		}
	}
	for _, l := range linksOf(tx.View, deletedLink, id) {
		if there(l.From) && there(l.To) {
			tx.Untie(l)
			l.Rel = strings.TrimPrefix(l.Rel, deletedLink)
			tx.Tie(l)
		}
	}
}

// purge removes a deleted object for good.
func purge(tx *state.Tx, o *object) {
	for _, a := range assignmentsOf(tx.Bin(schema.Assignments), o.ID) {
		tx.Purge(a)
	}
	for _, l := range linksOf(tx.View, deletedLink, o.ID) {
		tx.Untie(l)
	}
	tx.Purge(o)
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
	for _, name := range field.Names(body) {
		if name != "ids" && name != "types" && !strings.Contains(name, "@") {
			// believed, by the answers of other actions
			return response{}, malformed("The parameter '%s' in the request payload is not a valid parameter for the "+
				"operation 'getByIds'.", name)
		}
	}
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
	shuffled(rq, found, func(o *object) string { return o.ID })
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

// inverse names the links by which others point to an object.
var inverse = map[string]string{
	schema.Members: "memberOf", schema.Owners: "ownedObjects", schema.Manager: "directReports",
}

// deletedLinks are the links that a deleted object had, in both directions.
func deletedLinks(v *state.View, id string) (e entity) {
	for _, rel := range []string{schema.Members, schema.Owners, schema.Manager} {
		if to := slices.Collect(v.Targets(deletedLink+rel, id, "")); len(to) > 0 {
			e = append(e, member{rel, to})
		}
		if from := slices.Collect(v.Sources(deletedLink+rel, id, "")); len(from) > 0 {
			e = append(e, member{inverse[rel], from})
		}
	}
	return e
}

// addDeleted puts an object into the recycle bin, with the links that it had.
func (l *loader) addDeleted(r record) {
	kind, _ := r["@odata.type"].(string)
	for _, t := range append(schema.DirectoryTypes(), schema.Assignments) {
		if kind != "#microsoft.graph."+t.Name {
			continue
		}
		links := l.takeLinks(r)
		o := l.object(t, r)
		for _, link := range links {
			link.From, link.To = cmp.Or(link.From, o.ID), cmp.Or(link.To, o.ID)
			l.pending = append(l.pending, pendingLink{link, t.Set + " " + o.ID})
		}
		if o.Value("deletedDateTime") == nil && t != schema.Assignments {
			o = o.With(state.Set(t, "deletedDateTime", schema.Stamp(time.Now())))
		}
		l.Bury(o)
		return
	}
	l.fail("deleted items need an \"@odata.type\" of user, group, application, servicePrincipal or appRoleAssignment, "+
		"this has %q", kind)
}

// takeLinks takes the links out of the record of a deleted object. The object's own
// end of them is "".
func (l *loader) takeLinks(r record) (list []state.Link) {
	take := func(name string) (ids []string) {
		if v, ok := r[name]; ok {
			ids = l.ids(name, v)
		}
		delete(r, name)
		return ids
	}
	for rel, name := range inverse {
		for _, to := range take(rel) {
			list = append(list, state.Link{Rel: deletedLink + rel, To: to})
		}
		for _, from := range take(name) {
			list = append(list, state.Link{Rel: deletedLink + rel, From: from})
		}
	}
	return list
}
