package worklist_test

import (
	"context"
	_ "embed" // questions
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match/worklist"
)

// startChromium starts a headless Chromium of the test alone. CI installs it and sets
// WORKLIST_CHROMIUM=required, so that it can't be skipped there.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		require.NotEqual(t, "required", os.Getenv("WORKLIST_CHROMIUM"), "chromium is missing")
		t.Skip("skipped: chromium is not here; apt-get install chromium brings it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox, // which root has none of, as in a container
		chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND")) // no network
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// questions are what the tests ask a page.
//
//go:embed testdata/page.js
var questions string

// A tab is a page in the browser, and what went wrong on it.
type tab struct {
	*testing.T
	ctx  context.Context
	file string
	mu   sync.Mutex
	bad  []string // dialogs, errors, violations of the policy, requests
	asks []page.DialogType
}

// open opens a list's page, after other actions.
func open(t *testing.T, browser context.Context, l *worklist.List, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	name := filepath.Join(t.TempDir(), "page.html")
	file, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, l.WriteHTML(file))
	require.NoError(t, file.Close())
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(stop)
	b := &tab{T: t, ctx: ctx, file: "file://" + name}
	require.NoError(t, chromedp.Listen(ctx, b.watch))
	b.do(
		call(network.Enable, network.EnableParams{}),
		call(log.Enable, cdp.Empty{}),
		call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: questions}),
		chromedp.EmulateViewport(1280, 900),
		media("prefers-reduced-motion", "reduce"),
	) // or a click misses what is still moving
	b.do(before...)
	b.do(chromedp.Navigate(b.file))
	return b
}

func (b *tab) watch(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		b.asks = append(b.asks, e.Type)
		go func() {
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	case *network.EventRequestWillBeSent:
		// Chromium's own signs, such as a date's, are data.
		if e.Request.URL != b.file && !strings.HasPrefix(e.Request.URL, "data:") {
			b.bad = append(b.bad, "asked for "+e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		b.bad = append(b.bad, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		b.bad = append(b.bad, e.Entry.Text)
	}
}

// wrong returns what went wrong since it was last asked.
func (b *tab) wrong() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	bad := b.bad
	b.bad = nil
	for _, kind := range b.asks {
		bad = append(bad, "dialog: "+string(kind))
	}
	b.asks = nil
	return bad
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	require.NoError(b, chromedp.Do(b.ctx, actions...))
}

// call is an action that runs a command of the protocol.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// js returns the value of an expression on the page.
func js[T any](b *tab, format string, args ...any) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](fmt.Sprintf(format, args...), chromedp.EvalAwaitPromise))
	require.NoError(b, err)
	return value
}

// run runs statements on the page.
func (b *tab) run(format string, args ...any) {
	b.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(format, args...)))
}

// click clicks as a mouse does.
func (b *tab) click(selector string) {
	b.Helper()
	js[bool](b, `test.center(%q)`, selector)
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// text returns the text of the first element of a selector.
func (b *tab) text(selector string) string {
	b.Helper()
	return js[string](b, `test.text(%q)`, selector)
}

// until waits for what the page does a little later.
func (b *tab) until(condition string) {
	b.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(time.Minute)))
	require.NoError(b, err, condition)
}

// media sets what the reader's device prefers, as pairs of a feature and its value.
func media(pairs ...string) chromedp.Action[chromedp.Void] {
	var params emulation.SetEmulatedMediaParams
	for pair := range slices.Chunk(pairs, 2) {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: pair[0], Value: pair[1]})
	}
	return call(emulation.SetEmulatedMedia, params)
}
