package fulfill_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// A world is an application as it really is: a directory, and the application's own
// accounts. Things happen in it at random.
type world struct {
	*rand.Rand
	users    []*worldUser
	roles    []assign.AppRole
	groups   []*worldGroup
	grants   []worldGrant // direct ones, also those of packages
	reviews  []fulfill.Review
	accounts []*worldAccount
	knowing  bool   // the list tells the accounts' roles
	column   string // of the list, that names accounts
	columns  []string
	number   int // of the last thing that was made
	happened []string
}

type worldUser struct {
	id, name string
	status   fulfill.UserStatus
}

type worldGroup struct {
	id, role string
	members  []string
	hidden   bool // its members can't be seen
}

type worldGrant struct {
	id, user, role, pack string
	created              time.Time
}

type worldAccount struct {
	number int
	login  string
	people []string // none: nobody can tell whose it is
	roles  []string // values of roles
	closed bool     // listed as inactive
}

func newWorld(r *rand.Rand) *world {
	w := &world{Rand: r, knowing: r.IntN(2) == 0, column: "Login", columns: []string{"Login"}}
	for _, value := range []string{"General", "Auditor", "Clerk"} {
		w.roles = append(w.roles, assign.AppRole{ID: w.newID("role"), DisplayName: value, Value: value})
	}
	for i := range 2 {
		w.groups = append(w.groups, &worldGroup{id: w.newID("group"), role: w.roles[i].ID})
	}
	for range 5 {
		w.join()
	}
	return w
}

func (w *world) newID(kind string) string {
	w.number++
	return fmt.Sprintf("%s-%d", kind, w.number)
}

// now is the time, which nothing else has.
func (w *world) now() time.Time {
	time.Sleep(10 * time.Second)
	return time.Now().UTC()
}

func (w *world) note(format string, args ...any) {
	w.happened = append(w.happened, fmt.Sprintf(format, args...))
}

func pick[T any](w *world, all []T) T { return all[w.IntN(len(all))] }

func (w *world) join() {
	user := &worldUser{w.newID("user"), w.newID("name"), fulfill.UserIsEnabled}
	if w.IntN(6) == 0 {
		user.status = fulfill.UserIsDisabled // made for the review
	}
	w.users = append(w.users, user)
	w.give(user)
	if w.IntN(5) > 0 {
		w.newAccount(user)
	}
}

func (w *world) give(user *worldUser) {
	role := pick(w, w.roles).ID
	if w.IntN(3) == 0 {
		group := pick(w, w.groups)
		if !slices.Contains(group.members, user.id) {
			w.note("%s joins %s", user.id, group.id)
			group.members = append(group.members, user.id)
		}
		return
	}
	if slices.ContainsFunc(w.grants, func(g worldGrant) bool { return g.user == user.id && g.role == role }) {
		return
	}
	grant := worldGrant{w.newID("grant"), user.id, role, "", w.now()}
	if w.IntN(4) == 0 {
		grant.pack = "package"
	}
	w.note("%s is given %s", user.id, role)
	w.grants = append(w.grants, grant)
}

func (w *world) take(user *worldUser) {
	group := pick(w, w.groups)
	if i := slices.Index(group.members, user.id); i >= 0 && w.IntN(2) == 0 {
		w.note("%s leaves %s", user.id, group.id)
		group.members = slices.Delete(slices.Clone(group.members), i, i+1)
		return
	}
	i := slices.IndexFunc(w.grants, func(g worldGrant) bool { return g.user == user.id })
	if i >= 0 {
		w.note("%s loses %s", user.id, w.grants[i].role)
		w.grants = slices.Delete(w.grants, i, i+1)
	}
}

// happen lets one thing happen.
func (w *world) happen() {
	user := pick(w, w.users)
	switch w.IntN(20) {
	case 0:
		w.join()
	case 1, 2:
		w.give(user)
	case 3, 4, 5:
		w.take(user)
	case 6:
		user.name = w.newID("name")
	case 7, 8, 9:
		user.status = pick(w, []fulfill.UserStatus{fulfill.UserIsEnabled, fulfill.UserIsEnabled, fulfill.UserIsDisabled, fulfill.UserIsDeleted})
		w.note("%s is %s", user.id, user.status)
	case 10:
		group := pick(w, w.groups)
		group.hidden = !group.hidden
		w.note("%s is hidden: %v", group.id, group.hidden)
	case 11:
		if w.IntN(3) == 0 {
			w.renewRole()
		}
	case 12, 13, 14:
		w.review()
	case 15:
		w.newAccount(user)
	default:
		w.changeAccount(user)
	}
}

// renewRole makes a role anew, under another id; its holders are given the new one.
func (w *world) renewRole() {
	role := &w.roles[w.IntN(len(w.roles))]
	old := role.ID
	role.ID = w.newID("role")
	for i := range w.grants {
		if w.grants[i].role == old {
			w.grants[i].role, w.grants[i].id = role.ID, w.newID("grant")
		}
	}
	for _, group := range w.groups {
		if group.role == old {
			group.role = role.ID
		}
	}
	w.note("%s is made anew as %s", old, role.ID)
}

// review decides about some people, some of them twice at the same instant, and mostly
// carries it out.
func (w *world) review() {
	review := fulfill.Review{Complete: true, Applied: w.IntN(3) > 0, Name: w.newID("review")}
	for range 1 + w.IntN(3) {
		user := pick(w, w.users)
		d := fulfill.Decision{PrincipalID: user.id, Decision: "Deny", ReviewedBy: "Grace", Reviewed: w.now()}
		if w.IntN(8) == 0 {
			d.PrincipalID = w.newID("user")
			w.users = append(w.users, &worldUser{d.PrincipalID, "", fulfill.UserIsEnabled})
		}
		if w.IntN(2) == 0 {
			d.AppRoleID = pick(w, w.roles).ID
		}
		if w.IntN(10) == 0 {
			d.Reviewed = d.Reviewed.AddDate(-1, 0, 0) // before there was a journal
		}
		if w.IntN(4) == 0 {
			other := d
			other.Decision, other.ReviewedBy = "Approve", "Ada"
			review.Decisions = append(review.Decisions, other)
		}
		if w.IntN(4) == 0 {
			d.Decision = "Approve"
		} else if review.Applied && w.IntN(5) > 0 {
			d.ApplyResult = "AppliedSuccessfully"
			w.grants = slices.DeleteFunc(w.grants, func(g worldGrant) bool {
				return g.user == d.PrincipalID && (d.AppRoleID == "" || g.role == d.AppRoleID)
			})
		}
		w.note("%s: %s %s %s %s", review.Name, d.Decision, d.PrincipalID, d.AppRoleID, d.ApplyResult)
		review.Decisions = append(review.Decisions, d)
	}
	w.reviews = append(w.reviews, review)
	w.reviews = w.reviews[max(0, len(w.reviews)-3):]
}

func (w *world) newAccount(user *worldUser) {
	w.number++
	account := &worldAccount{number: w.number, login: fmt.Sprintf("L%d", w.number), people: []string{user.id}}
	if w.IntN(8) == 0 {
		account.people = nil
	}
	for _, role := range w.roles {
		if w.IntN(2) == 0 {
			account.roles = append(account.roles, role.Value)
		}
	}
	w.note("%s has the new account %s %v", user.id, account.login, account.roles)
	w.accounts = append(w.accounts, account)
}

func (w *world) changeAccount(user *worldUser) {
	if len(w.accounts) == 0 {
		return
	}
	i := w.IntN(len(w.accounts))
	account := w.accounts[i]
	switch w.IntN(9) {
	case 0, 1:
		w.note("the account %s is removed", account.login)
		w.accounts = slices.Delete(w.accounts, i, i+1)
	case 2:
		account.closed = !account.closed
		w.note("the account %s is closed: %v", account.login, account.closed)
	case 3:
		if len(account.people) > 0 && !slices.Contains(account.people, user.id) {
			account.people = append(slices.Clone(account.people), user.id)
			w.note("the account %s is %v", account.login, account.people)
		}
	case 4:
		if len(account.people) > 1 {
			account.people = account.people[1:]
			w.note("the account %s is %v", account.login, account.people)
		}
	case 5:
		w.number++
		w.note("the account %s is now L%d", account.login, w.number)
		account.login, account.number = fmt.Sprintf("L%d", w.number), w.number
	case 6:
		w.number++
		account.people, account.number = []string{user.id}, w.number
		w.note("the account %s is %s's now", account.login, user.id)
	case 7:
		value := pick(w, w.roles).Value
		if i := slices.Index(account.roles, value); i >= 0 {
			account.roles = slices.Delete(slices.Clone(account.roles), i, i+1)
		} else {
			account.roles = append(slices.Clone(account.roles), value)
		}
		w.note("the account %s has %v", account.login, account.roles)
	case 8:
		w.changeColumns()
	}
}

// changeColumns lets the list tell logins, or numbers, or both for a while, and takes its
// names from one of them.
func (w *world) changeColumns() {
	switch {
	case len(w.columns) == 1:
		w.columns = []string{"Login", "No"}
	case w.IntN(2) == 0:
		w.column = pick(w, w.columns)
	default:
		w.columns = []string{w.column}
	}
	w.note("the list has %v and %s names accounts", w.columns, w.column)
}

// access is what the directory shows: nothing of deleted users.
func (w *world) access() fulfill.Access {
	deleted := make(map[string]bool)
	for _, user := range w.users {
		deleted[user.id] = user.status == fulfill.UserIsDeleted
	}
	access := fulfill.Access{Complete: true, ResourceID: exampleApp.ResourceID, Members: map[string][]string{}}
	for _, g := range w.grants {
		if deleted[g.user] {
			continue
		}
		access.Assignments = append(access.Assignments, assign.Assignment{ID: g.id, PrincipalID: g.user, PrincipalType: "User",
			ResourceID: exampleApp.ResourceID, AppRoleID: g.role, CreatedDateTime: g.created})
		if g.pack != "" {
			access.Packages = append(access.Packages, fulfill.PackageAccess{PrincipalID: g.user, AppRoleID: g.role, Package: g.pack})
		}
	}
	for _, group := range w.groups {
		access.Assignments = append(access.Assignments, assign.Assignment{ID: "of-" + group.id, PrincipalID: group.id,
			PrincipalType: "Group", PrincipalDisplayName: group.id, ResourceID: exampleApp.ResourceID, AppRoleID: group.role})
		access.Members[group.id] = []string{}
		if group.hidden {
			access.Hidden = append(access.Hidden, group.id)
			continue
		}
		for _, id := range group.members {
			if !deleted[id] {
				access.Members[group.id] = append(access.Members[group.id], id)
			}
		}
	}
	return access
}

// A listing is the application's list at one time.
type listing struct {
	column  string
	columns []string
	rows    []listingRow
	unread  int // lines
	mayBe   string
}

type listingRow struct {
	names  map[string]string // by column
	person string
	roles  []string
	closed bool
}

// listing is what the application lists: all, or what is left of it.
func (w *world) listing() listing {
	l := listing{column: w.column, columns: w.columns}
	for _, a := range w.accounts {
		row := listingRow{map[string]string{"Login": a.login, "No": fmt.Sprint(a.number)}, "", a.roles, a.closed}
		for _, person := range a.people {
			row.person = person
			l.rows = append(l.rows, row)
		}
		if len(a.people) == 0 {
			l.rows = append(l.rows, row)
		}
	}
	switch w.IntN(10) {
	case 0:
		l.rows = l.rows[:w.IntN(len(l.rows)+1)] // cut, and nobody noticed
	case 1:
		l.unread = 1
	case 2:
		for i := range l.rows { // whose an account is can't be told this time
			if w.IntN(4) == 0 {
				l.rows[i].person, l.mayBe = "", l.rows[i].person
			}
		}
	}
	return l
}

func (l listing) row(i int) roster.Row {
	header, err := roster.NewHeader("users.csv", append(slices.Clone(l.columns), "Roles", "State"))
	if err != nil {
		panic(err)
	}
	var fields []string
	for _, column := range l.columns {
		fields = append(fields, l.rows[i].names[column])
	}
	state := "active"
	if l.rows[i].closed {
		state = "inactive"
	}
	return roster.NewRow(header, i+2, append(fields, strings.Join(l.rows[i].roles, " "), state))
}

func (l listing) export() iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for i := range l.rows {
			if !yield(l.row(i), nil) {
				return
			}
		}
	}
}

func isInactive(row roster.Row) bool { return row.Get("State") == "inactive" }

// rule reads the roles of a row; one without any doesn't tell.
func (w *world) rule() assign.RoleRule {
	declared := slices.Clone(w.roles)
	return func(row roster.Row) (found []assign.AppRole, err error) {
		for _, role := range declared {
			if slices.Contains(strings.Fields(row.Get("Roles")), role.Value) {
				found = append(found, role)
			}
		}
		if len(found) == 0 {
			err = errors.New("the row has no role")
		}
		return found, err
	}
}

// A listedRow is a row with its user.
type listedRow struct {
	row    roster.Row
	key    string
	person string
	mayBe  []string
	unread int
}

func (r listedRow) Principal() (id, name string)  { return r.person, r.person }
func (r listedRow) MayBe() []string               { return r.mayBe }
func (r listedRow) Account() (roster.Row, string) { return r.row, r.key }
func (r listedRow) Enabled() bool                 { return r.person != "" }
func (r listedRow) Unread() int                   { return r.unread }

type listedRows []listedRow

func (all listedRows) All() iter.Seq[listedRow]        { return slices.Values(all) }
func (all listedRows) Unresolved() iter.Seq[listedRow] { return slices.Values[listedRows](nil) }
func (all listedRows) Complete() bool                  { return true }

// list is the listing as a look takes it.
func (w *world) list(l listing) (*fulfill.List, error) {
	var all listedRows
	for i, row := range l.rows {
		listed := listedRow{row: l.row(i), key: row.names[l.column], person: row.person}
		if row.person == "" && l.mayBe != "" {
			listed.mayBe = []string{l.mayBe}
		}
		all = append(all, listed)
	}
	if l.unread > 0 {
		all = append(all, listedRow{unread: l.unread})
	}
	opts := &fulfill.ListOptions{Column: l.column, Closed: isInactive}
	if w.knowing {
		opts.Roles = w.rule()
	}
	return fulfill.NewList(all, opts)
}
