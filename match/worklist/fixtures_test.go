package worklist_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// user is a user whose mail is the user principal name, with further attributes as
// pairs of name and value.
func user(id, given, surname, address string, more ...string) matchtest.User {
	u := matchtest.User{User: match.User{ID: id, UserPrincipalName: address, Mail: address,
		DisplayName: given + " " + surname, AccountEnabled: true}}
	nickname, _, _ := strings.Cut(address, "@")
	u.Attributes = map[string][]string{"givenName": {given}, "surname": {surname}, "mailNickname": {nickname},
		"userType": {"Member"}}
	for i := 0; i < len(more); i += 2 {
		u.Attributes[more[i]] = append(u.Attributes[more[i]], more[i+1])
	}
	return u
}

func deleted(u matchtest.User) matchtest.User {
	u.Deleted = true
	return u
}

// company is a directory in which open rows of every cause have their reasons.
func company() *matchtest.Directory {
	users := []matchtest.User{
		user("ada", "Ada", "Byron", "ada.byron@contoso.com", "employeeId", "00417"),
		user("bob", "Bob", "Lund", "bob.lund@contoso.com", "proxyAddresses", "smtp:robert@old.example"),
		user("kari", "Kari", "Solberg", "kari.solberg@contoso.com", "otherMails", "kari@home.example"),
		user("ola", "Ola", "Tveit", "ola.tveit@contoso.com", "employeeId", "2041"),
		user("eva", "Eva", "Rask", "eva.rask@contoso.com"),
		user("per", "Per", "Moe", "per.moe@contoso.com"),
		deleted(user("gil", "Gil", "Gone", "gil.gone@contoso.com")),
	}
	for _, id := range []string{"1", "2"} {
		twin := user("twin"+id, "Twin", "Number"+id, "twin"+id+"@contoso.com")
		twin.Mail = "twin@contoso.com"
		users = append(users, twin)
	}
	return matchtest.NewDirectory(users...)
}

var errBusy = errors.New("429 too many requests")

// busy is a directory that fails queries for one value.
type busy struct {
	*matchtest.Directory
	value string
}

func (d busy) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, answer := range d.Directory.FindUsers(ctx, queries) {
			if queries[i].Value == d.value {
				answer = match.Answer{Err: errBusy}
			}
			if !yield(i, answer) {
				return
			}
		}
	}
}

var byMail = match.Column("EMail", "mail")

var profile = roster.Profile{Account: "Login", Role: "Role",
	Facts: roster.Facts{Status: "Status", Type: "Type", LastLogin: "Last", Privileged: "Admin", Owner: "Owner"}}

const head = "Login,EMail,Name,Role,Status,Type,Last,Admin,Owner\n"

// run matches a list by mail, looks for proposals and makes the worklist.
func run(t testing.TB, dir match.Directory, list string, m match.Matcher, opts worklist.Options) (*match.Report, *worklist.List) {
	t.Helper()
	report := matched(t, dir, list, m)
	if opts.Proposals == nil {
		opts.Proposals = proposals(t, dir, report)
	}
	if opts.Profile.Account == "" {
		opts.Profile = profile
	}
	opts.Now = now
	return report, worklist.New(report, &opts)
}

func matched(t testing.TB, dir match.Directory, list string, m match.Matcher) *match.Report {
	t.Helper()
	file, err := roster.NewReader(strings.NewReader(list), &roster.Options{Name: "users.csv"})
	require.NoError(t, err)
	report, err := match.Run(t.Context(), dir, file.Rows(), m, nil)
	require.NoError(t, err)
	return report
}

func proposals(t testing.TB, dir match.Directory, report *match.Report) *near.Proposals {
	t.Helper()
	proposals, err := near.Ask(t.Context(), dir, report, nil)
	require.NoError(t, err)
	return proposals
}

// causeOf returns the cause of the row on a line.
func causeOf(t testing.TB, l *worklist.List, line int) worklist.Cause {
	t.Helper()
	for _, r := range l.Rows {
		if r.Line == line {
			for _, c := range l.Causes {
				if c.ID == r.Cause {
					return c
				}
			}
		}
	}
	require.Fail(t, "no open row", "line %d", line)
	return worklist.Cause{}
}

func rowOf(t testing.TB, l *worklist.List, line int) worklist.Row {
	t.Helper()
	for _, r := range l.Rows {
		if r.Line == line {
			return r
		}
	}
	require.Fail(t, "no open row", "line %d", line)
	return worklist.Row{}
}

func jsonOf(t testing.TB, l *worklist.List) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, l.WriteJSON(&b))
	return b.String()
}

// addsUp checks that every open row has one cause, and that all counts agree.
func addsUp(t testing.TB, report *match.Report, l *worklist.List, what any) {
	t.Helper()
	open, sum := 0, 0
	for range report.Unresolved() {
		open++
	}
	rows := make(map[string]int)
	for _, r := range l.Rows {
		rows[r.Cause]++
	}
	for _, c := range l.Causes {
		sum += c.Count
		require.Equal(t, c.Count, rows[c.ID], "%s: %v", c.ID, what)
		require.LessOrEqual(t, c.Settles, c.Count, "%s: %v", c.ID, what)
		require.Equal(t, c.ID, l.Rows[c.Example].Cause, what)
		require.NotContains(t, c.Text+c.Act, "{", what)
		require.NotEmpty(t, c.Where, what)
		require.NotEmpty(t, c.Text, what)
		delete(rows, c.ID)
	}
	require.Empty(t, rows, "rows without a cause: %v", what)
	require.Equal(t, []int{open, open, open}, []int{len(l.Rows), sum, l.Counts.Open}, what)
	c := l.Counts
	require.Equal(t, c.Rows, c.Matched+c.Decided+c.Nobody+c.Open, what)
	require.Equal(t, len(report.Outcomes), c.Rows, what)
	read, err := worklist.DecodeList(strings.NewReader(jsonOf(t, l)))
	require.NoError(t, err, what)
	require.Equal(t, jsonOf(t, l), jsonOf(t, read), fmt.Sprint(what))
}
