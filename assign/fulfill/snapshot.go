package fulfill

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// A Snapshot keeps who held what when the roster was imported, and which of the
// application's own accounts were theirs. After a review the directory no longer
// knows: the assignment is gone, and perhaps the user too.
type Snapshot struct {
	ResourceID  string    `json:"resourceId"` // object id of the service principal
	Application string    `json:"application"`
	Taken       time.Time `json:"taken"`
	// Roles holds the display name of each role of the application by its id.
	Roles  map[string]string `json:"roles"`
	People []Person          `json:"people"` // sorted by PrincipalID
	// Hidden are groups that held roles then and whose members could not all be
	// seen. Whoever had access through them alone holds nothing here.
	Hidden []HiddenGroup `json:"hidden,omitempty"`
}

// A Person is a user who had an account in the application, or a role of it.
type Person struct {
	PrincipalID   string       `json:"principalId"`
	PrincipalName string       `json:"principalName,omitempty"`
	Disabled      bool         `json:"disabled,omitempty"` // couldn't sign in even then
	Held          []HeldRole   `json:"held"`               // may be empty
	Accounts      []AppAccount `json:"accounts"`           // sorted by Key; may be empty
}

// An AppAccount is an account in the application's own store.
type AppAccount struct {
	// Key is the application's own name for the account.
	Key string `json:"key"`
	// Rows are the rows of the roster that were this account.
	Rows []assign.Source `json:"rows"`
	// Columns are those that SnapshotOptions.Keep asks for, of the first row.
	Columns map[string]string `json:"columns,omitempty"`
}

// An Account is a row of the roster with its user. match.Outcome is one.
type Account interface {
	assign.Account
	// Enabled reports whether the row has a user and that user can sign in.
	Enabled() bool
}

// SnapshotOptions are the options of [NewSnapshot].
type SnapshotOptions struct {
	// Column holds the application's own name for an account, such as a login;
	// "" means the key by which the row was looked up, which also stands in for
	// an empty cell, and for NULL and the like.
	Column string
	// Keep are columns that whoever closes an account wants to see.
	Keep []string
}

// NewSnapshot takes a snapshot of an application: of all accounts whose user is
// known, and of all users who hold a role. taken is the time of reading, for
// people. An unfinished access is refused with [assign.ErrUnfinished].
func NewSnapshot[A Account](app assign.App, accounts iter.Seq[A], access Access, taken time.Time,
	opts *SnapshotOptions) (Snapshot, error) {
	if opts == nil {
		opts = new(SnapshotOptions)
	}
	held, err := access.holders(app.ResourceID)
	if err != nil {
		return Snapshot{}, err
	}
	people := make(map[string]*Person)
	for account := range accounts {
		if id, _ := account.Principal(); id != "" {
			personIn(people, id).addAccount(account, opts)
		}
	}
	for id := range held {
		personIn(people, id)
	}
	for _, a := range access.Assignments {
		if person := people[strings.ToLower(a.PrincipalID)]; person != nil {
			person.PrincipalName = cmp.Or(person.PrincipalName, a.PrincipalDisplayName)
		}
	}
	snapshot := Snapshot{ResourceID: strings.ToLower(app.ResourceID), Application: app.DisplayName, Taken: taken.UTC(),
		Roles: make(map[string]string), People: []Person{}, Hidden: access.hiddenGroups()}
	for _, role := range app.Roles {
		snapshot.Roles[strings.ToLower(role.ID)] = role.DisplayName
	}
	for id, person := range people {
		person.Held = append(person.Held, held.roles(id)...)
		snapshot.People = append(snapshot.People, *person)
	}
	snapshot.sort()
	return snapshot, nil
}

func personIn(people map[string]*Person, id string) *Person {
	id = strings.ToLower(id)
	if people[id] == nil {
		people[id] = &Person{PrincipalID: id, Held: []HeldRole{}, Accounts: []AppAccount{}}
	}
	return people[id]
}

// noNames stand where an account has no name.
var noNames = roster.NewPlaceholders(nil)

// addAccount adds a row. Rows of one account, such as one for each role, are merged.
func (p *Person) addAccount(account Account, opts *SnapshotOptions) {
	_, name := account.Principal()
	p.PrincipalName = cmp.Or(p.PrincipalName, name)
	p.Disabled = !account.Enabled()
	row, key := account.Account()
	if opts.Column != "" {
		if name := strings.TrimSpace(row.Get(opts.Column)); name != "" && !noNames.Has(name) {
			key = name
		}
	}
	i := slices.IndexFunc(p.Accounts, func(a AppAccount) bool { return roster.Fold(a.Key) == roster.Fold(key) })
	if i < 0 {
		i = len(p.Accounts)
		p.Accounts = append(p.Accounts, AppAccount{Key: key, Columns: columnsOf(row, opts.Keep)})
	}
	p.Accounts[i].Rows = append(p.Accounts[i].Rows, assign.SourceOf(account))
}

func columnsOf(row roster.Row, names []string) map[string]string {
	if len(names) == 0 {
		return nil
	}
	columns := make(map[string]string, len(names))
	for _, name := range names {
		columns[name] = row.Get(name)
	}
	return columns
}

func (s *Snapshot) sort() {
	slices.SortFunc(s.People, func(a, b Person) int { return strings.Compare(a.PrincipalID, b.PrincipalID) })
	for _, person := range s.People {
		slices.SortFunc(person.Accounts, func(a, b AppAccount) int { return strings.Compare(a.Key, b.Key) })
		for _, account := range person.Accounts {
			slices.SortFunc(account.Rows, assign.Source.Compare)
		}
	}
}

// snapshotKind marks snapshot files. If the fields change, so must the version.
var snapshotKind = document.Kind{Name: "rollcall snapshot", Version: 1}

type snapshotDocument struct {
	document.Stamp
	Snapshot
}

// Encode writes the snapshot as JSON with a version, the same bytes for equal snapshots.
func (s Snapshot) Encode(w io.Writer) error {
	return snapshotKind.Encode(w, snapshotDocument{snapshotKind.Stamp(), s})
}

// DecodeSnapshot reads what [Snapshot.Encode] wrote. It refuses a file that is
// cut short with assign.ErrTruncated, one of another version with
// assign.ErrVersion, and anything else with assign.ErrMalformed.
func DecodeSnapshot(r io.Reader) (Snapshot, error) {
	var file snapshotDocument
	if err := snapshotKind.Decode(r, &file); err != nil {
		return Snapshot{}, err
	}
	if file.ResourceID == "" {
		return Snapshot{}, snapshotKind.Refuse(assign.ErrMalformed, "it names no application")
	}
	return file.Snapshot, nil
}

// ForApplication returns an error that wraps [assign.ErrOtherApplication] unless
// the snapshot is of the service principal with that object id.
func (s Snapshot) ForApplication(resourceID string) error {
	return snapshotKind.ForApplication(s.Application, s.ResourceID, resourceID)
}
