package graphfake

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// Load reads a directory as JSON, in the shape of Graph's own objects:
//
//	{"domains": […], "organization": […], "users": […], "applications": […],
//	 "servicePrincipals": […], "groups": […], "appRoleAssignments": […], "deletedItems": […]}
//
// Objects need what the service needs: a user its userPrincipalName, an
// application its displayName, a service principal its appId; everything else
// has defaults, ids included. Groups have "members" and "owners", users a
// "manager", as ids or user principal names; deleted items also "memberOf",
// "ownedObjects" and "directReports", which a restore brings back. Service principals may have
// "permissions", such as User.Read.All, which become assignments of roles of
// Microsoft Graph; who signs in with a "secretText" among the
// passwordCredentials of its application has them in its token.
// An object replaces one with the same id. Unknown sections
// and properties, wrong types and references to nothing are errors that name
// the place; nothing is loaded then.
func (s *Server) Load(r io.Reader) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	return s.load(func(l *loader) error { return l.document(d) })
}

// A loader is one update in progress that seeds the directory.
type loader struct {
	*state.Tx
	s       *Server
	bulk    []*object // new users, stored together at the end
	names   map[string]string
	taken   map[string]bool // ids of bulk
	pending []pendingLink
	grants  []pendingGrant
}

// A pendingLink is checked when everything is loaded.
type pendingLink struct {
	state.Link
	place string
}

// load runs one seeding update. A seedError that was raised inside becomes its error.
func (s *Server) load(write func(*loader) error) (err error) {
	s.catchUp()
	s.store.Update(func(tx *state.Tx) bool {
		tx.Seed = true
		l := &loader{Tx: tx, s: s, names: map[string]string{}, taken: map[string]bool{}}
		err = l.run(write)
		return err == nil
	})
	return err
}

type seedError struct{ message string }

func (e *seedError) Error() string { return e.message }

// rescue hands a seedError that was raised to do.
func rescue(do func(*seedError)) {
	switch e := recover().(type) {
	case nil:
	case *seedError:
		do(e)
	default:
		panic(e)
	}
}

func (l *loader) run(write func(*loader) error) (err error) {
	defer rescue(func(e *seedError) { err = e })
	if err := write(l); err != nil {
		return err
	}
	l.flush()
	for _, p := range l.pending {
		if u := findUser(l.View, p.To); u != nil {
			p.To = u.ID
		}
		for _, id := range []string{p.From, p.To} {
			if !l.exists(id, strings.HasPrefix(p.Rel, deletedLink)) {
				l.fail("%s: %q is not the id of anything", p.place, id)
			}
		}
		l.Tie(p.Link)
	}
	for _, g := range l.grants {
		l.grant(g)
	}
	return nil
}

// exists reports whether an object has the id, one of those in use or, if asked for,
// a deleted one.
func (l *loader) exists(id string, deleted bool) bool {
	return slices.ContainsFunc(schema.DirectoryTypes(), func(t *state.Type) bool {
		return l.Get(t, id) != nil || deleted && l.Bin(t).Get(id) != nil
	})
}

func (l *loader) fail(format string, args ...any) {
	panic(&seedError{fmt.Sprintf(format, args...)})
}

// flush stores the users that were collected. The directory now knows their
// names and ids: with a million users the memory is needed for the indexes.
func (l *loader) flush() {
	l.names, l.taken = map[string]string{}, map[string]bool{}
	l.PutAll(l.bulk)
	l.bulk = nil
}

// document reads the top level of a dump. Sections come in any order, so
// assignments and deleted items wait until the rest is there.
func (l *loader) document(d *json.Decoder) error {
	if err := expect(d, json.Delim('{')); err != nil {
		return err
	}
	later := map[string][]record{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		if err := l.section(d, name.(string), later); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return notJSON(err)
	}
	l.flush()
	for _, name := range []string{schema.ServicePrincipals.Set, schema.Assignments.Set, deletedItems} {
		for i, r := range later[name] {
			l.element(name, i, r)
		}
	}
	return nil
}

const deletedItems = "deletedItems"

func (l *loader) section(d *json.Decoder, name string, later map[string][]record) error {
	if !slices.ContainsFunc(schema.Sections(), func(t *state.Type) bool { return t.Set == name }) && name != deletedItems {
		return fmt.Errorf("unknown section %q: a directory has domains, organization, subscribedSkus, users, groups, "+
			"applications, servicePrincipals, appRoleAssignments and deletedItems", name)
	}
	l.replace(name)
	if err := expect(d, json.Delim('[')); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := 0; d.More(); i++ {
		var r record
		if err := d.Decode(&r); err != nil {
			return fmt.Errorf("%s[%d]: %w", name, i, err)
		}
		switch name {
		case schema.ServicePrincipals.Set, schema.Assignments.Set, deletedItems:
			later[name] = append(later[name], r)
		default:
			l.element(name, i, r)
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%s: %w", name, notJSON(err))
	}
	return nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("not valid JSON: %w", err)
}

// replace drops what New founded where a dump brings its own.
func (l *loader) replace(section string) {
	for _, t := range []*state.Type{schema.Organizations, schema.Domains} {
		if t.Set == section {
			for _, o := range slices.Collect(l.Live(t).All()) {
				l.Purge(o)
			}
		}
	}
}

// element adds one object of a section, naming its place in errors.
func (l *loader) element(section string, i int, r record) {
	place := fmt.Sprintf("%s[%d]", section, i)
	defer rescue(func(e *seedError) { l.fail("%s: %s", place, e.message) })
	if section == deletedItems {
		l.addDeleted(r)
		return
	}
	for _, t := range schema.Sections() {
		if t.Set == section {
			l.add(t, r)
		}
	}
}

func expect(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("empty: a directory is a JSON object")
	case err != nil:
		return notJSON(err)
	case t != want:
		return fmt.Errorf("expected %v, found %v", want, t)
	}
	return nil
}

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
	dumpSection(out, deletedItems, deletedObjects(v),
		func(o *object) []byte { return dumpObject(v, o, "#microsoft.graph."+o.Type.Name) })
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
	if v.Bin(o.Type).Get(o.ID) != nil {
		return appendEntity(nil, append(e, deletedLinks(v, o.ID)...))
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
