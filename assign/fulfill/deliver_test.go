package fulfill_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A desk receives tickets and remembers each that it was given.
type desk struct {
	opened []fulfill.Ticket
	fail   func(calls int) error // asked before a ticket is opened
	calls  int
}

func (d *desk) Open(_ context.Context, ticket fulfill.Ticket) error {
	d.calls++
	if d.fail != nil {
		if err := d.fail(d.calls); err != nil {
			return err
		}
	}
	d.opened = append(d.opened, ticket)
	return nil
}

func (d *desk) accounts() (all []string) {
	for _, ticket := range d.opened {
		all = append(all, string(ticket.Action)+" "+ticket.Account.Key)
	}
	slices.Sort(all)
	return all
}

// keys are the keys of the tickets that a desk opened, each once.
func (d *desk) keys() (all []string) {
	for _, ticket := range d.opened {
		all = append(all, ticket.Key)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// noTicketLimit lets tests of a handful of accounts be about something else.
var noTicketLimit = &fulfill.DeliveryOptions{MaxTicketShare: 1, MaxTickets: assign.NoLimit}

// lose records a look in which everybody who held both roles lacks these.
func lose(t testing.TB, journal *fulfill.Journal, at time.Time, lost map[string][]assign.AppRole) {
	t.Helper()
	var is []assign.Assignment
	now := look(at, reads(nil))
	for user, person := range journal.State().People {
		now.Users[user] = fulfill.UserIsEnabled
		for _, role := range []assign.AppRole{general, auditor} {
			has := slices.ContainsFunc(person.Held, func(h fulfill.HeldRole) bool { return h.AppRoleID == role.ID })
			if has && !slices.ContainsFunc(lost[user], func(r assign.AppRole) bool { return r.ID == role.ID }) {
				is = append(is, granted(user, role))
			}
		}
	}
	now.Access.Assignments = is
	note(t, journal, now, &fulfill.RevocationOptions{MaxAccountShare: 1})
}

// holdingBoth is a journal of users who all hold both roles.
func holdingBoth(t testing.TB, users ...string) *fulfill.Journal {
	t.Helper()
	var rows []string
	var was []assign.Assignment
	for _, user := range users {
		rows = append(rows, user+"@x,")
		was = append(was, granted(user, general), granted(user, auditor))
	}
	return known(t, reads(nil, was...), rows...)
}

// leavers is a journal of n users who lost everything.
func leavers(t testing.TB, n int) *fulfill.Journal {
	t.Helper()
	lost := make(map[string][]assign.AppRole)
	var users []string
	for i := range n {
		users = append(users, fmt.Sprintf("user%02d", i))
		lost[users[i]] = []assign.AppRole{general, auditor}
	}
	journal := holdingBoth(t, users...)
	lose(t, journal, advent, lost)
	return journal
}

// due are the tickets that are to be opened.
func due(t testing.TB, journal *fulfill.Journal) []fulfill.Ticket {
	t.Helper()
	tickets, err := journal.State().Due(noTicketLimit)
	require.NoError(t, err)
	return tickets
}

// deliver opens all of them.
func deliver(t testing.TB, journal *fulfill.Journal, to fulfill.Ticketer) *fulfill.Delivery {
	t.Helper()
	delivery, err := journal.Deliver(t.Context(), to, due(t, journal))
	require.NoError(t, err)
	return delivery
}

func TestEachTicketIsOpenedOnceHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 5), new(desk)
	entries, waiting := journal.State().Entries, due(t, journal)
	assert.Len(t, waiting, 5)
	assert.Equal(t, entries, journal.State().Entries, "who only asks what would be opened, writes nothing")
	assert.Equal(t, &fulfill.Delivery{Opened: 5}, deliver(t, journal, desk))
	assert.Equal(t, waiting, desk.opened)
	assert.Empty(t, due(t, journal))
	for range 3 {
		delivery, err := journal.Deliver(t.Context(), desk, waiting) // an old question
		require.NoError(t, err)
		assert.Equal(t, &fulfill.Delivery{Before: 5}, delivery)
	}
	assert.Len(t, desk.opened, 5)
	assert.Equal(t, "CORPDB1: close the account user00@x of user00@x (General: removed, and not by a review; Auditor: removed, and not by a review)",
		desk.opened[0].Summary)
}

func TestTheActionGrowsAndEachLossHasItsOwnTicket(t *testing.T) {
	t.Parallel()
	journal, desk := holdingBoth(t, "ada", "bob"), new(desk)
	lose(t, journal, advent, map[string][]assign.AppRole{"ada": {auditor}})
	deliver(t, journal, desk)
	assert.Equal(t, []string{"removeRoles ada@x"}, desk.accounts())

	lose(t, journal, advent.AddDate(0, 0, 1), map[string][]assign.AppRole{"ada": {general}})
	deliver(t, journal, desk)
	require.Equal(t, []string{"closeAccount ada@x", "removeRoles ada@x"}, desk.accounts(), "her last role is gone: the account is to be closed")
	deliver(t, journal, desk)
	assert.Len(t, desk.opened, 2)

	for day := 2; day < 4; day++ { // the decisions are read at last: another cause is no other loss
		note(t, journal, look(advent.AddDate(0, 0, day), reads(nil, granted("bob", general), granted("bob", auditor)), review(deny("ada"))), nil)
		deliver(t, journal, desk)
	}
	assert.Len(t, desk.opened, 2)

	all := []assign.Assignment{granted("ada", general), granted("bob", general), granted("bob", auditor)}
	note(t, journal, look(advent.AddDate(0, 0, 5), reads(nil, all...)), nil)
	note(t, journal, look(advent.AddDate(0, 0, 6), reads(nil, all[1:]...)), nil)
	deliver(t, journal, desk)
	assert.Len(t, desk.opened, 3, "given anew and lost again: a second revocation is a second ticket")
	assert.Len(t, desk.keys(), 3)
}

func TestWhatIsOnlyToBeLookedIntoIsNoTicket(t *testing.T) {
	t.Parallel()
	desk := new(desk)
	deliver(t, sample(t), desk)
	assert.Equal(t, []string{`closeAccount =HYPERLINK("http://evil")`, "removeRoles cy@x"}, desk.accounts(), "bob still has access, and fay no account")
}

func TestATicketAsksForAnAccountForWhoeverHoldsARoleAndHasNone(t *testing.T) {
	t.Parallel()
	journal, desk := known(t, reads(nil, granted("ada", general), granted("fay", general)), "ada@x,"), new(desk)
	deliver(t, journal, desk)
	require.Len(t, desk.opened, 1)
	assert.Equal(t, "CORPDB1: open an account for Display fay (General)", desk.opened[0].Summary)
	assert.Equal(t, fulfill.OpenAccount, desk.opened[0].Action)

	served := look(advent, reads(nil, granted("ada", general), granted("fay", general)))
	served.List = listOf(t, accounts(t, "ada@x,", "fay@x,"), nil)
	note(t, journal, served, nil)
	assert.Empty(t, journal.State().Revocations().ToOpen)
	served.Time, served.List = advent.AddDate(0, 0, 1), listOf(t, accounts(t, "ada@x,"), nil)
	note(t, journal, served, nil)
	deliver(t, journal, desk)
	assert.Len(t, desk.keys(), 2, "the account is gone again: that is another lack")
}

// A ticket must be true when it is sent.
func TestATicketThatIsNoLongerTrueIsNotSent(t *testing.T) {
	t.Parallel()
	journal, desk := holdingBoth(t, "ada", "bob"), new(desk)
	lose(t, journal, advent, map[string][]assign.AppRole{"ada": {general, auditor}, "bob": {general, auditor}})
	tickets := due(t, journal)
	desk.fail = func(int) error { return errors.New("down") }
	_, err := journal.Deliver(t.Context(), desk, tickets)
	require.ErrorIs(t, err, fulfill.ErrUndelivered)

	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil, granted("ada", general), granted("ada", auditor))), nil)
	desk.fail = nil
	delivery, err := journal.Deliver(t.Context(), desk, tickets)
	require.NoError(t, err, "a ticket that is not needed waits for nothing")
	assert.Equal(t, []string{"closeAccount bob@x"}, desk.accounts(), "ada has access again")
	assert.Equal(t, 1, delivery.Opened)
	statuses := make(map[string]fulfill.TicketStatus)
	for _, record := range journal.State().Tickets {
		statuses[record.Name] = record.Status
	}
	assert.Equal(t, map[string]fulfill.TicketStatus{"ada@x": fulfill.TicketCancelled, "bob@x": fulfill.TicketOpened}, statuses)

	note(t, journal, look(advent.AddDate(0, 0, 2), reads(nil, granted("ada", general), granted("ada", auditor), granted("bob", general), granted("bob", auditor))), nil)
	for _, record := range journal.State().Tickets {
		assert.Equal(t, record.Name == "bob@x", record.Untrue, "%s: a ticket that is open and untrue must be withdrawn", record.Name)
	}
}

func TestNothingIsSentBeforeSomebodyLooked(t *testing.T) {
	t.Parallel()
	path, desk := filepath.Join(t.TempDir(), "journal"), new(desk)
	journal := open(t, path)
	first := look(january, reads(nil, granted("ada", general)))
	first.List = listOf(t, accounts(t, "ada@x,"), nil)
	note(t, journal, first, nil)
	note(t, journal, look(advent, reads(nil)), nil)
	require.NoError(t, journal.Close())

	journal = open(t, path)
	_, err := journal.Deliver(t.Context(), desk, due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrNoLook, "ada may have access again since")
	assert.Zero(t, desk.calls)
	note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil)), nil)
	deliver(t, journal, desk)
	assert.Len(t, desk.opened, 1)
}

func TestARunCutAnywhereLosesAndDoublesNoTicket(t *testing.T) {
	t.Parallel()
	for cut := range 8 {
		journal, desk := leavers(t, 6), new(desk)
		ctx, stop := context.WithCancel(t.Context())
		desk.fail = func(calls int) error {
			if calls > cut {
				stop()
				return ctx.Err()
			}
			return nil
		}
		delivery, err := journal.Deliver(ctx, desk, due(t, journal))
		stop()
		assert.Equal(t, min(cut, 6), delivery.Opened)
		assert.Len(t, delivery.Waiting, 6-delivery.Opened)
		if cut < 6 {
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, fulfill.ErrUndelivered)
		}
		desk.fail = nil
		delivery = deliver(t, journal, desk)
		assert.Equal(t, 6, delivery.Before+delivery.Opened)
		assert.Len(t, desk.opened, 6, "cut after %d", cut)
		assert.Len(t, desk.keys(), 6)
	}
}

func TestATicketWhoseAnswerWasLostComesAgainWithTheSameKey(t *testing.T) {
	t.Parallel()
	journal, desk := holdingBoth(t, "ada", "bob"), new(desk)
	lose(t, journal, advent, map[string][]assign.AppRole{"ada": {general}})
	var first fulfill.Ticket
	desk.fail = func(calls int) error {
		if calls == 1 {
			return errors.New("connection reset") // the ticket is open, and its answer on the way was lost
		}
		return nil
	}
	delivery, err := journal.Deliver(t.Context(), desk, due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	require.Len(t, delivery.Waiting, 1)
	first = delivery.Waiting[0]
	require.Equal(t, []fulfill.Ticket{first}, due(t, journal))

	// More was lost: what is sent now is another ticket under another key, in its place.
	lose(t, journal, advent.AddDate(0, 0, 1), map[string][]assign.AppRole{"ada": {auditor}})
	deliver(t, journal, desk)
	require.Len(t, desk.opened, 1)
	assert.NotEqual(t, first.Key, desk.opened[0].Key)
	assert.Len(t, desk.opened[0].Lost, 2)
	assert.Equal(t, fulfill.TicketCancelled, journal.State().Tickets[first.Key].Status)
}

func TestAReceiverThatIsDownIsLeftAlone(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 10), new(desk)
	down := errors.New("500")
	desk.fail = func(calls int) error {
		if calls != 3 {
			return down
		}
		return nil
	}
	delivery, err := journal.Deliver(t.Context(), desk, due(t, journal))
	assert.ErrorIs(t, err, down)
	assert.EqualError(t, err, "9 tickets are not delivered: the receiver seems to be down: 500; deliver again for the rest")
	assert.Equal(t, 6, desk.calls, "two failures, one success, three failures in a row: the rest is spared")
	assert.Len(t, delivery.Waiting, 9)
	assert.Len(t, delivery.Errors, 5)
	desk.fail = nil
	deliver(t, journal, desk)
	assert.Len(t, desk.keys(), 10)
}

// Three tickets that a desk will never have must not block all others for ever.
func TestATicketThatIsRefusedStopsNoOther(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 8), new(desk)
	desk.fail = func(calls int) error {
		if calls <= 4 {
			return fmt.Errorf("no such queue: %w", fulfill.ErrRefused)
		}
		return nil
	}
	delivery, err := journal.Deliver(t.Context(), desk, due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	require.ErrorIs(t, err, fulfill.ErrRefused)
	assert.Equal(t, 4, delivery.Opened)
	assert.Len(t, delivery.Refused, 4)
	assert.Empty(t, delivery.Waiting)

	entries := journal.State().Entries
	desk.fail = func(int) error { return fmt.Errorf("no such queue: %w", fulfill.ErrRefused) }
	tickets := due(t, journal)
	assert.Len(t, tickets, 4, "they are offered again")
	_, err = journal.Deliver(t.Context(), desk, tickets)
	require.ErrorIs(t, err, fulfill.ErrRefused)
	assert.Equal(t, entries, journal.State().Entries, "the same refusal every night doesn't fill the journal")
}

func TestATicketThatWasRefusedIsOfferedLast(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 3), new(desk)
	desk.fail = func(calls int) error {
		if calls == 1 {
			return fulfill.ErrRefused
		}
		return errors.New("down")
	}
	first := due(t, journal)
	_, err := journal.Deliver(t.Context(), desk, first)
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	again := due(t, journal)
	require.Len(t, again, 3)
	assert.Equal(t, first[0].Key, again[2].Key)
}

func TestAJournalThatCanNotBeWrittenStopsTheDelivery(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 3), new(desk)
	desk.fail = func(int) error { return journal.Close() }
	tickets := due(t, journal)
	delivery, err := journal.Deliver(t.Context(), desk, tickets)
	assert.ErrorContains(t, err, "could not be written down; it may be opened again, with the same key")
	assert.Equal(t, 1, desk.calls, "one ticket too many is better known than a hundred unknown")
	assert.Equal(t, tickets, delivery.Waiting)
	assert.Empty(t, delivery.Errors, "the receiver did nothing wrong")
}

// A program that is killed can't write down what became of the ticket that it sent.
func TestADeliveryThatWasKilledIsTakenUpWhereItWas(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "journal")
	journal, first := open(t, path), new(desk)
	var rows []string
	var was []assign.Assignment
	for _, user := range []string{"ada", "bob", "cy"} {
		rows, was = append(rows, user+"@x,"), append(was, granted(user, general))
	}
	begun := look(january, reads(nil, was...))
	begun.List = listOf(t, accounts(t, rows...), nil)
	note(t, journal, begun, nil)
	note(t, journal, look(advent, reads(nil)), nil)
	var killed []byte
	first.fail = func(calls int) (err error) {
		if calls == 2 { // bob's ticket is sent
			killed, err = os.ReadFile(path)
		}
		return err
	}
	deliver(t, journal, first)

	for _, test := range []struct {
		reason string
		file   []byte
		again  []string
	}{
		{"killed before the answer was written down", killed, []string{"closeAccount bob@x", "closeAccount cy@x"}},
		{"killed while bob's ticket was written down", killed[:len(killed)-5], []string{"closeAccount bob@x", "closeAccount cy@x"}},
	} {
		path := filepath.Join(t.TempDir(), "journal")
		require.NoError(t, os.WriteFile(path, test.file, 0o600))
		journal, second := open(t, path), new(desk)
		assert.NotEmpty(t, journal.Note(), test.reason)
		note(t, journal, look(advent.AddDate(0, 0, 1), reads(nil)), nil)
		delivery := deliver(t, journal, second)
		assert.Equal(t, test.again, second.accounts(), test.reason)
		assert.Equal(t, 3, delivery.Before+delivery.Opened, test.reason)
		assert.Subset(t, first.keys(), second.keys(), "%s: what is sent again is known by its key", test.reason)
	}
}

// A reading is a desk that can tell what became of a ticket.
type reading struct {
	desk
	answers map[string]fulfill.Answer
	err     error
}

func (r *reading) Status(_ context.Context, key string) (fulfill.Answer, error) {
	return r.answers[key], r.err
}

func TestATicketThatTheReceiverHasIsNotSentAgain(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 1), &reading{answers: make(map[string]fulfill.Answer)}
	key := due(t, journal)[0].Key
	desk.fail = func(int) error { return errors.New("the answer was lost") }
	_, err := journal.Deliver(t.Context(), desk, due(t, journal))
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	desk.err = errors.New("down")
	_, err = journal.Deliver(t.Context(), desk, due(t, journal))
	require.ErrorIs(t, err, desk.err, "who can't tell whether the ticket is open is sent no second one")
	assert.Equal(t, 1, desk.calls)

	desk.err, desk.answers[key] = nil, fulfill.Answer{Status: fulfill.TicketOpened, Reference: "INC-1"}
	deliver(t, journal, desk)
	assert.Equal(t, 1, desk.calls, "it is open, says the receiver")
	assert.Equal(t, "INC-1", journal.State().Tickets[key].Reference)
	assert.Empty(t, due(t, journal))
}

func TestWhatBecameOfTicketsIsReadBack(t *testing.T) {
	t.Parallel()
	journal, desk := leavers(t, 3), &reading{answers: make(map[string]fulfill.Answer)}
	deliver(t, journal, desk)
	entries := journal.State().Entries
	asked, err := journal.ReadTickets(t.Context(), desk)
	require.NoError(t, err)
	assert.Equal(t, 3, asked)
	assert.Equal(t, entries, journal.State().Entries, "no answer is no news")

	keys := desk.keys()
	desk.answers[keys[0]] = fulfill.Answer{Status: fulfill.TicketDone, Reference: "INC-1", Text: "closed"}
	desk.answers[keys[1]] = fulfill.Answer{Status: fulfill.TicketRejected, Text: "is a service account"}
	_, err = journal.ReadTickets(t.Context(), desk)
	require.NoError(t, err)
	tickets := journal.State().Tickets
	assert.Equal(t, fulfill.TicketDone, tickets[keys[0]].Status)
	assert.Equal(t, "is a service account", tickets[keys[1]].Text)
	assert.Len(t, journal.State().Revocations().Accounts, 3, "what a desk says is no proof")
	assert.Empty(t, due(t, journal), "and what it rejected is not asked for again")
	asked, err = journal.ReadTickets(t.Context(), desk)
	require.NoError(t, err)
	assert.Equal(t, 3, asked, "a ticket that is closed may be opened again")
	desk.answers[keys[2]] = fulfill.Answer{Status: "closed"}
	_, err = journal.ReadTickets(t.Context(), desk)
	require.ErrorContains(t, err, `is "closed": want opened, done or rejected`, "the ticket would be sent again")
	assert.Equal(t, fulfill.TicketOpened, journal.State().Tickets[keys[2]].Status)
}

func TestMoreTicketsThanTheLimitAreNotOffered(t *testing.T) {
	t.Parallel()
	journal := leavers(t, 12)
	var limit *fulfill.LimitError
	_, err := journal.State().Due(nil)
	require.ErrorAs(t, err, &limit, "everybody's account is to be closed")
	assert.Equal(t, fulfill.LimitError{Tickets: true, Listed: 12, Current: 12, Allowed: 10}, *limit)
	tickets, err := journal.State().Due(&fulfill.DeliveryOptions{Override: "the application is closed down"})
	require.NoError(t, err)
	assert.Len(t, tickets, 12)
	_, err = journal.State().Due(&fulfill.DeliveryOptions{MaxTickets: -1})
	require.ErrorContains(t, err, "want a number from 0")
}

// The cost of a ticket should not depend on how many there are.
func BenchmarkDeliver(b *testing.B) {
	for _, n := range []int{20, 80} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				journal := leavers(b, n)
				tickets := due(b, journal)
				b.StartTimer()
				if _, err := journal.Deliver(b.Context(), new(desk), tickets); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/ticket")
		})
	}
}
