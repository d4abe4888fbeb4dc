package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/roster"
)

// What kind of list it is, its content says: people name files as they like.
func TestLists_AreToldByTheirContent(t *testing.T) {
	t.Parallel()
	const workbook = "../../roster/xlsx/testdata/openpyxl.xlsx"
	book, err := os.ReadFile(workbook)
	require.NoError(t, err)
	c := newCompany(t, "ada", "grace")
	for _, list := range []struct {
		reason, text, match string
		more                []string
		want                string
	}{
		{"pipes", "Login|Email\nADA1|ada@contoso.example\n", "Email", nil, "Matched 1 one"},
		{"a title above the header", "Users of May\n\nLogin;Email\nADA1;ada@contoso.example\n", "Email", nil, "stands above the header"},
		{"a database's own print", "Login Email\n----- -------------------\nADA1  ada@contoso.example\n\n(1 rows affected)\n", "Email", nil, "a line of dashes"},
		{"JSON", `[{"login":"ADA1","emails":[{"value":"ada@contoso.example","primary":true}]}]`, "emails[primary].value", nil, "Matched 1 one"},
		{"LDIF", "dn: uid=ada,dc=contoso\nobjectClass: person\nmail: ada@contoso.example\n", "mail", nil, "Matched 1 one"},
		{"a workbook", string(book), "EMail", nil, `the list is sheet "Users"`},
		{"another encoding", "Login;Email;Name\nADA1;ada@contoso.example;Jos\xe9\n", "Email", []string{"-encoding", "windows-1252"}, "Matched 1 one"},
	} {
		got := c.govern(append([]string{"match", "-roster", file(t, "list.txt", list.text), "-match", list.match + "=userPrincipalName"}, list.more...)...)
		want := exitDone
		if list.reason == "a workbook" {
			want = exitFailed // two of its rows hold errors
		}
		require.Equal(t, want, got.status, "%s: %s", list.reason, got.err)
		assert.Contains(t, strings.Join(strings.Fields(got.out), " "), strings.Join(strings.Fields(list.want), " "), list.reason)
	}
}

func TestLists_OneErrorNamesTheFlagThatHelps(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	for _, list := range []struct{ text, want string }{
		{"Login;Email;Name\nADA1;ada@contoso.example;Jos\xe9\n", "(-encoding"},
		{`{"value":[{"Email":"ada@contoso.example"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/users?$skiptoken=x"}`, "the list is incomplete"},
		{"<html><table><tr><td>Email", "web page"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("x", 600), ".xls"},
	} {
		got := c.govern("match", "-roster", file(t, "users.csv", list.text), "-match", "Email=userPrincipalName")
		assert.Equal(t, exitStopped, got.status, got.out)
		assert.Contains(t, got.err, list.want)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
		assert.NotContains(t, got.err, "Options.", "whoever types a command knows no options of Go")
	}
}

func TestLists_FromStandardInput(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	var out, err bytes.Buffer
	args := []string{"run", "-graph", c.url, "-wait", "2s", "-roster", "-", "-match", "Email=userPrincipalName", "-app", "CORPDB1",
		"-role-column", "Role", "-yes"}
	status := run(t.Context(), args, strings.NewReader("Email,Role\nada@contoso.example,General\n"), &out, &err, func(string) string { return secret })
	require.Equal(t, int(exitDone), status, err.String())
	assert.Equal(t, []string{"ada: General"}, c.assigned("CORPDB1"), "the list is read several times, and its source only once")
}

func TestProfile_IsProposedAndUsed(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob", "cy")
	folder := t.TempDir()
	list := file(t, "users.csv", "Login;E-Mail;Role;Status;Owner\nADA1;ada@contoso.example;General;active;HR\n"+
		"BOB1;bob@contoso.example;General;active;IT\nCY01;cy@contoso.example;General;inactive;IT\n")
	profile := filepath.Join(folder, "CORPDB1.profile.json")
	got := governUntil(t.Context(), nil, "profile", "-roster", list, "-out", profile)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "match E-Mail with userPrincipalName")
	read, err := readFile(profile, roster.DecodeProfile)
	require.NoError(t, err)
	assert.Equal(t, roster.Profile{Match: []roster.ProfileRule{{Column: "E-Mail", Attribute: "userPrincipalName"}, {Column: "E-Mail", Attribute: "mail"}},
		Account: "Login", Role: "Role", Facts: roster.Facts{Status: "Status", Owner: "Owner"}, Closed: []string{"inactive"}}, read)

	journal := filepath.Join(folder, "CORPDB1.journal")
	got = c.govern("run", "-roster", list, "-profile", profile, "-app", "CORPDB1", "-journal", journal, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Len(t, c.assigned("CORPDB1"), 3)
	accounts := map[string]bool{}
	for _, account := range readState(t, journal).Accounts {
		accounts[account.Key] = account.Gone.IsZero()
	}
	assert.Equal(t, map[string]bool{"ADA1": true, "BOB1": true, "CY01": false}, accounts, "an inactive account is closed")

	c.take(c.ServicePrincipals()[0], "bob")
	var ticket struct {
		Account struct{ Columns map[string]string }
	}
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		_ = json.Unmarshal(body, &ticket)
		w.WriteHeader(http.StatusCreated)
	}))
	defer desk.Close()
	got = c.govern("revocations", "-journal", journal, "-webhook", desk.URL, "-yes")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Equal(t, map[string]string{"Status": "active", "Owner": "IT"}, ticket.Account.Columns, "whoever closes the account must know whom to ask")

	got = c.govern("match", "-roster", list, "-profile", file(t, "p.json", `{"kind":"rollcall profile","version":1,"acount":"Login"}`))
	assert.Equal(t, exitUsage, got.status)
	assert.Contains(t, got.err, `unknown field "acount"`)
}

func TestCreateUsers_ForThePortal(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	out := filepath.Join(t.TempDir(), "bulk.csv")
	list := rows(t, row("ada", ""), row("dee", ""), row("eve", ""))
	got := c.govern(with("create-users", flow(list, "-create", mapping), "-out", out)...)
	require.Equal(t, exitDone, got.status, "nothing is written to the tenant, so nothing is asked: %s", got.err)
	assert.Empty(t, c.writes())
	text := read(t, out)
	assert.True(t, strings.HasPrefix(text, "version:v1.0,"), text)
	assert.Contains(t, text, "dee,dee@contoso.example,,Yes,")
	assert.NotContains(t, text, "ada@")
	assert.Contains(t, strings.Join(strings.Fields(got.out), " "), "no column for mailNickname")
}
