package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// TestBadInput: one line that says what to do, a status, and nothing written.
func TestBadInput(t *testing.T) {
	t.Parallel()
	good := rows(t, row("ada", "General"), row("dee", "General"))
	named := func(text string) string { return file(t, "users.csv", text) }
	create := []string{"-role", "General", "-create", mapping}
	for _, c := range []struct {
		reason string
		roster string
		flags  []string
		want   string
	}{
		{"a file that is not there", "nowhere.csv", create,
			"cannot read nowhere.csv: no such file or directory"},
		{"a folder", t.TempDir(), create, "is a directory"},
		{"an empty file", named(""), create, "users.csv: the file is empty"},
		{"only a heading line", named("Name,Email,Alias,ID,Role\n"), create, "users.csv has a heading line and no rows; export the accounts again"},
		{"a workbook", named("PK\x03\x04\x14\x00\x06\x00\x08\x00" + strings.Repeat("\x00\x01", 200)), create, "users.csv: the workbook is damaged: "},
		{"a web page", named("<!DOCTYPE html><html><body>Sign in</body></html>\n"), create, "users.csv: not CSV: "},
		{"a field of 10 MB", named("Name,Email,Alias,ID,Role\n" + strings.Repeat("x", 10<<20) + ",a,b,c,d\n"), create, "record too long"},
		{"a heading twice", named("Email,email\na,b\n"), create, `users.csv: column 2 ("email")`},
		{"no such column to match", good, append([]string{"-match", "EMial=mail"}, create...),
			`users.csv line 1: no header: no line of the first 16 KB has the wanted columns; this one comes nearest and lacks "EMial"; it has "Name", "Email"`},
		{"no such column for roles", good, []string{"-role-column", "Rolle", "-create", mapping},
			`users.csv line 1: no header: no line of the first 16 KB has the wanted columns; this one comes nearest and lacks "Rolle"; it has "Name", "Email"`},
		{"no such column with the accounts' names", good, []string{"-role", "General", "-create", mapping,
			"-account", "Login", "-snapshot", filepath.Join(t.TempDir(), "s.json")},
			`users.csv line 1: no header: no line of the first 16 KB has the wanted columns; this one comes nearest and lacks "Login"; it has "Name", "Email"`},
		{"no such column to create from", good, []string{"-role", "General", "-create", "displayName=Full name,userPrincipalName=Email,mailNickname=Alias"},
			"users.csv has no column Full name (for displayName)"},
		{"no such attribute", good, append([]string{"-match", "ID=employeeNumber"}, create...),
			`users can't be looked up by "employeeNumber": `},
		{"a column of names for roles", named(manyRoles()), []string{"-role-column", "Role", "-create", mapping},
			`column "Role" of `},
		{"a role for applications", good, []string{"-role", "Import", "-create", mapping},
			`application "CORPDB1", role "Import": it is there but not for users`},
		{"a disabled role", good, []string{"-role", "Old", "-create", mapping},
			`application "CORPDB1", role "Old": it is there but disabled`},
		{"exclusions that are not there", good, append([]string{"-exclude", "nowhere.csv"}, create...),
			"cannot read nowhere.csv: no such file or directory"},
		{"exclusions without their columns", good, append([]string{"-exclude", good}, create...),
			`users.csv has no column "key"`},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			company := newCompany(t, "ada")
			registerDisabledRole(company)
			before := company.state()
			got := company.govern(append(with("run", flow(c.roster), "-yes"), c.flags...)...)
			assert.Equal(t, exitStopped, got.status)
			assert.Contains(t, got.err, c.want)
			assertOneLine(t, got)
			assert.True(t, before == company.state(), "something was written")
		})
	}
}

// manyRoles is a roster whose every row says another role.
func manyRoles() string {
	var text strings.Builder
	text.WriteString("Name,Email,Alias,ID,Role\n")
	for i := range mostRoles + 1 {
		fmt.Fprintf(&text, "n%d,n%d@contoso.example,n%d,,Role of n%d\n", i, i, i, i)
	}
	return text.String()
}

// assertOneLine holds that an error is one line that a terminal can show.
func assertOneLine(t *testing.T, got result) {
	t.Helper()
	assert.True(t, strings.HasPrefix(got.err, "govern: "), got.err)
	assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
	assert.Less(t, len(got.err), 700, "a wall of text is not a line: %s", got.err)
}

func TestPlan_ForARoleOrAnApplicationThatIsNotThere(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	registerDisabledRole(c)
	c.AddApplication(graphfake.Application{DisplayName: "HALF"})
	for _, name := range []string{"TWIN", "TWIN"} {
		app := c.AddApplication(graphfake.Application{DisplayName: name})
		c.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID})
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(c.url, "http://"), "/")
	roster := rows(t, row("ada", ""))
	for _, f := range []struct{ app, role, want string }{
		{"CORPDB1", "Genral", `role "Genral": the application has no such role; users can be given: General`},
		{"CORPDB1", "Old", `role "Old": the role is disabled; users can be given: General`},
		{"CORPDB1", "Import", `role "Import": the role is for applications, not for users; users can be given: General`},
		{"NOPE", "General", fmt.Sprintf(`there is no application "NOPE" in %s; register makes it`, host)},
		{"HALF", "General", fmt.Sprintf(`the application "HALF" has no service principal in %s yet; register makes it`, host)},
		{"TWIN", "General", `the name "TWIN" stands for more than one application`},
	} {
		got := c.govern("plan", "-roster", roster, "-match", "Email=userPrincipalName", "-app", f.app, "-role", f.role, "-out", t.TempDir()+"/p.json")
		assert.Equal(t, exitStopped, got.status, f.app)
		assert.Contains(t, got.err, "govern: "+f.want, f.app)
		assertOneLine(t, got)
	}
}

func TestPermissionsThatAreMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		granted []string
		want    string
	}{
		{nil, "Application.Read.All"},
		{[]string{"Application.Read.All"}, "User.Read.All"},
		{[]string{"Application.Read.All", "User.Read.All"}, "User.ReadWrite.All"},
	} {
		fake := graphfake.New(&graphfake.Options{TB: t, Permissions: true})
		company := companyOn(t, fake, "ada")
		env := map[string]string{"GRAPH_TOKEN": fake.AppToken(c.granted...)}
		got := governUntil(t.Context(), env, with("run", flow(rows(t, row("ada", ""), row("dee", "")), "-role", "General", "-create", mapping),
			"-graph", company.url, "-wait", "2s", "-yes")...)
		assert.NotEqual(t, exitDone, got.status, c.granted)
		assert.Contains(t, got.err, "it needs the Graph permission "+c.want, "who asks for a permission must be able to name it")
		assertOneLine(t, got)
		assert.Len(t, fake.Users(), 1)
		assert.NotContains(t, got.err, env["GRAPH_TOKEN"])
	}
}

func TestATokenThatExpired(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.Inject(graphfake.Fault{In: graphfake.Outside, Times: -1, Status: 401, Code: "InvalidAuthenticationToken", Message: "Lifetime validation failed, the token is expired."})
	got := c.govern(with("match", flow(rows(t, row("ada", ""))))...)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "the token is expired")
	assert.Contains(t, got.err, "sign in again")
	assertOneLine(t, got)
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.Close()
	got := c.govern(with("match", flow(rows(t, row("ada", ""))), "-timeout", "300ms")...)
	assert.Equal(t, exitStopped, got.status)
	assert.Contains(t, got.err, "govern: gave up after 300ms (-timeout): nothing was written")
}

func TestARosterThatLies_CannotCommandTheTerminal(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	got := c.govern(with("match", flow(rows(t, "x,\x1b[2J\x1b]0;owned\x07@contoso.example,,,")))...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.NotContains(t, got.out, "\x1b")
	assert.NotContains(t, got.out, "\x07")
}
