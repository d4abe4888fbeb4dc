package match_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// twins are two users of one mail, of two departments.
func twins() *matchtest.Directory {
	return matchtest.NewDirectory(person("one", "sam@contoso.com", "department", "Sales"),
		person("two", "sam@contoso.com", "department", "Support"), person("bob", "bob@contoso.com"))
}

// byDepartment chooses the candidate of the row's department.
func byDepartment(row roster.Row, candidates []match.User) (int, string) {
	for i, user := range candidates {
		if user.Attributes["department"] == row.Get("Dept") {
			return i, "the department is the same"
		}
	}
	return -1, "no department is the row's"
}

func TestARuleSeesAttributesAndChooses(t *testing.T) {
	t.Parallel()
	byMail := match.Choose(match.Column("EMail", "mail"), byDepartment, "department")
	outside := match.Choose(match.Column("EMail", "mail"),
		func(_ roster.Row, candidates []match.User) (int, string) { return len(candidates), "" })
	reorder := match.Choose(match.Column("EMail", "mail"), func(_ roster.Row, candidates []match.User) (int, string) {
		candidates[0], candidates[1] = candidates[1], match.User{}
		return 0, "the first"
	})
	tests := []struct {
		reason string
		rule   match.Matcher
		dept   string
		kind   match.Kind
		user   string
		says   string
	}{
		{"the one of the department", byMail, "Support", match.Matched, "two",
			`found two@contoso.com (of 2 users: the department is the same)`},
		{"none of these is no match", byMail, "IT", match.Ambiguous, "",
			"one@contoso.com, two@contoso.com (none of them chosen: no department is the row's); make"},
		{"a rule among others chooses for its own query", match.FirstOf(match.Column("Dept", "employeeId"), byMail),
			"Sales", match.Matched, "one", "of 2 users"},
		{"a rule without a choice gets none from its neighbour",
			match.FirstOf(match.Column("EMail", "mail"), match.Choose(match.Column("Dept", "department"), byDepartment)),
			"Sales", match.Ambiguous, "", "found 2 users"},
		{"a choice of nobody who answered is a mistake of the rule", outside, "Sales", match.Failed, "",
			"the rule chose user 3 of 2"},
		{"a rule that rearranges its candidates changes nobody's answer", reorder, "Sales", match.Matched, "one", ""},
	}
	for _, test := range tests {
		report, err := match.Run(t.Context(), twins(), rowsOf(t, "EMail|Dept", "sam@contoso.com|"+test.dept),
			test.rule, nil)
		require.NoError(t, err, test.reason)
		o := report.Outcomes[0]
		id, _ := o.Principal()
		assert.Equal(t, test.kind, o.Kind, test.reason)
		assert.Equal(t, test.user, id, test.reason)
		assert.Contains(t, o.Reason(), test.says, test.reason)

		text, err := json.Marshal(report)
		require.NoError(t, err)
		var again match.Report
		require.NoError(t, json.Unmarshal(text, &again))
		assert.Equal(t, o.Reason(), again.Outcomes[0].Reason(), "%s: the proof is lost in the file", test.reason)
	}
}

func TestAChoiceIsAskedForOnlyWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	never := match.Choose(match.Column("EMail", "mail"), func(roster.Row, []match.User) (int, string) {
		t.Error("asked to choose among one")
		return -1, ""
	})
	report, err := match.Run(t.Context(), twins(), rowsOf(t, "EMail", "bob@contoso.com", "x@contoso.com"), never, nil)
	require.NoError(t, err)
	assert.Equal(t, 1, report.Count(match.Matched))
	assert.Empty(t, report.Outcomes[0].Candidates)
}

func TestWhoWasNotChosenIsNotKeptAsIfInDoubt(t *testing.T) {
	t.Parallel()
	byMail := match.Choose(match.Column("EMail", "mail"), byDepartment, "department")
	report, err := match.Run(t.Context(), twins(), rowsOf(t, "EMail|Dept", "sam@contoso.com|Sales",
		"Sam@contoso.com|Sales", "sam@contoso.com|IT"), byMail, &match.Options{Names: []string{}})
	require.NoError(t, err)
	assert.Len(t, report.Outcomes[0].Candidates, 2)
	assert.Empty(t, report.Outcomes[0].MayBe())
	assert.Equal(t, match.Duplicate, report.Outcomes[1].Kind)
}
