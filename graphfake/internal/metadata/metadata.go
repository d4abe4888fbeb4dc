// Package metadata knows the names of Graph v1.0 as its published metadata has
// them, also of what graphfake does not model. With it the fake tells what the
// service does not have from what only the fake lacks.
//
// names.txt has one line for each type, "entity user directoryObject" with the
// base type at its end, and below it lines with the members by kind: keys
// besides id, properties, and so on. "manager=directoryObject" says what a
// member leads to, a star that it is many, and a star after a kind that the
// member belongs to whole collections. Types without a line are not described.
package metadata

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/rollcall-go/rollcall/graphfake/internal/odata"
)

//go:generate sh -c "go run ./generate -clone $CLONE > names.txt"

var (
	//go:embed names.txt
	published string

	//go:embed documented.txt
	documented string
)

// A Kind says what a segment of a path stands for.
type Kind string

// The kinds of segments. Unknown is what the metadata does not have.
const (
	Unknown    Kind = ""
	Root       Kind = "root"
	Key        Kind = "key"
	Property   Kind = "property"
	Navigation Kind = "navigation"
	Function   Kind = "function"
	Action     Kind = "action"
	Cast       Kind = "cast"   // microsoft.graph.user
	System     Kind = "system" // $count, $ref and the like
)

// A Place is where a path leads.
type Place struct {
	Kind Kind
	Name string // of a member, as the metadata spells it
	Type string // of what is there, such as user; "" = a plain value
	Many bool
}

// Undescribed is a type that the metadata does not describe.
const Undescribed = "undescribed"

// Start is where paths begin.
var Start = Place{Kind: Root, Type: "GraphService"}

// A typ is a described type: an entity, a complex type, or the root.
type typ struct {
	name    string
	kind    string
	base    *typ
	derived []*typ
	keys    []string
	members map[string]Place // by name in lower case, with a star for those of collections
}

// types reads the names when they are first needed, which most servers never do.
var types = sync.OnceValue(func() map[string]*typ {
	all := map[string]*typ{}
	bases := map[*typ]string{}
	var t *typ
	for line := range strings.Lines(published + documented) {
		words := strings.Fields(line)
		switch {
		case line[0] == '#':
		case line[0] != ' ':
			if t = all[words[1]]; t == nil {
				t = &typ{name: words[1], kind: words[0], members: map[string]Place{}}
				all[words[1]], bases[t] = t, words[len(words)-1]
			}
		default:
			t.add(words[0], words[1:])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		if base := all[bases[t]]; base != nil && base != t {
			t.base, base.derived = base, append(base.derived, t)
		}
	}
	return all
})

func (t *typ) add(kind string, members []string) {
	if kind == string(Key) {
		t.keys = members
		return
	}
	kind, whole := strings.CutSuffix(kind, "*")
	for _, m := range members {
		name, to, _ := strings.Cut(m, "=")
		p := Place{Kind: Kind(kind), Name: name}
		p.Type, p.Many = strings.CutSuffix(to, "*")
		t.members[memberKey(name, whole)] = p
	}
}

func memberKey(name string, whole bool) string {
	if whole {
		return strings.ToLower(name) + "*"
	}
	return strings.ToLower(name)
}

// find finds a member of the type or of what it is based on. Failing that it
// looks at what is based on the type, as paths and lists of objects of several
// types may use the names of each: there may be several members of one name.
func (t *typ) find(key string) []Place {
	for b := t; b != nil; b = b.base {
		if p, ok := b.members[key]; ok {
			return []Place{p}
		}
	}
	return t.below(key)
}

func (t *typ) below(key string) (list []Place) {
	for _, d := range t.derived {
		if p, ok := d.members[key]; ok {
			list = append(list, p)
		}
		list = append(list, d.below(key)...)
	}
	return list
}

// is reports whether t is the other type or based on it.
func (t *typ) is(other *typ) bool { return t == other || t.base != nil && t.base.is(other) }

// Described reports whether it is known what there is at the place.
func (p Place) Described() bool { return p.Type == "" || types()[p.Type] != nil }

// Next returns where a further segment leads; its kind is Unknown if the
// metadata has no such thing. Below types that are not described, everything may be.
func (p Place) Next(s odata.Key) Place { return p.ways(s)[0] }

// ways returns all places where a further segment may lead, one at least.
func (p Place) ways(s odata.Key) []Place {
	name := strings.TrimSuffix(s.Value, "()")
	t := types()[p.Type]
	switch {
	case s == odata.Key{}: // /users/ is /users
		return []Place{p}
	case !p.Described():
		return []Place{{Kind: Key, Type: p.Type}}
	case strings.HasPrefix(name, "$"):
		return []Place{p.system(name)}
	case s.Property != "" && p.Kind == Function: // its arguments
		return []Place{p}
	case t == nil:
		return []Place{{}}
	case s.Property != "":
		return []Place{p.key(t.hasKey(s.Property))}
	}
	return p.members(t, name)
}

// members returns what a name stands for on the type at the place: a type, a
// member, or else a key.
func (p Place) members(t *typ, name string) []Place {
	local := odata.Unqualified(name)
	if local != name {
		if c := named(local); c != nil && (c.is(t) || t.is(c)) {
			return []Place{{Kind: Cast, Name: c.name, Type: c.name, Many: p.Many}}
		}
		local = local[strings.LastIndex(local, ".")+1:]
	}
	if found := t.find(memberKey(local, p.Many)); found != nil {
		return found
	}
	if strings.Contains(name, ":") { // the path of a file, as in root:/a/b.txt:/content
		return []Place{{Kind: Key, Type: Undescribed}}
	}
	return []Place{p.key(t.kind == "entity" && !strings.HasPrefix(strings.ToLower(name), "microsoft.graph."))}
}

// key is one object of the collection.
func (p Place) key(ok bool) Place { return Place{Kind: Key, Type: p.Type}.onlyIf(ok && p.Many) }

func (p Place) onlyIf(ok bool) Place {
	if ok {
		return p
	}
	return Place{}
}

func (p Place) system(name string) Place {
	known := []string{"$count", "$ref", "$value", "$query", "$each"}
	if p.Kind == Root {
		known = []string{"$batch", "$metadata", "$entity", "$all", "$crossjoin"}
	}
	return Place{Kind: System, Name: name}.onlyIf(slices.Contains(known, strings.ToLower(name)))
}

func (t *typ) hasKey(name string) bool {
	for ; t != nil; t = t.base {
		if slices.ContainsFunc(t.keys, func(k string) bool { return strings.EqualFold(k, name) }) {
			return true
		}
	}
	return false
}

// named returns the type of a name in any letter case, nil if there is none.
func named(name string) *typ {
	if t := types()[name]; t != nil {
		return t
	}
	for _, t := range types() {
		if strings.EqualFold(t.name, name) {
			return t
		}
	}
	return nil
}

// Walk returns where each segment of a path leads. It ends with the first
// segment that the metadata does not have.
func Walk(path []odata.Key) []Place {
	var places []Place
	at := Start
	for _, s := range path {
		at = at.Next(s)
		if places = append(places, at); at.Kind == Unknown {
			break
		}
	}
	return places
}

// A Name is a path of names on an object of a type, such as api and
// oauth2PermissionScopes on an application.
type Name struct {
	Type string
	Path []string
}

// Of returns the name of a path on a type. A type "" is that of what a request
// is about.
func Of(typ string, path ...string) Name { return Name{typ, path} }

// Known reports whether the metadata has properties and types of these names.
func (n Name) Known() bool {
	return len(n.Path) > 0 && Place{Kind: Key, Type: n.Type}.knows(n.Path)
}

func (p Place) knows(path []string) bool {
	if len(path) == 0 {
		return true
	}
	p.Many = false // names are the same on one object and on each of many
	for _, next := range p.ways(odata.Key{Value: path[0]}) {
		if next.named() && next.knows(path[1:]) {
			return true
		}
	}
	return false
}

func (p Place) named() bool {
	return p.Kind == Property || p.Kind == Navigation || p.Kind == Cast || p.Kind == System || !p.Described()
}

// Link returns the navigation property of a name in any letter case.
func Link(typ, name string) (Place, bool) {
	p := Place{Kind: Key, Type: typ}.Next(odata.Key{Value: name})
	return p, p.Kind == Navigation
}
