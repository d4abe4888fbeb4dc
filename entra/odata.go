package entra

import (
	"net/url"
	"slices"
	"strings"
)

// quoted returns value as an OData string literal: in single quotes, with those
// inside doubled.
// https://learn.microsoft.com/graph/query-parameters#escaping-single-quotes
func quoted(value string) string {
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// encodeQuery writes query options in the order of their names. The names' $
// stays as it is; in values everything that could be misread is escaped, the
// space as %20, since not every front end reads + as a space.
func encodeQuery(query url.Values) string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		for _, value := range query[name] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(name + "=" + escaped(value))
		}
	}
	return b.String()
}

// escaped percent-encodes one query value. Commas stay, as $select reads better so.
func escaped(value string) string {
	value = strings.ReplaceAll(url.QueryEscape(value), "+", "%20")
	return strings.ReplaceAll(value, "%2C", ",")
}
