package fulfill_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A model knows what a journal should say, in the slow and obvious way. It is made from
// what the package promises, and shares no code with it.
type model struct {
	begun, looked time.Time
	values        map[string]string // of roles, by all ids they have had; a role's value tells what it is
	holds         map[holding]period
	status        map[string]fulfill.UserStatus // of everybody who was seen
	blocked       map[string]bool               // disabled since they had a role
	hidden        map[string]bool               // roles of groups whose members can't be seen
	lost          []modelLoss                   // not regained
	findings      []modelLoss
	denials       map[string]string // what came of them
	accounts      []modelAccount
	lacks         map[string]int // people who need an account, and since when
	number        int            // of the last thing that was made
	opened        []modelTicket  // that the journal knows to be open
}

type holding struct{ person, role string }

// A period is a time in which somebody holds a role.
type period struct {
	notBefore time.Time // the look before the first that showed it
	direct    bool      // they had it themselves at some time
}

type modelLoss struct {
	number int
	holding
	cause fulfill.Cause
}

type modelAccount struct {
	number      int
	column, key string
	people      []string
	roles       []string // nil: not told
	dropped     []string // roles that it had and has not
	gone        time.Time
}

// A modelTicket is a ticket by what it asks for.
type modelTicket struct {
	action  fulfill.AccountAction
	account int // or the number of the lack
	name    string
	losses  []int
	wrong   bool   // and to be withdrawn: another ticket asks for less
	key     string // of one that is open
}

func (t modelTicket) String() string {
	return fmt.Sprint(t.action, " ", t.name, " ", t.account, t.losses)
}

func newModel(begun time.Time) *model {
	return &model{begun: begun, values: map[string]string{}, holds: map[holding]period{}, status: map[string]fulfill.UserStatus{},
		blocked: map[string]bool{}, hidden: map[string]bool{}, denials: map[string]string{}, lacks: map[string]int{}}
}

func (m *model) clone() *model {
	c := *m
	c.values, c.holds, c.status, c.blocked = maps.Clone(m.values), maps.Clone(m.holds), maps.Clone(m.status), maps.Clone(m.blocked)
	c.denials, c.lacks = maps.Clone(m.denials), maps.Clone(m.lacks)
	c.lost, c.accounts, c.opened = slices.Clone(m.lost), slices.Clone(m.accounts), slices.Clone(m.opened)
	return &c
}

// A modelLook is what a look shows.
type modelLook struct {
	time    time.Time
	roles   []assign.AppRole
	access  fulfill.Access
	users   map[string]fulfill.UserStatus
	reviews []fulfill.Review
	list    *listing
	knowing bool // the list tells roles
}

func (m *model) role(id string) string { return cmp.Or(m.values[id], id) }

// counts reports whether what a person holds counts.
func (m *model) counts(person string) bool {
	return !m.blocked[person] && m.status[person] != fulfill.UserIsDeleted
}

// held are the ways to roles that a look shows.
type held struct {
	direct map[holding]time.Time // when it was given
	group  map[holding]bool
}

func (m *model) read(look modelLook) held {
	h := held{map[holding]time.Time{}, map[holding]bool{}}
	m.hidden = make(map[string]bool)
	for _, a := range look.access.Assignments {
		role := m.role(a.AppRoleID)
		if a.PrincipalType == "User" {
			of := holding{a.PrincipalID, role}
			if a.CreatedDateTime.After(h.direct[of]) {
				h.direct[of] = a.CreatedDateTime
			}
			continue
		}
		for _, member := range look.access.Members[a.PrincipalID] {
			h.group[holding{member, role}] = true
		}
		if slices.Contains(look.access.Hidden, a.PrincipalID) {
			m.hidden[role] = true
		}
	}
	return h
}

// after returns what is known after a look; not ok if the look must be refused.
func (m *model) after(look modelLook) (n *model, ok bool) {
	n = m.clone()
	n.looked, n.findings = look.time, nil
	for _, role := range look.roles {
		n.values[role.ID] = role.Value
	}
	shown := n.read(look)
	for _, person := range n.people(shown, look) {
		was, now := m.status[person], look.users[person]
		n.status[person] = now
		hadSome := false
		for of := range m.holds {
			hadSome = hadSome || of.person == person
		}
		n.blocked[person] = now == fulfill.UserIsDisabled &&
			(m.blocked[person] || was == fulfill.UserIsDeleted || was == fulfill.UserIsEnabled && hadSome)
	}
	regained := make(map[int]bool)
	for _, of := range n.holdings(shown) {
		n.compare(m, of, shown, look, regained)
	}
	n.compareDenials(m, look)
	for _, loss := range m.lost {
		for i := range n.accounts {
			if regained[loss.number] && slices.Contains(n.accounts[i].people, loss.person) {
				n.accounts[i].dropped = minus(n.accounts[i].dropped, []string{loss.role})
			}
		}
	}
	n.lost = slices.DeleteFunc(n.lost, func(l modelLoss) bool { return regained[l.number] })
	if look.list != nil && !n.compareList(look) {
		return nil, false
	}
	n.compareLacks(look)
	for _, a := range n.accounts {
		if a.gone.IsZero() {
			n.withdraw(a.number)
		}
	}
	return n, true
}

func (m *model) people(shown held, look modelLook) []string {
	all := make(map[string]bool)
	for person := range m.status {
		all[person] = true
	}
	for of := range shown.direct {
		all[of.person] = true
	}
	for of := range shown.group {
		all[of.person] = true
	}
	if look.list != nil {
		for _, row := range look.list.rows {
			all[row.person] = true
		}
	}
	delete(all, "")
	return slices.Sorted(maps.Keys(all))
}

func (m *model) holdings(shown held) []holding {
	all := make(map[holding]bool)
	for of := range m.holds {
		all[of] = true
	}
	for of := range shown.direct {
		all[of] = true
	}
	for of := range shown.group {
		all[of] = true
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b holding) int {
		return cmp.Or(strings.Compare(a.person, b.person), strings.Compare(a.role, b.role))
	})
}

// compare decides on one role of one person.
func (m *model) compare(before *model, of holding, shown held, look modelLook, regained map[int]bool) {
	was, knew := before.holds[of]
	had := knew && before.counts(of.person)
	created, direct := shown.direct[of]
	gives := direct || shown.group[of]
	has := gives && m.counts(of.person)
	now := was
	if !knew || has && !had {
		now = period{notBefore: before.looked}
	}
	now.direct = had && was.direct || direct
	delete(m.holds, of)
	if gives {
		m.holds[of] = now
	}
	if has && !had {
		for _, loss := range before.lost {
			if loss.person == of.person && (loss.role == of.role || loss.role == "") {
				regained[loss.number] = true
			}
		}
	}
	if !had {
		return
	}
	since := was.notBefore
	if created.After(since) {
		since = created
	}
	decision, applied := m.latest(look.reviews, of.person, of.role, since)
	denied := decision != nil && decision.Decision == "Deny"
	applied = applied && denied
	switch {
	case m.status[of.person] == fulfill.UserIsDeleted && denied && !direct:
		m.lose(of, fulfill.Denied)
	case m.status[of.person] == fulfill.UserIsDeleted:
		m.lose(of, fulfill.UserDeleted)
	case m.blocked[of.person] && (gives || m.hidden[of.role]):
		m.lose(of, fulfill.UserDisabled)
	case direct && applied:
		m.findings = append(m.findings, modelLoss{0, of, fulfill.DeniedNotApplied})
	case direct:
	case gives && (applied || was.direct):
		m.findings = append(m.findings, modelLoss{0, of, fulfill.StillThroughGroup})
	case gives:
	case m.hidden[of.role]:
		m.findings = append(m.findings, modelLoss{0, of, fulfill.MaybeThroughGroup})
		m.holds[of] = was
	case denied:
		m.lose(of, fulfill.Denied)
	default:
		m.lose(of, fulfill.RemovedOtherwise)
	}
}

func (m *model) lose(of holding, cause fulfill.Cause) {
	m.number++
	m.lost = append(m.lost, modelLoss{m.number, of, cause})
}

// latest is the last decision on a role that was not taken before somebody had it. Of two
// at one instant the denial counts.
func (m *model) latest(reviews []fulfill.Review, person, role string, since time.Time) (last *fulfill.Decision, applied bool) {
	for _, review := range reviews {
		for _, d := range review.Decisions {
			about := d.AppRoleID == "" || m.role(d.AppRoleID) == role
			if d.PrincipalID != person || !about || d.Reviewed.Before(since) {
				continue
			}
			if last == nil || d.Reviewed.After(last.Reviewed) || d.Reviewed.Equal(last.Reviewed) && d.Decision == "Deny" {
				last, applied = &d, review.Applied
			}
		}
	}
	return last, applied
}

// compareDenials finds those that were carried out on somebody whom no look showed with
// access.
func (m *model) compareDenials(before *model, look modelLook) {
	type denial struct {
		fulfill.Decision
		review string
	}
	var all []denial
	for _, review := range look.reviews {
		for _, d := range review.Decisions {
			if d.Decision == "Deny" {
				all = append(all, denial{d, review.Name})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b denial) int { return b.Reviewed.Compare(a.Reviewed) })
	for _, d := range all {
		id := fmt.Sprint(d.review, d.PrincipalID, d.AppRoleID, d.Reviewed)
		result, known := m.denials[id]
		m.denials[id] = d.ApplyResult
		role := ""
		if d.AppRoleID != "" {
			role = m.role(d.AppRoleID)
		}
		last, _ := m.latest(look.reviews, d.PrincipalID, role, d.Reviewed)
		if known && result == d.ApplyResult || d.ApplyResult != "AppliedSuccessfully" || d.Reviewed.Before(m.begun) ||
			last == nil || !last.Reviewed.Equal(d.Reviewed) {
			continue
		}
		concerns := func(of holding) bool { return of.person == d.PrincipalID && (role == "" || of.role == role) }
		there := false
		for of := range before.holds {
			there = there || concerns(of)
		}
		for of := range m.holds {
			there = there || concerns(of)
		}
		for _, loss := range m.lost {
			there = there || concerns(loss.holding) || loss.holding == holding{d.PrincipalID, ""}
		}
		if !there {
			m.lose(holding{d.PrincipalID, role}, fulfill.Denied)
			m.status[d.PrincipalID] = look.users[d.PrincipalID]
		}
	}
}

func minus(all, without []string) (rest []string) {
	for _, one := range all {
		if !slices.Contains(without, one) {
			rest = append(rest, one)
		}
	}
	return rest
}

func plus(all, more []string) []string {
	sum := slices.Concat(all, minus(more, all))
	slices.Sort(sum)
	return sum
}

// claimed reports whether the list gave a role to some account of a person.
func (m *model) claimed(of holding) bool {
	return slices.ContainsFunc(m.accounts, func(a modelAccount) bool {
		return slices.Contains(a.people, of.person) && slices.Contains(a.roles, of.role)
	})
}

// todo returns what is to be done with an account: the losses that it must follow, and
// what for.
func (m *model) todo(a modelAccount) (action fulfill.AccountAction, losses []modelLoss, keeps []string) {
	others := false
	for _, person := range a.people {
		var lost []modelLoss
		for _, loss := range m.lost {
			has := a.roles == nil || slices.Contains(a.roles, loss.role) || !m.claimed(loss.holding)
			_, unseen := m.hidden[loss.role]
			if unseen && m.counts(person) {
				continue // they may have it again
			}
			if loss.person == person && (loss.role == "" || has && !slices.Contains(a.dropped, loss.role)) {
				lost = append(lost, loss)
			}
		}
		kept := m.keeps(a, person)
		others = others || len(a.people) > 1 && (len(lost) == 0 || len(kept) > 0)
		losses, keeps = append(losses, lost...), plus(keeps, kept)
	}
	switch {
	case others || len(losses) == 0:
		return fulfill.LookInto, losses, keeps
	case len(keeps) > 0:
		return fulfill.RemoveRoles, losses, keeps
	}
	return fulfill.CloseAccount, losses, keeps
}

// keeps are the roles of an account that a person still has, or may have unseen: its own,
// and those that no account has.
func (m *model) keeps(a modelAccount, person string) (roles []string) {
	if !m.counts(person) {
		return nil
	}
	its := func(role string) bool {
		return a.roles == nil || slices.Contains(a.roles, role) || !m.claimed(holding{person, role})
	}
	for of := range m.holds {
		if of.person == person && its(of.role) {
			roles = plus(roles, []string{of.role})
		}
	}
	for role := range m.hidden {
		if its(role) {
			roles = plus(roles, []string{role})
		}
	}
	return roles
}

// due are the tickets that are missing: one for what an account must lose and no ticket
// asks for, and one for each who needs an account. A ticket that is open stands while all
// its reasons do.
func (m *model) due() (due []modelTicket) {
	for _, a := range m.accounts {
		action, losses, _ := m.todo(a)
		if !a.gone.IsZero() || action == fulfill.LookInto {
			continue
		}
		ticket := modelTicket{action: action, account: a.number, name: a.key}
		for _, loss := range losses {
			stands := func(t modelTicket) bool {
				return (t.action == action || t.action == fulfill.CloseAccount) && t.account == a.number &&
					slices.Contains(t.losses, loss.number) && m.stands(t)
			}
			if !slices.ContainsFunc(m.opened, stands) {
				ticket.losses = append(ticket.losses, loss.number)
			}
		}
		if slices.Sort(ticket.losses); len(ticket.losses) > 0 {
			due = append(due, ticket)
		}
	}
	for person, number := range m.lacks {
		ticket := modelTicket{action: fulfill.OpenAccount, account: number, name: person}
		if !slices.ContainsFunc(m.opened, func(t modelTicket) bool { return t.account == number && t.action == ticket.action }) {
			due = append(due, ticket)
		}
	}
	return due
}

// stands reports whether all reasons of a ticket are still true.
func (m *model) stands(t modelTicket) bool {
	if t.action == fulfill.OpenAccount {
		return m.lacks[t.name] == t.account
	}
	if t.wrong || !m.open(t.losses) {
		return false
	}
	return t.action != fulfill.CloseAccount || !slices.ContainsFunc(m.accounts, func(a modelAccount) bool {
		return a.number == t.account && m.hasSome(a)
	})
}

// open reports whether none of those losses has ended.
func (m *model) open(losses []int) bool {
	return !slices.ContainsFunc(losses, func(number int) bool {
		return !slices.ContainsFunc(m.lost, func(l modelLoss) bool { return l.number == number })
	})
}

// hasSome reports whether one of an account's people was seen to have a role of it.
func (m *model) hasSome(a modelAccount) bool {
	seen := *m
	seen.hidden = nil
	_, _, keeps := seen.todo(a)
	return len(keeps) > 0
}

// withdraw notes that the tickets to close an account are wrong, as one of its people has a
// role of it.
func (m *model) withdraw(account int) {
	for i, t := range m.opened {
		of := slices.IndexFunc(m.accounts, func(a modelAccount) bool { return a.number == account })
		if t.account == account && t.action == fulfill.CloseAccount && m.hasSome(m.accounts[of]) {
			m.opened[i].wrong = true
		}
	}
}

// compareLacks finds who holds a role, can sign in, and has no account.
func (m *model) compareLacks(look modelLook) {
	whole := look.list != nil && look.list.unread == 0
	before := maps.Clone(m.lacks)
	for person, status := range m.status {
		entitled, owns := false, false
		for of := range m.holds {
			entitled = entitled || of.person == person && status == fulfill.UserIsEnabled
		}
		for _, a := range m.accounts {
			owns = owns || a.gone.IsZero() && slices.Contains(a.people, person)
		}
		_, known := before[person]
		switch {
		case known && (owns || !entitled):
			delete(m.lacks, person)
		case !known && entitled && !owns && whole && look.list.mayBe != person:
			m.number++
			m.lacks[person] = m.number
		}
	}
}
