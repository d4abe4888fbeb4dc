package near_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/roster"
)

func ExampleAsk() {
	directory := inMemory([]match.User{user("1", "Karianne", "Lund", "karianne.lund@contoso.com")}, nil)
	rows, err := roster.NewReader(strings.NewReader("EMail,Name\nkarianne.lund@old.example,\"Lund, Kari\"\n"), nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := match.Run(context.Background(), directory, rows.Rows(), match.Column("EMail", "mail"), nil)
	if err != nil {
		log.Fatal(err)
	}
	proposals, err := near.Ask(context.Background(), directory, report, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range proposals.Of(report.Outcomes[0]) {
		fmt.Println(p.Why())
	}
	// Output:
	// perhaps karianne.lund@contoso.com (strong): address similar (the same name before the @), surname same, given name similar (shortened); no rival
}
