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
	Seq   uint64 `json:"s"`           // mutations up to here are known
	Issue int64  `json:"t"`           // when, Unix seconds
	Page  string `json:"p,omitempty"` // page token of the first round, which lists everything
	First bool   `json:"f,omitempty"`
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
func deltaUsers(rq *request) (response, *graphError) { return rq.delta(schema.Users) }

func (rq *request) delta(t *state.Type) (response, *graphError) {
	q := rq.query
	for name, given := range map[string]bool{"$expand": q.Expand != nil, "$top": q.Top != 0, "$orderby": q.OrderBy != "",
		"$search": q.Search != ""} {
		if given {
			return response{}, badRequest("'%s' is not supported by the service.", name) // believed, by the wording for $skip
		}
	}
	ids, err := deltaFilter(t, q)
	if err != nil {
		return response{}, err
	}
	sh, err := rq.shape(t)
	if err != nil {
		return response{}, err
	}
	d := deltaRound{rq: rq, typ: t, sh: sh, ids: ids}
	token := q.DeltaToken + q.SkipToken
	switch {
	case token == "":
		return d.everything(deltaToken{Seq: rq.read.Seq, Issue: rq.began.Unix(), First: true})
	case strings.EqualFold(token, "latest"):
		return d.page(nil, deltaToken{Seq: rq.read.Seq, Issue: rq.began.Unix()}, false), nil
	}
	at, ok := readDeltaToken(token)
	if !ok {
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
}

func (d deltaRound) tracks(id string) bool { return d.ids == nil || d.ids[id] }

// everything is the first round: a listing. What changes while it goes on is
// reported again in the next round.
func (d deltaRound) everything(at deltaToken) (response, *graphError) {
	plan, err := query.Compile(d.typ, d.rq.unfiltered())
	if err != nil {
		return response{}, fromQuery(err)
	}
	page, err := plan.Page(d.rq.table(d.typ).src, at.Page, query.DefaultPage)
	if err != nil {
		return response{}, fromQuery(err)
	}
	var items []entity
	for _, o := range page.Objects {
		if d.tracks(o.ID) {
			items = append(items, d.item(o, nil, false))
		}
	}
	if page.Next == "" {
		return d.page(items, deltaToken{Seq: at.Seq, Issue: d.rq.began.Unix()}, false), nil
	}
	at.Page = page.Next
	return d.page(items, at, true), nil
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
	before := map[string]*object{}
	var order []string
	for _, m := range log {
		for c := range m.Changes() {
			if c.Seq <= at.Seq || c.Seq > seq || c.Object.Type != d.typ || !d.tracks(c.Object.ID) {
				continue
			}
			id := c.Object.ID
			if _, ok := before[id]; ok {
				continue
			}
			if len(order) == query.DefaultPage { // the rest belongs to the next page
				at.Seq = c.Seq - 1
				return d.page(d.render(order, before), at, true), nil
			}
			before[id], order = c.Old, append(order, id)
		}
	}
	return d.page(d.render(order, before), deltaToken{Seq: seq, Issue: d.rq.began.Unix()}, false), nil
}

func (d deltaRound) newest(log []state.Mutation, seq uint64) uint64 {
	if len(log) > 0 {
		return log[len(log)-1].Seq
	}
	return max(seq, d.rq.read.Seq)
}

// render shows the present state of the changed objects.
func (d deltaRound) render(ids []string, before map[string]*object) (items []entity) {
	for _, id := range ids {
		old := before[id]
		switch now := d.rq.read.Get(d.typ, id); {
		case now == nil && d.rq.read.Bin(d.typ).Get(id) != nil:
			items = append(items, removed(id, "changed"))
		case now == nil: // it came and went, or was purged
			items = append(items, removed(id, "deleted"))
		case old == nil || d.changed(old, now):
			items = append(items, d.item(now, old, d.rq.prefers("return=minimal")))
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
