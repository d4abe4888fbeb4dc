package governance_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/roster"
)

// limits are those of one run, by number and by share, and the reason to go beyond.
type limits struct {
	max      int
	share    float64
	override string
}

// A mass is one thing that is done in the mass.
type mass struct {
	name string
	// try does it n times, where of is what the share is of.
	try       func(t *testing.T, n, of int, l limits) error
	most      int     // by default
	share     float64 // by default
	noShare   float64 // lifts the limit by share
	refusedBy any
}

var masses = []mass{
	{"additions", add, assign.DefaultMaxAdditions, assign.DefaultMaxAdditionShare, assign.NoLimit, new(*assign.LimitError)},
	{"removals", remove, assign.DefaultMaxRemovals, assign.DefaultMaxRemovalShare, 1, new(*assign.LimitError)},
	{"new users", createUsers, entra.DefaultMaxCreations, entra.DefaultMaxCreationShare, 1, new(*entra.CreationLimitError)},
	{"accounts to close", closeAccounts, fulfill.DefaultMaxAccounts, fulfill.DefaultMaxAccountShare, 1, new(*fulfill.LimitError)},
	{"tickets", openTickets, fulfill.DefaultMaxTickets, fulfill.DefaultMaxTicketShare, 1, new(*fulfill.LimitError)},
}

const oneRole, oneApp = "11111111-1111-1111-1111-111111111111", "aaaaaaaa-0000-0000-0000-000000000001"

func person(i int) string { return fmt.Sprintf("user%05d", i) }

// holders are assignments of n users.
func holders(n int) (list []assign.Assignment) {
	for i := range n {
		list = append(list, assign.Assignment{ID: "grant of " + person(i), PrincipalID: person(i), PrincipalType: "User",
			ResourceID: oneApp, AppRoleID: oneRole})
	}
	return list
}

// planOf plans for an application with one role, of whose holders the first removed go
// and which added users get. No row names whom the policy protects.
func planOf(current, added, removed int, policy *assign.Policy) (assign.Plan, error) {
	var wants []assign.Want
	for i := removed; i < current+added; i++ {
		if !slices.Contains(policy.Protected, person(i)) {
			wants = append(wants, assign.Want{PrincipalID: person(i), AppRoleID: oneRole})
		}
	}
	policy.Roll = assign.NewRoll(listOfOne{}, nil)
	app := assign.App{ResourceID: oneApp, DisplayName: "CORPDB1", Roles: []assign.AppRole{{ID: oneRole,
		DisplayName: "General", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}}
	return assign.NewPlan(app, wants, holders(current), policy)
}

// A listOfOne is a roster that was read to its end.
type listOfOne struct{}

func (l listOfOne) Principal() (id, name string)    { return "somebody", "" }
func (l listOfOne) MayBe() []string                 { return nil }
func (l listOfOne) Complete() bool                  { return true }
func (l listOfOne) All() iter.Seq[listOfOne]        { return func(yield func(listOfOne) bool) { yield(l) } }
func (l listOfOne) Unresolved() iter.Seq[listOfOne] { return func(func(listOfOne) bool) {} }
func (l listOfOne) Account() (roster.Row, string) {
	header, _ := roster.NewHeader("users.csv", []string{"Email"})
	return roster.NewRow(header, 2, nil), ""
}

// throughAFile decodes what a plan encodes.
func throughAFile(plan assign.Plan) error {
	var file bytes.Buffer
	if err := plan.Encode(&file); err != nil {
		return err
	}
	_, err := assign.DecodePlan(&file)
	return err
}

func add(_ *testing.T, n, of int, l limits) error {
	plan, err := planOf(of, n, 0, &assign.Policy{MaxAdditions: l.max, MaxAdditionShare: l.share, Override: l.override})
	if err != nil {
		return err
	}
	return throughAFile(plan)
}

func remove(_ *testing.T, n, of int, l limits) error {
	plan, err := planOf(of, 0, n, &assign.Policy{Remove: assign.RemoveUnlisted,
		MaxRemovals: l.max, MaxRemovalShare: l.share, Override: l.override})
	if err != nil {
		return err
	}
	return throughAFile(plan)
}

func createUsers(_ *testing.T, n, of int, l limits) error {
	plan := entra.CreationPlan{Users: make([]entra.NewUser, n)}
	return plan.Check(of, &entra.CreationLimits{MaxUsers: l.max, MaxShare: l.share, Override: l.override})
}

func closeAccounts(t *testing.T, n, of int, l limits) error {
	_, err := leavers(t, n, of, &fulfill.RevocationOptions{MaxAccounts: l.max, MaxAccountShare: l.share, Override: l.override})
	return err
}

// leavers returns what a journal of so many users learns when the first n of them have
// lost their role.
func leavers(t *testing.T, n, of int, opts *fulfill.RevocationOptions) (*fulfill.News, error) {
	journal := openKnown(t, of)
	defer journal.Close()
	return journal.State().Compare(lookAtHolders(n, of), opts)
}

func lookAtHolders(gone, of int) fulfill.Look {
	look := fulfill.Look{Time: time.Now(), Users: map[string]fulfill.UserStatus{},
		Access: fulfill.Access{Complete: true, ResourceID: oneApp, Assignments: holders(of)[gone:]}}
	for i := range of {
		look.Users[person(i)] = fulfill.UserIsEnabled
	}
	return look
}

var knownJournals = struct {
	sync.Mutex
	files map[int][]byte // by the number of users
}{files: map[int][]byte{}}

// openKnown opens a copy of a journal that knows so many users, each with an account and
// the role.
func openKnown(t *testing.T, of int) *fulfill.Journal {
	knownJournals.Lock()
	defer knownJournals.Unlock()
	path := filepath.Join(t.TempDir(), "CORPDB1.journal")
	if file, made := knownJournals.files[of]; made {
		require.NoError(t, os.WriteFile(path, file, 0o600))
	}
	journal, err := fulfill.OpenJournal(path, assign.App{ResourceID: oneApp, DisplayName: "CORPDB1"}, nil)
	require.NoError(t, err)
	if journal.State().Known() == of {
		return journal
	}
	look := lookAtHolders(0, of)
	look.List, err = fulfill.NewList(listOf(of), nil)
	require.NoError(t, err)
	record(t, journal, look)
	require.Equal(t, of, journal.State().Known())
	knownJournals.files[of], err = os.ReadFile(path)
	require.NoError(t, err)
	return journal
}

// A listOf is a list of so many users' accounts.
type listOf int

func (l listOf) Complete() bool                   { return true }
func (l listOf) Unresolved() iter.Seq[listedUser] { return func(func(listedUser) bool) {} }
func (l listOf) All() iter.Seq[listedUser] {
	return func(yield func(listedUser) bool) {
		header, _ := roster.NewHeader("users.csv", []string{"Login"})
		for i := range int(l) {
			if !yield(listedUser{i, roster.NewRow(header, i+2, []string{strings.ToUpper(person(i))})}) {
				return
			}
		}
	}
}

type listedUser struct {
	number int
	row    roster.Row
}

func (u listedUser) Principal() (id, name string)  { return person(u.number), "" }
func (u listedUser) MayBe() []string               { return nil }
func (u listedUser) Account() (roster.Row, string) { return u.row, u.row.Get("Login") }
func (u listedUser) Enabled() bool                 { return true }
func (u listedUser) Unread() int                   { return 0 }

type silentDesk struct{}

func (silentDesk) Open(context.Context, fulfill.Ticket) error { return nil }

func openTickets(t *testing.T, n, of int, l limits) error {
	journal := openKnown(t, of)
	defer journal.Close()
	news, err := journal.State().Compare(lookAtHolders(n, of), &fulfill.RevocationOptions{Override: "this is about tickets"})
	require.NoError(t, err)
	require.NoError(t, journal.Record(news))
	due, err := journal.State().Due(&fulfill.DeliveryOptions{MaxTickets: l.max, MaxTicketShare: l.share, Override: l.override})
	if err != nil {
		assert.Empty(t, due, "nothing that could be opened all the same")
		return err
	}
	assert.Len(t, due, n)
	if n < 30 { // each is on the disk before the next
		delivery, err := journal.Deliver(t.Context(), silentDesk{}, due)
		require.NoError(t, err)
		assert.Equal(t, len(due), delivery.Opened, "what is asked about is what is done")
	}
	return nil
}

// Whatever is done in the mass has a limit by number and one by share. They are
// lifted by name or with a reason, and never by a number that means nothing.
func TestEverythingInTheMassHasItsLimits(t *testing.T) {
	t.Parallel()
	for _, m := range masses {
		for _, c := range []struct {
			reason string
			n, of  int
			limits limits
			want   string // "" done, "limit" refused by a limit, "nonsense" refused as an option
		}{
			{"at the number", 20, 200, limits{max: 20, share: m.noShare}, ""},
			{"one more than the number", 21, 200, limits{max: 20, share: m.noShare}, "limit"},
			{"at the share", 20, 200, limits{max: assign.NoLimit, share: 0.1}, ""},
			{"one more than the share", 21, 200, limits{max: assign.NoLimit, share: 0.1}, "limit"},
			{"a share that no binary fraction equals", 29, 100, limits{share: 0.29}, ""},
			{"the stricter one is the number", 21, 200, limits{max: 20, share: 0.5}, "limit"},
			{"the stricter one is the share", 21, 200, limits{max: 50, share: 0.1}, "limit"},
			{"at the number by default", m.most, 12_000, limits{share: m.noShare}, ""},
			{"one more than that", m.most + 1, 12_000, limits{share: m.noShare}, "limit"},
			{"at the share by default", int(2000 * m.share), 2000, limits{max: assign.NoLimit}, ""},
			{"one more than that", int(2000*m.share) + 1, 2000, limits{max: assign.NoLimit}, "limit"},
			{"lifted by name", 200, 200, limits{max: assign.NoLimit, share: m.noShare}, ""},
			{"the name of the number does not lift the share", 150, 200, limits{max: assign.NoLimit, share: 0.5}, "limit"},
			{"lifted with a reason", 150, 200, limits{1, 0.01, "the Oslo office has closed"}, ""},
			{"a reason is not spaces", 150, 200, limits{1, 0.01, " \t"}, "limit"},
			{"a negative number", 1, 200, limits{max: -1, share: m.noShare}, "nonsense"},
			{"a negative number and a reason", 1, 200, limits{-1, m.noShare, "no"}, "nonsense"},
			{"a negative share", 1, 200, limits{share: -0.1}, "nonsense"},
			{"no number for a share", 1, 200, limits{share: math.NaN()}, "nonsense"},
			{"an endless share", 1, 200, limits{share: math.Inf(1)}, "nonsense"},
		} {
			err := m.try(t, c.n, c.of, c.limits)
			what := m.name + ": " + c.reason
			switch c.want {
			case "":
				assert.NoError(t, err, what)
			case "limit":
				require.Error(t, err, what)
				assert.ErrorAs(t, err, m.refusedBy, what)
				assert.ErrorContains(t, err, "raise the limit or override it with a reason", what)
			default:
				require.Error(t, err, what)
				assert.Regexp(t, "assign.NoLimit|a share from 0 to 1", err.Error(), what)
			}
		}
		if m.noShare == 1 {
			assert.ErrorContains(t, m.try(t, 1, 200, limits{share: 10}), "from 0 to 1", "%s: 10%% is 0.1", m.name)
		}
	}
}

// Where there is little, little is always allowed.
func TestLimitsBySharesLeaveRoomForBeginnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason  string
		try     func(t *testing.T, n, of int, l limits) error
		n, of   int
		refused bool
	}{
		{"a first import", add, 9000, 0, false},
		{"the rest of one that was cut off, or of one after a pilot", add, 1000, 3, false},
		{"more than that", add, 1001, 3, true},
		{"one of three leaves", remove, 1, 3, false},
		{"the last one leaves", remove, 1, 1, true},
		{"a short list of new people", createUsers, 100, 100, false},
		{"more than that, and all are new", createUsers, 101, 101, true},
		{"ten accounts", closeAccounts, 10, 10, false},
		{"eleven", closeAccounts, 11, 11, true},
		{"ten tickets", openTickets, 10, 10, false},
		{"eleven", openTickets, 11, 11, true},
	} {
		assert.Equal(t, c.refused, c.try(t, c.n, c.of, limits{}) != nil, c.reason)
	}
}

// A plan file carries its limits, and holds whoever edits it to them.
func TestAPlanThatWasEditedBeyondItsLimitsIsRefused(t *testing.T) {
	t.Parallel()
	policy := &assign.Policy{Remove: assign.RemoveUnlisted, MaxAdditions: 20, MaxAdditionShare: 0.1,
		Protected: []string{person(99)}, MinHolders: map[string]int{strings.ToUpper(oneRole): 90}}
	plan, err := planOf(100, 1, 1, policy)
	require.NoError(t, err)
	require.NoError(t, throughAFile(plan))
	edit := func(change func(p *assign.Plan)) error {
		edited := plan
		edited.Changes, edited.Limits.MinHolders = slices.Clone(plan.Changes), maps.Clone(plan.Limits.MinHolders)
		change(&edited)
		return throughAFile(edited)
	}
	additions := func(n int) func(p *assign.Plan) {
		return func(p *assign.Plan) {
			p.Changes = nil
			for i := range n {
				p.Changes = append(p.Changes, assign.Change{Action: assign.Add, PrincipalID: person(1000 + i), AppRoleID: oneRole})
			}
		}
	}
	removals := func(from, to int) func(p *assign.Plan) {
		return func(p *assign.Plan) {
			p.Changes = nil
			for i := from; i < to; i++ {
				p.Changes = append(p.Changes, assign.Change{Action: assign.Remove, PrincipalID: person(i), AppRoleID: oneRole,
					AssignmentID: "grant of " + person(i)})
			}
		}
	}
	for reason, change := range map[string]func(p *assign.Plan){
		"additions beyond the share":    additions(11),
		"removals beyond the share":     removals(0, 11),
		"a protected user":              removals(99, 100),
		"too few would be left":         func(p *assign.Plan) { removals(0, 10)(p); p.Limits.MinHolders[oneRole] = 91 },
		"a number that lifts nothing":   func(p *assign.Plan) { p.Limits.MaxAdditions = -1 },
		"removals below nothing":        func(p *assign.Plan) { p.Limits.MaxRemovals = -1 },
		"a share that lifts nothing":    func(p *assign.Plan) { p.Limits.MaxAdditionShare = -1 },
		"a share of more than there is": func(p *assign.Plan) { p.Limits.MaxRemovalShare = 2 },
		"no limits, with a reason":      func(p *assign.Plan) { p.Limits = assign.Limits{Override: "no"} },
	} {
		assert.ErrorIs(t, edit(change), assign.ErrMalformed, reason)
	}
	assert.NoError(t, edit(additions(10)), "an approver may leave it at the limits")
	assert.NoError(t, edit(removals(0, 10)))
	assert.NoError(t, edit(additions(0)))
}
