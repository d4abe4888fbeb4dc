package main

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"
)

// retrying is a transport that sends a request again when the service says 429,
// 503 or 504, at most that many times, and waits for Retry-After in between.
type retrying struct {
	base  http.RoundTripper
	times int
}

func (r retrying) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := drain(request)
	if err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		response, err := r.base.RoundTrip(copyOf(request, body))
		if err != nil || attempt == r.times || !passing(response.StatusCode) {
			return response, err
		}
		wait := retryAfter(response.Header.Get("Retry-After"), attempt)
		// Unread, the connection could not be used again.
		io.Copy(io.Discard, io.LimitReader(response.Body, 256<<10))
		response.Body.Close()
		select {
		case <-time.After(wait):
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
}

func drain(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	defer request.Body.Close()
	return io.ReadAll(request.Body)
}

// copyOf returns request with a reader of its own on body, which net/http may
// still be reading when the answer is there.
func copyOf(request *http.Request, body []byte) *http.Request {
	attempt := request.Clone(request.Context())
	if body == nil {
		return attempt
	}
	attempt.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	attempt.Body, _ = attempt.GetBody()
	attempt.ContentLength = int64(len(body))
	return attempt
}

func passing(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// retryAfter reads a number of seconds, which may have a fraction, and rounds
// it up; without one the wait doubles from a second on.
// https://learn.microsoft.com/graph/throttling
func retryAfter(header string, attempt int) time.Duration {
	seconds, err := strconv.ParseFloat(header, 64)
	if err != nil || !(seconds >= 0 && seconds < 3600) {
		return time.Second << attempt
	}
	return time.Duration(math.Ceil(seconds)) * time.Second
}
