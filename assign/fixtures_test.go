package assign_test

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
	mayBe         []string
	lines         int // of a row that could not be read
}

func (a account) Principal() (id, name string)  { return a.id, a.name }
func (a account) Account() (roster.Row, string) { return a.row, a.key }
func (a account) MayBe() []string               { return a.mayBe }
func (a account) Lines() int                    { return a.lines }

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

// wants are the wants of lines that say valid roles.
func wants(t testing.TB, lines ...string) []assign.Want {
	t.Helper()
	all, failed := assign.Wants(each(accounts(t, lines...)), assign.RoleColumn("Role", testApp.Roles, nil))
	require.Empty(t, failed)
	return all
}

// held is a user's direct assignment.
func held(user string, role assign.AppRole) assign.Assignment {
	return assign.Assignment{ID: fmt.Sprintf("%s-%s", user, role.Value), PrincipalID: user, PrincipalType: "User",
		PrincipalDisplayName: "Display " + user, ResourceID: testApp.ResourceID, AppRoleID: role.ID}
}

// A listing is a roster as match.Report tells of it.
type listing struct {
	rows, unresolved []account
	unfinished       bool
	doubt            string
}

func (l listing) All() iter.Seq[account]        { return slices.Values(l.rows) }
func (l listing) Unresolved() iter.Seq[account] { return slices.Values(l.unresolved) }
func (l listing) Complete() bool                { return !l.unfinished && l.doubt == "" }
func (l listing) Doubt() string                 { return l.doubt }

// rollOf is the roll of a roster with a row of each listed user, and one whose
// role is not known of each unsettled user.
func rollOf(t testing.TB, listed, unsettled []string) *assign.Roll {
	t.Helper()
	var failed []*assign.WantError
	for _, user := range unsettled {
		failed = append(failed, &assign.WantError{PrincipalID: user})
	}
	rows := accounts(t, "stranger@x,") // because a roster in which nobody is found removes nothing
	for _, user := range listed {
		rows = append(rows, accounts(t, user+"@x,")...)
	}
	return assign.NewRoll(listing{rows: rows}, failed)
}

// whole is the roll of a roster in which every row's person is known.
func whole() *assign.Roll {
	header, _ := roster.NewHeader("users.csv", []string{"Email"})
	row := account{row: roster.NewRow(header, 2, nil), id: "nobody's id"}
	return assign.NewRoll(listing{rows: []account{row}}, nil)
}

// removing is a policy that removes without limits, for tests of other things.
func removing(roll *assign.Roll) *assign.Policy {
	return &assign.Policy{Remove: assign.RemoveUnlisted, MaxRemovals: assign.NoLimit, MaxRemovalShare: 1, Roll: roll}
}

// brief writes a plan's changes as "+user Role" and "-user Role".
func brief(plan assign.Plan) []string {
	lines := []string{}
	for _, change := range plan.Changes {
		sign := "+"
		if change.Action == assign.Remove {
			sign = "-"
		}
		lines = append(lines, sign+change.PrincipalID+" "+change.AppRole)
	}
	return lines
}

func each[T any](items []T) iter.Seq[T] { return slices.Values(items) }

// text is what a WriteText writes.
func text(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, write(&b))
	return b.String()
}
