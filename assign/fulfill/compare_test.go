package fulfill_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// The causes, each for access that was held directly, through a group, with
// several roles, and through an access package.
func TestCausesOfRevocations(t *testing.T) {
	t.Parallel()
	g, a := granted("ada", general), granted("ada", auditor)
	staff, staffA := through("staff", general), through("staff", auditor)
	finance := fulfill.PackageAccess{PrincipalID: "ada", AppRoleID: general.ID, Package: "Finance"}
	in := map[string][]string{"staff": {"ada"}}
	out := map[string][]string{"staff": {}}
	with := func(access fulfill.Access, packages ...fulfill.PackageAccess) fulfill.Access {
		access.Packages = packages
		return access
	}
	const enabled, disabled, deleted = fulfill.UserIsEnabled, fulfill.UserIsDisabled, fulfill.UserIsDeleted
	direct, group, several, pack := reads(nil, g), reads(in, staff), reads(nil, g, a), with(reads(nil, g), finance)
	both := reads(in, g, staff)

	for _, test := range []struct {
		reason   string
		was, is  fulfill.Access
		user     fulfill.UserStatus
		denied   bool
		pending  bool // the review is not applied yet
		want     string
		kept     int
		waiting  int
		disabled bool // when first seen
	}{
		// Nothing happened.
		{reason: "kept, direct", was: direct, is: direct, user: enabled, kept: 1},
		{reason: "kept, group", was: group, is: group, user: enabled, kept: 1},
		{reason: "kept, several roles", was: several, is: several, user: enabled, kept: 2},
		{reason: "kept, package", was: pack, is: pack, user: enabled, kept: 1},
		{reason: "given anew under another id", was: direct, is: reads(nil, assign.Assignment{ID: "anew", PrincipalID: "ADA", PrincipalType: "User",
			ResourceID: testApp.ResourceID, AppRoleID: general.ID}), user: enabled, kept: 1},
		{reason: "held directly and through a group, and left the group", was: both, is: direct, user: enabled, kept: 1},

		// Denied.
		{reason: "denied, direct", was: direct, is: reads(nil), user: enabled, denied: true, want: "ada@x closeAccount: General denied by Grace"},
		{reason: "denied, group: and somebody took them out of it", was: group, is: reads(out, staff), user: enabled, denied: true,
			want: "ada@x closeAccount: General denied by Grace"},
		{reason: "denied, several roles", was: several, is: reads(nil), user: enabled, denied: true,
			want: "ada@x closeAccount: General denied by Grace, Auditor denied by Grace"},
		{reason: "denied, package that is over too", was: pack, is: reads(nil), user: enabled, denied: true, want: "ada@x closeAccount: General denied by Grace"},
		{reason: "denied, package that may give it back", was: pack, is: with(reads(nil), finance), user: enabled, denied: true,
			want: "ada@x closeAccount: General denied by Grace package Finance"},
		{reason: "denied, and then the user was deleted", was: direct, is: reads(nil), user: deleted, denied: true, want: "ada@x closeAccount: General denied by Grace"},
		{reason: "denied, and the review's applying is not over", was: direct, is: reads(nil), user: enabled, denied: true, pending: true,
			want: "ada@x closeAccount: General denied by Grace"},

		// Removed otherwise.
		{reason: "removed, direct", was: direct, is: reads(nil), user: enabled, want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "removed, group: the membership", was: group, is: reads(out, staff), user: enabled, want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "removed, group: its assignment", was: group, is: reads(nil), user: enabled, want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "removed, several roles: one of them", was: several, is: direct, user: enabled, want: "ada@x removeRoles: Auditor removedOtherwise; keeps General", kept: 1},
		{reason: "removed, several roles: all", was: several, is: reads(nil), user: enabled, want: "ada@x closeAccount: General removedOtherwise, Auditor removedOtherwise"},
		{reason: "removed, package that expired", was: pack, is: reads(nil), user: enabled, want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "removed, and the user is disabled as well", was: direct, is: reads(nil), user: disabled, want: "ada@x closeAccount: General removedOtherwise"},
		{reason: "another role in its place", was: direct, is: reads(nil, a), user: enabled, want: "ada@x removeRoles: General removedOtherwise; keeps Auditor"},

		// The user was deleted.
		{reason: "deleted, direct", was: direct, is: reads(nil), user: deleted, want: "ada@x closeAccount: General userDeleted"},
		{reason: "deleted, direct, and the list is late", was: direct, is: direct, user: deleted, denied: true, want: "ada@x closeAccount: General userDeleted by Grace"},
		{reason: "deleted, group", was: group, is: reads(out, staff), user: deleted, want: "ada@x closeAccount: General userDeleted"},
		{reason: "deleted, group, and its list of members is late", was: group, is: group, user: deleted, want: "ada@x closeAccount: General userDeleted through staff"},
		{reason: "deleted, several roles", was: several, is: several, user: deleted, want: "ada@x closeAccount: General userDeleted, Auditor userDeleted"},
		{reason: "deleted, package", was: pack, is: reads(nil), user: deleted, want: "ada@x closeAccount: General userDeleted"},

		// The user was disabled.
		{reason: "disabled, direct", was: direct, is: direct, user: disabled, want: "ada@x closeAccount: General userDisabled"},
		{reason: "disabled, group", was: group, is: group, user: disabled, want: "ada@x closeAccount: General userDisabled through staff"},
		{reason: "disabled, several roles", was: several, is: several, user: disabled, want: "ada@x closeAccount: General userDisabled, Auditor userDisabled"},
		{reason: "disabled, package", was: pack, is: pack, user: disabled, want: "ada@x closeAccount: General userDisabled package Finance"},
		{reason: "disabled, and denied without effect", was: direct, is: direct, user: disabled, denied: true, want: "ada@x closeAccount: General userDisabled by Grace"},
		{reason: "disabled all along, as users are that were made for a roster", was: direct, is: direct, user: disabled, disabled: true, kept: 1},
		{reason: "disabled all along, and denied", was: direct, is: reads(nil), user: disabled, disabled: true, denied: true, want: "ada@x closeAccount: General denied by Grace"},

		// Still through a group.
		{reason: "still through a group, direct before, denied", was: both, is: group, user: enabled, denied: true,
			want: "ada@x lookInto: General stillThroughGroup by Grace through staff; keeps General"},
		{reason: "still through a group, direct before, removed", was: direct, is: group, user: enabled,
			want: "ada@x lookInto: General stillThroughGroup through staff; keeps General"},
		{reason: "still through a group, group before, denied", was: group, is: group, user: enabled, denied: true,
			want: "ada@x lookInto: General stillThroughGroup by Grace through staff; keeps General"},
		{reason: "still through a group, several roles: one is lost", was: reads(in, g, a, staff), is: group, user: enabled, denied: true,
			want: "ada@x removeRoles: General stillThroughGroup by Grace through staff, Auditor denied by Grace; keeps General"},
		{reason: "still through a group, several roles: both", was: several, is: reads(in, staff, staffA), user: enabled, denied: true,
			want: "ada@x lookInto: General stillThroughGroup by Grace through staff, Auditor stillThroughGroup by Grace through staff; keeps Auditor, General"},
		{reason: "still through a group, package before", was: pack, is: with(group, finance), user: enabled, denied: true,
			want: "ada@x lookInto: General stillThroughGroup by Grace through staff package Finance; keeps General"},

		// Denied, not applied.
		{reason: "not applied, direct", was: direct, is: direct, user: enabled, denied: true, want: "ada@x lookInto: General deniedNotApplied by Grace; keeps General"},
		{reason: "not applied, direct and group", was: both, is: both, user: enabled, denied: true,
			want: "ada@x lookInto: General deniedNotApplied by Grace through staff; keeps General"},
		{reason: "not applied, several roles: one is gone", was: several, is: direct, user: enabled, denied: true,
			want: "ada@x removeRoles: General deniedNotApplied by Grace, Auditor denied by Grace; keeps General"},
		{reason: "not applied, package gave it back", was: pack, is: pack, user: enabled, denied: true,
			want: "ada@x lookInto: General deniedNotApplied by Grace package Finance; keeps General"},

		// Denied, and the review is not over.
		{reason: "waiting, direct", was: direct, is: direct, user: enabled, denied: true, pending: true, kept: 1, waiting: 1},
		{reason: "waiting, group", was: group, is: group, user: enabled, denied: true, pending: true, kept: 1, waiting: 1},
		{reason: "waiting, several roles", was: several, is: several, user: enabled, denied: true, pending: true, kept: 2, waiting: 2},
		{reason: "waiting, package", was: pack, is: pack, user: enabled, denied: true, pending: true, kept: 1, waiting: 1},
	} {
		journal, first := begin(t), look(january, test.was)
		first.List = listOf(t, accounts(t, "ada@x,"), nil)
		if test.disabled {
			first.Users["ada"] = disabled
		}
		note(t, journal, first, nil)
		now := look(advent, test.is)
		now.Users = map[string]fulfill.UserStatus{"ADA": test.user}
		if test.denied {
			r := review(deny("ADA"))
			r.Applied = !test.pending
			now.Reviews = append(now.Reviews, r)
		}
		news, err := journal.State().Compare(now, nil)
		require.NoError(t, err, test.reason)
		list := news.Revocations()
		want := []string{}
		if test.want != "" {
			want = append(want, test.want)
		}
		assert.Equal(t, want, lines(list), test.reason)
		assert.Equal(t, test.kept, list.Kept, test.reason)
		assert.Equal(t, test.waiting, list.Waiting, test.reason)
	}
}

func TestTheLatestDecisionOnARoleCounts(t *testing.T) {
	t.Parallel()
	later, never := deny("ada"), deny("ada")
	later.Decision, later.Reviewed = "Approve", december.AddDate(1, 0, 0)
	never.Decision, never.ReviewedBy, never.Reviewed = "NotReviewed", "", time.Time{}
	onlyAuditor := deny("ada")
	onlyAuditor.AppRoleID = strings.ToUpper(auditor.ID)
	unsure := later
	unsure.Decision = "DontKnow"
	lower := deny("ada")
	lower.Decision = "deny"
	for _, test := range []struct {
		reason    string
		decisions []fulfill.Decision
		is        fulfill.Access
		want      []string
	}{
		{"denied once and approved later: who has it has it", []fulfill.Decision{later, deny("ada")}, reads(nil, granted("ada", general), granted("ada", auditor)), []string{}},
		{"denied once, approved later, and gone: that was not the denial", []fulfill.Decision{deny("ada"), later}, reads(nil, granted("ada", auditor)),
			[]string{"ada@x removeRoles: General removedOtherwise; keeps Auditor"}},
		{"nobody looked at it a second time", []fulfill.Decision{never, deny("ada")}, reads(nil, granted("ada", auditor), granted("ada", general)),
			[]string{"ada@x lookInto: General deniedNotApplied by Grace, Auditor deniedNotApplied by Grace; keeps Auditor, General"}},
		{"somebody didn't know, later: that takes nothing back", []fulfill.Decision{unsure, deny("ada")}, reads(nil, granted("ada", general)),
			[]string{"ada@x removeRoles: General deniedNotApplied by Grace, Auditor denied by Grace; keeps General"}},
		{"one role alone was denied", []fulfill.Decision{onlyAuditor}, reads(nil), []string{"ada@x closeAccount: General removedOtherwise, Auditor denied by Grace"}},
		{"spelt otherwise", []fulfill.Decision{lower}, reads(nil, granted("ada", general)),
			[]string{"ada@x removeRoles: General deniedNotApplied by Grace, Auditor denied by Grace; keeps General"}},
		{"about somebody else", []fulfill.Decision{deny("bob")}, reads(nil, granted("ada", general), granted("ada", auditor)), []string{}},
	} {
		journal := known(t, reads(nil, granted("ada", general), granted("ada", auditor)), "ada@x,")
		news, err := journal.State().Compare(look(advent.AddDate(2, 0, 0), test.is, review(test.decisions...)), nil)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, lines(news.Revocations()), test.reason)
	}
}

func TestALossCarriesWhoDeniedItWhenAndWhy(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general)), "ada@x,")
	news := note(t, journal, look(advent, reads(nil), review(deny("ada"))), nil)
	list := journal.State().Revocations()
	require.Len(t, list.Accounts, 1)
	assert.Equal(t, []fulfill.Loss{{ID: news.Losses[0].ID, PrincipalID: "ada", PrincipalName: "ada@x", AppRoleID: general.ID, AppRole: "General",
		Cause: fulfill.Denied, At: advent, Grant: "ada-general", Review: "CORPDB1 2026", By: "Grace", Decided: december,
		Justification: "left the team"}}, list.Accounts[0].Lost)
	assert.Equal(t, []assign.Source{{File: "users.csv", Line: 2, Key: "ada@x"}}, list.Accounts[0].Account.Rows, "the row can be found again")
	assert.Equal(t, advent, list.Looked)
}

func TestEveryAccountOfAPersonIsListedAndPeopleWithoutOneApart(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "zed@x,", "ada@x,")
	rows[0].id = "ada" // two accounts, one person
	journal, first := begin(t), look(january, reads(nil, granted("ada", general), granted("fay", general)))
	first.List = listOf(t, rows, nil)
	note(t, journal, first, nil)
	require.Len(t, journal.State().Revocations().ToOpen, 1, "fay holds a role and has no account")
	now := look(advent, reads(nil))
	now.Users["fay"] = fulfill.UserIsDeleted
	note(t, journal, now, nil)
	list := journal.State().Revocations()
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise", "zed@x closeAccount: General removedOtherwise"}, lines(list))
	require.Len(t, list.NoAccount, 1)
	assert.Equal(t, "Display fay", list.NoAccount[0].People[0].Name)
	assert.Empty(t, list.ToOpen, "who holds nothing needs no account")
}

func TestNoRevocationsFollowFromWhatWasNotRead(t *testing.T) {
	t.Parallel()
	access := reads(map[string][]string{"staff": {"ada"}}, granted("ada", general), through("staff", general))
	journal := known(t, access, "ada@x,", "bob@x,")
	good := func() fulfill.Look {
		now := look(advent, reads(map[string][]string{"staff": {}}, through("staff", general)), review())
		now.Users = enabled("ada")
		return now
	}
	news, err := journal.State().Compare(good(), nil)
	require.NoError(t, err, "bob held nothing, so nobody need know who he is")
	require.Len(t, news.Revocations().Accounts, 1, "there is something to lose")
	for _, test := range []struct {
		reason string
		spoil  func(*fulfill.Look)
		err    error
		text   string
	}{
		{"a listed that broke half-way", func(p *fulfill.Look) { p.Access.Complete = false }, assign.ErrUnfinished,
			"who holds what can't be told: the application's assignments were not read to their end; read it again"},
		{"a group whose members were not read", func(p *fulfill.Look) { p.Access.Members = nil }, assign.ErrUnfinished,
			"who holds what can't be told: the members of the group staff, which holds a role, were not read; read it again"},
		{"a user who was not looked up", func(p *fulfill.Look) { p.Users = nil }, assign.ErrUnfinished,
			`who lost access can't be told: the user ada@x was not looked up (the status is ""); read it again`},
		{"a status that nobody knows", func(p *fulfill.Look) { p.Users["ada"] = "asleep" }, assign.ErrUnfinished, `the status is "asleep"`},
		{"a review whose decisions broke off", func(p *fulfill.Look) { p.Reviews[0].Complete = false }, assign.ErrUnfinished,
			"who lost access can't be told: the decisions of the review CORPDB1 2026 were not read to their end; read it again"},
		{"another application's assignments", func(p *fulfill.Look) { p.Access.ResourceID = "another" }, assign.ErrOtherApplication, "not of " + testApp.ResourceID},
		{"another application's assignment among them", func(p *fulfill.Look) { p.Access.Assignments[0].ResourceID = "another" }, assign.ErrOtherApplication, "another"},
		{"nothing at all", func(p *fulfill.Look) { *p = fulfill.Look{} }, assign.ErrOtherApplication, "not of " + testApp.ResourceID},
		{"a denied user who was not looked up", func(p *fulfill.Look) {
			d := deny("zoe")
			d.ApplyResult = "AppliedSuccessfully"
			p.Reviews[0].Decisions = append(p.Reviews[0].Decisions, d)
		}, assign.ErrUnfinished, "the user zoe, whom a review denied access, was not looked up"},
	} {
		now := good()
		test.spoil(&now)
		news, err := journal.State().Compare(now, nil)
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Nil(t, news, test.reason)
	}
}

// Against a definition in a few lines: an account is to be closed if its person
// held something and now holds nothing.
func TestAnAccountIsClosedIfItsPersonHoldsNothingAnyMore(t *testing.T) {
	t.Parallel()
	closed := 0
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 0))
		var rows []string
		var was, is []assign.Assignment
		heldBefore, heldNow := make(map[string]bool), make(map[string]bool)
		for i := range 12 {
			user := fmt.Sprintf("user%02d", i)
			rows = append(rows, user+"@x,")
			for _, role := range []assign.AppRole{general, auditor} {
				if random.IntN(2) == 0 {
					was, heldBefore[user] = append(was, granted(user, role)), true
				}
				if random.IntN(2) == 0 {
					is, heldNow[user] = append(is, granted(user, role)), true
				}
			}
		}
		journal := known(t, reads(nil, was...), rows...)
		random.Shuffle(len(is), func(i, j int) { is[i], is[j] = is[j], is[i] })
		now := look(advent, reads(nil, is...))
		maps.Copy(now.Users, enabled(slices.Collect(maps.Keys(heldBefore))...))
		news, err := journal.State().Compare(now, nil)
		require.NoError(t, err)
		var got, want []string
		for _, r := range news.Revocations().Accounts {
			if r.Action() == fulfill.CloseAccount {
				got = append(got, r.People[0].ID)
			}
		}
		for user := range heldBefore {
			if !heldNow[user] {
				want = append(want, user)
			}
		}
		slices.Sort(want)
		assert.Equal(t, want, got, "in the world with seed %d", seed)
		closed += len(got)
	}
	assert.Greater(t, closed, 100)
}

// What was lost, given back and lost again is lost twice, and what is held again is no loss.
func TestALossEndsWhenAccessIsBackAndTheNextOneIsAnother(t *testing.T) {
	t.Parallel()
	g := granted("ada", general)
	for _, test := range []struct {
		reason       string
		gone, back   func(*fulfill.Look)
		cause, again fulfill.Cause
	}{
		{reason: "the assignment was taken away, and made anew", cause: fulfill.RemovedOtherwise,
			gone: func(l *fulfill.Look) { l.Access = reads(nil) },
			back: func(l *fulfill.Look) { l.Access.Assignments[0].ID = "anew" }},
		{reason: "out of the group and in again", cause: fulfill.RemovedOtherwise,
			gone: func(l *fulfill.Look) {
				l.Access = reads(map[string][]string{"staff": {}}, through("staff", general))
			},
			back: func(l *fulfill.Look) {
				l.Access = reads(map[string][]string{"staff": {"ada"}}, through("staff", general))
			}},
		{reason: "disabled, and enabled", cause: fulfill.UserDisabled,
			gone: func(l *fulfill.Look) { l.Users["ada"] = fulfill.UserIsDisabled }},
		{reason: "deleted, and restored", cause: fulfill.UserDeleted,
			gone: func(l *fulfill.Look) { l.Users["ada"] = fulfill.UserIsDeleted }},
	} {
		journal, losses := known(t, reads(nil, g), "ada@x,"), make(map[string]bool)
		at := advent
		for range 2 {
			now := look(at, reads(nil, g))
			test.gone(&now)
			note(t, journal, now, nil)
			list := journal.State().Revocations().Accounts
			require.Len(t, list, 1, test.reason)
			assert.Equal(t, test.cause, list[0].Lost[0].Cause, test.reason)
			losses[list[0].Lost[0].ID] = true
			again := note(t, journal, now, nil)
			assert.Empty(t, again.Losses, "%s: a loss that lasts is no second one", test.reason)

			now = look(at.Add(time.Hour), reads(nil, g))
			if test.back != nil {
				test.back(&now)
			}
			note(t, journal, now, nil)
			assert.Empty(t, journal.State().Revocations().Accounts, "%s: who has access again loses no account", test.reason)
			at = at.AddDate(0, 0, 1)
		}
		assert.Len(t, losses, 2, test.reason)
	}
}

// A decision in milliseconds must not be older than a look in nanoseconds.
func TestTimesAreComparedAtTheCoarserFineness(t *testing.T) {
	t.Parallel()
	journal, first := begin(t), look(december.Add(500*time.Millisecond+123), reads(nil))
	first.List = listOf(t, accounts(t, "ada@x,"), nil)
	note(t, journal, first, nil)
	note(t, journal, look(december.Add(700*time.Millisecond+123), reads(nil, granted("ada", general))), nil)
	decided := deny("ada")
	decided.Reviewed = december.Add(500 * time.Millisecond)
	news, err := journal.State().Compare(look(advent, reads(nil), review(decided)), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"ada@x closeAccount: General denied by Grace"}, lines(news.Revocations()))
}

// Who was given a role after a denial didn't lose it by that denial.
func TestADenialFromBeforeTheRoleWasGivenIsNoCause(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil), "ada@x,")
	day := func(n int, access ...assign.Assignment) {
		note(t, journal, look(advent.AddDate(0, 0, n), reads(nil, access...), review(deny("ada"))), nil)
	}
	day(0)
	day(1, granted("ada", general))
	assert.Empty(t, journal.State().Revocations().Accounts)
	day(2)
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise"}, lines(journal.State().Revocations()))
}

// Of two decisions of one instant the order of the input must not decide.
func TestADenialWinsOverAnApprovalOfTheSameTime(t *testing.T) {
	t.Parallel()
	approved := deny("ada")
	approved.Decision, approved.ReviewedBy = "Approve", "Alan"
	for _, decisions := range [][]fulfill.Decision{{approved, deny("ada")}, {deny("ada"), approved}} {
		journal := known(t, reads(nil, granted("ada", general)), "ada@x,")
		news, err := journal.State().Compare(look(advent, reads(nil), review(decisions...)), nil)
		require.NoError(t, err)
		require.Equal(t, []string{"ada@x closeAccount: General denied by Grace"}, lines(news.Revocations()))
		assert.Contains(t, news.Losses[0].Sentence()+text(t, news.Revocations().WriteText), "at the same time as an approval")
	}
}

// A role that is deleted and made again under its name takes nobody's access away.
func TestARoleThatIsMadeAnewIsTheSameRole(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general), granted("bob", auditor)), "ada@x,", "bob@x,")
	anew := general
	anew.ID = "99999999-9999-9999-9999-999999999999"
	now := look(advent, reads(nil, granted("ada", anew), granted("bob", auditor)))
	now.Roles = []assign.AppRole{anew, auditor, retired, daemon}
	note(t, journal, now, nil)
	assert.Empty(t, journal.State().Revocations().Accounts)

	now.Time, now.Access = advent.AddDate(0, 0, 1), reads(nil, granted("bob", auditor))
	note(t, journal, now, nil)
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise"}, lines(journal.State().Revocations()))
}

// Whoever got a role and lost it between two looks was never seen to have it.
func TestADenialThatWasCarriedOutIsALossAlsoOfWhoWasNeverSeen(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general)), "ada@x,", "bob@x,")
	applied := deny("bob")
	applied.Reviewed, applied.ApplyResult = time.Now().Add(time.Hour), "AppliedSuccessfully"
	before := applied
	before.PrincipalID, before.Reviewed = "ada", time.Now().AddDate(-1, 0, 0)
	before.AppRoleID = auditor.ID
	now := look(applied.Reviewed.AddDate(0, 0, 1), reads(nil, granted("ada", general)), review(applied, before))
	note(t, journal, now, nil)
	assert.Equal(t, []string{"bob@x closeAccount: access denied by Grace"}, lines(journal.State().Revocations()),
		"what was carried out before there was a journal is not its business")
	now.Time = now.Time.AddDate(0, 0, 1)
	assert.Empty(t, note(t, journal, now, nil).Losses, "the same decision is no second loss")
}

func TestALookThatIsOlderOrWasComparedWithAnotherStateIsNotRecorded(t *testing.T) {
	t.Parallel()
	journal := known(t, reads(nil, granted("ada", general)), "ada@x,")
	stale, err := journal.State().Compare(look(advent, reads(nil)), nil)
	require.NoError(t, err)
	note(t, journal, look(advent, reads(nil, granted("ada", general))), nil)
	require.ErrorContains(t, journal.Record(stale), "compare it again", "what was shown is not what would be written")

	older, err := journal.State().Compare(look(january, reads(nil)), nil)
	require.NoError(t, err)
	require.ErrorContains(t, journal.Record(older), "is older than the last one", "access that came since would be lost")
	assert.Empty(t, journal.State().Revocations().Accounts)
}

// Absence in one listing is a suspicion: whoever reads the directory is told what to look
// for again before anything is recorded.
func TestLossesThatRestOnAnAbsenceAreToBeLookedForAgain(t *testing.T) {
	t.Parallel()
	staff, in := through("staff", general), map[string][]string{"staff": {"eve"}}
	journal := known(t, reads(in, granted("ada", general), granted("bob", general), granted("cy", general), granted("dee", general),
		granted("eve", general), staff), "ada@x,", "bob@x,", "cy@x,", "dee@x,", "eve@x,")
	now := look(advent, reads(in, granted("dee", general), staff), review(deny("bob"), deny("dee")))
	now.Users["cy"] = fulfill.UserIsDeleted
	news, err := journal.State().Compare(now, nil)
	require.NoError(t, err)
	var absent []string
	for _, loss := range news.Absences() {
		absent = append(absent, loss.PrincipalID+" "+string(loss.Cause))
	}
	assert.Equal(t, []string{"ada removedOtherwise", "bob denied", "eve stillThroughGroup"}, absent,
		"cy is gone, and dee's assignment is there")
}

// Who only wants to know needs no file.
func TestALookCanBeComparedWithoutAJournal(t *testing.T) {
	t.Parallel()
	first := look(january, reads(nil, granted("ada", general)))
	first.List = listOf(t, accounts(t, "ada@x,"), nil)
	news, err := fulfill.NewState(testApp, january).Compare(first, nil)
	require.NoError(t, err)
	news, err = news.State().Compare(look(advent, reads(nil)), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise"}, lines(news.Revocations()))
	assert.Equal(t, 1, news.State().Known())
	require.Error(t, begin(t).Record(news), "it is not the journal's")
}
