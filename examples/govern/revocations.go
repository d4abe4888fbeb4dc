package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

func revocationsCommand(ctx context.Context, s *session) error {
	if err := s.checkOut(); err != nil {
		return err
	}
	ticketer, err := s.ticketer()
	if err != nil {
		return err
	}
	known, _, err := fulfill.ReadJournal(s.opts.journal)
	if err != nil {
		return err
	}
	fileIs := s.opts.journal + " is a journal"
	if err := s.checkSameApplication(ctx, fileIs, known.Application, known.ResourceID); err != nil {
		return err
	}
	if err := s.openJournal(assign.App{ResourceID: known.ResourceID, DisplayName: known.Application}); err != nil {
		return err
	}
	return s.revocations(ctx, ticketer)
}

// revocations looks who has access now, lists what is to be done in the application,
// writes the list, opens tickets and compares with a new export, as the flags ask.
func (s *session) revocations(ctx context.Context, ticketer fulfill.Ticketer) error {
	s.heading("List the accounts to close")
	news, err := s.look(ctx, nil, nil)
	if err != nil {
		return err
	}
	if s.journal == nil {
		s.known = news.State()
	} else if err := s.journal.Record(news); err != nil {
		return err
	}
	list := news.Revocations()
	s.doc.Revocations = list
	list.WriteText(s.out)
	if err := s.writeRevocations(list); err != nil {
		return err
	}
	if err := s.openTickets(ctx, ticketer); err != nil {
		return err
	}
	return s.proveClosed()
}

// checkOut refuses an -out whose kind can't be told before anything is asked.
func (s *session) checkOut() error {
	if s.opts.out == "" || slices.Contains([]string{".csv", ".json"}, strings.ToLower(filepath.Ext(s.opts.out))) {
		return nil
	}
	return usageError("-out %s: want a file that ends in .csv or .json", s.opts.out)
}

func (s *session) writeRevocations(list *fulfill.Revocations) error {
	if s.opts.out == "" || s.opts.dryRun {
		return nil
	}
	write := list.Encode
	if strings.EqualFold(filepath.Ext(s.opts.out), ".csv") {
		write = func(w io.Writer) error { return list.WriteCSV(w, nil) }
	}
	if err := writeFile(s.opts.out, write); err != nil {
		return err
	}
	s.doc.RevocationsFile = s.opts.out
	s.out.block()
	s.note("Written to %s.", s.opts.out)
	return nil
}

// ticketer returns the receiver of -webhook or -servicenow, or nil.
func (s *session) ticketer() (fulfill.Ticketer, error) {
	switch {
	case s.opts.webhook != "":
		hook, err := fulfill.NewWebhook(s.opts.webhook, &fulfill.WebhookOptions{Transport: s.tenant.ticketTransport})
		if err != nil {
			return nil, usageError("-webhook: %w", err)
		}
		return hook, nil
	case s.opts.serviceNow != "":
		options := &fulfill.ServiceNowOptions{User: s.getenv("SERVICENOW_USER"), Password: s.getenv("SERVICENOW_PASSWORD"),
			Token: s.getenv("SERVICENOW_TOKEN"), Fields: s.opts.ticketFields, Transport: s.tenant.ticketTransport}
		if options.User+options.Password+options.Token == "" {
			return nil, usageError("-servicenow needs credentials in the variables SERVICENOW_USER and " +
				"SERVICENOW_PASSWORD, or in SERVICENOW_TOKEN")
		}
		desk, err := fulfill.NewServiceNow(s.opts.serviceNow, options)
		if err != nil {
			return nil, usageError("-servicenow: %w", err)
		}
		return desk, nil
	}
	return nil, nil
}

// openTickets opens the tickets that are due, each once over all runs: the journal
// remembers. A receiver that can tell is asked before what became of the earlier ones.
func (s *session) openTickets(ctx context.Context, to fulfill.Ticketer) error {
	if to == nil || s.journal == nil {
		return nil
	}
	where, _ := url.Parse(cmp.Or(s.opts.webhook, s.opts.serviceNow))
	s.doc.Tickets = new(tickets)
	s.readTickets(ctx, to, where.Host)
	due, err := s.journal.State().Due(s.ticketLimits())
	if err != nil {
		return err
	}
	if len(due) > 0 {
		if err := s.confirm(ctx, fmt.Sprintf("open %s at %s", plural(len(due), "ticket"), where.Host)); err != nil {
			return err
		}
	}
	delivery, err := s.journal.Deliver(ctx, to, due)
	s.doc.Tickets.Opened, s.doc.Tickets.Before = delivery.Opened, delivery.Before
	s.doc.Tickets.Refused, s.doc.Tickets.Waiting = len(delivery.Refused), len(delivery.Waiting)
	s.out.block()
	s.note("%s opened at %s; %s opened before.",
		plural(delivery.Opened, "ticket"), where.Host, plural(delivery.Before, "ticket"))
	if errors.Is(err, fulfill.ErrUndelivered) {
		return withStatus(exitFailed, "%w", err)
	}
	return err
}

// readTickets writes down what became of the tickets that are open.
func (s *session) readTickets(ctx context.Context, to fulfill.Ticketer, host string) {
	reader, ok := to.(fulfill.TicketReader)
	if !ok {
		return
	}
	if _, err := s.journal.ReadTickets(ctx, reader); err != nil {
		s.recordFailure("what became of the tickets is not known: %w", err)
		return
	}
	for _, ticket := range s.journal.State().Tickets {
		switch ticket.Status {
		case fulfill.TicketDone:
			s.doc.Tickets.Done++
		case fulfill.TicketRejected:
			s.doc.Tickets.Rejected++
			s.note("The ticket %s for %s is closed at %s and was not carried out. %s",
				ticket.Reference, ticket.Name, host, ticket.Text)
		}
	}
	if done := s.doc.Tickets.Done; done > 0 {
		s.note("%s carried out, says %s; a new export proves it.", agree(done, "ticket", "is", "are"), host)
	}
}

// tickets says what became of the tickets.
type tickets struct {
	Opened  int `json:"opened"`            // now
	Before  int `json:"before"`            // by earlier runs
	Refused int `json:"refused,omitempty"` // the receiver won't have them
	Waiting int `json:"waiting"`           // for the next run
	// Done and Rejected are what a receiver says of all tickets that it has.
	Done     int `json:"done,omitempty"`
	Rejected int `json:"rejected,omitempty"`
}

// proveClosed looks for the accounts in the application's new export of -roster.
func (s *session) proveClosed() error {
	if s.roster.open == nil {
		return nil
	}
	s.heading("Prove that the accounts are closed")
	in, err := s.roster.read()
	if err != nil {
		return err
	}
	defer in.Close()
	state := s.state()
	closure, err := state.Prove(in.Rows(), &fulfill.ProofOptions{Column: s.opts.account, Roles: s.listedRoles(state),
		Closed: s.closed()})
	if err != nil {
		return err
	}
	if s.journal != nil {
		if err := s.journal.Proven(closure); err != nil {
			return err
		}
	}
	s.doc.Closure = closure
	s.printNotes(in.Header())
	closure.WriteText(s.out)
	if n := len(closure.Open) + len(closure.Unproven); s.opts.strict && n > 0 {
		return withStatus(exitFailed, "%s still open, says %s", agree(n, "account", "is", "are"), s.roster.name)
	}
	return nil
}
