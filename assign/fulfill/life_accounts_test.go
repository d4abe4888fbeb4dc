package fulfill_test

import (
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A modelRow is an account as the rows of its name show it.
type modelRow struct {
	key     string
	other   map[string]string // all its names
	people  []string
	unknown bool     // a row has no person
	roles   []string // nil: not told
	closed  bool
}

// accountRows are the accounts of a list, in its order.
func (l listing) accountRows(knowing bool) (all []modelRow) {
	for _, row := range l.rows {
		key := row.names[l.column]
		i := slices.IndexFunc(all, func(a modelRow) bool { return a.key == key })
		if i < 0 {
			i = len(all)
			all = append(all, modelRow{key: key, other: map[string]string{}, closed: true})
			for _, column := range l.columns {
				all[i].other[column] = row.names[column]
			}
			if knowing && len(row.roles) > 0 {
				all[i].roles = plus(nil, row.roles)
			}
		}
		if row.person == "" {
			all[i].unknown = true
		} else {
			all[i].people = plus(all[i].people, []string{row.person})
		}
		all[i].closed = all[i].closed && row.closed
	}
	return all
}

// shows reports whether a list shows an account of that name, that is not closed.
func (l listing) shows(column, key string) bool {
	return slices.ContainsFunc(l.rows, func(r listingRow) bool {
		return slices.Contains(l.columns, column) && r.names[column] == key && !r.closed
	})
}

// compareList compares the accounts of the list with those that are known; false if the
// list must be refused.
func (m *model) compareList(look modelLook) bool {
	list := look.list
	rows := list.accountRows(look.knowing)
	absent, ok := m.missing(*list, m.match(*list, rows))
	if !ok {
		return false
	}
	known := len(m.accounts)
	found := m.match(*list, rows)
	for i, row := range rows {
		at := slices.Index(found, i)
		if at >= 0 && len(m.accounts[at].people) > 0 && len(row.people) > 0 && !row.unknown &&
			len(minus(row.people, m.accounts[at].people)) == len(row.people) {
			m.accounts[at].gone = look.time // somebody else was given its name
			at = -1
		}
		if at < 0 {
			m.number++
			at = len(m.accounts)
			m.accounts = append(m.accounts, modelAccount{number: m.number})
			found = append(found, i)
		}
		m.accounts[at].show(*list, row, look.time)
	}
	if list.unread == 0 {
		for _, at := range absent {
			if at < known {
				m.accounts[at].gone = look.time
			}
		}
	}
	return true
}

// match returns by known account the row that shows it, or -1.
func (m *model) match(list listing, rows []modelRow) []int {
	found := make([]int, len(m.accounts))
	for at := range found {
		found[at] = -1
	}
	for i, row := range rows {
		at := slices.IndexFunc(m.accounts, func(a modelAccount) bool {
			return a.gone.IsZero() && a.column == list.column && a.key == row.key
		})
		if at < 0 {
			at = slices.IndexFunc(m.accounts, func(a modelAccount) bool {
				return a.gone.IsZero() && a.column != list.column && row.other[a.column] == a.key
			})
		}
		if at < 0 {
			at = m.wasGone(list.column, row)
		}
		if at >= 0 {
			found[at] = i
		}
	}
	return found
}

// wasGone returns the last account of that name that is gone, if it was its people's.
func (m *model) wasGone(column string, row modelRow) int {
	at := -1
	for i, a := range m.accounts {
		if !a.gone.IsZero() && a.column == column && a.key == row.key && (at < 0 || !a.gone.Before(m.accounts[at].gone)) {
			at = i
		}
	}
	if at >= 0 && len(row.people) > 0 && len(minus(row.people, m.accounts[at].people)) == len(row.people) {
		return -1
	}
	return at
}

// show takes over what a list shows of an account.
func (a *modelAccount) show(list listing, row modelRow, now time.Time) {
	a.column, a.key = list.column, row.key
	if row.unknown {
		a.people = plus(a.people, row.people)
	} else {
		a.people = row.people
	}
	if row.roles != nil {
		a.dropped = minus(plus(a.dropped, a.roles), row.roles)
		a.roles = row.roles
	}
	if !row.closed {
		a.gone = time.Time{}
	} else if a.gone.IsZero() {
		a.gone = now
	}
}

// missing returns which accounts a list shows to be gone. A list that lacks most of the
// accounts that keep their access proves nothing, and must be refused; one that has none
// of them proves nothing either.
func (m *model) missing(list listing, found []int) (absent []int, ok bool) {
	others, there := 0, 0
	for at, a := range m.accounts {
		if !a.gone.IsZero() {
			continue
		}
		is := found != nil && found[at] >= 0 || list.shows(a.column, a.key)
		if !is && slices.Contains(list.columns, a.column) {
			absent = append(absent, at)
		}
		if action, _, _ := m.todo(a); action != fulfill.CloseAccount {
			others++
			if is {
				there++
			}
		}
	}
	if 2*there < others {
		return nil, false
	}
	if there == 0 {
		return nil, true
	}
	return absent, true
}

// A modelProof says which accounts an export proves to be done, and so on.
type modelProof struct{ done, open, unproven, missing []string }

// prove returns what an export proves, and what is known after it; not ok if it must be
// refused.
func (m *model) prove(list listing, knowing bool, now time.Time) (proof modelProof, n *model, ok bool) {
	n = m.clone()
	lacks := func(a modelAccount) bool { return a.gone.IsZero() && !slices.Contains(list.columns, a.column) }
	active := slices.ContainsFunc(list.rows, func(r listingRow) bool { return !r.closed })
	if len(list.rows) == 0 || active && slices.ContainsFunc(m.accounts, lacks) {
		return proof, nil, false
	}
	absent, ok := m.missing(list, nil)
	if !ok {
		return proof, nil, false
	}
	for at, a := range m.accounts {
		if !a.gone.IsZero() {
			continue
		}
		gone := slices.Contains(absent, at)
		if gone {
			n.accounts[at].gone = now
		}
		action, losses, _ := m.todo(a)
		listed, holds, told := action != fulfill.LookInto, false, knowing
		var lost []string
		for _, loss := range losses {
			told = told && loss.role != ""
			lost = plus(lost, []string{loss.role})
		}
		for _, row := range list.rows {
			if row.closed || row.names[a.column] != a.key {
				continue
			}
			told = told && len(row.roles) > 0
			holds = holds || knowing && len(minus(row.roles, lost)) < len(row.roles)
		}
		switch {
		case gone && listed:
			proof.done = append(proof.done, a.key)
		case gone:
			proof.missing = append(proof.missing, a.key)
		case !listed:
		case !list.shows(a.column, a.key):
			proof.unproven = append(proof.unproven, a.key)
		case action == fulfill.CloseAccount || holds:
			proof.open = append(proof.open, a.key)
		case told:
			proof.done = append(proof.done, a.key)
			n.accounts[at].dropped = plus(a.dropped, lost)
		default:
			proof.unproven = append(proof.unproven, a.key)
		}
	}
	return proof, n, true
}
