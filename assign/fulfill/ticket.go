package fulfill

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// A Ticket asks somebody to close an account of the application, or to take
// roles from it.
type Ticket struct {
	// Key tells the ticket from all others, and is the same each time it is
	// opened, so that a receiver can recognize one that it already has.
	Key           string        `json:"key"`
	Summary       string        `json:"summary"` // one line for people; see [roster.Printable]
	Application   string        `json:"application"`
	ResourceID    string        `json:"resourceId"`
	Action        AccountAction `json:"action"` // CloseAccount or RemoveRoles
	Account       AppAccount    `json:"account"`
	PrincipalID   string        `json:"principalId"`
	PrincipalName string        `json:"principalName,omitempty"`
	User          UserStatus    `json:"user"`
	Lost          []Loss        `json:"lost"`
	Keeps         []string      `json:"keeps,omitempty"`
}

// A Ticketer opens tickets; [Webhook] is one.
type Ticketer interface {
	// Open must return nil only if the receiver has opened the ticket. It is
	// called again with the same ticket if it returned an error, or if the program
	// ended before its answer was written down. A receiver that has seen the key
	// should then answer as it did the first time.
	Open(ctx context.Context, ticket Ticket) error
}

// ErrUndelivered says that not all tickets could be opened. They are kept and
// opened by the next delivery.
var ErrUndelivered = errors.New("tickets are not delivered")

// A Delivery says what became of the tickets.
type Delivery struct {
	Opened  int      // now
	Before  int      // opened by earlier deliveries
	Waiting []Ticket // not opened, for the next delivery
	Errors  []error  // of those that were tried, in order
}

// maxFailuresInARow is the number of failures after which a receiver counts as down.
const maxFailuresInARow = 3

// Deliver opens a ticket for each account that lost access. However often it is
// called, and for whatever list of the same application, each ticket is opened
// once, because the file named by ledger remembers it. The file is made if there
// is none, and holds personal data. While tickets are opened, a file with the
// suffix ".opened" stands beside it. A ticket is written down before it is opened,
// so that none is lost wherever the program ends. Only one delivery may run at a
// time.
//
// A ticket that can't be opened doesn't stop the others. After three failures in
// a row, and if ctx ends, the rest waits for the next delivery. The error is nil
// only if nothing waits; it wraps [ErrUndelivered] and the first failure. More
// tickets than the options allow are refused with a [*LimitError], and none of
// them is opened or entered; nil opts mean the defaults. If the
// ledger can't be read, nothing is opened, and the error is the file system's or
// one as from [DecodeSnapshot].
func Deliver(ctx context.Context, to Ticketer, list *Revocations, ledger string,
	opts *DeliveryOptions) (*Delivery, error) {
	book, err := openLedger(ledger, list)
	if err != nil {
		return new(Delivery), err
	}
	delivery := &Delivery{Before: book.opened()}
	book.enter(list)
	if err := opts.check(list, len(book.waiting())); err != nil {
		return delivery, err
	}
	if err := book.begin(); err != nil {
		return delivery, err
	}
	err = errors.Join(book.deliver(ctx, to, delivery), book.end())
	delivery.Waiting = book.waiting()
	if err == nil && len(delivery.Waiting) > 0 {
		err = fmt.Errorf("%d %w: %w; deliver again for the rest", len(delivery.Waiting), ErrUndelivered, delivery.Errors[0])
	}
	return delivery, err
}

// Waiting returns the tickets that [Deliver] would open, in order, and opens none: those
// of the list that were not opened yet, and what earlier deliveries left over. Its
// errors are Deliver's for the ledger and the limits.
func Waiting(list *Revocations, ledger string, opts *DeliveryOptions) ([]Ticket, error) {
	book, err := openLedger(ledger, list)
	if err != nil {
		return nil, err
	}
	book.enter(list)
	waiting := book.waiting()
	if err := opts.check(list, len(waiting)); err != nil {
		return nil, err
	}
	return waiting, nil
}

// newTicket returns the ticket for losses of one account.
func newTicket(list *Revocations, r Revocation, lost []Loss) Ticket {
	ticket := Ticket{Application: list.Application, ResourceID: list.ResourceID, Action: r.Action(), Account: r.Account,
		PrincipalID: r.PrincipalID, PrincipalName: r.PrincipalName, User: r.User, Lost: lost, Keeps: r.Keeps}
	var keys []string
	for _, loss := range lost {
		keys = append(keys, lossKey(list.ResourceID, r, loss))
	}
	slices.Sort(keys)
	ticket.Key = hash(keys...)
	what := "close the account"
	if ticket.Action == RemoveRoles {
		what = "take a role from the account"
	}
	ticket.Summary = roster.Printable(fmt.Sprintf("%s: %s %s of %s (%s)",
		list.Application, what, r.Account.Key, r.person(), sentences(lost)))
	return ticket
}

// lossKey tells one loss from all others. The cause is no part of it: a user who
// is disabled first and denied later loses a role once.
func lossKey(resourceID string, r Revocation, loss Loss) string {
	return hash(strings.ToLower(resourceID), roster.Fold(r.Account.Key), r.PrincipalID, loss.AppRoleID, loss.Grant)
}

func hash(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

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
