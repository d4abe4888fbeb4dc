package graphfake

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Short names for what is on every page.
type object = state.Object

// readValues turns the members of a request body into property values,
// refusing unknown and read-only properties, wrong types and long texts.
// Annotations (names with @) are left out. A reader may take members away
// from the map before.
func readValues(t *state.Type, body map[string]any) ([]state.Value, *graphError) {
	var list []state.Value
	for _, name := range field.Names(body) {
		if strings.Contains(name, "@") {
			continue
		}
		p := t.Prop(name)
		switch {
		case p == nil || p.Name != name:
			return nil, malformed("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type or mark the type as open type.", name, t.Name) // believed, not verified
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
		case f == nil || f.Name != name:
			return malformed("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names that are defined by the type or mark the type as open type.", name, p.Name)
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
