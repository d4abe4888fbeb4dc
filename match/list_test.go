package match_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// ofFile looks up the rows of a file in testdata by a column and employeeId.
func ofFile(t *testing.T, file, column string, opts *match.Options, users ...matchtest.User) *match.Report {
	t.Helper()
	f, err := roster.OpenFile(filepath.Join("testdata", file), nil)
	require.NoError(t, err)
	defer f.Close()
	report, err := match.Run(t.Context(), matchtest.NewDirectory(users...), f.Rows(),
		match.Column(column, "employeeId"), opts)
	require.NoError(t, err)
	return report
}

// Excel made one key of two people's: 000123 and 123, or two long numbers.
func TestAKeyOfTwoPeopleIsNobodys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, column, key, reason string }{
		{"zeros.csv", "UserID", "123", "has the same key and another Name"},
		{"sci.csv", "EmpID", "1.2E+05", "the key looks like Excel's doing"},
	} {
		report := ofFile(t, c.file, c.column, nil, person("john", "", "employeeId", c.key))
		require.Len(t, report.Outcomes, 2)
		for _, o := range report.Outcomes {
			assert.Equal(t, match.Ambiguous, o.Kind, c.file)
			assert.Nil(t, o.User, c.file)
			assert.Equal(t, "john", o.Candidates[0].ID, "whom the key found must be known to whoever removes")
			assert.Contains(t, o.Reason(), c.reason)
			var conflict *match.ConflictError
			require.ErrorAs(t, o.Err, &conflict)
			assert.Equal(t, 5-o.Line(), conflict.Line, "each row names the other")
		}
	}
}

// Else whoever has the employeeId "NULL" gets every service account's role.
func TestAPlaceholderIsNobodysKey(t *testing.T) {
	t.Parallel()
	null, bob := person("null", "", "employeeId", "NULL"), person("bob", "", "employeeId", "00418")
	report := ofFile(t, "placeholder.csv", "EmpID", nil, null, bob)
	require.Len(t, report.Outcomes, 4)
	assert.Equal(t, "bob", report.Outcomes[0].User.ID)
	for _, o := range report.Outcomes[1:] {
		assert.Equal(t, match.NoKey, o.Kind)
		assert.Nil(t, o.User)
		assert.Contains(t, o.Reason(), `"NULL" is a placeholder and no value for EmpID=employeeId`)
	}
	report = ofFile(t, "placeholder.csv", "EmpID",
		&match.Options{Placeholders: []string{"00418"}, Names: []string{}}, null, bob)
	assert.Equal(t, match.NoKey, report.Outcomes[0].Kind, "the caller's list counts")
	assert.Equal(t, "null", report.Outcomes[1].User.ID, "and only it")
	report = ofFile(t, "placeholder.csv", "EmpID", &match.Options{
		Exclusions: []match.Exclusion{{Value: "null", Owner: "IT"}}}, null, bob)
	assert.Equal(t, 3, report.Count(match.Excluded), "placeholders can be excluded")
}

// Whoever accepts one failed row must not accept the thousands of lines in it.
func TestARowThatCouldNotBeReadCountsItsLines(t *testing.T) {
	t.Parallel()
	reader, err := roster.NewReader(strings.NewReader("Id,Note\n1,\"a\n2,b\n3,\"c\n4,\n5\n"), nil)
	require.NoError(t, err)
	report, err := match.Run(t.Context(), matchtest.NewDirectory(person("ada", "")), reader.Rows(),
		match.Column("Id", "employeeId"), nil)
	require.NoError(t, err)
	require.Equal(t, 1, report.Lines(match.NotFound))
	assert.Equal(t, 3, report.Outcomes[0].Lines())
	assert.Contains(t, report.Outcomes[0].Reason(), "this row, which is lines 2 to 4, could not be read")
	var text bytes.Buffer
	require.NoError(t, report.WriteText(&text))
	assert.Equal(t, report.Count(match.Failed)+2, report.Lines(match.Failed))
	assert.Contains(t, text.String(), fmt.Sprintf("%d lines, each of which may be an account", report.Lines(match.Failed)))

	var read match.Report
	data, err := report.MarshalJSON()
	require.NoError(t, err)
	require.NoError(t, read.UnmarshalJSON(data))
	assert.Equal(t, report.Lines(match.Failed), read.Lines(match.Failed), "also when read back")
}

// A cut file lacks whoever stood below.
func TestADoubtfulRosterMakesNoCompleteReport(t *testing.T) {
	t.Parallel()
	for in, doubt := range map[string]string{
		"Id,Role\n7,Auditor\n":     "",
		"Id,Role\n7,Audi":          "users.csv line 2: the last line has no line end",
		"Id,Role\n7,Audit\ufffd\n": "users.csv line 2: a value holds U+FFFD",
	} {
		reader, err := roster.NewReader(strings.NewReader(in), &roster.Options{Name: "users.csv"})
		require.NoError(t, err)
		report, err := match.Run(t.Context(), matchtest.NewDirectory(person("ada", "", "employeeId", "7")), reader.Rows(),
			match.Column("Id", "employeeId"), nil)
		require.NoError(t, err)
		assert.Equal(t, 1, report.Count(match.Matched), "what is there is used")
		var read match.Report
		data, err := report.MarshalJSON()
		require.NoError(t, err)
		require.NoError(t, read.UnmarshalJSON(data))
		for _, r := range []*match.Report{report, &read} {
			assert.Equal(t, doubt == "", r.Complete(), "%q", in)
			assert.Contains(t, r.Doubt(), doubt, "%q", in)
			var text bytes.Buffer
			require.NoError(t, r.WriteText(&text))
			assert.Contains(t, text.String(), r.Doubt())
		}
	}
}

// A misspelt exclusion lets its account through.
func TestAnExclusionThatNoRowIsOnIsReported(t *testing.T) {
	t.Parallel()
	reader, err := roster.NewReader(strings.NewReader("Id,Type,Role\n7,service,A\n8,person,B\nNULL,person,B\n"), nil)
	require.NoError(t, err)
	opts := &match.Options{Exclusions: []match.Exclusion{
		{Value: "7"}, {Value: "7"}, {Column: "TYPE", Value: "Service", Owner: "IT"}, {Value: "svc-bakcup", Owner: "IT"},
		{Value: "null"}, {Column: "type", Value: "vendor"}, {Column: "Role", Value: "7"},
	}}
	report, err := match.Run(t.Context(), matchtest.NewDirectory(person("bob", "", "employeeId", "8")), reader.Rows(),
		match.Column("Id", "employeeId"), opts)
	require.NoError(t, err)
	want := []match.Exclusion{{Value: "svc-bakcup", Owner: "IT"}, {Column: "type", Value: "vendor"},
		{Column: "Role", Value: "7"}}
	assert.Equal(t, want, report.UnusedExclusions())
	assert.Equal(t, 2, report.Count(match.Excluded))
	var text bytes.Buffer
	require.NoError(t, report.WriteText(&text))
	assert.Contains(t, text.String(), `3 exclusions fit no row, such as "svc-bakcup".`)

	var read match.Report
	data, err := report.MarshalJSON()
	require.NoError(t, err)
	require.NoError(t, read.UnmarshalJSON(data))
	assert.Equal(t, want, read.UnusedExclusions(), "also when read back")
}

// Nothing is done with the person of an excluded row; but who they are must be
// known, so that nothing is taken from them for want of a row.
func TestWhomAnExcludedRowNamesIsKnown(t *testing.T) {
	t.Parallel()
	directory := matchtest.NewDirectory(matchtest.User{User: match.User{ID: "u-root", UserPrincipalName: "root@contoso.example", AccountEnabled: true}})
	rows, err := roster.NewReader(strings.NewReader("Email\nroot@contoso.example\n"), nil)
	require.NoError(t, err)
	report, err := match.Run(t.Context(), directory, rows.Rows(), match.Column("Email", "userPrincipalName"),
		&match.Options{Exclusions: []match.Exclusion{{Value: "ROOT@contoso.example"}}})
	require.NoError(t, err)
	require.Equal(t, 1, report.Count(match.Excluded))
	assert.Equal(t, []string{"u-root"}, report.Outcomes[0].MayBe())
	assert.Nil(t, report.Outcomes[0].User)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	var again match.Report
	require.NoError(t, json.Unmarshal(text, &again))
	assert.Equal(t, []string{"u-root"}, again.Outcomes[0].MayBe())
}
