package fulfill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/roster"
)

// A Ticket asks somebody to close an account of the application, or to take
// roles from it.
type Ticket struct {
	// Key tells the ticket from all others, and is the same each time it is
	// opened, so that a receiver can recognise one that it has.
	Key           string        `json:"key"`
	Summary       string        `json:"summary"` // one line for people
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
	// Open must return nil only if the ticket is open at the receiver. It is
	// called again, with the same ticket, if it returned an error or if the
	// program ended before its answer was written down; a receiver that has seen
	// the key should then answer as it did the first time.
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

// givingUp is after how many failures in a row a receiver counts as down.
const givingUp = 3

// Deliver opens a ticket for each account that lost access, and each only once
// however often and for whatever list of the same application it is called:
// ledger names the file that remembers. It is made if there is none, and holds
// personal data; a file of that name and ".opened" stands beside it while tickets
// are opened. A ticket is written there before it is first opened, so none
// is lost if the program ends at any point. Only one delivery may run at a time.
//
// A ticket that can't be opened doesn't stop the others, unless three fail in a
// row; then, and if ctx ends, the rest waits. The error is nil only if nothing
// waits; it wraps ErrUndelivered and the first failure. A ledger that can't be
// read is a [*assign.FileError] or that of the file system, and nothing is opened.
func Deliver(ctx context.Context, to Ticketer, list *Revocations, ledger string) (*Delivery, error) {
	book, err := openLedger(ledger, list)
	if err != nil {
		return new(Delivery), err
	}
	delivery := &Delivery{Before: book.opened()}
	book.enter(list)
	if err := book.begin(); err != nil {
		return delivery, err
	}
	err = errors.Join(book.deliver(ctx, to, delivery), book.end())
	for _, entry := range book.Tickets {
		if entry.Waiting != nil {
			delivery.Waiting = append(delivery.Waiting, *entry.Waiting)
		}
	}
	if err == nil && len(delivery.Waiting) > 0 {
		err = fmt.Errorf("%d %w: %w; deliver again for the rest", len(delivery.Waiting), ErrUndelivered, delivery.Errors[0])
	}
	return delivery, err
}

// newTicket asks for what these losses of an account mean.
func newTicket(list *Revocations, r Revocation, lost []Loss) Ticket {
	ticket := Ticket{Application: list.Application, ResourceID: list.ResourceID, Action: r.Action(), Account: r.Account,
		PrincipalID: r.PrincipalID, PrincipalName: r.PrincipalName, User: r.User, Lost: lost, Keeps: r.Keeps}
	var keys, why []string
	for _, loss := range lost {
		keys = append(keys, lossKey(list.ResourceID, r, loss))
		why = append(why, loss.Sentence())
	}
	slices.Sort(keys)
	ticket.Key = hash(keys...)
	what := "close the account"
	if ticket.Action == RemoveRoles {
		what = "take a role from the account"
	}
	ticket.Summary = fmt.Sprintf("%s: %s %s of %s (%s)", list.Application, what, r.Account.Key, r.person(), strings.Join(why, "; "))
	return ticket
}

// lossKey tells one loss from all others, whatever is found to be its cause: a
// user who is disabled first and denied later loses a role once.
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
