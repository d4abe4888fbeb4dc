package fulfill

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/internal/text"
	"github.com/rollcall-go/rollcall/roster"
)

// A Period is a time in which a person had a role.
type Period struct {
	PrincipalID   string    `json:"principalId"`
	PrincipalName string    `json:"principalName,omitempty"`
	AppRoleID     string    `json:"appRoleId"`
	AppRole       string    `json:"appRole,omitempty"`
	How           []Path    `json:"how,omitempty"` // at last
	Ours          bool      `json:"ours,omitempty"`
	From          time.Time `json:"from"`        // of the look that showed it first
	To            time.Time `json:"to,omitzero"` // of the look that showed its end; zero while it lasts
	End           *Loss     `json:"end,omitempty"`
	Accounts      []string  `json:"accounts,omitempty"` // names of the person's accounts at last
}

// A History says who had access to an application, when, and why it ended.
type History struct {
	Application string     `json:"application"`
	Since       time.Time  `json:"since"`
	Periods     []Period   `json:"periods"` // by person, role and time
	Runs        []Run      `json:"runs"`
	Campaigns   []Campaign `json:"campaigns"`
}

// ReadHistory reads the history of a journal. What a compacted journal no longer tells
// is not in it.
func ReadHistory(path string) (*History, error) {
	h := &historian{running: make(map[[2]string]Period)}
	c, err := readFile(path, func(e Entry, state *State) bool {
		h.add(e, state)
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, period := range h.running {
		h.ended = append(h.ended, period)
	}
	state := c.state
	owned := make(map[string][]string)
	for _, account := range state.Accounts {
		for _, person := range account.People {
			owned[person] = append(owned[person], account.Key)
		}
	}
	isOurs := func(path Path) bool { _, ours := state.Ours[path.AssignmentID]; return ours }
	for i := range h.ended {
		p := &h.ended[i]
		p.PrincipalName, p.AppRole = state.People[p.PrincipalID].Name, state.roleName(p.AppRoleID)
		p.Accounts = union(owned[p.PrincipalID], nil)
		p.Ours = p.To.IsZero() && slices.ContainsFunc(p.How, isOurs)
	}
	slices.SortFunc(h.ended, func(a, b Period) int {
		return cmp.Or(strings.Compare(roster.Fold(a.PrincipalName), roster.Fold(b.PrincipalName)),
			strings.Compare(a.PrincipalID, b.PrincipalID), strings.Compare(a.AppRoleID, b.AppRoleID), a.From.Compare(b.From))
	})
	return &History{Application: state.Application, Since: state.Begun, Periods: h.ended, Runs: state.Runs,
		Campaigns: state.Campaigns}, nil
}

// A historian follows a journal.
type historian struct {
	running map[[2]string]Period // by person and role
	ended   []Period
}

func (h *historian) add(e Entry, state *State) {
	switch e.Kind {
	case EntryState:
		for _, person := range state.People {
			h.follow(person, e.Time)
		}
	case EntryLook:
		for _, loss := range e.Look.Losses {
			h.end(loss, e.Time)
		}
		for _, person := range e.Look.People {
			h.follow(person, e.Time)
		}
	}
}

// follow begins the periods of what a person has now, and notes how.
func (h *historian) follow(person Person, at time.Time) {
	if !person.hasAccess() {
		return
	}
	for _, held := range person.Held {
		key := [2]string{person.ID, held.AppRoleID}
		period, runs := h.running[key]
		if !runs {
			period = Period{PrincipalID: person.ID, AppRoleID: held.AppRoleID, From: cmp.Or(held.Since, at)}
		}
		period.How = held.Paths
		h.running[key] = period
	}
}

// end ends the period of what was lost, or notes one that no look has shown.
func (h *historian) end(loss Loss, at time.Time) {
	key := [2]string{loss.PrincipalID, loss.AppRoleID}
	period, runs := h.running[key]
	if !runs {
		period = Period{PrincipalID: loss.PrincipalID, AppRoleID: loss.AppRoleID}
	}
	delete(h.running, key)
	period.To, period.End = at, &loss
	h.ended = append(h.ended, period)
}

// WriteText writes the history for people, all of it.
func (h *History) WriteText(w io.Writer) error {
	out := &text.Printer{W: w}
	out.Prose("%s: who had access since %s", roster.Printable(h.Application), h.Since.Format("2 January 2006"))
	for _, p := range h.Periods {
		out.Line("  " + roster.Printable(p.sentence()))
	}
	for _, run := range h.Runs {
		out.Line(fmt.Sprintf("  run %d of %s: %d added, %d removed, %d not made", run.Number,
			run.Time.Format(time.DateOnly), run.Added, run.Removed, run.Failed))
	}
	for _, campaign := range h.Campaigns {
		out.Line(fmt.Sprintf("  review of %s: %s", campaign.Time.Format(time.DateOnly), roster.Printable(campaign.Name)))
	}
	return out.Err
}

// sentence says for people who had what, when, and why it ended.
func (p Period) sentence() string {
	from, to, end := "before", "now", ""
	if !p.From.IsZero() {
		from = p.From.Format(time.DateOnly)
	}
	switch {
	case p.End != nil:
		to, end = p.To.Format(time.DateOnly), "; "+p.End.why()
	case p.Ours:
		end = ", from rollcall"
	}
	return fmt.Sprintf("%s to %s  %s: %s%s", from, to, cmp.Or(p.PrincipalName, p.PrincipalID), p.AppRole, end)
}

// A ChangeKind says what became of a person's access since some time.
type ChangeKind string

// What becomes of people.
const (
	ChangeNew       ChangeKind = "new"
	ChangeGone      ChangeKind = "gone"
	ChangeChanged   ChangeKind = "changed"
	ChangeUnchanged ChangeKind = "unchanged"
)

// A PersonChange is what became of a person's access.
type PersonChange struct {
	Kind     ChangeKind
	Person   PersonRef
	Before   []string // names of the roles, sorted
	Now      []string
	Accounts []string // names of the person's accounts, sorted
}

// ErrNoCampaign says that a journal knows no access review that was begun.
var ErrNoCampaign = errors.New("no access review is recorded")

// ChangesSince compares who has what now with the time of an entry of a journal: for
// reviewers, who need not look at everything again. 0 stands for the last campaign, and
// without one the error wraps [ErrNoCampaign].
func ChangesSince(path string, entry int) ([]PersonChange, error) {
	now, _, err := ReadJournal(path)
	if err != nil {
		return nil, err
	}
	if entry == 0 {
		if len(now.Campaigns) == 0 {
			return nil, fmt.Errorf("%s: %w", roster.Printable(path), ErrNoCampaign)
		}
		entry = now.Campaigns[len(now.Campaigns)-1].Entry
	}
	var then *State
	_, err = readFile(path, func(e Entry, state *State) bool {
		if e.Number <= entry {
			then = state.clone()
		}
		return e.Number < entry
	})
	if err != nil {
		return nil, err
	}
	if then == nil {
		return nil, fmt.Errorf("%s begins after its entry %d, as it was compacted", roster.Printable(path), entry)
	}
	return then.changes(now), nil
}

// changes compares who has what in two states.
func (s *State) changes(now *State) []PersonChange {
	owned := make(map[string][]string)
	for _, state := range []*State{s, now} {
		for _, account := range state.Accounts {
			for _, person := range account.People {
				owned[person] = union(owned[person], []string{account.Key})
			}
		}
	}
	var all []PersonChange
	for _, id := range slices.Sorted(maps.Keys(now.People)) { // people stay, whatever they have
		change := PersonChange{Kind: ChangeChanged, Person: now.ref(id), Before: s.rolesOf(id), Now: now.rolesOf(id),
			Accounts: owned[id]}
		had, has := s.roleIDsOf(id, now), now.roleIDsOf(id, now) // names change, and the role is the same
		switch {
		case len(change.Before)+len(change.Now) == 0:
			continue
		case len(change.Before) == 0:
			change.Kind = ChangeNew
		case len(change.Now) == 0:
			change.Kind = ChangeGone
		case slices.Equal(had, has):
			change.Kind = ChangeUnchanged
		}
		all = append(all, change)
	}
	return all
}

// rolesOf names the roles that a person has.
func (s *State) rolesOf(id string) (names []string) {
	person := s.People[id]
	if !person.hasAccess() {
		return nil
	}
	for _, held := range person.Held {
		names = append(names, s.roleName(held.AppRoleID))
	}
	slices.Sort(names)
	return names
}

// roleIDsOf returns the ids of the roles that a person has, as now keeps them.
func (s *State) roleIDsOf(id string, now *State) (ids []string) {
	for _, held := range s.People[id].Held {
		ids = append(ids, now.canonical(held.AppRoleID))
	}
	slices.Sort(ids)
	return ids
}

// WriteChanges writes changes as CSV for reviewers. Nil opts protect against spreadsheet
// formulas; see [roster.WriterOptions].
func WriteChanges(w io.Writer, changes []PersonChange, opts *roster.WriterOptions) error {
	header, err := roster.NewHeader("", []string{"change", "person", "status", "roles before", "roles now", "accounts",
		"principal id"})
	if err != nil {
		return err
	}
	out := roster.NewWriter(w, header, nil, opts)
	for _, c := range changes {
		list := func(names []string) string { return strings.Join(names, "; ") }
		record := []string{string(c.Kind), c.Person.String(), string(c.Person.Status), list(c.Before), list(c.Now),
			list(c.Accounts), c.Person.ID}
		if err := out.Write(roster.NewRow(header, 0, record)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// FindRun returns what a run wrote.
func FindRun(path string, number int) (*Wrote, error) {
	var wrote *Wrote
	_, err := readFile(path, func(e Entry, _ *State) bool {
		if e.Number == number {
			wrote = e.Wrote
		}
		return e.Number < number
	})
	if err == nil && wrote == nil {
		err = fmt.Errorf("%s: its entry %d is no run; the history lists the runs", roster.Printable(path), number)
	}
	return wrote, err
}

// Undo returns the plan that takes back what a run wrote: who was given a role loses it, if
// it is still that assignment, and who lost one gets it back. What somebody has changed
// since is left. The policy's limits, protected users and last holders count, as in
// [assign.NewPlan]; it needs no roll. An addition whose assignment no look has shown is
// known by the run alone, and is left.
func (s *State) Undo(run *Wrote, app assign.App, current []assign.Assignment,
	policy *assign.Policy) (assign.Plan, error) {
	added := make(map[Grant]bool)
	for _, grant := range run.Added {
		added[grant] = true
	}
	var removals []string
	for id, grant := range s.Ours {
		if grant.AssignmentID = ""; added[grant] {
			removals = append(removals, id)
		}
	}
	var wants []assign.Want
	for _, grant := range run.Removed {
		wants = append(wants, assign.Want{PrincipalID: grant.PrincipalID, PrincipalName: grant.PrincipalName,
			AppRoleID: grant.AppRoleID})
	}
	return assign.NewReversal(app, wants, removals, current, policy)
}
