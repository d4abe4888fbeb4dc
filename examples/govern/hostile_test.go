package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// evil clears the screen in three ways, turns the text around, hides a part of it
// and begins a line of its own.
const evil = "\x1b[2J\u009b2J\x7f\u202e\u2066\u200b\ufeff\u2028\rroot: ok"

// assertTame holds that a text has nothing that a terminal acts on or nobody sees.
func assertTame(t *testing.T, text, where string) {
	t.Helper()
	at := strings.IndexFunc(text, func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
	})
	if at >= 0 {
		t.Errorf("%s has %q", where, text[max(0, at-40):min(len(text), at+10)])
	}
}

// A hostile company has evil names wherever a person, an administrator or an
// exporting program may write one.
func newHostile(t *testing.T) reviewed {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{TB: t, Governance: &graphfake.Governance{Phase: -1}})
	r := reviewed{company: companyOn(t, fake), folder: t.TempDir()}
	for _, name := range []string{"ada", "bob", "cy", "olga"} {
		r.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", DisplayName: name + evil, Mail: name + "@contoso.example"})
	}
	app := r.AddApplication(graphfake.Application{DisplayName: "DB" + evil, Tags: []string{"WindowsAzureActiveDirectoryIntegratedApp"},
		AppRoles: []graphfake.AppRole{{DisplayName: "General" + evil, Value: "g"}, {DisplayName: "Other" + evil, Value: "o"}}})
	r.app = r.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
	r.assign(r.app, "bob", 0)
	r.assign(r.app, "cy", 1)
	r.AddLicense(graphfake.License{PartNumber: "AAD_PREMIUM_P2", Enabled: 100, Plans: []graphfake.ServicePlan{{ID: graphfake.PlanPremiumP2}}})
	var text bytes.Buffer
	list := csv.NewWriter(&text)
	require.NoError(t, list.WriteAll([][]string{{"Login", "Email", "Note"},
		{"ADA" + evil, "ada@contoso.example", "=1" + evil}, {"BOB" + evil, "bob@contoso.example", "＝1"},
		{"CY", "cy@contoso.example", "\u3000@SUM(1)"}, {"EVE", "eve" + evil + "@contoso.example", "\u200b+1"},
		{"", "", "-1"}, {"ADA2", "ada@contoso.example", " -1"}}))
	r.roster = filepath.Join(r.folder, "list\x1b[2J\u202e.csv")
	require.NoError(t, os.WriteFile(r.roster, text.Bytes(), 0o600))
	r.snapshot = filepath.Join(r.folder, "snap\x1b[2J\u202e.json")
	return r
}

// Nothing that others wrote commands the terminal, the spreadsheet or the ticket system.
func TestHostileNames_ComeOutTame(t *testing.T) {
	t.Parallel()
	r := newHostile(t)
	unresolved, plan := filepath.Join(r.folder, "open\u202e.csv"), filepath.Join(r.folder, "plan\u202e.json")
	flow := []string{"-roster", r.roster, "-match", "Email=userPrincipalName"}
	app := []string{"-app", "DB" + evil}
	role := []string{"-role", "General" + evil}
	all := func(parts ...[]string) (line []string) {
		for _, part := range parts {
			line = append(line, part...)
		}
		return line
	}
	commands := [][]string{
		all([]string{"match", "-unresolved", unresolved}, flow),
		all([]string{"register", "-role", "New" + evil, "-yes"}, app),
		all([]string{"plan", "-out", plan, "-remove", "unlisted", "-override", "why" + evil, "-accept-unresolved", "5"}, flow, app, role),
		{"apply", plan, "-yes"},
		{"apply", plan, "-app", "Other" + evil},
		{"verify", plan},
		all([]string{"run", "-snapshot", r.snapshot, "-account", "Login", "-yes"}, flow, app, role),
		all([]string{"preflight", "-reviewer", "olga@contoso.example"}, app),
		all([]string{"review", "-reviewer", "olga@contoso.example", "-review", "Q3" + evil, "-yes"}, app),
		all([]string{"review", "-reviewer", "olga" + evil + "@contoso.example"}, app),
		all([]string{"status", "-review", "Q3" + evil}, app),
		all([]string{"status", "-review", "Q4" + evil}, app),
		all([]string{"plan", "-role", "None" + evil, "-dry-run"}, flow, app),
		all([]string{"plan", "-role-column", "None" + evil, "-dry-run"}, flow, app),
		all([]string{"plan", "-app", "No such" + evil}, flow, role),
		{"match", "-roster", "nowhere" + evil, "-match", "Email=mail"},
		{"match", "-roster", r.roster, "-match", "None" + evil + "=mail"},
		{"verify", plan + evil},
		{"match" + evil}, {"match", "-x" + evil}, {"apply", "a", "b" + evil},
	}
	for _, args := range commands {
		for _, more := range [][]string{nil, {"-json"}} {
			got := r.govern(append(args, more...)...)
			assertTame(t, got.out, strings.Join(args[:1], " ")+" on standard output")
			assertTame(t, got.err, strings.Join(args[:1], " ")+" on standard error")
		}
	}
	for _, path := range []string{unresolved, plan, r.snapshot} {
		text, err := os.ReadFile(path)
		require.NoError(t, err, path)
		assertTame(t, strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n"), filepath.Base(path)) // but for what Excel needs
	}
	assertDisarmed(t, unresolved)
	snapshot := readState(t, r.snapshot)
	assert.Equal(t, "DB"+evil, snapshot.Application, "files for programs keep the values")
}

// assertDisarmed holds that no cell of a CSV file is a formula.
func assertDisarmed(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	for _, record := range records {
		for _, cell := range record {
			cell = strings.TrimFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
			assert.False(t, cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]), "%q", cell)
		}
	}
}

func TestHostileNames_InTicketsAndTheListOfAccounts(t *testing.T) {
	t.Parallel()
	r := newHostile(t)
	got := r.govern("review", "-app", "DB"+evil, "-reviewer", "olga@contoso.example", "-roster", r.roster, "-match",
		"Email=userPrincipalName", "-account", "Login", "-snapshot", r.snapshot, "-auto-apply", "-yes")
	require.Equal(t, exitFailed, got.status, got.err)
	require.NoError(t, r.Decide(graphfake.Decision{Review: r.Reviews()[0].ID, Principal: "bob@contoso.example", Decision: "Deny",
		Justification: "=cmd" + evil}))
	require.Equal(t, exitDone, r.govern("status", "-app", "DB"+evil, "-do", "stop", "-yes").status)

	var bodies []string
	desk := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		bodies = append(bodies, string(body))
	}))
	defer desk.Close()
	list := filepath.Join(r.folder, "close\u202e.csv")
	got = r.revocations("-webhook", desk.URL, "-out", list, "-roster", r.roster, "-account", "Login", "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assertTame(t, got.out+got.err, "revocations")
	require.Len(t, bodies, 1)
	assertTame(t, bodies[0], "the ticket")
	var ticket struct {
		Summary string
		Account struct{ Key string }
	}
	require.NoError(t, json.Unmarshal([]byte(bodies[0]), &ticket))
	assertTame(t, ticket.Summary, "the ticket's summary")
	assert.Equal(t, "BOB"+evil, ticket.Account.Key, "the account is called so, and must be found")
	for _, path := range []string{list, r.snapshot} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assertTame(t, string(text), filepath.Base(path))
	}
	assertDisarmed(t, list)
}

// A service that repeats the token in every answer gives it to nobody.
func TestATokenThatTheServiceEchoes(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 401, 403, 500} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			token := strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer ")
			w.Header().Set("request-id", token)
			w.Header().Set("Location", "https://elsewhere.example/"+token)
			w.WriteHeader(status)
			answer, _ := json.Marshal(map[string]any{"error": map[string]string{"code": token, "message": "Bearer " + token},
				"displayName": token, "@odata.nextLink": "https://" + token + ".example/"})
			_, _ = w.Write(answer)
		}))
		ctx, cancel := context.WithCancel(t.Context())
		roster := rows(t, row("ada", ""))
		for _, more := range [][]string{nil, {"-json"}} {
			args := append(with("run", flow(roster, "-role", "General", "-create", mapping)), more...)
			got := governUntil(ctx, map[string]string{"GRAPH_TOKEN": secret}, append(args, "-graph", server.URL, "-timeout", "300ms", "-yes")...)
			assert.NotEqual(t, exitDone, got.status)
			assert.NotContains(t, got.out+got.err, secret, "status %d", status)
		}
		cancel()
		server.Close()
	}
}

// A service that repeats the new users' passwords in what it says about them.
func TestPasswordsThatTheServiceEchoes(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	var passwords []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		q.Body = io.NopCloser(bytes.NewReader(body))
		var batch struct {
			Requests []struct {
				ID   string
				Body struct{ PasswordProfile struct{ Password string } }
			}
		}
		if json.Unmarshal(body, &batch) != nil || len(batch.Requests) == 0 || batch.Requests[0].Body.PasswordProfile.Password == "" {
			c.ServeHTTP(w, q)
			return
		}
		var answers []any
		for _, r := range batch.Requests {
			password := r.Body.PasswordProfile.Password
			passwords = append(passwords, password)
			answers = append(answers, map[string]any{"id": r.ID, "status": 400, "headers": map[string]string{"request-id": password},
				"body": map[string]any{"error": map[string]any{"code": password, "message": "The password '" + password + "' is too weak."}}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"responses": answers})
	}))
	defer server.Close()
	args := with("run", flow(rows(t, row("dee", ""), row("eve", "")), "-role", "General", "-create", mapping), "-yes", "-graph", server.URL+"/v1.0")
	for _, more := range [][]string{nil, {"-json"}} {
		got := governUntil(t.Context(), map[string]string{"GRAPH_TOKEN": secret}, append(args, more...)...)
		assert.Equal(t, exitFailed, got.status, got.err)
		assert.Contains(t, got.err, "The password '[redacted]' is too weak")
		for _, password := range passwords {
			assert.NotContains(t, got.out+got.err, password)
		}
	}
	assert.Len(t, passwords, 4)
}
