package fulfill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// WebhookOptions are the options of [NewWebhook].
type WebhookOptions struct {
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout is how long to wait for one answer; 0 means 30 seconds.
	Timeout time.Duration
	// Header is sent with each request; it may hold an Authorization.
	Header http.Header
}

// A Webhook is a [Ticketer] that posts each ticket as JSON, with its key in the
// header Idempotency-Key. Its address is a secret: its errors and its printed form
// name only the host.
type Webhook struct {
	address *url.URL
	client  http.Client
	header  http.Header
	timeout time.Duration
}

// NewWebhook returns a Webhook that posts to an absolute https URL, or to an
// http URL on this machine.
func NewWebhook(address string, opts *WebhookOptions) (*Webhook, error) {
	if opts == nil {
		opts = new(WebhookOptions)
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" ||
		parsed.Scheme != "https" && !(parsed.Scheme == "http" && isLoopback(parsed.Hostname())) {
		return nil, errors.New("the webhook's address is not an absolute https URL (http is for this machine only)")
	}
	w := &Webhook{address: parsed, header: opts.Header.Clone(), timeout: opts.Timeout}
	if w.timeout <= 0 {
		w.timeout = 30 * time.Second
	}
	// A redirected POST may arrive as a GET, which opens nothing and is answered with 200.
	w.client = http.Client{Transport: opts.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// String names the webhook by its host.
func (w Webhook) String() string { return "webhook at " + w.address.Host }

// GoString is String.
func (w Webhook) GoString() string { return w.String() }

// A WebhookError says why a ticket could not be posted.
type WebhookError struct {
	Host   string
	Status int // of the answer; 0 if there was none
	Err    error
}

func (e *WebhookError) Error() string {
	text := "the webhook at " + e.Host + " "
	if e.Status != 0 {
		return text + fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
	}
	if errors.Is(e.Err, context.DeadlineExceeded) {
		return text + "gave no answer in time"
	}
	return text + "gave no answer: " + e.Err.Error()
}

func (e *WebhookError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrRefused] and the answer was a 4xx that is about this
// ticket: not one about whoever asks (401, 407), or about the time (408, 425, 429).
func (e *WebhookError) Is(target error) bool {
	if target != ErrRefused || e.Status < 400 || e.Status > 499 {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return true
}

// Open implements [Ticketer]. If the answer is not a 2xx, or there is none in
// time, the error is a [*WebhookError].
func (w *Webhook) Open(ctx context.Context, ticket Ticket) error {
	body, err := json.Marshal(ticket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.address.String(),
		bytes.NewReader(roster.PrintableJSON(body)))
	if err != nil {
		return w.failure(err)
	}
	if w.header != nil {
		request.Header = w.header.Clone()
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", ticket.Key)
	answer, err := w.client.Do(request)
	if err != nil {
		return w.failure(err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return &WebhookError{Host: w.address.Host, Status: answer.StatusCode}
	}
	return nil
}

// failure tells what went wrong without telling the address.
func (w *Webhook) failure(err error) error {
	failed := &WebhookError{Host: w.address.Host}
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			failed.Err = known
			return failed
		}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	a := w.address
	for _, secret := range []string{a.String(), a.RequestURI(), a.Path, a.RawQuery, a.User.String()} {
		if len(secret) > 1 && strings.Contains(text, secret) {
			text = "the transport failed (its message names the address and is left out)"
		}
	}
	failed.Err = errors.New(text)
	return failed
}
