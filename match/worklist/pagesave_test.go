package worklist_test

import (
	"context"
	"fmt"
	"maps"
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

// readBack reads a file of decisions, as columns by name.
func readBack(t *testing.T, text string) []map[string]string {
	t.Helper()
	r, err := roster.NewReader(strings.NewReader(text), worklist.ReadingOptions("decisions.csv"))
	require.NoError(t, err)
	require.Equal(t, "application,account,decision,user,kind,owner,until,by,on,why,was", strings.Join(r.Header().Columns(), ","))
	read, err := worklist.ReadDecisions(r.Rows())
	require.NoError(t, err)
	require.Empty(t, r.Header().Doubt())
	day := func(d time.Time) string {
		if d.IsZero() {
			return ""
		}
		return d.Format(time.DateOnly)
	}
	var list []map[string]string
	for _, d := range read.List {
		list = append(list, map[string]string{"application": read.Application, "account": d.Account, "decision": string(d.Act), "user": d.User,
			"kind": d.Kind, "owner": d.Owner, "until": day(d.Until), "by": d.By, "on": day(d.On), "why": d.Why, "was": d.Was})
	}
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
	last.Account, last.Decision = "before", &worklist.Decision{Account: "before", Act: worklist.Later, By: "Ole", On: l.Made, Until: l.Made}
	last.Also = []worklist.Decision{{Account: "before", Act: worklist.Never, User: "kari@contoso.example", By: "Ole", On: l.Made}}
	return l
}

func decideAndSave(t *testing.T, browser context.Context) {
	l := oneOfEach()
	b := open(t, browser, l)
	b.click("#openall")
	b.do(chromedp.SetValue(chromedp.CSS("#by"), "Kari"))
	today := time.Now().UTC().Format(time.DateOnly)
	var want []map[string]string
	acts := []string{"match", "never", "create", "close", "nobody", "later"}
	for i, r := range l.Rows[:len(nasty)] {
		d := map[string]string{"application": "Warehouse", "account": r.Account, "decision": acts[i%6], "user": "", "kind": "", "owner": "", "until": "",
			"by": "Kari", "on": today, "why": "", "was": r.Was}
		fill := func(label, value string) {
			d[strings.ToLower(label)] = value
			b.run(`(() => { const label = [...document.querySelectorAll("#panel%d .fields label")].find((l) => l.textContent.startsWith(%q));
				const input = label.querySelector("input, select"); input.value = %q; input.dispatchEvent(new Event("change"))})()`, i, label, value)
		}
		b.click(fmt.Sprintf("#panel%d .choices label:nth-child(%d) input", i, i%6+1))
		switch acts[i%6] {
		case "match", "never":
			fill("User", fmt.Sprintf("=user%d@contoso.example", i))
		case "nobody":
			fill("Kind", "vendor")
			fill("Owner", "Ole Lund")
			fill("Until", "2027-06-30")
		case "later":
			fill("Why", `-"quoted, and`+"\u202e"+`turned"`)
			d["why"] = `'-"quoted, and\u202eturned"`
		}
		want = append(want, d)
	}
	n := len(nasty)
	b.click(fmt.Sprintf("#panel%d .choices label:nth-child(1) input", n)) // names no user: unfinished
	b.click(fmt.Sprintf("#panel%d .choices label:nth-child(3) input", n+1))
	b.click(fmt.Sprintf("#panel%d .choices button", n+1)) // taken back
	for i := n + 2; i < len(l.Rows)-1; i++ {
		if c := l.Rows[i].Candidates; len(c) > 0 {
			b.click(fmt.Sprintf("#panel%d .candidate:last-child input", i))
			want = append(want, map[string]string{"application": "Warehouse", "account": l.Rows[i].Account, "decision": "match", "user": c[len(c)-1].Name,
				"kind": "", "owner": "", "until": "", "by": "Kari", "on": today, "why": "", "was": l.Rows[i].Was})
		}
	}
	want = append(want, map[string]string{"application": "Warehouse", "account": "before", "decision": "later", "user": "", "kind": "", "owner": "",
		"until": "2026-11-27", "by": "Ole", "on": "2026-11-27", "why": "", "was": ""})
	rows := len(want)
	want = append(want, map[string]string{"application": "Warehouse", "account": "before", "decision": "never", "user": "kari@contoso.example", "kind": "",
		"owner": "", "until": "", "by": "Ole", "on": "2026-11-27", "why": "", "was": ""})
	assert.Contains(t, js[string](b, `document.querySelector("#decided").textContent`), fmt.Sprintf("%d of %d rows decided, ", rows, len(l.Rows)))
	assert.Contains(t, js[string](b, `document.querySelector("#decided").textContent`), "1 unfinished")
	name, text := b.save()
	assert.Equal(t, "decisions-Warehouse.csv", name)
	assert.True(t, strings.HasPrefix(text, "\ufeff"), "Excel takes it for another character set")
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	assert.ElementsMatch(t, want, readBack(t, text))
	assert.Contains(t, js[string](b, `document.querySelector("#said").textContent`), fmt.Sprintf("Saved %d decisions.", len(want)))
	assert.Empty(t, b.wrong())
	goOn(t, browser, l, text, rows)
}

// goOn opens a saved file in a new page, beside files that are refused.
func goOn(t *testing.T, browser context.Context, l *worklist.List, text string, decided int) {
	b := open(t, browser, l)
	choose := func(text string) string {
		name := filepath.Join(t.TempDir(), "d.csv")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		b.run(`document.querySelector("#said").textContent = ""`)
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{name}))
		b.until(`document.querySelector("#said").textContent !== ""`)
		return js[string](b, `document.querySelector("#said").textContent`)
	}
	before := js[string](b, `document.querySelector("#decided").textContent`)
	for _, test := range [][2]string{
		{"application,account,decision\nCRM,x,close\n", "d.csv was not opened: it is of the application “CRM”, and this list is of “Warehouse”."},
		{"account,user\nx,y\n", "d.csv was not opened: it has no column “decision”, so it is no file of decisions."},
		{"account,decision\nplain1,close\nx,mtach\n", "d.csv was not opened: line 3: “mtach” is none of match, never, create, close, nobody, later."},
		{"account,decision\n,close\n", "d.csv was not opened: line 2: no account is named."},
		{"account,decision,user\nx,match,\n", "d.csv was not opened: line 2: no user is named."},
		{"account,decision\n\"x,close\n", "d.csv was not opened: line 2: a quote is opened and never closed."},
		{"account,decision\nJos\xe9,close\n", "d.csv was not opened: it is not UTF-8: save it as “CSV UTF-8”."},
		{"", "d.csv was not opened: it has no column “account”, so it is no file of decisions."},
	} {
		assert.Equal(t, test[1], choose(test[0]))
		assert.Equal(t, before, js[string](b, `document.querySelector("#decided").textContent`), "half of a refused file was taken")
	}
	more := "\ufeffsep=;\r\nDecision;Account;User\r\nclose;elsewhere;\r\n;plain1;\r\nnever;elsewhere;\"a@b\"\r\n"
	assert.Equal(t, "Opened 2 decisions; 2 about accounts that are not here are kept.", choose(more))
	assert.Contains(t, choose(text), "Opened ")
	assert.Equal(t, fmt.Sprintf("%d of %d rows decided", decided, len(l.Rows)), js[string](b, `document.querySelector("#decided").textContent`))
	_, again := b.save()
	elsewhere := map[string]string{"application": "Warehouse", "account": "elsewhere", "decision": "close", "user": "", "kind": "", "owner": "", "until": "",
		"by": "", "on": "", "why": "", "was": ""}
	never := maps.Clone(elsewhere)
	never["decision"], never["user"] = "never", "a@b"
	assert.ElementsMatch(t, append(readBack(t, text), elsewhere, never), readBack(t, again), "opening and saving changes a decision")
	assert.Empty(t, b.wrong())
}

func decideMany(t *testing.T, browser context.Context) {
	l := makeList(3000, false)
	b := open(t, browser, l)
	c := l.Causes[3]
	b.click("#row0 .toggle")
	b.click("#panel0 .choices label:nth-last-of-type(1) input")
	b.run(`document.querySelector("button.cause[value=" + CSS.escape(%q) + "]").click()`, c.ID)
	b.click("#bulk")
	n := c.Count
	if l.Rows[0].Cause == c.ID {
		n--
	}
	assert.Contains(t, js[string](b, `document.querySelector("#many-title").textContent`), fmt.Sprintf("%d accounts", n))
	assert.True(t, js[bool](b, `document.querySelector("#many-do").disabled && !document.querySelector("#many input:checked")`), "something is chosen already")
	b.click("#many .choices label:nth-child(3) input")
	assert.Equal(t, "Missing: kind and owner", js[string](b, `document.querySelector("#many-do").textContent`))
	b.run(`(() => { const kind = document.querySelector("#many select"), owner = document.querySelector("#many .fields input");
		kind.value = "service"; kind.dispatchEvent(new Event("change")); owner.value = "IT"; owner.dispatchEvent(new Event("change"))})()`)
	assert.Equal(t, fmt.Sprintf("Decide about %d accounts", n), js[string](b, `document.querySelector("#many-do").textContent`))
	b.click("#many-do")
	assert.Contains(t, js[string](b, `document.querySelector("#decided").textContent`), fmt.Sprintf("%d of 3,000 rows decided", n+1))
	b.click("#undo")
	assert.Contains(t, js[string](b, `document.querySelector("#decided").textContent`), "1 of 3,000 rows decided")
	b.click("#save")
	assert.Equal(t, "by", js[string](b, `document.activeElement.id`), "nobody is asked who decided")
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
	b := open(t, browser, makeList(3000, false))
	b.run(`addEventListener("beforeprint", () => { window.onPaper = document.querySelectorAll(".row").length });
		document.querySelector("#urgency").value = "inactive"; document.querySelector("#urgency").dispatchEvent(new Event("input", {bubbles: true}))`)
	found := js[int](b, `found.length`)
	require.Greater(t, found, 100)
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	require.NoError(t, err)
	assert.Equal(t, found, js[int](b, `onPaper`))
	assert.Equal(t, 100, js[int](b, `document.querySelectorAll(".row").length`), "the screen keeps what was for paper")
	assert.Greater(t, strings.Count(string(pdf), "/Type /Page\n"), 5, "all rows are on one page or none")
	if keep := os.Getenv("WORKLIST_PICTURES"); keep != "" {
		require.NoError(t, os.WriteFile(filepath.Join(keep, "paper.pdf"), pdf, 0o600))
	}
}
