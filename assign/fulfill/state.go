package fulfill

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
)

// A State is what a journal says: the sum of its entries. Its maps must not be
// changed.
type State struct {
	ResourceID  string    `json:"resourceId"` // object id of the service principal
	Application string    `json:"application"`
	Tenant      string    `json:"tenant,omitempty"`
	Entries     int       `json:"entries"` // number of the last entry
	Begun       time.Time `json:"begun"`
	Looked      time.Time `json:"looked,omitzero"` // when the last look was made
	Listed      time.Time `json:"listed,omitzero"` // when the last list was read

	Roles    map[string]Role       `json:"roles"`    // by id
	People   map[string]Person     `json:"people"`   // by object id
	Accounts map[string]AppAccount `json:"accounts"` // by AppAccount.ID
	Losses   map[string]Loss       `json:"losses"`   // that have not ended, by Loss.ID
	// Findings are roles that somebody should look into: not lost, or perhaps not.
	Findings []Loss `json:"findings,omitempty"`
	// Hidden are groups that hold roles and whose members could not all be seen, in
	// the last look and in the one before.
	Hidden    []HiddenGroup `json:"hidden,omitempty"`
	WasHidden []HiddenGroup `json:"wasHidden,omitempty"`
	// MayBe are users whom rows without a user may mean.
	MayBe []string `json:"mayBe,omitempty"`
	// Lacking are people who hold a role and have no account, by object id, with the
	// id of the lack.
	Lacking map[string]string       `json:"lacking"`
	Denials map[string]string       `json:"denials"` // what came of denials, by what they are
	Tickets map[string]TicketRecord `json:"tickets"` // by key
	// Ours are the roles that rollcall gave and that were seen, by assignment id, and
	// Given those that no look has shown yet.
	Ours      map[string]Grant `json:"ours"`
	Given     []Grant          `json:"given,omitempty"`
	Campaigns []Campaign       `json:"campaigns,omitempty"`
	Runs      []Run            `json:"runs,omitempty"`
	// Carried are the losses that have not ended and have tickets in the ledger of an
	// older version.
	Carried []string `json:"carried,omitempty"`

	about map[string][]string // keys of tickets, by the losses, accounts and people they are about
}

func newState() *State {
	return &State{Roles: map[string]Role{}, People: map[string]Person{}, Accounts: map[string]AppAccount{},
		Losses: map[string]Loss{}, Lacking: map[string]string{}, Denials: map[string]string{},
		Tickets: map[string]TicketRecord{}, Ours: map[string]Grant{}}
}

// NewState returns what a journal of an application says that is begun at that time, for
// whoever wants to compare a look and write nothing.
func NewState(app assign.App, begun time.Time) *State {
	s := newState()
	s.apply(Entry{Time: begun.UTC(), Kind: EntryBegun,
		Begun: &Begun{ResourceID: strings.ToLower(app.ResourceID), Application: app.DisplayName}})
	return s
}

// clone returns a copy that entries can be added to.
func (s *State) clone() *State {
	c := *s
	c.about = nil
	c.Roles, c.People, c.Accounts = maps.Clone(s.Roles), maps.Clone(s.People), maps.Clone(s.Accounts)
	c.Losses, c.Lacking, c.Denials = maps.Clone(s.Losses), maps.Clone(s.Lacking), maps.Clone(s.Denials)
	c.Tickets, c.Ours = maps.Clone(s.Tickets), maps.Clone(s.Ours)
	c.fill()
	c.Campaigns, c.Runs, c.Given = slices.Clone(s.Campaigns), slices.Clone(s.Runs), slices.Clone(s.Given)
	return &c
}

// fill makes the maps that a file lacks.
func (s *State) fill() {
	empty := newState()
	if s.Roles == nil {
		s.Roles = empty.Roles
	}
	if s.People == nil {
		s.People = empty.People
	}
	if s.Accounts == nil {
		s.Accounts = empty.Accounts
	}
	if s.Losses == nil {
		s.Losses = empty.Losses
	}
	if s.Lacking == nil {
		s.Lacking = empty.Lacking
	}
	if s.Denials == nil {
		s.Denials = empty.Denials
	}
	if s.Tickets == nil {
		s.Tickets = empty.Tickets
	}
	if s.Ours == nil {
		s.Ours = empty.Ours
	}
}

// A Role is an app role of the application.
type Role struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	Value       string `json:"value,omitempty"`
	// Replaces is the id of a role of the same value or name that the application no
	// longer declares; both count as that one.
	Replaces string `json:"replaces,omitempty"`
}

// A Person is a user who has an account in the application, or holds a role of it.
type Person struct {
	ID     string     `json:"id"`
	Name   string     `json:"name,omitempty"`
	Status UserStatus `json:"status,omitempty"`
	// Blocked says that the user could sign in, held a role, and was disabled. One
	// who was disabled when first seen, such as a user made for the review, is not.
	Blocked bool       `json:"blocked,omitempty"`
	Held    []HeldRole `json:"held,omitempty"` // sorted by role
}

// hasAccess reports whether what the person holds counts.
func (p Person) hasAccess() bool { return !p.Blocked && p.Status != UserIsDeleted }

// held returns how a person holds a role.
func (p Person) held(role string) (HeldRole, bool) {
	i := slices.IndexFunc(p.Held, func(h HeldRole) bool { return h.AppRoleID == role })
	if i < 0 {
		return HeldRole{}, false
	}
	return p.Held[i], true
}

func (p Person) equal(q Person) bool {
	return p.Name == q.Name && p.Status == q.Status && p.Blocked == q.Blocked &&
		slices.EqualFunc(p.Held, q.Held, HeldRole.equal)
}

// An AppAccount is an account in the application's own store. An account of the same
// name that somebody else was given later is another one.
type AppAccount struct {
	ID     string `json:"id"`     // in the journal
	Column string `json:"column"` // of the list, that holds Key; "" if none does
	// Key is the application's own name for the account.
	Key string `json:"key"`
	// People are the users whose account it is, by object id, sorted.
	People []string `json:"people,omitempty"`
	// Roles are the roles that the list gave the account, sorted; nil if they are not
	// known: then it has all of its people's.
	Roles []string `json:"roles,omitempty"`
	// Dropped are roles that it had in the list, or was seen to have lost, and has not.
	Dropped []string `json:"dropped,omitempty"`
	// Rows are the rows of the list that were this account when it was new or changed.
	Rows []assign.Source `json:"rows,omitempty"`
	// Columns are those that ListOptions.Keep asks for, of the first row.
	Columns map[string]string `json:"columns,omitempty"`
	Since   time.Time         `json:"since"`         // when it was first seen
	Gone    time.Time         `json:"gone,omitzero"` // when it was seen to be closed
	// Back says that it was closed and is there again.
	Back bool `json:"back,omitempty"`
}

// live reports whether the account is there as far as is known.
func (a AppAccount) live() bool { return a.Gone.IsZero() }

// mayHave reports whether a role of its person's is the account's: the list gave it the
// role, or gave it to no account.
func (a AppAccount) mayHave(role string, claimed map[string]bool) bool {
	return a.Roles == nil || slices.Contains(a.Roles, role) || !claimed[role]
}

// covers reports whether the account must follow if its person loses a role: not if it is
// known to be without it.
func (a AppAccount) covers(role string, claimed map[string]bool) bool {
	return role == "" || a.mayHave(role, claimed) && !slices.Contains(a.Dropped, role)
}

func (a AppAccount) equal(b AppAccount) bool {
	return a.Column == b.Column && a.Key == b.Key && slices.Equal(a.People, b.People) &&
		(a.Roles == nil) == (b.Roles == nil) && slices.Equal(a.Roles, b.Roles) && slices.Equal(a.Dropped, b.Dropped) &&
		a.Gone.Equal(b.Gone) && a.Back == b.Back
}

// A Grant is a role that rollcall gave to a user, or took from them.
type Grant struct {
	PrincipalID   string `json:"principalId"`
	PrincipalName string `json:"principalName,omitempty"`
	AppRoleID     string `json:"appRoleId"`
	AppRole       string `json:"appRole,omitempty"`
	AssignmentID  string `json:"assignmentId,omitempty"` // "" until a look shows it
	// From and To are when it was made, before it has an id.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// A Run is one application of a plan.
type Run struct {
	Number  int       `json:"number"` // of its entry
	Time    time.Time `json:"time"`
	Added   int       `json:"added"`
	Removed int       `json:"removed"`
	Failed  int       `json:"failed,omitempty"` // changes that were not made, or perhaps not
}

// A Campaign is an access review that was begun.
type Campaign struct {
	Name  string    `json:"name"`
	Entry int       `json:"entry"` // its number: what was known before was reviewed
	Time  time.Time `json:"time"`
}

// ForApplication returns an error that wraps [assign.ErrOtherApplication] unless the
// journal is of the service principal with that object id.
func (s *State) ForApplication(resourceID string) error {
	return journalKind.ForApplication(s.Application, s.ResourceID, resourceID)
}

// Known returns how many accounts the application has, as far as is known.
func (s *State) Known() (n int) {
	for _, account := range s.Accounts {
		if account.live() {
			n++
		}
	}
	return n
}

// person returns the person with that id, who may be unknown.
func (s *State) person(id string) Person {
	person := s.People[id]
	person.ID = id
	return person
}

// nameOf names a person for people.
func (s *State) nameOf(id string) string { return cmp.Or(s.People[id].Name, id) }

// roleName names a role for people.
func (s *State) roleName(id string) string {
	if id == "" {
		return "access"
	}
	return cmp.Or(s.Roles[id].DisplayName, id)
}

// canonical returns the id under which a role is kept: that of the first of those
// that replaced one another.
func (s *State) canonical(role string) string {
	role = strings.ToLower(role)
	for range len(s.Roles) { // an end even for a circle
		if s.Roles[role].Replaces == "" {
			break
		}
		role = s.Roles[role].Replaces
	}
	return role
}

// lossesOf returns the losses of a person that have not ended, sorted by role.
func lossesOf(losses map[string]Loss) map[string][]Loss {
	of := make(map[string][]Loss)
	for _, id := range slices.Sorted(maps.Keys(losses)) {
		of[losses[id].PrincipalID] = append(of[losses[id].PrincipalID], losses[id])
	}
	for _, list := range of {
		sortLosses(list)
	}
	return of
}

// claimedRoles returns by person the roles that the list gave one of their accounts.
func (s *State) claimedRoles() map[string]map[string]bool {
	claimed := make(map[string]map[string]bool)
	for _, account := range s.Accounts {
		for _, person := range account.People {
			for _, role := range account.Roles {
				if claimed[person] == nil {
					claimed[person] = make(map[string]bool)
				}
				claimed[person][role] = true
			}
		}
	}
	return claimed
}
