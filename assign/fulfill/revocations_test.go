package fulfill_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

var december = time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC)

// deny is Grace's decision that a user loses all roles.
func deny(user string) fulfill.Decision {
	return fulfill.Decision{PrincipalID: user, Decision: "Deny", ReviewedBy: "Grace", Reviewed: december, Justification: "left the team"}
}

// review is one whose decisions were read and applied.
func review(decisions ...fulfill.Decision) fulfill.Review {
	return fulfill.Review{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: decisions}
}

// line writes a revocation as "account action: role cause[ through …]…[ keeps …]".
func line(r fulfill.Revocation) string {
	var parts []string
	for _, loss := range r.Lost {
		part := loss.AppRole + " " + string(loss.Cause)
		if loss.By != "" {
			part += " by " + loss.By
		}
		for _, name := range loss.Through {
			part += " through " + name
		}
		for _, name := range loss.Packages {
			part += " package " + name
		}
		parts = append(parts, part)
	}
	text := fmt.Sprintf("%s %s: %s", r.Account.Key, r.Action(), strings.Join(parts, ", "))
	if len(r.Keeps) > 0 {
		text += "; keeps " + strings.Join(r.Keeps, ", ")
	}
	return text
}

func lines(list *fulfill.Revocations) []string {
	all := []string{}
	for _, r := range list.Accounts {
		all = append(all, line(r))
	}
	return all
}

// The causes, each for access that was held directly, through a group, with
// several roles, and through an access package.
func TestCausesOfRevocations(t *testing.T) {
	t.Parallel()
	g, a := held("ada", general), held("ada", auditor)
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
		disabled bool // at the time of the snapshot
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
			want: "ada@x lookInto: General stillThroughGroup by Grace through staff, Auditor stillThroughGroup by Grace through staff; keeps General, Auditor"},
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
		snapshot := snapshotOf(t, test.was, "ada@x,")
		snapshot.People[0].Disabled = test.disabled
		now := fulfill.Present{Access: test.is, Users: map[string]fulfill.UserStatus{"ADA": test.user}}
		if test.denied {
			r := review(deny("ADA"))
			r.Applied = !test.pending
			now.Reviews = append(now.Reviews, r)
		}
		list, err := fulfill.NewRevocations(snapshot, now, nil)
		require.NoError(t, err, test.reason)
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
		{"denied once and approved later: who has it has it", []fulfill.Decision{later, deny("ada")}, reads(nil, held("ada", general), held("ada", auditor)), []string{}},
		{"denied once, approved later, and gone: that was not the denial", []fulfill.Decision{deny("ada"), later}, reads(nil, held("ada", auditor)),
			[]string{"ada@x removeRoles: General removedOtherwise; keeps Auditor"}},
		{"nobody looked at it a second time", []fulfill.Decision{never, deny("ada")}, reads(nil, held("ada", auditor), held("ada", general)),
			[]string{"ada@x lookInto: General deniedNotApplied by Grace, Auditor deniedNotApplied by Grace; keeps General, Auditor"}},
		{"somebody didn't know, later: that takes nothing back", []fulfill.Decision{unsure, deny("ada")}, reads(nil, held("ada", general)),
			[]string{"ada@x removeRoles: General deniedNotApplied by Grace, Auditor denied by Grace; keeps General"}},
		{"one role alone was denied", []fulfill.Decision{onlyAuditor}, reads(nil), []string{"ada@x closeAccount: General removedOtherwise, Auditor denied by Grace"}},
		{"spelt otherwise", []fulfill.Decision{lower}, reads(nil, held("ada", general)),
			[]string{"ada@x removeRoles: General deniedNotApplied by Grace, Auditor denied by Grace; keeps General"}},
		{"about somebody else", []fulfill.Decision{deny("bob")}, reads(nil, held("ada", general), held("ada", auditor)), []string{}},
	} {
		snapshot := snapshotOf(t, reads(nil, held("ada", general), held("ada", auditor)), "ada@x,")
		list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: test.is,
			Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled}, Reviews: []fulfill.Review{review(test.decisions...)}}, nil)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, lines(list), test.reason)
	}
}

func TestALossCarriesWhoDeniedItWhenAndWhy(t *testing.T) {
	t.Parallel()
	snapshot := snapshotOf(t, reads(nil, held("ada", general)), "ada@x,")
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil), Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled},
		Reviews: []fulfill.Review{review(deny("ada"))}}, nil)
	require.NoError(t, err)
	require.Len(t, list.Accounts, 1)
	assert.Equal(t, []fulfill.Loss{{AppRoleID: general.ID, AppRole: "General", Cause: fulfill.Denied, Grant: "ada-general", Review: "CORPDB1 2026",
		By: "Grace", At: &december, Justification: "left the team"}}, list.Accounts[0].Lost)
	assert.Equal(t, []assign.Source{{File: "users.csv", Line: 2, Key: "ada@x"}}, list.Accounts[0].Account.Rows, "the row can be found again")
	assert.Equal(t, january, list.Since)
}

func TestEveryAccountOfAPersonIsListedAndPeopleWithoutOneApart(t *testing.T) {
	t.Parallel()
	rows := accounts(t, "zed@x,", "ada@x,")
	rows[0].id = "ada" // two accounts, one person
	snapshot, err := fulfill.NewSnapshot(testApp, each(rows), reads(nil, held("ada", general), held("fay", general)), january, nil)
	require.NoError(t, err)
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil),
		Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled, "fay": fulfill.UserIsDeleted}}, nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"ada@x closeAccount: General removedOtherwise", "zed@x closeAccount: General removedOtherwise"}, lines(list))
	require.Len(t, list.NoAccount, 1)
	assert.Equal(t, "Display fay", list.NoAccount[0].PrincipalName)
}

func TestNoRevocationsFollowFromWhatWasNotRead(t *testing.T) {
	t.Parallel()
	access := reads(map[string][]string{"staff": {"ada"}}, held("ada", general), through("staff", general))
	snapshot := snapshotOf(t, access, "ada@x,", "bob@x,")
	good := func() fulfill.Present {
		return fulfill.Present{Access: reads(map[string][]string{"staff": {}}, through("staff", general)),
			Users: map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled}, Reviews: []fulfill.Review{review()}}
	}
	list, err := fulfill.NewRevocations(snapshot, good(), nil)
	require.NoError(t, err, "bob held nothing, so nobody need know who he is")
	require.Len(t, list.Accounts, 1, "there is something to lose")
	for _, test := range []struct {
		reason string
		spoil  func(*fulfill.Present)
		err    error
		text   string
	}{
		{"a listing that broke half-way", func(p *fulfill.Present) { p.Access.Complete = false }, assign.ErrUnfinished,
			"who holds what can't be told: the application's assignments were not read to their end; read it again"},
		{"a group whose members were not read", func(p *fulfill.Present) { p.Access.Members = nil }, assign.ErrUnfinished,
			"who holds what can't be told: the members of the group staff, which holds a role, were not read; read it again"},
		{"a user who was not looked up", func(p *fulfill.Present) { p.Users = nil }, assign.ErrUnfinished,
			`who lost access can't be told: the user ada@x was not looked up (the status is ""); read it again`},
		{"a status that nobody knows", func(p *fulfill.Present) { p.Users["ada"] = "asleep" }, assign.ErrUnfinished, `the status is "asleep"`},
		{"a review whose decisions broke off", func(p *fulfill.Present) { p.Reviews[0].Complete = false }, assign.ErrUnfinished,
			"who lost access can't be told: the decisions of the review CORPDB1 2026 were not read to their end; read it again"},
		{"another application's assignments", func(p *fulfill.Present) { p.Access.ResourceID = "another" }, assign.ErrOtherApplication, "another application"},
		{"another application's assignment among them", func(p *fulfill.Present) { p.Access.Assignments[0].ResourceID = "another" }, assign.ErrOtherApplication, "another"},
		{"nothing at all", func(p *fulfill.Present) { *p = fulfill.Present{} }, assign.ErrOtherApplication, "another application"},
	} {
		now := good()
		test.spoil(&now)
		list, err := fulfill.NewRevocations(snapshot, now, nil)
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, test.text, test.reason)
		assert.Nil(t, list, test.reason)
	}
}

// Against a definition in a few lines: an account is to be closed if its person
// held something and now holds nothing.
func TestAnAccountIsClosedIfItsPersonHoldsNothingAnyMore(t *testing.T) {
	t.Parallel()
	closed := 0
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 0))
		var rows []string
		var was, is []assign.Assignment
		users, heldBefore, heldNow := make(map[string]fulfill.UserStatus), make(map[string]bool), make(map[string]bool)
		for i := range 12 {
			user := fmt.Sprintf("user%02d", i)
			rows, users[user] = append(rows, user+"@x,"), fulfill.UserIsEnabled
			for _, role := range []assign.AppRole{general, auditor} {
				if random.IntN(2) == 0 {
					was, heldBefore[user] = append(was, held(user, role)), true
				}
				if random.IntN(2) == 0 {
					is, heldNow[user] = append(is, held(user, role)), true
				}
			}
		}
		snapshot := snapshotOf(t, reads(nil, was...), rows...)
		random.Shuffle(len(is), func(i, j int) { is[i], is[j] = is[j], is[i] })
		list, err := fulfill.NewRevocations(snapshot, fulfill.Present{Access: reads(nil, is...), Users: users}, nil)
		require.NoError(t, err)
		var got, want []string
		for _, r := range list.Accounts {
			if r.Action() == fulfill.CloseAccount {
				got = append(got, r.PrincipalID)
			}
		}
		for user := range users {
			if heldBefore[user] && !heldNow[user] {
				want = append(want, user)
			}
		}
		slices.Sort(want)
		assert.Equal(t, want, got, "in the world with seed %d", seed)
		closed += len(got)
	}
	assert.Greater(t, closed, 100)
}

// sampleRevocations has one account of each action and one person without.
func sampleRevocations(t testing.TB) *fulfill.Revocations {
	t.Helper()
	access := reads(map[string][]string{"staff": {"bob"}}, held("ada", general), held("bob", general), held("cy", general), held("cy", auditor), held("fay", general), through("staff", general))
	rows := accounts(t, "ada@x,", "bob@x,", "cy@x,", "dee@x,")
	rows[0].key = `=HYPERLINK("http://evil")`
	snapshot, err := fulfill.NewSnapshot(testApp, each(rows), access, january, nil)
	require.NoError(t, err)
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{
		Access:  reads(access.Members, through("staff", general), held("cy", general)),
		Users:   map[string]fulfill.UserStatus{"ada": fulfill.UserIsEnabled, "bob": fulfill.UserIsEnabled, "cy": fulfill.UserIsEnabled, "fay": fulfill.UserIsDeleted},
		Reviews: []fulfill.Review{review(deny("ada"), deny("bob"))},
	}, nil)
	require.NoError(t, err)
	return list
}

func TestRevocationsAsCSVAndJSON(t *testing.T) {
	t.Parallel()
	list := sampleRevocations(t)
	var csv, json bytes.Buffer
	require.NoError(t, list.WriteCSV(&csv, nil))
	require.NoError(t, list.Encode(&json))
	for name, got := range map[string]string{"testdata/revocations.csv": csv.String(), "testdata/revocations.v2.json": json.String()} {
		if os.Getenv("UPDATE_TESTDATA") != "" {
			require.NoError(t, os.WriteFile(name, []byte(got), 0o644))
		}
		want, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, string(want), got, name)
	}
	assert.Contains(t, csv.String(), `"'=HYPERLINK(""http://evil"")"`, "an account's name must not run in the spreadsheet of whoever closes it")

	reader, err := roster.NewReader(&csv, nil)
	require.NoError(t, err)
	read := 0
	for row, err := range reader.Rows() {
		require.NoError(t, err)
		assert.NotEmpty(t, row.Get("cause"))
		read++
	}
	assert.Equal(t, 4, read, "the list reads back as a roster: one row for each role lost")
}

func TestRevocationsReadAsAnAdministratorWouldWriteThem(t *testing.T) {
	t.Parallel()
	list := sampleRevocations(t)
	assert.Equal(t, `Access to CORPDB1 lost since 15 January 2026: 3 accounts

       1  accounts to close in the application
       1  accounts that lose a role and keep another
       1  accounts to look into: access has not gone, or may not have
       1  people without an account that the snapshot knows
       1  roles held as before

To close
  Account                    Person  Because
  =HYPERLINK("http://evil")  ada@x   General: denied by Grace on 3 December 2026

To take a role from
  Account  Person  Because
  cy@x     cy@x    Auditor: removed, and not by a review

To look into
  Account  Person  Because
  bob@x    bob@x   General: still held through the group staff, though denied by
                   Grace on 3 December 2026

People without a known account
  Account      Person       Because
  Display fay  Display fay  General: the user was deleted
`, text(t, list.WriteText))
}

// A tenant that says of everybody that they are disabled must not close every account.
func TestMoreAccountsThanTheLimitAreNoList(t *testing.T) {
	t.Parallel()
	disabled := func(n, of int) (fulfill.Snapshot, fulfill.Present) {
		var is []assign.Assignment
		var rows []string
		users := make(map[string]fulfill.UserStatus)
		for i := range of {
			user := fmt.Sprintf("user%02d", i)
			is, rows = append(is, held(user, general)), append(rows, user+"@x,General")
			users[user] = fulfill.UserIsEnabled
			if i < n {
				users[user] = fulfill.UserIsDisabled
			}
		}
		return snapshotOf(t, reads(nil, is...), rows...), fulfill.Present{Access: reads(nil, is...), Users: users}
	}
	for _, test := range []struct {
		reason  string
		n, of   int
		opts    *fulfill.RevocationOptions
		allowed int // if refused
	}{
		{reason: "everybody", n: 40, of: 40, allowed: 20},
		{reason: "half", n: 20, of: 40},
		{reason: "all of a handful", n: 3, of: 3},
		{reason: "a share of the caller's", n: 11, of: 40, opts: &fulfill.RevocationOptions{MaxAccountShare: 0.25}, allowed: 10},
		{reason: "a number of the caller's", n: 3, of: 40, opts: &fulfill.RevocationOptions{MaxAccounts: 2}, allowed: 2},
		{reason: "no limit", n: 40, of: 40, opts: &fulfill.RevocationOptions{MaxAccounts: assign.NoLimit, MaxAccountShare: 1}},
		{reason: "a reason", n: 40, of: 40, opts: &fulfill.RevocationOptions{Override: "CORPDB1 is closed down"}},
		{reason: "spaces are no reason", n: 40, of: 40, opts: &fulfill.RevocationOptions{Override: "  "}, allowed: 20},
	} {
		snapshot, now := disabled(test.n, test.of)
		list, err := fulfill.NewRevocations(snapshot, now, test.opts)
		if test.allowed == 0 {
			require.NoError(t, err, test.reason)
			assert.Len(t, list.Accounts, test.n, test.reason)
			continue
		}
		var limit *fulfill.LimitError
		require.ErrorAs(t, err, &limit, test.reason)
		assert.Equal(t, fulfill.LimitError{Listed: test.n, Current: test.of, Allowed: test.allowed}, *limit, test.reason)
		assert.Nil(t, list, test.reason)
	}
	snapshot, now := disabled(1, 2)
	for _, opts := range []fulfill.RevocationOptions{{MaxAccounts: -1}, {MaxAccountShare: -0.1}, {MaxAccountShare: 1.5}} {
		_, err := fulfill.NewRevocations(snapshot, now, &opts)
		require.ErrorContains(t, err, "want a number from 0")
	}
}
