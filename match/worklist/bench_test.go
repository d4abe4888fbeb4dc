package worklist_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

// large is a report of so many rows of which some are open, with proposals: of ten, seven
// are at a domain that was left, and one each has a space, a placeholder and nobody.
func large(tb testing.TB, rows, open int) (*match.Report, *near.Proposals) {
	header, err := roster.NewHeader("users.csv", []string{"Login", "EMail", "Name", "Role", "Status", "Admin", "Department", "Site"})
	require.NoError(tb, err)
	var users []matchtest.User
	var list []match.User
	var all []roster.Row
	for i := range rows {
		local := fmt.Sprintf("p%d.s%d", i%977, i)
		given, surname := fmt.Sprintf("Given%c%c", 'a'+i%26, 'a'+i/26%26), fmt.Sprintf("Sur%c%c%c", 'a'+i%23, 'a'+i/23%26, 'a'+i/598%26)
		u := user(fmt.Sprint("id", i), given, surname, local+"@contoso.com")
		address := u.Mail
		switch {
		case i >= open:
		case i%10 < 7:
			address = local + "@oldco.example"
		case i%10 == 7:
			address += " "
		case i%10 == 8:
			address = "N/A"
		default:
			address = fmt.Sprintf("gone%d@contoso.com", i)
		}
		users, list = append(users, u), append(list, u.User)
		last := &list[len(list)-1]
		last.Attributes = map[string]string{"givenName": given, "surname": surname, "mailNickname": local}
		all = append(all, roster.NewRow(header, i+2, []string{fmt.Sprint("login", i), address, given + " " + surname, "User", "active",
			[]string{"no", "yes"}[i%50/49], "Sales", "Oslo"}))
	}
	stream := func(yield func(roster.Row, error) bool) {
		for _, row := range all {
			if !yield(row, nil) {
				return
			}
		}
	}
	report, err := match.Run(context.Background(), matchtest.NewDirectory(users...), stream, byMail, nil)
	require.NoError(tb, err)
	return report, near.NewIndex(list, nil).Propose(report, nil)
}

// BenchmarkNew measures making and writing the worklist of 40,000 rows of which 3,000
// are open; proposals are there already. It takes some tenths of a second.
//
//	go test ./match/worklist -run '^$' -bench . -benchmem
func BenchmarkNew(b *testing.B) {
	report, proposals := large(b, 40_000, 3_000)
	opts := &worklist.Options{Profile: profile, Proposals: proposals, Now: now}
	l := worklist.New(report, opts)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			l = worklist.New(report, opts)
		}
		b.ReportMetric(float64(l.Counts.Open), "rows")
	})
	b.Run("compare", func(b *testing.B) {
		again := *opts
		again.Before = l
		for b.Loop() {
			worklist.New(report, &again)
		}
	})
	for name, write := range map[string]func(*bytes.Buffer) error{
		"csv":  func(w *bytes.Buffer) error { return l.WriteCSV(w, nil) },
		"json": func(w *bytes.Buffer) error { return l.WriteJSON(w) },
		"text": func(w *bytes.Buffer) error { return l.WriteText(w) },
	} {
		b.Run(name, func(b *testing.B) {
			var file bytes.Buffer
			for b.Loop() {
				file.Reset()
				require.NoError(b, write(&file))
			}
			b.ReportMetric(float64(file.Len()), "size")
		})
	}
}

func TestWhatOneActSettlesMostOfComesFirst(t *testing.T) {
	t.Parallel()
	report, proposals := large(t, 4_000, 300)
	l := worklist.New(report, &worklist.Options{Profile: profile, Proposals: proposals, Now: now})
	addsUp(t, report, l, "")
	var causes []string
	for _, c := range l.Causes[:3] {
		causes = append(causes, fmt.Sprintf("%s %d/%d", c.ID, c.Settles, c.Count))
	}
	require.Equal(t, []string{"domain:oldco.example 210/210", "normaliser:trim 30/30", "placeholder 0/30"}, causes)
}
