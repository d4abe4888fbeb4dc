// Package field reads the members of decoded JSON objects. What is missing or of
// another type is the zero value.
package field

import (
	"encoding/json"
	"slices"
)

// str returns a text.
func Text(m map[string]any, name string) string {
	s, _ := m[name].(string)
	return s
}

// strs returns the strings of a JSON array.
func Texts(m map[string]any, name string) []string {
	values, _ := m[name].([]any)
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// truth returns a Boolean.
func Bool(m map[string]any, name string) bool {
	b, _ := m[name].(bool)
	return b
}

// whole returns a member that is a whole number, 0 for none.
func Int(m map[string]any, name string) int {
	n, _ := m[name].(json.Number)
	i, _ := n.Int64()
	return int(i)
}

// objectsOf returns a member that is a list of objects.
func Objects(m map[string]any, name string) []map[string]any {
	list, _ := m[name].([]any)
	var out []map[string]any
	for _, v := range list {
		if o, ok := v.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// sortedKeys returns the names of all members, in order.
func Names(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// objectIn returns an object.
func Object(m map[string]any, name string) map[string]any {
	o, _ := m[name].(map[string]any)
	return o
}
