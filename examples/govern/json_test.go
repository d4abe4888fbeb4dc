package main

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
)

func TestMatchJSON(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada", "bob")
	roster := rows(t, row("ada", ""), row("Ada", ""), row("dee", ""), "nokey,,,,", "short")
	d := c.govern(with("match", flow(roster), "-json")...).document(t)
	assert.Equal(t, map[string]any{"matched": 1., "noKey": 1., "duplicate": 1., "sameUser": 0., "notFound": 1.,
		"ambiguous": 0., "deleted": 0., "excluded": 0., "failed": 1.}, d["counts"], "every kind is there, also those of no row")
	list := d["rows"].([]any)
	require.Len(t, list, 5)
	var outcomes []any
	for i, r := range list {
		r := r.(map[string]any)
		assert.Equal(t, float64(i+2), r["line"])
		assert.Subset(t, slices.Collect(maps.Keys(r)), []string{"line", "key", "outcome", "user"})
		outcomes = append(outcomes, r["outcome"])
	}
	assert.Equal(t, []any{"matched", "duplicate", "notFound", "noKey", "failed"}, outcomes)
	first := list[0].(map[string]any)
	assert.Equal(t, "ada@contoso.example", first["key"])
	assert.Equal(t, "ada@contoso.example", first["user"].(map[string]any)["userPrincipalName"])
	assert.Nil(t, list[2].(map[string]any)["user"])
	assert.Equal(t, []any{"Name", "Email", "Alias", "ID", "Role"}, d["rosters"].([]any)[0].(map[string]any)["columns"],
		"without the columns, the values of the rows mean nothing")
}

func TestMatchJSON_IsReadBackAsAReport(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	got := c.govern(with("match", flow(rows(t, row("ada", ""), row("dee", ""))), "-json")...)
	var report match.Report
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	assert.Equal(t, 1, report.Count(match.Matched))
	assert.Equal(t, 1, report.Enabled())
	assert.True(t, report.Complete())
	for o := range report.Unresolved() {
		assert.Equal(t, "dee", o.Row.Get("Alias"))
	}
}

// TestJSON_IsOneDocumentForEveryCommand also after errors, with the members of
// the steps that were gone through.
func TestJSON_IsOneDocumentForEveryCommand(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	roster := rows(t, row("ada", ""), row("dee", ""), "lack,lack@contoso.example,,,")
	plan := filepath.Join(t.TempDir(), "p.json")
	for _, s := range []struct {
		args    []string
		status  exitStatus
		members []string
	}{
		{with("match", flow(roster)), exitDone, []string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows"}},
		{with("match", flow(roster), "-strict"), exitUnresolved, []string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows", "error"}},
		{with("match", flow("nowhere.csv")), exitStopped, []string{"error"}},
		{with("create-users", flow(roster, "-create", mapping)), exitRefused, []string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows", "users", "error"}},
		{with("create-users", flow(roster, "-create", mapping), "-yes"), exitDone, []string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows", "users"}},
		{with("register", flow(roster, "-role", "General"), "-yes"), exitDone, []string{"registration", "application"}},
		{with("plan", flow(roster, "-role", "General", "-create", mapping), "-out", plan), exitDone,
			[]string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows", "application", "plan", "planFile"}},
		{[]string{"apply", plan, "-yes"}, exitDone, []string{"plan", "planFile", "applied"}},
		{[]string{"verify", plan}, exitDone, []string{"plan", "planFile", "verification"}},
		{with("run", flow(roster, "-role", "General", "-create", mapping)), exitDone,
			[]string{"version", "complete", "counts", "enabled", "rules", "rosters", "rows", "users", "registration", "application", "plan", "verification"}},
	} {
		got := c.govern(append(s.args, "-json")...)
		assert.Equal(t, s.status, got.status, "%v: %s", s.args, got.err)
		d := got.document(t)
		assert.Equal(t, float64(s.status), d["status"])
		assert.Equal(t, s.args[0], d["command"])
		members := append([]string{"command", "tenant", "status"}, s.members...)
		assert.ElementsMatch(t, members, slices.Collect(maps.Keys(d)), "%v", s.args)
		if s.status != exitDone {
			assert.Equal(t, "govern: "+d["error"].(string)+"\n", got.err)
		} else {
			assert.Empty(t, got.err, "standard error is for people who have something to do")
		}
	}
}

func TestJSON_SaysWhatBecameOfNewUsers(t *testing.T) {
	t.Parallel()
	c := newCompany(t, "ada")
	roster := rows(t, row("dee", ""), "lack,lack@contoso.example,,,", "bad,bad@elsewhere.example,bad,,")
	d := c.govern(with("create-users", flow(roster, "-create", mapping), "-yes", "-json")...).document(t)
	states := map[float64]any{}
	for _, u := range d["users"].([]any) {
		u := u.(map[string]any)
		states[u["line"].(float64)] = u["state"]
		if u["state"] == "created" {
			assert.NotEmpty(t, u["id"])
		} else {
			assert.NotEmpty(t, u["error"])
		}
	}
	assert.Equal(t, map[float64]any{2: "created", 3: "lacking", 4: "failed"}, states)
}

func TestJSON_AlsoAfterAWrongCommandLine(t *testing.T) {
	t.Parallel()
	got := govern(t, nil, "register", "-app", "-json", "-role", "General")
	assert.NotContains(t, got.out, `"status"`, "an application may be called -json")
	for _, args := range [][]string{{"match", "-json"}, {"mtach", "-json"}, {"match", "-frobnicate", "-json"}} {
		got := govern(t, nil, args...)
		assert.Equal(t, exitUsage, got.status)
		d := got.document(t)
		assert.Equal(t, 2., d["status"])
		assert.NotEmpty(t, d["error"])
	}
}
