package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
)

// sameAnswer asks about one user name whatever was asked.
type sameAnswer struct {
	next http.RoundTripper
	upn  string
}

var asked = regexp.MustCompile(`person0\d\d(@|%40)contoso\.example`)

// RoundTrip changes the user name in queries, and in the queries in batches.
func (s sameAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.RawQuery = asked.ReplaceAllString(r.URL.RawQuery, s.upn)
	if r.URL.Path == "/v1.0/$batch" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = asked.ReplaceAll(body, []byte(s.upn))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return s.next.RoundTrip(r)
}
