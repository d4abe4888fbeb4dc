package assign_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
)

func TestTruthTableOfAPlan(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, test := range []struct {
		reason  string
		wanted  bool
		there   string // principal type of the assignment that is there
		roll    *assign.Roll
		remove  assign.RemovePolicy
		changes []string
		kept    assign.Kept
	}{
		{reason: "nothing wanted, nothing there", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{}},
		{reason: "wanted and missing", wanted: true, changes: []string{"+u General"}},
		{reason: "wanted and missing, whatever the policy", wanted: true, roll: whole(), remove: assign.RemoveUnlisted, changes: []string{"+u General"}},
		{reason: "wanted and there", wanted: true, there: "User", changes: []string{}, kept: assign.Kept{Met: 1}},
		{reason: "wanted and there, whatever the policy", wanted: true, there: "User", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Met: 1}},
		{reason: "nobody asks for it, and by default nothing is taken away", there: "User", changes: []string{}, kept: assign.Kept{Unlisted: 1}},
		{reason: "nobody asks for it", there: "User", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{"-u General"}},
		{reason: "Graph's own spelling is not the only one", there: "user", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{"-u General"}},
		{reason: "a row names the user, but nothing was wanted for them: disabled, perhaps", there: "User",
			roll: rollOf(t, []string{"U"}, nil), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Held: 1}},
		{reason: "a row names the user: the count of those whom no row names would mislead", there: "User",
			roll: rollOf(t, []string{"u"}, nil), changes: []string{}, kept: assign.Kept{Held: 1}},
		{reason: "the user's row says no role that we understand", there: "User",
			roll: rollOf(t, nil, []string{"u"}), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Held: 1}},
		{reason: "a group's assignment is nobody's row", there: "Group", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Groups: 1}},
		{reason: "a service principal's neither", there: "ServicePrincipal", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Others: 1}},
		{reason: "what isn't known to be a user is not touched", there: "Agent", roll: whole(), remove: assign.RemoveUnlisted, changes: []string{}, kept: assign.Kept{Others: 1}},
	} {
		var wanted []assign.Want
		if test.wanted {
			wanted = wants(t, "u@x,General")
		}
		var current []assign.Assignment
		if test.there != none {
			a := held("u", general)
			a.PrincipalType = test.there
			current = append(current, a)
		}
		policy := removing(test.roll)
		policy.Remove = test.remove
		plan, err := assign.NewPlan(testApp, wanted, current, policy)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.changes, brief(plan), test.reason)
		assert.Equal(t, test.kept, plan.Kept, test.reason)
	}
}

func TestRolesAreComparedAndNotPeopleAlone(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("ada", auditor), held("bob", general)}
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General", "bob@x,General"), current, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"+ada General"}, brief(plan), "who has another role still lacks this one")

	plan, err = assign.NewPlan(testApp, wants(t, "ada@x,General", "bob@x,General"), current, removing(whole()))
	require.NoError(t, err)
	assert.Equal(t, []string{"+ada General", "-ada Auditor"}, brief(plan), "a role is changed by adding one and removing the other")
}

func TestIDsAreComparedWithoutLetterCase(t *testing.T) {
	t.Parallel()
	a := held("ABCDEF", general)
	a.AppRoleID, a.ResourceID = strings.ToUpper(a.AppRoleID), strings.ToUpper(a.ResourceID)
	plan, err := assign.NewPlan(testApp, []assign.Want{{PrincipalID: "abcdef", AppRoleID: general.ID}}, []assign.Assignment{a}, removing(whole()))
	require.NoError(t, err)
	assert.Empty(t, plan.Changes, "the same GUID written otherwise would be added and removed")
}

func TestEveryChangeSaysWhy(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("bob", auditor), held("gone", general)}
	wanted := wants(t, "ada@x,General", "bob@x,General", "ada@x,General")
	plan, err := assign.NewPlan(testApp, wanted, current, removing(whole()))
	require.NoError(t, err)
	require.Len(t, plan.Changes, 4)

	ada := plan.Changes[0]
	assert.Equal(t, "row 2 of users.csv (ada@x) and 1 more have the role General", ada.Reason)
	assert.Equal(t, []assign.Source{{File: "users.csv", Line: 2, Key: "ada@x"}, {File: "users.csv", Line: 4, Key: "ada@x"}}, ada.Sources,
		"every row that asks for it can be found again")
	assert.Equal(t, "row 3 of users.csv (bob@x) has the role General", plan.Changes[1].Reason)
	assert.Equal(t, "no row of users.csv gives this user the role Auditor; row 3 of users.csv (bob@x) has the role General", plan.Changes[2].Reason)
	assert.Equal(t, "no row of users.csv names this user", plan.Changes[3].Reason)
	assert.Equal(t, assign.Change{Action: assign.Remove, PrincipalID: "gone", PrincipalName: "Display gone", AppRoleID: general.ID, AppRole: "General",
		AssignmentID: "gone-general", Reason: plan.Changes[3].Reason}, plan.Changes[3])
}

func TestAWantThatCanNotBeMetIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		want   assign.Want
		err    error
	}{
		{"a role of another application", assign.Want{PrincipalID: "ada", AppRoleID: "99999999-9999-9999-9999-999999999999"}, assign.ErrUnknownRole},
		{"a role's name is not its id", assign.Want{PrincipalID: "ada", AppRoleID: "General"}, assign.ErrUnknownRole},
		{"a disabled role", assign.Want{PrincipalID: "ada", AppRoleID: retired.ID}, assign.ErrRoleDisabled},
		{"an application's role", assign.Want{PrincipalID: "ada", AppRoleID: daemon.ID}, assign.ErrRoleTakesNoUsers},
		{"default access where there are roles", assign.Want{PrincipalID: "ada", AppRoleID: assign.DefaultAccess}, assign.ErrRoleNeeded},
		{"no role", assign.Want{PrincipalID: "ada"}, assign.ErrRoleNeeded},
		{"nobody", assign.Want{AppRoleID: general.ID}, assign.ErrNoUser},
	} {
		test.want.Source = assign.Source{File: "users.csv", Line: 7}
		_, err := assign.NewPlan(testApp, []assign.Want{test.want}, nil, nil)
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, "row 7 of users.csv", test.reason)
	}
	plan, err := assign.NewPlan(assign.App{ResourceID: "app"}, []assign.Want{{PrincipalID: "ada", AppRoleID: assign.DefaultAccess}}, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"+ada Default Access"}, brief(plan))
	_, err = assign.NewPlan(assign.App{ResourceID: "app"}, []assign.Want{{PrincipalID: "ada"}}, nil, nil)
	assert.ErrorIs(t, err, assign.ErrUnknownRole, "a want without a role is a mistake also where default access is given")
}

func TestAssignmentsOfAnotherApplicationAreRefused(t *testing.T) {
	t.Parallel()
	a := held("ada", general)
	a.ResourceID = "another"
	_, err := assign.NewPlan(testApp, nil, []assign.Assignment{a}, removing(whole()))
	assert.ErrorIs(t, err, assign.ErrOtherApplication, "its people would all be removed")
}

func TestAnAssignmentListedTwiceIsOne(t *testing.T) {
	t.Parallel()
	a := held("ada", general)
	plan, err := assign.NewPlan(testApp, nil, []assign.Assignment{a, held("bob", general), a}, removing(whole()))
	require.NoError(t, err)
	assert.Equal(t, []string{"-ada General", "-bob General"}, brief(plan), "a page that overlaps the next must not count twice")
	assert.Len(t, plan.Before, 2)
}

func TestNothingIsRemovedOnUnfinishedEvidence(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("ada", general), held("bob", general)}
	rows := accounts(t, strings.Split(strings.Repeat("cy@x, ", 3)+strings.Repeat("nobody@x, ", 5)+"cy@x,", " ")...)
	require.Len(t, rows, 9)
	unresolved := func(n int) *assign.Roll {
		return assign.NewRoll(listing{rows: rows, unresolved: rows[3 : 3+n]}, nil)
	}
	for _, test := range []struct {
		reason string
		roll   *assign.Roll
		accept int
		kept   int    // unresolved rows that the plan names
		text   string // "" if removal is right
	}{
		{reason: "all rows known", roll: unresolved(0)},
		{reason: "unresolved rows that somebody looked at", roll: unresolved(2), accept: 2, kept: 2},
		{reason: "fewer than were accepted", roll: unresolved(1), accept: 2, kept: 1},
		{reason: "the zero policy knows nothing of the roster",
			text: "incomplete evidence: nothing may be removed: the policy has no Roll to show that the roster was read to its end"},
		{reason: "the zero Roll knows nothing of it either", roll: new(assign.Roll),
			text: "incomplete evidence: nothing may be removed: no row of the roster was read, so that everybody would look unlisted"},
		{reason: "a roster that was not read to its end", roll: assign.NewRoll(listing{rows: rows, unfinished: true}, nil),
			text: "incomplete evidence: nothing may be removed: users.csv was not read and looked up to its end; remove nothing, or read it again"},
		{reason: "a roster that was read, and may have been cut: the doubt says what to do",
			roll: assign.NewRoll(listing{rows: rows, doubt: "users.csv line 9: the last line has no line end"}, nil),
			text: "incomplete evidence: nothing may be removed: users.csv line 9: the last line has no line end"},
		{reason: "a roster without rows", roll: assign.NewRoll(listing{}, nil), accept: 100,
			text: "incomplete evidence: nothing may be removed: no row of the roster found a person, so that everybody would look unlisted; check the column and the attribute that it is matched by"},
		{reason: "a roster none of whose rows found a person", accept: 100,
			roll: assign.NewRoll(listing{rows: accounts(t, "nobody@x,General"), unresolved: accounts(t, "nobody@x,General")}, nil),
			text: "incomplete evidence: nothing may be removed: no row of users.csv found a person, so that everybody would look unlisted; check the column and the attribute that it is matched by"},
		{reason: "a row whose lookup failed may be ada's", roll: unresolved(1),
			text: "incomplete evidence: nothing may be removed: who is meant by 1 of the 9 rows of users.csv is not known (the first is row 5 of users.csv (nobody@x)), and 0 such rows are accepted; resolve them, or look at them and accept that many"},
		{reason: "one more than somebody looked at", roll: unresolved(3), accept: 2,
			text: "incomplete evidence: nothing may be removed: who is meant by 3 of the 9 rows of users.csv is not known (the first is row 5 of users.csv (nobody@x)), and 2 such rows are accepted; resolve them, or look at them and accept that many"},
	} {
		policy := removing(test.roll)
		policy.AcceptUnresolved = test.accept
		policy.Override = "all of them have left" // lifts limits, and nothing else
		plan, err := assign.NewPlan(testApp, nil, current, policy)
		if test.text == "" {
			require.NoError(t, err, test.reason)
			assert.Equal(t, 2, plan.Count(assign.Remove), test.reason)
			assert.Equal(t, test.kept, plan.Unresolved, test.reason)
			continue
		}
		assert.ErrorIs(t, err, assign.ErrUnfinished, test.reason)
		assert.EqualError(t, err, test.text, test.reason)
		assert.Empty(t, plan.Changes, test.reason)
	}
	plan, err := assign.NewPlan(testApp, wants(t, "cy@x,General"), current, nil)
	require.NoError(t, err, "who removes nothing needs no evidence")
	assert.Equal(t, []string{"+cy General"}, brief(plan))
}

func TestAnUnsettledRowHoldsAllThatItsUserHas(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,General", "ada@x,Boss", "bob@x,General")
	wanted, failed := assign.Wants(each(rows), assign.RoleColumn("Role", testApp.Roles, nil))
	roll := assign.NewRoll(listing{rows: rows}, failed)
	current := []assign.Assignment{held("ada", auditor), held("bob", auditor)}
	plan, err := assign.NewPlan(testApp, wanted, current, removing(roll))
	require.NoError(t, err)
	assert.Equal(t, []string{"+ada General", "+bob General", "-bob Auditor"}, brief(plan), "Boss may be what they call Auditor")
	assert.Equal(t, assign.Kept{Held: 1}, plan.Kept)
}

// Somebody who is one of two candidates of an ambiguous row may be the one whom
// the row means, whoever accepted that row.
func TestWhomARowMayMeanKeepsWhatTheyHold(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "ada@x,General", "nobody@x,General")
	rows[1].mayBe = []string{"BOB", "cy"}
	current := []assign.Assignment{held("ada", general), held("bob", general), held("cy", auditor), held("dee", general)}
	policy := removing(assign.NewRoll(listing{rows: rows, unresolved: rows[1:]}, nil))
	policy.AcceptUnresolved = 1
	plan, err := assign.NewPlan(testApp, wants(t, "ada@x,General"), current, policy)
	require.NoError(t, err)
	assert.Equal(t, []string{"-dee General"}, brief(plan))
	assert.Equal(t, assign.Kept{Met: 1, Held: 2}, plan.Kept)
}

func TestRemovalsAreLimited(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason           string
		current, removed int
		policy           assign.Policy
		refused          bool
		allowed          int // how many may go, if they are refused
	}{
		{reason: "a tenth by default", current: 100, removed: 10},
		{reason: "more than a tenth", current: 100, removed: 11, refused: true, allowed: 10},
		{reason: "rounded down", current: 109, removed: 11, refused: true, allowed: 10},
		{reason: "500 by default, however many there are", current: 6000, removed: 501, refused: true, allowed: 500},
		{reason: "at 500", current: 6000, removed: 500},
		{reason: "one of a handful", current: 3, removed: 1},
		{reason: "two of a handful", current: 3, removed: 2, refused: true, allowed: 1},
		{reason: "never the last one by default", current: 1, removed: 1, refused: true, allowed: 0},
		{reason: "an empty roster", current: 40, removed: 40, refused: true, allowed: 4},
		{reason: "a limit by number alone", current: 100, removed: 60, policy: assign.Policy{MaxRemovals: 60, MaxRemovalShare: 1}},
		{reason: "one more than that", current: 100, removed: 61, policy: assign.Policy{MaxRemovals: 60, MaxRemovalShare: 1}, refused: true, allowed: 60},
		{reason: "the stricter limit holds", current: 100, removed: 9, policy: assign.Policy{MaxRemovals: 8, MaxRemovalShare: 0.5}, refused: true, allowed: 8},
		{reason: "the share may be the stricter one", current: 100, removed: 6, policy: assign.Policy{MaxRemovals: 8, MaxRemovalShare: 0.05}, refused: true, allowed: 5},
		{reason: "a share that no binary fraction equals", current: 100, removed: 29, policy: assign.Policy{MaxRemovalShare: 0.29}},
		{reason: "no limit by number", current: 6000, removed: 600, policy: assign.Policy{MaxRemovals: assign.NoLimit}},
		{reason: "no limits", current: 1, removed: 1, policy: assign.Policy{MaxRemovals: assign.NoLimit, MaxRemovalShare: 1}},
		{reason: "overridden with a reason", current: 100, removed: 100, policy: assign.Policy{Override: "CORPDB1 is closed down"}},
		{reason: "a reason is not spaces", current: 100, removed: 100, policy: assign.Policy{Override: "  "}, refused: true, allowed: 10},
	} {
		var current []assign.Assignment
		var wanted []assign.Want
		for i := range test.current {
			user := fmt.Sprintf("user%04d", i)
			current = append(current, held(user, general))
			if i >= test.removed {
				wanted = append(wanted, assign.Want{PrincipalID: user, AppRoleID: general.ID})
			}
		}
		group := held("group", general)
		group.PrincipalType = "Group"
		current = append(current, group) // which no share is taken of
		policy := test.policy
		policy.Remove, policy.Roll = assign.RemoveUnlisted, whole()
		plan, err := assign.NewPlan(testApp, wanted, current, &policy)
		if !test.refused {
			require.NoError(t, err, test.reason)
			assert.Equal(t, test.removed, plan.Count(assign.Remove), test.reason)
			assert.Equal(t, strings.TrimSpace(test.policy.Override), plan.Limits.Override, test.reason)
			continue
		}
		var limit *assign.LimitError
		require.ErrorAs(t, err, &limit, test.reason)
		assert.Equal(t, test.allowed, limit.Allowed, test.reason)
		assert.Equal(t, test.current, limit.Current, test.reason)
		assert.Len(t, limit.Changes, test.removed, test.reason)
		assert.Empty(t, plan.Changes, test.reason)
	}
}

func TestProtectedUsersAndWhatPackagesDeliverIsKept(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("root", general), held("bob", general), held("bob", auditor), held("cy", general)}
	policy := removing(whole())
	policy.Protected = []string{"ROOT"}
	policy.Packages = &assign.Packages{Grants: []assign.PackageGrant{{PrincipalID: "Bob", AppRoleID: auditor.ID}}}
	plan, err := assign.NewPlan(testApp, nil, current, policy)
	require.NoError(t, err)
	assert.Equal(t, []string{"-bob General", "-cy General"}, brief(plan))
	assert.Equal(t, assign.Kept{Protected: 1, Delivered: 1}, plan.Kept)
	assert.False(t, plan.PackagesUnread)

	policy.Packages = nil
	plan, err = assign.NewPlan(testApp, nil, current, policy)
	require.NoError(t, err)
	assert.True(t, plan.PackagesUnread, "a removal may be of what a package delivers")
	var out strings.Builder
	require.NoError(t, plan.WriteText(&out))
	assert.Contains(t, out.String(), "What access packages deliver was not read")
	plan, err = assign.NewPlan(testApp, nil, current, nil)
	require.NoError(t, err)
	assert.False(t, plan.PackagesUnread, "who removes nothing need not know")
}

func TestARoleKeepsItsLeastNumberOfUsers(t *testing.T) {
	t.Parallel()
	current := []assign.Assignment{held("ada", auditor), held("bob", auditor), held("cy", general)}
	policy := removing(whole())
	policy.MinHolders = map[string]int{strings.ToUpper(auditor.ID): 1}
	_, err := assign.NewPlan(testApp, nil, current, policy)
	require.ErrorIs(t, err, assign.ErrTooFewHolders)
	assert.EqualError(t, err, "the plan would leave the role Auditor with 0 users, and at least 1 must keep it: too few users would keep the role")
	plan, err := assign.NewPlan(testApp, wants(t, "dee@x,Auditor"), current, policy)
	require.NoError(t, err, "one who comes makes up for one who goes")
	assert.Equal(t, 3, plan.Count(assign.Remove))
	plan, err = assign.NewPlan(testApp, nil, current[2:], policy)
	require.NoError(t, err, "a role that has too few already is not the plan's doing")
	assert.Equal(t, 1, plan.Count(assign.Remove))
}

// A wrong column may grant a role to everybody.
func TestAdditionsAreLimited(t *testing.T) {
	t.Parallel()
	var wanted []assign.Want
	for i := range assign.DefaultMaxAdditions + 1 {
		wanted = append(wanted, assign.Want{PrincipalID: fmt.Sprintf("user%05d", i), AppRoleID: general.ID})
	}
	_, err := assign.NewPlan(testApp, wanted, nil, nil)
	var limit *assign.LimitError
	require.ErrorAs(t, err, &limit)
	assert.Equal(t, assign.Add, limit.Action)
	assert.EqualError(t, err, "the plan would add 10001 assignments and only 10000 may be added: "+
		"check that each row gets the role that it should; if it does, raise the limit or override it with a reason")
	for reason, policy := range map[string]assign.Policy{
		"no limit": {MaxAdditions: assign.NoLimit}, "a higher limit": {MaxAdditions: 10_001}, "a reason": {Override: "the first import"},
	} {
		plan, err := assign.NewPlan(testApp, wanted, nil, &policy)
		require.NoError(t, err, reason)
		assert.Len(t, plan.Changes, 10_001, reason)
	}
	_, err = assign.NewPlan(testApp, wanted[:2], nil, &assign.Policy{MaxAdditions: 1})
	require.ErrorAs(t, err, &limit)
	_, err = assign.NewPlan(testApp, wanted[:2], nil, &assign.Policy{MaxAdditions: -1})
	require.ErrorContains(t, err, "use assign.NoLimit to lift a limit")
}

func TestTheLimitErrorSaysTheNumbersAndWhatToDo(t *testing.T) {
	t.Parallel()
	err := &assign.LimitError{Action: assign.Remove, Changes: make([]assign.Change, 240), Current: 1000, Allowed: 100, Max: 500, Share: 0.1}
	assert.EqualError(t, err, "the plan would remove 240 of 1000 direct assignments and only 100 may go (10% of them, at most 500): "+
		"check that the roster is whole and is this application's; if it is, raise the limit or override it with a reason")
}

func TestAPolicyThatMeansNothingIsRefused(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{10, -0.1, math.NaN(), math.Inf(1)} {
		policy := &assign.Policy{Remove: assign.RemoveUnlisted, MaxRemovalShare: share, Roll: whole()}
		_, err := assign.NewPlan(testApp, nil, nil, policy)
		assert.ErrorContains(t, err, "a share from 0 to 1", "a percentage in place of a share would lift the limit")
	}
	_, err := assign.NewPlan(testApp, nil, nil, &assign.Policy{Remove: assign.RemoveUnlisted, MaxRemovals: -1, Roll: whole()})
	assert.ErrorContains(t, err, "use assign.NoLimit", "a number by which nothing could be removed would lift the limit")
	_, err = assign.NewPlan(testApp, nil, nil, &assign.Policy{MinHolders: map[string]int{general.ID: -1}})
	assert.ErrorContains(t, err, "MinHolders of the role "+general.ID+" is -1")
	_, err = assign.NewPlan(testApp, nil, nil, &assign.Policy{Remove: "all", Roll: whole()})
	assert.ErrorContains(t, err, `the policy's Remove is "all"`)
}

func TestThePlanKeepsTheStateThatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	first, second := held("bob", general), held("ada", general)
	first.CreatedDateTime = time.Date(2026, 3, 1, 8, 0, 0, 0, time.FixedZone("CET", 3600))
	plan, err := assign.NewPlan(testApp, nil, []assign.Assignment{first, second}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"ada", "bob"}, []string{plan.Before[0].PrincipalID, plan.Before[1].PrincipalID})
	assert.Equal(t, time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC), plan.Before[1].CreatedDateTime)

	other, err := assign.NewPlan(testApp, nil, []assign.Assignment{second}, nil)
	require.NoError(t, err)
	assert.NotEqual(t, plan.Basis, other.Basis, "another state has another basis")
}
