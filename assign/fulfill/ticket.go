package fulfill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/roster"
)

// A Ticket asks somebody to close an account of the application, to take roles from
// it, or to open one.
type Ticket struct {
	// Key tells the ticket from all others, and is the same each time it is
	// opened, so that a receiver can recognize one that it already has.
	Key         string        `json:"key"`
	Summary     string        `json:"summary"` // one line for people; see [roster.Printable]
	Application string        `json:"application"`
	ResourceID  string        `json:"resourceId"`
	Action      AccountAction `json:"action"`           // CloseAccount, RemoveRoles or OpenAccount
	Account     AppAccount    `json:"account,omitzero"` // to close or to change
	People      []PersonRef   `json:"people"`           // who lost access, or lacks an account
	Lost        []Loss        `json:"lost,omitempty"`   // why
	Keeps       []string      `json:"keeps,omitempty"`  // roles that the account keeps, or is to have
	reason      TicketRecord  // what the journal keeps of it
}

// A Ticketer opens tickets; [Webhook] is one, and [ServiceNow] another.
type Ticketer interface {
	// Open must return nil only if the receiver has opened the ticket. It is called
	// again with the same ticket if it returned an error, or if the program ended
	// before its answer was written down. A receiver that has seen the key should then
	// answer as it did the first time. An error that wraps [ErrRefused] says that the
	// receiver won't have this ticket; any other one that it can't be reached.
	Open(ctx context.Context, ticket Ticket) error
}

// A TicketReader is a [Ticketer] that can tell what became of a ticket.
type TicketReader interface {
	// Status returns what became of the ticket with that key; an Answer without a
	// status if the receiver has none.
	Status(ctx context.Context, key string) (Answer, error)
}

// An Answer is what a receiver says of a ticket.
type Answer struct {
	Status    TicketStatus // TicketOpened, TicketDone or TicketRejected; "" if it is not known
	Reference string       // the receiver's own name for the ticket
	Text      string       // for people
}

// A TicketStatus says what became of a ticket.
type TicketStatus string

// What becomes of tickets.
const (
	TicketAsked     TicketStatus = "asked"     // sent, and not known to be open
	TicketOpened    TicketStatus = "opened"    // the receiver has it
	TicketRefused   TicketStatus = "refused"   // the receiver won't have it; it is offered again
	TicketDone      TicketStatus = "done"      // the receiver says that it is carried out
	TicketRejected  TicketStatus = "rejected"  // the receiver says that it won't be carried out
	TicketCancelled TicketStatus = "cancelled" // no longer true, or replaced, before it was open
)

// A TicketRecord is what a journal keeps of a ticket.
type TicketRecord struct {
	Key     string        `json:"key"`
	Status  TicketStatus  `json:"status"`
	Action  AccountAction `json:"action"`
	Account string        `json:"account,omitempty"` // AppAccount.ID
	Name    string        `json:"name"`              // of the account, or of who should have one
	Losses  []string      `json:"losses,omitempty"`  // Loss.ID
	Person  string        `json:"person,omitempty"`  // who should have an account
	Lack    string        `json:"lack,omitempty"`
	At      time.Time     `json:"at"` // of the status
	// Reference and Text are the receiver's, or why it refused the ticket.
	Reference string `json:"reference,omitempty"`
	Text      string `json:"text,omitempty"`
	// Replaces are the keys of tickets that are not needed any more, as they were not
	// opened, or are no longer true, as somebody has another role now.
	Replaces []string `json:"replaces,omitempty"`
	// Untrue says that a reason has gone since the ticket was opened: somebody has
	// access again. Somebody should withdraw it; what is still true has a new ticket.
	Untrue bool `json:"untrue,omitempty"`
}

// settled reports whether nothing more is asked for by the ticket.
func (t TicketRecord) settled() bool { return t.Status == TicketDone || t.Status == TicketCancelled }

// has reports whether the receiver has the ticket, or had it.
func (t TicketRecord) has() bool {
	return t.Status == TicketOpened || t.Status == TicketDone || t.Status == TicketRejected
}

// settles reports whether a loss needs no further ticket for what is to be done.
func (t TicketRecord) settles(r Revocation, loss string) bool {
	enough := t.Action == r.Action() || t.Action == CloseAccount && !r.holds
	return t.has() && !t.Untrue && enough && slices.Contains(t.Losses, loss)
}

// ErrRefused says that the receiver of a ticket won't have it. The others are still
// opened.
var ErrRefused = errors.New("the ticket is refused")

// ErrUndelivered says that not all tickets could be opened. They are offered again by
// the next delivery, if they are still true.
var ErrUndelivered = errors.New("tickets are not delivered")

// ErrNoLook says that no look was recorded since the journal was opened, so that
// tickets may no longer be true.
var ErrNoLook = errors.New("nobody looked who has access now")

// Due returns the tickets that are to be opened: one for each account that lost
// access, and for each person who lacks an account, unless it is open. It is an order
// in which one that was refused before comes last. More than the options allow are
// refused with a [*LimitError]; nil opts mean the defaults.
func (s *State) Due(opts *DeliveryOptions) ([]Ticket, error) {
	list := s.Revocations()
	byAccount := make(map[string][]TicketRecord)
	for _, record := range s.Tickets {
		byAccount[record.Account] = append(byAccount[record.Account], record)
	}
	var due, refused []Ticket
	for _, revocation := range slices.Concat(list.Accounts, list.ToOpen) {
		ticket, ok := s.ticketFor(revocation, byAccount[revocation.Account.ID])
		switch {
		case !ok:
		case s.Tickets[ticket.Key].Status == TicketRefused:
			refused = append(refused, ticket)
		default:
			due = append(due, ticket)
		}
	}
	due = append(due, refused...)
	if err := opts.check(list.Known, len(due)); err != nil {
		return nil, err
	}
	return due, nil
}

// ticketFor returns the ticket that a revocation still needs.
func (s *State) ticketFor(r Revocation, earlier []TicketRecord) (Ticket, bool) {
	action := r.Action()
	record := TicketRecord{Status: TicketAsked, Action: action, Account: r.Account.ID, Name: r.Account.Key}
	var lost []Loss
	switch action {
	case LookInto:
		return Ticket{}, false
	case OpenAccount:
		record.Person, record.Lack, record.Name = r.People[0].ID, r.lack, r.People[0].String()
		record.Key = hash(s.ResourceID, string(action), r.lack, record.Person)
		if slices.ContainsFunc(earlier, func(t TicketRecord) bool {
			return t.Lack == r.lack && t.Person == record.Person && t.Status != TicketAsked && t.Status != TicketRefused
		}) {
			return Ticket{}, false
		}
	default:
		for _, loss := range r.Lost {
			open := func(t TicketRecord) bool { return t.settles(r, loss.ID) }
			if loss.Cause.Lost() && !slices.ContainsFunc(earlier, open) && !s.carried(r.Account, loss) {
				lost, record.Losses = append(lost, loss), append(record.Losses, loss.ID)
			}
		}
		slices.Sort(record.Losses)
		record.Key = hash(append([]string{s.ResourceID, string(action), r.Account.ID}, record.Losses...)...)
		for s.Tickets[record.Key].Untrue { // and withdrawn: this is another one
			record.Key = hash(record.Key)
		}
		if len(lost) == 0 {
			return Ticket{}, false
		}
	}
	for _, other := range earlier {
		waits := other.Status == TicketAsked || other.Status == TicketRefused
		wrong := other.Status == TicketOpened && other.Action == CloseAccount && r.holds
		if (waits || wrong) && other.Account != "" && other.Key != record.Key {
			record.Replaces = append(record.Replaces, other.Key)
		}
	}
	slices.Sort(record.Replaces)
	ticket := Ticket{Key: record.Key, Application: s.Application, ResourceID: s.ResourceID, Action: action,
		Account: r.Account, People: r.People, Lost: lost, Keeps: r.Keeps, reason: record}
	ticket.Summary = roster.Printable(s.Application + ": " + ticket.sentence())
	return ticket, true
}

// carried reports whether the ledger of an older version has a ticket for a loss.
func (s *State) carried(account AppAccount, loss Loss) bool {
	return len(s.Carried) > 0 && slices.Contains(s.Carried, s.ledgerKey(account, loss))
}

// ledgerKey is what that ledger knew a loss by: one that was given back and lost again
// through the same group has the same.
func (s *State) ledgerKey(account AppAccount, loss Loss) string {
	return hash(s.ResourceID, roster.Fold(account.Key), loss.PrincipalID, loss.AppRoleID, loss.Grant)
}

// stillCarried returns what of the ledger is about losses that have not ended: the next
// loss needs a ticket of its own.
func (s *State) stillCarried() (keys []string) {
	if len(s.Carried) == 0 {
		return nil
	}
	open := s.allLosses()
	for _, account := range s.Accounts {
		for _, person := range account.People {
			for _, loss := range open[person] {
				if s.carried(account, loss) {
					keys = append(keys, s.ledgerKey(account, loss))
				}
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// sentence says for people what the ticket asks for, and why.
func (t Ticket) sentence() string {
	names := make([]string, len(t.People))
	for i, person := range t.People {
		names[i] = person.String()
	}
	of := strings.Join(names, " and ")
	switch t.Action {
	case OpenAccount:
		return fmt.Sprintf("open an account for %s (%s)", of, strings.Join(t.Keeps, ", "))
	case RemoveRoles:
		return fmt.Sprintf("take a role from the account %s of %s (%s)", t.Account.Key, of, sentences(t.Lost))
	}
	return fmt.Sprintf("close the account %s of %s (%s)", t.Account.Key, of, sentences(t.Lost))
}

// settleTickets cancels the tickets about those losses, accounts and people that are no
// longer true, and marks those that were opened. A ticket to close an account is not true
// while one of its people has a role of it.
func (s *State) settleTickets(ids ...string) {
	if s.about == nil { // with the people whose accounts these are now
		s.about = make(map[string][]string)
		for _, record := range s.Tickets {
			s.index(record)
		}
	}
	var claimed map[string]map[string]bool
	inUse := func(t TicketRecord) bool {
		account := s.Accounts[t.Account]
		some := func(id string) bool { return s.People[id].hasAccess() && len(s.People[id].Held) > 0 }
		if t.Action != CloseAccount || !slices.ContainsFunc(account.People, some) {
			return false
		}
		if claimed == nil { // by all accounts, which takes a while
			claimed = s.claimedRoles()
		}
		return s.revocation(account, nil, claimed).holds
	}
	for _, id := range ids {
		for _, key := range s.about[id] {
			record := s.Tickets[key]
			switch {
			case record.settled() || record.Untrue || s.isTrue(record) && !inUse(record):
				continue
			case record.Status == TicketAsked || record.Status == TicketRefused:
				record.Status = TicketCancelled
			default:
				record.Untrue = s.Accounts[record.Account].live() // a closed account is what it asked for
			}
			s.Tickets[key] = record
		}
	}
}

// index notes what a ticket is about.
func (s *State) index(t TicketRecord) {
	for _, id := range append([]string{t.Account, t.Person}, t.Losses...) {
		s.about[id] = append(s.about[id], t.Key)
	}
	for _, person := range s.Accounts[t.Account].People {
		s.about[person] = append(s.about[person], t.Key)
	}
}

// ids returns the ids of the people and accounts that a look found new or changed.
func (n *News) ids() (ids []string) {
	for _, person := range n.People {
		ids = append(ids, person.ID)
	}
	for _, account := range n.Accounts {
		ids = append(ids, account.ID)
	}
	return ids
}

// isTrue reports whether what a ticket asks for is still to be done.
func (s *State) isTrue(t TicketRecord) bool {
	if t.Action == OpenAccount {
		return s.Lacking[t.Person] == t.Lack
	}
	ended := func(id string) bool { _, open := s.Losses[id]; return !open }
	return s.Accounts[t.Account].live() && !slices.ContainsFunc(t.Losses, ended)
}

// learnTicket adds what became of a ticket.
func (s *State) learnTicket(now TicketRecord) {
	for _, key := range now.Replaces {
		record := s.Tickets[key]
		if record.has() {
			record.Untrue = true
		} else {
			record.Status = TicketCancelled
		}
		s.Tickets[key] = record
	}
	if _, known := s.Tickets[now.Key]; !known && s.about != nil {
		s.index(now)
	}
	now.Replaces = nil
	s.Tickets[now.Key] = now
}

func hash(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
