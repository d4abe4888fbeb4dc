package worklist_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

func read(t *testing.T, file string) (*worklist.Decisions, error) {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(file), &roster.Options{Name: "decisions.csv"})
	require.NoError(t, err)
	return worklist.ReadDecisions(r.Rows())
}

func TestAFileThatCannotBeFollowedIsRefusedWhole(t *testing.T) {
	t.Parallel()
	const heads = "account,decision,user,until,kind,owner,why\n"
	for _, test := range []struct{ file, want string }{
		{"account,user\nx,y\n", `no column "decision"`},
		{heads + "x,mtach,a,,,,\n", `decisions.csv line 2: "mtach" is no decision; it is match, never, create, close, nobody, later, or empty`},
		{heads + ",match,a,,,,\n", "line 2: a decision without an account is about nobody; fill in account, or take the decision out"},
		{heads + "x,match,,,,,\n", "line 2: match needs the user principal name or object id of a user in the column user"},
		{heads + "x,never,,,,,\n", "line 2: never needs"},
		{heads + "x,nobody,,,,,\n", "line 2: nobody needs to be told why"},
		{heads + "x,later,,June 2027,,,\n", "line 2: until is no date such as 2027-06-30"},
		{heads + "x,later,,31.6.2027,,,\n", "line 2: until is no date such as 2027-06-30"},
		{heads + "x,later,,6/7/2027,,,\n", `line 2: until "6/7/2027" has day and month in an order that nobody knows`},
		{heads + "x,match,a,,,,\nx,close,,,,,\n", "line 3: decisions.csv line 2 decides otherwise about the same account"},
		{heads + "x,match,a,,,,\nx,match,b,,,,\n", "line 3: decisions.csv line 2 decides otherwise"},
		{heads + "x,match,a,,,,\nx,never,A,,,,\n", "line 3: decisions.csv line 2 decides that the account is that user's"},
		{heads + "\"\"\"x\",match,a,,,,\n", "line 2: account can't be read"},
		{"application,account,decision\nCRM,x,close\nERP,y,close\n", "line 3: the decision is about another application than those before it"},
	} {
		_, err := read(t, test.file)
		require.ErrorContains(t, err, test.want, test.file)
	}
}

func TestWhatIsNoContradictionIsRead(t *testing.T) {
	t.Parallel()
	d, err := read(t, "Decision;Account;User;line\nMATCH;x; ada@contoso.com ;1\nmatch;x;ADA@contoso.com;2\nnever;x;bob;1\nnever;x;carl;1\n;y;;3\n")
	require.NoError(t, err)
	require.Len(t, d.List, 4, "a row without a decision decides nothing")
	assert.Equal(t, "ada@contoso.com", d.List[0].User)
}

// A list with a row for each role has a line for each, and what is filled in twice was
// decided once.
func TestWhatIsDecidedTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	d, err := read(t, "account,decision,user,was\nx,match,ada,a\nx,match,ada,a\nx,match,ada,b\ny,close,,\nx,match,ada,a\n")
	require.NoError(t, err)
	require.Len(t, d.List, 3, "the third is of a row that is another")
	_, stale := follow(t, list, "account,decision,user\nzoe,match,ada@contoso.com\nzoe,match,ada@contoso.com\n", "2026-11-27")
	assert.Len(t, stale, 1)
}

// Who types 2027-06-30 into Excel finds a date of the country's own in the file.
func TestADateThatASpreadsheetHasRewritten(t *testing.T) {
	t.Parallel()
	want := time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
	for _, date := range []string{"2027-06-30", "30.06.2027", "30.6.2027", "30.06.27", "6/30/2027", "30/06/2027", " 2027-06-30 ", "30-06-2027", "2027/06/30"} {
		d, err := read(t, "account,decision,until,on\nx,later,"+date+","+date+"\n")
		require.NoError(t, err, date)
		assert.Equal(t, []time.Time{want, want}, []time.Time{d.List[0].Until, d.List[0].On}, date)
	}
	d, err := read(t, "account,decision,until\nx,later,5/5/2027\n")
	require.NoError(t, err, "the order makes no difference")
	assert.Equal(t, time.Date(2027, 5, 5, 0, 0, 0, 0, time.UTC), d.List[0].Until)
}

func TestDecisionsOfAnotherApplicationAreRefused(t *testing.T) {
	t.Parallel()
	d, err := read(t, "application,account,decision\nHR Portal,x,close\n")
	require.NoError(t, err)
	require.NoError(t, d.CheckApplication("hr portal"))
	require.ErrorIs(t, d.CheckApplication("CRM"), worklist.ErrApplication)
	require.ErrorContains(t, d.CheckApplication("CRM"), `they name "HR Portal", and this is "CRM"`)
	require.ErrorIs(t, d.CheckApplication(""), worklist.ErrApplication, "the account x may be another person's in another application")
	d.Application = ""
	require.NoError(t, d.CheckApplication("CRM"), "a file that people write by hand names none")
}

func TestWhatWasDecidedLaterCounts(t *testing.T) {
	t.Parallel()
	first, err := read(t, "application,account,decision,user\nCRM,x,later,\nCRM,y,match,ada\nCRM,x,never,bob\n")
	require.NoError(t, err)
	second, err := read(t, "application,account,decision\nCRM,x,close\n")
	require.NoError(t, err)
	require.NoError(t, first.Add(second))
	require.Len(t, first.List, 2, "x is to be closed, and nothing else is said of it")
	assert.Equal(t, worklist.Close, first.List[1].Act)
	other, err := read(t, "application,account,decision\nERP,y,close\n")
	require.NoError(t, err)
	require.ErrorIs(t, first.Add(other), worklist.ErrApplication)
	require.Len(t, first.List, 2)
}

// Accounts that a spreadsheet or a reader would change must come back as they are, or the
// decision is about nobody, or somebody else.
func TestDecisionsComeBackAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	pieces := []string{"=", "+", "-", "@", "'", `"`, "00417", "1E5", "MAR1", "2027-01-02", "ada", " ", "\u00a0", "\u202e", "\u200b", "<script>", "\\",
		",", ";", "|", "ß", "é", "e\u0301", "人", "\U0001f600", "\t", "NULL", "﹦", "＝", "0", "#"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 4))
		text := func() (s string) {
			for range 1 + r.IntN(4) {
				s += pieces[r.IntN(len(pieces))]
			}
			return s
		}
		want := &worklist.Decisions{Application: "HR Portal"}
		for n := range 1 + r.IntN(4) {
			want.List = append(want.List, worklist.Decision{Account: fmt.Sprint(text(), n), Act: worklist.Match, User: "ada@contoso.com", Was: text(),
				By: "kari", On: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC), Why: "same person", Until: time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)})
		}
		for name, write := range map[string]func(*worklist.Decisions, *bytes.Buffer) error{
			"CSV":  func(d *worklist.Decisions, b *bytes.Buffer) error { return d.WriteCSV(b) },
			"JSON": func(d *worklist.Decisions, b *bytes.Buffer) error { return d.WriteJSON(b) },
		} {
			var file, again bytes.Buffer
			require.NoError(t, write(want, &file))
			got, err := read(t, file.String())
			require.NoError(t, err, "%s, seed %d\n%s", name, seed, file.String())
			require.NoError(t, write(got, &again))
			require.Equal(t, file.String(), again.String())
			for i := range want.List {
				require.Equal(t, want.List[i].Account, got.List[i].Account, "%s, seed %d\n%s", name, seed, file.String())
				require.Equal(t, want.List[i].Was, got.List[i].Was, "%s, seed %d", name, seed)
				require.Equal(t, want.List[i].Until, got.List[i].Until)
			}
		}
	}
}

// list is a list of accounts, looked up by mail.
const list = "Login,EMail,Name,Last login\n" +
	"ada,old@contoso.com,Ada Lund,2026-01-01\n" +
	"bob,bob@contoso.com,Bob Vik,2026-01-01\n" +
	"svc,,Backup,2026-01-01\n"

func users() []matchtest.User {
	user := func(name string) matchtest.User {
		return matchtest.User{User: match.User{ID: "id-" + name, UserPrincipalName: name + "@contoso.com", Mail: name + "@contoso.com", AccountEnabled: true}}
	}
	gone := user("gone")
	gone.Deleted = true
	return []matchtest.User{user("ada"), user("bob"), user("eve"), gone}
}

// follow matches a list with decisions, and checks them.
func follow(t *testing.T, accounts, decisions, today string) (*match.Report, []worklist.Stale) {
	t.Helper()
	d, err := read(t, decisions)
	require.NoError(t, err)
	in, err := roster.NewReader(strings.NewReader(accounts), nil)
	require.NoError(t, err)
	now, err := time.Parse(time.DateOnly, today)
	require.NoError(t, err)
	rules := worklist.Rules{Matcher: match.Column("EMail", "mail"), Account: "Login", Now: now}
	report, err := match.Run(t.Context(), matchtest.NewDirectory(users()...), in.Rows(), rules.Matcher, &match.Options{Decide: d.Decide(rules)})
	require.NoError(t, err)
	return report, d.Stale(report, rules)
}

func TestADecisionIsCheckedOnEveryRun(t *testing.T) {
	t.Parallel()
	const heads = "account,decision,user,until,kind,was\n"
	for _, test := range []struct {
		list, decision, today string
		user                  string // of the account ada
		because               string // "" if the decision is not stale
		holds                 bool
		reason                string
	}{
		{list, "ada,match,ada@contoso.com,,,old@contoso.com | Ada Lund", "2026-11-27", "ada@contoso.com", "", true, "it is followed"},
		{"Name,EMail,Last login,Login\nx,y,z,q\n" + "Ada Lund,old@contoso.com,2026-11-26,ada\n",
			"ada,match,ada@contoso.com,,,old@contoso.com | Ada Lund", "2026-11-27", "ada@contoso.com", "", true, "other lines, columns and sign-ins change nothing"},
		{strings.Replace(list, "Ada Lund", "Adam Berg", 1), "ada,match,ada@contoso.com,,,old@contoso.com | Ada Lund", "2026-11-27", "",
			`the row has changed: it was "old@contoso.com | Ada Lund" and is "old@contoso.com | Adam Berg"`, false, "the login was given to another person"},
		{"Login,EMail,Name,Mobile\nada,old@contoso.com,Ada Lund,1\n", "ada,match,ada@contoso.com,,,1 | old@contoso.com", "2026-11-27", "ada@contoso.com", "", true,
			"another rule told the rows apart when it was decided"},
		{list, "ada,match,ada@contoso.com,2026-11-27,,", "2026-11-27", "ada@contoso.com", "", true, "its last day"},
		{list, "ada,match,ada@contoso.com,2026-11-26,,", "2026-11-27", "", "its last day was 2026-11-26", false, "a decision never outlives its end"},
		{list, "ada,match,left@contoso.com,,,", "2026-11-27", "", "no user has this user principal name or object id now", false, "the user is gone, or was never called so"},
		{list, "ada,match,gone@contoso.com,,,", "2026-11-27", "", "the user is deleted", false, "the user is in the recycle bin"},
		{strings.Replace(list, "old@", "eve@", 1), "ada,match,ada@contoso.com,,,", "2026-11-27", "ada@contoso.com",
			"the rules find another user now, eve@contoso.com", true, "the rule says otherwise"},
		{strings.Replace(list, "old@", "eve@", 1), "ada,match,ada@contoso.com,,,\nada,never,id-eve,,,", "2026-11-27", "ada@contoso.com", "", true,
			"somebody has said that the rule is wrong there"},
		{list, "ann,match,ada@contoso.com,,,", "2026-11-27", "", "the list does not have the account any more", false, "the account is gone"},
		{list, "ann,close,,,,", "2026-11-27", "", "done: the list does not have the account any more", false, "it was closed"},
		{list, "bob,create,,,,", "2026-11-27", "", "done: a user is found now", true, "the user was created"},
		{list, "bob,close,,,,", "2026-11-27", "", "the rules find a user now, bob@contoso.com", true, "an account in use must not be closed unseen"},
		{list, "ada,later,,2026-11-26,,", "2026-11-27", "", "its last day was 2026-11-26", false, "it is time to look"},
		{list, "svc,nobody,,2026-11-26,service,", "2026-11-27", "", "its last day was 2026-11-26", false, "accounts of nobody have an end"},
	} {
		report, stale := follow(t, test.list, heads+test.decision+"\n", test.today)
		for o := range report.All() {
			if o.Row.Get("Login") == "ada" {
				_, name := o.Principal()
				assert.Equal(t, test.user, name, "%s: %s", test.decision, test.reason)
			}
		}
		if test.because == "" {
			assert.Empty(t, stale, "%s: %s", test.decision, test.reason)
			continue
		}
		require.Len(t, stale, 1, "%s: %s", test.decision, test.reason)
		assert.Contains(t, stale[0].Because, test.because, test.reason)
		assert.Equal(t, test.holds, stale[0].Holds, test.reason)
	}
}

// A name that went to another person says so, and gives the account to nobody.
func TestADecisionNeverNamesAYoungerUser(t *testing.T) {
	t.Parallel()
	d, err := read(t, "account,decision,user,on\nada,match,eve@contoso.com,2026-11-27\n")
	require.NoError(t, err)
	all := users()
	all[2].Created = time.Date(2027, 3, 1, 8, 0, 0, 0, time.UTC)
	in, err := roster.NewReader(strings.NewReader(list), nil)
	require.NoError(t, err)
	rules := worklist.Rules{Matcher: match.Column("EMail", "mail"), Account: "Login", Now: all[2].Created}
	report, err := match.Run(t.Context(), matchtest.NewDirectory(all...), in.Rows(), rules.Matcher, &match.Options{Decide: d.Decide(rules)})
	require.NoError(t, err)
	require.Nil(t, report.Outcomes[0].User)
	stale := d.Stale(report, rules)
	require.Len(t, stale, 1)
	assert.Contains(t, stale[0].Because, "eve@contoso.com was created on 2027-03-01, after people decided")
	assert.False(t, stale[0].Holds)
	l := worklist.New(report, &worklist.Options{Account: "Login", Decisions: d, Now: rules.Now})
	assert.Equal(t, worklist.CauseDecision, causeOf(t, l, 2).Code)
}

func TestAnAccountOfNobodyIsExcludedUntilItsEnd(t *testing.T) {
	t.Parallel()
	const decision = "account,decision,kind,owner,until,by,on,why\nsvc,nobody,service,IT,2027-06-30,kari,2026-11-27,nightly copy\n"
	report, _ := follow(t, list, decision, "2027-06-30")
	o := report.Outcomes[2]
	assert.Equal(t, match.Excluded, o.Kind)
	assert.Contains(t, o.Reason(), "kind: service; owner: IT; reason: nightly copy; until 2027-06-30")
	assert.Contains(t, o.Reason(), "decided: nobody, by kari on 2026-11-27: nightly copy", "whoever reads the report must know who said so")
	report, _ = follow(t, list, decision, "2027-07-01")
	assert.Equal(t, match.NoKey, report.Outcomes[2].Kind)
	assert.Contains(t, report.Outcomes[2].Reason(), "not followed any more, because its last day was 2027-06-30")
}

func TestALateNeverDoesNotEndWithThePinBesideIt(t *testing.T) {
	t.Parallel()
	report, stale := follow(t, list, "account,decision,user,until\nbob,match,ada@contoso.com,2026-01-01\nbob,never,bob@contoso.com,\n", "2026-11-27")
	assert.Equal(t, match.Ambiguous, report.Outcomes[1].Kind, "bob is still not the person, and ada keeps what she has")
	assert.Equal(t, []string{"id-ada"}, report.Outcomes[1].MayBe())
	require.Len(t, stale, 1)
}
