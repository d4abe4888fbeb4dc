// Package state holds the fake's directory without any HTTP: typed objects
// that never change, views of them with indexes, and a store that turns
// writes into a log of mutations.
package state

import (
	"encoding/binary"
	"iter"
	"slices"
	"strings"
)

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

// Collection reports whether values of the kind are lists.
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
type Flags uint32

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
	Stream                     // bytes of their own, which are not modelled
	Disputed                   // the pages don't agree on filters by it, so that they are not modelled
	Derived                    // a collection of which only a part is stored, see query.Options.Elements
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

// Is reports whether p has all the given traits.
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
	Order    string // property of the default order, "" = by id

	// Open, if set, reports whether tenants may define a property of this name,
	// and when filters accept it. It is asked for names that are not in Props.
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

// same reports whether p and q are one property.
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

// HasIndex reports whether lookups by the property don't scan.
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

// An Object is one directory object. It never changes: With returns a new one.
// Unset properties take no room, and texts and Booleans share one piece of
// memory: with a million users the difference is hundreds of megabytes.
type Object struct {
	Type *Type
	ID   string

	packed string // texts and Booleans by ordinal: ordinal, length, bytes, and so on
	others []other
}

// An other is a value of any other kind.
type other struct {
	v    any
	prop *Property
}

// A Value is a property with its value: a string, bool, json.Number, []string,
// map[string]any or []any as its Kind says, or nil for unset. Values inside
// are as encoding/json decodes them with UseNumber, and must not be changed.
type Value struct {
	Prop  *Property
	Value any
}

// Set makes a value of a named property; nil unsets it.
func Set(t *Type, name string, v any) Value { return Value{Prop: t.Prop(name), Value: v} }

// Values makes values of several named properties: name, value, name, and so on.
func Values(t *Type, pairs ...any) []Value {
	list := make([]Value, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, Set(t, pairs[i].(string), pairs[i+1]))
	}
	return list
}

// New makes an object. Where a property occurs several times the last one
// counts.
func New(t *Type, id string, values []Value) *Object {
	values = slices.Clone(values)
	slices.SortStableFunc(values, func(a, b Value) int { return a.Prop.compare(b.Prop) })
	o := &Object{Type: t, ID: id}
	var buf [512]byte
	b := append(buf[:0], id...)
	for i, v := range values {
		if i+1 < len(values) && values[i+1].Prop.same(v.Prop) {
			continue
		}
		text, isText := v.Value.(string)
		flag, isBool := v.Value.(bool)
		switch {
		case v.Value == nil:
		case isText && v.Prop.Kind != Untyped:
			b = pack(b, v.Prop.ord, text)
		case isBool && v.Prop.Kind == Bool:
			b = pack(b, v.Prop.ord, map[bool]string{true: "1"}[flag])
		default:
			o.others = append(o.others, other{v.Value, v.Prop})
		}
	}
	all := string(b)
	o.ID, o.packed = all[:len(id)], all[len(id):]
	o.others = slices.Clip(o.others)
	return o
}

func pack(b []byte, ord uint16, s string) []byte {
	b = binary.AppendUvarint(b, uint64(ord))
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// unpack splits the first value off a packed string.
func unpack(s string) (ord uint16, value, rest string) {
	n, s := uvarint(s)
	l, s := uvarint(s)
	return uint16(n), s[:l], s[l:]
}

func uvarint(s string) (uint64, string) {
	if c := s[0]; c < 0x80 {
		return uint64(c), s[1:]
	}
	n, width := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
	return n, s[width:]
}

// With returns a copy with the given properties set, or unset where nil.
func (o *Object) With(values ...Value) *Object {
	return New(o.Type, o.ID, append(slices.Collect(o.All()), values...))
}

// All yields the properties that are set, except the id: texts and Booleans
// first, then the others.
func (o *Object) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for rest := o.packed; rest != ""; {
			var ord uint16
			ord, _, rest = unpack(rest)
			if p := &o.Type.Props[ord]; !yield(Value{p, o.Get(p)}) {
				return
			}
		}
		for _, x := range o.others {
			if !yield(Value{x.prop, x.v}) {
				return
			}
		}
	}
}

// find returns a packed value.
func (o *Object) find(p *Property) (string, bool) {
	for rest := o.packed; rest != ""; {
		var ord uint16
		var v string
		if ord, v, rest = unpack(rest); ord == p.ord {
			return v, true
		}
	}
	return "", false
}

// Get returns the value of p, or nil where it is unset.
func (o *Object) Get(p *Property) any {
	if p == o.Type.id {
		return o.ID
	}
	switch p.Kind {
	case Text, GUID, Time:
		if s, ok := o.find(p); ok {
			return s
		}
		return nil
	case Bool:
		if s, ok := o.find(p); ok {
			return s != ""
		}
		return nil
	}
	for i := range o.others {
		if o.others[i].prop.same(p) {
			return o.others[i].v
		}
	}
	return nil
}

// Text returns a property that is held as a string, or "" where it is unset.
func (o *Object) Text(p *Property) string {
	if p == o.Type.id {
		return o.ID
	}
	s, _ := o.find(p)
	return s
}

// Str returns the named property as a string, "" where it is unset.
func (o *Object) Str(name string) string { return o.Text(o.Type.Prop(name)) }

// Value returns the named property.
func (o *Object) Value(name string) any { return o.Get(o.Type.Prop(name)) }

// Strings returns the named collection of strings.
func (o *Object) Strings(name string) []string {
	s, _ := o.Value(name).([]string)
	return s
}

// List returns the named collection of objects.
func (o *Object) List(name string) []any {
	l, _ := o.Value(name).([]any)
	return l
}

// True reports whether the named property is true.
func (o *Object) True(name string) bool {
	b, _ := o.Value(name).(bool)
	return b
}
