package worklist_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// randomList is a list of which many rows are open, for all kinds of reasons.
func randomList(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	locals := []string{"ada.byron", "bob.lund", "robert", "kari", "kari.solberg", "ola.tveit", "ola.tvedt", "per.moe", "gil.gone", "twin",
		"svc-x", "noreply", "zoe.xu", "busy", "ada.byron+x", "00417", "4.1E+05", "info"}
	var b strings.Builder
	b.WriteString(head)
	for n := range 1 + r.IntN(25) {
		address := pick("", "", "", "", "mailto:", " ", `CONTOSO\`, "i:0#.f|membership|") + pick(locals...) +
			pick("@contoso.com", "@contoso.com", "@oldco.example", "@old.example", "@partner.example", "") + pick("", "", "", " ", "\u200b")
		address = pick(address, address, address, "", "N/A")
		name := pick("Ada Byron", "Byron, Ada", "Bob Lund", "Kari Solberg", "Zoe Xu", "", "Ola Tveit")
		fmt.Fprintf(&b, "%s,%s,%s,%s,%s,%s,%s,%s,%s\n", pick(fmt.Sprint("u", n), fmt.Sprint("u", n/3), "", "svc-"+fmt.Sprint(n)), address, name,
			pick("", "Admin", "N/A"), pick("active", "inactive", ""), pick("", "Person", "Service"), pick("2026-11-01", "2020-01-01", ""),
			pick("", "yes", "no"), pick("", "Kari"))
		if r.IntN(12) == 0 {
			b.WriteString("x,\"a\",b,c,d,e,f,g,h,i,j,k\n")
		}
	}
	return b.String()
}

func TestTheCausesAddUpToTheOpenRows(t *testing.T) {
	t.Parallel()
	codes := make(map[worklist.Code]bool)
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 13))
		dir := busy{company(), "busy@contoso.com"}
		list := randomList(r)
		file, err := roster.NewReader(strings.NewReader(list), &roster.Options{Name: "users.csv"})
		require.NoError(t, err)
		opts := &match.Options{Exclusions: []match.Exclusion{{Column: "Login", Value: "u1"}}, Now: now}
		rule := match.FirstOf(byMail, match.Column("Login", "employeeId"))
		report, err := match.Run(t.Context(), dir, file.Rows(), rule, opts)
		require.NoError(t, err)
		l := worklist.New(report, &worklist.Options{Profile: profile, Proposals: proposals(t, dir, report), Now: now})
		addsUp(t, report, l, list)
		addsUp(t, report, worklist.New(report, nil), list)
		for _, c := range l.Causes {
			codes[c.Code] = true
		}

		text, err := json.Marshal(report)
		require.NoError(t, err)
		var stored match.Report
		require.NoError(t, json.Unmarshal(text, &stored))
		read := worklist.New(&stored, &worklist.Options{Profile: profile, Matcher: rule, Now: now, Proposals: proposals(t, dir, report)})
		addsUp(t, &stored, read, "read from JSON: "+list)
		require.Equal(t, len(l.Causes), len(read.Causes), "the same list, but for the text of the errors: %s", list)
		less := worklist.New(&stored, &worklist.Options{Profile: profile})
		addsUp(t, &stored, less, "read from JSON: "+list)
		for _, row := range less.Rows {
			require.Empty(t, row.Was, "half of what the rules ask would end a decision on the next run")
		}

		again := worklist.New(report, &worklist.Options{Profile: profile, Proposals: proposals(t, dir, report), Now: now, Before: l})
		for _, row := range again.Rows {
			require.False(t, row.New, "seed %d: nothing has changed", seed)
		}
		require.Empty(t, again.Solved, "seed %d", seed)
		require.Zero(t, again.Counts.Unseen, "seed %d", seed)
	}
	assert.Greater(t, len(codes), 14, "the lists are too alike to show much: %v", codes)
}

// A worklist is for people: it changes no report, and so no plan.
func TestAWorklistNeverChangesAPlan(t *testing.T) {
	t.Parallel()
	app := assign.App{ResourceID: "sp", DisplayName: "CRM", Roles: []assign.AppRole{
		{ID: "r", DisplayName: "User", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}}
	for seed := range uint64(60) {
		dir := company()
		report := matched(t, dir, randomList(rand.New(rand.NewPCG(seed, 14)))+"me,eva.rask@contoso.com,Eva Rask,,,,,,\n", byMail)
		planned := func() string {
			rule, err := assign.OneRole(app.Roles, "User")
			require.NoError(t, err)
			wants, failed := assign.Wants(report.Found(nil), rule)
			current := []assign.Assignment{{ID: "1", PrincipalID: "kari", PrincipalType: "User", AppRoleID: "r", ResourceID: "sp"}}
			policy := &assign.Policy{Remove: assign.RemoveUnlisted, Roll: assign.NewRoll(report, failed),
				AcceptUnresolved: assign.NoLimit, MaxRemovals: assign.NoLimit, MaxRemovalShare: 1}
			plan, err := assign.NewPlan(app, wants, current, policy)
			require.NoError(t, err)
			text, err := json.Marshal(plan)
			require.NoError(t, err)
			return string(text)
		}
		plan, stored := planned(), mustJSON(t, report)
		l := worklist.New(report, &worklist.Options{Profile: profile, Proposals: proposals(t, dir, report), Now: now})
		for i := range l.Rows { // whoever changes the list changes nothing else
			l.Rows[i].Candidates, l.Rows[i].Values = nil, nil
		}
		assert.Equal(t, plan, planned(), "seed %d", seed)
		assert.Equal(t, stored, mustJSON(t, report), "seed %d", seed)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// What tells a row's person apart must not change with the account's status, or every
// decision ends with the next sign-in.
func TestWasIsStable(t *testing.T) {
	t.Parallel()
	was := func(row string) string {
		_, l := run(t, company(), head+row+"\n", byMail, worklist.Options{})
		return rowOf(t, l, 2).Was
	}
	first := was("x,zoe@contoso.com,Zoe Xu,User,active,Person,2026-01-01,no,Kari")
	assert.Equal(t, "zoe@contoso.com | Zoe Xu", first)
	assert.Equal(t, first, was("x,zoe@contoso.com,Zoe Xu,Admin,inactive,,2026-11-11,yes,Per"))
	assert.NotEqual(t, first, was("x,zoe@contoso.com,Uwe Xu,User,active,Person,2026-01-01,no,Kari"), "another person")
	assert.NotEqual(t, first, was("x,uwe@contoso.com,Zoe Xu,User,active,Person,2026-01-01,no,Kari"), "another key")
}

func TestTheMostUrgentRowsComeFirst(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), head+
		"plain,a@contoso.com,A A,,active,,,no,\n"+
		"gone,b@contoso.com,B B,User,inactive,,,no,\n"+
		"role,c@contoso.com,C C,User,active,,,no,\n"+
		"admin,d@contoso.com,D D,,active,,,Domain admin,\n"+
		"old,e@contoso.com,E E,User,active,,2025-01-01T00:00:00Z,0,\n"+
		"oldadmin,f@contoso.com,F F,User,Blocked,,,yes,\n"+
		"plain2,g@contoso.com,G G,N/A,,,01/02/2020,,\n", byMail, worklist.Options{})
	var order []string
	for _, r := range l.Rows {
		order = append(order, r.Account)
	}
	assert.Equal(t, []string{"admin", "oldadmin", "role", "plain", "plain2", "gone", "old"}, order,
		"privileged, then in use, then with a role, then as the list has them")
}

func TestOneWordOfAStatus(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		column, value string
		inactive      bool
	}{
		{"Status", "Active", false}, {"Status", "INACTIVE", true}, {"Status", "Locked out", true}, {"Status", "", false},
		{"Active", "no", true}, {"Active", "yes", false}, {"accountEnabled", "false", true}, {"accountEnabled", "TRUE", false},
		{"Disabled", "yes", true}, {"Disabled", "no", false}, {"is_locked", "1", true}, {"Inactive", "0", false}, {"Status", "gesperrt", true},
		{"Status", "staged", false},
	} {
		p := roster.Profile{Account: "Login", Facts: roster.Facts{Status: test.column}}
		_, l := run(t, company(), "Login,EMail,"+test.column+"\nx,zoe@contoso.com,"+test.value+"\n", byMail, worklist.Options{Profile: p})
		assert.Equal(t, test.inactive, l.Rows[0].Inactive, "%s: %s", test.column, test.value)
	}
	p := roster.Profile{Account: "Login", Facts: roster.Facts{Status: "Status"}, Closed: []string{"Z"}}
	_, l := run(t, company(), "Login,EMail,Status\nx,zoe@contoso.com,z\n", byMail, worklist.Options{Profile: p})
	assert.True(t, l.Rows[0].Inactive, "the profile knows the application's own words")
}

func TestNamesThatAreNoPersons(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ login, guess string }{
		{"svc-backup", "service"}, {"svc_sql01", "service"}, {"noreply", "service"}, {"No-Reply@contoso.com", "service"}, {"PC042$", "service"},
		{`CORP\svc.sync`, "service"}, {"jenkins", "service"}, {"backup2", "service"}, {"payroll-api", "service"},
		{"team.nordic", "shared"}, {"sales-team@contoso.com", "shared"}, {"info@contoso.com", "shared"}, {"admin", "shared"}, {"test12", "shared"},
		{"vendor-acme", "vendor"},
		{"ada.byron", ""}, {"sam.postma", ""}, {"jan.bot", ""}, {"system.of.a.down", "service"}, {"teamer", ""}, {"infosys.kari", ""}, {"api.singh", "service"},
		{"sa.lund", ""}, {"12345+octocat@users.noreply.github.com", ""}, {"mailin.berg", ""}, {"", ""}, {"$", ""}, {"...", ""},
	} {
		_, l := run(t, company(), "Login,EMail\n\""+test.login+"\",zoe@contoso.com\n", byMail, worklist.Options{})
		assert.Equal(t, test.guess, l.Rows[0].Guess, test.login)
		assert.Equal(t, test.guess != "", l.Rows[0].Why != "", test.login)
		assert.Nil(t, l.Rows[0].Decision, "a guess is never acted on")
	}
}

func TestOneTypeOfAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ login, kind, guess string }{
		{"x", "Service account", "service"}, {"x", "shared mailbox", "shared"}, {"x", "External vendor", "vendor"}, {"x", "User", ""}, {"x", "", ""},
		{"svc-x", "Employee", ""}, {"svc-x", "weird", "service"}, {"svc-x", "", "service"},
	} {
		_, l := run(t, company(), head+test.login+",zoe@contoso.com,Zoe,,,"+test.kind+",,,\n", byMail, worklist.Options{})
		assert.Equal(t, test.guess, l.Rows[0].Guess, "%s: %s", test.login, test.kind)
	}
}

func TestAccountsOfOnePerson(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), head+
		"ada,ada.byron@contoso.com,Ada Byron,,,,,,\n"+ // found
		"ada-old,ada.byron@oldco.example,Ada Byron,,,,,,\n"+
		"abyron,ada.byron@other.example,\"Byron, Ada\",,,,,,\n"+
		"z1,zoe.xu@contoso.com,Zoe Xu,,,,,,\n"+
		"z2,xu@contoso.com,\"Xu, Zoe\",,,,,,\n"+
		"q,q@contoso.com,Qi,,,,,,\nq2,q2@contoso.com,Qi,,,,,,\n", byMail, worklist.Options{})
	assert.Equal(t, []string{"ada", "abyron"}, rowOf(t, l, 3).Others)
	assert.Equal(t, []string{"ada", "ada-old"}, rowOf(t, l, 4).Others)
	assert.Equal(t, 2, rowOf(t, l, 3).Candidates[0].Line, "she has a row already")
	assert.Equal(t, []string{"z2"}, rowOf(t, l, 5).Others, "nobody in the directory, but the same full name")
	assert.Empty(t, rowOf(t, l, 7).Others, "one word is not a full name")
}

func TestCandidatesSayWhatMustBeKnown(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), head+"t,twin@contoso.com,Twin,,,,,,\ng,gil.gone@contoso.com,Gil Gone,,,,,,\na,ada.byron@oldco.example,Ada Byron,,,,,,\n",
		byMail, worklist.Options{})
	twin, gil, ada := rowOf(t, l, 2), rowOf(t, l, 3), rowOf(t, l, 4)
	assert.Len(t, twin.Candidates, 2)
	assert.True(t, gil.Candidates[0].Deleted)
	assert.False(t, gil.Candidates[0].Disabled, "nobody knows whether a deleted user could sign in")
	require.NotEmpty(t, ada.Candidates[0].Fields)
	assert.Equal(t, "the same name before the @", ada.Candidates[0].Fields[0].Text)
	for _, r := range l.Rows {
		for _, c := range r.Candidates {
			assert.NotEmpty(t, c.Why)
			assert.NotEmpty(t, c.ID)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	list := head + "a,per.moe@contoso.com,Per,,,,,,\nb,per.moe@contoso.com,Per,,,,,,\nx,zoe@contoso.com,Zoe,,,,,,\nu1,y@contoso.com,Y,,,,,,\n" +
		"z,1,2,3,4,5,6,7,8,9,10\n(4 rows affected)\n"
	file, err := roster.NewReader(strings.NewReader(list), nil)
	require.NoError(t, err)
	report, err := match.Run(t.Context(), company(), file.Rows(), byMail,
		&match.Options{Exclusions: []match.Exclusion{{Column: "Login", Value: "u1"}}})
	require.NoError(t, err)
	assigned := 7
	l := worklist.New(report, &worklist.Options{Assigned: &assigned, Now: now.In(time.FixedZone("x", 3600))})
	assert.Equal(t, worklist.Counts{Rows: 5, Matched: 2, Nobody: 1, Open: 2, Assigned: 7, Unread: 1, NotAccounts: 1}, l.Counts)
	assert.Equal(t, now, l.Made)
	assert.Equal(t, -1, worklist.New(report, nil).Counts.Assigned, "not known is not none")
	assert.Equal(t, "z,1,2,3,4,5,6,7,8,9,10", rowOf(t, l, 6).Unread, "who looks after the list needs the line itself")
}
