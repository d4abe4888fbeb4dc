package fulfill

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// Compare says what a look saw that the journal doesn't say, and what follows from
// it: who lost access, and who has it again. It writes nothing; [Journal.Record]
// does. Nil opts mean the defaults. The result depends on the arguments alone.
//
// A look with anything that was not read to its end (the assignments, a group's
// members, a person's status, a review's decisions) is refused with an error that
// wraps [assign.ErrUnfinished], because an answer that was cut short would close
// accounts. Another application's assignments are refused with
// [assign.ErrOtherApplication], and more accounts than the limits allow with a
// [*LimitError].
func (s *State) Compare(look Look, opts *RevocationOptions) (*News, error) {
	if opts == nil {
		opts = new(RevocationOptions)
	}
	c := &comparison{state: s, look: look, news: &News{time: look.Time.UTC(), before: s,
		Override: strings.TrimSpace(opts.Override)}, after: s.clone(), statuses: make(map[string]UserStatus)}
	if err := c.compare(); err != nil {
		return nil, err
	}
	if err := opts.check(c.news.State(), s.Known(), c.news.time); err != nil {
		return nil, err
	}
	return c.news, nil
}

// State returns what the journal says once the news are recorded.
func (n *News) State() *State {
	return n.before.with(Entry{Number: n.before.Entries + 1, Time: n.time, Kind: EntryLook, Look: n})
}

// Revocations list whose accounts are to be closed once the news are recorded. They are
// [State.Revocations] of that state, with what the look counted: Kept and Waiting.
func (n *News) Revocations() *Revocations {
	list := n.State().Revocations()
	list.Kept, list.Waiting = n.counts.kept, n.counts.waiting
	list.Override = n.Override
	return list
}

// Absences returns the losses, and what is to be looked into, that rest on an assignment
// that was not seen, though the user is still there: whoever reads the directory should
// look for it again before anything is recorded.
func (n *News) Absences() (absent []Loss) {
	found := n.Losses
	if n.Findings != nil {
		found = slices.Concat(found, *n.Findings)
	}
	for _, loss := range found {
		if loss.Cause == Denied || loss.Cause == RemovedOtherwise || loss.Cause == StillThroughGroup {
			absent = append(absent, loss)
		}
	}
	return absent
}

// counts are numbers for people.
type counts struct {
	kept    int // roles held as before
	waiting int // of them, denied in a review that is not applied yet
}

// A comparison is one call of Compare.
type comparison struct {
	state    *State
	look     Look
	news     *News
	after    *State // with the roles, people and accounts that are settled so far
	held     holders
	hidden   []HiddenGroup
	reviews  decisionsByUser
	statuses map[string]UserStatus // by lower-case id
	names    map[string]string     // of people with an assignment of their own, by id
	listed   map[string]listRow    // the first row of each person, by id
	losses   map[string][]Loss     // that have not ended, by person
	findings []Loss
}

func (c *comparison) compare() (err error) {
	c.compareRoles()
	if c.held, err = c.look.Access.holders(c.state.ResourceID, c.after.canonical); err != nil {
		return err
	}
	if c.reviews, err = newDecisionsByUser(c.look.Reviews); err != nil {
		return err
	}
	c.hidden = c.look.Access.hiddenGroups(c.after.canonical)
	for id, status := range c.look.Users {
		c.statuses[strings.ToLower(id)] = status
	}
	c.names = make(map[string]string)
	for _, a := range c.look.Access.Assignments {
		c.names[strings.ToLower(a.PrincipalID)] = a.PrincipalDisplayName
	}
	c.losses = lossesOf(c.state.Losses)
	c.listPeople()
	for _, id := range c.people() {
		if err := c.comparePerson(id); err != nil {
			return err
		}
	}
	if err := c.compareDenials(); err != nil {
		return err
	}
	c.restoreRoles()
	c.tellChanged()
	if err := c.compareAccounts(); err != nil {
		return err
	}
	c.compareLacks()
	c.compareOurs()
	return nil
}

// compareRoles notes new roles, and which of them stand for others that are gone.
func (c *comparison) compareRoles() {
	declared := make(map[string]bool)
	for _, role := range c.look.Roles {
		declared[strings.ToLower(role.ID)] = true
	}
	for _, role := range c.look.Roles {
		now := Role{ID: strings.ToLower(role.ID), DisplayName: role.DisplayName, Value: role.Value}
		known, ok := c.state.Roles[now.ID]
		now.Replaces = known.Replaces
		if !ok {
			now.Replaces = c.replaced(now, declared)
		}
		if now != known {
			c.news.Roles = append(c.news.Roles, now)
			c.after.Roles[now.ID] = now
		}
	}
}

// replaced returns the id of the role that a new one replaces: the application no
// longer declares it, and it had the same value, or name.
func (c *comparison) replaced(role Role, declared map[string]bool) string {
	taken := make(map[string]bool)
	for _, other := range c.after.Roles {
		taken[other.Replaces] = true
	}
	for _, id := range slices.Sorted(maps.Keys(c.state.Roles)) {
		old := c.state.Roles[id]
		same := old.Value != "" && old.Value == role.Value ||
			(old.Value == role.Value || old.Value == "" || role.Value == "") && // as of a snapshot, which kept none
				roster.Fold(old.DisplayName) == roster.Fold(role.DisplayName)
		if same && !declared[id] && !taken[id] {
			return id
		}
	}
	return ""
}

// compareOurs finds the assignments that rollcall made: of that user and role, and of
// that time.
func (c *comparison) compareOurs() {
	there := make(map[string][]assign.Assignment)
	for _, a := range c.look.Access.Assignments {
		id := strings.ToLower(a.PrincipalID)
		there[id] = append(there[id], a)
	}
	for _, grant := range c.state.Given {
		held := there[strings.ToLower(grant.PrincipalID)]
		if i := slices.IndexFunc(held, grant.made); i >= 0 {
			grant.AssignmentID = held[i].ID
			c.news.Ours = append(c.news.Ours, grant)
		}
	}
}

// clockSkew is how far the service's clock may be from ours.
const clockSkew = 5 * time.Minute

// made reports whether an assignment is the one that was made.
func (g Grant) made(a assign.Assignment) bool {
	return strings.EqualFold(a.AppRoleID, g.AppRoleID) && !before(a.CreatedDateTime, g.From.Add(-clockSkew)) &&
		!before(g.To.Add(clockSkew), a.CreatedDateTime)
}

// tellChanged puts into the news what is told whole, if it changed.
func (c *comparison) tellChanged() {
	sortLosses(c.findings)
	if len(c.findings)+len(c.state.Findings) > 0 && !sameFindings(c.findings, c.state.Findings) {
		c.news.Findings = whole(c.findings)
	}
	if len(c.hidden)+len(c.state.Hidden) > 0 && !reflect.DeepEqual(c.hidden, c.state.Hidden) {
		c.news.Hidden = whole(c.hidden)
	}
	if list := c.look.List; list != nil && !slices.Equal(list.mayBe, c.state.MayBe) {
		c.news.MayBe = whole(list.mayBe)
	}
}

// whole returns a list as it is told whole, also an empty one: nil would say in JSON that
// nothing changed.
func whole[T any](list []T) *[]T {
	list = append([]T{}, list...)
	return &list
}

// sameFindings compares what is to be looked into, whenever it was found.
func sameFindings(a, b []Loss) bool {
	return slices.EqualFunc(a, b, func(a, b Loss) bool {
		a.At = b.At
		return reflect.DeepEqual(a, b)
	})
}

func sortLosses(losses []Loss) {
	slices.SortStableFunc(losses, func(a, b Loss) int {
		return cmp.Or(strings.Compare(a.PrincipalID, b.PrincipalID), strings.Compare(a.AppRoleID, b.AppRoleID))
	})
}
