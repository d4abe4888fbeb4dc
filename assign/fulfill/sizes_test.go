package fulfill_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// A bigApp is an application whose people leave and join steadily.
type bigApp struct {
	testing.TB
	path   string
	header *roster.Header
	roles  []assign.AppRole
	listed int // the first of its accounts: they are closed a night later
	first  int // of its people, who have numbers
	last   int
	now    time.Time
}

func newBigApp(t testing.TB, people int) *bigApp {
	header, err := roster.NewHeader("users.csv", []string{"Login", "Email"})
	require.NoError(t, err)
	return &bigApp{t, filepath.Join(t.TempDir(), "journal"), header, exampleApp.Roles, 0, 0, people, time.Now().UTC()}
}

// look records a look with the list, and opens the tickets.
func (b *bigApp) look() {
	look := fulfill.Look{Time: b.now, Roles: b.roles, Users: make(map[string]fulfill.UserStatus),
		Access: fulfill.Access{Complete: true, ResourceID: exampleApp.ResourceID}}
	var rows listedRows
	for n := b.listed; n < b.last; n++ {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		email := fmt.Sprintf("some.body.%d@example.com", n)
		rows = append(rows, listedRow{row: roster.NewRow(b.header, n-b.listed+2, []string{fmt.Sprintf("LOGIN%07d", n), email}),
			key: email, person: id})
		look.Users[id] = fulfill.UserIsEnabled
		if n < b.first {
			continue
		}
		look.Access.Assignments = append(look.Access.Assignments, assign.Assignment{ID: fmt.Sprintf("assignment-of-thirty-chars-%09d", n),
			PrincipalID: id, PrincipalType: "User", ResourceID: exampleApp.ResourceID, AppRoleID: b.roles[0].ID})
	}
	j, err := fulfill.OpenJournal(b.path, exampleApp, nil)
	require.NoError(b, err)
	for id, person := range j.State().People {
		if _, there := look.Users[id]; !there && len(person.Held) > 0 {
			look.Users[id] = fulfill.UserIsEnabled
		}
	}
	look.List, err = fulfill.NewList(rows, &fulfill.ListOptions{Column: "Login"})
	require.NoError(b, err)
	news, err := j.State().Compare(look, &fulfill.RevocationOptions{Override: "sizes"})
	require.NoError(b, err)
	require.NoError(b, j.Record(news))
	due, err := j.State().Due(&fulfill.DeliveryOptions{Override: "sizes"})
	require.NoError(b, err)
	_, err = j.Deliver(b.Context(), quietDesk{}, due)
	require.NoError(b, err)
	require.NoError(b, j.Close())
	b.now, b.listed = b.now.Add(24*time.Hour), b.first
}

// A quietDesk opens every ticket.
type quietDesk struct{}

func (quietDesk) Open(context.Context, fulfill.Ticket) error { return nil }

// change lets a part of the people leave, and as many join.
func (b *bigApp) change(people int) { b.first, b.last = b.first+people, b.last+people }

func (b *bigApp) size() int64 {
	info, err := os.Stat(b.path)
	require.NoError(b, err)
	return info.Size()
}

// A night without news costs under 1 kB, and with its tickets the journal stays under
// 100 MB if 100,000 accounts change by 1 % a month for five years.
func TestAJournalStaysSmall(t *testing.T) {
	t.Parallel()
	const people = 500
	b := newBigApp(t, people)
	b.look()
	begun := b.size()
	b.look()
	require.Less(t, b.size()-begun, int64(1000), "a night without news")
	quiet := b.size()
	for range 12 {
		b.change(people / 200) // half a percent leaves, and half a percent joins
		b.look()
	}
	month := float64(b.size()-quiet) / 12 / people
	const fiveYears = 60
	whole := 100_000 * (float64(begun)/people + fiveYears*month)
	t.Logf("100,000 accounts: %d MB at first, %d MB after five years", begun*100_000/people/1e6, int(whole/1e6))
	require.Less(t, whole, 100e6, "five years of 100,000 accounts")
}

// With 100,000 accounts, the journal should be read in under 2 s.
func BenchmarkReadJournal(b *testing.B) {
	big := newBigApp(b, 100_000)
	big.look()
	begun := big.size()
	big.look()
	night := big.size() - begun
	for b.Loop() {
		_, _, err := fulfill.ReadJournal(big.path)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(night), "B/quiet-night")
	b.ReportMetric(float64(begun)/1e6, "MB")
}
