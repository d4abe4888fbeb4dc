package graphfake

import (
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
)

// What names a route that there is not would never happen, or never be counted. It is
// refused with the route that was probably meant.

// checkOperation refuses a name such as "GET /user/{user}" that is no route's.
func checkOperation(name string) error {
	var names []string
	for _, r := range routes() {
		if strings.EqualFold(r.method+" "+r.path, name) {
			return nil
		}
		names = append(names, r.method+" "+r.path)
	}
	return fmt.Errorf("operation %q is no route; the nearest is %q", name, nearest(name, names))
}

// checkPath refuses the path of a Fault that no route's path fits.
func checkPath(method, path string) error {
	var names []string
	for _, r := range routes() {
		if method != "" && !strings.EqualFold(method, r.method) {
			continue
		}
		if overlap(odata.SplitPath(path), odata.SplitPath(r.path)) {
			return nil
		}
		names = append(names, r.path)
	}
	return fmt.Errorf("path %q is that of no route%s; the nearest is %q", path, with(method), nearest(path, names))
}

func with(method string) string {
	if method == "" {
		return ""
	}
	return " with " + strings.ToUpper(method)
}

// overlap reports whether a path can fit both patterns.
func overlap(pattern, route []odata.Key) bool {
	for i, p := range pattern {
		wild := strings.HasPrefix(p.Value, "{")
		if wild && strings.HasSuffix(p.Value, "...}") {
			return true
		}
		if i >= len(route) {
			return false
		}
		param, isParam := strings.CutPrefix(route[i].Value, "{")
		stands := isParam && standsFor(strings.TrimSuffix(param, "}"), pattern[:i+1])
		if !wild && !stands && !p.Is(route[i].Value) {
			return false
		}
	}
	return len(pattern) == len(route)
}

// nearest returns the name that takes the fewest changes of single letters, whatever
// stands in braces; "" if there are none.
func nearest(name string, names []string) (found string) {
	least := -1
	for _, n := range names {
		if d := distance(unnamed(name), unnamed(n)); least < 0 || d < least {
			found, least = n, d
		}
	}
	return found
}

// unnamed returns a path with {} for every segment in braces.
func unnamed(path string) string {
	segments := strings.Split(strings.ToLower(path), "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// distance returns how many letters must be added, left out or replaced.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
