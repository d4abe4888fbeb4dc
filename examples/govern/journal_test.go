package main

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/graphfake"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// take takes a role away by hand, as an administrator does in the portal.
func (c company) take(app graphfake.ServicePrincipal, name string) {
	c.t.Helper()
	user, _ := c.User(name + "@contoso.example")
	for _, a := range c.Assignments(app.ID) {
		if a.PrincipalID == user.ID {
			request, err := http.NewRequest(http.MethodDelete, c.url+"/servicePrincipals/"+app.ID+"/appRoleAssignedTo/"+a.ID, nil)
			require.NoError(c.t, err)
			request.Header.Set("Authorization", "Bearer x")
			answer, err := http.DefaultClient.Do(request)
			require.NoError(c.t, err)
			answer.Body.Close()
			require.Equal(c.t, http.StatusNoContent, answer.StatusCode)
		}
	}
}

func TestJournal_ARunThatFailedInPartConcludesNothing(t *testing.T) {
	t.Parallel()
	names := []string{"ada", "bob", "cy", "dee", "eve"}
	c := newCompany(t, names...)
	app := c.application("CORPDB1", "General")
	var lines []string
	for _, name := range names {
		lines = append(lines, row(name, ""))
	}
	journal := filepath.Join(t.TempDir(), "CORPDB1.journal")
	args := with("run", flow(rows(t, lines...), "-role", "General", "-journal", journal, "-account", "Alias"), "-yes")
	for _, name := range []string{"dee", "eve"} {
		user, _ := c.User(name + "@contoso.example")
		c.Inject(graphfake.Fault{Method: "POST", Path: "/servicePrincipals/{id}/appRoleAssignedTo", Body: user.ID, Status: 403,
			Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."})
	}
	got := c.govern(args...)
	require.Equal(t, exitFailed, got.status, got.err)
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "nothing is concluded")
	state := readState(t, journal)
	assert.Empty(t, state.People, "three of five holders would be all that is ever known")
	assert.Len(t, state.Given, 3, "what was written is known")

	c.ClearFaults()
	require.Equal(t, exitDone, c.govern(args...).status)
	state = readState(t, journal)
	assert.Len(t, state.People, 5)
	assert.Len(t, state.Ours, 5, "also what the run wrote that failed in part")
	c.take(app, "dee")
	got = c.govern("revocations", "-journal", journal)
	assert.Contains(t, got.out, "dee@contoso.example", "who was added later is listed when they lose it")
}

func TestJournal_TwoAtOnceAreRefused(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	open, err := fulfill.OpenJournal(r.snapshot, assign.App{ResourceID: r.app.ID}, nil)
	require.NoError(t, err)
	got := r.revocations()
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "another program is writing to it (process ")
	assert.Equal(t, 1, strings.Count(got.err, "\n"), "one line")
	before := r.state()
	got = r.govern(with("run", flow(rows(t, row("ada", ""), row("new", "")), "-role", "General", "-create", mapping, "-journal", r.snapshot), "-yes")...)
	assert.Equal(t, exitStopped, got.status)
	assert.True(t, before == r.state(), "a run that can't write its journal must write nothing else")
	require.NoError(t, open.Close())
	assert.Equal(t, exitDone, r.revocations().status)
}

func TestJournal_ADryRunWritesNoByteOfIt(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("bob")
	before := read(t, r.snapshot)
	got := r.revocations("-dry-run", "-roster", file(t, "new.csv", r.export("ada", "cy", "dee")))
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "1 of 1 account done", "what it says is what it would have done")
	assert.Equal(t, before, read(t, r.snapshot))
	none := filepath.Join(t.TempDir(), "none.journal")
	got = r.govern(with("run", flow(r.roster, "-role", "General", "-journal", none, "-account", "Login"), "-dry-run")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.NoFileExists(t, none)
	assert.NoFileExists(t, none+".lock")
}

func TestJournal_AnOldSnapshotIsCarriedOverOnce(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	bob, _ := r.User("bob@contoso.example")
	ada, _ := r.User("ada@contoso.example")
	var grants []string
	for _, user := range []graphfake.User{ada, bob} {
		for _, a := range r.Assignments(r.app.ID) {
			if a.PrincipalID == user.ID {
				grants = append(grants, a.ID)
			}
		}
	}
	person := func(user graphfake.User, grant, login string) string {
		return `{"principalId":"` + user.ID + `","principalName":"` + user.UserPrincipalName + `","held":[{"appRoleId":"` + r.app.AppRoles[0].ID +
			`","paths":[{"kind":"direct","assignmentId":"` + grant + `"}]}],"accounts":[{"key":"` + login + `","rows":[{"file":"users.csv","line":2,"key":"x"}]}]}`
	}
	old := `{"kind":"rollcall snapshot","version":1,"resourceId":"` + r.app.ID + `","application":"CORPDB1","taken":"2026-01-15T00:00:00.123Z","roles":{"` +
		r.app.AppRoles[0].ID + `":"General"},"people":[` + person(ada, grants[0], "ADA") + "," + person(bob, grants[1], "BOB") + `]}`
	path := file(t, "CORPDB1.snapshot.json", old)
	r.take(r.app, "bob")
	got := r.govern("revocations", "-snapshot", path, "-roster", file(t, "new.csv", r.export("ada")), "-account", "Login")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "BOB")
	assert.Contains(t, got.out, "1 of 1 account done")
	assert.Equal(t, old, read(t, path+".old"), "the evidence of then is kept")
	assert.Equal(t, exitDone, r.govern("revocations", "-journal", path).status, "and from now on it is a journal")
}

func TestJournal_ADenialOfWhoCameAfterItWasBegunIsListed(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.AddUser(graphfake.User{UserPrincipalName: "kim@contoso.example"})
	r.assign(r.app, "kim", 0)
	r.deny("bob")
	require.Equal(t, exitDone, r.revocations().status, "this look shows Kim")
	r.take(r.app, "kim")
	got := r.revocations()
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "people who lost access and whose account is not known")
	assert.Contains(t, got.out, "kim", "who got access after the journal was begun must not be invisible")
}

func TestRevocations_ATicketThatIsRefusedBlocksNoOther(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.deny("ada", "bob", "cy", "dee")
	opened := 0
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body := make([]byte, 1<<16)
		n, _ := q.Body.Read(body)
		if strings.Contains(string(body[:n]), `"key":"DEE"`) {
			opened++
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
	}))
	defer desk.Close()
	got := r.revocations("-webhook", desk.URL, "-yes")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "3 tickets are not delivered")
	assert.Equal(t, 1, opened, "three that are always refused come before it")
	desk.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	got = r.revocations("-webhook", desk.URL, "-yes")
	assert.Equal(t, exitFailed, got.status)
	assert.Contains(t, got.err, "seems to be down", "whoever runs it must know that it is the desk")
}

func TestUndo_TakesBackExactlyThatRun(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	c.assign(app, "cy", 0)
	journal := filepath.Join(t.TempDir(), "CORPDB1.journal")
	args := with("run", flow(rows(t, row("ada", ""), row("bob", ""), row("cy", "")), "-role", "General", "-journal", journal, "-account", "Alias"), "-yes")
	require.Equal(t, exitDone, c.govern(args...).status)
	got := c.govern("history", "-journal", journal)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "run 2 of ")
	assert.Contains(t, got.out, "ada@contoso.example: General, from rollcall")
	assert.NotContains(t, got.out, "Tenant", "a history asks no tenant")

	plan := filepath.Join(t.TempDir(), "undo.json")
	got = c.govern("undo", "2", "-app", "CORPDB1", "-journal", journal, "-out", plan, "-max-removal-share", "100%")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Len(t, c.assigned("CORPDB1"), 3, "undo shows, and apply writes")
	require.Equal(t, exitDone, c.govern("apply", plan, "-journal", journal, "-yes").status)
	assert.Equal(t, []string{"cy: General"}, c.assigned("CORPDB1"), "what somebody else gave is left")
	got = c.govern("undo", "3", "-app", "CORPDB1", "-journal", journal)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "its entry 3 is no run")
	assert.Equal(t, exitUsage, c.govern("undo", "x", "-app", "CORPDB1", "-journal", journal).status)
}

func TestRemoveOurs_LeavesWhatSomebodyElseGave(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	app := c.application("CORPDB1", "General")
	c.assign(app, "cy", 0)
	journal := filepath.Join(t.TempDir(), "CORPDB1.journal")
	run := func(names ...string) result {
		var lines []string
		for _, name := range names {
			lines = append(lines, row(name, ""))
		}
		return c.govern(with("run", flow(rows(t, lines...), "-role", "General", "-journal", journal, "-account", "Alias",
			"-remove", "ours", "-max-removal-share", "100%"), "-yes")...)
	}
	require.Equal(t, exitDone, run("ada", "bob").status)
	got := run("ada")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, []string{"ada: General", "cy: General"}, c.assigned("CORPDB1"), "cy is on no list, and not ours")
	got = c.govern(with("plan", flow(rows(t, row("ada", "")), "-role", "General"), "-remove", "ours")...)
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, "-remove ours needs the -journal")
}

func TestHistory_ForReviewers(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	require.Equal(t, exitDone, r.review().status)
	r.take(r.app, "bob")
	r.AddUser(graphfake.User{UserPrincipalName: "kim@contoso.example"})
	r.assign(r.app, "kim", 0)
	r.assign(r.app, "dee", 1)
	require.Equal(t, exitDone, r.revocations().status)
	out := filepath.Join(t.TempDir(), "changes.csv")
	got := r.govern("history", "-journal", r.snapshot, "-out", out)
	require.Equal(t, exitDone, got.status, got.err)
	records, err := csv.NewReader(strings.NewReader(read(t, out))).ReadAll()
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, record := range records[1:] {
		kinds[strings.Split(record[1], "@")[0]] = record[0]
	}
	assert.Equal(t, "gone", kinds["bob"], "%v", kinds)
	assert.Equal(t, "changed", kinds["dee"])
	assert.Equal(t, "unchanged", kinds["ada"])
	assert.Contains(t, kinds, "kim")

	bob, _ := r.User("bob@contoso.example")
	got = r.govern("history", "-journal", r.snapshot, "-forget", bob.ID)
	assert.Equal(t, exitRefused, got.status, "what is forgotten is gone, and is asked for first")
	got = r.govern("history", "-journal", r.snapshot, "-forget", bob.ID, "-yes")
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "has the account BOB", "the next look would record him anew")
	require.Equal(t, exitDone, r.revocations("-roster", file(t, "new.csv", r.export("ada", "cy", "dee"))).status)
	got = r.govern("history", "-journal", r.snapshot, "-forget", bob.ID, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.NotContains(t, read(t, r.snapshot), bob.ID)
}

func TestRun_WithAnotherApplicationsJournalWritesNothing(t *testing.T) {
	t.Parallel()
	r := newReviewed(t)
	r.application("Second", "General")
	require.Equal(t, exitDone, r.review().status)
	before := r.state()
	for app, want := range map[string]string{"Third": "is a journal for CORPDB1, which is not in", "Second": "it was made for CORPDB1"} {
		for _, more := range []string{"-yes", "-dry-run"} {
			got := r.govern("run", "-roster", r.roster, "-match", "Email=userPrincipalName", "-app", app, "-role", "General",
				"-journal", r.snapshot, more)
			assert.Equal(t, exitStopped, got.status, "%s %s: a dry run says what a run would", app, more)
			assert.Contains(t, got.err, want)
			assert.True(t, before == r.state(), "%s was registered before the journal was refused", app)
		}
	}
}
