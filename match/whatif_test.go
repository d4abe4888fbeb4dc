package match_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

func TestWhatIfSaysRowByRowWhatAnotherRuleWouldChange(t *testing.T) {
	t.Parallel()
	byMail, byID := match.Column("EMail", "mail"), match.Column("Id", "employeeId")
	dir := company()
	rows := then(rowsOf(t, "EMail|Id", "ada@contoso.com|7", "x@contoso.com|8", "dee@contoso.com|7", "y@contoso.com|99",
		"gil@contoso.com|"), &roster.RowError{File: "users.csv", Line: 7, Lines: 3, Err: errors.New("a quote")})
	report, err := match.Run(t.Context(), dir, rows, byMail, nil)
	require.NoError(t, err)
	before := written(t, report)

	asked := len(dir.calls)
	diff, err := match.WhatIf(t.Context(), dir, report, match.FirstOf(byMail, byID), nil)
	require.NoError(t, err)
	assert.Equal(t, []match.ChangeCount{{Before: match.NotFound, After: match.Matched, Rows: 1}}, diff.Counts())
	assert.Equal(t, 3, diff.Changes[0].Before.Line())
	assert.Equal(t, "bob", diff.Changes[0].After.User.ID)
	require.Len(t, dir.calls, asked+1, "nothing that was answered is asked again")
	assert.Len(t, dir.calls[asked], 2, "only the second rule of the rows that found nobody")
	assert.Equal(t, 3, diff.Asked, "and the recycle bin for 99")
	assert.Equal(t, before, written(t, report), "nothing changes by asking what if")

	diff, err = match.WhatIf(t.Context(), dir, report, byMail, nil)
	require.NoError(t, err)
	assert.Empty(t, diff.Changes, "the same rule changes nothing")
	assert.Zero(t, diff.Asked, "and asks nothing")
	assert.Equal(t, 3, diff.After.Lines(match.Failed), "a record that could not be read stays so many lines")

	diff, err = match.WhatIf(t.Context(), dir, report, byID, nil)
	require.NoError(t, err)
	assert.Equal(t, []match.ChangeCount{{Before: match.NotFound, After: match.Matched, Rows: 1},
		{Before: match.Matched, After: match.Duplicate, Rows: 1}, {Before: match.Deleted, After: match.NoKey, Rows: 1}},
		diff.Counts(), "a rule that is worse is seen to be")
}

func TestWhatIfFailsAsARunDoes(t *testing.T) {
	t.Parallel()
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", "ada@contoso.com"),
		match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	_, err = match.WhatIf(t.Context(), company(), report, match.Column("Badge", "mail"), nil)
	var missing *match.ColumnError
	assert.ErrorAs(t, err, &missing)
	_, err = match.WhatIf(t.Context(), &refusing{}, report, match.Column("EMail", "userPrincipalName"), nil)
	assert.ErrorIs(t, err, match.ErrDirectory)
}

// Whatever was asked before, and by which rules: the answer is that of a new run.
func TestWhatIfAgreesWithRunningAnew(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		dice := rand.New(rand.NewPCG(seed, 13))
		var users []matchtest.User
		for i := range 12 {
			u := person(fmt.Sprint("u", i), fmt.Sprintf("m%d@x", dice.IntN(8)), "employeeId", fmt.Sprint(dice.IntN(8)),
				"department", fmt.Sprint(dice.IntN(2)))
			u.Deleted = dice.IntN(4) == 0
			users = append(users, u)
		}
		var records []string
		for range 10 {
			records = append(records, fmt.Sprintf("m%d@x|%d|%d", dice.IntN(10), dice.IntN(10), dice.IntN(2)))
		}
		rules := []match.Matcher{match.Column("EMail", "mail"), match.Column("Id", "employeeId"),
			match.Choose(match.Column("EMail", "mail", match.Trim), byDepartment, "department")}
		pick := func() match.Matcher { return match.FirstOf(rules[dice.IntN(3)], rules[dice.IntN(3)]) }
		dir, rows := matchtest.NewDirectory(users...), rowsOf(t, "EMail|Id|Dept", records...)
		before, after := pick(), pick()

		report, err := match.Run(t.Context(), dir, rows, before, nil)
		require.NoError(t, err)
		want, err := match.Run(t.Context(), dir, rows, after, nil)
		require.NoError(t, err)
		var read match.Report
		require.NoError(t, json.Unmarshal([]byte(written(t, report)), &read))
		for _, r := range []*match.Report{report, &read} {
			diff, err := match.WhatIf(t.Context(), dir, r, after, nil)
			require.NoError(t, err)
			for i, o := range diff.After.Outcomes {
				id, _ := o.Principal()
				wanted, _ := want.Outcomes[i].Principal()
				require.Equal(t, wanted, id, "seed %d, line %d", seed, o.Line())
				require.Equal(t, want.Outcomes[i].Reason(), o.Reason(), "seed %d", seed)
			}
		}
	}
}
