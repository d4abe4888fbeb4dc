package graphfake

import (
	"iter"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// maxDeltaMembers is how many members of one group a page of the first round shows;
// the group comes again with the rest. The service does so, too, with a number that is
// published nowhere.
// https://learn.microsoft.com/graph/delta-query-groups#paging-through-members-in-a-large-group
const maxDeltaMembers = 1000

// trackable are the relations whose changes a delta query can report.
// https://learn.microsoft.com/graph/delta-query-overview#supported-resources
var trackable = map[*state.Type][]string{
	schema.Users: {schema.Manager}, schema.Groups: {schema.Members, schema.Owners},
}

// deltaRelations returns the relations that the query asks for: what $select and
// $expand name, and the members of groups where nothing is selected.
// https://learn.microsoft.com/graph/api/group-delta
func (rq *request) deltaRelations(t *state.Type) (rels []string, err *graphError) {
	if rq.query.Select == nil && t == schema.Groups {
		rels = append(rels, schema.Members)
	}
	add := func(name string) *graphError {
		i := slices.IndexFunc(trackable[t], func(r string) bool { return strings.EqualFold(r, name) })
		if i < 0 {
			return rq.notModelled("delta of " + t.Set + "/" + name)
		}
		if rel := trackable[t][i]; !slices.Contains(rels, rel) {
			rels = append(rels, rel)
		}
		return nil
	}
	for _, name := range rq.query.Select {
		if p := t.Prop(name); name == "*" || p != nil && !p.Is(state.Virtual) {
			continue
		}
		if err := add(name); err != nil {
			return nil, err
		}
	}
	for _, x := range rq.query.Expand {
		if !x.Options.Only() {
			return nil, rq.notModelled("an option of $expand in a delta query")
		}
		if err := add(x.Name); err != nil {
			return nil, err
		}
	}
	return rels, nil
}

// links shows whom an object is linked to, its members from the one after after on;
// more is the last member that is shown if there are others, "" if there are none.
func (d deltaRound) links(o *object, after string) (e entity, more string) {
	for _, rel := range d.rels {
		var list []entity
		last := ""
		for id := range d.targets(rel, o.ID, after) {
			if rel == schema.Members && len(list) == maxDeltaMembers {
				more = last
				break
			}
			list, last = append(list, d.end(id)), id
		}
		if len(list) > 0 && (rel == schema.Members || after == "") {
			e = append(e, member{rel + "@delta", list})
		}
	}
	return e, more
}

// targets yields the ids that a relation leads to, as far as the caller may see them.
func (d deltaRound) targets(rel, id, after string) iter.Seq[string] {
	if rel == schema.Members {
		return d.rq.members(id, after)
	}
	return d.rq.read.Targets(rel, id, "")
}

// end is one end of a link.
func (d deltaRound) end(id string) entity {
	for _, t := range schema.DirectoryTypes() {
		if d.rq.read.Get(t, id) != nil || d.rq.read.Bin(t).Get(id) != nil {
			return entity{{"@odata.type", "#microsoft.graph." + t.Name}, {"id", id}}
		}
	}
	return entity{{"id", id}} // nobody knows any more what it was
}

// A deltaChange is what happened to one object since the last round.
type deltaChange struct {
	id    string
	wrote bool                // the object itself was written, not only its links
	old   *object             // before that, nil if it was not there
	links map[string][]string // by relation: whom it was tied to or untied from
}

func (c *deltaChange) add(m state.Mutation) {
	switch {
	case m.Object == nil:
		if !slices.Contains(c.links[m.Link.Rel], m.Link.To) {
			c.links[m.Link.Rel] = append(c.links[m.Link.Rel], m.Link.To)
		}
	case !c.wrote:
		c.wrote, c.old = true, m.Old
	}
}

// about returns the id of the object that a mutation changes in what this query
// reports, "" if it changes none.
func (d deltaRound) about(m state.Mutation) string {
	id := m.Link.From
	switch {
	case m.Object != nil && m.Object.Type == d.typ:
		return m.Object.ID
	case m.Object != nil || !slices.Contains(d.rels, m.Link.Rel) || m.Link.Rel == schema.Members && d.rq.hides(id):
		return ""
	case d.rq.read.Get(d.typ, id) == nil && d.rq.read.Bin(d.typ).Get(id) == nil:
		return ""
	}
	return id
}

// linkChanges shows the links that came or went.
// https://learn.microsoft.com/graph/delta-query-groups#deltalink-response
func (d deltaRound) linkChanges(c *deltaChange) (e entity) {
	for _, rel := range d.rels {
		var list []entity
		for _, to := range slices.Sorted(slices.Values(c.links[rel])) {
			end := d.end(to)
			if !d.rq.read.Linked(state.Link{Rel: rel, From: c.id, To: to}) {
				end = append(end, member{"@removed", entity{{"reason", "deleted"}}})
			}
			list = append(list, end)
		}
		if len(list) > 0 {
			e = append(e, member{rel + "@delta", list})
		}
	}
	return e
}
