package match_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// everyKind is a report that holds each kind of outcome.
func everyKind(t testing.TB) *match.Report {
	dir := company()
	dir.fail = map[string]error{"refused@contoso.com": errRefused}
	bad := &roster.RowError{File: "users.csv", Line: 16, Column: 5, Err: errors.New("a quote is not closed")}
	rows := then(rowsOf(t, "EMail|Id|Name",
		"ada@contoso.com|7|Ada", "dee@contoso.com||=Dee", "||Nobody", "ADA@contoso.com|7|Ada again", "|7|Ada, too",
		"x@contoso.com\u200b||Xaver", "ada@old.example||Ada of old", "sam@contoso.com||Sam", "gil@contoso.com||Gil",
		"svc@contoso.com||Backup",
		"refused@contoso.com||Ref", "bob@nowhere|8|Bob", "sam@contoso.com||Sam again", "dee@contoso.com||Dee again"),
		bad)
	m := match.FirstOf(match.Column("EMail", "mail"), match.Column("Id", "employeeId"))
	report, err := match.Run(t.Context(), dir, rows, m, &match.Options{
		Exclusions: []match.Exclusion{{Value: "svc@contoso.com", Owner: "IT operations", Reason: "backup"}},
	})
	require.NoError(t, err)
	for kind, n := range report.Counts() {
		require.Positive(t, n, "the report lacks %v", kind)
	}
	return report
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func TestTextTellsAnAdministratorWhereTheyStand(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, everyKind(t).WriteText(&b))
	golden(t, "report.golden", b.Bytes())

	b.Reset()
	clean, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", "bob@contoso.com"),
		match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	require.NoError(t, clean.WriteText(&b))
	assert.NotContains(t, b.String(), "resolve", "nothing is left to do")
	assert.Contains(t, b.String(), "Users corresponding to 1 record was located")
}

func TestTextFitsATerminalWhateverTheRulesAreCalled(t *testing.T) {
	t.Parallel()
	m := match.Func(strings.Repeat("länge ", 100), func(row roster.Row) match.Query {
		return match.Equal("mail",
			row.Get("EMail"))
	})
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail", strings.Repeat("x", 1000), "",
		"dee@contoso.com"), m, nil)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, report.WriteText(&b))
	for line := range strings.Lines(b.String()) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 76, line)
	}
	assert.Less(t, len(report.Outcomes[0].Reason()), 500, "a sentence stays one, whatever is in the file")
}

func TestWriteTextPassesOnTheErrorOfItsWriter(t *testing.T) {
	t.Parallel()
	report := everyKind(t)
	assert.ErrorIs(t, report.WriteText(failing{}), errRefused)
	assert.ErrorIs(t, report.WriteJSON(failing{}), errRefused)
	assert.ErrorIs(t, report.WriteUnresolved(failing{}, nil), errRefused)
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errRefused }

func TestJSONHoldsEveryRowWithItsReason(t *testing.T) {
	t.Parallel()
	report := everyKind(t)
	var b bytes.Buffer
	require.NoError(t, report.WriteJSON(&b))
	golden(t, "report.json.golden", b.Bytes())

	marshalled, err := json.Marshal(report)
	require.NoError(t, err)
	assert.JSONEq(t, b.String(), string(marshalled))

	var read struct {
		Counts map[match.Kind]int
		Rows   []struct {
			Line    int
			Outcome match.Kind
			User    *match.User
		}
	}
	require.NoError(t, json.Unmarshal(marshalled, &read))
	for kind, n := range report.Counts() {
		assert.Equal(t, n, read.Counts[kind], kind)
	}
	require.Len(t, read.Rows, len(report.Outcomes))
	for i, o := range report.Outcomes {
		assert.Equal(t, o.Line(), read.Rows[i].Line)
		assert.Equal(t, o.Kind, read.Rows[i].Outcome)
		assert.Equal(t, o.User, read.Rows[i].User)
	}
}

func TestJSONOfNoRowsIsWhole(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(new(match.Report))
	require.NoError(t, err)
	assert.JSONEq(t, `{"version":1,"complete":false,"counts":{"matched":0,"noKey":0,"duplicate":0,"sameUser":0,
		"notFound":0,"ambiguous":0,
		"deleted":0,"excluded":0,"failed":0},"enabled":0,"rules":[],"rosters":[],"rows":[]}`, string(got))
}

func TestKindsAreCalledByTheirNames(t *testing.T) {
	t.Parallel()
	for kind := range new(match.Report).Counts() {
		text, err := json.Marshal(kind)
		require.NoError(t, err)
		assert.Equal(t, `"`+string(kind)+`"`, string(text))
		assert.True(t, strings.EqualFold(string(kind), kind.String()), "people read the same word")
		assert.NotEqual(t, string(kind), kind.String())
	}
	assert.Equal(t, "NotFound", match.NotFound.String())
	assert.Equal(t, "not set", match.Kind("").String())
}

func TestUnresolvedRowsGoBackToTheApplicationWithAReason(t *testing.T) {
	t.Parallel()
	report := everyKind(t)
	var b bytes.Buffer
	require.NoError(t, report.WriteUnresolved(&b, nil))
	golden(t, "unresolved.golden", b.Bytes())

	r, err := roster.NewReader(&b, nil)
	require.NoError(t, err)
	n := 0
	for row, err := range r.Rows() {
		require.NoError(t, err)
		assert.NotEmpty(t, row.Get("reason"))
		n++
	}
	want := 0
	for range report.Unresolved() {
		want++
	}
	assert.Equal(t, want, n)

	b.Reset()
	require.NoError(t, new(match.Report).WriteUnresolved(&b, nil))
	assert.Equal(t, "roster line,outcome,reason\n", b.String())
}

// Who corrects a line that could not be read needs the line.
func TestUnresolvedRowsHaveTheLineThatWasNotRead(t *testing.T) {
	t.Parallel()
	const in = "Email;Name;Role\nada@x;Ada;A\n0417;Bo;B;\"C\" & co\n"
	r, err := roster.NewReader(strings.NewReader(in), &roster.Options{Name: "users.csv"})
	require.NoError(t, err)
	report, err := match.Run(t.Context(), matchtest.NewDirectory(), r.Rows(), match.Column("Email", "mail"), nil)
	require.NoError(t, err)
	var before, after bytes.Buffer
	require.NoError(t, report.WriteUnresolved(&before, &roster.WriterOptions{Excel: true}))
	assert.Contains(t, before.String(), "\ufeffEmail;Name;Role;roster line;outcome;reason;unread line\r\n")
	assert.Contains(t, before.String(), `;"0417;Bo;B;""C"" & co"`)

	data, err := json.Marshal(report)
	require.NoError(t, err)
	var read match.Report
	require.NoError(t, json.Unmarshal(data, &read))
	require.NoError(t, read.WriteUnresolved(&after, &roster.WriterOptions{Excel: true, Comma: ';'}))
	assert.Equal(t, before.String(), after.String(), "also when the report is read back")
}

func TestFoundLeavesOutThoseWhoCannotSignInUnlessAsked(t *testing.T) {
	t.Parallel()
	report := everyKind(t)
	lines := func(opts *match.FoundOptions) (lines []int) {
		for o := range report.Found(opts) {
			lines = append(lines, o.Line())
		}
		return lines
	}
	assert.Equal(t, []int{2, 5, 6, 13}, lines(nil), "the script assigns disabled users, rollcall only when asked to")
	assert.Equal(t, []int{2, 3, 5, 6, 13, 15}, lines(&match.FoundOptions{All: true}))
	assert.Equal(t, 1, report.Count(match.Matched)-report.Enabled(),
		"a user is counted once, though two rows stand for them")
	for o := range report.Found(nil) {
		id, name := o.Principal()
		assert.NotEmpty(t, id)
		assert.NotEmpty(t, name)
		break // an iterator must stop when told to
	}
	for o := range report.Of(match.Duplicate, match.SameUser) {
		row, key := o.Account()
		assert.NotEmpty(t, key)
		assert.Equal(t, o.Line(), row.Line())
	}
	id, name := match.Outcome{}.Principal()
	assert.Empty(t, id+name)
}

func TestInvisibleCharactersInAKeyArePointedOut(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"ada":                  "",
		"Ada Lovelace":         "",
		"Zoë 山田":               "",
		" ada":                 "begins with a space (U+0020)",
		"ada  ":                "ends in a space (U+0020)",
		"a\u00a0b":             "contains a no-break space (U+00A0)",
		"a\u202fb":             "contains a no-break space (U+202F)",
		"ada\u200b":            "ends in a zero-width space (U+200B)",
		"\ufeffada":            "begins with a zero-width space (U+FEFF)",
		"a\u00adda":            "contains a soft hyphen (U+00AD)",
		"ada\t":                "ends in a tab (U+0009)",
		"ada\r":                "ends in a line break (U+000D)",
		"Zoe\u0308":            "ends in an accent that is stored apart from its letter (U+0308)",
		"Zo\ufffd":             "ends in a character that was lost in another encoding (U+FFFD)",
		"a\u3000b":             "contains an unusual space (U+3000)",
		"a\u202eb":             "contains an invisible character (U+202E)",
		"\u00a0a\u200bb\u00a0": "begins with a no-break space (U+00A0) and contains a zero-width space (U+200B)",
	}
	for key, says := range tests {
		o := match.Outcome{Kind: match.NotFound, Key: key, Query: match.Equal("mail", key)}
		if says == "" {
			assert.NotContains(t, o.Reason(), "though the key", key)
			continue
		}
		assert.Contains(t, o.Reason(), "found nobody, though the key "+says+";", "%q", key)
		o.Kind, o.Err = match.Failed, errRefused
		assert.Contains(t, o.Reason(), says, "a refused key may be refused for it: %q", key)
	}
}

func TestAReportKnowsWhatItsRowsAsk(t *testing.T) {
	t.Parallel()
	rule := match.FirstOf(match.Column("EMail", "mail", match.Trim), match.Column("Id", "employeeId"))
	report, err := match.Run(t.Context(), company(), rowsOf(t, "EMail|Id", " a@x |N/A", "|"), rule, nil)
	require.NoError(t, err)
	queries := report.Queries(report.Outcomes[0].Row)
	require.Len(t, queries, 2, "the placeholder too, although it is not asked")
	assert.Equal(t, []string{"a@x", " a@x ", "N/A"}, []string{queries[0].Value, queries[0].Raw, queries[1].Value})
	assert.Empty(t, report.Queries(report.Outcomes[1].Row))
	assert.Nil(t, new(match.Report).Queries(report.Outcomes[0].Row), "a report of another origin")
	assert.True(t, match.RewrittenByExcel("1,2E+05"))
	assert.False(t, match.RewrittenByExcel("00417"))
}

func TestReasonsNameAFewOfManyUsers(t *testing.T) {
	t.Parallel()
	users := []match.User{{ID: "1"}, {UserPrincipalName: "b@x"}, {ID: "3"}, {ID: "4"}, {ID: "5"}}
	o := match.Outcome{Kind: match.Ambiguous, Key: "k", Query: match.Query{Filter: "f", Rule: "mine"},
		Candidates: users}
	assert.Contains(t, o.Reason(), `rule mine with "k" found 5 users: 1, b@x, 3, 2 more;`)
	assert.Equal(t, `nothing is known about this row: its outcome is not set`, match.Outcome{}.Reason())
	for kind := range new(match.Report).Counts() {
		assert.NotEmpty(t, match.Outcome{Kind: kind}.Reason(), "an outcome that somebody made by hand must not panic")
	}
}

func TestARosterRowCanBeExcludedByAFile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		csv    string
		want   []match.Exclusion
		says   string
	}{
		{"a list of keys", "Key,Owner,Reason\nsvc,IT,backup\n",
			[]match.Exclusion{{Value: "svc", Owner: "IT", Reason: "backup"}}, ""},
		{"a list by columns, nothing but the value needed", "column,value\nType,service\n",
			[]match.Exclusion{{Column: "Type", Value: "service"}}, ""},
		{"both at once", "key,column,value\nsvc,,\n,Type,service\n",
			[]match.Exclusion{{Value: "svc"}, {Column: "Type", Value: "service"}}, ""},
		{"a row without a value would exclude whoever has none", "key,owner\n,IT\n", nil,
			"exclusions.csv line 2: the exclusion has no value"},
		{"another file altogether", "EMail,Name\nx,y\n", nil,
			`exclusions.csv has no column "key"; it has: EMail, Name`},
		{"half of the column form", "column,owner\nType,y\n", nil,
			`exclusions.csv has no column "key"; it has: column, owner`},
		{"half a list would let accounts through", "key,owner\nsvc\n", nil,
			"reading the exclusions: exclusions.csv line 2"},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			r, err := roster.NewReader(strings.NewReader(test.csv), &roster.Options{Name: "exclusions.csv"})
			require.NoError(t, err)
			got, err := match.ReadExclusions(r.Rows())
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				assert.Nil(t, got)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
}

var _ match.Directory = (*matchtest.Directory)(nil)
