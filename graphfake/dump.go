package graphfake

import (
	"bufio"
	"io"
	"iter"
	"slices"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Dump writes the whole directory as JSON that Load reads: one object a line,
// in a fixed order, with the set properties only, so that two dumps can be
// compared as texts.
func (s *Server) Dump(w io.Writer) error {
	s.catchUp()
	v := s.store.View()
	out := bufio.NewWriter(w)
	out.WriteString("{")
	for i, t := range sections() {
		if i > 0 {
			out.WriteString(",")
		}
		dumpSection(out, t.Set, v.Live(t).All(), func(o *object) []byte { return dumpObject(v, o, "") })
	}
	out.WriteString(",")
	dumpSection(out, deletedItems, deletedObjects(v), func(o *object) []byte { return dumpObject(v, o, "#microsoft.graph."+o.Type.Name) })
	out.WriteString("\n}\n")
	return out.Flush()
}

func deletedObjects(v *state.View) iter.Seq[*object] {
	return func(yield func(*object) bool) {
		for _, t := range sections() {
			for o := range v.Bin(t).All() {
				if !yield(o) {
					return
				}
			}
		}
	}
}

func dumpSection(out *bufio.Writer, name string, objects iter.Seq[*object], render func(*object) []byte) {
	out.WriteString("\n\"" + name + "\": [")
	first := true
	for o := range objects {
		if !first {
			out.WriteString(",")
		}
		first = false
		out.WriteString("\n  ")
		out.Write(render(o))
	}
	out.WriteString("]")
}

func dumpObject(v *state.View, o *object, kind string) []byte {
	b := []byte{'{'}
	if kind != "" {
		b = appendMember(b, "@odata.type", kind)
	}
	b = appendMember(b, "id", o.ID)
	for v := range o.All() {
		b = appendValue(appendName(b, v.Prop.Name), v.Prop, v.Value)
	}
	for _, rel := range []string{members, owners, manager} {
		ids := slices.Collect(v.Targets(rel, o.ID, ""))
		switch {
		case !isRelation(o.Type, rel) || len(ids) == 0:
		case rel == manager:
			b = appendMember(b, rel, ids[0])
		default:
			b = append(appendName(b, rel), toJSON(ids)...)
		}
	}
	return append(b, '}')
}
