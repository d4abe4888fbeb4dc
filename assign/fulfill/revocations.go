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
	// Users holds the status of each person of the snapshot by object id. Whoever
	// is missing here was not looked up.
	Users map[string]UserStatus
	// Reviews are those whose decisions count; there may be none. Of several
	// decisions on one role the latest counts.
	Reviews []Review
}

// A Loss is one role that the person of an account no longer holds, or should no longer.
type Loss struct {
	AppRoleID string `json:"appRoleId"`
	AppRole   string `json:"appRole,omitempty"`
	Cause     Cause  `json:"cause"`
	// Grant is the id of the assignment that was held. Somebody who is given the
	// role again and loses it again loses another grant.
	Grant string `json:"grant"`
	// Review, By, At and Justification are of the latest decision if that was a denial.
	Review        string     `json:"review,omitempty"`
	By            string     `json:"by,omitempty"`
	At            *time.Time `json:"at,omitempty"`
	Justification string     `json:"justification,omitempty"`
	// Through are the groups through which the role is still held, or may be held
	// unseen (MaybeThroughGroup), and Packages the access packages that deliver it and may give it back.
	Through  []string `json:"through,omitempty"`
	Packages []string `json:"packages,omitempty"`
}

// A Revocation is one account of the application whose person lost access.
type Revocation struct {
	Account       AppAccount `json:"account"` // its Key is empty for a person who had a role and no account
	PrincipalID   string     `json:"principalId"`
	PrincipalName string     `json:"principalName,omitempty"`
	User          UserStatus `json:"user"`
	Lost          []Loss     `json:"lost"` // sorted by role
	// Keeps are the display names of the roles that the person still holds, or may
	// hold through one of Revocations.Hidden.
	Keeps []string `json:"keeps,omitempty"`
	// Others are people whose account this is too, and who don't have to lose it.
	Others []string `json:"others,omitempty"`
}

// An AccountAction is what is to be done with an account.
type AccountAction string

// What is to be done with an account of the application.
const (
	CloseAccount AccountAction = "closeAccount" // its person has no role left
	RemoveRoles  AccountAction = "removeRoles"  // its person keeps other roles
	LookInto     AccountAction = "lookInto"     // nothing yet: access has not gone, or the account is somebody else's too
)

// Action says what is to be done with the account.
func (r Revocation) Action() AccountAction {
	switch {
	case len(r.Others) > 0, !slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Cause.Lost() }):
		return LookInto
	case len(r.Keeps) > 0:
		return RemoveRoles
	default:
		return CloseAccount
	}
}

// Revocations list, by the application's own accounts, who lost access since a
// snapshot was taken, and why.
type Revocations struct {
	ResourceID  string       `json:"resourceId"`
	Application string       `json:"application"`
	Since       time.Time    `json:"since"`              // Snapshot.Taken
	Override    string       `json:"override,omitempty"` // RevocationOptions.Override
	Known       int          `json:"known"`              // accounts in the snapshot
	Accounts    []Revocation `json:"accounts"`           // sorted by the account's key
	// NoAccount are people who lost a role and whose account the snapshot doesn't
	// know: they held the role and no row of the roster was theirs.
	NoAccount []Revocation `json:"noAccount"`
	// Hidden are groups that hold roles, or held them when the snapshot was taken,
	// and whose members could not all be seen. Whoever had access through them
	// alone when the snapshot was taken is not listed.
	Hidden  []HiddenGroup `json:"hidden,omitempty"`
	Kept    int           `json:"kept"`    // roles that are held as they were
	Waiting int           `json:"waiting"` // of these, denied in a review that is not applied yet
}

// NewRevocations compares a snapshot with the present. An account of several people
// is to be closed once all of them lost access, and until then to be looked into. Nil
// opts mean the defaults. The result depends on the arguments alone. If anything was
// not read to its end (the assignments, a group's members, a person's status, a
// review's decisions), there is no list but an error that wraps
// [assign.ErrUnfinished], because an answer that was cut short would close accounts.
// Another application's assignments are refused with [assign.ErrOtherApplication], and
// more accounts than the limits allow with a [*LimitError].
func NewRevocations(snapshot Snapshot, now Present, opts *RevocationOptions) (*Revocations, error) {
	if opts == nil {
		opts = new(RevocationOptions)
	}
	held, err := now.Access.holders(snapshot.ResourceID)
	if err != nil {
		return nil, err
	}
	decisions, err := newDecisionsByUser(now.Reviews)
	if err != nil {
		return nil, err
	}
	hidden := now.Access.hiddenGroups()
	c := comparison{held: held, hidden: hidden, decisions: decisions, users: make(map[string]UserStatus),
		roleNames: snapshot.Roles,
		list: &Revocations{ResourceID: snapshot.ResourceID, Application: snapshot.Application, Since: snapshot.Taken,
			Override: strings.TrimSpace(opts.Override), Hidden: mergeHidden(slices.Concat(snapshot.Hidden, hidden)),
			Accounts: []Revocation{}, NoAccount: []Revocation{}}} // empty lists in JSON, not null
	for id, status := range now.Users {
		c.users[strings.ToLower(id)] = status
	}
	for _, person := range snapshot.People {
		if err := c.compare(person); err != nil {
			return nil, err
		}
		c.list.Known += len(person.Accounts)
	}
	c.list.findOthers(snapshot.People)
	if err := opts.check(c.list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.list.Accounts, func(a, b Revocation) int {
		return cmp.Or(strings.Compare(roster.Fold(a.Account.Key), roster.Fold(b.Account.Key)),
			strings.Compare(a.Account.Key, b.Account.Key))
	})
	return c.list, nil
}

// findOthers notes the people who share an account with somebody listed and are not
// listed with it to lose the same.
func (r *Revocations) findOthers(people []Person) {
	owners := make(map[string][]Person)
	for _, person := range people {
		for _, account := range person.Accounts {
			owners[accountKey(account.Key)] = append(owners[accountKey(account.Key)], person)
		}
	}
	actions := make(map[[2]string]AccountAction)
	for _, listed := range r.Accounts {
		actions[[2]string{listed.PrincipalID, accountKey(listed.Account.Key)}] = listed.Action()
	}
	for i := range r.Accounts {
		listed := &r.Accounts[i]
		key, action := accountKey(listed.Account.Key), listed.Action()
		for _, person := range owners[key] {
			if actions[[2]string{person.PrincipalID, key}] != action {
				listed.Others = append(listed.Others, cmp.Or(person.PrincipalName, person.PrincipalID))
			}
		}
	}
}

// A comparison is one call of NewRevocations.
type comparison struct {
	held      holders
	hidden    []HiddenGroup
	decisions decisionsByUser
	users     map[string]UserStatus
	roleNames map[string]string // by id
	list      *Revocations
}

func (c *comparison) compare(person Person) error {
	if len(person.Held) == 0 {
		return nil
	}
	status := c.users[strings.ToLower(person.PrincipalID)]
	switch status {
	case UserIsEnabled, UserIsDisabled, UserIsDeleted:
	default:
		return unfinished(whoLost, fmt.Sprintf("the user %s was not looked up (the status is %q)",
			roster.Printable(cmp.Or(person.PrincipalName, person.PrincipalID)), status), nil)
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

// loss returns how a role was lost, and whether it was.
func (c *comparison) loss(person Person, before HeldRole, status UserStatus) (Loss, bool) {
	now := c.heldNow(person.PrincipalID, before.AppRoleID)
	decision := c.decisions.latest(person.PrincipalID, before.AppRoleID)
	denied := decision != nil && decision.denied()
	cause := causeOf(facts{
		wasDirect: len(before.names(Directly)) > 0,
		isDirect:  len(now.names(Directly)) > 0,
		isGroup:   len(now.names(ThroughGroup)) > 0,
		isHidden:  len(hiddenIn(c.hidden, before.AppRoleID)) > 0,
		denied:    denied,
		applied:   denied && decision.applied,
		deleted:   status == UserIsDeleted,
		disabled:  status == UserIsDisabled && !person.Disabled,
	})
	loss := Loss{AppRoleID: before.AppRoleID, AppRole: c.roleNames[before.AppRoleID], Cause: cause,
		Grant: before.Paths[0].AssignmentID, Through: now.names(ThroughGroup), Packages: now.names(ThroughPackage)}
	if cause == MaybeThroughGroup {
		loss.Through = hiddenIn(c.hidden, before.AppRoleID)
	}
	if denied {
		loss.Review, loss.By, loss.Justification = decision.review, decision.ReviewedBy, decision.Justification
		if !decision.Reviewed.IsZero() {
			at := decision.Reviewed.UTC()
			loss.At = &at
		}
	}
	if loss.Cause == "" {
		c.list.Kept++
		if denied {
			c.list.Waiting++
		}
	}
	return loss, loss.Cause != ""
}

// heldNow returns how a user holds a role now.
func (c *comparison) heldNow(principal, role string) HeldRole {
	for _, held := range c.held.roles(principal) {
		if strings.EqualFold(held.AppRoleID, role) {
			return held
		}
	}
	return HeldRole{}
}

// keeps names the roles that a person keeps, or may keep unseen. Whoever can't
// sign in keeps none.
func (c *comparison) keeps(r Revocation) []string {
	if r.User == UserIsDeleted || slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Cause == UserDisabled }) {
		return nil
	}
	var names []string
	for _, role := range c.held.roles(r.PrincipalID) {
		lost := slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.AppRoleID == role.AppRoleID && l.Cause.Lost() })
		if role.gives() && !lost {
			names = append(names, cmp.Or(c.roleNames[role.AppRoleID], role.AppRoleID))
		}
	}
	for _, group := range c.hidden {
		for _, role := range group.AppRoleIDs {
			if name := cmp.Or(c.roleNames[role], role); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
