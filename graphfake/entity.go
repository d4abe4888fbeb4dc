package graphfake

import (
	"strings"
	"time"
)

// An entity is a JSON object of the governance services, its members in order.
// Values are strings, numbers, Booleans, nil, entities, and what encoding/json
// decodes.
type entity []member

type member struct {
	name  string
	value any
}

// get returns a member without regard to letter case, nil if there is none.
func (e entity) get(name string) any {
	for _, m := range e {
		if strings.EqualFold(m.name, name) {
			return m.value
		}
	}
	return nil
}

// at returns what a path leads to. A segment that names a type is passed over.
func (e entity) at(path []string) any {
	var v any = e
	for _, name := range path {
		switch o := v.(type) {
		case entity:
			if !strings.Contains(name, ".") {
				v = o.get(name)
			}
		case map[string]any:
			if !strings.Contains(name, ".") {
				v = o[name]
			}
		default:
			return nil
		}
	}
	return v
}

// only returns the members that are selected, annotations among them.
func (e entity) only(names []string) entity {
	if names == nil {
		return e
	}
	var out entity
	for _, m := range e {
		for _, n := range names {
			if strings.EqualFold(m.name, n) || m.name == "@odata.type" {
				out = append(out, m)
				break
			}
		}
	}
	return out
}

// MarshalJSON writes the members in order.
func (e entity) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, m := range e {
		b = append(appendName(b, m.name), toJSON(m.value)...)
	}
	return append(b, '}'), nil
}

// stampOrNil is a time as governance services write it, null for the zero time.
func stampOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}

// or returns s, or null for "".
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
