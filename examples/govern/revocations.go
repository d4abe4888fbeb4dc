package main

import (
	"context"
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
	ticketer, err := s.webhook()
	if err != nil {
		return err
	}
	snapshot, err := readSnapshot(s.opts.snapshot)
	if err != nil {
		return err
	}
	fileIs := s.opts.snapshot + " is a snapshot"
	if err := s.checkSameApplication(ctx, fileIs, snapshot.Application, snapshot.ResourceID); err != nil {
		return err
	}
	return s.revocations(ctx, snapshot, ticketer)
}

// revocations lists whose access was lost since the snapshot, writes the list,
// opens tickets and compares with a new export, as the flags ask.
func (s *session) revocations(ctx context.Context, snapshot fulfill.Snapshot, ticketer fulfill.Ticketer) error {
	s.heading("List the accounts to close")
	present, err := s.tenant.governance.Present(ctx, snapshot, nil)
	if err != nil {
		return err
	}
	list, err := fulfill.NewRevocations(snapshot, present, s.accountLimits())
	if err != nil {
		return err
	}
	s.doc.Revocations = list
	list.WriteText(s.out)
	if err := s.writeRevocations(list); err != nil {
		return err
	}
	if err := s.openTickets(ctx, list, ticketer); err != nil {
		return err
	}
	return s.proveClosed(snapshot, list)
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

// webhook returns the receiver of -webhook, or nil.
func (s *session) webhook() (fulfill.Ticketer, error) {
	if s.opts.webhook == "" {
		return nil, nil
	}
	hook, err := fulfill.NewWebhook(s.opts.webhook, &fulfill.WebhookOptions{Transport: s.tenant.webhookTransport})
	if err != nil {
		return nil, usageError("-webhook: %w", err)
	}
	return hook, nil
}

// openTickets opens a ticket for each account that lost access, once over all runs:
// a file beside the snapshot remembers.
func (s *session) openTickets(ctx context.Context, list *fulfill.Revocations, to fulfill.Ticketer) error {
	if to == nil || s.opts.dryRun {
		return nil
	}
	where, _ := url.Parse(s.opts.webhook)
	ledger := s.opts.snapshot + ".tickets"
	limits := s.ticketLimits()
	waiting, err := fulfill.Waiting(list, ledger, limits)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		if err := s.confirm(ctx, fmt.Sprintf("open %s at %s", plural(len(waiting), "ticket"), where.Host)); err != nil {
			return err
		}
	}
	delivery, err := fulfill.Deliver(ctx, to, list, ledger, limits)
	s.doc.Tickets = &tickets{Opened: delivery.Opened, Before: delivery.Before, Waiting: len(delivery.Waiting)}
	s.out.block()
	s.note("%s opened at %s; %s opened before.",
		plural(delivery.Opened, "ticket"), where.Host, plural(delivery.Before, "ticket"))
	if err != nil && len(delivery.Waiting) > 0 {
		return withStatus(exitFailed, "%w", err)
	}
	return err
}

// tickets says what became of the tickets.
type tickets struct {
	Opened  int `json:"opened"`  // now
	Before  int `json:"before"`  // by earlier runs
	Waiting int `json:"waiting"` // for the next run
}

// proveClosed looks for the accounts in the application's new export of -roster.
func (s *session) proveClosed(snapshot fulfill.Snapshot, list *fulfill.Revocations) error {
	if s.roster.open == nil {
		return nil
	}
	s.heading("Prove that the accounts are closed")
	in, err := s.roster.read()
	if err != nil {
		return err
	}
	defer in.Close()
	closure, err := fulfill.ProveClosed(snapshot, list, in.Rows(), s.accountColumn(), s.closedOptions(snapshot))
	if err != nil {
		return err
	}
	s.doc.Closure = closure
	closure.WriteText(s.out)
	if n := len(closure.Open) + len(closure.Unproven); s.opts.strict && n > 0 {
		return withStatus(exitFailed, "%s still open, says %s", agree(n, "account", "is", "are"), s.roster.name)
	}
	return nil
}

// accountColumn is -account, or the column that the snapshot took its keys from.
func (s *session) accountColumn() string {
	if s.opts.account == "" && len(s.opts.rules) > 0 {
		return s.opts.rules[0].column
	}
	return s.opts.account
}

// closedOptions lets -role-column show who has lost one of several roles.
func (s *session) closedOptions(snapshot fulfill.Snapshot) *fulfill.ClosedOptions {
	if s.opts.roleColumn == "" {
		return nil
	}
	var roles []assign.AppRole
	for id, name := range snapshot.Roles {
		roles = append(roles, assign.AppRole{ID: id, DisplayName: name, IsEnabled: true,
			AllowedMemberTypes: []string{"User"}})
	}
	return &fulfill.ClosedOptions{Roles: assign.RoleColumn(s.opts.roleColumn, roles, nil)}
}
