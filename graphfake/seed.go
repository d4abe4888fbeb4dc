package graphfake

import (
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/field"
	"github.com/rollcall-go/rollcall/graphfake/internal/schema"
	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// AddUser puts a user into the directory and returns it completed. It panics
// if the user could not exist: no name, a name in use, a foreign domain.
func (s *Server) AddUser(u User) User {
	var o *object
	s.seed(func(l *loader) { o = l.user(u, schema.Stamp(time.Now())) })
	return userOf(o)
}

// AddUsers puts many users into the directory at once: a million of them take
// half a minute and 570 MB, 1.5 GB while they load. It panics as AddUser does.
func (s *Server) AddUsers(list iter.Seq[User]) {
	s.seed(func(l *loader) {
		now := schema.Stamp(time.Now())
		for u := range list {
			l.user(u, now)
		}
	})
}

// AddApplication puts an app registration into the directory. It panics if it
// could not exist.
func (s *Server) AddApplication(a Application) Application {
	return applicationOf(s.add(schema.Applications, a.record(s)))
}

// AddServicePrincipal puts a service principal into the directory. What it
// leaves out is taken from the application with the same AppID, if there is
// one. It panics if the service principal could not exist.
func (s *Server) AddServicePrincipal(p ServicePrincipal) ServicePrincipal {
	return servicePrincipalOf(s.add(schema.ServicePrincipals, p.record(s)))
}

// AddGroup puts a group into the directory. It panics if the group could not
// exist, or has members that don't.
func (s *Server) AddGroup(g Group) Group {
	return groupOf(s.store.View(), s.add(schema.Groups, g.record()))
}

// AddAssignment gives a principal a role. It panics if the principal, the
// resource or the role doesn't exist, or the assignment exists already.
func (s *Server) AddAssignment(a AppRoleAssignment) AppRoleAssignment {
	return assignmentOf(s.add(schema.Assignments, recordOf(nil, a.textFields())))
}

// DeleteUser moves a user, named by id or user principal name, to the recycle
// bin. It panics if there is none.
func (s *Server) DeleteUser(key string) {
	s.seed(func(l *loader) {
		u := findUser(l.View, key)
		if u == nil {
			l.fail("no user %q to delete", key)
		}
		buryUser(l.Tx, u)
	})
}

func (s *Server) add(t *state.Type, r record) *object {
	var o *object
	s.seed(func(l *loader) { o = l.add(t, r) })
	return o
}

// seed runs a write outside of any request and panics where it fails.
func (s *Server) seed(write func(*loader)) {
	err := s.load(func(l *loader) error { write(l); return nil })
	if err != nil {
		panic("graphfake: " + err.Error())
	}
}

// Users returns all users, in order of user principal name.
func (s *Server) Users() []User {
	s.catchUp()
	v := s.store.View()
	list := make([]User, 0, v.Live(schema.Users).Len())
	for _, o := range v.Live(schema.Users).Index(schema.Users.Prop("userPrincipalName"), "", "") {
		list = append(list, userOf(o))
	}
	return list
}

// User returns the user with an id or user principal name.
func (s *Server) User(key string) (User, bool) {
	s.catchUp()
	if o := findUser(s.store.View(), key); o != nil {
		return userOf(o), true
	}
	return User{}, false
}

// DeletedUsers returns the users in the recycle bin, in order of id.
func (s *Server) DeletedUsers() []User {
	return collect(s.store.View().Bin(schema.Users).All(), userOf)
}

// Applications returns all app registrations, in order of id.
func (s *Server) Applications() []Application {
	return collect(s.store.View().Live(schema.Applications).All(), applicationOf)
}

// ServicePrincipals returns all service principals, in order of id.
func (s *Server) ServicePrincipals() []ServicePrincipal {
	return collect(s.store.View().Live(schema.ServicePrincipals).All(), servicePrincipalOf)
}

// Groups returns all groups, in order of id.
func (s *Server) Groups() []Group {
	v := s.store.View()
	return collect(v.Live(schema.Groups).All(), func(o *object) Group { return groupOf(v, o) })
}

// Assignments returns the role assignments on a resource, or all for "", in
// order of id.
func (s *Server) Assignments(resourceID string) []AppRoleAssignment {
	s.catchUp()
	tab := s.store.View().Live(schema.Assignments)
	if resourceID == "" {
		return collect(tab.All(), assignmentOf)
	}
	return collect(tab.Equal(schema.Assignments.Prop("resourceId"), resourceID), assignmentOf)
}

func collect[T any](objects iter.Seq[*object], convert func(*object) T) []T {
	return slices.Collect(func(yield func(T) bool) {
		for o := range objects {
			if !yield(convert(o)) {
				return
			}
		}
	})
}

// needed are the properties that a record must have.
var needed = map[*state.Type][]string{
	schema.Users: {"userPrincipalName"}, schema.Applications: {"displayName"},
	schema.ServicePrincipals: {"appId"}, schema.Groups: {"displayName"},
}

// relationsOf are the links that a record may have.
var relationsOf = map[*state.Type][]string{
	schema.Users: {schema.Manager}, schema.Groups: {schema.Members, schema.Owners},
	schema.Applications: {schema.Owners}, schema.ServicePrincipals: {schema.Owners, permissions},
}

// object makes an object of a record, with the defaults of its type.
func (l *loader) object(t *state.Type, r record) *object {
	id, _ := r["id"].(string)
	switch {
	case id == "" && t == schema.Domains:
		l.fail("a domain needs its name as id")
	case id == "":
		id = l.s.newID()
	case schema.IsGUID(id):
		id = strings.ToLower(id)
	}
	l.relations(t, id, r)
	l.keepSecrets(r)
	values := l.values(t, r)
	for _, name := range needed[t] {
		if v := r[name]; v == nil || v == "" {
			l.fail("a value is required for %q", name)
		}
	}
	return state.New(t, id, append(l.defaults(t, r), values...))
}

// values is readValues for seeds: read-only properties may be set, and errors
// are meant for the author of the seed.
func (l *loader) values(t *state.Type, r record) []state.Value {
	var list []state.Value
	for _, name := range field.Names(r) {
		p := t.Prop(name)
		switch {
		case name == "id" || strings.Contains(name, "@") || isRelation(t, name),
			t == schema.Users && name == "passwordProfile":
			continue
		case p == nil || p.Name != name:
			l.fail("unknown property %q%s", name, similar(t, name))
		}
		v, err := coerce(t, p, plain(r[name]))
		if err != nil {
			l.fail("property %q: not a value of type %s, or too long", name, p.Kind.EDM())
		}
		if v != nil || !p.Is(state.Always) {
			list = append(list, state.Value{Prop: p, Value: v})
		}
	}
	return list
}

// plain turns Go values that seeds may hold into what encoding/json decodes.
func plain(v any) any {
	switch v := v.(type) {
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	case time.Time:
		return schema.Stamp(v)
	}
	return v
}

func similar(t *state.Type, name string) string {
	for i := range t.Props {
		if p := t.Props[i].Name; strings.EqualFold(p, name) {
			return ": did you mean \"" + p + "\"?"
		}
	}
	return ""
}

func isRelation(t *state.Type, name string) bool {
	return slices.Contains(relationsOf[t], name)
}

// relations collects the links of a record, to be tied when all is loaded.
func (l *loader) relations(t *state.Type, id string, r record) {
	if t == schema.ServicePrincipals {
		l.permissions(id, r)
	}
	for _, rel := range []string{schema.Members, schema.Owners, schema.Manager} {
		v, ok := r[rel]
		if !ok || !isRelation(t, rel) {
			continue
		}
		for _, to := range l.ids(rel, v) {
			l.pending = append(l.pending, pendingLink{state.Link{Rel: rel, From: id, To: to}, t.Set + " " + id + ": " + rel})
		}
	}
}

// ids reads a member that holds one id, or a list of them.
func (l *loader) ids(name string, v any) (list []string) {
	if one, ok := v.(string); ok {
		v = []any{one}
	}
	values, ok := plain(v).([]any)
	for _, value := range values {
		s, isText := value.(string)
		ok = ok && isText
		list = append(list, strings.ToLower(s))
	}
	if !ok {
		l.fail("%q must hold ids", name)
	}
	return list
}

// defaults are what a seeded object has unless its record says otherwise.
func (l *loader) defaults(t *state.Type, r record) []state.Value {
	now := schema.Stamp(time.Now())
	switch t {
	case schema.Users:
		upn, _ := r["userPrincipalName"].(string)
		local, _, _ := strings.Cut(upn, "@")
		return state.Values(t, "accountEnabled", true, "displayName", local, "mailNickname", local, "userType", "Member",
			"createdDateTime", now)
	case schema.Applications:
		return append(l.s.applicationDefaults(), state.Set(t, "createdDateTime", now))
	case schema.ServicePrincipals:
		return l.principalDefaults(r)
	case schema.Groups:
		return groupDefaults(now)
	}
	return nil
}

func groupDefaults(now string) []state.Value {
	return state.Values(schema.Groups, "createdDateTime", now, "renewedDateTime", now, "mailEnabled", false,
		"securityEnabled", true)
}

// add stores one object.
func (l *loader) add(t *state.Type, r record) *object {
	o := l.object(t, r)
	switch t {
	case schema.Users:
		return l.addUser(o)
	case schema.Assignments:
		return l.addAssignment(o)
	case schema.Applications:
		if err := checkApplication(l.View, nil, o); err != nil {
			l.fail("%s", err.message)
		}
	}
	l.Put(o)
	return o
}

// user stores a user given as a Go value.
func (l *loader) user(u User, now string) *object {
	id := strings.ToLower(u.ID)
	switch {
	case u.UserPrincipalName == "":
		l.fail("a user needs a UserPrincipalName")
	case id == "":
		id = l.s.newID()
	}
	values := u.values(now)
	if u.More != nil {
		l.relations(schema.Users, id, u.More)
		values = append(values, l.values(schema.Users, u.More)...)
	}
	return l.addUser(state.New(schema.Users, id, values))
}

func (l *loader) addUser(o *object) *object {
	upn := o.Str("userPrincipalName")
	if err := checkUPN(l.View, upn); err != nil {
		l.fail("user %q: %s%s", upn, err.message, domainsFor(l.View, upn))
	}
	o = withMailAddress(o)
	other := l.names[strings.ToLower(upn)]
	if there := l.Live(schema.Users).First("userPrincipalName", upn); there != nil {
		other = there.ID
	}
	if other != "" && other != o.ID {
		l.fail("user %q: another user has this userPrincipalName", upn)
	}
	l.names[strings.ToLower(upn)] = o.ID
	if l.taken[o.ID] {
		l.fail("user %q: another user has the id %q", upn, o.ID)
	}
	l.taken[o.ID] = true
	l.bulk = append(l.bulk, o)
	return o
}

func (l *loader) addAssignment(o *object) *object {
	kind, who := schema.FindPrincipal(l.View, o.Str("principalId"))
	sp := l.Get(schema.ServicePrincipals, o.Str("resourceId"))
	switch {
	case who == nil:
		l.fail("principalId %q is not a user, group or service principal", o.Str("principalId"))
	case sp == nil:
		l.fail("resourceId %q is not a service principal", o.Str("resourceId"))
	}
	made := l.s.makeAssignment(kind, who, sp, o.Str("appRoleId"), time.Now())
	if made.Str("appRoleId") == "" {
		made = made.With(state.Set(schema.Assignments, "appRoleId", schema.ZeroRole))
	}
	if id := o.ID; len(id) == 43 {
		made.ID = id
	}
	if at := o.Value("createdDateTime"); at != nil {
		made = made.With(state.Set(schema.Assignments, "createdDateTime", at))
	}
	if err := checkNewAssignment(l.View, made); err != nil {
		l.fail("%s", err.message)
	}
	l.Put(made)
	return made
}
