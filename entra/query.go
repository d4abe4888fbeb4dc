package entra

import (
	"iter"
	"net/url"
)

// filterPath returns the path of a collection's objects whose property equals
// a text. The service compares texts without letter case.
func filterPath(collection, property, value, fields string) string {
	return collection + "?" + encodeQuery(url.Values{
		"$filter": {property + " eq " + quoted(value)},
		"$select": {fields},
	})
}

func userPath(id string) string { return "/users/" + url.PathEscape(id) }

// collect reads a listing to its end and drops what comes again. A listing that
// ends with an error gives nothing.
func collect[T any](listing iter.Seq2[T, error], id func(T) string) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	for object, err := range listing {
		if err != nil {
			return nil, err
		}
		if !seen[id(object)] {
			seen[id(object)] = true
			all = append(all, object)
		}
	}
	return all, nil
}
