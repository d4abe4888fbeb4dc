package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/graphfake"
)

// TestScale runs the whole flow on a roster and a tenant of ROLLCALL_SCALE rows
// and users, and once more:
//
//	ROLLCALL_SCALE=100000 go test ./examples/govern -run TestScale -v
func TestScale(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("ROLLCALL_SCALE"))
	if err != nil {
		n = 2_000
	}
	c, roster := bigCompany(t, n), bigRoster(t, n)
	args := with("run", flow(roster, "-role", "General"), "-yes", "-json", "-strict", "-wait", "1m", "-max-additions", strconv.Itoa(n))
	for _, time := range []string{"first", "second"} {
		before := cpuSeconds()
		got := c.govern(args...)
		require.Equal(t, exitDone, got.status, got.err)
		t.Logf("%s run of %d rows, client and fake together: %.1f s of CPU", time, n, cpuSeconds()-before)
		d := got.document(t)
		assert.Equal(t, float64(n), d["counts"].(map[string]any)["matched"])
		c.ForgetRequests()
	}
	assigned := 0
	for _, principal := range c.ServicePrincipals() {
		assigned += len(c.Assignments(principal.ID))
	}
	assert.Equal(t, n, assigned)
}

func bigCompany(t *testing.T, n int) company {
	t.Helper()
	fake := graphfake.New(&graphfake.Options{TB: t, Domains: []string{demoDomain}})
	fake.AddUsers(func(yield func(graphfake.User) bool) {
		for _, p := range people(n) {
			if !yield(p.user(-1)) {
				return
			}
		}
	})
	return companyOn(t, fake)
}

func bigRoster(t *testing.T, n int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("Name,Email\n")
	for _, p := range people(n) {
		fmt.Fprintf(&text, "%s,%s\n", p.name(), p.upn())
	}
	path := filepath.Join(t.TempDir(), "big.csv")
	require.NoError(t, os.WriteFile(path, []byte(text.String()), 0o600))
	return path
}
