package match_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/roster"
)

// The directory that the documentation shows must be one, and so is the call that
// the documentation of matchtest shows.
func TestPhoneBook(t *testing.T) {
	matchtest.TestDirectory(t, func(t *testing.T, users []matchtest.User) match.Directory {
		var book phoneBook
		for _, user := range users {
			if !user.Deleted {
				book = append(book, user.User)
			}
		}
		return book
	})
}

// From here to the end the package's documentation shows this file.

// byNumber is the rule of a list that has 7 where the directory has E0007. A row
// without a number has no key.
var byNumber = match.Func("E+Number=employeeId", func(row roster.Row) match.Query {
	if row.Get("Number") == "" {
		return match.Query{}
	}
	return match.Equal("employeeId", fmt.Sprintf("E%04s", row.Get("Number")))
}, "Number")

func TestByNumber(t *testing.T) {
	directory := matchtest.NewDirectory(matchtest.User{
		User:       match.User{ID: "1", UserPrincipalName: "ada@contoso.com"},
		Attributes: map[string][]string{"employeeId": {"E0007"}},
	})
	for number, want := range map[string]match.Kind{"7": match.Matched, "8": match.NotFound, "": match.NoKey} {
		rows, err := roster.NewReader(strings.NewReader("Number,Name\n"+number+",Ada\n"), nil)
		require.NoError(t, err)
		report, err := match.Run(t.Context(), directory, rows.Rows(), byNumber, nil)
		require.NoError(t, err)
		require.Equal(t, want, report.Outcomes[0].Kind, number)
	}
}
