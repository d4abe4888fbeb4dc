package near_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

// The plan of a report is the same whether or not anybody was proposed, for lists of
// all kinds.
func TestAProposalNeverChangesAPlan(t *testing.T) {
	t.Parallel()
	app := assign.App{ResourceID: "sp", DisplayName: "CRM", Roles: []assign.AppRole{
		{ID: "r", DisplayName: "User", AllowedMemberTypes: []string{"User"}, IsEnabled: true}}}
	for seed := range uint64(20) {
		truth := newTruth(seed, 200)
		var current []assign.Assignment
		for i, u := range truth.users {
			if i%3 == 0 {
				current = append(current, assign.Assignment{ID: u.ID, PrincipalID: u.ID, PrincipalType: "User",
					AppRoleID: "r", ResourceID: "sp"})
			}
		}
		rows := func(yield func(roster.Row, error) bool) {
			for _, row := range truth.rows {
				if !yield(row, nil) {
					return
				}
			}
		}
		dir := inMemory(truth.users, truth.deleted)
		report, err := match.Run(t.Context(), dir, rows, match.Column("EMail", "mail"), nil)
		require.NoError(t, err)
		planned := func() string {
			rule, err := assign.OneRole(app.Roles, "User")
			require.NoError(t, err)
			wants, failed := assign.Wants(report.Found(nil), rule)
			policy := &assign.Policy{Remove: assign.RemoveUnlisted, Roll: assign.NewRoll(report, failed),
				AcceptUnresolved: len(truth.rows), MaxRemovals: assign.NoLimit, MaxRemovalShare: 1}
			plan, err := assign.NewPlan(app, wants, current, policy)
			require.NoError(t, err)
			text, err := json.Marshal(plan)
			require.NoError(t, err)
			return string(text)
		}
		before := planned()
		proposals, err := near.Ask(t.Context(), dir, report, nil)
		require.NoError(t, err)
		require.Positive(t, proposals.Rows())
		assert.Equal(t, before, planned(), "seed %d", seed)
	}
}

// Nothing that package near gives is an account, of which wants are made, nor an
// outcome, nor leads to one.
func TestNoFunctionTakesAProposalToAWant(t *testing.T) {
	t.Parallel()
	account, outcome := reflect.TypeFor[assign.Account](), reflect.TypeFor[match.Outcome]()
	for _, typ := range []reflect.Type{reflect.TypeFor[near.Proposal](), reflect.TypeFor[near.Proposals](),
		reflect.TypeFor[near.Field](), reflect.TypeFor[near.Index]()} {
		for _, typ := range []reflect.Type{typ, reflect.PointerTo(typ)} {
			assert.False(t, typ.Implements(account), "%v would be assigned a role", typ)
			for i := range typ.NumMethod() {
				for out := range typ.Method(i).Type.NumOut() {
					assert.NotEqual(t, outcome, typ.Method(i).Type.Out(out), "%v.%s", typ, typ.Method(i).Name)
				}
			}
		}
	}
}
