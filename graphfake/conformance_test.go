package graphfake_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The conformance suite can be sent to a real tenant, one made for tests: it
// creates and deletes users, applications and assignments.
//
//	GRAPH_TOKEN=… go test ./graphfake -run Conformance -v -graph https://graph.microsoft.com/v1.0 -domain contoso.onmicrosoft.com
var (
	liveGraph  = flag.String("graph", "", "`URL` of a real Graph to send the conformance suite to, with the token in GRAPH_TOKEN")
	liveDomain = flag.String("domain", "", "verified `domain` of that tenant")
	liveWait   = flag.Duration("graph-wait", 2*time.Minute, "how long to wait for a real Graph to replicate")
)

// A scene is what the exchanges of one file are sent to, in order.
type scene struct {
	root   string
	client *http.Client
	token  string
	vars   map[string]string
	wait   time.Duration
	fake   *graphfake.Server // nil: a real tenant
}

// newScene makes a scene; permissions says whether exchanges bring tokens of their own.
func newScene(t *testing.T, permissions bool) *scene {
	if *liveGraph != "" {
		run := time.Now().Format("0102150405")
		return &scene{*liveGraph, http.DefaultClient, os.Getenv("GRAPH_TOKEN"), variables(*liveGraph, *liveDomain, run), *liveWait, nil}
	}
	s := graphfake.New(&graphfake.Options{TB: t, Permissions: permissions})
	return &scene{root, &http.Client{Transport: s.Transport()}, s.AppToken(everything...),
		variables(root, "contoso.example", "42"), 0, s}
}

// everything are the permissions of exchanges that name none.
var everything = []string{"User.ReadWrite.All", "User.DeleteRestore.All", "Group.ReadWrite.All", "Application.ReadWrite.All",
	"AppRoleAssignment.ReadWrite.All", "Directory.ReadWrite.All", "Member.Read.Hidden"}

// variables are those that every file can use.
func variables(root, domain, run string) map[string]string {
	return map[string]string{
		"root": root, "domain": domain, "run": run,
		"nobody":      "00000000-dead-4000-8000-000000000000",
		"role":        "11111111-2222-4333-8444-" + fmt.Sprintf("%012s", run),
		"expressions": strings.Repeat("displayName eq 'x' or ", 15),
		"long":        strings.Repeat("x", 121),
		"url":         strings.Repeat("x", 2100),
	}
}

func TestConformance(t *testing.T) {
	files, err := filepath.Glob("testdata/conformance/*.http")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			if *liveGraph == "" {
				t.Parallel()
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			list, err := parseExchanges(filepath.Base(file), string(text))
			require.NoError(t, err)
			sc := newScene(t, slices.ContainsFunc(list, func(x *exchange) bool { return x.token != nil }))
			for _, x := range list {
				sc.play(t, x)
			}
		})
	}
}

// play sends an exchange once, or once for each of its values.
func (sc *scene) play(t *testing.T, x *exchange) {
	if (x.is("fake") || x.token != nil) && *liveGraph != "" {
		return
	}
	for name, values := range x.each {
		for _, v := range values {
			sc.vars[name] = fill(v, sc.vars)
			sc.once(t, x, x.fact+" ("+v+")")
		}
		return
	}
	sc.once(t, x, x.fact)
}

func (sc *scene) once(t *testing.T, x *exchange, fact string) {
	var difference, text string
	for deadline := time.Now().Add(sc.wait); ; time.Sleep(5 * time.Second) { // a real Graph replicates
		status, header, body := sc.send(t, x)
		text = string(body)
		difference = sc.compare(x, status, header, body)
		if difference == "" || !time.Now().Before(deadline) || x.method != "GET" && status < 400 {
			break
		}
	}
	switch {
	case difference == "":
	case x.is("setup"):
		t.Fatalf("%s: %s\n%s\n%s", x.place, fact, difference, text)
	case *liveGraph != "" && x.is("believed"):
		t.Logf("%s: %s\nbelieved, and not so: %s\nsource: %s\n%s", x.place, fact, difference, x.source, text)
	default:
		t.Errorf("%s: %s\n%s\nsource: %s\n%s", x.place, fact, difference, x.source, text)
	}
}

func (sc *scene) send(t *testing.T, x *exchange) (int, http.Header, []byte) {
	target := fill(x.target, sc.vars)
	if !strings.Contains(target, "://") {
		target = sc.root + target
	}
	req, err := http.NewRequestWithContext(t.Context(), x.method, strings.NewReplacer(" ", "%20", `"`, "%22").Replace(target), strings.NewReader(fill(x.body, sc.vars)))
	require.NoError(t, err, x.place)
	for name := range x.header {
		req.Header.Set(name, fill(x.header.Get(name), sc.vars))
	}
	if x.body != "" && x.header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := sc.bearer(t, x); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rsp, err := sc.client.Do(req)
	require.NoError(t, err, x.place)
	defer rsp.Body.Close()
	body, err := io.ReadAll(rsp.Body)
	require.NoError(t, err, x.place)
	return rsp.StatusCode, rsp.Header, body
}

// bearer returns the token of an exchange. A signed-in user is nobody in particular.
func (sc *scene) bearer(t *testing.T, x *exchange) string {
	if x.token == nil {
		return sc.token
	}
	if x.token[0] == "user" {
		return sc.fake.UserToken(sc.vars["nobody"], x.token[1:]...)
	}
	require.Equal(t, "app", x.token[0], x.place)
	return sc.fake.AppToken(x.token[1:]...)
}

// compare says what is different from the expected answer, and takes the
// variables out of it if nothing is.
func (sc *scene) compare(x *exchange, status int, header http.Header, body []byte) string {
	if status != x.status {
		return fmt.Sprintf("status: want %d, got %d", x.status, status)
	}
	for name, want := range x.wantHeader {
		if d := differText("header "+name, fill(want, sc.vars), header.Get(name)); d != "" {
			return d
		}
	}
	var got any
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&got); err != nil && x.want != nil {
		got = string(body)
	}
	if x.want == nil && status == 204 && len(body) > 0 {
		return "a body with 204"
	}
	if x.want != nil {
		if d := differ("", x.want, got, sc.vars); d != "" {
			return d
		}
	}
	for name, pointer := range x.let {
		sc.vars[name] = point(got, pointer)
	}
	return ""
}

// Every exchange must say what it rests on, or nobody can tell a fact from a guess.
func TestConformanceExchangesHaveSources(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/conformance/*.http")
	require.NoError(t, err)
	count := map[string]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		list, err := parseExchanges(filepath.Base(file), string(text))
		require.NoError(t, err)
		for _, x := range list {
			if x.is("setup") {
				continue
			}
			marks := slices.DeleteFunc(slices.Clone(x.marks), func(m string) bool { return m == "fake" })
			assert.Len(t, marks, 1, "%s: one of verified, relied and believed", x.place)
			assert.NotEmpty(t, x.source, "%s: a source", x.place)
			assert.Regexp(t, `[.]$`, x.fact, "%s: the fact is a sentence", x.place)
			n := 1
			for _, values := range x.each {
				n = len(values)
			}
			count[strings.Join(marks, "")] += n
		}
	}
	t.Log(count)
	assert.Greater(t, count["verified"], 100, "%v", slices.Collect(maps.Keys(count)))
}
