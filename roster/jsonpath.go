package roster

import (
	"regexp"
	"strconv"
	"strings"
)

// An answer is what a path finds in an object.
type answer struct {
	texts []string
	many  bool // there may be several
	found bool
}

// ask returns the value at a path such as emails[0].value, emails[primary].value,
// emails[type eq "work"].value, or emails.value for all of them.
func (n node) ask(path string) (string, bool) {
	var a answer
	a.follow(n, canonical(path), false)
	return namedValue{texts: a.texts, many: a.many || len(a.texts) == 0}.text(), a.found
}

// follow adds what is at the path below n, an element of an array if inArray.
func (a *answer) follow(n node, path string, inArray bool) {
	switch {
	case n.kind == '{':
		a.followKey(n, path)
	case n.kind == '[' && strings.HasPrefix(path, "["):
		which, rest, _ := strings.Cut(path[1:], "]")
		items, many := n.choose(which)
		a.many = a.many || many
		for _, item := range items {
			a.follow(item, strings.TrimPrefix(rest, "."), true)
		}
	case n.kind == '[':
		a.many = true
		for _, item := range n.items {
			a.follow(item, path, true)
		}
	case path == "", inArray && path == "value":
		a.found = true
		if n.text != "" {
			a.texts = append(a.texts, n.text)
		}
	}
}

func (a *answer) followKey(n node, path string) {
	for i, key := range n.keys {
		rest, ok := strings.CutPrefix(path, canonical(key))
		if !ok || rest != "" && !strings.ContainsAny(rest[:1], ".:[") {
			continue
		}
		if rest != "" && rest[0] != '[' {
			rest = rest[1:]
		}
		a.follow(n.items[i], rest, false)
	}
}

// comparison matches the only kind of filter that a path may hold.
var comparison = regexp.MustCompile(`^\s*(\S+)\s+eq\s+"?([^"]*?)"?\s*$`)

// choose returns the elements that stand in brackets, and whether these may be several.
func (n node) choose(which string) (items []node, many bool) {
	if i, err := strconv.Atoi(which); err == nil {
		if i >= 0 && i < len(n.items) {
			items = n.items[i : i+1]
		}
		return items, false
	}
	if which == "primary" {
		return n.primary(), false
	}
	filter := comparison.FindStringSubmatch(which)
	for _, item := range n.items {
		if filter == nil {
			break
		}
		if value, ok := item.member(filter[1]); ok && value.kind == 0 && Fold(value.text) == filter[2] {
			items = append(items, item)
		}
	}
	return items, true
}

// primary returns the element that says it is the primary one, or the only one
// there is; nothing if several say so.
func (n node) primary() []node {
	var items []node
	for _, item := range n.items {
		if value, ok := item.member("primary"); ok && Fold(value.text) == "true" {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		items = n.items
	}
	if len(items) != 1 {
		return nil
	}
	return items
}
