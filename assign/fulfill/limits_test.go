package fulfill_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
)

// A tenant that says of everybody that they are disabled must not close every account.
func TestMoreAccountsThanTheLimitAreNoList(t *testing.T) {
	t.Parallel()
	disabled := func(n, of int) (*fulfill.Journal, fulfill.Look) {
		var is []assign.Assignment
		var rows []string
		now := look(advent, reads(nil))
		for i := range of {
			user := fmt.Sprintf("user%02d", i)
			is, rows = append(is, granted(user, general)), append(rows, user+"@x,General")
			now.Users[user] = fulfill.UserIsEnabled
			if i < n {
				now.Users[user] = fulfill.UserIsDisabled
			}
		}
		now.Access = reads(nil, is...)
		return known(t, reads(nil, is...), rows...), now
	}
	for _, test := range []struct {
		reason  string
		n, of   int
		opts    *fulfill.RevocationOptions
		allowed int // if refused
	}{
		{reason: "everybody", n: 40, of: 40, allowed: 20},
		{reason: "half", n: 20, of: 40},
		{reason: "all of a handful", n: 3, of: 3},
		{reason: "a share of the caller's", n: 11, of: 40, opts: &fulfill.RevocationOptions{MaxAccountShare: 0.25}, allowed: 10},
		{reason: "a number of the caller's", n: 3, of: 40, opts: &fulfill.RevocationOptions{MaxAccounts: 2}, allowed: 2},
		{reason: "no limit", n: 40, of: 40, opts: &fulfill.RevocationOptions{MaxAccounts: assign.NoLimit, MaxAccountShare: 1}},
		{reason: "a reason", n: 40, of: 40, opts: &fulfill.RevocationOptions{Override: "CORPDB1 is closed down"}},
		{reason: "spaces are no reason", n: 40, of: 40, opts: &fulfill.RevocationOptions{Override: "  "}, allowed: 20},
	} {
		journal, now := disabled(test.n, test.of)
		news, err := journal.State().Compare(now, test.opts)
		if test.allowed == 0 {
			require.NoError(t, err, test.reason)
			assert.Len(t, news.Revocations().Accounts, test.n, test.reason)
			continue
		}
		var limit *fulfill.LimitError
		require.ErrorAs(t, err, &limit, test.reason)
		assert.Equal(t, fulfill.LimitError{Listed: test.n, Current: test.of, Allowed: test.allowed}, *limit, test.reason)
		assert.Nil(t, news, test.reason)
	}
	journal, now := disabled(1, 2)
	for _, opts := range []fulfill.RevocationOptions{{MaxAccounts: -1}, {MaxAccountShare: -0.1}, {MaxAccountShare: 1.5}} {
		_, err := journal.State().Compare(now, &opts)
		require.ErrorContains(t, err, "want a number from 0")
	}
}

// A directory that forgets a few people a night must not close every account in a week.
func TestTheLimitCountsWhatWasLostInSevenDays(t *testing.T) {
	t.Parallel()
	var all []assign.Assignment
	var rows []string
	for i := range 60 {
		user := fmt.Sprintf("user%02d", i)
		all, rows = append(all, granted(user, general)), append(rows, user+"@x,")
	}
	opts := &fulfill.RevocationOptions{MaxAccountShare: 0.2} // 12 of 60
	night := func(journal *fulfill.Journal, at time.Time, lost int) error {
		now := look(at, reads(nil, all[lost:]...))
		for i := range lost {
			now.Users[fmt.Sprintf("user%02d", i)] = fulfill.UserIsEnabled
		}
		news, err := journal.State().Compare(now, opts)
		if err == nil {
			require.NoError(t, journal.Record(news))
		}
		return err
	}
	journal := known(t, reads(nil, all...), rows...)
	require.NoError(t, night(journal, advent, 8))
	var limit *fulfill.LimitError
	require.ErrorAs(t, night(journal, advent.AddDate(0, 0, 1), 16), &limit, "8 and 8 are 16, though each night is below 12")
	assert.Equal(t, 16, limit.Listed)
	require.ErrorAs(t, night(journal, advent.AddDate(0, 0, 6), 16), &limit)
	require.NoError(t, night(journal, advent.AddDate(0, 0, 7), 16), "a week later that is another eight")

	opts.Override = "a department is closed"
	require.NoError(t, night(journal, advent.AddDate(0, 0, 8), 40))
	assert.Len(t, journal.State().Revocations().Accounts, 40)
}
