package fulfill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Delivery says what became of the tickets.
type Delivery struct {
	Opened  int      // now
	Before  int      // opened by earlier deliveries
	Refused []Ticket // that the receiver won't have
	Waiting []Ticket // not opened, for the next delivery
	Errors  []error  // of those that were tried, in order
}

// maxFailuresInARow is the number of failures after which a receiver counts as down.
const maxFailuresInARow = 3

// Deliver opens tickets, as [State.Due] returns them, and leaves out any that the
// journal has changed its mind about since. However often it is called, each ticket is
// opened once: it is written down before it is sent, and when it is open. One whose
// answer was lost is sent again with the same key, unless a [TicketReader] says that it
// is open.
//
// A ticket that is refused doesn't stop the others. After three other failures in a
// row the receiver counts as down, and the rest waits for the next delivery; also if
// ctx ends. The error is nil only if all are open; it wraps [ErrUndelivered] and the
// first failure. It wraps [ErrNoLook] if nothing was recorded since the journal was
// opened: a ticket must be true when it is sent.
func (j *Journal) Deliver(ctx context.Context, to Ticketer, tickets []Ticket) (*Delivery, error) {
	delivery := &Delivery{}
	for _, record := range j.state.Tickets {
		if record.has() {
			delivery.Before++
		}
	}
	if !j.looked && len(tickets) > 0 {
		return delivery, fmt.Errorf("no ticket is opened: %w; record a look first", ErrNoLook)
	}
	still := make(map[string]Ticket)
	due, err := j.state.Due(&DeliveryOptions{Override: "the caller has asked"})
	for _, ticket := range due {
		still[ticket.Key] = ticket
	}
	failures := 0
	for _, ticket := range tickets {
		ticket, isTrue := still[ticket.Key] // as it is now
		delete(still, ticket.Key)
		switch {
		case !isTrue:
			continue
		case failures == maxFailuresInARow || ctx.Err() != nil || err != nil:
			delivery.Waiting = append(delivery.Waiting, ticket)
			continue
		}
		var failed error
		if failed, err = j.deliver(ctx, to, ticket); failed != nil {
			delivery.Errors = append(delivery.Errors, failed)
		}
		switch {
		case failed == nil && err == nil:
			delivery.Opened++
			failures = 0
		case errors.Is(failed, ErrRefused):
			delivery.Refused = append(delivery.Refused, ticket)
		default:
			failures++
			delivery.Waiting = append(delivery.Waiting, ticket)
		}
	}
	if err != nil {
		return delivery, err
	}
	if ctx.Err() != nil && len(delivery.Errors) == 0 {
		delivery.Errors = append(delivery.Errors, ctx.Err())
	}
	return delivery, delivery.failure(failures == maxFailuresInARow)
}

// failure returns why not all tickets are open; nil if they are.
func (d *Delivery) failure(down bool) error {
	n := len(d.Waiting) + len(d.Refused)
	switch {
	case n == 0:
		return nil
	case down:
		return fmt.Errorf("%d %w: the receiver seems to be down: %w; deliver again for the rest",
			n, ErrUndelivered, d.Errors[len(d.Errors)-1])
	}
	return fmt.Errorf("%d %w: %w; deliver again for the rest", n, ErrUndelivered, d.Errors[0])
}

// deliver opens one ticket. failed is the receiver's error; err is the journal's, and
// without a journal nothing more may be opened.
func (j *Journal) deliver(ctx context.Context, to Ticketer, ticket Ticket) (failed, err error) {
	record := ticket.reason
	known, asked := j.state.Tickets[record.Key]
	if !asked || known.Status == TicketCancelled {
		if err := j.note(record); err != nil {
			return nil, err
		}
	} else if reader, ok := to.(TicketReader); ok && known.Status == TicketAsked {
		answer, err := reader.Status(ctx, record.Key)
		if err != nil {
			return err, nil
		}
		if err := answer.check(record.Key); err != nil {
			return err, nil
		}
		if answer.Status != "" {
			return nil, j.answered(record, answer)
		}
	}
	failed = to.Open(ctx, ticket)
	switch {
	case failed == nil:
		record.Status = TicketOpened
	case errors.Is(failed, ErrRefused):
		record.Status, record.Text = TicketRefused, failed.Error()
	default:
		return failed, nil
	}
	if known.Status == record.Status && known.Text == record.Text {
		return failed, nil
	}
	if err := j.note(record); err != nil {
		return failed, fmt.Errorf("what became of a ticket (%s) could not be written down; "+
			"it may be opened again, with the same key: %w", record.Key, err)
	}
	return failed, nil
}

// note writes down what became of a ticket.
func (j *Journal) note(record TicketRecord) error {
	record.At = time.Now().UTC()
	return j.append(Entry{Kind: EntryTicket, Ticket: &record})
}

// check refuses a status that no receiver can give a ticket.
func (a Answer) check(key string) error {
	switch a.Status {
	case "", TicketOpened, TicketDone, TicketRejected:
		return nil
	}
	return fmt.Errorf("the receiver says that the ticket %s is %q: want %s, %s or %s", key, a.Status,
		TicketOpened, TicketDone, TicketRejected)
}

func (j *Journal) answered(record TicketRecord, answer Answer) error {
	record.Status, record.Reference, record.Text = answer.Status, answer.Reference, answer.Text
	return j.note(record)
}

// mayReopen is how long somebody may open a ticket again that was closed. ServiceNow closes
// resolved incidents for good after some days.
const mayReopen = 30 * 24 * time.Hour

// ReadTickets asks a receiver what became of the tickets that are open, and of those of
// the last 30 days that are not: a closed one may be open again, unless an export proves
// its account to be gone, and one whose answer was lost may be open, also if it is no
// longer true. It writes down what is new, and returns how many it could ask about before
// ctx ended or an error came.
func (j *Journal) ReadTickets(ctx context.Context, from TicketReader) (asked int, err error) {
	var keys []string
	for key, record := range j.state.Tickets {
		recent := time.Since(record.At) < mayReopen && (!record.has() || j.state.Accounts[record.Account].live())
		if record.Status == TicketOpened || recent && record.Status != TicketRefused {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		answer, err := from.Status(ctx, key)
		if err != nil {
			return asked, err
		}
		if err := answer.check(key); err != nil {
			return asked, err
		}
		asked++
		record := j.state.Tickets[key]
		if answer.Status == "" || answer.Status == record.Status && answer.Reference == record.Reference {
			continue
		}
		record.Untrue = record.Untrue || record.Status == TicketCancelled
		if err := j.answered(record, answer); err != nil {
			return asked, err
		}
	}
	return asked, nil
}
