package graphfake

import (
	"iter"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/graphfake/internal/state"
)

// AddUser puts a user into the directory and returns it completed. It panics
// if the user could not exist: no name, a name in use, a foreign domain.
func (s *Server) AddUser(u User) User {
	var o *object
	s.seed(func(l *loader) { o = l.user(u, stamp(time.Now())) })
	return userOf(o)
}

// AddUsers puts many users into the directory at once: a million of them take
// half a minute and 570 MB. It panics as AddUser does.
func (s *Server) AddUsers(list iter.Seq[User]) {
	s.seed(func(l *loader) {
		now := stamp(time.Now())
		for u := range list {
			l.user(u, now)
		}
	})
}

// AddApplication puts an app registration into the directory. It panics if it
// could not exist.
func (s *Server) AddApplication(a Application) Application {
	return applicationOf(s.add(applications, a.record(s)))
}

// AddServicePrincipal puts a service principal into the directory. What it
// leaves out is taken from the application with the same AppID, if there is
// one. It panics if the service principal could not exist.
func (s *Server) AddServicePrincipal(p ServicePrincipal) ServicePrincipal {
	return servicePrincipalOf(s.add(servicePrincipals, p.record(s)))
}

// AddGroup puts a group into the directory. It panics if the group could not
// exist, or has members that don't.
func (s *Server) AddGroup(g Group) Group {
	return groupOf(s.store.View(), s.add(groups, g.record()))
}

// AddAssignment gives a principal a role. It panics if the principal, the
// resource or the role doesn't exist, or the assignment exists already.
func (s *Server) AddAssignment(a AppRoleAssignment) AppRoleAssignment {
	return assignmentOf(s.add(assignments, recordOf(nil, a.textFields())))
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
	list := make([]User, 0, v.Live(users).Len())
	for _, o := range v.Live(users).Index(users.Prop("userPrincipalName"), "", "") {
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
	return collect(s.store.View().Bin(users).All(), userOf)
}

// Applications returns all app registrations, in order of id.
func (s *Server) Applications() []Application {
	return collect(s.store.View().Live(applications).All(), applicationOf)
}

// ServicePrincipals returns all service principals, in order of id.
func (s *Server) ServicePrincipals() []ServicePrincipal {
	return collect(s.store.View().Live(servicePrincipals).All(), servicePrincipalOf)
}

// Groups returns all groups, in order of id.
func (s *Server) Groups() []Group {
	v := s.store.View()
	return collect(v.Live(groups).All(), func(o *object) Group { return groupOf(v, o) })
}

// Assignments returns the role assignments on a resource, or all for "", in
// order of id.
func (s *Server) Assignments(resourceID string) []AppRoleAssignment {
	s.catchUp()
	tab := s.store.View().Live(assignments)
	if resourceID == "" {
		return collect(tab.All(), assignmentOf)
	}
	return collect(tab.Equal(assignments.Prop("resourceId"), resourceID), assignmentOf)
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
