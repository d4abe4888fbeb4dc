package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/graphfake"
)

// result is what a shell sees of a run.
type result struct {
	status   exitStatus
	out, err string
}

// govern runs the program without a terminal.
func govern(t *testing.T, env map[string]string, args ...string) result {
	t.Helper()
	return governUntil(t.Context(), env, args...)
}

func governUntil(ctx context.Context, env map[string]string, args ...string) result {
	var out, err bytes.Buffer
	status := run(ctx, args, strings.NewReader(""), &out, &err, func(name string) string { return env[name] })
	return result{exitStatus(status), out.String(), err.String()}
}

// document is what -json printed: one document and nothing else.
func (r result) document(t *testing.T) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(r.out))
	var d map[string]any
	require.NoError(t, decoder.Decode(&d), r.out)
	_, err := decoder.Token()
	require.ErrorIs(t, err, io.EOF, "more than one document on standard output")
	return d
}

// A company is a tenant that -graph reaches.
type company struct {
	*graphfake.Server
	t   *testing.T
	url string
}

// newCompany has a user for each name, with the name's number as employeeId.
func newCompany(t *testing.T, names ...string) company {
	t.Helper()
	return companyOn(t, graphfake.New(&graphfake.Options{TB: t}), names...)
}

func companyOn(t *testing.T, fake *graphfake.Server, names ...string) company {
	t.Helper()
	for i, name := range names {
		fake.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", Mail: name + "@contoso.example", EmployeeID: string(rune('1' + i))})
	}
	return company{fake, t, fake.Start()}
}

const secret = "eyJ-secret-token"

// govern runs the program on the company, without a terminal, and holds that it
// never shows its token.
func (c company) govern(args ...string) result {
	c.t.Helper()
	return c.until(c.t.Context(), args...)
}

func (c company) until(ctx context.Context, args ...string) result {
	c.t.Helper()
	args = append([]string{args[0], "-graph", c.url, "-wait", "2s"}, args[1:]...)
	got := governUntil(ctx, map[string]string{"GRAPH_TOKEN": secret}, args...)
	assert.NotContains(c.t, got.out+got.err, secret, "a token in a log is a token lost")
	return got
}

// writes returns the requests that change something, such as POST /users.
func (c company) writes() []string {
	var writes []string
	for _, r := range c.Requests() {
		if r.Method != "GET" && r.Path != "/$batch" {
			writes = append(writes, r.Method+" "+r.Path)
		}
	}
	return writes
}

// state returns all that the tenant holds.
func (c company) state() string {
	c.t.Helper()
	var dump bytes.Buffer
	require.NoError(c.t, c.Dump(&dump))
	return dump.String()
}

// assigned returns who holds which role of the application of that name, as
// "user: role", in order of user and role.
func (c company) assigned(name string) []string {
	c.t.Helper()
	var list []string
	for _, user := range c.Users() {
		list = append(list, c.rolesOf(name, user)...)
	}
	return list
}

func (c company) rolesOf(name string, user graphfake.User) []string {
	var list []string
	for _, principal := range c.ServicePrincipals() {
		for _, a := range c.Assignments(principal.ID) {
			for _, role := range principal.AppRoles {
				if principal.DisplayName == name && a.PrincipalID == user.ID && a.AppRoleID == role.ID {
					local, _, _ := strings.Cut(user.UserPrincipalName, "@")
					list = append(list, local+": "+role.DisplayName)
				}
			}
		}
	}
	return list
}

// application registers an application with roles for users.
func (c company) application(name string, roles ...string) graphfake.ServicePrincipal {
	var list []graphfake.AppRole
	for _, role := range roles {
		list = append(list, graphfake.AppRole{DisplayName: role, Value: role})
	}
	app := c.AddApplication(graphfake.Application{DisplayName: name, AppRoles: list, Tags: []string{"WindowsAzureActiveDirectoryIntegratedApp"}})
	return c.AddServicePrincipal(graphfake.ServicePrincipal{AppID: app.AppID, AppRoleAssignmentRequired: true})
}

// assign gives a user of the company a role of the application.
func (c company) assign(app graphfake.ServicePrincipal, user string, role int) {
	c.t.Helper()
	u, ok := c.User(user + "@contoso.example")
	require.True(c.t, ok)
	c.AddAssignment(graphfake.AppRoleAssignment{PrincipalID: u.ID, ResourceID: app.ID, AppRoleID: app.AppRoles[role].ID})
}

// file writes a file of the test's own and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// rows writes a roster with the columns Name, Email, Alias, ID and Role.
func rows(t *testing.T, lines ...string) string {
	t.Helper()
	return file(t, "users.csv", "Name,Email,Alias,ID,Role\n"+strings.Join(lines, "\n")+"\n")
}

// row is somebody of the company as the application has them.
func row(name, role string) string {
	return name + "," + name + "@contoso.example," + name + ",," + role
}

const mapping = "displayName=Name,userPrincipalName=Email,mailNickname=Alias"

// flow is the flags of run on a roster.
func flow(roster string, more ...string) []string {
	return append([]string{"-roster", roster, "-match", "Email=userPrincipalName", "-app", "CORPDB1"}, more...)
}

// with is the flags of a flow, as far as the command uses them, and more.
func with(command string, args []string, more ...string) []string {
	c, _ := findCommand(command)
	given := make(map[string]bool)
	for _, arg := range append(args[:len(args):len(args)], more...) {
		given[strings.TrimPrefix(arg, "-")] = true
	}
	line, uses := []string{command}, true
	for _, arg := range args {
		if name, isFlag := strings.CutPrefix(arg, "-"); isFlag {
			uses = c.checkFlag(name, given, false) == nil
		}
		if uses {
			line = append(line, arg)
		}
	}
	return append(line, more...)
}

// readState returns what a journal says.
func readState(t testing.TB, path string) *fulfill.State {
	t.Helper()
	state, note, err := fulfill.ReadJournal(path)
	require.NoError(t, err)
	assert.Empty(t, note, "the journal was not closed")
	return state
}

// post makes an object behind the program's back, and returns its id.
func (c company) post(path, body string) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer x")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer answer.Body.Close()
	require.Equal(c.t, http.StatusCreated, answer.StatusCode)
	var made struct{ ID string }
	require.NoError(c.t, json.NewDecoder(answer.Body).Decode(&made))
	return made.ID
}
