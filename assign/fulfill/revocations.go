package fulfill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// Present is what a snapshot is compared with: the directory and the reviews as
// they are now.
type Present struct {
	Access Access
	// Users holds the status of each person of the snapshot by object id. One
	// who is missing here was not looked up.
	Users map[string]UserStatus
	// Reviews are those whose decisions count; none is no mistake. Of several
	// decisions on one role the latest counts.
	Reviews []Review
}

// A Loss is one role that the person of an account no longer holds, or should no longer.
type Loss struct {
	AppRoleID string `json:"appRoleId"`
	AppRole   string `json:"appRole,omitempty"`
	Cause     Cause  `json:"cause"`
	// Grant is the id of the assignment that was held. Who is given the role
	// anew and loses it again loses another grant.
	Grant string `json:"grant"`
	// Review, By, At and Justification are of the latest decision if that was a denial.
	Review        string     `json:"review,omitempty"`
	By            string     `json:"by,omitempty"`
	At            *time.Time `json:"at,omitempty"`
	Justification string     `json:"justification,omitempty"`
	// Through are the groups through which the role is still held, and Packages
	// the access packages that deliver it and may give it back.
	Through  []string `json:"through,omitempty"`
	Packages []string `json:"packages,omitempty"`
}

// A Revocation is one account of the application whose person lost access.
type Revocation struct {
	Account       AppAccount `json:"account"` // its Key is empty for a person who had a role and no account
	PrincipalID   string     `json:"principalId"`
	PrincipalName string     `json:"principalName,omitempty"`
	User          UserStatus `json:"user"`
	Lost          []Loss     `json:"lost"`            // sorted by role
	Keeps         []string   `json:"keeps,omitempty"` // display names of the roles that the person still holds
}

// An AccountAction is what is to be done with an account.
type AccountAction string

// What is to be done with an account of the application.
const (
	CloseAccount AccountAction = "closeAccount" // nothing is left to its person
	RemoveRoles  AccountAction = "removeRoles"  // other roles are
	LookInto     AccountAction = "lookInto"     // nothing yet: the directory must be put right first
)

// Action says what is to be done with the account.
func (r Revocation) Action() AccountAction {
	switch {
	case !slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Cause.Lost() }):
		return LookInto
	case len(r.Keeps) > 0:
		return RemoveRoles
	default:
		return CloseAccount
	}
}

// Revocations say, by the application's own accounts, who lost access since a
// snapshot was taken, and why.
type Revocations struct {
	ResourceID  string       `json:"resourceId"`
	Application string       `json:"application"`
	Since       time.Time    `json:"since"`    // Snapshot.Taken
	Accounts    []Revocation `json:"accounts"` // sorted by the account's key
	// NoAccount are people who lost a role and whose account the snapshot doesn't
	// know: they held the role and no row of the roster was theirs.
	NoAccount []Revocation `json:"noAccount"`
	Kept      int          `json:"kept"`    // roles that are held as they were
	Waiting   int          `json:"waiting"` // of these, denied in a review that is not applied yet
}

// NewRevocations compares a snapshot with the present. It is a function of its
// arguments alone. If anything was not read to its end (the assignments, a
// group's members, a person's status, a review's decisions) there is no list but
// an [*IncompleteError]: an answer that was cut short would close accounts.
// Another application's assignments are assign.ErrOtherApplication.
func NewRevocations(snapshot Snapshot, now Present) (*Revocations, error) {
	held, err := now.Access.holders(snapshot.ResourceID)
	if err != nil {
		return nil, err
	}
	rulings, err := newRulings(now.Reviews)
	if err != nil {
		return nil, err
	}
	c := comparison{held: held, rulings: rulings, users: make(map[string]UserStatus), names: snapshot.Roles,
		list: &Revocations{ResourceID: snapshot.ResourceID, Application: snapshot.Application, Since: snapshot.Taken,
			Accounts: []Revocation{}, NoAccount: []Revocation{}}}
	for id, status := range now.Users {
		c.users[strings.ToLower(id)] = status
	}
	for _, person := range snapshot.People {
		if err := c.compare(person); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(c.list.Accounts, func(a, b Revocation) int {
		return cmp.Or(strings.Compare(roster.Fold(a.Account.Key), roster.Fold(b.Account.Key)), strings.Compare(a.Account.Key, b.Account.Key))
	})
	return c.list, nil
}

// A comparison is one run of NewRevocations.
type comparison struct {
	held    holders
	rulings rulings
	users   map[string]UserStatus
	names   map[string]string // of roles, by id
	list    *Revocations
}

func (c *comparison) compare(person Person) error {
	if len(person.Held) == 0 {
		return nil
	}
	status := c.users[strings.ToLower(person.PrincipalID)]
	switch status {
	case UserIsEnabled, UserIsDisabled, UserIsDeleted:
	default:
		return &IncompleteError{Question: whoLost, Missing: fmt.Sprintf("the user %s was not looked up (the status is %q)",
			cmp.Or(person.PrincipalName, person.PrincipalID), status)}
	}
	revocation := Revocation{PrincipalID: person.PrincipalID, PrincipalName: person.PrincipalName, User: status}
	for _, before := range person.Held {
		if before.gives() {
			if loss, lost := c.loss(person, before, status); lost {
				revocation.Lost = append(revocation.Lost, loss)
			}
		}
	}
	if len(revocation.Lost) == 0 {
		return nil
	}
	revocation.Keeps = c.keeps(revocation)
	if len(person.Accounts) == 0 {
		c.list.NoAccount = append(c.list.NoAccount, revocation)
	}
	for _, account := range person.Accounts {
		revocation.Account = account
		c.list.Accounts = append(c.list.Accounts, revocation)
	}
	return nil
}

// loss says whether and why one role is lost.
func (c *comparison) loss(person Person, before HeldRole, status UserStatus) (Loss, bool) {
	now := c.now(person.PrincipalID, before.AppRoleID)
	ruling := c.rulings.on(person.PrincipalID, before.AppRoleID)
	f := facts{wasDirect: len(before.by(Directly)) > 0, isDirect: len(now.by(Directly)) > 0, isGroup: len(now.by(ThroughGroup)) > 0,
		denied: ruling != nil && ruling.denied(), deleted: status == UserIsDeleted, disabled: status == UserIsDisabled && !person.Disabled}
	f.applied = f.denied && ruling.applied
	loss := Loss{AppRoleID: before.AppRoleID, AppRole: c.names[before.AppRoleID], Cause: causeOf(f), Grant: before.Paths[0].AssignmentID,
		Through: now.by(ThroughGroup), Packages: now.by(ThroughPackage)}
	if f.denied {
		loss.Review, loss.By, loss.Justification = ruling.review, ruling.ReviewedBy, ruling.Justification
		if !ruling.Reviewed.IsZero() {
			at := ruling.Reviewed.UTC()
			loss.At = &at
		}
	}
	if loss.Cause == "" {
		c.list.Kept++
		if f.denied {
			c.list.Waiting++
		}
	}
	return loss, loss.Cause != ""
}

func (c *comparison) now(principal, role string) HeldRole {
	for _, held := range c.held.roles(principal) {
		if strings.EqualFold(held.AppRoleID, role) {
			return held
		}
	}
	return HeldRole{}
}

// keeps names the roles that are left to a person who can sign in.
func (c *comparison) keeps(r Revocation) []string {
	if r.User == UserIsDeleted || slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Cause == UserDisabled }) {
		return nil
	}
	var names []string
	for _, role := range c.held.roles(r.PrincipalID) {
		lost := slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.AppRoleID == role.AppRoleID && l.Cause.Lost() })
		if role.gives() && !lost {
			names = append(names, cmp.Or(c.names[role.AppRoleID], role.AppRoleID))
		}
	}
	return names
}
