package graphfake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// An entity is a JSON object of an answer, its members in order. Everything
// that the fake answers with is made of entities and written by appendJSON.
type entity []member

// A member's value is a string, Boolean, number or nil, an entity or a list of
// these, a nav, or what encoding/json decodes.
type member struct {
	name  string
	value any
}

// A nav is a member that leads to other entities: an entity, or a list of
// them. It is rendered only when it is expanded.
type nav func() any

// appendJSON writes a value.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case entity:
		return appendEntity(b, v)
	case []entity:
		return appendList(b, v, appendEntity)
	case []string:
		return appendList(b, v, appendString)
	case []any:
		return appendList(b, v, appendJSON)
	}
	return append(b, toJSON(v)...)
}

func appendEntity(b []byte, e entity) []byte {
	if e == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for _, m := range e {
		if _, hidden := m.value.(nav); hidden {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), m.name...), '"', ':')
		b = appendJSON(b, m.value)
	}
	return append(b, '}')
}

func appendList[T any](b []byte, list []T, appendOne func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendOne(b, v)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return append(b, toJSON(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// toJSON encodes without escaping <, > and &, as the service does.
func toJSON(v any) []byte {
	var sb strings.Builder
	e := json.NewEncoder(&sb)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("graphfake: state that is not JSON: " + err.Error())
	}
	return []byte(strings.TrimSuffix(sb.String(), "\n"))
}

// answer makes an entity the body of an answer.
func answer(status int, e entity) response {
	return response{status: status, body: appendEntity(nil, e)}
}

// answerList answers with a list; head has the annotations in front of it.
func answerList(head entity, items []entity) response {
	return answer(http.StatusOK, append(head, member{"value", items}))
}

// A shape says which properties of a directory object go on the wire, and in
// what company.
type shape struct {
	props  []*state.Property
	level  string // metadata level
	typed  bool   // "@odata.type" even at the minimal level, in lists of mixed types
	expand []expansion
	rq     *request
}

// entity renders an object; context is "" inside lists.
func (sh shape) entity(o *object, context string) entity {
	e := make(entity, 0, len(sh.props)+len(sh.expand)+2)
	if context != "" && sh.level != "none" {
		e = append(e, member{"@odata.context", context})
	}
	if sh.level == "full" || sh.typed && sh.level != "none" {
		e = append(e, member{"@odata.type", "#microsoft.graph." + o.Type.Name})
	}
	if sh.level == "full" {
		link := o.Type.Set + "('" + o.ID + "')"
		e = append(e, member{"@odata.id", sh.rq.base + "/" + link},
			member{"@odata.editLink", link + "/microsoft.graph." + o.Type.Name})
	}
	for _, p := range sh.props {
		e = append(e, member{p.Name, shown(p, o.Get(p))})
	}
	for _, x := range sh.expand {
		e = append(e, member{x.name, x.render(sh.rq.read, o)})
	}
	return e
}

// shown returns a property's value as answers have it: unset collections are
// empty, all else null.
func shown(p *state.Property, v any) any {
	if v == nil && p.Kind.Collection() {
		return []string{}
	}
	return v
}

// shape returns how this request wants objects of a type.
func (rq *request) shape(t *state.Type) (shape, *graphError) {
	props, err := rq.query.Selection(t)
	if err != nil {
		return shape{}, fromQuery(err)
	}
	if rq.query.Select == nil {
		props = t.Returned()
	}
	expand, bad := rq.expansions(t)
	return shape{props: props, level: rq.metadata(), expand: expand, rq: rq}, bad
}

// context returns the context URL of an answer, with the selected properties
// in the order of the request.
func (rq *request) context(set string, sh shape, single bool) string {
	var names []string
	if rq.query.Select != nil {
		for _, p := range sh.props {
			names = append(names, p.Name)
		}
	}
	for _, e := range sh.expand {
		names = append(names, e.name+"("+strings.Join(e.names, ",")+")")
	}
	url := rq.base + "/$metadata#" + set
	if names != nil {
		url += "(" + strings.Join(names, ",") + ")"
	}
	if single {
		url += "/$entity"
	}
	return url
}

// one answers with a single object.
func (rq *request) one(status int, set string, o *object) (response, *graphError) {
	sh, err := rq.shape(o.Type)
	if err != nil {
		return response{}, err
	}
	return answer(status, sh.entity(o, rq.context(set, sh, true))), nil
}

// created answers a POST with the new object.
func (rq *request) created(set string, o *object) (response, *graphError) {
	rsp, err := rq.one(http.StatusCreated, set, o)
	rsp.header = header1("Location", rq.base+"/"+o.Type.Set+"/"+o.ID)
	return rsp, err
}
