package graphfake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
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
	s := sh.rq.sight(o)
	for _, p := range sh.props {
		e = sh.rq.seen(e, o, p, s)
	}
	for _, x := range sh.expand {
		e = append(e, member{x.name, x.render(sh.rq, o)})
	}
	return e
}

// value returns a property of an object as answers have it.
func (rq *request) value(o *object, p *state.Property) any {
	if p.Is(state.Derived) {
		return rq.elements(o, p)
	}
	return wireValue(p, o.Get(p))
}

// wireValue returns a property's value as answers have it: unset collections are
// empty, all else null.
func wireValue(p *state.Property, v any) any {
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

// insert stores a new object, unless check refuses it, and answers with it.
func (rq *request) insert(set string, o *object, check func(*state.Tx) *graphError) (response, *graphError) {
	err := rq.update(func(tx *state.Tx) *graphError {
		if err := check(tx); err != nil {
			return err
		}
		tx.Put(o)
		return nil
	})
	if err != nil {
		return response{}, err
	}
	return rq.created(set, o)
}

// created answers a POST with the new object.
func (rq *request) created(set string, o *object) (response, *graphError) {
	rsp, err := rq.one(http.StatusCreated, set, o)
	rsp.header = header1("Location", rq.base+"/"+o.Type.Set+"/"+o.ID)
	return rsp, err
}

type object = state.Object

// readValues turns the members of a request body into property values,
// refusing unknown and read-only properties, wrong types and long texts.
// Annotations (names with @) are left out, unless they bind objects. A reader
// may take members away from the map before.
func readValues(t *state.Type, body map[string]any) ([]state.Value, *graphError) {
	var list []state.Value
	for _, name := range field.Names(body) {
		if link, ok := strings.CutSuffix(name, "@odata.bind"); ok {
			return nil, noSuchMember(link, t.Name).denies(t.Name, link) // a handler that models it has taken it away
		}
		if strings.Contains(name, "@") {
			continue
		}
		p := t.Prop(name)
		switch {
		case p == nil:
			return nil, noSuchMember(name, t.Name).denies(t.Name, name)
		case p.Name != name:
			return nil, noSuchMember(name, t.Name)
		case p.Is(state.ReadOnly):
			return nil, badRequest("Property '%s' is read-only and cannot be set.", name) // believed, not verified
		}
		v, err := coerce(t, p, body[name])
		if err != nil {
			return nil, err
		}
		list = append(list, state.Value{Prop: p, Value: v})
	}
	return list, nil
}

// noSuchMember refuses a member of a body. Believed, not verified.
func noSuchMember(name, typ string) *graphError {
	return malformed("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property "+
		"names that are defined by the type or mark the type as open type.", name, typ)
}

// coerce checks a decoded JSON value against the kind of a property.
func coerce(t *state.Type, p *state.Property, v any) (any, *graphError) {
	if p.Kind == state.Untyped {
		if _, ok := v.(map[string]any); ok {
			return nil, badJSON()
		}
		return v, nil
	}
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return coerceText(t, p, v)
	case bool:
		if p.Kind == state.Bool {
			return v, nil
		}
	case json.Number:
		if p.Kind == state.Int {
			return v, nil
		}
	case map[string]any:
		if p.Kind == state.Complex {
			return v, coerceFields(t, p, v)
		}
	case []any:
		return coerceList(t, p, v)
	}
	return nil, badJSON()
}

func coerceText(t *state.Type, p *state.Property, s string) (any, *graphError) {
	switch p.Kind {
	case state.Text:
		if p.Max > 0 && utf8.RuneCountInString(s) > p.Max {
			return nil, invalidValue(p.Name, t.Resource)
		}
		if s == "" {
			return nil, invalidValue(p.Name, t.Resource) // believed: an empty string is refused, null unsets
		}
		return s, nil
	case state.GUID:
		if schema.IsGUID(s) {
			return strings.ToLower(s), nil
		}
	case state.Time:
		at, err := time.Parse(time.RFC3339Nano, s)
		switch {
		case err == nil && strings.HasSuffix(s, "Z"):
			return s, nil // with as many digits as it came
		case err == nil:
			return at.UTC().Format(time.RFC3339Nano), nil
		}
	}
	return nil, badJSON()
}

func coerceList(t *state.Type, p *state.Property, list []any) (any, *graphError) {
	switch p.Kind {
	case state.Texts, state.GUIDs:
		out := make([]string, len(list))
		for i, v := range list {
			s, ok := v.(string)
			if !ok {
				return nil, badJSON()
			}
			if p.Max > 0 && utf8.RuneCountInString(s) > p.Max {
				return nil, invalidValue(p.Name, t.Resource)
			}
			out[i] = s
		}
		if len(out) == 0 {
			return nil, nil
		}
		return out, nil
	case state.Complexes:
		for _, v := range list {
			m, ok := v.(map[string]any)
			if !ok {
				return nil, badJSON()
			}
			if err := coerceFields(t, p, m); err != nil {
				return nil, err
			}
		}
		if len(list) == 0 {
			return nil, nil
		}
		return list, nil
	}
	return nil, badJSON()
}

// coerceFields checks the fields of a complex value, where they are described.
func coerceFields(t *state.Type, p *state.Property, m map[string]any) *graphError {
	if p.Fields == nil {
		return nil
	}
	for _, name := range field.Names(m) {
		f := p.Field(name)
		switch {
		case strings.Contains(name, "@"):
			delete(m, name)
			continue
		case f == nil:
			return noSuchMember(name, p.Name).denies(t.Name, p.Name, name)
		case f.Name != name:
			return noSuchMember(name, p.Name)
		case f.Kind == state.Text:
			if _, ok := m[name].(string); !ok && m[name] != nil {
				return badJSON()
			}
			continue // the rules for contents are the handlers'
		}
		if f.Kind.Collection() {
			if _, ok := m[name].([]any); !ok && m[name] != nil {
				return badJSON()
			}
			continue
		}
		if _, err := coerce(t, f, m[name]); err != nil {
			return err
		}
	}
	return nil
}
