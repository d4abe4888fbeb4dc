package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The only evidence of who held what must not be lost to a slip of the pen, and
// nothing is asked of Graph before that is clear.
func TestAnOutputNeverReplacesAnInput(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	folder := t.TempDir()
	file := func(name string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte("kept"), 0o600))
		return path
	}
	snapshot, list, plan, target := file("CORPDB1.snapshot.json"), file("users.csv"), file("plan.json"), file("target.csv")
	link := filepath.Join(folder, "link.csv")
	require.NoError(t, os.Symlink(target, link))
	withLink := file("linked.snapshot.json")
	require.NoError(t, os.Symlink(target, withLink+".tickets.opened"))
	base := []string{"-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General"}
	for _, args := range [][]string{
		{"revocations", "-snapshot", snapshot, "-out", snapshot},
		{"revocations", "-snapshot", snapshot, "-out", filepath.Join(folder, ".", "x", "..", "CORPDB1.snapshot.json")},
		{"revocations", "-snapshot", snapshot, "-out", snapshot + ".tickets"},
		append([]string{"match", "-unresolved", list}, base...),
		append([]string{"plan", "-out", list}, base...),
		append([]string{"plan", "-out", plan, "-unresolved", plan}, base...),
		{"run", "-snapshot", list, "-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General", "-yes"},
		{"run", "-snapshot", plan, "-exclude", plan, "-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General", "-yes"},
		{"run", "-snapshot", target, "-unresolved", target, "-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General"},
		{"run", "-snapshot", link, "-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General"},
		{"run", "-snapshot", plan, "-roster", list, "-match", "Email=userPrincipalName", "-app", "CORPDB1", "-role", "General"},
		{"revocations", "-snapshot", snapshot, "-roster", list, "-account", "Login", "-out", list},
		{"revocations", "-snapshot", withLink, "-webhook", "http://127.0.0.1:1/", "-yes"},
		append([]string{"match", "-unresolved", link}, base...),
		append([]string{"match", "-unresolved", os.DevNull}, base...),
		append([]string{"match", "-unresolved", folder}, base...),
	} {
		c.ForgetRequests()
		got := c.govern(args...)
		assert.Equal(t, exitUsage, got.status, "%v: %s", args, got.err)
		assert.Empty(t, c.Requests(), "%v", args)
	}
	for _, path := range []string{snapshot, list, plan, target} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "kept", string(text), path)
	}
}

// A snapshot is the only evidence there is, also for a command that isn't told of it.
func TestAnOutputNeverReplacesASnapshotThatNoFlagNames(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	c.application("CORPDB1", "General")
	list, folder := rows(t, row("ada", "")), t.TempDir()
	snapshot := filepath.Join(folder, "CORPDB1.csv")
	flags := flow(list, "-role", "General")
	require.Equal(t, exitDone, c.govern(with("run", flags, "-yes", "-snapshot", snapshot)...).status)
	before, err := os.ReadFile(snapshot)
	require.NoError(t, err)
	for _, args := range [][]string{
		with("match", flags, "-unresolved", snapshot),
		with("plan", flags, "-out", snapshot),
		{"revocations", "-snapshot", file(t, "other.json", string(before)), "-out", snapshot},
	} {
		got := c.govern(args...)
		assert.Equal(t, exitUsage, got.status, args)
		assert.Contains(t, got.err, "is a journal", args)
		after, err := os.ReadFile(snapshot)
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), args)
	}
}
