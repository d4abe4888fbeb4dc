package graphfake_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/examples/conformance/exchange"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var updateCoverage = flag.Bool("update-coverage", false, "write COVERAGE.md")

// The table is what one trusts the fake by: a row without a witness is a claim, and a
// stale table a wrong one.
func TestCoverage(t *testing.T) {
	t.Parallel()
	list, err := acts()
	require.NoError(t, err)
	c := newCoverage(list)
	tables := c.tables(graphfake.Table())
	tables = append(tables, readRules(t)...)
	for _, table := range tables {
		for _, r := range table.rows() {
			assert.NotEmpty(t, r.witness, "%s: %s has no witness: write an exchange in examples/conformance/exchange",
				table.title, r.what)
			assert.Contains(t, exchange.Standings, r.mark, "%s: %s: a mark", table.title, r.what)
			assert.NotEmpty(t, r.source, "%s: %s: a source", table.title, r.what)
		}
	}
	limits, err := os.ReadFile("testdata/limits.md")
	require.NoError(t, err)
	text := markdown(tables) + "\n" + string(limits)
	if *updateCoverage {
		require.NoError(t, os.WriteFile("COVERAGE.md", []byte(text), 0o644))
	}
	have, err := os.ReadFile("COVERAGE.md")
	require.NoError(t, err)
	require.True(t, string(have) == text, "COVERAGE.md is stale: go test ./graphfake -run Coverage -update-coverage")
}

// A check that finds a witness for everything would find nothing missing.
func TestCoverageMissesWhatNobodyShows(t *testing.T) {
	t.Parallel()
	list, err := acts()
	require.NoError(t, err)
	tables := newCoverage(list).tables([]graphfake.Operation{
		{Method: "GET", Path: "/users"}, {Method: "PUT", Path: "/users"}, {Method: "GET", Path: "/users/{user}/drive"}})
	var missing []string
	for _, r := range tables[0].operations {
		if r.witness == "" {
			missing = append(missing, r.what)
		}
	}
	assert.Equal(t, []string{"`PUT /users`", "`GET /users/{user}/drive`"}, missing)
	searches := func(a act) bool { return strings.Contains(a.exchange.Target, "$search") }
	options := newCoverage(slices.DeleteFunc(slices.Clone(list), searches)).options("Users")
	assert.Contains(t, options, row{what: "`$search`"})
}

// A row is a claim with what shows it.
type row struct{ what, mark, witness, source string }

// A table is about one resource, or about one side of the fake.
type table struct {
	title                      string
	operations, options, rules []row
}

func (t table) rows() []row { return slices.Concat(t.operations, t.options, t.rules) }

// The resources by the paths that they begin with. What no path fits is the last one's.
var resources = []struct {
	title string
	paths []string
}{
	{"Users", []string{"/users"}},
	{"The signed-in user", []string{"/me"}},
	{"Groups", []string{"/groups"}},
	{"Applications", []string{"/applications"}},
	{"Service principals", []string{"/servicePrincipals", "/appRoleAssignments"}},
	{"Deleted items", []string{"/directory"}},
	{"Directory objects", []string{"/directoryObjects"}},
	{"The tenant", []string{"/organization", "/domains", "/subscribedSkus"}},
	{"The audit log", []string{"/auditLogs"}},
	{"Batches", []string{"/$batch"}},
	{"Access reviews", []string{"/identityGovernance/accessReviews"}},
	{"Entitlement management", []string{"/identityGovernance/entitlementManagement"}},
	{"Every path", nil},
}

func resourceOf(path string) string {
	for _, r := range resources {
		for _, p := range r.paths {
			if rest, ok := strings.CutPrefix(path, p); ok && (rest == "" || strings.ContainsAny(rest[:1], "/(")) {
				return r.title
			}
		}
	}
	return resources[len(resources)-1].title
}

// The query options that the sets of a resource are expected to show.
var (
	directoryOptions = []string{"$select", "$filter", "$orderby", "$search", "$top", "$count", "$expand", "$skip", "$skiptoken"}
	wantedOptions    = map[string][]string{
		"Users":                  directoryOptions,
		"Groups":                 directoryOptions,
		"Applications":           directoryOptions,
		"Service principals":     directoryOptions,
		"Access reviews":         {"$select", "$filter", "$top", "$skip", "$count"},
		"Entitlement management": {"$select", "$filter", "$top", "$skip", "$count", "$expand"},
	}
)

// A coverage finds the witnesses of rows.
type coverage struct {
	acts       []act
	operations map[string][]witness            // by method and route
	byOption   map[string]map[string][]witness // by resource and query option
}

// A witness is an act with how the request in question went.
type witness struct {
	act
	status int
	item   bool // of a batch
}

func newCoverage(list []act) *coverage {
	c := &coverage{acts: list, operations: map[string][]witness{}, byOption: map[string]map[string][]witness{}}
	for _, a := range list {
		if a.exchange.Is("setup") {
			continue
		}
		for _, r := range a.requests {
			w, resource := witness{a, r.Status, r.Batch > 0}, resourceOf(r.Path)
			c.operations[r.Operation()] = append(c.operations[r.Operation()], w)
			if c.byOption[resource] == nil {
				c.byOption[resource] = map[string][]witness{}
			}
			for _, name := range optionsOf(r) {
				c.byOption[resource][name] = append(c.byOption[resource][name], w)
			}
		}
	}
	return c
}

var optionName = regexp.MustCompile(`(?:^|&)(\$[A-Za-z]+)=`)

// optionsOf returns the query options of a request that the fake models, and the
// headers that change its answer.
func optionsOf(r graphfake.Request) (names []string) {
	if r.Route == "" {
		return nil
	}
	for _, m := range optionName.FindAllStringSubmatch(r.Query, -1) {
		names = append(names, strings.ToLower(m[1]))
	}
	for _, h := range []string{"ConsistencyLevel", "Prefer", "OData-Version"} {
		if r.Header.Get(h) != "" {
			names = append(names, h)
		}
	}
	return names
}

// tables makes a table for each resource.
func (c *coverage) tables(operations []graphfake.Operation) (tables []table) {
	for _, r := range resources {
		tables = append(tables, table{r.title, c.operationsOf(r.title, operations), c.options(r.title), c.rules(r.title)})
	}
	return tables
}

func (c *coverage) operationsOf(resource string, operations []graphfake.Operation) (rows []row) {
	for _, o := range operations {
		if resourceOf(o.Path) == resource {
			name := o.Method + " " + o.Path
			rows = append(rows, rowOf(name, c.operations[name]))
		}
	}
	return rows
}

func (c *coverage) options(resource string) (rows []row) {
	have := c.byOption[resource]
	names := slices.Concat(slices.Collect(maps.Keys(have)), wantedOptions[resource])
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		rows = append(rows, rowOf(name, have[name]))
	}
	return rows
}

// rules are the facts of the exchanges whose own request is about the resource.
func (c *coverage) rules(resource string) (rows []row) {
	for _, a := range c.acts {
		if !a.exchange.Is("setup") && resourceOf(a.path()) == resource {
			rows = append(rows, row{a.exchange.Fact, a.exchange.Standing(), a.link(), a.exchange.Source})
		}
	}
	return rows
}

// path is that of the first request, "" if it did not reach the fake's paths.
func (a act) path() string {
	if len(a.requests) == 0 {
		return ""
	}
	return a.requests[0].Path
}

func (a act) link() string {
	return fmt.Sprintf("[%s](../examples/conformance/exchange/%[1]s.http)", a.file)
}

// rowOf makes a row of the best witness: one that shows an answer that is no refusal,
// with the strongest mark.
func rowOf(what string, list []witness) row {
	r := row{what: "`" + what + "`"}
	if len(list) == 0 {
		return r
	}
	best := slices.MinFunc(list, func(a, b witness) int { return slices.Compare(a.faults(), b.faults()) })
	r.mark, r.source = best.exchange.Standing(), best.exchange.Source
	r.witness = best.link() + ": " + best.exchange.Fact
	if best.status >= 400 {
		r.witness += fmt.Sprintf(" (%d)", best.status)
	}
	return r
}

// faults are what speaks against a witness, the worst first.
func (w witness) faults() []int {
	item := 0
	if w.item {
		item = 1
	}
	return []int{w.status / 400, item, slices.Index(exchange.Standings, w.exchange.Standing())}
}

// readRules reads what no single exchange can show, and holds that the tests are there.
func readRules(t *testing.T) (tables []table) {
	text, err := os.ReadFile("testdata/rules.txt")
	require.NoError(t, err)
	tests := testNames(t)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "= "); ok {
			tables = append(tables, table{title: title})
		}
		parts := strings.Split(line, " | ")
		if len(tables) == 0 || len(parts) == 1 {
			continue
		}
		require.Len(t, parts, 4, line)
		file := tests[parts[2]]
		require.NotEmpty(t, file, "rules.txt: there is no %s", parts[2])
		last := &tables[len(tables)-1]
		last.rules = append(last.rules, row{parts[1], parts[0], fmt.Sprintf("[%s](%s)", parts[2], file), parts[3]})
	}
	return tables
}

// testNames returns the tests of this package with their files.
func testNames(t *testing.T) map[string]string {
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	names := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			names[m[1]] = file
		}
	}
	return names
}
