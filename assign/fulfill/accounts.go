package fulfill

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/rollcall-go/rollcall/roster"
)

// An accountName is what accounts are found by in a list.
type accountName struct{ column, key string }

func nameIn(column, key string) accountName {
	return accountName{roster.Fold(strings.TrimSpace(column)), accountKey(key)}
}

func (a AppAccount) name() accountName { return nameIn(a.Column, a.Key) }

// A seenAccount is an account as the rows of one list show it.
type seenAccount struct {
	rows    []listRow
	people  []string // sorted
	unknown bool     // a row has no person
	roles   []string // nil if they are not known
	closed  bool
}

// compareAccounts compares the accounts of the list with those that are known.
func (c *comparison) compareAccounts() error {
	list := c.look.List
	if list == nil {
		return nil
	}
	c.news.List = &Export{Name: list.name, Rows: len(list.rows), Unread: list.unread, Open: list.open}
	names, seen := c.seenAccounts(list)
	known := c.knownAccounts()
	matched := make(map[string]bool) // ids of accounts that the list shows
	number := 0
	note := func(account AppAccount) {
		if known, ok := c.after.Accounts[account.ID]; !ok || !known.equal(account) {
			c.news.Accounts = append(c.news.Accounts, account)
			c.after.Accounts[account.ID] = account
		}
	}
	for _, name := range names {
		shown := seen[name]
		account, ok := known.find(name, seen, list.column, matched)
		if ok {
			matched[account.ID] = true
		} else if known.severalMayBe(name, seen, list.column, matched) {
			continue // which of them it is can't be told
		}
		now, taken := c.accountNow(account, shown, list)
		if taken {
			account.Gone, account.Back = c.news.time, false
			note(account)
			account = AppAccount{}
			now, _ = c.accountNow(account, shown, list)
		}
		if now.ID == "" {
			number++
			now.ID, now.Since = fmt.Sprintf("%d-%d", c.state.Entries+1, number), c.news.time
		}
		note(now)
	}
	absent, err := c.absent(list, matched)
	if err != nil {
		return err
	}
	for _, account := range absent {
		account.Gone, account.Back = c.news.time, false
		note(account)
	}
	return nil
}

// seenAccounts groups the rows of a list by account, in their order. A row without a
// name is no account that could be found again.
func (c *comparison) seenAccounts(list *List) (names []accountName, seen map[accountName]*seenAccount) {
	seen = make(map[accountName]*seenAccount)
	for _, row := range list.rows {
		if row.key == "" {
			continue
		}
		name := nameIn(row.column, row.key)
		shown := seen[name]
		if shown == nil {
			shown = &seenAccount{roles: []string{}, closed: true}
			seen[name], names = shown, append(names, name)
		}
		shown.add(row, c.after.canonical)
	}
	return names, seen
}

func (a *seenAccount) add(row listRow, canonical func(string) string) {
	a.rows = append(a.rows, row)
	a.closed = a.closed && row.closed
	if row.person == "" {
		a.unknown = true
	} else if !slices.Contains(a.people, row.person) {
		a.people = append(a.people, row.person)
		slices.Sort(a.people)
	}
	if row.roles == nil || a.roles == nil {
		a.roles = nil
		return
	}
	for _, role := range row.roles {
		a.roles = append(a.roles, canonical(role))
	}
	slices.Sort(a.roles)
	a.roles = slices.Compact(a.roles)
}

func shares(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// accountNow returns an account as the list shows it. It is taken if it has become
// somebody else's.
func (c *comparison) accountNow(known AppAccount, shown *seenAccount, list *List) (now AppAccount, taken bool) {
	first := shown.rows[0]
	now = AppAccount{ID: known.ID, Column: first.column, Key: first.key, People: shown.people, Roles: shown.roles,
		Columns: columnsOf(first.row, list.keep), Since: known.Since}
	for _, row := range shown.rows {
		now.Rows = append(now.Rows, row.source)
	}
	if known.ID == "" {
		if shown.closed {
			now.Gone = c.news.time
		}
		return now, false
	}
	if len(known.People) > 0 && len(shown.people) > 0 && !shown.unknown && !shares(known.People, shown.people) {
		return now, true
	}
	if first.column != list.column && known.Column+list.column != "" || known.name() == now.name() {
		now.Column, now.Key = known.Column, known.Key // found by another rule, or in other letters
	}
	if shown.unknown { // whose the row is could not be told this time
		now.People = union(known.People, shown.people)
	}
	says := func(r listRow) bool { return r.roles != nil }
	if shown.roles == nil && known.Roles != nil && !slices.ContainsFunc(shown.rows, says) {
		now.Roles = known.Roles
	}
	if shown.roles != nil {
		now.Dropped = slices.DeleteFunc(union(known.Dropped, known.Roles),
			func(role string) bool { return slices.Contains(now.Roles, role) })
	} else {
		now.Dropped = known.Dropped
	}
	switch {
	case shown.closed && known.live():
		now.Gone = c.news.time
	case shown.closed:
		now.Gone = known.Gone
	default:
		now.Back = known.Back || !known.live()
	}
	return now, false
}

// absent returns the accounts that a list shows to be gone: there are none if lines
// of it could not be read. It refuses a list in which most of the others are missing.
func (c *comparison) absent(list *List, matched map[string]bool) ([]AppAccount, error) {
	there := newPresence(c.state.Accounts)
	for _, row := range list.rows {
		if !row.closed {
			there.add(row.row, row.person)
			if row.column == "" {
				there.name("", row.key)
			}
		}
	}
	isThere := func(a AppAccount) presentState {
		if matched[a.ID] {
			return isPresent
		}
		return there.of(a)
	}
	after := c.news.State()
	after.Accounts = c.state.Accounts
	gone, err := after.absentees(list.name, whichAccounts, isThere)
	if list.unread > 0 {
		return nil, err
	}
	return gone, err
}

// A presentState says whether a list shows an account.
type presentState string

const (
	isPresent     presentState = "present"
	isAbsent      presentState = "absent"
	cannotBeKnown presentState = "unknown" // its column is missing, or a row without a name may be it
)

// A presence is what a list shows of the names of accounts, in each column that holds
// some.
type presence struct {
	names   map[string]map[string]bool       // by column
	loose   map[string]map[string]roster.Row // by all values and people of rows without a name in the column
	missing map[string]bool                  // columns that the list lacks
}

func newPresence(accounts map[string]AppAccount) *presence {
	p := &presence{names: map[string]map[string]bool{}, loose: map[string]map[string]roster.Row{},
		missing: map[string]bool{}}
	for _, account := range accounts {
		if column := account.name().column; p.names[column] == nil {
			p.names[column], p.loose[column] = map[string]bool{}, map[string]roster.Row{}
		}
	}
	return p
}

func (p *presence) name(column, key string) {
	if p.names[column] != nil {
		p.names[column][accountKey(key)] = true
	}
}

// add notes a row. person is whose it is, or "".
func (p *presence) add(row roster.Row, person string) {
	for column := range p.names {
		if column == "" {
			continue
		}
		value, ok := row.Lookup(column)
		switch {
		case !ok:
			p.missing[column] = true
		case isName(value):
			p.names[column][accountKey(value)] = true
			p.names[column][accountKey(bare(value))] = true
		default:
			p.loose[column][person] = row
			for _, value := range row.All() {
				p.loose[column][accountKey(value)] = row
			}
		}
	}
}

// bare returns a name without what people and spreadsheets leave around it: characters
// that nobody sees, and the ' that marks a text.
func bare(name string) string {
	unseen := func(r rune) bool { return r == '\ufeff' || r != ' ' && !unicode.IsGraphic(r) || unicode.IsSpace(r) }
	return strings.TrimFunc(strings.TrimPrefix(strings.TrimFunc(name, unseen), "'"), unseen)
}

// of reports whether the rows show an account in its own column. A row without a name
// there may be any account that its other values, or its person, point to.
func (p *presence) of(a AppAccount) presentState {
	name := a.name()
	loose := func(value string) bool {
		_, found := p.loose[name.column][accountKey(value)]
		return value != "" && found
	}
	switch {
	case p.names[name.column][name.key]:
		return isPresent
	case loose(a.Key):
		return isPresent
	case name.column == "" || p.missing[name.column]:
		return cannotBeKnown
	case slices.ContainsFunc(a.People, loose):
		return cannotBeKnown
	}
	for _, source := range a.Rows {
		if loose(source.Key) {
			return cannotBeKnown
		}
	}
	return isAbsent
}

// absentees returns the accounts that are there no more. It is an error if most of
// those that keep their access are missing, and there are none if nobody else is left
// by whom the list could be told from an empty one.
func (s *State) absentees(list, question string, isThere func(AppAccount) presentState) ([]AppAccount, error) {
	closing := make(map[string]bool)
	for _, revocation := range s.Revocations().Accounts {
		closing[revocation.Account.ID] = revocation.Action() == CloseAccount
	}
	var absent []AppAccount
	others, there := 0, 0
	for _, id := range slices.Sorted(maps.Keys(s.Accounts)) {
		account := s.Accounts[id]
		if !account.live() {
			continue
		}
		state := isThere(account)
		if state == isAbsent {
			absent = append(absent, account)
		}
		if !closing[id] {
			others++
			if state == isPresent {
				there++
			}
		}
	}
	if 2*there < others {
		return nil, unfinished(question, fmt.Sprintf("only %d of %d accounts that keep their access are in %s, so it is cut "+
			"short, or another application's, or its accounts stand in another column",
			there, others, roster.Printable(list)), nil)
	}
	if there == 0 {
		return nil, nil
	}
	return absent, nil
}

// compareLacks finds people who hold a role and have no account, if the whole list
// was read, and those of whom that is no longer true.
func (c *comparison) compareLacks() {
	owners := make(map[string]bool)
	for _, account := range c.after.Accounts {
		if account.live() {
			for _, person := range account.People {
				owners[person] = true
			}
		}
	}
	entitled := func(id string) bool {
		person := c.after.person(id)
		return person.hasAccess() && person.Status == UserIsEnabled && len(person.Held) > 0
	}
	for _, id := range slices.Sorted(maps.Keys(c.state.Lacking)) {
		if owners[id] || !entitled(id) {
			c.news.Served = append(c.news.Served, id)
		}
	}
	if c.look.List == nil || c.look.List.unread > 0 {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(c.after.People)) {
		_, known := c.state.Lacking[id]
		if !known && !owners[id] && entitled(id) && !slices.Contains(c.look.List.mayBe, id) {
			c.news.Lacking = append(c.news.Lacking, id)
		}
	}
}

// lackID names the lack of an account in the entry of that number.
func lackID(entry, place int) string { return fmt.Sprintf("%d/%d", entry, place+1) }
