package chaos_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// An unpacked transport sends the requests of a batch one by one, so that what
// stands behind it deals with single requests only, and packs their answers
// into that of the batch. If one gets no answer, nor does the batch.
type unpacked struct{ next http.RoundTripper }

func (u unpacked) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isBatch(r) {
		return u.next.RoundTrip(r)
	}
	var answers []map[string]any
	var broken error
	for _, s := range steps(r) {
		res, err := u.next.RoundTrip(s.single(r))
		if err != nil {
			broken = err
			continue
		}
		answers = append(answers, packed(s.ID, res))
	}
	if broken != nil {
		return nil, broken
	}
	body, err := json.Marshal(map[string]any{"responses": answers})
	return answered(r, http.StatusOK, string(body)), err
}

// single is the step as a request of its own.
func (s step) single(batch *http.Request) *http.Request {
	r := batch.Clone(batch.Context())
	r.Method = s.Method
	path, query, _ := strings.Cut(s.URL, "?")
	r.URL.Path, r.URL.RawQuery = strings.TrimSuffix(r.URL.Path, "/$batch")+path, query
	r.Header.Del("Content-Length")
	for name, value := range s.Headers {
		r.Header.Set(name, value)
	}
	setBody(r, s.Body)
	return r
}

func packed(id string, res *http.Response) map[string]any {
	body := readAll(res)
	headers := map[string]string{}
	for name := range res.Header {
		headers[name] = res.Header.Get(name)
	}
	answer := map[string]any{"id": id, "status": res.StatusCode, "headers": headers}
	switch {
	case json.Valid(body):
		answer["body"] = json.RawMessage(body)
	case len(body) > 0:
		answer["body"] = string(body)
	}
	return answer
}

// readAll takes the body of an answer; what was lost on the way is left out.
func readAll(res *http.Response) []byte {
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return body
}

// answered is an answer that does not come from the service.
func answered(r *http.Request, status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}
}

// edited changes the text of an answer.
func edited(res *http.Response, edit func(string) string) *http.Response {
	body := []byte(edit(string(readAll(res))))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res
}

// A tripper is a transport made of a function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// withoutNext is a page as if it were the last one.
func withoutNext(body string) string {
	return nextLink.ReplaceAllString(body, "")
}

var nextLink = regexp.MustCompile(`"@odata\.nextLink":"[^"]*",?|,"@odata\.nextLink":"[^"]*"`)
