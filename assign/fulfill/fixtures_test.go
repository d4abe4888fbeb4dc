package fulfill_test

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

// The application that the tests of this package plan for, and its roles.
var (
	general = assign.AppRole{ID: "11111111-1111-1111-1111-111111111111", DisplayName: "General", Value: "general",
		AllowedMemberTypes: []string{"User"}, IsEnabled: true}
	auditor = assign.AppRole{ID: "22222222-2222-2222-2222-222222222222", DisplayName: "Auditor", Value: "audit.read",
		AllowedMemberTypes: []string{"User", "Application"}, IsEnabled: true}
	retired = assign.AppRole{ID: "33333333-3333-3333-3333-333333333333", DisplayName: "Retired", Value: "retired",
		AllowedMemberTypes: []string{"User"}}
	daemon = assign.AppRole{ID: "44444444-4444-4444-4444-444444444444", DisplayName: "Daemon", Value: "daemon",
		AllowedMemberTypes: []string{"Application"}, IsEnabled: true}

	testApp = assign.App{ResourceID: "aaaaaaaa-0000-0000-0000-000000000001", DisplayName: "CORPDB1",
		Roles: []assign.AppRole{general, auditor, retired, daemon}}
)

// An account is a row with its user, as match.Outcome is.
type account struct {
	row           roster.Row
	key, id, name string
}

func (a account) Principal() (id, name string)  { return a.id, a.name }
func (a account) Account() (roster.Row, string) { return a.row, a.key }
func (a account) MayBe() []string               { return nil }
func (a account) Enabled() bool                 { return true }

// accounts reads "email,role" lines below a header of line 1. A user's id is
// what precedes the @, unless that is "nobody", whom the directory doesn't know.
func accounts(t testing.TB, lines ...string) []account {
	t.Helper()
	header, err := roster.NewHeader("users.csv", []string{"Email", "Role"})
	require.NoError(t, err)
	var all []account
	for i, line := range lines {
		row := roster.NewRow(header, i+2, strings.Split(line, ","))
		a := account{row: row, key: row.Get("Email"), name: row.Get("Email")}
		if a.id, _, _ = strings.Cut(a.key, "@"); a.id == "nobody" || a.id == "" {
			a.id, a.name = "", ""
		}
		all = append(all, a)
	}
	return all
}

// held is a user's direct assignment.
func held(user string, role assign.AppRole) assign.Assignment {
	return assign.Assignment{ID: fmt.Sprintf("%s-%s", user, role.Value), PrincipalID: user, PrincipalType: "User",
		PrincipalDisplayName: "Display " + user, ResourceID: testApp.ResourceID, AppRoleID: role.ID}
}

func each[T any](items []T) iter.Seq[T] { return slices.Values(items) }

// text is what a WriteText writes.
func text(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, write(&b))
	return b.String()
}
