package match_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// halved is a directory in which two mails in a row are the same user's.
type halved struct{}

func (halved) FindUsers(_ context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return each(queries, func(query match.Query) match.Answer {
		var n int
		fmt.Sscanf(strings.ToLower(query.Value), "user%d@", &n)
		return match.Answer{Users: []match.User{{ID: fmt.Sprint("id", n/2), AccountEnabled: true}}}
	})
}

// A large roster must name the same first rows as a small one.
func TestRepeatedRowsAreFoundInALargeRoster(t *testing.T) {
	t.Parallel()
	const n = 50_000
	header, err := roster.NewHeader("users.csv", []string{"EMail"})
	require.NoError(t, err)
	rows := func(yield func(roster.Row, error) bool) {
		for i := range 2 * n { // the second half repeats the first, in another letter case
			mail := fmt.Sprintf("user%d@contoso.com", i%n)
			if i >= n {
				mail = strings.ToUpper(mail)
			}
			if !yield(roster.NewRow(header, i+2, []string{mail}), nil) {
				return
			}
		}
	}
	report, err := match.Run(t.Context(), halved{}, rows, match.Column("EMail", "mail"), nil)
	require.NoError(t, err)
	require.Len(t, report.Outcomes, 2*n)
	for i, o := range report.Outcomes {
		want, first := match.Matched, 0
		switch {
		case i >= n:
			want, first = match.Duplicate, i-n+2
		case i%2 == 1:
			want, first = match.SameUser, i-1+2
		}
		if o.Kind != want || o.FirstLine != first || o.Line() != i+2 ||
			o.User == nil || o.User.ID != fmt.Sprint("id", i%n/2) {
			assert.Fail(t, "a row has another row's outcome", "line %d: %s of line %d, want %s of line %d", o.Line(),
				o.Kind, o.FirstLine, want, first)
			return
		}
	}
}
