package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStrict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command string
		rows    []string
		more    []string
		status  exitStatus
		reason  string
	}{
		{"match", []string{row("ada", ""), row("dee", "")}, nil, exitUnresolved, "dee has no user"},
		{"match", []string{row("ada", "")}, nil, exitDone, "everybody has"},
		{"plan", []string{row("ada", ""), row("dee", "")}, []string{"-role", "General"}, exitUnresolved, "dee would be left out"},
		{"run", []string{row("ada", ""), row("dee", "")}, []string{"-role", "General"}, exitUnresolved, "nobody creates dee"},
		{"run", []string{row("ada", ""), row("dee", "")}, []string{"-role", "General", "-create", mapping}, exitDone, "dee is created"},
		{"run", []string{row("ada", ""), "dee,dee@contoso.example,,,"}, []string{"-role", "General", "-create", mapping}, exitUnresolved, "dee cannot be created without an alias"},
		{"run", []string{row("ada", ""), "dee,,,,"}, []string{"-role", "General", "-create", mapping}, exitUnresolved, "dee cannot be looked up"},
		{"run", []string{row("ada", ""), "dee"}, []string{"-role", "General", "-create", mapping}, exitUnresolved, "the row cannot be read"},
		{"run", []string{row("ada", "General"), row("bob", "")}, []string{"-role-column", "Role"}, exitUnresolved, "bob has no role"},
		{"create-users", []string{row("ada", ""), row("dee", ""), "eve,,,,"}, []string{"-create", mapping}, exitUnresolved, "eve cannot be looked up"},
	} {
		t.Run(c.command+": "+c.reason, func(t *testing.T) {
			t.Parallel()
			company := newCompany(t, "ada", "bob")
			company.application("CORPDB1", "General")
			before := company.state()
			args := with(c.command, append(flow(rows(t, c.rows...), c.more...), "-out", filepath.Join(t.TempDir(), "p.json"), "-yes"))
			got := company.govern(append(args, "-strict")...)
			assert.Equal(t, c.status, got.status, got.err)
			if c.status == exitUnresolved {
				assert.True(t, before == company.state(), "the tenant changed")
				assert.Contains(t, got.err, "row")
				want := exitDone
				if strings.Contains(c.reason, "cannot be read") {
					want = exitFailed // whoever reads only the status must not take the row for seen
				}
				assert.Equal(t, want, company.govern(args...).status, "without -strict it goes on without them")
			}
		})
	}
}

func TestUnresolved_AreWrittenWithReasons(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	path := filepath.Join(t.TempDir(), "open.csv")
	got := c.govern(with("match", flow(rows(t, row("ada", ""), "dee,dee@contoso.example,,,=cmd()", "short")), "-unresolved", path)...)
	require.Equal(t, exitFailed, got.status, got.err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "Name,Email,Alias,ID,Role,roster line,outcome,reason,unread line,perhaps\r\n", "lines as Excel writes them")
	assert.True(t, strings.HasPrefix(string(text), "\ufeff"), "Excel shows ZoÃ« without the mark")
	assert.Contains(t, string(text), "dee,dee@contoso.example,,,'=cmd(),3,NotFound,", "a spreadsheet must not run it")
	assert.Contains(t, string(text), ",4,Failed,")
	assert.NotContains(t, string(text), "ada")
}

func TestUnresolved_AreNotWrittenInADryRun(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	path := filepath.Join(t.TempDir(), "open.csv")
	got := c.govern(with("match", flow(rows(t, row("dee", ""))), "-unresolved", path, "-dry-run")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "are not written to")
	assert.NoFileExists(t, path)
}

func TestExclude_KeepsAccountsOut(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	list := file(t, "exclusions.csv", "key,owner,reason\nBACKUP@contoso.example,IT,nightly job\n")
	got := c.govern(with("run", flow(rows(t, row("ada", ""), row("backup", "")), "-role", "General", "-create", mapping), "-exclude", list, "-strict", "-yes")...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Len(t, c.Users(), 1, "the backup job is nobody and must not become a user")
}

// Whoever reads only the status must not take a line for seen that nobody could read.
func TestARowThatIsNotRead_IsNoSuccessOfAnyCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		command string
		more    []string
	}{
		{"profile", nil},
		{"register", []string{"-role-column", "Role", "-yes"}},
		{"plan", []string{"-role", "General", "-detailed-exitcode"}},
	} {
		t.Run(c.command, func(t *testing.T) {
			t.Parallel()
			company := newCompany(t, "ada")
			company.application("CORPDB1", "General")
			args := with(c.command, append(flow(rows(t, row("ada", "General"), "dee")), c.more...))
			if c.command == "plan" {
				args = append(args, "-out", filepath.Join(t.TempDir(), "p.json"))
			}
			got := company.govern(args...)
			assert.Equal(t, exitFailed, got.status, got.err)
			assert.Contains(t, got.err, "1 line of ")
			assert.Contains(t, got.err, "could not be read")
		})
	}
}
