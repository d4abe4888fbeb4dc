package worklist_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

var update = flag.Bool("update", false, "write the golden files anew")

const earlier = head +
	"a,ada.byron@oldco.example,Ada Byron,,,,,,\n" +
	"b,bob.lund@oldco.example,Bob Lund,,,,,,\n" +
	"c,zoe@contoso.com,Zoe Xu,,,,,,\n" +
	"d,,Nobody,,,,,,\n" +
	"e,left@contoso.com,Lee Left,,,,,,\n" +
	"f,f@contoso.com,Fay,,,,,,\n"

const later = head +
	"n,new@contoso.com,Nils Ny,,,,,,\n" +
	"c,zoe@contoso.com,Zoe Xu,,,,,,\n" +
	"A,ada.byron@contoso.com,Ada Byron,,,,,,\n" + // the address was corrected
	"b,bob.lund@oldco.example,Bob Lund,,,,,,\n" +
	"d,,Nobody,,,,,,\n" +
	"f,f@contoso.com,Fay,,,,,,\n"

func TestWhatHasChangedSinceTheLastList(t *testing.T) {
	t.Parallel()
	_, before := run(t, company(), earlier, byMail, worklist.Options{})
	before.Made = before.Made.AddDate(0, 0, -7)
	before, err := worklist.DecodeList(strings.NewReader(jsonOf(t, before)))
	require.NoError(t, err)

	in, err := roster.NewReader(strings.NewReader("account,decision,user,kind,owner\nb,match,bob.lund@contoso.com,,\nd,nobody,,service,IT\n"), nil)
	require.NoError(t, err)
	decisions, err := worklist.ReadDecisions(in.Rows())
	require.NoError(t, err)
	file, err := roster.NewReader(strings.NewReader(later), &roster.Options{Name: "users.csv"})
	require.NoError(t, err)
	report, err := match.Run(t.Context(), company(), file.Rows(), byMail,
		&match.Options{Decide: decisions.Decide(worklist.Rules{Matcher: byMail, Account: "Login", Now: now})})
	require.NoError(t, err)
	l := worklist.New(report, &worklist.Options{Profile: profile, Before: before, Decisions: decisions, Now: now,
		Proposals: proposals(t, company(), report)})
	addsUp(t, report, l, "")

	assert.Equal(t, before.Made, l.Since)
	assert.Equal(t, []worklist.Solved{
		{Account: "a", Cause: "the domain oldco.example", How: "found: ada.byron@contoso.com"},
		{Account: "b", Cause: "the domain oldco.example", How: "decided: bob.lund@contoso.com"},
		{Account: "d", Cause: "no value to look up", How: "nobody's"},
		{Account: "e", Cause: "nobody who resembles the account", How: "not in the list any more"},
	}, l.Solved)
	assert.Equal(t, []int{3, 1}, []int{len(l.Rows), l.Counts.Decided})
	assert.True(t, rowOf(t, l, 2).New)
	assert.False(t, rowOf(t, l, 3).New)
	nobody := causeOf(t, l, 2)
	assert.Equal(t, []int{3, 1, 3}, []int{nobody.Count, nobody.New, nobody.Before})
}

// A row that is not seen in a list of which lines could not be read is not solved.
func TestWhatWasNotSeenIsNotSolved(t *testing.T) {
	t.Parallel()
	_, before := run(t, company(), earlier, byMail, worklist.Options{})
	_, l := run(t, company(), later+"e,1,2,3,4,5,6,7,8,9,10,11\n", byMail, worklist.Options{Before: before})
	assert.Equal(t, 1, l.Counts.Unseen)
	for _, s := range l.Solved {
		assert.NotEqual(t, "e", s.Account)
	}
	var text bytes.Buffer
	require.NoError(t, l.WriteText(&text))
	assert.Contains(t, text.String(), "1 earlier row is not in this list, but it was not read whole.")
}

func TestWriteText(t *testing.T) {
	t.Parallel()
	_, before := run(t, company(), earlier, byMail, worklist.Options{})
	before.Made = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	_, l := run(t, busy{company(), "busy@contoso.com"}, later+
		"svc-backup,svc-backup@contoso.com,Backup,,,Service account,,yes,IT\n"+
		"b2,robert@old.example,Bob Lund,Admin,active,Person,2026-11-01,yes,\n"+
		"t,twin@contoso.com,Twin,,,,,,\n"+
		"t2,twin@contoso.com,Twin,,,,,,\n"+
		"y,busy@contoso.com,Busy,,,,,,\n"+
		"bad,1,2,3,4,5,6,7,8,9,10\n(11 rows affected)\n", byMail, worklist.Options{Application: "HR Portal", Before: before})
	var text bytes.Buffer
	require.NoError(t, l.WriteText(&text))
	const golden = "testdata/worklist.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, text.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), text.String())
}

func TestTheTextFitsATerminal(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200) + "\x1b[31m\u202e" + strings.Repeat("ø ", 200)
	_, l := run(t, company(), "Login,EMail,Name\n\""+long+"\",\""+long+"@contoso.com\",\""+long+"\"\n", byMail, worklist.Options{Application: long})
	var text bytes.Buffer
	require.NoError(t, l.WriteText(&text))
	for line := range strings.Lines(text.String()) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 76, line)
	}
	assert.NotContains(t, text.String(), "\x1b")
	assert.NotContains(t, text.String(), "\u202e")
	l.Counts.Unanswered = 3
	text.Reset()
	require.NoError(t, l.WriteText(&text))
	assert.Contains(t, text.String(), "3 queries for users whom rows resemble failed")
	var empty bytes.Buffer
	require.NoError(t, worklist.New(new(match.Report), nil).WriteText(&empty))
	assert.Contains(t, empty.String(), "0 rows: 0 matched")
}

func TestAListThatCannotBeTrustedIsNotRead(t *testing.T) {
	t.Parallel()
	_, l := run(t, company(), earlier, byMail, worklist.Options{})
	text := jsonOf(t, l)
	for old, changed := range map[string]string{
		`"version":1`:                 `"version":2`,
		`"kind":"rollcall worklist"`:  `"kind":"rollcall report"`,
		`"open":6`:                    `"open":5`,
		`"matched":0`:                 `"matched":1`,
		`"count":2`:                   `"count":1`,
		`"example":0`:                 `"example":99`,
		`"facts":["Name",`:            `"facts":[`,
		`"cause":"noValue"`:           `"cause":"nothing"`,
		`"roster":`:                   `"rooster":`,
		`{"kind"`:                     `["kind"`,
		`"unread":0,"notAccounts":0}`: `"unread":0,"notAccounts":0,"more":1}`,
	} {
		require.Contains(t, text, old)
		_, err := worklist.DecodeList(strings.NewReader(strings.Replace(text, old, changed, 1)))
		require.ErrorIs(t, err, worklist.ErrList, "%s", changed)
	}
	_, err := worklist.DecodeList(strings.NewReader(""))
	require.ErrorIs(t, err, worklist.ErrList)
}

func TestManyCausesAreCounted(t *testing.T) {
	t.Parallel()
	var list strings.Builder
	list.WriteString(head)
	for i := range 30 {
		fmt.Fprintf(&list, "u%d,ada.byron@old%d.example,Ada Byron,,,,,,\n", i, i)
	}
	_, l := run(t, company(), list.String(), byMail, worklist.Options{})
	require.Len(t, l.Causes, 30)
	var text bytes.Buffer
	require.NoError(t, l.WriteText(&text))
	assert.Contains(t, text.String(), "and 10 more causes with 10 rows\n")
	assert.Contains(t, text.String(), "and 10 more\n", "of the rows")
}

func TestARecordOfSeveralLinesThatWasNotRead(t *testing.T) {
	t.Parallel()
	report, l := run(t, company(), "Login,Note,EMail\n2,\"temp until Q3,bob@contoso.example\n4,14\",dee@contoso.example\n", byMail,
		worklist.Options{})
	addsUp(t, report, l, "")
	assert.Equal(t, []int{1, 2, 2}, []int{len(l.Rows), l.Rows[0].Lines, l.Counts.Unread}, "each of its lines may be an account")
	assert.Empty(t, l.Rows[0].Account, "nobody knows whose it is, so that nothing can be decided")
}

// Whatever a file holds that is taken for a list can be shown.
func FuzzDecodeList(f *testing.F) {
	_, l := run(f, company(), earlier, byMail, worklist.Options{})
	text := jsonOf(f, l)
	f.Add(text)
	f.Add(strings.Replace(text, `"example":0`, `"example":-1`, 1))
	f.Add(`{"kind":"rollcall worklist","version":1,"counts":{},"causes":[],"rows":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := worklist.DecodeList(strings.NewReader(text))
		if err != nil {
			require.ErrorIs(t, err, worklist.ErrList)
			return
		}
		require.NoError(t, l.WriteText(io.Discard))
		require.NoError(t, l.WriteCSV(io.Discard, nil))
		worklist.New(new(match.Report), &worklist.Options{Before: l})
		again, err := worklist.DecodeList(strings.NewReader(jsonOf(t, l)))
		require.NoError(t, err)
		require.Equal(t, jsonOf(t, l), jsonOf(t, again))
	})
}
