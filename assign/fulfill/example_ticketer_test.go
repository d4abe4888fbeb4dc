package fulfill_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A helpdesk is a ticket system of one's own. It knows a ticket again by its key.
type helpdesk struct{ tickets map[string]string }

func (d helpdesk) Open(_ context.Context, ticket fulfill.Ticket) error {
	if ticket.Action == fulfill.OpenAccount {
		return fmt.Errorf("%w: new accounts are ordered elsewhere", fulfill.ErrRefused)
	}
	if _, known := d.tickets[ticket.Key]; !known { // else its answer was lost: one ticket is enough
		d.tickets[ticket.Key] = fmt.Sprintf("CHG%04d", len(d.tickets)+1)
		fmt.Println(d.tickets[ticket.Key], ticket.Summary)
	}
	return nil
}

// Status makes a helpdesk a TicketReader, too: the journal can ask what became of a ticket.
func (d helpdesk) Status(_ context.Context, key string) (fulfill.Answer, error) {
	number, known := d.tickets[key]
	if !known {
		return fulfill.Answer{}, nil
	}
	return fulfill.Answer{Status: fulfill.TicketDone, Reference: number, Text: "closed by hand"}, nil
}

// A ticket system of one's own.
func ExampleTicketer() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	journal := afterReview(folder) // in which Ada lost her role, as in the example of Journal
	defer journal.Close()

	due, err := journal.State().Due(nil)
	if err != nil {
		log.Fatal(err)
	}
	desk := helpdesk{tickets: map[string]string{}}
	delivery, err := journal.Deliver(context.Background(), desk, due)
	if errors.Is(err, fulfill.ErrUndelivered) {
		fmt.Println(len(delivery.Refused), "refused,", len(delivery.Waiting), "for the next run")
	} else if err != nil {
		log.Fatal(err)
	}
	if _, err := journal.ReadTickets(context.Background(), desk); err != nil {
		log.Fatal(err)
	}
	for _, ticket := range journal.State().Tickets {
		fmt.Println(ticket.Reference, ticket.Status)
	}
	// Output:
	// CHG0001 CORPDB1: close the account ADA1 of ada@example.com (General: denied by Grace Hopper on 15 April 2026)
	// CHG0001 done
}
