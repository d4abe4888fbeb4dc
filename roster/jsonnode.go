package roster

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxDepth is how deep the objects and arrays of an entry may be nested.
const maxDepth = 100

// A node is a value of JSON: a text, an array, or an object.
type node struct {
	kind  json.Delim // '{', '[' or 0
	text  string     // of a string, a number as written, "true", "false", or "" for null
	keys  []string   // of an object
	items []node
}

// value returns the value that begins with a token. A name that is there twice is
// an error of its entry only, and kept in s.twice.
func (s *jsonSource) value(token json.Token, depth int) (node, error) {
	kind, nested := token.(json.Delim)
	if !nested {
		return node{text: scalarText(token)}, nil
	}
	if depth > maxDepth {
		return node{}, fmt.Errorf("%w: objects are nested more than %d deep", ErrSyntax, maxDepth)
	}
	n := node{kind: kind}
	seen := map[string]bool{}
	for s.dec.More() {
		token, err := s.dec.Token()
		if key, ok := token.(string); ok && kind == '{' && err == nil {
			n.keys = append(n.keys, key)
			if folded := canonical(key); seen[folded] {
				s.twice = key
			} else {
				seen[folded] = true
			}
			token, err = s.dec.Token()
		}
		if err != nil {
			return n, err
		}
		item, err := s.value(token, depth+1)
		if err != nil {
			return n, err
		}
		n.items = append(n.items, item)
	}
	_, err := s.dec.Token()
	return n, err
}

func scalarText(token json.Token) string {
	switch v := token.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return token.(string)
}

// member returns an object's value of that name.
func (n node) member(name string) (node, bool) {
	i := slices.IndexFunc(n.keys, sameName(name))
	if i < 0 {
		return node{}, false
	}
	return n.items[i], true
}

// holdsObjects reports whether it is an array with an object in it.
func (n node) holdsObjects() bool {
	return n.kind == '[' && slices.ContainsFunc(n.items, func(item node) bool { return item.kind == '{' })
}

// A flattener collects the values of an object by their paths.
type flattener struct {
	values []namedValue
	at     map[string]int
	twice  string // a path that is there twice
	cut    []string
	more   []string // paths of lists that go on elsewhere
}

// flatten returns the values of an object by their paths.
func flatten(object node) *flattener {
	f := &flattener{at: map[string]int{}}
	f.walk(object, "", 0, false)
	return f
}

// walk adds the values of what stands so many objects deep.
func (f *flattener) walk(n node, path string, depth int, many bool) {
	switch n.kind {
	case '{':
		for i, key := range n.keys {
			if list, ok := strings.CutSuffix(canonical(key), "@odata.nextlink"); ok && list != "" {
				f.more = append(f.more, joinPath(path, list, depth))
			}
			f.walk(n.items[i], joinPath(path, key, depth), depth+1, many)
		}
	case '[':
		objects := n.holdsObjects()
		for _, item := range n.items {
			if objects && item.kind == 0 { // some services write a@b for {"value": "a@b"}
				f.add(joinPath(path, "value", depth), item.text, true)
				continue
			}
			f.walk(item, path, depth, true)
		}
	default:
		f.add(path, n.text, many)
	}
}

// add adds the text of a value. Null and an empty text are no value of several.
func (f *flattener) add(path, text string, many bool) {
	if isCut(text) {
		f.cut = append(f.cut, path)
	}
	i, has := f.at[canonical(path)]
	if !has {
		i = len(f.values)
		f.at[canonical(path)] = i
		f.values = append(f.values, namedValue{name: path, many: many})
	} else if !many || !f.values[i].many {
		f.twice = path
	}
	if !many || text != "" {
		f.values[i].texts = append(f.values[i].texts, text)
	}
}

// joinPath returns the path of a member: name.givenName, and directly below a URN a
// colon, as SCIM writes it.
func joinPath(path, key string, depth int) string {
	switch {
	case depth == 0:
		return key
	case depth == 1 && strings.HasPrefix(Fold(path), "urn:"):
		return path + ":" + key
	}
	return path + "." + key
}

// cutText matches what ConvertTo-Json writes for values below its -Depth.
var cutText = regexp.MustCompile(`^@\{[^=}]+=(?s:.*)\}$|^System\.(Object\[\]|Collections\.[A-Za-z.]+(\x60[0-9].*)?)$`)

func isCut(text string) bool {
	return (strings.HasPrefix(text, "@{") || strings.HasPrefix(text, "System.")) && cutText.MatchString(text)
}
