package graphfake

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A relation returns a source of the objects that an object is related to, as far
// as the request may see them.
type relation func(rq *request, id string) query.Source

// The relations that are links.
var (
	membersOf = links((*request).members)
	ownersOf  = linksFrom(schema.Owners)
	managerOf = linksFrom(schema.Manager)
	groupsOf  = links((*request).memberships) // that something is a direct member of
	reportsOf = linksTo(schema.Manager)
	ownedBy   = linksTo(schema.Owners)
)

// linksFrom is the relation to what an object points to.
func linksFrom(rel string) relation {
	return links(func(rq *request, id, after string) iter.Seq[string] { return rq.read.Targets(rel, id, after) })
}

// linksTo is the relation to what points to an object.
func linksTo(rel string) relation {
	return links(func(rq *request, id, after string) iter.Seq[string] { return rq.read.Sources(rel, id, after) })
}

// links is the relation to those whose ids follow returns.
func links(follow func(rq *request, id, after string) iter.Seq[string]) relation {
	return func(rq *request, id string) query.Source {
		return sourceOf(func(after string) iter.Seq[string] { return follow(rq, id, after) }, rq.read)
	}
}

// allGroupsOf follows nested groups upwards.
func allGroupsOf(rq *request, id string) query.Source {
	return closure(id, func(id string) iter.Seq[string] { return rq.memberships(id, "") }, rq.read)
}

// allMembersOf follows nested groups downwards.
func allMembersOf(rq *request, id string) query.Source {
	return closure(id, func(id string) iter.Seq[string] { return rq.members(id, "") }, rq.read)
}

func sourceOf(ids func(after string) iter.Seq[string], v *state.View) query.Source {
	return query.Source{Resume: func(after string) iter.Seq[*object] {
		return func(yield func(*object) bool) {
			for id := range ids(after) {
				if o := v.Find(id, schema.DirectoryTypes()...); o != nil && !yield(o) {
					return
				}
			}
		}
	}}
}

// closure is a source of all that can be reached by following links.
func closure(start string, next func(id string) iter.Seq[string], v *state.View) query.Source {
	seen := map[string]bool{start: true}
	var found []*object
	for todo := []string{start}; len(todo) > 0; todo = todo[1:] {
		for id := range next(todo[0]) {
			o := v.Find(id, schema.DirectoryTypes()...)
			if o == nil || seen[id] {
				continue
			}
			seen[id] = true
			found, todo = append(found, o), append(todo, id)
		}
	}
	slices.SortFunc(found, func(a, b *object) int { return cmp.Compare(a.ID, b.ID) })
	return objects(slices.Values(found))
}

// ofType is a source with the objects of one type only.
func ofType(src query.Source, t *state.Type) query.Source {
	only := func(list iter.Seq[*object]) iter.Seq[*object] {
		return func(yield func(*object) bool) {
			for o := range list {
				if o.Type == t && !yield(o) {
					return
				}
			}
		}
	}
	if src.Resume != nil {
		return query.Source{Resume: func(after string) iter.Seq[*object] { return only(src.Resume(after)) }}
	}
	return objects(only(src.All()))
}

// reference reads {"@odata.id": "…/directoryObjects/{id}"} and finds what it
// refers to. https://learn.microsoft.com/graph/api/group-post-members
func (rq *request) reference(types ...*state.Type) (*object, *graphError) {
	body, err := rq.object()
	if err != nil {
		return nil, err
	}
	return rq.referenced(field.Text(body, "@odata.id"), types...)
}

func (rq *request) referenced(link string, types ...*state.Type) (*object, *graphError) {
	path := odata.SplitPath(link)
	id := path[len(path)-1].Value
	byName := len(path) > 1 && path[len(path)-2].Is("users") && strings.Contains(id, "@")
	if byName && slices.Contains(types, schema.Users) {
		// https://github.com/pnp/cli-microsoft365/blob/main/src/m365/entra/commands/user/user-set.ts
		if o := findUser(rq.read, id); o != nil {
			return o, nil
		}
		return nil, notFound(id)
	}
	if len(path) < 2 || !schema.IsGUID(id) {
		// wording believed
		return nil, badRequest("Invalid URL format specified in @odata.bind for reference property '%s'.", link)
	}
	if o := rq.read.Find(strings.ToLower(id), types...); o != nil {
		return o, nil
	}
	return nil, notFound(id)
}

// addLink ties an object to the one that the body refers to; adding what is
// there already is refused.
func (rq *request) addLink(rel, from string, types ...*state.Type) (response, *graphError) {
	to, err := rq.reference(types...)
	if err != nil {
		return response{}, err
	}
	return noContent(), rq.update(func(tx *state.Tx) *graphError {
		return tie(tx, state.Link{Rel: rel, From: from, To: to.ID})
	})
}

func tie(tx *state.Tx, l state.Link) *graphError {
	if tx.Linked(l) {
		return badRequest("One or more added object references already exist for the following modified properties: '%s'.",
			l.Rel)
	}
	tx.Tie(l)
	return nil
}

// removeLink unties two objects.
func (rq *request) removeLink(rel, from, to string) (response, *graphError) {
	return noContent(), rq.update(func(tx *state.Tx) *graphError {
		l := state.Link{Rel: rel, From: from, To: strings.ToLower(to)}
		if !tx.Linked(l) {
			return notFound(to)
		}
		tx.Untie(l)
		return nil
	})
}

// deletedLink begins the names of the links of deleted objects.
const deletedLink = "deleted "

// linksOf returns everything that ties an object to others, or that did so before
// one of them was deleted.
func linksOf(v *state.View, prefix, id string) (list []state.Link) {
	for _, rel := range []string{schema.Members, schema.Owners, schema.Manager} {
		for to := range v.Targets(prefix+rel, id, "") {
			list = append(list, state.Link{Rel: prefix + rel, From: id, To: to})
		}
		for from := range v.Sources(prefix+rel, id, "") {
			list = append(list, state.Link{Rel: prefix + rel, From: from, To: id})
		}
	}
	return list
}

// listRelated answers with directory objects of several types.
func (rq *request) listRelated(src query.Source) (response, *graphError) {
	if err := rq.mixedTypes(); err != nil {
		return response{}, err
	}
	shapes, err := rq.shapes(schema.DirectoryTypes()...)
	if err != nil {
		return response{}, err
	}
	plan, bad := query.Compile(schema.DirectoryObjects, rq.unfiltered())
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	page, bad := plan.Page(src, rq.query.SkipToken, cmp.Or(rq.query.Top, query.DefaultPage))
	if bad != nil {
		return response{}, fromQuery(bad)
	}
	l := listing{set: "directoryObjects", src: src, shapes: shapes}
	count := 0
	if rq.showsCount() {
		count = plan.Count(src)
	}
	return rq.page(l, rq.contextShape(), count, page), nil
}

// unfiltered are the request's options without those that choose and order objects.
func (rq *request) unfiltered() *query.Options {
	return &query.Options{Listing: rq.query.Listing, Shuffle: rq.query.Shuffle}
}

// mixedTypes refuses what is not modelled for lists of several types.
func (rq *request) mixedTypes() *graphError {
	if rq.query.HasFilter || rq.query.OrderBy != "" || rq.query.Search != "" {
		return rq.notModelled("$filter, $orderby and $search over directory objects of several types")
	}
	return nil
}

// shapes returns how this request wants objects of every type: $select may
// name properties that only some of the types have.
func (rq *request) shapes(types ...*state.Type) (map[*state.Type]shape, *graphError) {
	all, known := map[*state.Type]shape{}, map[string]bool{}
	for _, t := range types {
		opts := *rq.query
		opts.Select = nil
		for _, name := range rq.query.Select {
			if root, _, _ := strings.Cut(name, "/"); t.Prop(root) != nil {
				opts.Select = append(opts.Select, name)
				known[name] = true
			}
		}
		sub := *rq
		sub.query = &opts
		sh, err := sub.shape(t)
		if err != nil {
			return nil, err
		}
		sh.typed = t != schema.Assignments
		if rq.query.Select != nil && opts.Select == nil {
			sh.props = nil
		}
		all[t] = sh
	}
	for _, name := range rq.query.Select {
		if !known[name] {
			return nil, noSuchName(name, schema.DirectoryObjects.Name)
		}
	}
	return all, nil
}

// contextShape is what a context URL of mixed types mentions: the names selected.
func (rq *request) contextShape() shape {
	sh := shape{level: rq.metadata(), rq: rq}
	for _, name := range rq.query.Select {
		for _, t := range schema.DirectoryTypes() {
			if p := t.Prop(name); p != nil {
				sh.props = append(sh.props, p)
				break
			}
		}
	}
	return sh
}

// oneRelated answers with one directory object of any type.
func (rq *request) oneRelated(o *object, set string) (response, *graphError) {
	shapes, err := rq.shapes(schema.DirectoryTypes()...)
	if err != nil {
		return response{}, err
	}
	return answer(http.StatusOK, shapes[o.Type].entity(o, rq.context(set, rq.contextShape(), true))), nil
}

// manager returns a user's manager, nil if there is none.
func (rq *request) manager(id string) *object {
	for _, m := range rq.some(managerOf(rq, id)) {
		return m
	}
	return nil
}

// https://learn.microsoft.com/graph/api/user-list-manager
func getManager(rq *request, u *object) (response, *graphError) {
	if m := rq.manager(u.ID); m != nil {
		return rq.oneRelated(m, "directoryObjects")
	}
	return response{}, notFound(schema.Manager)
}

func getManagerRef(rq *request, u *object) (response, *graphError) {
	m := rq.manager(u.ID)
	if m == nil {
		return response{}, notFound(schema.Manager)
	}
	return rq.refTo(m), nil
}

// refTo answers with a reference to an object.
func (rq *request) refTo(o *object) response {
	return answer(http.StatusOK, entity{
		{"@odata.context", rq.base + "/$metadata#$ref"},
		{"@odata.id", rq.base + "/directoryObjects/" + o.ID + "/Microsoft.DirectoryServices." +
			strings.ToUpper(o.Type.Name[:1]) + o.Type.Name[1:]},
	})
}

// getRef makes a handler that answers with a reference to one of those that an object
// is related to. Clients read it before they remove one, for its status alone:
// https://github.com/manicminer/hamilton/blob/v0.71.0/msgraph/groups.go#L405
func getRef(rel relation, find finder, param string) handler {
	return on(find, func(rq *request, o *object) (response, *graphError) {
		id := rq.param(param).Value
		for other := range rel(rq, o.ID).All() {
			if strings.EqualFold(other.ID, id) {
				return rq.refTo(other), nil
			}
		}
		return response{}, notFound(id)
	})
}

// https://learn.microsoft.com/graph/api/user-post-manager
func setManager(rq *request, u *object) (response, *graphError) {
	m, err := rq.reference(schema.Users)
	if err != nil {
		return response{}, err
	}
	return noContent(), rq.update(func(tx *state.Tx) *graphError {
		untieManager(tx, u.ID)
		tx.Tie(state.Link{Rel: schema.Manager, From: u.ID, To: m.ID})
		return nil
	})
}

// https://learn.microsoft.com/graph/api/user-delete-manager
func removeManager(rq *request, u *object) (response, *graphError) {
	return noContent(), rq.update(func(tx *state.Tx) *graphError {
		if !untieManager(tx, u.ID) {
			return notFound(schema.Manager)
		}
		return nil
	})
}

func untieManager(tx *state.Tx, id string) bool {
	list := slices.Collect(tx.Targets(schema.Manager, id, ""))
	for _, to := range list {
		tx.Untie(state.Link{Rel: schema.Manager, From: id, To: to})
	}
	return len(list) > 0
}

// https://learn.microsoft.com/graph/api/application-post-owners
func addOwner(rq *request, o *object) (response, *graphError) {
	return rq.addLink(schema.Owners, o.ID, schema.Users, schema.ServicePrincipals)
}

// https://learn.microsoft.com/graph/api/application-delete-owners
func removeOwner(rq *request, o *object) (response, *graphError) {
	return rq.removeLink(schema.Owners, o.ID, rq.param("owner").Value)
}
