package entra

import (
	"net/url"

	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
)

// filterPath returns the path of a collection's objects whose property equals
// a text. The service compares texts without letter case.
func filterPath(collection, property, value, fields string) string {
	return collection + "?" + graph.EncodeQuery(url.Values{
		"$filter": {property + " eq " + match.Literal(value)},
		"$select": {fields},
	})
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }
