// Command reviews takes one application through an access review and back: a
// journal that is begun at import, a review, a denial, the list of accounts to close,
// one ticket each, and the proof by a new export. It runs on a made-up tenant in
// memory; with a client from entra.Connect, circle does the same on a real one.
// The tool with flags, dry runs and questions is ../govern.
package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/governance"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

const (
	before = "Login,Email\nADA1,ada@contoso.example\nBOB1,bob@contoso.example\nCY01,cy@contoso.example\n"
	after  = "Login,Email\nADA1,ada@contoso.example\nCY01,cy@contoso.example\n" // somebody has closed BOB1
)

func main() {
	tenant, err := newTenant()
	if err == nil {
		err = circle(context.Background(), tenant.client, tenant.decide, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// circle needs an application CORPDB1 whose users are assigned, and somebody to
// review them. The function decide stands for the days in which they do.
func circle(ctx context.Context, client *entra.Client,
	decide func(ctx context.Context, reviewID string) error, out io.Writer) error {
	reviews := governance.New(client)
	corpdb1 := entra.ApplicationRef{DisplayName: "CORPDB1"}
	app, err := client.FindApplication(ctx, corpdb1)
	if err != nil {
		return err
	}
	// A real program keeps this file for years: it knows what was before, and which
	// tickets were opened.
	folder, err := os.MkdirTemp("", "reviews-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	journal, err := fulfill.OpenJournal(filepath.Join(folder, "CORPDB1.journal"), app.App(), nil)
	if err != nil {
		return err
	}
	defer journal.Close()
	users, err := match.Run(ctx, client, export(before), match.Column("Email", "userPrincipalName"), nil)
	if err != nil {
		return err
	}
	if err := look(ctx, reviews, journal, users); err != nil {
		return err
	}

	olga, err := match.Ask(ctx, client.FindUsers, []match.Query{match.Equal("userPrincipalName", "olga@contoso.example")})
	if err != nil || len(olga[0].Users) == 0 {
		return fmt.Errorf("nobody can review: %+v, %w", olga, err)
	}
	reviewer := governance.UserReviewer(olga[0].Users[0].ID)
	wanted := governance.Review{
		DisplayName: "CORPDB1, fourth quarter", ServicePrincipalID: app.ServicePrincipalID, ApplicationName: app.DisplayName,
		AutoApply: true, Stages: []governance.ReviewStage{{Reviewers: []governance.QueryScope{reviewer}, Days: 14}},
	}
	report, err := reviews.Preflight(ctx, governance.PreflightRequest{Application: corpdb1, Stages: wanted.Stages})
	if err != nil || report.Stops() {
		return fmt.Errorf("not ready for a review: %+v, %w", report, err)
	}
	review, _, err := reviews.CreateReview(ctx, wanted) // or finds it, when this runs again
	if err != nil {
		return err
	}
	if err := decide(ctx, review.ID); err != nil {
		return err
	}
	if _, err := reviews.WaitReview(ctx, review, &governance.WaitReviewOptions{Interval: time.Second}); err != nil {
		return err
	}
	if err := look(ctx, reviews, journal, nil); err != nil {
		return err
	}
	return closeAccounts(ctx, journal, out)
}

// look adds to the journal who has access now and whose accounts these are; without
// users the list of accounts was not read.
func look(ctx context.Context, reviews *governance.Client, journal *fulfill.Journal, users *match.Report) error {
	seen, err := reviews.Look(ctx, journal.State(), &governance.LookOptions{Report: users,
		List: &fulfill.ListOptions{Column: "Login"}})
	if err != nil {
		return err // and nothing is recorded: half an answer would close accounts
	}
	news, err := journal.State().Compare(seen, nil)
	if err != nil {
		return err // such as more accounts than the limits allow
	}
	return journal.Record(news)
}

// closeAccounts opens a ticket for each account whose person lost access, and
// compares with a new export of the application.
func closeAccounts(ctx context.Context, journal *fulfill.Journal, out io.Writer) error {
	due, err := journal.State().Due(nil)
	if err != nil {
		return err
	}
	delivery, err := journal.Deliver(ctx, printed{out}, due)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d ticket opened\n", delivery.Opened)
	closure, err := journal.State().Prove(export(after), nil)
	if err != nil {
		return err
	}
	if err := journal.Proven(closure); err != nil {
		return err
	}
	return closure.WriteText(out)
}

// printed is a ticket system that works on paper; fulfill.NewWebhook makes one
// that posts to an address.
type printed struct{ out io.Writer }

func (p printed) Open(_ context.Context, ticket fulfill.Ticket) error {
	_, err := fmt.Fprintln(p.out, ticket.Summary)
	return err
}

// export reads the application's export.
func export(csv string) iter.Seq2[roster.Row, error] {
	reader, err := roster.NewReader(strings.NewReader(csv), &roster.Options{Name: "export.csv"})
	if err != nil {
		log.Fatal(err)
	}
	return reader.Rows()
}
