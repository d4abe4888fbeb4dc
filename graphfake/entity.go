package graphfake

import (
	"slices"
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

// has tells whether there is a member of that name.
func (e entity) has(name string) bool {
	return slices.ContainsFunc(e, func(m member) bool { return strings.EqualFold(m.name, name) })
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
		if to, ok := v.(nav); ok {
			v = to()
		}
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

// MarshalJSON writes the members in order.
func (e entity) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, m := range e {
		if _, ok := m.value.(nav); ok {
			continue
		}
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

// textOrNil returns s, null for "".
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
