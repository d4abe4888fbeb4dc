package graphfake

import (
	"encoding/json"
	"strconv"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// propertyRoutes are the routes of single properties of the object of a path, for
// whoever may read the object.
func propertyRoutes(path string, find finder, perms access) []route {
	return []route{
		{get, path + "/{property}", on(find, getProperty), 1, perms},
		{get, path + "/{property}/$value", on(find, getValue), 1, perms},
	}
}

// getProperty answers with one property: its value, or the members of a complex
// one. A property without a value has no content.
// https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html#sec_RequestingIndividualProperties
func getProperty(rq *request, o *object) (response, *graphError) {
	p, v, err := rq.property(o)
	if err != nil || v == nil {
		return noContent(), err
	}
	var e entity
	if rq.metadata() != "none" {
		// the form of https://learn.microsoft.com/graph/permissions-grant-via-msgraph,
		// where an application's roles are read so
		e = entity{{"@odata.context", rq.base + "/$metadata#" + o.Type.Set + "('" + o.ID + "')/" + p.Name}}
	}
	if m, ok := v.(map[string]any); ok && p.Kind == state.Complex {
		for _, name := range field.Names(m) {
			e = append(e, member{name, m[name]})
		}
		return answer(200, e), nil
	}
	return answer(200, append(e, member{"value", v})), nil
}

// getValue answers with the bare value of a property that has one value. Clients
// read displayName so; how the service refuses the others is not known.
func getValue(rq *request, o *object) (response, *graphError) {
	p, v, err := rq.property(o)
	if err != nil || v == nil {
		return noContent(), err
	}
	switch v := v.(type) {
	case string:
		return plainText(v), nil
	case bool:
		return plainText(strconv.FormatBool(v)), nil
	case json.Number:
		return plainText(v.String()), nil
	}
	return response{}, rq.notModelled("$value of " + p.Name)
}

// property returns the property that the path names and its value as the object
// itself would show it, nil if it is not set.
func (rq *request) property(o *object) (*state.Property, any, *graphError) {
	p := o.Type.Prop(rq.param("property").Value)
	switch {
	case !rq.query.Only("$format"):
		return p, nil, rq.notModelled("a query option of a single property")
	case p.Is(state.Outside) && o.Get(p) == nil:
		return p, nil, rq.notModelled(p.Name + " of a user that was seeded without it")
	}
	options := *rq.query
	options.Select = []string{p.Name}
	selected := *rq
	selected.query = &options
	sh, err := selected.shape(o.Type)
	if err != nil {
		return p, nil, err
	}
	for _, m := range sh.entity(o, "") {
		if m.name == p.Name {
			return p, m.value, nil
		}
	}
	return p, nil, nil
}

// propertyOf reports whether a segment of a path names a property that objects of
// the set which the path begins with have themselves.
func propertyOf(set string, segment odata.Key) bool {
	if set == "me" {
		set = schema.Users.Set
	}
	for _, t := range schema.Sections() {
		if t.Set == set {
			p := t.Prop(segment.Value)
			return p != nil && segment.Property == "" && !p.Is(state.Virtual) && !p.Is(state.Stream)
		}
	}
	return false
}
