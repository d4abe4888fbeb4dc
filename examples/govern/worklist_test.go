package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The way that people go: a worklist is written, filled in, and read back.
func TestWorklist_IsFilledInAndReadBack(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace")
	dir := t.TempDir()
	csv, list, page := filepath.Join(dir, "open.csv"), filepath.Join(dir, "open.json"), filepath.Join(dir, "open.html")
	args := []string{"match", "-roster", file(t, "users.csv", decidedRoster), "-match", "Email=userPrincipalName", "-account", "Login", "-app", "Payroll"}
	got := c.govern(append(args, "-worklist", csv, "-worklist", list, "-worklist", page)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "open.csv: 3 rows, by")
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(html), "Content-Security-Policy")

	text, err := os.ReadFile(csv)
	require.NoError(t, err)
	unchanged := c.govern(append(args, "-decisions", csv)...)
	require.Equal(t, exitDone, unchanged.status, unchanged.err)
	assert.Contains(t, unchanged.out, "Matched    1", "a worklist that nobody filled in decides nothing")

	filled := strings.Replace(string(text), "Payroll,grc,,,", "Payroll,grc,match,grace@contoso.example,", 1)
	require.NotEqual(t, string(text), filled, string(text))
	got = c.govern(append(args, "-decisions", file(t, "filled.csv", filled), "-worklist", filepath.Join(dir, "next.txt"), "-since", list)...)
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "Matched    2")
	next, err := os.ReadFile(filepath.Join(dir, "next.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(next), "0 new, 1 solved, 2 still open")
}

func TestWorklist_MistakesAreOneLine(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	dir := t.TempDir()
	roster := file(t, "users.csv", decidedRoster)
	args := []string{"match", "-roster", roster, "-match", "Email=userPrincipalName"}
	list := filepath.Join(dir, "open.json")
	require.Equal(t, exitDone, c.govern(append(args, "-app", "Payroll", "-worklist", list)...).status)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-worklist", "open.doc"}, "want a file that ends in .html, .csv, .json or .txt"},
		{[]string{"-worklist", roster}, "would replace a file that is read"},
		{[]string{"-worklist", dir + "/a.html", "-worklist", dir + "/a.html"}, "give each its own file"},
		{[]string{"-worklist", dir + "/a.html", "-since", roster}, "can't be used as a worklist"},
		{[]string{"-worklist", dir + "/a.html", "-app", "CRM", "-since", list}, `is a worklist of "Payroll", and this is "CRM"`},
		{[]string{"-since", list}, "match uses -since only with -worklist"},
	} {
		got := c.govern(append(args, test.args...)...)
		assert.NotEqual(t, exitDone, got.status, test.args)
		assert.Contains(t, got.err, test.want)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
		assert.NoFileExists(t, dir+"/a.html")
	}
}

func TestDemo_WritesTheWorklistsPage(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "demo.html")
	got := govern(t, nil, "-worklist", page)
	require.Equal(t, exitDone, got.status, got.err)
	html, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Contains(t, string(html), "CORPDB1")
	assert.Contains(t, got.out, "14 rows, by", "the page shows the rows as they are found, and not what is left in the end")
}

// What the worklist says about the rule can be done to it.
func TestMatch_RewritesValuesAsTheWorklistSays(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "grace", "bob")
	roster := file(t, "users.csv", "Login,Name,Email\nada,Ada,mailto:ada@contoso.example\ngrc,Grace,GRACE@oldco.example \nbob,Bob,bob+crm@contoso.example\n")
	list := filepath.Join(t.TempDir(), "open.txt")
	require.Equal(t, exitDone, c.govern("match", "-roster", roster, "-match", "Email=userPrincipalName", "-app", "Payroll", "-worklist", list).status)
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	assert.Contains(t, string(text), "Let the rule rewrite the values (address)")
	got := c.govern("match", "-roster", roster, "-match", "Email=userPrincipalName (trim, address, without tag, oldco.example > contoso.example)")
	require.Equal(t, exitDone, got.status, got.err)
	assert.Contains(t, got.out, "Matched    3")
	assert.Contains(t, got.out, "Email=userPrincipalName (trim, address, without tag, doma…")
}
