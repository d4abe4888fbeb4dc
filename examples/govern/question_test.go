package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What somebody says yes to is what is written: neither more nor less.
func TestAQuestionIsAboutExactlyWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason   string
		args     func(t *testing.T, c company) []string
		question string
		writes   []string // by method
	}{
		{"a row that has a user, and one that can't be created, are not counted", func(t *testing.T, _ company) []string {
			return with("create-users", flow(rows(t, row("ada", ""), row("dee", ""), "eve,eve@contoso.example,,,"), "-create", mapping))
		}, "create 1 user in ", []string{"POST"}},
		{"what a plan has brought about already is not counted", func(t *testing.T, c company) []string {
			path := planned(t, c)
			require.Equal(t, exitDone, c.govern(with("run", flow(rows(t, row("ada", "")), "-role", "General"), "-yes")...).status)
			return []string{"apply", path}
		}, "add 1 assignment of CORPDB1 in ", []string{"POST"}},
		{"additions and removals", func(t *testing.T, c company) []string {
			require.Equal(t, exitDone, c.govern(with("run", flow(rows(t, row("ada", "")), "-role", "General"), "-yes")...).status)
			return with("run", flow(rows(t, row("bob", "")), "-role", "General"), "-remove", "unlisted", "-max-removal-share", "100%")
		}, "add 1 and remove 1 assignment of CORPDB1 in ", []string{"POST", "DELETE"}},
		{"a role", func(*testing.T, company) []string {
			return []string{"register", "-app", "CORPDB1", "-role", "Auditor"}
		}, "register CORPDB1 (1 change) in ", []string{"PATCH"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			company := newCompany(t, "ada", "bob")
			company.application("CORPDB1", "General")
			args := c.args(t, company)
			company.ForgetRequests()
			got := company.govern(args...)
			require.Equal(t, exitRefused, got.status, got.err)
			assert.Contains(t, got.err, "govern: not allowed to "+c.question)
			assert.Empty(t, company.writes())
			got = company.govern(append(args, "-yes")...)
			assert.Equal(t, exitDone, got.status, got.err)
			var methods []string
			for _, write := range company.writes() {
				methods = append(methods, strings.Fields(write)[0])
			}
			assert.ElementsMatch(t, c.writes, methods)
		})
	}
}
