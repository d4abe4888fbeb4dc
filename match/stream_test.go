package match_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// backwards is a directory whose last answer settles first. It notes how many
// answers it has given.
type backwards struct {
	match.Directory
	given int
}

func (d *backwards) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		answers, err := match.Ask(ctx, d.Directory.FindUsers, queries)
		if err != nil {
			yield(0, match.Answer{Err: err})
			return
		}
		for i, answer := range slices.Backward(answers) {
			if d.given++; !yield(i, answer) {
				return
			}
		}
	}
}

func TestProgressIsThatOfTheLookupWhileItRuns(t *testing.T) {
	t.Parallel()
	const n = 100_000
	numbered, rows, m := workload(t, n)
	dir := &backwards{Directory: numbered}
	calls, before := 0, 0
	opts := &match.Options{Progress: func(done, total int) {
		require.Equal(t, n, total)
		require.GreaterOrEqual(t, done, before)
		// A hundredth are duplicates, which are not asked about; an answer that
		// leaves a row to its next rule counts for nothing.
		require.LessOrEqual(t, done-n/100, dir.given, "no row is over before its answer is there")
		require.GreaterOrEqual(t, done, dir.given/2, "and rows are over as the answers come")
		calls, before = calls+1, done
	}}
	report, err := match.Run(t.Context(), dir, rows, m, opts)
	require.NoError(t, err)
	assert.Equal(t, n, before, "at the end all are done")
	assert.Greater(t, calls, n/2)
	requireSums(t, report, n)

	plain, err := match.Run(t.Context(), numbered, rows, m, nil)
	require.NoError(t, err)
	assert.Equal(t, plain.Outcomes, report.Outcomes, "the order of the answers changes nothing")
}

func TestAReportKnowsWhetherItsRosterWasReadToTheEnd(t *testing.T) {
	t.Parallel()
	const csv = "EMail\nada@contoso.com\nx,y\nbob@contoso.com\n" // the second row can't be read
	read := func(t *testing.T, text string) iter.Seq2[roster.Row, error] {
		r, err := roster.NewReader(strings.NewReader(text), nil)
		require.NoError(t, err)
		return r.Rows()
	}
	tests := []struct {
		reason string
		rows   iter.Seq2[roster.Row, error]
		want   bool
	}{
		{"all rows of a file, also unreadable ones", read(t, csv), true},
		{"a row that was left out may be anybody's", without(read(t, csv), "ada@contoso.com"), false},
		{"the first rows of a file", first(read(t, csv), 2), false},
		{"all but the end of the file", first(read(t, csv), 3), false},
		{"rows of the caller's own making", rowsOf(t, "EMail", "ada@contoso.com"), true},
		{"a file without rows shows nothing", read(t, "EMail\n"), false},
	}
	for _, test := range tests {
		report, err := match.Run(t.Context(), company(), test.rows, match.Column("EMail", "mail"), nil)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.want, report.Complete(), test.reason)
		assert.Equal(t, report.Outcomes, slices.Collect(report.All()))
	}
	assert.False(t, new(match.Report).Complete(), "nobody read anything")

	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", "a", "b"), match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	changed := *report
	assert.True(t, changed.Complete(), "a copy is as complete")
	changed.Outcomes = changed.Outcomes[:1]
	assert.False(t, changed.Complete(), "a row was taken out")
}

// without leaves out the rows with that mail.
func without(rows iter.Seq2[roster.Row, error], mail string) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for row, err := range rows {
			if row.Get("EMail") != mail && !yield(row, err) {
				return
			}
		}
	}
}

// first yields at most n rows.
func first(rows iter.Seq2[roster.Row, error], n int) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		i := 0
		for row, err := range rows {
			if i++; !yield(row, err) || i == n {
				return
			}
		}
	}
}

func TestFurtherAttributesComeWithTheUser(t *testing.T) {
	t.Parallel()
	for _, dir := range []match.Directory{company(), matchtest.NewDirectory(companyUsers()...)} {
		report, err := match.Run(t.Context(), dir, rowsOf(t, "EMail|Id", "ada@contoso.com|", "bob@contoso.com|",
			"sam@contoso.com|"),
			match.FirstOf(match.Column("EMail", "mail")), &match.Options{Attributes: []string{"employeeId",
				"otherMails"}})
		require.NoError(t, err)
		assert.Equal(t, map[string]string{"employeeId": "7", "otherMails": "ada@old.example"},
			report.Outcomes[0].User.Attributes)
		assert.Equal(t, map[string]string{"employeeId": "8"}, report.Outcomes[1].User.Attributes,
			"what a user lacks is not there")
		assert.Nil(t, report.Outcomes[2].Candidates[0].Attributes)
	}
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", "ada@contoso.com"),
		match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	assert.Nil(t, report.Outcomes[0].User.Attributes, "nobody asked")
}

func TestRunChecksTheColumnsThatItsRulesName(t *testing.T) {
	t.Parallel()
	byMail := match.Column("EMail", "mail")
	own := match.Func("own", func(row roster.Row) match.Query { return match.Equal("employeeId", row.Get("Badge")) },
		"Badge")
	tests := []struct {
		reason string
		rule   match.Matcher
		opts   match.Options
		column string // that is missing; "" for none
	}{
		{"all are there", byMail, match.Options{}, ""},
		{"a misspelt column finds nobody", match.FirstOf(byMail, match.Column("Numbr", "employeeId")),
			match.Options{}, "Numbr"},
		{"a rule of one's own says what it reads", own, match.Options{}, "Badge"},
		{"one that says nothing is believed", match.Func("own",
			func(roster.Row) match.Query { return match.Query{} }), match.Options{}, ""},
		{"unless the caller knows better", match.FirstOf(byMail, own), match.Options{AllowMissingColumns: true}, ""},
	}
	for _, test := range tests {
		dir := company()
		report, err := match.Run(t.Context(), dir, rowsOf(t, "EMail", "ada@contoso.com"), test.rule, &test.opts)
		if test.column == "" {
			require.NoError(t, err, test.reason)
			continue
		}
		var missing *match.ColumnError
		require.ErrorAs(t, err, &missing, test.reason)
		assert.Equal(t, test.column, missing.Column, test.reason)
		assert.Nil(t, report)
		assert.Empty(t, dir.calls, "nothing is asked before")
	}
}

func TestEveryRuleIsListedAndCountsRows(t *testing.T) {
	t.Parallel()
	m := match.FirstOf(match.Column("EMail", "mail"), unnamed{{Attribute: "mail", Value: "a", Rule: "two"},
		{Attribute: "mail", Value: "b", Rule: "two"}},
		match.Column("Id", "employeeId"))
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail|Id", "ada@contoso.com|", "x@contoso.com|"), m,
		nil)
	require.NoError(t, err)
	assert.Equal(t, []match.RuleCount{{Rule: "EMail=mail", Asked: 2, Matched: 1}, {Rule: "Id=employeeId"},
		{Rule: "two", Asked: 1}}, report.Rules(),
		"also one that no row reached; two queries of one rule are one row")

	var text strings.Builder
	require.NoError(t, report.WriteText(&text))
	assert.Contains(t, text.String(), fmt.Sprintf("%7d  %7d  Id=employeeId\n", 0, 0))
}
