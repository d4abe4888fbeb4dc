package odata

import (
	"net/url"
	"strings"
)

// A key is what stands for an object in a path: an id, or another property's
// value as in servicePrincipals(appId='…').
type Key struct{ Property, Value string }

func (k Key) String() string { return k.Value }

// is compares a segment with a literal one, without regard to letter case;
// functions and types may be written with their namespace.
func (k Key) Is(literal string) bool {
	if k.Property != "" {
		return false
	}
	v := strings.TrimSuffix(k.Value, "()")
	const namespace = "microsoft.graph."
	if len(v) > len(namespace) && strings.EqualFold(v[:len(namespace)], namespace) && !strings.HasPrefix(literal, namespace) {
		v = v[len(namespace):]
	}
	return strings.EqualFold(v, literal)
}

// literalOnly tells whether a segment cannot be an id: $count, $ref and delta().
func (k Key) LiteralOnly() bool {
	return k.Property == "" && (k.Value == "$count" || k.Value == "$ref" || k.Value == "$value" || strings.HasSuffix(k.Value, "()"))
}

// splitPath cuts a path into segments and unescapes them. A key in
// parentheses becomes a segment of its own: users('x') is users/x.
func SplitPath(path string) []Key {
	var list []Key
	for raw := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s, err := url.PathUnescape(raw)
		if err != nil {
			s = raw
		}
		name, inside, ok := strings.Cut(s, "(")
		inside, closed := strings.CutSuffix(inside, ")")
		if !ok || !closed || inside == "" {
			list = append(list, Key{Value: s})
			continue
		}
		list = append(list, Key{Value: name}, parseKey(inside))
	}
	return list
}

// parseKey reads 'x' or property='x'.
func parseKey(s string) Key {
	k := Key{Value: s}
	if name, value, ok := strings.Cut(s, "="); ok && !strings.HasPrefix(s, "'") {
		k = Key{strings.TrimSpace(name), strings.TrimSpace(value)}
	}
	if n := len(k.Value); n >= 2 && k.Value[0] == '\'' && k.Value[n-1] == '\'' {
		k.Value = strings.ReplaceAll(k.Value[1:n-1], "''", "'")
	}
	if strings.EqualFold(k.Property, "id") {
		k.Property = ""
	}
	return k
}
