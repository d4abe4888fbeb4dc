package graphfake

import (
	"net/url"
	"strings"
)

// A router finds routes by method and path, among those of equal length.
type router struct{ bySize map[int][]pattern }

// A pattern is a route with its path cut into segments.
type pattern struct {
	*route
	segments []string
}

func newRouter(routes []route) router {
	r := router{bySize: map[int][]pattern{}}
	for i := range routes {
		p := pattern{&routes[i], strings.Split(strings.TrimPrefix(routes[i].path, "/"), "/")}
		r.bySize[len(p.segments)] = append(r.bySize[len(p.segments)], p)
	}
	return r
}

// find sets the request's route and parameters. Where two routes fit, the
// first in the table wins.
func (r router) find(rq *request) {
	segments := splitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if p.method != rq.method {
			continue
		}
		if params, ok := p.match(segments); ok {
			rq.route, rq.params = p.route, params
			return
		}
	}
}

// otherMethod tells whether the path is routed for another method.
func (r router) otherMethod(rq *request) bool {
	segments := splitPath(rq.path)
	for _, p := range r.bySize[len(segments)] {
		if _, ok := p.match(segments); ok {
			return true
		}
	}
	return false
}

func (p pattern) match(segments []key) (map[string]key, bool) {
	var params map[string]key
	for i, want := range p.segments {
		if name, ok := strings.CutPrefix(want, "{"); ok && !segments[i].literalOnly() {
			if params == nil {
				params = map[string]key{}
			}
			params[strings.TrimSuffix(name, "}")] = segments[i]
			continue
		}
		if !segments[i].is(want) {
			return nil, false
		}
	}
	return params, true
}

// is compares a segment with a literal one, without regard to letter case;
// functions and types may be written with their namespace.
func (k key) is(literal string) bool {
	if k.property != "" {
		return false
	}
	v := strings.TrimSuffix(k.value, "()")
	const namespace = "microsoft.graph."
	if len(v) > len(namespace) && strings.EqualFold(v[:len(namespace)], namespace) && !strings.HasPrefix(literal, namespace) {
		v = v[len(namespace):]
	}
	return strings.EqualFold(v, literal)
}

// literalOnly tells whether a segment cannot be an id: $count, $ref and delta().
func (k key) literalOnly() bool {
	return k.property == "" && (k.value == "$count" || k.value == "$ref" || k.value == "$value" || strings.HasSuffix(k.value, "()"))
}

// splitPath cuts a path into segments and unescapes them. A key in
// parentheses becomes a segment of its own: users('x') is users/x.
func splitPath(path string) []key {
	var list []key
	for raw := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		s, err := url.PathUnescape(raw)
		if err != nil {
			s = raw
		}
		name, inside, ok := strings.Cut(s, "(")
		inside, closed := strings.CutSuffix(inside, ")")
		if !ok || !closed || inside == "" {
			list = append(list, key{value: s})
			continue
		}
		list = append(list, key{value: name}, parseKey(inside))
	}
	return list
}

// parseKey reads 'x' or property='x'.
func parseKey(s string) key {
	k := key{value: s}
	if name, value, ok := strings.Cut(s, "="); ok && !strings.HasPrefix(s, "'") {
		k = key{strings.TrimSpace(name), strings.TrimSpace(value)}
	}
	if n := len(k.value); n >= 2 && k.value[0] == '\'' && k.value[n-1] == '\'' {
		k.value = strings.ReplaceAll(k.value[1:n-1], "''", "'")
	}
	if strings.EqualFold(k.property, "id") {
		k.property = ""
	}
	return k
}
