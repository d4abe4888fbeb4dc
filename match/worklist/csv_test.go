package worklist_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// hostile are values that spreadsheets, readers and people see as something else.
var hostile = []string{"=1+1", "00417", "1E5", "MAR1", `say "hi"`, "\u202eabc", "a\u00a0b", " x ", "'quoted", "+47 22", "@x", "-5", `\N`, "NULL",
	"Total", "total: 5", "(3 rows affected)", "<script>alert(1)</script>", "a,b;c\td", "é", "e\u0301", "人", "sep=;", "---", "#TYPE", "=HYPERLINK(\"x\")",
	`\`, "{", "[1]", "2027-01-02", "ZoÃ«", "1234567890123456", "a|b", "~", "dn: cn=x", "Login", "page 3", "a\u200bb", `"`, `""`, "n/a", "\ufeffx"}

// listOf makes a list of rows with these logins; the rest of each row is hostile too.
func listOf(t testing.TB, r *rand.Rand, logins ...string) *match.Report {
	t.Helper()
	header, err := roster.NewHeader("users.csv", []string{"Login", "EMail", "Name", "Note"})
	require.NoError(t, err)
	any := func() string { return hostile[r.IntN(len(hostile))] }
	rows := func(yield func(roster.Row, error) bool) {
		for i, login := range logins {
			if !yield(roster.NewRow(header, i+2, []string{login, fmt.Sprint(i, any()), any(), any()}), nil) {
				return
			}
		}
	}
	report, err := match.Run(t.Context(), company(), rows, byMail, nil)
	require.NoError(t, err)
	return report
}

// fill writes the list's CSV, decides about every row, and returns what is read back.
func fill(t testing.TB, l *worklist.List, opts *roster.WriterOptions) *worklist.Decisions {
	t.Helper()
	decided := *l
	decided.Rows = nil
	for _, row := range l.Rows {
		row.Decision = &worklist.Decision{Account: row.Account, Act: worklist.Later, Was: row.Was}
		decided.Rows = append(decided.Rows, row)
	}
	var file bytes.Buffer
	require.NoError(t, decided.WriteCSV(&file, opts))
	in, err := roster.NewReader(&file, worklist.ReadingOptions("worklist.csv"))
	require.NoError(t, err, file.String())
	decisions, err := worklist.ReadDecisions(in.Rows())
	require.NoError(t, err, file.String())
	return decisions
}

// A decision about another account than the one that people saw would give a person
// somebody else's access.
func TestAccountsAreReadBackExactly(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		logins := append([]string(nil), hostile...)
		r.Shuffle(len(logins), func(i, j int) { logins[i], logins[j] = logins[j], logins[i] })
		logins = logins[:1+r.IntN(len(logins))]
		l := worklist.New(listOf(t, r, logins...), &worklist.Options{Application: "HR", Account: "Login", Now: now})
		require.Len(t, l.Rows, len(logins))
		for _, opts := range []*roster.WriterOptions{nil, {Excel: true, Comma: ';'}, {}} {
			read := fill(t, l, opts)
			require.Len(t, read.List, len(l.Rows), "seed %d", seed)
			for i, row := range l.Rows {
				require.Equal(t, row.Account, read.List[i].Account, "seed %d", seed)
				require.Equal(t, row.Was, read.List[i].Was, "the decision would not hold any more: seed %d", seed)
			}
			require.Equal(t, "HR", read.Application)
		}
	}
}

// Nothing is decided by a file in which nobody filled in anything.
func TestAWorklistDecidesNothing(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), head+"x,ada.byron@oldco.example,Ada Byron,,,,,,\n", byMail, worklist.Options{})
	require.NotEmpty(t, l.Rows[0].Candidates)
	var file bytes.Buffer
	require.NoError(t, l.WriteCSV(&file, nil))
	in, err := roster.NewReader(&file, worklist.ReadingOptions("worklist.csv"))
	require.NoError(t, err)
	read, err := worklist.ReadDecisions(in.Rows())
	require.NoError(t, err)
	assert.Empty(t, read.List, "a candidate must not be taken for a decision")
}

func TestTheColumnsOfTheCSV(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), head+"x,ada.byron@oldco.example,Ada Byron,Admin,,,,yes,\n", byMail, worklist.Options{Application: "HR"})
	var file bytes.Buffer
	require.NoError(t, l.WriteCSV(&file, &roster.WriterOptions{}))
	lines := strings.Split(file.String(), "\n")
	assert.Equal(t, `application,account,decision,user,kind,owner,until,by,on,why,was,line,outcome,cause,act,where,state,reason,candidates,`+
		`"list: Name","list: Role","list: Status","list: Type","list: Last","list: Admin","list: Owner","list: EMail"`, lines[0])
	assert.Contains(t, lines[1], `HR,x,,,,,,,,,ada.byron@oldco.example | Ada Byron,2,notFound,the domain oldco.example,"Map oldco.example to contoso.com`)
	assert.Contains(t, lines[1], `perhaps ada.byron@contoso.com (strong)`)
	assert.True(t, strings.HasSuffix(lines[1], `,Ada Byron,Admin,,,,yes,,ada.byron@oldco.example`), lines[1])
	assert.Contains(t, lines[1], ",rule,privileged,", "where and state")
}

// Several decisions about one account must survive the file that people go on with.
func TestWhatWasDecidedIsWrittenAgain(t *testing.T) {
	t.Parallel()
	in, err := roster.NewReader(strings.NewReader("account,decision,user,by\nx,never,ada.byron@contoso.com,kari\nx,never,eva.rask@contoso.com,kari\n"+
		"x,close,,kari\ngone,close,,kari\n"), nil)
	require.NoError(t, err)
	decisions, err := worklist.ReadDecisions(in.Rows())
	require.NoError(t, err)
	_, l := run(t, company(), head+"x,ada.byron@oldco.example,Ada Byron,,,,,,\n", byMail, worklist.Options{Decisions: decisions})
	require.NotNil(t, l.Rows[0].Decision)
	assert.Equal(t, worklist.Close, l.Rows[0].Decision.Act)
	require.Len(t, l.Rows[0].Also, 2)
	require.Len(t, l.Stale, 1)
	assert.Equal(t, "gone", l.Stale[0].Account)
	var file bytes.Buffer
	require.NoError(t, l.WriteCSV(&file, nil))
	again, err := roster.NewReader(&file, worklist.ReadingOptions("worklist.csv"))
	require.NoError(t, err)
	read, err := worklist.ReadDecisions(again.Rows())
	require.NoError(t, err)
	assert.Len(t, read.List, 3)
}
