package state

import (
	"encoding/binary"
	"iter"
	"slices"
)

// An Object is one directory object. It never changes: With returns a new one.
// Unset properties take no room, and texts and Booleans share one piece of
// memory: with a million users the difference is hundreds of megabytes.
type Object struct {
	Type *Type
	ID   string
	Rev  uint64 // number of the mutation that wrote it, 0 before that

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

// True tells whether the named property is true.
func (o *Object) True(name string) bool {
	b, _ := o.Value(name).(bool)
	return b
}
