package fulfill

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// A Loss is one role that a user no longer has, or should no longer.
type Loss struct {
	ID          string    `json:"id,omitempty"` // in the journal; "" if it is not lost
	PrincipalID string    `json:"principalId"`
	AppRoleID   string    `json:"appRoleId,omitempty"` // "" if no look showed which
	Cause       Cause     `json:"cause"`
	At          time.Time `json:"at"` // of the look that found it
	// Grant is the id of the assignment that was held.
	Grant string `json:"grant,omitempty"`
	// Review, By, Decided and Justification are of the latest decision if that was a
	// denial. Tied says that another decision was taken at the same time.
	Review        string    `json:"review,omitempty"`
	By            string    `json:"by,omitempty"`
	Decided       time.Time `json:"decided,omitzero"`
	Justification string    `json:"justification,omitempty"`
	Tied          bool      `json:"tied,omitempty"`
	// Through are the groups through which the role is still held, or may be held
	// unseen (MaybeThroughGroup), and Packages the access packages that deliver it and
	// may give it back.
	Through  []string `json:"through,omitempty"`
	Packages []string `json:"packages,omitempty"`

	// AppRole and PrincipalName are for people; they are set in lists and tickets.
	AppRole       string `json:"appRole,omitempty"`
	PrincipalName string `json:"principalName,omitempty"`
}

func (l *Loss) decidedBy(d *reviewDecision) {
	l.Review, l.By, l.Justification, l.Tied = d.Review, d.ReviewedBy, d.Justification, d.tied
	if !d.Reviewed.IsZero() {
		l.Decided = d.Reviewed.UTC()
	}
}

// A PersonRef names a user.
type PersonRef struct {
	ID     string     `json:"id"`
	Name   string     `json:"name,omitempty"`
	Status UserStatus `json:"status,omitempty"`
}

// String names the user for people.
func (p PersonRef) String() string { return cmp.Or(p.Name, p.ID) }

// A Revocation is one account of the application whose people lost access, or who
// should have one.
type Revocation struct {
	Account AppAccount  `json:"account"` // its ID is empty if there is no account
	People  []PersonRef `json:"people"`  // who lost access, or lacks an account
	// Lost are the losses, and what is to be looked into, by person and role.
	Lost []Loss `json:"lost,omitempty"`
	// Keeps are the display names of the roles that the account keeps, or that it is to
	// be opened with, and of those that a person may hold unseen.
	Keeps []string `json:"keeps,omitempty"`
	// Others are people whose account this is too, and who don't have to lose it.
	Others []string `json:"others,omitempty"`

	lack  string // the id of the lack, if an account is to be opened
	holds bool   // one of its people has a role of the account, and that was seen
}

// An AccountAction is what is to be done with an account.
type AccountAction string

// What is to be done with an account of the application.
const (
	CloseAccount AccountAction = "closeAccount" // its people have no role left
	RemoveRoles  AccountAction = "removeRoles"  // its person keeps other roles
	OpenAccount  AccountAction = "openAccount"  // somebody holds a role and has none
	LookInto     AccountAction = "lookInto"     // nothing yet: access has not gone, or the account is somebody else's too
)

// Action says what is to be done with the account.
func (r Revocation) Action() AccountAction {
	switch {
	case r.lack != "":
		return OpenAccount
	case len(r.Others) > 0, !slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Cause.Lost() }):
		return LookInto
	case len(r.Keeps) > 0:
		return RemoveRoles
	default:
		return CloseAccount
	}
}

// Revocations list what is to be done in the application: by its own accounts, who
// lost access and why, and who should have an account.
type Revocations struct {
	ResourceID  string    `json:"resourceId"`
	Application string    `json:"application"`
	Since       time.Time `json:"since"`              // State.Begun
	Looked      time.Time `json:"looked"`             // State.Looked
	Override    string    `json:"override,omitempty"` // RevocationOptions.Override
	Known       int       `json:"known"`              // accounts that there are
	// Accounts are those to close, to take roles from, or to look into, sorted by
	// their keys. One that is closed is not among them.
	Accounts []Revocation `json:"accounts"`
	// NoAccount are people who lost a role and whose account is not known: no row of
	// a list was theirs.
	NoAccount []Revocation `json:"noAccount"`
	// ToOpen are people who hold a role and have no account.
	ToOpen []Revocation `json:"toOpen"`
	// Back are accounts that were closed and are there again, though their people have
	// no access.
	Back []AppAccount `json:"back,omitempty"`
	// Untrue are tickets that were opened and whose reason has gone, as somebody has
	// access again: they should be withdrawn.
	Untrue []TicketRecord `json:"untrue,omitempty"`
	// Hidden are groups that hold roles, or held them at the look before, and whose
	// members could not all be seen. Whoever had access through them alone is not
	// listed.
	Hidden  []HiddenGroup `json:"hidden,omitempty"`
	Kept    int           `json:"kept"`    // roles that are held as they were
	Waiting int           `json:"waiting"` // of these, denied in a review that is not applied yet
}

// Revocations returns what is to be done in the application, as far as the journal
// knows. An account of several people is to be closed once all of them lost access,
// and until then to be looked into. Each account is asked for the roles that the list
// gave it, and for those that the list gave no account of its people.
func (s *State) Revocations() *Revocations {
	list := &Revocations{ResourceID: s.ResourceID, Application: s.Application, Since: s.Begun, Looked: s.Looked,
		Known: s.Known(), Hidden: mergeHidden(slices.Concat(s.WasHidden, s.Hidden)),
		Accounts: []Revocation{}, NoAccount: []Revocation{}, ToOpen: []Revocation{}} // empty lists in JSON, not null
	open := s.allLosses()
	claimed := s.claimedRoles()
	owners := make(map[string]bool) // people with an account, closed or not
	for _, id := range slices.Sorted(maps.Keys(s.Accounts)) {
		account := s.Accounts[id]
		for _, person := range account.People {
			owners[person] = true
		}
		revocation := s.revocation(account, open, claimed)
		if len(revocation.Lost) > 0 && account.live() {
			list.Accounts = append(list.Accounts, revocation)
			if account.Back && revocation.Action() == CloseAccount {
				list.Back = append(list.Back, account)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		if !owners[id] {
			list.NoAccount = append(list.NoAccount, Revocation{People: []PersonRef{s.ref(id)}, Lost: open[id],
				Keeps: s.keeps(id, AppAccount{}, nil)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Lacking)) {
		list.ToOpen = append(list.ToOpen, Revocation{People: []PersonRef{s.ref(id)}, lack: s.Lacking[id],
			Keeps: s.keeps(id, AppAccount{}, nil)})
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tickets)) {
		if record := s.Tickets[key]; record.Untrue && record.Status == TicketOpened {
			list.Untrue = append(list.Untrue, record)
		}
	}
	slices.SortStableFunc(list.Accounts, func(a, b Revocation) int {
		return cmp.Or(strings.Compare(roster.Fold(a.Account.Key), roster.Fold(b.Account.Key)),
			strings.Compare(a.Account.Key, b.Account.Key), strings.Compare(a.Account.ID, b.Account.ID))
	})
	return list
}

func (s *State) ref(id string) PersonRef {
	return PersonRef{ID: id, Name: s.People[id].Name, Status: s.People[id].Status}
}

// allLosses returns the losses, and what is to be looked into, by person, with names.
func (s *State) allLosses() map[string][]Loss {
	open := lossesOf(s.Losses)
	for _, finding := range s.Findings {
		open[finding.PrincipalID] = append(open[finding.PrincipalID], finding)
	}
	for id, list := range open {
		sortLosses(list)
		for i := range list {
			list[i].AppRole, list[i].PrincipalName = s.roleName(list[i].AppRoleID), s.nameOf(id)
		}
	}
	return open
}

// revocation returns what is to be done with an account; nothing if it lost nothing.
func (s *State) revocation(account AppAccount, open map[string][]Loss, claimed map[string]map[string]bool) Revocation {
	r := Revocation{Account: account}
	for _, person := range account.People {
		var lost []Loss
		for _, loss := range open[person] {
			if account.covers(loss.AppRoleID, claimed[person]) {
				lost = append(lost, s.asSeen(loss))
			}
		}
		keeps, unseen := s.keepsBoth(person, account, claimed[person])
		r.holds = r.holds || len(keeps) > 0
		keeps = append(keeps, unseen...)
		really := slices.ContainsFunc(lost, func(l Loss) bool { return l.Cause.Lost() })
		if len(lost) > 0 {
			r.People = append(r.People, s.ref(person))
			r.Lost = append(r.Lost, lost...)
		}
		r.Keeps = append(r.Keeps, keeps...)
		if len(account.People) > 1 && (!really || len(keeps) > 0) {
			r.Others = append(r.Others, s.nameOf(person))
		}
	}
	slices.Sort(r.Keeps)
	r.Keeps = slices.Compact(r.Keeps)
	return r
}

// asSeen returns a loss as it is to be listed: whoever may have the role again, through a
// group whose members are hidden, must not lose it.
func (s *State) asSeen(loss Loss) Loss {
	groups := hiddenIn(s.Hidden, loss.AppRoleID)
	if loss.Cause.Lost() && len(groups) > 0 && s.People[loss.PrincipalID].hasAccess() {
		loss.Cause, loss.Through = MaybeThroughGroup, groups
	}
	return loss
}

// keeps names the roles of an account that a person has, or may have unseen.
func (s *State) keeps(id string, account AppAccount, claimed map[string]bool) []string {
	seen, unseen := s.keepsBoth(id, account, claimed)
	return append(seen, unseen...)
}

// keepsBoth names the roles of an account that a person was seen to have, and the others
// that they may have unseen. A role that no account has is this one's, too.
func (s *State) keepsBoth(id string, account AppAccount, claimed map[string]bool) (seen, unseen []string) {
	person := s.People[id]
	if !person.hasAccess() {
		return nil, nil
	}
	for _, held := range person.Held {
		if account.mayHave(held.AppRoleID, claimed) {
			seen = append(seen, s.roleName(held.AppRoleID))
		}
	}
	for _, group := range s.Hidden {
		for _, role := range group.AppRoleIDs {
			name := s.roleName(role)
			if account.mayHave(role, claimed) && !slices.Contains(seen, name) && !slices.Contains(unseen, name) {
				unseen = append(unseen, name)
			}
		}
	}
	return seen, unseen
}
