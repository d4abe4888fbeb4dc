package chaos_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A pager makes the service give smaller pages than it is asked for, which it
// may, so that few objects make many pages.
type pager struct {
	next http.RoundTripper
	size int
}

func (p pager) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.size == 0 {
		return p.next.RoundTrip(r)
	}
	small := strings.NewReplacer("$top=999", fmt.Sprintf("$top=%d", p.size), "%24top=999", fmt.Sprintf("$top=%d", p.size))
	return p.next.RoundTrip(rewritten(r, small.Replace))
}

// rewritten returns a request with its query, and its body if it is a batch, changed by edit.
func rewritten(r *http.Request, edit func(string) string) *http.Request {
	r = r.Clone(r.Context())
	r.URL.RawQuery = edit(r.URL.RawQuery)
	if isBatch(r) {
		setBody(r, []byte(edit(string(takeBody(r)))))
	}
	return r
}

func isBatch(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/$batch") }

// takeBody reads the body of a request, which keeps a fresh one.
func takeBody(r *http.Request) []byte {
	if r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil
	}
	setBody(r, body)
	return body
}

func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// A step is one request of a batch.
type step struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// steps returns the requests that a request carries; nil unless it is a batch.
func steps(r *http.Request) []step {
	var batch struct{ Requests []step }
	if !isBatch(r) || json.Unmarshal(takeBody(r), &batch) != nil {
		return nil
	}
	return batch.Requests
}

// only returns a batch cut down to its first n requests.
func only(r *http.Request, n int) *http.Request {
	body, err := json.Marshal(map[string]any{"requests": steps(r)[:n]})
	if err != nil {
		panic(err) // it was just decoded
	}
	r = r.Clone(r.Context())
	setBody(r, body)
	return r
}
