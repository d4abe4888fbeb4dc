package graphfake

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A shape says which properties of an object go on the wire, and in what
// company.
type shape struct {
	props  []*state.Property
	level  string // metadata level
	typed  bool   // "@odata.type" even at the minimal level, in lists of mixed types
	base   string
	expand []expansion
	rq     *request
}

// appendObject renders an object; context is "" inside lists.
func (sh shape) appendObject(b []byte, o *object, context string) []byte {
	b = append(b, '{')
	if context != "" && sh.level != "none" {
		b = appendMember(b, "@odata.context", context)
	}
	if sh.level == "full" || sh.typed && sh.level != "none" {
		b = appendMember(b, "@odata.type", "#microsoft.graph."+o.Type.Name)
	}
	if sh.level == "full" {
		b = sh.appendLinks(b, o)
	}
	for _, p := range sh.props {
		b = appendName(b, p.Name)
		b = appendValue(b, p, o.Get(p))
	}
	for _, e := range sh.expand {
		b = sh.rq.appendExpansion(b, e, o)
	}
	return append(b, '}')
}

// appendLinks adds the annotations of the full metadata level.
func (sh shape) appendLinks(b []byte, o *object) []byte {
	link := o.Type.Set + "('" + o.ID + "')"
	b = appendMember(b, "@odata.id", sh.base+"/"+link)
	return appendMember(b, "@odata.editLink", link+"/microsoft.graph."+o.Type.Name)
}

// appendName begins a member of an object.
func appendName(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), name...), '"', ':')
}

func appendMember(b []byte, name, value string) []byte {
	return appendString(appendName(b, name), value)
}

// appendValue renders a property; unset collections are empty, all else null.
func appendValue(b []byte, p *state.Property, v any) []byte {
	switch v := v.(type) {
	case nil:
		if p.Kind.Collection() {
			return append(b, '[', ']')
		}
		return append(b, "null"...)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(b, s)
		}
		return append(b, ']')
	}
	return append(b, toJSON(v)...)
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
	return shape{props: props, level: rq.metadata(), base: rq.base, expand: expand, rq: rq}, bad
}

// context returns the context URL of an answer, with the selected properties
// in the order of the request.
func (rq *request) context(set string, sh shape, entity bool) string {
	var sb strings.Builder
	sb.WriteString(rq.base + "/$metadata#" + set)
	var names []string
	if rq.query.Select != nil {
		for _, p := range sh.props {
			names = append(names, p.Name)
		}
	}
	for _, e := range sh.expand {
		names = append(names, e.name+"("+strings.Join(e.names, ",")+")")
	}
	if names != nil {
		sb.WriteString("(" + strings.Join(names, ",") + ")")
	}
	if entity {
		sb.WriteString("/$entity")
	}
	return sb.String()
}

// one answers with a single object.
func (rq *request) one(status int, set string, o *object) (response, *graphError) {
	sh, err := rq.shape(o.Type)
	if err != nil {
		return response{}, err
	}
	return response{status: status, body: sh.appendObject(nil, o, rq.context(set, sh, true))}, nil
}

// created answers a POST with the new object.
func (rq *request) created(set string, o *object) (response, *graphError) {
	rsp, err := rq.one(http.StatusCreated, set, o)
	rsp.header = header1("Location", rq.base+"/"+o.Type.Set+"/"+o.ID)
	return rsp, err
}
