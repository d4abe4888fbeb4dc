package graph

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// EncodeQuery returns query options in the order of their names, which keep their
// $. In values everything that could be misread is escaped, the space as %20,
// because not every front end reads + as a space.
func EncodeQuery(query url.Values) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[name] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(name + "=" + Escape(value))
		}
	}
	return b.String()
}

// Escape percent-encodes one query value, except commas, for a readable $select.
func Escape(value string) string {
	value = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	return strings.ReplaceAll(value, "%2C", ",")
}
