package governance_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// look reads who holds what now, and writes down what has changed since the last time.
func look(ctx context.Context, client *entra.Client, reviews *governance.Client, journal *fulfill.Journal, list string) error {
	accounts, err := roster.NewReader(strings.NewReader(list), nil) // in production roster.OpenFile
	if err != nil {
		return err
	}
	report, err := match.Run(ctx, client, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil)
	if err != nil {
		return err
	}
	seen, err := reviews.Look(ctx, journal.State(), &governance.LookOptions{
		Report: report, List: &fulfill.ListOptions{Column: "Login"}})
	if err != nil {
		return err // and nothing is concluded
	}
	news, err := journal.State().Compare(seen, nil)
	if err != nil {
		return err // such as more accounts than the options allow
	}
	return journal.Record(news)
}

// A review, and the list of accounts to close in the application after it.
func ExampleClient_Look() {
	ctx := context.Background()
	tenant, appID, olga := reviewTenant()
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	reviews := governance.New(client)
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	app, err := client.FindApplication(ctx, entra.ApplicationRef{ObjectID: appID})
	if err != nil {
		log.Fatal(err)
	}
	journal, err := fulfill.OpenJournal(filepath.Join(folder, "CORPDB1.journal"), app.App(), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer journal.Close()
	const list = "Login,EMail\nADA1,ada@contoso.example\n"
	if err := look(ctx, client, reviews, journal, list); err != nil { // before the review
		log.Fatal(err)
	}
	review, _, err := reviews.CreateReview(ctx, governance.Review{DisplayName: "CORPDB1, fourth quarter",
		ServicePrincipalID: appID, ApplicationName: "CORPDB1", AutoApply: true,
		Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{governance.UserReviewer(olga)}, Days: 14}}})
	if err != nil {
		log.Fatal(err)
	}
	if err := deny(ctx, tenant, reviews, review.ID, "ada@contoso.example"); err != nil { // two weeks later
		log.Fatal(err)
	}
	if _, err := reviews.WaitReview(ctx, review, nil); err != nil {
		log.Fatal(err)
	}
	if err := look(ctx, client, reviews, journal, list); err != nil {
		log.Fatal(err)
	}
	for _, account := range journal.State().Revocations().Accounts {
		fmt.Println(account.Action(), account.Account.Key+":", account.Lost[0].Cause, "by", account.Lost[0].By)
	}
	// Output:
	// closeAccount ADA1: denied by Olga
}
