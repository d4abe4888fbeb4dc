package fulfill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// A receiver is where tickets are sent over HTTP.
type receiver struct {
	name    string // as errors begin: "the webhook"
	address *url.URL
	client  http.Client
	timeout time.Duration
	secrets []string // what no error may tell
	whole   bool     // an answer without the end of its body is none
}

// newReceiver returns a receiver at an absolute https URL, or at an http URL on this
// machine.
func newReceiver(name, address string, transport http.RoundTripper, timeout time.Duration) (*receiver, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" ||
		parsed.Scheme != "https" && !(parsed.Scheme == "http" && isLoopback(parsed.Hostname())) {
		return nil, fmt.Errorf("the address of %s is not an absolute https URL (http is for this machine only)", name)
	}
	r := &receiver{name: name, address: parsed, timeout: timeout}
	if r.timeout <= 0 {
		r.timeout = 30 * time.Second
	}
	// A redirected POST may arrive as a GET, which opens nothing and is answered with 200.
	r.client = http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func secretsOf(a *url.URL) []string {
	return []string{a.String(), a.RequestURI(), a.Path, a.RawQuery, a.User.String()}
}

// A ReceiverError says why a receiver of tickets did not do what it was asked.
type ReceiverError struct {
	Receiver string // "the webhook" or "ServiceNow"
	Host     string
	Status   int    // of the answer; 0 if there was none
	Text     string // what the answer says; "" if it is not for people
	Err      error

	aboutAll bool // not about one ticket
}

// Error names the receiver by its host, which is all of its address that is no secret.
func (e *ReceiverError) Error() string {
	text := e.Receiver + " at " + e.Host + " "
	switch {
	case e.Status != 0:
		text += fmt.Sprintf("answered %d %s", e.Status, http.StatusText(e.Status))
	case errors.Is(e.Err, context.DeadlineExceeded):
		return text + "gave no answer in time"
	default:
		return text + "gave no answer: " + e.Err.Error()
	}
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

func (e *ReceiverError) Unwrap() error { return e.Err }

// Is reports whether target is [ErrRefused] and the answer was a 4xx that is about this
// ticket: not one about whoever asks (401, 407), or about the time (408, 425, 429).
func (e *ReceiverError) Is(target error) bool {
	if target != ErrRefused || e.aboutAll || e.Status < 400 || e.Status > 499 {
		return false
	}
	return !slices.Contains([]int{http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusTooEarly, http.StatusTooManyRequests}, e.Status)
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 1 << 20

// send makes one request and returns the body of a 2xx, as far as it came. Otherwise
// the error is a [*ReceiverError], also beside the body of another answer.
func (r *receiver) send(ctx context.Context, method string, address *url.URL, header http.Header,
	body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, r.failure(err)
	}
	request.Header = header
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, r.failure(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer)) // to its end, so that the connection can be used again
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return said, &ReceiverError{Receiver: r.name, Host: r.address.Host, Status: answer.StatusCode}
	}
	if err != nil && r.whole {
		return said, r.failure(err)
	}
	return said, nil
}

// failure tells what went wrong without telling a secret.
func (r *receiver) failure(err error) error {
	failed := &ReceiverError{Receiver: r.name, Host: r.address.Host}
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
	text := roster.Printable(err.Error())
	if r.tells(text) {
		text = "the transport failed (its message names the address and is left out)"
	}
	failed.Err = errors.New(text)
	return failed
}

// tells reports whether a text has a secret in it.
func (r *receiver) tells(text string) bool {
	return slices.ContainsFunc(r.secrets, func(secret string) bool {
		return len(secret) > 1 && strings.Contains(text, secret)
	})
}
