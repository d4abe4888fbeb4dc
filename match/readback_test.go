package match_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

func written(t testing.TB, report *match.Report) string {
	var b bytes.Buffer
	require.NoError(t, report.WriteJSON(&b))
	return b.String()
}

func TestAReportReadsBackWhatItWrote(t *testing.T) {
	t.Parallel()
	filter, err := match.Filter("mail eq {EMail}")
	require.NoError(t, err)
	dir := company()
	dir.Filter = func(string) ([]match.User, error) { return []match.User{{ID: "f"}}, nil }
	byFilter, err := match.Run(t.Context(), dir, then(rowsOf(t, "EMail", "x"),
		&roster.RowError{File: "other.csv", Line: 3, Err: errRefused}),
		filter, &match.Options{Attributes: []string{"employeeId"}})
	require.NoError(t, err)
	for _, report := range []*match.Report{everyKind(t), byFilter, new(match.Report)} {
		first := written(t, report)
		var read match.Report
		require.NoError(t, json.Unmarshal([]byte(first), &read))
		assert.Equal(t, first, written(t, &read))

		assert.Equal(t, report.Complete(), read.Complete())
		assert.True(t, slices.Equal(report.Rules(), read.Rules()))
		require.Len(t, read.Outcomes, len(report.Outcomes))
		for i, want := range report.Outcomes {
			got := read.Outcomes[i]
			assert.Equal(t, want.Reason(), got.Reason())
			assert.Equal(t, want.Row.Get("Name"), got.Row.Get("Name"), "a role may be read from the row")
			assert.Equal(t, want.Row.File(), got.Row.File())
			want.Query.Select = ""
			want.Row, want.Err, got.Row, got.Err = roster.Row{}, nil, roster.Row{}, nil
			assert.Equal(t, want, got)
		}
		var before, after bytes.Buffer
		require.NoError(t, report.WriteUnresolved(&before, nil))
		require.NoError(t, read.WriteUnresolved(&after, nil))
		assert.Equal(t, before.String(), after.String())
	}
}

func TestAReportThatCannotBeTrustedIsNotRead(t *testing.T) {
	t.Parallel()
	text := written(t, everyKind(t))
	tests := []struct{ reason, from, to, says string }{
		{"another version may mean something else", `"version":1`, `"version":2`,
			"the report has version 2; this program reads version 1"},
		{"a document without a version is another document", `"version":1,`, ``, "the report has version 0"},
		{"an unknown outcome", `"outcome":"noKey"`, `"outcome":"NoKey"`, `no outcome is called "NoKey"`},
		{"an outcome that is not set", `"outcome":"noKey"`, `"outcome":""`, `no outcome is called ""`},
		{"a match without a user", `"outcome":"ambiguous"`, `"outcome":"matched"`,
			`row 8 of the report: the outcome is "matched", but there is no user`},
		{"a user that nobody found", `"outcome":"matched"`, `"outcome":"notFound"`,
			`the outcome is "notFound", but there is a user`},
		{"a row of no roster", `"roster":0`, `"roster":1`, "there is no roster 1"},
		{"rows that were taken out", `"duplicate":3`, `"duplicate":4`, "counts are not those of its rows"},
		{"users who were made able to sign in", `"enabled":2`, `"enabled":3`, "counts are not those of its rows"},
		{"half a file", "]}\n", "", "unexpected end"},
	}
	for _, test := range tests {
		require.Contains(t, text, test.from, test.reason)
		read := match.Report{Outcomes: []match.Outcome{{Key: "before"}}}
		err := json.Unmarshal([]byte(strings.Replace(text, test.from, test.to, 1)), &read)
		assert.ErrorContains(t, err, test.says, test.reason)
		assert.Equal(t, "before", read.Outcomes[0].Key, "what was there stays")
	}
}

func FuzzReadingAReport(f *testing.F) {
	f.Add(written(f, everyKind(f)))
	f.Add(`{"version":1,"rosters":[{"columns":["a"]}],"rows":[{"outcome":"failed","roster":0,"values":["1","2"]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var read, again match.Report
		if json.Unmarshal([]byte(text), &read) != nil {
			return
		}
		first := written(t, &read)
		require.NoError(t, json.Unmarshal([]byte(first), &again))
		require.Equal(t, first, written(t, &again))
	})
}
