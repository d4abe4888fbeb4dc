package fulfill_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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

// revoked is a list of users who all held both roles and lost these.
func revoked(t testing.TB, lost map[string][]assign.AppRole) *fulfill.Revocations {
	t.Helper()
	var rows []string
	var was, is []assign.Assignment
	users := make(map[string]fulfill.UserStatus)
	for user, roles := range lost {
		rows, users[user] = append(rows, user+"@x,"), fulfill.UserIsEnabled
		for _, role := range []assign.AppRole{general, auditor} {
			was = append(was, held(user, role))
			if !slices.ContainsFunc(roles, func(r assign.AppRole) bool { return r.ID == role.ID }) {
				is = append(is, held(user, role))
			}
		}
	}
	list, err := fulfill.NewRevocations(snapshotOf(t, reads(nil, was...), rows...), fulfill.Present{Access: reads(nil, is...), Users: users}, nil)
	require.NoError(t, err)
	return list
}

// leavers are n users who lost everything.
func leavers(t testing.TB, n int) *fulfill.Revocations {
	t.Helper()
	lost := make(map[string][]assign.AppRole)
	for i := range n {
		lost[fmt.Sprintf("user%02d", i)] = []assign.AppRole{general, auditor}
	}
	return revoked(t, lost)
}

func TestEachTicketIsOpenedOnceHoweverOftenItIsDelivered(t *testing.T) {
	t.Parallel()
	ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
	list := leavers(t, 5)
	waiting, err := fulfill.Waiting(list, ledger, nil)
	require.NoError(t, err)
	assert.Len(t, waiting, 5)
	assert.NoFileExists(t, ledger, "who only asks what would be opened, writes nothing")
	delivery, err := fulfill.Deliver(t.Context(), desk, list, ledger, nil)
	require.NoError(t, err)
	assert.Equal(t, waiting, desk.opened)
	waiting, err = fulfill.Waiting(list, ledger, nil)
	require.NoError(t, err)
	assert.Empty(t, waiting)
	assert.Equal(t, &fulfill.Delivery{Opened: 5}, delivery)
	for range 3 {
		delivery, err = fulfill.Deliver(t.Context(), desk, list, ledger, nil)
		require.NoError(t, err)
		assert.Equal(t, &fulfill.Delivery{Before: 5}, delivery)
	}
	assert.Len(t, desk.opened, 5)

	info, err := os.Stat(ledger)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "who was denied what is nobody else's business")
	assert.Equal(t, "CORPDB1: close the account user00@x of user00@x (General: removed, and not by a review; Auditor: removed, and not by a review)",
		desk.opened[0].Summary)
}

func TestANewLossIsANewTicketAndAnotherCauseIsNot(t *testing.T) {
	t.Parallel()
	ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
	deliver := func(list *fulfill.Revocations) {
		t.Helper()
		_, err := fulfill.Deliver(t.Context(), desk, list, ledger, nil)
		require.NoError(t, err)
	}
	deliver(revoked(t, map[string][]assign.AppRole{"ada": {auditor}}))
	assert.Equal(t, []string{"removeRoles ada@x"}, desk.accounts())
	both := revoked(t, map[string][]assign.AppRole{"ada": {auditor, general}})
	deliver(both)
	require.Equal(t, []string{"closeAccount ada@x", "removeRoles ada@x"}, desk.accounts())
	assert.Len(t, desk.opened[1].Lost, 1, "the second ticket is about the second role alone")

	for i := range both.Accounts[0].Lost {
		both.Accounts[0].Lost[i].Cause = fulfill.Denied // the decisions are read at last
	}
	deliver(both)
	assert.Len(t, desk.opened, 2)
	both.Accounts[0].Lost[0].Grant = "given anew and lost again"
	deliver(both)
	assert.Len(t, desk.opened, 3, "a second revocation is a second ticket")
}

func TestWhatIsOnlyToBeLookedIntoIsNoTicket(t *testing.T) {
	t.Parallel()
	desk := new(desk)
	_, err := fulfill.Deliver(t.Context(), desk, sampleRevocations(t), filepath.Join(t.TempDir(), "tickets.json"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{`closeAccount =HYPERLINK("http://evil")`, "removeRoles cy@x"}, desk.accounts(), "bob still has access, and fay no account")
}

func TestARunCutAnywhereLosesAndDoublesNoTicket(t *testing.T) {
	t.Parallel()
	list := leavers(t, 6)
	for cut := range 8 {
		ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
		ctx, stop := context.WithCancel(t.Context())
		desk.fail = func(calls int) error {
			if calls > cut {
				stop()
				return ctx.Err()
			}
			return nil
		}
		delivery, err := fulfill.Deliver(ctx, desk, list, ledger, nil)
		stop()
		assert.Equal(t, min(cut, 6), delivery.Opened)
		assert.Len(t, delivery.Waiting, 6-delivery.Opened)
		if cut < 6 {
			assert.ErrorIs(t, err, context.Canceled)
			assert.ErrorIs(t, err, fulfill.ErrUndelivered)
		}
		desk.fail = nil
		delivery, err = fulfill.Deliver(t.Context(), desk, list, ledger, nil)
		require.NoError(t, err)
		assert.Equal(t, 6, delivery.Before+delivery.Opened)
		assert.Len(t, desk.opened, 6, "cut after %d", cut)
		assert.Len(t, slices.Compact(desk.accounts()), 6)
	}
}

func TestATicketWhoseAnswerWasLostComesAgainWithTheSameKey(t *testing.T) {
	t.Parallel()
	ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
	ada := revoked(t, map[string][]assign.AppRole{"ada": {general}})
	desk.fail = func(calls int) error {
		if calls == 1 {
			desk.opened = append(desk.opened, fulfill.Ticket{}) // the ticket is open, and its answer on the way was lost
			return errors.New("connection reset")
		}
		return nil
	}
	first, err := fulfill.Deliver(t.Context(), desk, ada, ledger, nil)
	require.ErrorIs(t, err, fulfill.ErrUndelivered)
	require.Len(t, first.Waiting, 1)

	// Meanwhile more was lost: the ticket that waits must not change under its key.
	_, err = fulfill.Deliver(t.Context(), desk, revoked(t, map[string][]assign.AppRole{"ada": {general, auditor}}), ledger, nil)
	require.NoError(t, err)
	require.Len(t, desk.opened, 3)
	assert.Equal(t, first.Waiting[0], desk.opened[1])
	assert.NotEqual(t, desk.opened[1].Key, desk.opened[2].Key)
}

func TestAReceiverThatIsDownIsLeftAlone(t *testing.T) {
	t.Parallel()
	ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
	down := errors.New("500")
	desk.fail = func(calls int) error {
		if calls != 3 {
			return down
		}
		return nil
	}
	delivery, err := fulfill.Deliver(t.Context(), desk, leavers(t, 10), ledger, nil)
	assert.ErrorIs(t, err, fulfill.ErrUndelivered)
	assert.ErrorIs(t, err, down)
	assert.EqualError(t, err, "9 tickets are not delivered: 500; deliver again for the rest")
	assert.Equal(t, 6, desk.calls, "two failures, one success, three failures in a row: the rest is spared")
	assert.Len(t, delivery.Waiting, 9)
	assert.Len(t, delivery.Errors, 5)

	desk.fail = nil
	_, err = fulfill.Deliver(t.Context(), desk, leavers(t, 0), ledger, nil)
	require.NoError(t, err, "what waits is delivered although the list no longer says so")
	assert.Len(t, desk.opened, 10)
}

func TestNothingIsOpenedWithoutALedgerThatCanBeTrusted(t *testing.T) {
	t.Parallel()
	list := leavers(t, 2)
	good := filepath.Join(t.TempDir(), "tickets.json")
	_, err := fulfill.Deliver(t.Context(), new(desk), list, good, nil)
	require.NoError(t, err)
	file, err := os.ReadFile(good)
	require.NoError(t, err)
	for _, test := range []struct {
		reason, file string
		err          error
	}{
		{"cut short, it has forgotten tickets", string(file[:len(file)-20]), assign.ErrTruncated},
		{"empty", "", assign.ErrTruncated},
		{"a newer program's", strings.Replace(string(file), `"version": 1`, `"version": 2`, 1), assign.ErrVersion},
		{"another application's", strings.Replace(string(file), testApp.ResourceID, "bbbb", 1), assign.ErrOtherApplication},
		{"a roster in its place", "Email,Role\n", assign.ErrMalformed},
	} {
		path := filepath.Join(t.TempDir(), "tickets.json")
		require.NoError(t, os.WriteFile(path, []byte(test.file), 0o600))
		desk := new(desk)
		_, err := fulfill.Deliver(t.Context(), desk, list, path, nil)
		assert.ErrorIs(t, err, test.err, test.reason)
		assert.ErrorContains(t, err, path, test.reason)
		assert.Zero(t, desk.calls, test.reason)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, test.file, string(after), "and the file is left for somebody to look at")
	}
	desk := new(desk)
	_, err = fulfill.Deliver(t.Context(), desk, list, filepath.Join(t.TempDir(), "no", "such", "folder", "tickets.json"), nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.Zero(t, desk.calls)
}

func TestTheJournalReplacesNothingThatALinkPointsTo(t *testing.T) {
	t.Parallel()
	folder, desk := t.TempDir(), new(desk)
	target := filepath.Join(folder, "evidence.json")
	require.NoError(t, os.WriteFile(target, []byte("kept"), 0o600))
	ledger := filepath.Join(folder, "tickets.json")
	require.NoError(t, os.Symlink(target, ledger+".opened"))
	_, err := fulfill.Deliver(t.Context(), desk, leavers(t, 1), ledger, nil)
	require.Error(t, err)
	assert.Empty(t, desk.opened)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	assert.Equal(t, "kept", string(text))
}

func TestALedgerThatCanNotBeWrittenStopsTheDelivery(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs a file system that is full")
	}
	ledger, desk := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
	require.NoError(t, os.Symlink("/dev/full", ledger+".opened"))
	delivery, err := fulfill.Deliver(t.Context(), desk, leavers(t, 3), ledger, nil)
	assert.ErrorContains(t, err, "no space left")
	assert.ErrorContains(t, err, "a ticket was opened")
	assert.Equal(t, 1, desk.calls, "one ticket too many is better known than a hundred unknown")
	assert.Len(t, delivery.Waiting, 2)
}

// A program that is killed can't bring its two files together.
func TestADeliveryThatWasKilledIsTakenUpWhereItWas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		reason string
		tear   func(journal string) string
		again  []string
	}{
		{"killed between two tickets", func(journal string) string { return journal }, []string{"closeAccount user02@x"}},
		{"killed while the second was written down", func(journal string) string { return journal[:len(journal)-5] },
			[]string{"closeAccount user01@x", "closeAccount user02@x"}},
		{"a journal of nothing", func(string) string { return "" }, []string{"closeAccount user00@x", "closeAccount user01@x", "closeAccount user02@x"}},
	} {
		ledger, first := filepath.Join(t.TempDir(), "tickets.json"), new(desk)
		var base, journal []byte
		first.fail = func(calls int) error {
			if calls < 3 {
				return nil
			}
			var err error
			base, err = os.ReadFile(ledger)
			require.NoError(t, err)
			journal, err = os.ReadFile(ledger + ".opened")
			require.NoError(t, err)
			return errors.New("killed")
		}
		list := leavers(t, 3)
		_, err := fulfill.Deliver(t.Context(), first, list, ledger, nil)
		require.ErrorIs(t, err, fulfill.ErrUndelivered)
		require.NoFileExists(t, ledger+".opened", "only a kill leaves it")

		require.NoError(t, os.WriteFile(ledger, base, 0o600))
		require.NoError(t, os.WriteFile(ledger+".opened", []byte(test.tear(string(journal))), 0o600))
		second := new(desk)
		delivery, err := fulfill.Deliver(t.Context(), second, list, ledger, nil)
		require.NoError(t, err, test.reason)
		assert.Equal(t, test.again, second.accounts(), test.reason)
		assert.Equal(t, 3, delivery.Before+delivery.Opened, test.reason)
	}
}

// The cost of a ticket should not depend on how many there are.
func BenchmarkDeliver(b *testing.B) {
	for _, n := range []int{20, 80} {
		list := leavers(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := fulfill.Deliver(b.Context(), new(desk), list, filepath.Join(b.TempDir(), "tickets.json"), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/ticket")
		})
	}
}
