package worklist_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// save saves the decisions, and returns the file's name and text.
func (b *tab) save() (name, text string) {
	b.Helper()
	dir := b.TempDir()
	done := make(chan string, 1)
	require.NoError(b, chromedp.ListenBrowser(b.ctx, func(event any) {
		if e, ok := event.(*browser.EventDownloadWillBegin); ok {
			name = e.SuggestedFilename
		}
		if e, ok := event.(*browser.EventDownloadProgress); ok && e.State == browser.DownloadProgressStateCompleted {
			done <- e.GUID
		}
	}))
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: new(true),
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID})
	require.NoError(b, err)
	b.click("#save")
	select {
	case guid := <-done:
		saved, err := os.ReadFile(filepath.Join(dir, guid))
		require.NoError(b, err)
		return name, string(saved)
	case <-b.ctx.Done():
		b.Fatal("nothing was saved: ", b.wrong())
		return "", ""
	}
}

// readBack reads a file of decisions.
func readBack(t *testing.T, text string) *worklist.Decisions {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(text), worklist.ReadingOptions("decisions.csv"))
	require.NoError(t, err)
	require.Equal(t, "application,account,decision,user,kind,owner,until,by,on,why,was",
		strings.Join(r.Header().Columns(), ","))
	read, err := worklist.ReadDecisions(r.Rows())
	require.NoError(t, err)
	require.Empty(t, r.Header().Doubt())
	return read
}

// columns returns decisions with all that is said of them.
func columns(t *testing.T, d *worklist.Decisions) []map[string]string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, d.WriteJSON(&text))
	var list []map[string]string
	require.NoError(t, json.Unmarshal(text.Bytes(), &list))
	return list
}

// oneOfEach is a list with a row for each nasty text, and one that was decided before.
func oneOfEach() *worklist.List {
	l := makeList(len(nasty)+10, false)
	for i := range l.Rows {
		l.Rows[i].Cause, l.Rows[i].Unread = l.Causes[0].ID, ""
		l.Rows[i].Account = fmt.Sprintf("plain%d", i)
		if i < len(nasty) {
			l.Rows[i].Account, l.Rows[i].Was = nasty[i], nasty[len(nasty)-1-i]
		}
	}
	last := &l.Rows[len(l.Rows)-1]
	last.Account = "before"
	last.Decision = &worklist.Decision{Account: "before", Act: worklist.Later, By: "Ole", On: l.Made, Until: l.Made}
	last.Also = []worklist.Decision{{Account: "before", Act: worklist.Never, User: "kari@contoso.example", By: "Ole"}}
	return l
}

func decideAndSave(t *testing.T, browser context.Context) {
	l := oneOfEach()
	b := open(t, browser, l)
	b.click("#openall")
	b.do(chromedp.SetValue(chromedp.CSS("#by"), "Kari"))
	want := &worklist.Decisions{Application: "Warehouse"}
	for i := range nasty {
		want.List = append(want.List, b.decide(l, i))
	}
	n := len(nasty)
	b.click(fmt.Sprintf("#panel%d .choices label:nth-child(1) input", n)) // names no user: unfinished
	b.click(fmt.Sprintf("#panel%d .choices label:nth-child(3) input", n+1))
	b.click(fmt.Sprintf("#panel%d .choices button", n+1)) // taken back
	for i := n + 2; i < len(l.Rows)-1; i++ {
		if c := l.Rows[i].Candidates; len(c) > 0 {
			b.click(fmt.Sprintf("#panel%d .candidate:last-child input", i))
			want.List = append(
				want.List,
				worklist.Decision{Account: l.Rows[i].Account, Act: worklist.Match, User: c[len(c)-1].Name,
					By: "Kari", On: today(), Was: l.Rows[i].Was},
			)
		}
	}
	last := l.Rows[len(l.Rows)-1]
	want.List = append(want.List, *last.Decision)
	decided := fmt.Sprintf("%d of %d rows decided", len(want.List), len(l.Rows))
	want.List = append(want.List, last.Also...)
	assert.Contains(t, b.text("#decided"), decided)
	assert.Contains(t, b.text("#decided"), "1 unfinished")

	for text, want := range map[string]string{
		"=1+1": `="=1+1"`, "00417": `="00417"`, "MAR1": `="MAR1"`, "＝1": `="＝1"`,
		`-"x"`: `'-"x"`, "a\u202eb": `a\u202eb`, "Ole": "Ole",
	} {
		assert.Equal(t, want, js[string](b, `safe(%q)`, text), "a spreadsheet runs or changes it")
	}

	name, text := b.save()
	assert.Equal(t, "decisions-Warehouse.csv", name)
	assert.True(t, strings.HasPrefix(text, "\ufeff"), "Excel takes it for another character set")
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	assert.ElementsMatch(t, columns(t, want), columns(t, readBack(t, text)))
	assert.Equal(t, fmt.Sprintf("Saved %d decisions.", len(want.List)), b.text("#said"))
	assert.Empty(t, b.wrong())
	goOn(t, browser, l, readBack(t, text), decided)
}

// decide makes one of all kinds of decisions about a row, and returns it.
func (b *tab) decide(l *worklist.List, i int) worklist.Decision {
	b.Helper()
	acts := []worklist.Act{
		worklist.Match,
		worklist.Never,
		worklist.Create,
		worklist.Close,
		worklist.Nobody,
		worklist.Later,
	}
	d := worklist.Decision{Account: l.Rows[i].Account, Act: acts[i%6], By: "Kari", On: today(), Was: l.Rows[i].Was}
	fill := func(label, value string) {
		b.run(`test.fill(test.field("#panel%d", %q), %q)`, i, label, value)
	}
	choice := fmt.Sprintf("#panel%d .choices label:nth-child(%d) input", i, i%6+1)
	if i < len(acts) {
		b.click(choice)
	} else { // the others need no mouse, which takes its time
		b.run("test.one(%q).click()", choice)
	}
	switch d.Act {
	case worklist.Match, worklist.Never:
		d.User = fmt.Sprintf("user%d@contoso.example", i)
		fill("User", d.User)
	case worklist.Nobody:
		d.Kind, d.Owner, d.Until = "vendor", "Ole Lund", time.Date(2027, 6, 30, 0, 0, 0, 0, time.UTC)
		fill("Kind", d.Kind)
		fill("Owner", d.Owner)
		fill("Until", "2027-06-30")
	case worklist.Later:
		fill("Why", "-\"quoted, and\u202eturned\"")
		d.Why = `'-"quoted, and\u202eturned"`
	}
	return d
}

func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

// goOn opens a saved file in a new page, beside files that are refused.
func goOn(t *testing.T, browser context.Context, l *worklist.List, saved *worklist.Decisions, decided string) {
	b := open(t, browser, l)
	choose := func(text string) string {
		name := filepath.Join(t.TempDir(), "d.csv")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		b.run(`test.one("#said").textContent = ""`)
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{name}))
		b.until(`test.text("#said") !== ""`)
		return b.text("#said")
	}
	before := b.text("#decided")
	const acts = "match, never, create, close, nobody, later"
	for _, test := range [][2]string{
		{"application,account,decision\nCRM,x,close\n",
			"it is of the application “CRM”, and this list is of “Warehouse”"},
		{"account,user\nx,y\n", "it has no column “decision”, so it is no file of decisions"},
		{"account,decision\nplain1,close\nx,mtach\n", "line 3: “mtach” is none of " + acts},
		{"account,decision\nx,constructor\n", "line 2: “constructor” is none of " + acts},
		{"account,decision\n,close\n", "line 2: no account is named"},
		{"account,decision,user\nx,match,\n", "line 2: no user is named"},
		{"account,decision\n\"x,close\n", "line 2: a quote is opened and never closed"},
		{"account,decision\nJos\xe9,close\n", "it is not UTF-8: save it as “CSV UTF-8”"},
		{"", "it has no column “account”, so it is no file of decisions"},
	} {
		assert.Equal(t, "d.csv was not opened: "+test[1]+".", choose(test[0]))
		assert.Equal(t, before, b.text("#decided"), "half of a refused file was taken")
	}
	more := "\ufeffsep=;\r\nDecision;Account;User\r\nclose;elsewhere;\r\n;plain1;\r\nnever;elsewhere;\"a@b\"\r\n"
	assert.Equal(t, "Opened 2 decisions; 2 about accounts that are not here are kept.", choose(more))
	var file bytes.Buffer
	require.NoError(t, saved.WriteCSV(&file))
	assert.Equal(t, fmt.Sprintf("Opened %d decisions.", len(saved.List)), choose(file.String()))
	assert.Equal(t, decided, b.text("#decided"))
	_, again := b.save()
	saved.List = append(saved.List, worklist.Decision{Account: "elsewhere", Act: worklist.Close},
		worklist.Decision{Account: "elsewhere", Act: worklist.Never, User: "a@b"})
	assert.ElementsMatch(t, columns(t, saved), columns(t, readBack(t, again)), "opening and saving changes a decision")
	assert.Empty(t, b.wrong())
}

func decideMany(t *testing.T, browser context.Context) {
	l := makeList(3000, false)
	b := open(t, browser, l)
	c := l.Causes[3]
	b.click("#row0 .toggle")
	b.click("#panel0 .choices label:nth-last-of-type(1) input")
	b.run(`test.one("button.cause[value='%s']").click()`, c.ID)
	b.click("#bulk")
	n := c.Count
	if l.Rows[0].Cause == c.ID {
		n--
	}
	assert.Equal(t, fmt.Sprintf("One decision about %d accounts", n), b.text("#many-title"))
	assert.Equal(t, "Missing: decision", b.text("#many-do:disabled"), "something is chosen already")
	b.click("#many .choices label:nth-child(3) input")
	assert.Equal(t, "Missing: kind and owner", b.text("#many-do:disabled"))
	b.run(`test.fill(test.field("#many", "Kind"), "service"); test.fill(test.field("#many", "Owner"), "IT")`)
	assert.Equal(t, fmt.Sprintf("Decide about %d accounts", n), b.text("#many-do:enabled"))
	b.click("#many-do")
	assert.Contains(t, b.text("#decided"), fmt.Sprintf("%d of 3,000 rows decided", n+1))
	b.click("#undo")
	assert.Contains(t, b.text("#decided"), "1 of 3,000 rows decided")
	b.click("#save")
	assert.Equal(t, "by", js[string](b, `test.focus()`), "nobody is asked who decided")
	assert.Empty(t, b.wrong())
}

func leave(t *testing.T, browser context.Context) {
	b := open(t, browser, makeList(30, false))
	b.do(chromedp.Reload())
	require.Empty(t, b.wrong(), "somebody who decided nothing is asked")
	b.click("#openall")
	b.click(".choices label:last-of-type input")
	b.do(chromedp.Reload())
	require.Equal(t, []string{"dialog: " + string(page.DialogTypeBeforeunload)}, b.wrong())
}

func printOut(t *testing.T, browser context.Context) {
	b := open(t, browser, makeList(900, false))
	b.run(`addEventListener("beforeprint", () => { window.onPaper = test.count(".row") });
		test.fill(test.one("#urgency"), "inactive")`)
	found := js[int](b, `found.length`)
	require.Greater(t, found, 100)
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	assert.Equal(t, found, js[int](b, `onPaper`))
	assert.Equal(t, 100, js[int](b, `test.count(".row")`), "the screen keeps what was for paper")
	assert.Greater(t, strings.Count(string(pdf), "/Type /Page\n"), 5, "all rows are on one page or none")
	if keep := os.Getenv("WORKLIST_PICTURES"); keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(keep, "paper.pdf"), pdf, 0o600))
	}
}
