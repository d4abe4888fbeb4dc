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

// A nav is a member of an entity that leads to others: an entity, or a list of
// them. It is rendered only when it is expanded.
type nav func() any

// An expanding is one item of $expand.
type expanding struct {
	name   string
	sel    []string
	expand []expanding
}

// parseExpand reads $expand: names, each with options in parentheses.
func parseExpand(s string) (list []expanding, ok bool) {
	for _, part := range splitOutside(s, ',') {
		name, options, inside := strings.Cut(strings.TrimSpace(part), "(")
		e := expanding{name: strings.TrimSpace(name)}
		if inside {
			if options, inside = strings.CutSuffix(options, ")"); !inside {
				return nil, false
			}
			for _, option := range splitOutside(options, ';') {
				key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
				switch strings.ToLower(key) {
				case "$select":
					e.sel = splitNames(value)
				case "$expand":
					if e.expand, ok = parseExpand(value); !ok {
						return nil, false
					}
				default:
					return nil, false
				}
			}
		}
		if e.name == "" {
			return nil, false
		}
		list = append(list, e)
	}
	return list, true
}

// splitOutside splits at separators that are not inside parentheses.
func splitOutside(s string, separator rune) []string {
	var list []string
	depth, from := 0, 0
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == separator && depth == 0:
			list = append(list, s[from:i])
			from = i + 1
		}
	}
	return append(list, s[from:])
}

func splitNames(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// shaped returns the members that are selected, annotations, and what is
// expanded.
func (e entity) shaped(sel []string, expand []expanding) entity {
	out := make(entity, 0, len(e))
	for _, m := range e {
		to, isNav := m.value.(nav)
		if !isNav {
			if sel == nil || strings.HasPrefix(m.name, "@") || slices.ContainsFunc(sel, func(n string) bool { return strings.EqualFold(n, m.name) }) {
				out = append(out, m)
			}
			continue
		}
		for _, x := range expand {
			if strings.EqualFold(x.name, m.name) || x.name == "*" {
				out = append(out, member{m.name, x.render(to())})
				break
			}
		}
	}
	return out
}

func (x expanding) render(v any) any {
	switch v := v.(type) {
	case entity:
		if v == nil {
			return nil
		}
		return v.shaped(x.sel, x.expand)
	case []entity:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = e.shaped(x.sel, x.expand)
		}
		return list
	}
	return nil
}
