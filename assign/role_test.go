package assign_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/roster"
)

func TestOneRoleGivesTheRoleThatWasMeantOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	twin := assign.AppRole{ID: "55555555-5555-5555-5555-555555555555", DisplayName: "general", AllowedMemberTypes: []string{"User"}, IsEnabled: true}
	disabledTwin := twin
	disabledTwin.IsEnabled = false
	for _, test := range []struct {
		reason string
		roles  []assign.AppRole
		name   string
		want   string // id
		err    error
		text   string
	}{
		{reason: "by display name", roles: testApp.Roles, name: "General", want: general.ID},
		{reason: "letter case doesn't matter, nor do spaces around", roles: testApp.Roles, name: " gENERAL ", want: general.ID},
		{reason: "by value, which is what developers know", roles: testApp.Roles, name: "Audit.Read", want: auditor.ID},
		{reason: "by id, the only name that is always the only one", roles: testApp.Roles, name: general.ID, want: general.ID},
		{reason: "a typing error names what there is", roles: testApp.Roles, name: "Generl", err: assign.ErrUnknownRole,
			text: `role "Generl": the application has no such role; users can be given: Auditor, General`},
		{reason: "part of a name is not the name", roles: testApp.Roles, name: "Gen", err: assign.ErrUnknownRole},
		{reason: "Graph would refuse a disabled role", roles: testApp.Roles, name: "Retired", err: assign.ErrRoleDisabled,
			text: `role "Retired": the role is disabled; users can be given: Auditor, General`},
		{reason: "Graph would refuse a user in an application's role", roles: testApp.Roles, name: "Daemon", err: assign.ErrRoleTakesNoUsers,
			text: `role "Daemon": the role is for applications, not for users; users can be given: Auditor, General`},
		{reason: "one of two would be chosen by chance", roles: []assign.AppRole{general, twin}, name: "General", err: assign.ErrAmbiguousRole},
		{reason: "an id tells twins apart", roles: []assign.AppRole{general, twin}, name: twin.ID, want: twin.ID},
		{reason: "a disabled twin can't be meant", roles: []assign.AppRole{disabledTwin, general}, name: "General", want: general.ID},
		{reason: "default access only without roles for users", roles: []assign.AppRole{daemon}, want: assign.DefaultAccess},
		{reason: "no role at all", want: assign.DefaultAccess},
		{reason: "a role must be chosen where there is one", roles: testApp.Roles, err: assign.ErrRoleNeeded,
			text: "a role must be named, because the application has roles for users; users can be given: Auditor, General"},
		{reason: "a disabled role is declared all the same", roles: []assign.AppRole{retired}, err: assign.ErrRoleNeeded},
		{reason: "an absent value is no name", roles: []assign.AppRole{{ID: "x", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}, err: assign.ErrRoleNeeded},
		{reason: "nothing to list", roles: []assign.AppRole{daemon}, name: "General", err: assign.ErrUnknownRole,
			text: `role "General": the application has no such role; it has no role that users can be given`},
	} {
		rule, err := assign.OneRole(test.roles, test.name)
		if test.err != nil {
			assert.ErrorIs(t, err, test.err, test.reason)
			if test.text != "" {
				assert.EqualError(t, err, test.text, test.reason)
			}
			continue
		}
		require.NoError(t, err, test.reason)
		given, err := rule(roster.Row{})
		require.NoError(t, err, test.reason)
		require.Len(t, given, 1, test.reason)
		assert.Equal(t, test.want, given[0].ID, test.reason)
	}
}

func TestRoleColumnReadsEachCellAsRoles(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"Email", "Role"})
	require.NoError(t, err)
	mapped := &assign.RoleColumnOptions{Map: map[string]string{"adm": "Auditor", "std ": "General", "old": "Retired", "typo": "Generl"}}
	several := &assign.RoleColumnOptions{Separator: ";", Map: mapped.Map}
	for _, test := range []struct {
		reason string
		column string
		opts   *assign.RoleColumnOptions
		cell   string
		want   []string // display names
		err    error
	}{
		{reason: "the role's own name", column: "Role", cell: "General", want: []string{"General"}},
		{reason: "column and role without letter case", column: "ROLE", cell: " general", want: []string{"General"}},
		{reason: "the application's word", column: "Role", opts: mapped, cell: "ADM", want: []string{"Auditor"}},
		{reason: "spaces around the words of a map are nobody's intention", column: "Role", opts: mapped, cell: "std", want: []string{"General"}},
		{reason: "a map needn't hold what is a role already", column: "Role", opts: mapped, cell: "General", want: []string{"General"}},
		{reason: "several in one cell, each once, in their order", column: "Role", opts: several, cell: "adm; General;;auditor", want: []string{"Auditor", "General"}},
		{reason: "without a separator a cell is one name", column: "Role", cell: "General;Auditor", err: assign.ErrUnknownRole},
		{reason: "an empty cell says nothing", column: "Role", cell: " ", err: assign.ErrNoRoleValue},
		{reason: "separators alone say nothing", column: "Role", opts: several, cell: " ; ", err: assign.ErrNoRoleValue},
		{reason: "one bad role spoils the row: half a wish is none", column: "Role", opts: several, cell: "General;Boss", err: assign.ErrUnknownRole},
		{reason: "a map may lead to a role that is disabled", column: "Role", opts: mapped, cell: "old", err: assign.ErrRoleDisabled},
		{reason: "a map may lead nowhere", column: "Role", opts: mapped, cell: "typo", err: assign.ErrUnknownRole},
		{reason: "a wrong column is not an empty cell", column: "Rolle", cell: "General", err: assign.ErrNoRoleColumn},
	} {
		rule := assign.RoleColumn(test.column, testApp.Roles, test.opts)
		given, err := rule(roster.NewRow(header, 2, []string{"ada@example.com", test.cell}))
		if test.err != nil {
			assert.ErrorIs(t, err, test.err, test.reason)
			assert.Empty(t, given, test.reason)
			continue
		}
		require.NoError(t, err, test.reason)
		var names []string
		for _, role := range given {
			names = append(names, role.DisplayName)
		}
		assert.Equal(t, test.want, names, test.reason)
	}
}

func TestRoleColumnOfAShortRowIsAnEmptyCell(t *testing.T) {
	t.Parallel()
	header, err := roster.NewHeader("users.csv", []string{"Email", "Role"})
	require.NoError(t, err)
	_, err = assign.RoleColumn("Role", testApp.Roles, nil)(roster.NewRow(header, 2, []string{"ada@example.com"}))
	assert.ErrorIs(t, err, assign.ErrNoRoleValue)
}
