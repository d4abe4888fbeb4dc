package graphfake

import (
	"bytes"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// withObject makes a handler of a function that works on a body that describes an
// object of the type. Its members have the names of the type's properties, in
// whatever letter case they were sent: the CLI for Microsoft 365 sends mailNickName
// and surName. https://github.com/pnp/cli-microsoft365
func withObject(t *state.Type, do func(*request, map[string]any) (response, *graphError)) handler {
	return withBody(func(rq *request, body map[string]any) (response, *graphError) {
		named, err := properNames(body, t.Prop)
		if err != nil {
			return response{}, err
		}
		return do(rq, named)
	})
}

// properNames gives members, and the members inside of them, the names that
// properties have. A name that nothing has is kept for others to refuse. That two
// spellings of one name are refused is believed.
func properNames(body map[string]any, find func(string) *state.Property) (map[string]any, *graphError) {
	named := make(map[string]any, len(body))
	for _, name := range field.Names(body) {
		value, proper := body[name], name
		if p := find(name); p != nil && !strings.Contains(name, "@") {
			var err *graphError
			if value, err = properFields(value, p); err != nil {
				return nil, err
			}
			proper = p.Name
		}
		if _, twice := named[proper]; twice {
			return nil, badJSON()
		}
		named[proper] = value
	}
	return named, nil
}

// properFields is properNames for the value of a property that has fields.
func properFields(value any, p *state.Property) (any, *graphError) {
	if p.Fields == nil {
		return value, nil
	}
	switch v := value.(type) {
	case map[string]any:
		return properNames(v, p.Field)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err *graphError
			if list[i], err = properFields(v[i], p); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return value, nil
}

// readChange is readValues for the change of an object. Read-only properties may be sent
// with the values that they have: hamilton and Terraform's azuread 2 always send the id,
// and hamilton's tests send back all of an application, a service principal and a group
// that they were answered with. For users this is believed, as is that other values are refused.
// https://github.com/manicminer/hamilton/blob/v0.71.0/msgraph/applications_test.go#L62
func readChange(old *object, body map[string]any) ([]state.Value, *graphError) {
	if id, ok := body["id"].(string); ok && strings.EqualFold(id, old.ID) {
		delete(body, "id")
	}
	for _, name := range field.Names(body) {
		p := old.Type.Prop(name)
		if p != nil && p.Is(state.ReadOnly) && bytes.Equal(toJSON(body[name]), toJSON(wireValue(p, old.Get(p)))) {
			delete(body, name)
		}
	}
	return readValues(old.Type, body)
}
