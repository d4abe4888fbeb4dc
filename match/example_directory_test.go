package match_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// A phoneBook is a directory of one's own: here a list, which could as well be a
// table or a service. It must tell "nobody" from "I don't know".
type phoneBook []match.User

func (b phoneBook) FindUsers(ctx context.Context, queries []match.Query) iter.Seq2[int, match.Answer] {
	return func(yield func(int, match.Answer) bool) {
		for i, query := range queries {
			if err := ctx.Err(); err != nil { // concerns all queries, so it ends the answers
				yield(i, match.Answer{Err: fmt.Errorf("%w: %w", match.ErrDirectory, err)})
				return
			}
			if !yield(i, b.answer(query)) {
				return
			}
		}
	}
}

// answer compares as the directory does: without letter case.
func (b phoneBook) answer(query match.Query) (answer match.Answer) {
	value, known := map[string]func(match.User) string{
		"userPrincipalName": func(u match.User) string { return u.UserPrincipalName },
		"displayName":       func(u match.User) string { return u.DisplayName },
		"mail":              func(u match.User) string { return u.Mail },
	}[query.Attribute]
	if !known || query.Select != "" {
		answer.Err = fmt.Errorf("the phone book has no %s%s%s", query.Attribute, query.Filter, query.Select)
		return answer
	}
	for _, user := range b {
		if roster.Fold(value(user)) == roster.Fold(query.Value) {
			answer.Users = append(answer.Users, user)
		}
	}
	return answer
}

// A directory of one's own. The suite of package matchtest says whether it does
// what match relies on.
func ExampleDirectory() {
	book := phoneBook{{ID: "1", DisplayName: "Ada Byron", Mail: "ada@contoso.com", AccountEnabled: true}}
	rows, err := roster.NewReader(strings.NewReader("EMail\nADA@contoso.com\nbob@contoso.com\n"), nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := match.Run(context.Background(), book, rows.Rows(), match.Column("EMail", "mail"), nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, outcome := range report.Outcomes {
		fmt.Println(outcome.Key, outcome.Kind)
	}
	// Output:
	// ADA@contoso.com Matched
	// bob@contoso.com NotFound
}
