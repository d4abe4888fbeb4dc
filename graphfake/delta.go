package graphfake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/query"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// deltaLife is how long tokens of directory objects are good for.
// https://learn.microsoft.com/graph/delta-query-overview
const deltaLife = 7 * 24 * time.Hour

// maxDeltaFilter is the number of objects that a delta query can be limited to.
const maxDeltaFilter = 50

// A deltaToken is where a round of changes begins, and how far it has come.
type deltaToken struct {
	Set   string `json:"c"`           // of which collection
	Seq   uint64 `json:"s"`           // mutations up to here are known
	Issue int64  `json:"t"`           // when, Unix seconds
	Page  string `json:"p,omitempty"` // page token of the first round, which lists everything
	First bool   `json:"f,omitempty"`

	// Of and After are the first object of that page and the last of its members that
	// was shown, if there are more.
	Of    string `json:"o,omitempty"`
	After string `json:"m,omitempty"`
}

const deltaMark = "DSdt"

func (d deltaToken) String() string {
	b, _ := json.Marshal(d)
	return base64.RawURLEncoding.EncodeToString(append([]byte(deltaMark), b...))
}

func readDeltaToken(s string) (d deltaToken, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || !strings.HasPrefix(string(b), deltaMark) {
		return d, false
	}
	return d, json.Unmarshal(b[len(deltaMark):], &d) == nil
}

// https://learn.microsoft.com/graph/api/user-delta
// https://learn.microsoft.com/graph/api/group-delta
func deltaOf(t *state.Type) handler {
	return func(rq *request) (response, *graphError) { return rq.delta(t) }
}

func (rq *request) delta(t *state.Type) (response, *graphError) {
	q := rq.query
	for name, given := range map[string]bool{"$expand": q.Expand != nil && t != schema.Groups, "$top": q.Top != 0,
		"$orderby": q.OrderBy != "", "$search": q.Search != ""} {
		if given {
			return response{}, badRequest("'%s' is not supported by the service.", name) // believed, by the wording for $skip
		}
	}
	ids, err := deltaFilter(t, q)
	if err != nil {
		return response{}, err
	}
	unexpanded, options := *rq, *q
	options.Expand = nil
	unexpanded.query = &options
	sh, err := unexpanded.shape(t)
	if err != nil {
		return response{}, err
	}
	rels, err := rq.deltaRelations(t)
	if err != nil {
		return response{}, err
	}
	d := deltaRound{rq: rq, typ: t, sh: sh, ids: ids, rels: rels}
	token := q.DeltaToken + q.SkipToken
	switch {
	case token == "":
		return d.everything(deltaToken{Seq: rq.read.Seq, Issue: rq.began.Unix(), First: true})
	case strings.EqualFold(token, "latest"):
		return d.page(nil, deltaToken{Seq: rq.read.Seq, Issue: rq.began.Unix()}, false), nil
	}
	at, ok := readDeltaToken(token)
	if !ok || at.Set != t.Set {
		return response{}, badRequest("The page token is not valid.")
	}
	if at.First {
		return d.everything(at)
	}
	return d.changes(at)
}

// deltaFilter reads id eq 'x' or id eq 'y', all that delta queries take.
func deltaFilter(t *state.Type, q *query.Options) (map[string]bool, *graphError) {
	if !q.HasFilter {
		return nil, nil
	}
	ids, ok := q.FilterIDs()
	if !ok || len(ids) > maxDeltaFilter {
		// believed
		return nil, refuse(http.StatusBadRequest, "Request_UnsupportedQuery",
			"Unsupported or invalid query filter clause specified for property 'id' of resource '%s'.", t.Resource)
	}
	set := map[string]bool{}
	for _, id := range ids {
		set[strings.ToLower(id)] = true
	}
	return set, nil
}

// A deltaRound is one delta request.
type deltaRound struct {
	rq  *request
	typ *state.Type
	sh  shape
	ids map[string]bool // nil = all

	rels []string // the relations that are reported, too
}

func (d deltaRound) tracks(id string) bool { return d.ids == nil || d.ids[id] }

// everything is the first round: a listing. What changes while it goes on is
// reported again in the next round.
func (d deltaRound) everything(at deltaToken) (response, *graphError) {
	plan, err := query.Compile(d.typ, d.rq.unfiltered())
	if err != nil {
		return response{}, fromQuery(err)
	}
	src := d.rq.table(d.typ).src
	page, err := plan.Page(src, at.Page, query.DefaultPage)
	if err != nil {
		return response{}, fromQuery(err)
	}
	var items []entity
	for i, o := range page.Objects {
		if !d.tracks(o.ID) {
			continue
		}
		after := ""
		if o.ID == at.Of {
			after = at.After
		}
		links, more := d.links(o, after)
		items = append(items, append(d.item(o, nil, false), links...))
		if more != "" { // the next page begins with the rest of this object's members
			at.Page, at.Of, at.After = pageBefore(plan, src, at.Page, i), o.ID, more
			return d.page(items, at, true), nil
		}
	}
	if page.Next == "" {
		return d.page(items, deltaToken{Seq: at.Seq, Issue: d.rq.began.Unix()}, false), nil
	}
	at.Page, at.Of, at.After = page.Next, "", ""
	return d.page(items, at, true), nil
}

// pageBefore returns the token of the page that begins with the n-th object of the
// page that a token leads to.
func pageBefore(plan *query.Plan, src query.Source, token string, n int) string {
	if n == 0 {
		return token
	}
	page, _ := plan.Page(src, token, n)
	return page.Next
}

// changes is a later round: the state of every object that was written since.
func (d deltaRound) changes(at deltaToken) (response, *graphError) {
	log, ok := d.rq.s.store.Since(at.Seq)
	if !ok || d.rq.began.Sub(time.Unix(at.Issue, 0)) > deltaLife {
		// body believed, not verified
		err := refuse(http.StatusGone, "resyncRequired", "Resync required. Any local changes must be handled by a full "+
			"synchronization.")
		err.header = header1("Location", d.rq.base+d.rq.path+"?$deltatoken=")
		return response{}, err
	}
	seq := min(d.rq.read.Seq, d.newest(log, at.Seq))
	known := map[string]*deltaChange{}
	var list []*deltaChange
	for _, m := range log {
		for change := range m.Changes() {
			id := d.about(change)
			if change.Seq <= at.Seq || change.Seq > seq || id == "" || !d.tracks(id) {
				continue
			}
			c := known[id]
			if c == nil {
				if len(list) == query.DefaultPage { // the rest belongs to the next page
					at.Seq = change.Seq - 1
					return d.page(d.render(list), at, true), nil
				}
				c = &deltaChange{id: id, links: map[string][]string{}}
				known[id], list = c, append(list, c)
			}
			c.add(change)
		}
	}
	return d.page(d.render(list), deltaToken{Seq: seq, Issue: d.rq.began.Unix()}, false), nil
}

func (d deltaRound) newest(log []state.Mutation, seq uint64) uint64 {
	if len(log) > 0 {
		return log[len(log)-1].Seq
	}
	return max(seq, d.rq.read.Seq)
}

// render shows the present state of the changed objects.
func (d deltaRound) render(list []*deltaChange) (items []entity) {
	for _, c := range list {
		switch now := d.rq.read.Get(d.typ, c.id); {
		case now == nil && d.rq.read.Bin(d.typ).Get(c.id) != nil:
			items = append(items, removed(c.id, "changed"))
		case now == nil: // it came and went, or was purged
			items = append(items, removed(c.id, "deleted"))
		case c.wrote && (c.old == nil || d.changed(c.old, now)) || len(c.links) > 0:
			old := c.old
			if !c.wrote {
				old = now
			}
			items = append(items, append(d.item(now, old, d.rq.prefers("return=minimal")), d.linkChanges(c)...))
		}
	}
	return items
}

func removed(id, reason string) entity {
	return entity{{"id", id}, {"@removed", entity{{"reason", reason}}}}
}

// changed reports whether a tracked property differs.
func (d deltaRound) changed(old, now *object) bool {
	return slices.ContainsFunc(d.sh.props, func(p *state.Property) bool {
		return !reflect.DeepEqual(old.Get(p), now.Get(p))
	})
}

// item renders an object: unset properties are left out unless they were set
// before; the id always comes.
func (d deltaRound) item(o, old *object, minimal bool) entity {
	var e entity
	for _, p := range d.sh.props {
		v := o.Get(p)
		if p.Is(state.Derived) {
			v = list(d.rq.elements(o, p))
		}
		gone := v == nil && old != nil && old.Get(p) != nil
		if p == d.typ.ID() || v == nil && !gone || minimal && old != nil && reflect.DeepEqual(v, old.Get(p)) {
			continue
		}
		e = append(e, member{p.Name, wireValue(p, v)})
	}
	return append(e, member{"id", o.ID})
}

func (d deltaRound) page(items []entity, next deltaToken, more bool) response {
	head := entity{{"@odata.context", d.rq.context(d.typ.Set, d.sh, false)}}
	next.Set = d.typ.Set
	if more {
		head = append(head, member{"@odata.nextLink", d.rq.link("$skiptoken", next.String())})
	} else {
		head = append(head, member{"@odata.deltaLink", d.rq.link("$deltatoken", next.String())})
	}
	if items == nil {
		items = []entity{}
	}
	shuffled(d.rq, items, func(e entity) string { return literalText(e.at([]string{"id"})) })
	return answerList(head, items)
}
