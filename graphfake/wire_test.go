package graphfake_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func three(t *testing.T) (*graphfake.Server, *client) {
	s := graphfake.New(&graphfake.Options{TB: t})
	for _, n := range []string{"a", "b", "c"} {
		s.AddUser(graphfake.User{UserPrincipalName: n + "@contoso.example", Department: "D&D"})
	}
	return s, newClient(t, s)
}

// Clients read members in order, streaming, and follow links as they are.
func TestListsOnTheWire(t *testing.T) {
	t.Parallel()
	_, c := three(t)
	a := c.advanced().get("/users?$count=true&$top=2&$select=displayName,department&$filter=" + escape("department eq 'D&D'"))
	require.Regexp(t, `^\{"@odata.context":"[^"]*","@odata.count":3,"@odata.nextLink":"[^"]*","value":\[\{"displayName":"a","department":"D&D"\},`, a.text)
	require.Equal(t, root+"/$metadata#users(displayName,department)", a.json["@odata.context"])
	link := a.json["@odata.nextLink"].(string)
	require.True(t, strings.HasPrefix(link, root+"/users?$count=true&$top=2&$select=displayName%2cdepartment&$filter=department+eq+%27D%26D%27&$skiptoken="), link)
	second := c.advanced().get(link)
	require.NotContains(t, second.json, "@odata.count", "the count is on the first page only")
	require.NotContains(t, second.json, "@odata.nextLink")
	require.Equal(t, []string{"c"}, second.column("displayName"))

	require.NotContains(t, c.get("/users?$count=true").json, "@odata.count", "ignored without the header")
	require.Contains(t, c.advanced().get("/users?$count=true&$search=%22displayName:a%22").json, "@odata.count")
	require.Regexp(t, `"value":\[\{"displayName":"a"\},`, c.get("/users?$select=displayName,displayname,").text, "a property comes once")
	require.Equal(t, "3", c.advanced().get("/users/$count").text)
	require.Equal(t, "1", c.advanced().get("/users/$count?$filter=displayName eq 'a'").text)
	require.Equal(t, []string{"c", "b", "a"}, c.all("/users?$orderby=displayName desc&$top=1", "displayName"))
	require.Equal(t, []string{"a", "b", "c"}, c.all("/users?$orderby=displayName&$top=1", "displayName"))
}

// Advanced options must be sent again with each link: the header is no part of it.
func TestHeaderIsNotCarriedByLinks(t *testing.T) {
	t.Parallel()
	_, c := three(t)
	first := c.advanced().get("/users?$count=true&$top=1&$filter=" + escape("endswith(userPrincipalName,'contoso.example')"))
	require.Equal(t, 200, first.status, first.text)
	link := first.json["@odata.nextLink"].(string)
	require.Equal(t, 400, c.get(link).status)
	require.Equal(t, 200, c.advanced().get(link).status)
}

// What is written between two pages shifts nothing.
func TestPagesAreByKey(t *testing.T) {
	t.Parallel()
	s, c := three(t)
	first := c.get("/users?$top=2")
	s.AddUser(graphfake.User{UserPrincipalName: "aa@contoso.example"})
	s.DeleteUser("a@contoso.example")
	require.Equal(t, []string{"c"}, c.get(first.json["@odata.nextLink"].(string)).column("displayName"))
}

func TestAnswersCarryTheServicesHeaders(t *testing.T) {
	t.Parallel()
	_, c := three(t)
	a := c.with("client-request-id", "mine").get("/users")
	require.Equal(t, "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8", a.header.Get("Content-Type"))
	require.Equal(t, "4.0", a.header.Get("OData-Version"))
	require.Equal(t, "no-cache", a.header.Get("Cache-Control"))
	require.Equal(t, "mine", a.header.Get("client-request-id"))
	require.NotEmpty(t, a.header.Get("request-id"))
	require.NotEmpty(t, a.header.Get("x-ms-ags-diagnostic"))
	require.Equal(t, "2", a.header.Get("x-ms-resource-unit"))

	e := c.get("/users/nobody@contoso.example")
	inner := e.json["error"].(map[string]any)["innerError"].(map[string]any)
	require.Equal(t, e.header.Get("request-id"), inner["request-id"])
	require.Equal(t, inner["request-id"], inner["client-request-id"], "the caller sent none")
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`, inner["date"], "no zone")
}

func TestMetadataLevels(t *testing.T) {
	t.Parallel()
	_, c := three(t)
	none := c.with("Accept", "application/json;odata.metadata=none").get("/users?$top=1")
	require.NotContains(t, none.json, "@odata.context")
	require.Contains(t, none.json, "@odata.nextLink", "links stay")
	require.Contains(t, none.header.Get("Content-Type"), "odata.metadata=none")
	full := c.with("Accept", "application/json;odata.metadata=full").get("/users?$top=1").values()[0]
	require.Equal(t, "#microsoft.graph.user", full["@odata.type"])
	require.Equal(t, fmt.Sprintf("%s/users('%s')", root, full["id"]), full["@odata.id"])
}

// Contexts and links must lead back to where the client came from.
func TestAnyHostAndPrefix(t *testing.T) {
	t.Parallel()
	s, c := three(t)
	a := c.get("http://localhost:8080/proxy/v1.0/users?$top=1")
	require.Equal(t, "http://localhost:8080/proxy/v1.0/$metadata#users", a.json["@odata.context"])
	require.Equal(t, 200, c.get(a.json["@odata.nextLink"].(string)).status)

	url := s.Start()
	defer s.Close()
	rsp, err := http.Get(url + "/users?$top=1")
	require.NoError(t, err)
	defer rsp.Body.Close()
	b, _ := io.ReadAll(rsp.Body)
	require.Contains(t, string(b), url+"/$metadata#users", "the listener's clients come by its address")
}

// Microsoft's default clients compress bodies and ask for compressed answers.
func TestCompressionBothWays(t *testing.T) {
	t.Parallel()
	s, _ := three(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, `{"displayName":"Orders"}`)
	z.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", root+"/applications", &packed)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set("Accept-Encoding", "gzip")
	rsp, err := s.Transport().RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, 201, rsp.StatusCode)
	require.Equal(t, "gzip", rsp.Header.Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(rsp.Body)
	require.NoError(t, err)
	b, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Contains(t, string(b), `"displayName":"Orders"`)
}

// Hours of latency pass at once in a bubble, and a caller can give up.
func TestLatencyInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := graphfake.New(&graphfake.Options{TB: t, Latency: time.Hour})
		began := time.Now()
		require.Equal(t, 200, newClient(t, s).get("/users").status)
		require.Equal(t, time.Hour, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", root+"/users", nil)
		require.NoError(t, err)
		_, err = s.Transport().RoundTrip(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Hour+time.Minute, time.Since(began))
	})
}

// Two servers of one seed are the same to the last id.
func TestSeedRepeats(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		var out string
		synctest.Test(t, func(t *testing.T) {
			s := graphfake.New(&graphfake.Options{TB: t, Seed: seed})
			s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example"})
			newClient(t, s).do("POST", "/applications", map[string]any{"displayName": "x"})
			out = dump(t, s)
		})
		return out
	}
	require.Equal(t, run(7), run(7))
	require.NotEqual(t, run(7), run(8))
}

type failures struct {
	graphfake.TB
	list    []string
	cleanup []func()
}

func (f *failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	f.list = append(f.list, fmt.Sprintf(format, args...))
}
func (f *failures) Logf(string, ...any) {}
func (f *failures) Cleanup(c func())    { f.cleanup = append(f.cleanup, c) }

// A fake that guesses would let tests pass for the wrong reason.
func TestWhatIsNotModelledFailsTheTest(t *testing.T) {
	t.Parallel()
	tb := &failures{}
	s := graphfake.New(&graphfake.Options{TB: tb})
	u := s.AddUser(graphfake.User{UserPrincipalName: "a@contoso.example"})
	c := newClient(t, s)
	for _, target := range []string{"/devices", "/users/" + u.ID + "/messages", "/users?$expand=photo", "https://graph.microsoft.com/beta/users"} {
		a := c.get(target)
		require.Equal(t, 501, a.status, target)
		require.NotEmpty(t, tb.list, target)
		require.Contains(t, tb.list[0], "GET /")
		tb.list = nil
	}
	require.Equal(t, 200, c.get("/users").status)
	require.Empty(t, tb.list)
	for _, f := range tb.cleanup {
		f()
	}
	require.Equal(t, 501, c.get("/devices").status)
	require.Empty(t, tb.list, "a test that is over is left alone")
}

// Writers that compress answers are used again: answers that are written at once
// must not get into each other.
func TestCompressedAnswersDontMix(t *testing.T) {
	t.Parallel()
	s := graphfake.New(&graphfake.Options{TB: t})
	var all sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprint("user", i)
		id := s.AddUser(graphfake.User{UserPrincipalName: name + "@contoso.example", DisplayName: strings.Repeat(name, i*7)}).ID
		all.Go(func() {
			c := newClient(t, s).with("Accept-Encoding", "gzip")
			for range 20 {
				z, err := gzip.NewReader(strings.NewReader(c.get("/users/" + id).text))
				if !assert.NoError(t, err) {
					return
				}
				text, err := io.ReadAll(z)
				assert.NoError(t, err)
				assert.Contains(t, string(text), strings.Repeat(name, i*7)+`"`)
			}
		})
	}
	all.Wait()
}
