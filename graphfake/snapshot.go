package graphfake

import (
	"bufio"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// A Snapshot is the whole directory at one moment, as the primary knows it:
// one line for each object, in a fixed order. Two snapshots can be compared as
// values.
type Snapshot []string

// Snapshot returns every object with all set properties, as in Dump.
func (s *Server) Snapshot() Snapshot {
	s.catchUp()
	return snapshot(s.store.View(), nil)
}

// SnapshotByName is a Snapshot with names in place of everything that differs
// between two runs that came to the same end in different ways: made ids are
// replaced by what their objects are called, wherever they occur, and times by
// "(time)".
func (s *Server) SnapshotByName() Snapshot {
	s.catchUp()
	v := s.store.View()
	var pairs []string
	for _, t := range schema.Sections() {
		for _, tab := range []*state.Table{v.Live(t), v.Bin(t)} {
			for o := range tab.All() {
				pairs = append(pairs, names(o)...)
			}
		}
	}
	return snapshot(v, strings.NewReplacer(pairs...))
}

// names returns pairs of what the server made up for an object, and what
// stands for it.
func names(o *object) (pairs []string) {
	bare := strings.ReplaceAll(o.ID, "-", "") // in the names of deleted users
	name := strings.TrimPrefix(nameOf(o), bare)
	switch o.Type {
	case schema.Domains:
		return nil // has no made id
	case schema.Assignments:
		return []string{o.ID, "(assignment)"}
	case schema.Applications:
		pairs = []string{o.Str("appId"), "(app " + name + ")"}
	}
	return append(pairs, o.ID, "("+o.Type.Name+" "+name+")", bare, "(deleted)")
}

func nameOf(o *object) string {
	for _, property := range []string{"userPrincipalName", "displayName", "skuPartNumber"} {
		if p := o.Type.Prop(property); p != nil && o.Text(p) != "" {
			return o.Text(p)
		}
	}
	return o.ID
}

var times = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^"]*Z"`)

func snapshot(v *state.View, r *strings.Replacer) Snapshot {
	var lines Snapshot
	add := func(section string, o *object) {
		line := section + " " + string(dumpObject(v, o, ""))
		if r != nil {
			line = times.ReplaceAllString(r.Replace(line), `"(time)"`)
		}
		lines = append(lines, line)
	}
	for _, t := range schema.Sections() {
		for o := range v.Live(t).All() {
			add(t.Set, o)
		}
		for o := range v.Bin(t).All() {
			add(deletedItems+"/"+t.Set, o)
		}
	}
	slices.Sort(lines)
	return lines
}

// String returns one object a line.
func (s Snapshot) String() string { return strings.Join(s, "\n") }

// Diff returns the lines that only one of two snapshots has, those of s after
// "- " and those of the later one after "+ ". "" = they are equal.
func (s Snapshot) Diff(later Snapshot) string {
	var b strings.Builder
	for i, j := 0, 0; i < len(s) || j < len(later); {
		switch {
		case j == len(later) || i < len(s) && s[i] < later[j]:
			b.WriteString("- " + s[i] + "\n")
			i++
		case i == len(s) || later[j] < s[i]:
			b.WriteString("+ " + later[j] + "\n")
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return b.String()
}

// Dump writes the whole directory as JSON that Load reads: one object a line,
// in a fixed order, with the set properties only, so that two dumps can be
// compared as texts.
func (s *Server) Dump(w io.Writer) error {
	s.catchUp()
	v := s.store.View()
	out := bufio.NewWriter(w)
	out.WriteString("{")
	for i, t := range schema.Sections() {
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
		for _, t := range schema.Sections() {
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
	var e entity
	if kind != "" {
		e = append(e, member{"@odata.type", kind})
	}
	e = append(e, member{"id", o.ID})
	for v := range o.All() {
		e = append(e, member{v.Prop.Name, v.Value})
	}
	for _, rel := range []string{schema.Members, schema.Owners, schema.Manager} {
		ids := slices.Collect(v.Targets(rel, o.ID, ""))
		switch {
		case !isRelation(o.Type, rel) || len(ids) == 0:
		case rel == schema.Manager:
			e = append(e, member{rel, ids[0]})
		default:
			e = append(e, member{rel, ids})
		}
	}
	return appendEntity(nil, e)
}
