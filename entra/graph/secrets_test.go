package graph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever the other side does with a token or a password, it comes out nowhere.
func TestWhatTheServiceEchoesIsMasked(t *testing.T) {
	t.Parallel()
	const token, password = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJhIn0.s1g-na_tureXYZ", `#q%Z+m-7=K?w@_!*pLr"3<\h`
	dotnet := func(s string) string { return strings.ReplaceAll(s, "+", `\u002B`) }
	for _, c := range []struct {
		reason string
		answer answer
	}{
		{"a message", answer{status: 400, body: odataError("Request_BadRequest", "The token "+token+" and "+password+" are bad.")}},
		{"a code", answer{status: 400, body: odataError(token, password)}},
		{"a detail", answer{status: 400, body: `{"error":{"code":"x","message":"x","details":[{"code":"` + token + `","message":"m","target":"` + token + `"}]}}`}},
		{"a request id", answer{status: 400, header: map[string]string{"request-id": token, "client-request-id": token}, body: odataError("x", "x")}},
		{"the ids in a body", answer{status: 400, body: `{"error":{"code":"x","message":"x","innerError":{"request-id":"` + token + `","client-request-id":"` + token + `"}}}`}},
		{"an identity provider's error", answer{status: 401, body: `{"error":"` + token + `","error_description":"` + token + `"}`}},
		{"a proxy's page", answer{status: 502, body: "<html><p>Authorization: Bearer " + token + "</p></html>"}},
		{"a page with entities", answer{status: 400, body: "<p>" + strings.NewReplacer("<", "&lt;", `"`, "&#34;", "+", "&#x2B;").Replace(password) + "</p>"}},
		{"the escapes of another encoder", answer{status: 400, body: dotnet(odataError("x", password))}},
		{"a redirect", answer{status: 302, header: map[string]string{"Location": "https://elsewhere.example/" + token}, body: "Moved to /?t=" + token + "&p=" + url.QueryEscape(password)}},
		{"a token that the service cut", answer{status: 400, body: odataError("x", "The token '"+token[:30]+"...' is bad.")}},
		{"a token that this side would cut", answer{status: 400, body: strings.Repeat("x ", maxMessage/2-10) + token}},
		{"what is no JSON", answer{status: 200, body: token}},
		{"a time that is none", answer{status: 200, body: `{"when":"` + token + `"}`}},
		{"a link to nowhere", answer{status: 200, body: `{"value":[],"@odata.nextLink":"https://` + token + `/x"}`}},
		{"a link that is none", answer{status: 200, body: `{"value":[],"@odata.nextLink":":` + token + `"}`}},
		{"the transport's error", answer{err: errors.New("proxy refused Bearer " + token + " " + password)}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged bytes.Buffer
				conn := connected(t, token, &Options{MaxRetries: NoRetry, Logger: slog.New(slog.NewTextHandler(&logged, nil))}, c.answer)
				errs := everyWay(t, conn, password)
				require.NotEmpty(t, errs)
				for _, err := range errs {
					assertNothingOf(t, token, shown(t, err)+logged.String())
					assertNothingOf(t, password, shown(t, err)+logged.String())
				}
			})
		})
	}
}

// An adapter of the program's own may add the token where this package never sees it
// but in the request that was answered.
func TestATokenThatATransportAddsIsMaskedToo(t *testing.T) {
	const token = "opaque-token-of-the-transport"
	s := &stub{answer: answers(answer{status: 400, body: odataError("x", "Bearer "+token)})}
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+token)
		return s.RoundTrip(r)
	})
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, core.GraphClientOptions{}, nil, nil, &http.Client{Transport: transport})
	require.NoError(t, err)
	err = New(adapter, nil).Do(t.Context(), Request{Op: Operation{Name: "read"}, Path: "/users"}, nil)
	require.ErrorContains(t, err, "x: Bearer [redacted]")
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Somebody who tests with the token "any" must still read what went wrong.
func TestAWordIsNoSecret(t *testing.T) {
	for _, token := range []string{"any", "contoso", "example", "already"} {
		synctest.Test(t, func(t *testing.T) {
			conn := connected(t, token, nil, answer{status: 400, body: odataError("x", token+" exists: "+token)})
			err := conn.Do(t.Context(), Request{Op: Operation{Name: "read"}, Path: "/users"}, nil)
			assert.ErrorContains(t, err, token+" exists: "+token)
		})
	}
}

// A stand-in's token may be part of the data, which must be read as it is.
func TestAShortTokenIsMaskedInErrorsAndNotInData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const token = "contoso1"
		var out struct{ Mail string }
		conn := connected(t, token, nil, answer{status: 200, body: `{"mail":"ada@contoso1.example"}`})
		require.NoError(t, conn.Do(t.Context(), Request{Op: Operation{Name: "read"}, Path: "/me"}, &out))
		assert.Equal(t, "ada@contoso1.example", out.Mail)
		conn = connected(t, token, nil, answer{status: 400, body: odataError("x", "Bearer "+token)})
		assert.ErrorContains(t, conn.Do(t.Context(), Request{Op: Operation{Name: "read"}, Path: "/me"}, &out), "x: Bearer [redacted]")

		inBatch, err := Connect(StaticToken(token), &ConnectOptions{Transport: &stub{answer: batchAnswers(func(batchStep) batchAnswer {
			return batchAnswer{Status: 400, Body: json.RawMessage(odataError("x", "Bearer "+token))}
		})}})
		require.NoError(t, err)
		_ = inBatch.Batch(t.Context(), Each([]Request{{Op: Operation{Name: "read"}, Path: "/me"}}), func(_ int, _ json.RawMessage, err error) bool {
			assert.ErrorContains(t, err, "x: Bearer [redacted]")
			return true
		})
	})
}

// connected returns a connection with that token to a service that always answers so.
func connected(t *testing.T, token string, opts *Options, a answer) *Conn {
	t.Helper()
	c, err := Connect(StaticToken(token), &ConnectOptions{Options: *cmp.Or(opts, &Options{}),
		Transport: &stub{answer: answers(a)}})
	require.NoError(t, err)
	return c
}

// everyWay makes requests alone, page by page and in batches, and returns the errors.
func everyWay(t *testing.T, c *Conn, password string) (errs []error) {
	t.Helper()
	create := Request{Op: Operation{Name: "create"}, Method: http.MethodPost, Path: "/users",
		Body: map[string]any{"passwordProfile": map[string]string{"password": password}}}
	list := Request{Op: Operation{Name: "list"}, Path: "/users", Body: map[string]string{"newPassword": password}}
	keep := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	keep(c.Do(t.Context(), create, &struct{ When time.Time }{}))
	for _, err := range Pages[struct{}](t.Context(), c, list) {
		keep(err)
	}
	keep(c.Batch(t.Context(), Each([]Request{create, create}), func(_ int, _ json.RawMessage, err error) bool {
		keep(err)
		return true
	}))
	return errs
}

// shown is an error in every form in which a program may show it.
func shown(t *testing.T, err error) string {
	t.Helper()
	var all strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&all, "%v %+v %#v %q ", err, err, err, err)
		text, failed := json.Marshal(err)
		require.NoError(t, failed)
		all.Write(text)
		slog.New(slog.NewJSONHandler(&all, nil)).Error("failed", "err", err)
	}
	return all.String()
}

// assertNothingOf holds that text has no part of a secret that would help anybody.
func assertNothingOf(t *testing.T, secret, text string) {
	t.Helper()
	for i := range len(secret) - 15 {
		if at := strings.Index(text, secret[i:i+16]); at >= 0 {
			t.Errorf("%q is shown: …%s", secret[i:i+16], text[max(0, at-60):at+20])
			return
		}
	}
}

// What the service sends in a batch is that of all its requests, mixed up or not.
func TestAPasswordInAnotherItemsAnswerIsMasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		passwords := []string{"first-pass-word-1234567", "other-pass-word-7654321"}
		c, _ := client(t, batchAnswers(func(s batchStep) batchAnswer {
			other := passwords[len(passwords)-1-strings.Count(s.URL, "1")]
			return batchAnswer{Status: 400, Headers: map[string]any{"request-id": other},
				Body: json.RawMessage(odataError("x", "not allowed: "+other))}
		}), nil)
		var reqs []Request
		for i, password := range passwords {
			reqs = append(reqs, Request{Op: Operation{Name: "create"}, Method: http.MethodPost, Path: fmt.Sprintf("/users/%d", i),
				Body: map[string]string{"password": password}})
		}
		failed := 0
		_ = c.Batch(t.Context(), Each(reqs), func(_ int, _ json.RawMessage, err error) bool {
			failed++
			assert.ErrorContains(t, err, "not allowed: [redacted]")
			assertNothingOf(t, passwords[0], shown(t, err))
			assertNothingOf(t, passwords[1], shown(t, err))
			return true
		})
		assert.Equal(t, 2, failed)
	})
}

// FuzzMask holds that no usual encoder hides a secret from the mask.
func FuzzMask(f *testing.F) {
	for _, secret := range []string{"eyJ0eXAi.eyJz-dWI_iOi", `#q%Z+m-7=K?w@_!*pLr"3<\h`, "pä sswört&'/日本", "%41%41%41", `\\\\\\`} {
		f.Add("before ", secret, " after")
	}
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if !utf8.ValidString(secret) || len(secret) < shortest || strings.ContainsFunc(secret, unicode.IsControl) {
			return
		}
		text, err := json.Marshal(secret)
		require.NoError(t, err)
		inJSON := strings.Trim(string(text), `"`)
		if strings.HasSuffix(secret, `"`) {
			return // the trim took too much
		}
		for _, spelling := range []string{secret, inJSON, strings.ReplaceAll(inJSON, "+", `\u002B`), url.QueryEscape(secret),
			url.PathEscape(secret), html.EscapeString(secret), strconv.QuoteToASCII(secret)} {
			if strings.HasPrefix(spelling, `"`) && spelling != secret && (strings.Contains(spelling, `\U`) || strings.Contains(spelling, `\x`)) {
				continue // Go's own
			}
			got := string(secrets{secret}.mask([]byte(before + " " + spelling + " " + after)))
			assert.Contains(t, got, masked)
			assert.False(t, strings.Contains(got, secret) && !strings.Contains(before+after+masked, secret), got)
		}
	})
}
