package fulfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/rollcall-go/rollcall/assign/internal/document"
	"github.com/rollcall-go/rollcall/roster"
)

// ledgerKind marks ledger files. If the fields change, so must the version.
var ledgerKind = document.Kind{Name: "rollcall ticket ledger", Version: 1}

// A ledger remembers which losses have a ticket, and which tickets are open. It
// is one file, always replaced as a whole, and during a delivery a second one
// beside it, to which the key of each opened ticket is added: to replace the
// first for each ticket would take a time that grows with their square.
type ledger struct {
	path    string
	journal *os.File
	ledgerDocument
}

type ledgerDocument struct {
	document.Stamp
	ResourceID  string        `json:"resourceId"`
	Application string        `json:"application"`
	Tickets     []ledgerEntry `json:"tickets"` // in the order in which they were entered
}

// A ledgerEntry is one ticket: whole as long as it waits, and only what must be
// known to open no second one afterwards.
type ledgerEntry struct {
	Key     string   `json:"key"`
	Losses  []string `json:"losses"`
	Waiting *Ticket  `json:"waiting,omitempty"`
}

// openLedger reads the ledger of the list's application.
func openLedger(path string, list *Revocations) (*ledger, error) {
	book := &ledger{path: path}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		book.ledgerDocument = ledgerDocument{Stamp: ledgerKind.Stamp(),
			ResourceID: list.ResourceID, Application: list.Application}
		return book, nil
	case err != nil:
		return nil, err
	}
	defer file.Close()
	if err := ledgerKind.Decode(file, &book.ledgerDocument); err != nil {
		return nil, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	if err := ledgerKind.ForApplication(book.Application, book.ResourceID, list.ResourceID); err != nil {
		return nil, fmt.Errorf("%s: %w", roster.Printable(path), err)
	}
	return book, book.replay()
}

func (b *ledger) journalPath() string { return b.path + ".opened" }

// replay takes over what a delivery that was cut off has opened. The last key may
// be cut off too; then its ticket comes again, with the same key.
func (b *ledger) replay() error {
	data, err := os.ReadFile(b.journalPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	opened := make(map[string]bool)
	for line := range strings.Lines(string(data)) {
		opened[strings.TrimSpace(line)] = true
	}
	for i := range b.Tickets {
		if opened[b.Tickets[i].Key] {
			b.Tickets[i].Waiting = nil
		}
	}
	return nil
}

// begin writes the ledger down as it is, before the first ticket is opened.
func (b *ledger) begin() error {
	if err := b.save(); err != nil {
		return err
	}
	link, err := os.Lstat(b.journalPath())
	if file, _ := os.Stat(b.journalPath()); err == nil && link.Mode()&fs.ModeSymlink != 0 &&
		(file == nil || file.Mode().IsRegular()) {
		return fmt.Errorf("%s is a link to another file, which would be lost", roster.Printable(b.journalPath()))
	}
	journal, err := os.OpenFile(b.journalPath(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	b.journal = journal
	return err
}

// note writes down that a ticket is open.
func (b *ledger) note(key string) error {
	if _, err := b.journal.WriteString(key + "\n"); err != nil {
		return err
	}
	return b.journal.Sync()
}

// end brings both files together.
func (b *ledger) end() error {
	if err := b.save(); err != nil {
		return err
	}
	b.journal.Close()
	return os.Remove(b.journalPath())
}

// opened returns how many tickets have been opened.
func (b *ledger) opened() int {
	n := 0
	for _, entry := range b.Tickets {
		if entry.Waiting == nil {
			n++
		}
	}
	return n
}

// waiting returns the tickets that are not open.
func (b *ledger) waiting() (tickets []Ticket) {
	for _, entry := range b.Tickets {
		if entry.Waiting != nil {
			tickets = append(tickets, *entry.Waiting)
		}
	}
	return tickets
}

// enter adds a ticket for each account with losses that have none yet.
func (b *ledger) enter(list *Revocations) {
	known := make(map[string]bool)
	for _, entry := range b.Tickets {
		for _, key := range entry.Losses {
			known[key] = true
		}
	}
	for _, revocation := range list.Accounts {
		if revocation.Action() == LookInto {
			continue
		}
		var lost []Loss
		var keys []string
		for _, loss := range revocation.Lost {
			if key := lossKey(list.ResourceID, revocation, loss); loss.Cause.Lost() && !known[key] {
				known[key] = true
				lost, keys = append(lost, loss), append(keys, key)
			}
		}
		if len(lost) > 0 {
			ticket := newTicket(list, revocation, lost)
			b.Tickets = append(b.Tickets, ledgerEntry{Key: ticket.Key, Losses: keys, Waiting: &ticket})
		}
	}
}

// deliver opens what waits and writes down each one that is open. Its error is
// the ledger's: without a ledger nothing more may be opened.
func (b *ledger) deliver(ctx context.Context, to Ticketer, delivery *Delivery) error {
	failures := 0
	for i := range b.Tickets {
		entry := &b.Tickets[i]
		if entry.Waiting == nil || failures == maxFailuresInARow {
			continue
		}
		err := ctx.Err()
		if err == nil {
			err = to.Open(ctx, *entry.Waiting)
		}
		if err != nil {
			delivery.Errors = append(delivery.Errors, err)
			if failures++; ctx.Err() != nil {
				return nil
			}
			continue
		}
		failures = 0
		delivery.Opened++
		entry.Waiting = nil
		if err := b.note(entry.Key); err != nil {
			return fmt.Errorf("a ticket was opened (%s) and could not be written down; "+
				"it may be opened again, with the same key: %w", entry.Key, err)
		}
	}
	return nil
}

func (b *ledger) save() error {
	return roster.WriteFile(b.path, func(w io.Writer) error { return ledgerKind.Encode(w, b.ledgerDocument) })
}
