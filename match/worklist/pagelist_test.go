package worklist_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
)

// nasty are texts of which a page, a spreadsheet or a terminal makes something else.
var nasty = []string{
	"</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "--><!--<script>alert(1)//", "]]>{{.List}}",
	`"><svg onload=alert(1)>`, "</title></style><base href=//evil.example>",
	"javascript:alert(1)", "__proto__", "constructor", `=HYPERLINK("http://evil.example","x")`, "=1+1", `+cmd|' /C calc'!A0`,
	"@SUM(1)", "-1", "﹦1", "＝1", "'quote",
	"00417", "1E5", "MAR1", "2027-01-02", "1234567890123456", "NULL", "Total",
	"\u202egnp.exe", "\u2066x\u2069", "a\u200bb", "\u2028x\u2029", "\ufeffx", "\U000e0041", "x\x00y",
	"tab\there", "two\nlines", "cr\rlf\r\n", " blank ", `quo"te`, `back\slash`, `\u0041`, `"in quotes"`,
	"semi;colon", "com,ma", "שלום", "人", "\U0001f600", "Ole\u0301",
}

var names = []string{"Lund", "Byron", "Hopper", "Nowak", "García", "Müller", "Okafor", "Tanaka", "Søren", "O’Neil"}

// A listMaker makes worklists that look like real ones, always the same for a seed.
type listMaker struct {
	*rand.Rand
	bad bool // texts are nasty
}

func makeList(open int, bad bool) *worklist.List {
	m := listMaker{rand.New(rand.NewPCG(13, uint64(open))), bad}
	day := time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)
	l := &worklist.List{
		Application: m.text(
			"Warehouse"), Account: "Login", Roster: m.text("warehouse-accounts.csv"), Made: day, Since: day.AddDate(0, -1, 0),
		Facts: []string{m.text("Role"), "Last sign-in", "Department"}, Causes: m.causes(),
	}
	for i := range open {
		l.Rows = append(l.Rows, m.row(l, i))
	}
	for i := range l.Causes {
		c := &l.Causes[i]
		c.Before = max(0, c.Count-c.New+m.IntN(1+c.Count/10))
		c.Settles = c.Count * (100 - i*9) / 100
	}
	for i := range min(open, 700) {
		l.Solved = append(l.Solved,
			worklist.Solved{Account: m.text(fmt.Sprintf("old%d", i)), Cause: m.text("a former address"), How: "found"})
	}
	l.Stale = append(l.Stale, worklist.Stale{
		Decision: worklist.Decision{
			Account: m.text("gone"),
			Act:     worklist.Match,
			User:    m.text("gone@contoso.example"),
			By:      m.text("Kari"),
		},
		Because: "the user is in the recycle bin",
	})
	l.Counts = worklist.Counts{Rows: 12*open + 130, Matched: 11 * open, Decided: 90, Nobody: 40, Open: open,
		Disabled: open / 5, Assigned: 10 * open, Unread: 12, NotAccounts: 3}
	return l
}

// text is a text of that kind, or a nasty one.
func (m listMaker) text(s string) string {
	if m.bad {
		return nasty[m.IntN(len(nasty))] + s
	}
	return s
}

func (m listMaker) causes() []worklist.Cause {
	list := []worklist.Cause{
		{Code: "domain", Group: worklist.NotFound, Where: worklist.InRule, Text: "the domain oldco.example",
			Act: "Map the domain oldco.example to contoso.example: the same name exists there."},
		{Code: "gone", Group: worklist.NotFound, Where: worklist.InApplication, Text: "nobody by that or a similar address",
			Act: "Ask the application’s owner whether the accounts are still used; close them if not."},
		{Code: "blank", Group: worklist.NotAsked, Where: worklist.InRule, Text: "no address in the column Email",
			Act: "Look up by the column Employee ID, which 380 of them have."},
		{Code: "service", Group: worklist.NotAsked, Where: worklist.InApplication, Text: "perhaps a service account",
			Act: "Decide whose they are: nobody’s, with an owner and an end."},
		{Code: "ambiguous", Group: worklist.NotFound, Where: worklist.InDirectory, Text: "several users with the same number",
			Act: "Correct the number in the directory, or choose per row."},
		{Code: "bin", Group: worklist.NotFound, Where: worklist.InApplication, Text: "the user is in the recycle bin",
			Act: "Close the accounts, or restore the users within 30 days."},
		{Code: "failed", Group: worklist.NotRead, Where: worklist.InDirectory, Text: "the lookup failed",
			Act: "Run again: nothing is known of these rows."},
		{Code: "unread", Group: worklist.NotRead, Where: worklist.InList, Text: "lines that could not be read",
			Act: "Export the list again, with quotes around values."},
	}
	for i := range 6 {
		list = append(list, worklist.Cause{Code: "domain", Group: worklist.NotFound, Where: worklist.InDirectory,
			Text: fmt.Sprintf("the domain partner%d.example", i), Act: "Invite them as guests, or close the accounts."})
	}
	for i := range list {
		list[i].ID = fmt.Sprintf("%s:%d", list[i].Code, i)
		list[i].Text, list[i].Act = m.text(list[i].Text), m.text(list[i].Act)
	}
	return list
}

func (m listMaker) row(l *worklist.List, i int) worklist.Row {
	n := min(m.IntN(len(l.Causes)), m.IntN(len(l.Causes)))
	c := &l.Causes[n]
	if c.Count++; c.Count == 1 {
		c.Example = i
	}
	last := names[m.IntN(len(names))]
	login := fmt.Sprintf("%s.%c%d", last, 'a'+m.IntN(26), i)
	r := worklist.Row{
		Account: m.text(login), Key: m.text(login + "@oldco.example"), Was: m.text(login) + "|" + last,
		Line: 2 + 13*i, Cause: c.ID, Outcome: "notFound",
		Reason: m.text("nobody has the userPrincipalName “" + login + "@oldco.example”; correct it or add a rule"),
		Values: []string{m.text([]string{"Clerk", "Picker", "Administrator", "Auditor"}[m.IntN(4)]),
			fmt.Sprintf("2026-10-0%d", 1+m.IntN(9)), m.text("Oslo")},
		New: m.IntN(12) == 0, Privileged: i < 12, Inactive: m.IntN(5) == 0,
	}
	if r.New {
		c.New++
	}
	switch {
	case c.Code == "unread":
		r.Account, r.Key, r.Lines, r.Unread, r.Outcome = "", "", 1+m.IntN(3), m.text(login+`,"Lund`), "failed"
	case c.Code == "service":
		r.Guess, r.Why = "service", "its name begins with svc-"
	case m.IntN(3) > 0:
		for k := range 1 + m.IntN(3) {
			r.Candidates = append(r.Candidates, m.candidate(login, last, k))
		}
	}
	if m.IntN(30) == 0 {
		r.Others = []string{m.text(login + "-adm")}
	}
	return r
}

func (m listMaker) candidate(login, last string, k int) worklist.Candidate {
	c := worklist.Candidate{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d",
			m.IntN(1e9)), Name: m.text(fmt.Sprintf("%s%d@contoso.example", login, k)), Display: m.text("Kari " + last),
		Strength: []near.Strength{near.Strong, near.Fair, near.Weak}[k], Rivals: k, Why: "perhaps",
		Fields: []worklist.Evidence{
			{Field: "address", Grade: near.Similar, Text: m.text("the same name before the @")},
			{Field: "surname", Grade: near.Same, Text: m.text(last)},
			{Field: "given name", Grade: near.Different, Text: m.text("Kari and Ole")},
		},
		Disabled: m.IntN(6) == 0, Deleted: m.IntN(9) == 0, Guest: m.IntN(9) == 0,
	}
	if m.IntN(5) == 0 {
		c.Line = 2 + m.IntN(1000)
	}
	return c
}
