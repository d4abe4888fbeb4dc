package fulfill

import (
	"context"
	"encoding/json"
	"net/http"
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
	receiver *receiver
	header   http.Header
}

// NewWebhook returns a Webhook that posts to an absolute https URL, or to an
// http URL on this machine.
func NewWebhook(address string, opts *WebhookOptions) (*Webhook, error) {
	if opts == nil {
		opts = new(WebhookOptions)
	}
	r, err := newReceiver("the webhook", address, opts.Transport, opts.Timeout)
	if err != nil {
		return nil, err
	}
	r.secrets = secretsOf(r.address)
	return &Webhook{r, opts.Header.Clone()}, nil
}

// String names the webhook by its host.
func (w Webhook) String() string { return "webhook at " + w.receiver.address.Host }

// GoString is String.
func (w Webhook) GoString() string { return w.String() }

// Open implements [Ticketer]. If the answer is not a 2xx, or there is none in
// time, the error is a [*ReceiverError].
func (w *Webhook) Open(ctx context.Context, ticket Ticket) error {
	body, err := json.Marshal(ticket)
	if err != nil {
		return err
	}
	header := w.header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	header.Set("Content-Type", "application/json")
	header.Set("Idempotency-Key", ticket.Key)
	_, err = w.receiver.send(ctx, http.MethodPost, w.receiver.address, header, roster.PrintableJSON(body))
	return err
}
