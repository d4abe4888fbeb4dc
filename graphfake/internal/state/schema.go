// Package state holds the fake's directory without any HTTP: typed objects
// that never change, views of them with indexes, and a store that turns
// writes into a log of mutations.
package state

import "strings"

// A Kind is the OData type of a property.
type Kind uint8

// The kinds of properties. Times, GUIDs and texts are all kept as strings.
const (
	Text      Kind = iota // Edm.String
	GUID                  // Edm.Guid: literals are written without quotes
	Bool                  // Edm.Boolean
	Int                   // Edm.Int32
	Time                  // Edm.DateTimeOffset
	Texts                 // Collection(Edm.String)
	GUIDs                 // Collection(Edm.Guid)
	Complex               // one object
	Complexes             // collection of objects
	Untyped               // any plain value: of properties that tenants define themselves
)

// EDM returns the kind's name in the service's error messages.
func (k Kind) EDM() string {
	return [...]string{
		"Edm.String", "Edm.Guid", "Edm.Boolean", "Edm.Int32", "Edm.DateTimeOffset",
		"Collection(Edm.String)", "Collection(Edm.Guid)", "Complex", "Collection(Complex)", "Edm.Untyped",
	}[k]
}

// Collection tells whether values of the kind are lists.
func (k Kind) Collection() bool { return k == Texts || k == GUIDs || k == Complexes }

// Support says when the service takes an operator on a property.
type Support uint8

// The three cases of the service's filter documentation.
const (
	Never    Support = iota
	Default          // in every query
	Advanced         // only with ConsistencyLevel: eventual and $count=true
)

// Flags are the yes-or-no traits of a property.
type Flags uint16

// Traits of properties.
const (
	Brief    Flags = 1 << iota // in the set that is returned without $select, where the type has one
	Indexed                    // eq, in and startsWith don't scan
	EndsWith                   // endsWith is supported, in advanced queries
	Range                      // ge and le are supported, under the same conditions as eq
	Sort                       // $orderby is supported in every query
	SortA                      // $orderby is supported in advanced queries
	ReadOnly                   // refused in create and update
	Outside                    // kept outside the directory: not on lists
	Exact                      // values are compared with letter case
	Tokens                     // $search looks at words instead of the beginning
	OnSelect                   // returned only when selected, though the type has no brief set
	Search                     // $search is supported
	Always                     // every object has a value
	Virtual                    // a navigation property: not stored, only for filters
)

// A Property describes one property of a type: its kind, which filter
// operators it takes and when, and its limits.
type Property struct {
	Name                 string
	Kind                 Kind
	Eq, StartsWith, Null Support
	Flags                Flags
	Max                  int // longest value in characters, 0 = no limit
	Fields               []Property

	ord uint16
}

// Is tells whether p has all the given traits.
func (p *Property) Is(f Flags) bool { return p.Flags&f == f }

// Field finds a field of a complex property, without regard to letter case.
func (p *Property) Field(name string) *Property {
	for i := range p.Fields {
		if strings.EqualFold(p.Fields[i].Name, name) {
			return &p.Fields[i]
		}
	}
	return nil
}

// A Type describes the objects of one entity set.
type Type struct {
	Name     string // as in microsoft.graph.user
	Resource string // as in error messages: User
	Set      string // as in paths: users
	Props    []Property
	Order    string   // property of the default order, "" = by id
	Navs     []string // navigation properties: taken in $select without effect

	// Open, if set, tells by its name whether a property that is not in Props
	// is one that tenants may define, and when filters take it.
	Open func(name string) (Property, bool)

	id     *Property
	byName map[string]*Property
	index  []*Property
	brief  bool
	empty  *Table // what a view without objects of the type has
}

// Define completes a type whose other fields are set.
func Define(t Type) *Type {
	d := &t
	d.byName = make(map[string]*Property, len(d.Props))
	for i := range d.Props {
		p := &d.Props[i]
		p.ord = uint16(i)
		d.byName[p.Name], d.byName[strings.ToLower(p.Name)] = p, p
		d.brief = d.brief || p.Is(Brief)
		if p.Name == "id" {
			d.id = p
		}
		if p.Is(Indexed) {
			d.index = append(d.index, p)
		}
	}
	d.empty = newTable(d, nil)
	return d
}

// Prop finds a property without regard to letter case; nil if there is none.
func (t *Type) Prop(name string) *Property {
	if p := t.byName[name]; p != nil {
		return p // as almost always: without the cost of folding the name
	}
	if p := t.byName[strings.ToLower(name)]; p != nil || t.Open == nil {
		return p
	}
	p, ok := t.Open(name)
	if !ok {
		return nil
	}
	p.Name, p.Kind, p.ord = name, Untyped, open
	return &p
}

// open is the ordinal that all properties of Open share.
const open = 1 << 15

// same tells whether p and q are one property.
func (p *Property) same(q *Property) bool {
	return p.ord == q.ord && (p.ord != open || strings.EqualFold(p.Name, q.Name))
}

// compare orders properties: those of the type first, then open ones by name.
func (p *Property) compare(q *Property) int {
	if p.ord == open && q.ord == open {
		return CompareFold(p.Name, q.Name)
	}
	return int(p.ord) - int(q.ord)
}

// ID returns the property "id", whose value is Object.ID.
func (t *Type) ID() *Property { return t.id }

// HasIndex tells whether lookups by the property don't scan.
func (t *Type) HasIndex(p *Property) bool { return p == t.id || p.Is(Indexed) }

// Returned lists the properties of an answer without $select, in order.
func (t *Type) Returned() []*Property {
	var list []*Property
	for i := range t.Props {
		p := &t.Props[i]
		if p.Is(Virtual) || t.brief && !p.Is(Brief) || p.Is(OnSelect) {
			continue
		}
		list = append(list, p)
	}
	return list
}
