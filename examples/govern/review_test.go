package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
)

// A reviewed company has CORPDB1 with the roles General and Auditor, which ada,
// bob, cy and dee hold, and olga, who reviews.
type reviewed struct {
	company
	app      graphfake.ServicePrincipal
	folder   string
	roster   string
	snapshot string
}

func newReviewed(t *testing.T) reviewed {
	t.Helper()
	c := companyOn(t, graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Phase: -1}}), "ada", "bob", "cy", "dee", "olga")
	r := reviewed{company: c, app: c.application("CORPDB1", "General", "Auditor"), folder: t.TempDir()}
	for _, name := range []string{"ada", "bob", "cy", "dee"} {
		r.assign(r.app, name, 0)
	}
	r.assign(r.app, "cy", 1)
	r.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", Enabled: 100, Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
	r.roster = file(t, "users.csv", r.export("ada", "bob", "cy", "dee"))
	r.snapshot = filepath.Join(r.folder, "CORPDB1.snapshot.json")
	return r
}

// export is the application's export of those accounts.
func (r reviewed) export(names ...string) string {
	text := "Login,Email\n"
	for _, name := range names {
		text += strings.ToUpper(name) + "," + name + "@contoso.example\n"
	}
	return text
}

func (r reviewed) review(more ...string) result {
	return r.govern(append([]string{"review", "-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-roster", r.roster, "-match", "Email=userPrincipalName",
		"-account", "Login", "-snapshot", r.snapshot, "-auto-apply", "-yes"}, more...)...)
}

// deny lets olga deny somebody, and ends the review.
func (r reviewed) deny(names ...string) {
	r.t.Helper()
	for _, name := range names {
		require.NoError(r.t, r.Decide(graphfake.Decision{Review: r.Reviews()[0].ID, Principal: name + "@contoso.example", Decision: "Deny", Justification: "left"}))
	}
	got := r.govern("status", "-app", "CORPDB1", "-do", "stop", "-yes")
	require.Equal(r.t, exitDone, got.status, got.err)
}

func (r reviewed) revocations(more ...string) result {
	return r.govern(append([]string{"revocations", "-snapshot", r.snapshot}, more...)...)
}

func TestReview_FromTheSnapshotToTheListOfAccounts(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	got := r.review()
	require.Equal(t, exitDone, got.status, got.err)
	require.Len(t, r.Reviews(), 1)
	assert.Equal(t, "CORPDB1 access review", r.Reviews()[0].DisplayName)
	info, err := os.Stat(r.snapshot)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the snapshot names people")

	got = r.revocations()
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "0 accounts", "nothing has happened yet")

	r.deny("bob", "cy")
	out := filepath.Join(r.folder, "close.csv")
	got = r.revocations("-out", out)
	require.Equal(t, exitDone, got.status, got.err)
	table, err := os.ReadFile(out)
	require.NoError(t, err)
	records, err := csv.NewReader(strings.NewReader(string(table))).ReadAll()
	require.NoError(t, err)
	var lines []string
	for _, record := range records[1:] {
		lines = append(lines, strings.Join(record[:5], " "))
	}
	assert.Equal(t, []string{"BOB closeAccount General denied olga", "CY closeAccount Auditor denied olga", "CY closeAccount General denied olga"}, slices.Sorted(slices.Values(lines)))
}

// A group that hides its members is named where who holds what is written down, and
// nobody's account is closed who may be in it.
func TestReview_AGroupThatHidesItsMembers(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	group := r.AddGroup(graphfake.Group{DisplayName: "Staff",
		More: map[string]any{"visibility": "HiddenMembership", "groupTypes": []any{"Unified"}}})
	r.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: group.ID, ResourceID: r.app.ID, AppRoleID: r.app.AppRoles[0].ID})
	got := r.review()
	require.Equal(t, exitDone, got.status, got.err)
	const hidden = "The members of the group Staff are hidden"
	assert.Contains(t, got.out, hidden)
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "grant the Graph permission Member.Read.Hidden")

	r.deny("bob")
	got = r.revocations()
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, hidden)
	assert.Contains(t, got.out, "1  accounts to look into")
	assert.NotContains(t, got.out, "To close")
}

// A second run of review finds the review, and must not lose what was before, which
// can't be read any more.
func TestReview_AgainKeepsJournalAndReview(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	before, err := os.ReadFile(r.snapshot)
	require.NoError(t, err)
	r.deny("bob")
	got := r.review()
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "is there already")
	after, err := os.ReadFile(r.snapshot)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(after), string(before)), "a journal only grows")
	assert.Len(t, r.Reviews(), 1)
	assert.Contains(t, r.revocations().out, "BOB")
}

func TestReview_WithoutReviewersOrWithWrongOnesWritesNothing(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	for _, tt := range []struct {
		args   []string
		status exitStatus
		says   string
	}{
		{[]string{"-app", "CORPDB1"}, exitUsage, "review needs -reviewer UPN or -stages"},
		{[]string{"-app", "CORPDB1", "-stages", "managers,reviewers"}, exitUsage, "no -reviewer says who they are"},
		{[]string{"-app", "CORPDB1", "-stages", "everybody"}, exitUsage, "want managers, reviewers or owners"},
		{[]string{"-app", "CORPDB1", "-stages", "managers:0"}, exitUsage, "is no number of days"},
		{[]string{"-app", "CORPDB1", "-stages", "owners,owners,owners,owners"}, exitUsage, "at most 3"},
		{[]string{"-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-every", "fortnight"}, exitUsage, "want weeks or months"},
		{[]string{"-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-every", "1w"}, exitStopped, "takes 14 days and may take 7, so that it ends before"},
		{[]string{"-app", "CORPDB1", "-reviewer", "nobody@contoso.example"}, exitStopped, "there is no such user"},
		{[]string{"-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-roster", r.roster}, exitUsage, "both -roster FILE and -match COLUMN=ATTRIBUTE"},
		{[]string{"-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-snapshot", "none.json"}, exitStopped, "-roster and -match make it"},
		{[]string{"-app", "CORPDB1", "-stages", "managers"}, exitRefused, "1 step would fail or be in vain"},
		{[]string{"-app", "CORPDB2", "-reviewer", "olga@contoso.example"}, exitStopped, `there is no application "CORPDB2"`},
	} {
		got := r.govern(append([]string{"review", "-yes"}, tt.args...)...)
		assert.Equal(t, tt.status, got.status, "%v: %s", tt.args, got.err)
		assert.Contains(t, got.err, tt.says)
	}
	assert.Empty(t, r.Reviews())
	assert.Empty(t, r.writes())
}

func TestReview_StrictCreatesNoneWhileARowHasNoUser(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	roster := rows(t, row("ada", "General"), row("nobody", "General"))
	review := []string{"review", "-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-match", "Email=userPrincipalName", "-yes", "-strict"}
	for _, more := range [][]string{{"-roster", roster}, {"-roster", roster, "-snapshot", r.snapshot}} {
		got := r.govern(append(review, more...)...)
		assert.Equal(t, exitUnresolved, got.status, got.err)
		assert.Contains(t, got.err, "1 row has no user, the first on line 3")
		assert.NoFileExists(t, r.snapshot)
	}
	assert.Empty(t, r.Reviews(), "nobody would be asked about the account without a user")
	got := r.govern(append(review, "-roster", rows(t, row("ada", "General")))...)
	assert.Equal(t, exitDone, got.status, got.err)
	assert.Len(t, r.Reviews(), 1)
}

func TestReview_DryRunAndRefusalWriteNothing(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	got := r.review("-dry-run")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "olga@contoso.example")
	got = r.govern("review", "-app", "CORPDB1", "-reviewer", "olga@contoso.example")
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, `not allowed to create the access review "CORPDB1 access review"`)
	assert.Empty(t, r.writes())
	_, err := os.Stat(r.snapshot)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestReview_StagesAndRhythm(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	got := r.review("-stages", "managers:5,reviewers:7", "-every", "3m", "-review", "Quarterly", "-json")
	require.Equal(t, exitDone, got.status, got.err)
	review := got.document(t)["review"].(map[string]any)
	assert.Equal(t, "Quarterly", review["displayName"])
	stages := review["stageSettings"].([]any)
	require.Len(t, stages, 2)
	assert.Equal(t, 5., stages[0].(map[string]any)["durationInDays"])
	assert.NotEmpty(t, stages[0].(map[string]any)["fallbackReviewers"], "nobody here has a manager")
	settings := review["settings"].(map[string]any)
	assert.Equal(t, false, settings["defaultDecisionEnabled"])
	assert.Equal(t, 3., settings["recurrence"].(map[string]any)["pattern"].(map[string]any)["interval"])
}

func TestStatus_ShowsAndActs(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	got := r.govern("status", "-app", "CORPDB1")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "review creates it")
	args := []string{"review", "-app", "CORPDB1", "-reviewer", "olga@contoso.example", "-yes"} // not applied by itself
	require.Equal(t, exitDone, r.govern(args...).status)
	require.Equal(t, exitDone, r.govern("status", "-app", "CORPDB1", "-do", "remind", "-yes").status)
	assert.Len(t, r.Reminders(), 1)
	got = r.govern("status", "-app", "CORPDB1", "-do", "apply", "-yes")
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.err, "no round of the review is Completed")
	got = r.govern("status", "-app", "CORPDB1", "-do", "stop", "-dry-run")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, "InProgress", r.Reviews()[0].Status)
	assert.Contains(t, got.out, "would stop")
	r.deny("bob")
	assert.Contains(t, r.assigned("CORPDB1"), "bob: General", "a stopped review that does not apply by itself takes nothing")
	require.Equal(t, exitRefused, r.govern("status", "-app", "CORPDB1", "-do", "apply").status, "taking access away must be asked for")
	require.Equal(t, exitDone, r.govern("status", "-app", "CORPDB1", "-do", "apply", "-yes").status)
	d := r.govern("status", "-app", "CORPDB1", "-json").document(t)
	assert.NotContains(t, r.assigned("CORPDB1"), "bob: General")
	rounds := d["rounds"].([]any)
	require.Len(t, rounds, 1)
	assert.Equal(t, "Applied", rounds[0].(map[string]any)["status"])
	assert.Equal(t, map[string]any{"Deny": 1., "NotReviewed": 3.}, rounds[0].(map[string]any)["decisions"])
}

// What the service says went wrong in a round must not stay hidden.
func TestStatus_ShowsTheErrorsOfARound(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		answer := httptest.NewRecorder()
		req.Header.Del("Accept-Encoding")
		r.ServeHTTP(answer, req)
		body := strings.ReplaceAll(answer.Body.String(), `"errors":[]`, `"errors":[{"code":"NoReviewers","message":"Nobody can review."}]`)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer.Code)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	got := r.govern("status", "-app", "CORPDB1", "-graph", server.URL+"/v1.0")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "Nobody can review.")
}

// A ticketDesk is a receiver of tickets on loopback.
type ticketDesk struct {
	mu    sync.Mutex
	keys  map[string]int
	fails int
}

func (d *ticketDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fails--; d.fails >= 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var ticket map[string]any
	body, _ := io.ReadAll(r.Body)
	if json.Unmarshal(body, &ticket) == nil {
		d.keys[r.Header.Get("Idempotency-Key")]++
	}
	w.WriteHeader(http.StatusCreated)
}

func TestRevocations_OpenEachTicketOnce(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("bob", "cy")
	desk := &ticketDesk{keys: map[string]int{}, fails: 1}
	server := httptest.NewServer(desk)
	defer server.Close()
	hook := server.URL + "/hooks/SECRET-PATH"

	got := r.revocations("-webhook", hook)
	assert.Equal(t, exitRefused, got.status, "a ticket is work for somebody, and is asked for first")
	assert.Empty(t, desk.keys)
	got = r.revocations("-webhook", hook, "-dry-run")
	assert.Equal(t, exitDone, got.status)
	assert.Empty(t, desk.keys)

	got = r.revocations("-webhook", hook, "-yes")
	assert.Equal(t, exitFailed, got.status, got.err)
	assert.NotContains(t, got.out+got.err, "SECRET-PATH", "such addresses are secrets")
	got = r.revocations("-webhook", hook)
	assert.Contains(t, got.err, "not allowed to open 1 ticket at ", "one is open, and is not asked about again")
	got = r.revocations("-webhook", hook, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	got = r.revocations("-webhook", hook, "-json")
	require.Equal(t, exitDone, got.status, "nothing is left to open, so nothing is asked: %s", got.err)
	assert.Equal(t, map[string]any{"opened": 0., "before": 2., "waiting": 0.}, got.document(t)["tickets"])
	require.Len(t, desk.keys, 2)
	for _, n := range desk.keys {
		assert.Equal(t, 1, n)
	}
}

func TestRevocations_ANewExportProvesWhoIsGone(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("bob", "cy")
	after := file(t, "new.csv", r.export("ada", "cy", "dee"))
	d := r.revocations("-roster", after, "-account", "Login", "-json").document(t)
	closure := d["closure"].(map[string]any)
	assert.Len(t, closure["done"], 1)
	assert.Len(t, closure["open"], 1)
	got := r.revocations("-roster", after, "-account", "Login", "-strict")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "1 account is still open, says")
	got = r.revocations("-roster", after)
	assert.Equal(t, exitDone, got.status, "the journal knows in which column each account has its name")
	assert.Contains(t, got.out, "0 of 1 account done", "BOB was proven closed before, and CY is still there")
	got = r.revocations("-roster", file(t, "cut.csv", r.export()+"ADA\n"), "-account", "Login")
	assert.Equal(t, exitRefused, got.status, "half an export proves nothing: %s", got.err)
}

func TestRevocations_RefuseFilesThatWontDo(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	text, err := os.ReadFile(r.snapshot)
	require.NoError(t, err)
	whole := string(text)
	for name, text := range map[string]string{"lacks a line": whole[strings.Index(whole, "\n")+1:],
		"was changed": strings.Replace(whole, `"BOB"`, `"BOP"`, 1), "no journal": "{}", "a list": "Login,Email\nADA,ada@contoso.example\n"} {
		path := file(t, "x.journal", text)
		got := r.govern("revocations", "-journal", path)
		assert.Equal(t, exitUsage, got.status, name)
		assert.Contains(t, got.err, "this can't be used as a rollcall journal", name)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(after), "%s: the file is left as it is", name)
	}
	got := r.govern("revocations", "-journal", file(t, "x.journal", whole[:len(whole)-100]))
	assert.Equal(t, exitDone, got.status, "a power failure costs only the line that was cut off: %s", got.err)
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "was cut off in the middle")
	assert.Equal(t, exitUsage, r.govern("revocations").status)
	assert.Equal(t, exitUsage, r.revocations("-out", "list.txt").status)
	assert.Equal(t, exitUsage, r.revocations("-webhook", "http://desk.example/x").status, "tickets name people and must not go over http")

	other := r.application("Other", "General")
	_ = other
	got = r.govern("review", "-app", "Other", "-reviewer", "olga@contoso.example", "-snapshot", r.snapshot, "-yes")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "it was made for CORPDB1")
	assert.Len(t, r.Reviews(), 1)
}

func TestRun_KeepsASnapshotOfWhatItMade(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	path := filepath.Join(t.TempDir(), "s.json")
	got := c.govern(with("run", flow(rows(t, row("ada", "General"), row("bob", "Auditor")), "-role-column", "Role", "-snapshot", path), "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	snapshot := readState(t, path)
	require.Len(t, snapshot.People, 2)
	for _, person := range snapshot.People {
		assert.Len(t, person.Held, 1, "a snapshot from a replica that lags would miss who lost access later")
	}
}

// The look must wait until a lagging replica shows what was just written.
func TestJournal_WaitsForWhatThePlanAdded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fake := graphfake.New(&graphfake.Options{TB: t, Replication: &graphfake.Replication{Replicas: graphfake.EvenLags(1, 20*time.Second)}})
		c := company{Server: fake, t: t}
		app := c.application("CORPDB1", "General")
		ada := fake.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
		time.Sleep(time.Minute)
		client, err := entra.Connect(graph.StaticToken("x"), &graph.ConnectOptions{Transport: fake.Transport()})
		require.NoError(t, err)
		plan := assign.Plan{ResourceID: app.ID, Changes: []assign.Change{{Action: assign.Add, PrincipalID: ada.ID, AppRoleID: app.AppRoles[0].ID}}}
		for _, err := range client.WriteAssignments(t.Context(), app.ID, plan.Changes) {
			require.NoError(t, err)
		}
		s := &session{known: fulfill.NewState(assign.App{ResourceID: app.ID}, time.Now()), opts: options{wait: time.Minute},
			tenant: tenant{client: client, governance: governance.New(client), interval: time.Second}}
		news, err := s.look(t.Context(), nil, &plan)
		require.NoError(t, err)
		assert.Len(t, news.People, 1)

		plan.Changes[0].AppRoleID = "never"
		_, err = s.look(t.Context(), nil, &plan)
		require.Error(t, err, "a look that lacks somebody would lose their revocation")
		assert.Equal(t, exitFailed, statusOf(err))
	})
}

func TestPreflight_Command(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	got := r.govern("preflight", "-app", "CORPDB1", "-reviewer", "olga@contoso.example")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "olga@contoso.example: can review")
	got = r.govern("preflight", "-app", "CORPDB1", "-stages", "managers", "-json")
	assert.Equal(t, exitRefused, got.status)
	findings := got.document(t)["preflight"].(map[string]any)["findings"].([]any)
	stops := 0
	for _, f := range findings {
		if f.(map[string]any)["level"] == "stop" {
			stops++
		}
	}
	assert.Equal(t, 1, stops)
	assert.Empty(t, r.writes())
}

// A stage of owners asks the owners of the service principal, whom most applications
// lack: the preflight says so, and register adds them.
func TestReview_ByTheOwnersWhomRegisterAdds(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	review := []string{"review", "-app", "CORPDB1", "-stages", "owners", "-yes"}
	got := r.govern(review...)
	assert.Equal(t, exitRefused, got.status)
	assert.Contains(t, got.out, "owners of the application: no user is one, so nobody\n")
	assert.Empty(t, r.Reviews())

	register := []string{"register", "-app", "CORPDB1", "-role", "General", "-owner", "olga@contoso.example", "-owner", "dee@contoso.example"}
	got = r.govern(append(register, "-dry-run")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "add owner olga@contoso.example")
	assert.Contains(t, got.out, "add owner dee@contoso.example")
	got = r.govern(append(register, "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	got = r.govern(register...)
	require.Equal(t, exitDone, got.status, "nothing is left to ask about: %s", got.err)

	got = r.govern(review...)
	require.Equal(t, exitDone, got.status, got.err)
	require.Len(t, r.Reviews(), 1)
	require.NoError(t, r.Decide(graphfake.Decision{Review: r.Reviews()[0].ID, Principal: "ada@contoso.example",
		Reviewer: "dee@contoso.example", Decision: "Deny", Justification: "left"}))

	got = r.govern("register", "-app", "CORPDB1", "-role", "General", "-owner", "nobody@contoso.example", "-yes")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "there is no user nobody@contoso.example to own it")
}
