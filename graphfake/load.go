package graphfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

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
// "manager", as ids. An object replaces one with the same id. Unknown sections
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
	ids     map[string]bool
	pending []pendingLink
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
		l := &loader{Tx: tx, s: s, names: map[string]string{}, ids: map[string]bool{}}
		err = l.run(write)
		return err == nil
	})
	return err
}

type seedError struct{ message string }

func (e *seedError) Error() string { return e.message }

func (l *loader) run(write func(*loader) error) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *seedError:
			err = e
		default:
			panic(e)
		}
	}()
	if err := write(l); err != nil {
		return err
	}
	l.flush()
	for _, p := range l.pending {
		if l.Find(p.To, schema.Users, schema.Groups, schema.ServicePrincipals, schema.Applications) == nil {
			l.fail("%s: %q is not the id of anything", p.place, p.To)
		}
		l.Tie(p.Link)
	}
	return nil
}

func (l *loader) fail(format string, args ...any) {
	panic(&seedError{fmt.Sprintf(format, args...)})
}

// flush stores the users that were collected.
func (l *loader) flush() {
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
		return fmt.Errorf("unknown section %q: a directory has domains, organization, subscribedSkus, users, groups, applications, servicePrincipals, appRoleAssignments and deletedItems", name)
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
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *seedError:
			l.fail("%s: %s", place, e.message)
		default:
			panic(e)
		}
	}()
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
