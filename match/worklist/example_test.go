package worklist_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/match/matchtest"
	"github.com/rollcall-go/rollcall/match/near"
	"github.com/rollcall-go/rollcall/match/worklist"
	"github.com/rollcall-go/rollcall/roster"
)

func ExampleNew() {
	directory := matchtest.NewDirectory(
		user("1", "Ada", "Byron", "ada.byron@contoso.com", "proxyAddresses", "smtp:ada@contoso.com", "otherMails", "ada@home.example",
			"employeeId", "417"),
		user("2", "Kari", "Lund", "kari.lund@contoso.com"),
	)
	rows, err := roster.NewReader(strings.NewReader("Login,EMail,Name\n"+
		"kari,kari.lund@contoso.com,Kari Lund\n"+
		"ada,ada.byron@oldco.example,Ada Byron\n"+
		"svc-mail,svc-mail@contoso.com,Mail\n"), nil)
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
	list := worklist.New(report, &worklist.Options{Account: "Login", Proposals: proposals})
	for _, cause := range list.Causes {
		fmt.Printf("%d %s (%s): %s\n", cause.Count, cause.Text, cause.Where, cause.Act)
	}
	for _, candidate := range list.Rows[0].Candidates {
		fmt.Println(list.Rows[0].Account, candidate.Why)
	}
	// Output:
	// 1 the domain oldco.example (rule): Map oldco.example to contoso.com in the rule, which finds 1 of 1 by the same name there, or match by an attribute that keeps former addresses.
	// 1 accounts that look like no person's: service (rule): If it is so, decide “nobody” with an owner and an end, or close the account if it was only for a test.
	// ada perhaps ada.byron@contoso.com (strong): address similar (the same name before the @), surname same, given name same; no rival
}

// What people decided in Excel, or on the page, is known to the next run.
func ExampleReadDecisions() {
	const decided = "account,decision,user,by,why\nada,match,ada.byron@contoso.com,Grace,her former name\n"
	file, err := roster.NewReader(strings.NewReader(decided), worklist.ReadingOptions("decisions.csv"))
	if err != nil {
		log.Fatal(err)
	}
	decisions, err := worklist.ReadDecisions(file.Rows())
	if err != nil {
		log.Fatal(err)
	}
	directory := matchtest.NewDirectory(user("1", "Ada", "Byron", "ada.byron@contoso.com"))
	rows, err := roster.NewReader(strings.NewReader("Login,EMail\nada,lovelace@contoso.com\n"), nil)
	if err != nil {
		log.Fatal(err)
	}
	rule := match.Column("EMail", "mail")
	report, err := match.Run(context.Background(), directory, rows.Rows(), rule, &match.Options{
		Decide: decisions.Decide(worklist.Rules{Matcher: rule, Account: "Login"})})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Outcomes[0].Kind, report.Outcomes[0].Query.Rule == match.Decided)
	fmt.Println(report.Outcomes[0].Reason())
	// Output:
	// Matched true
	// people decided that this row is ada.byron@contoso.com; decided: match ada.byron@contoso.com, by Grace: her former name
}
