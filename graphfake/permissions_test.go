package graphfake_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the published file lets through must get through here, and nothing else: a
// program that runs with too little here would be refused in the tenant.
func TestPermissionsAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/permissions.txt")
	require.NoError(t, err)
	table := regexp.MustCompile(`(?m)^#.*$`).ReplaceAllString(string(text), "")
	known := slices.Sorted(slices.Values(regexp.MustCompile(`\b[A-Z]\w+\.[\w.]+`).FindAllString(table, -1)))
	known = slices.Compact(known)
	s := graphfake.New(&graphfake.Options{Permissions: true})
	ada := s.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example"})
	for line := range strings.Lines(table) {
		request, suffices, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		f := strings.Fields(request)
		refused := func(permissions string) bool {
			token := s.AppToken(strings.Split(permissions, "+")...)
			if f[2] == "user" {
				token = s.UserToken(ada.ID, strings.Split(permissions, "+")...)
			}
			target := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(f[1], "99999999-9999-4999-8999-999999999999")
			return newClient(t, s).bearer(token).do(f[0], target, map[string]any{}).status == 403
		}
		enough := strings.Fields(suffices)
		for _, permissions := range enough {
			assert.False(t, refused(permissions), "%s with %s", request, permissions)
		}
		for _, permission := range known {
			if !slices.Contains(enough, permission) {
				assert.True(t, refused(permission), "%s with %s alone", request, permission)
			}
		}
	}
}
