package state

import (
	"slices"
	"strings"
)

// An Object is one directory object. It never changes: With returns a new one.
// Unset properties take no room.
type Object struct {
	Type *Type
	ID   string
	Rev  uint64 // number of the mutation that wrote it, 0 for seeded objects

	texts  []text  // properties held as strings, by ordinal
	others []other // all others, by ordinal
}

type text struct {
	s   string
	ord uint16
}

type other struct {
	v   any
	ord uint16
}

// A Value is a property with its value: a string, bool, int64, []string,
// map[string]any or []any as its Kind says, or nil for unset. Values inside
// are as encoding/json decodes them with UseNumber, and must not be changed.
type Value struct {
	Prop  *Property
	Value any
}

// New makes an object. Its strings are copied into one piece of memory.
func New(t *Type, id string, values []Value) *Object {
	o := &Object{Type: t, ID: id}
	for _, v := range values {
		o.set(v)
	}
	o.pack()
	return o
}

// With returns a copy with the given properties set, or unset where nil.
func (o *Object) With(values ...Value) *Object {
	c := &Object{Type: o.Type, ID: o.ID, texts: slices.Clone(o.texts), others: slices.Clone(o.others)}
	for _, v := range values {
		c.set(v)
	}
	return c
}

// Get returns the value of p, or nil where it is unset.
func (o *Object) Get(p *Property) any {
	if p == o.Type.id {
		return o.ID
	}
	for i := range o.texts {
		if o.texts[i].ord == p.ord {
			return o.texts[i].s
		}
	}
	for i := range o.others {
		if o.others[i].ord == p.ord {
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
	for i := range o.texts {
		if o.texts[i].ord == p.ord {
			return o.texts[i].s
		}
	}
	return ""
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

func (o *Object) set(v Value) {
	s, isText := v.Value.(string)
	if isText || v.Value == nil {
		i, found := slices.BinarySearchFunc(o.texts, v.Prop.ord, func(t text, ord uint16) int { return int(t.ord) - int(ord) })
		switch {
		case found && v.Value == nil:
			o.texts = slices.Delete(o.texts, i, i+1)
		case found:
			o.texts[i].s = s
		case isText:
			o.texts = slices.Insert(o.texts, i, text{s, v.Prop.ord})
		}
	}
	if isText {
		return
	}
	i, found := slices.BinarySearchFunc(o.others, v.Prop.ord, func(t other, ord uint16) int { return int(t.ord) - int(ord) })
	switch {
	case found && v.Value == nil:
		o.others = slices.Delete(o.others, i, i+1)
	case found:
		o.others[i].v = v.Value
	case v.Value != nil:
		o.others = slices.Insert(o.others, i, other{v.Value, v.Prop.ord})
	}
}

// pack moves the object's strings into one allocation and trims its slices:
// with a million users the difference is hundreds of megabytes.
func (o *Object) pack() {
	n := len(o.ID)
	for _, t := range o.texts {
		n += len(t.s)
	}
	var b strings.Builder
	b.Grow(n)
	b.WriteString(o.ID)
	for _, t := range o.texts {
		b.WriteString(t.s)
	}
	all := b.String()
	o.ID, all = all[:len(o.ID)], all[len(o.ID):]
	for i := range o.texts {
		l := len(o.texts[i].s)
		o.texts[i].s, all = all[:l], all[l:]
	}
	o.texts, o.others = slices.Clip(slices.Clone(o.texts)), slices.Clip(slices.Clone(o.others))
}
