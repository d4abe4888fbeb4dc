package fulfill_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/fulfill"
	"github.com/rollcall-go/rollcall/roster"
)

// A person is a row with the user that it belongs to. With package match this
// is a match.Outcome.
type person struct {
	row    roster.Row
	userID string
}

func (p person) Principal() (id, name string)  { return p.userID, p.row.Get("Email") }
func (p person) MayBe() []string               { return nil }
func (p person) Account() (roster.Row, string) { return p.row, p.row.Get("Email") }
func (p person) Enabled() bool                 { return true }
func (p person) Unread() int                   { return 0 }

// people are the rows of a list. With package match this is a *match.Report.
type people []person

func (all people) All() iter.Seq[person]        { return slices.Values(all) }
func (all people) Unresolved() iter.Seq[person] { return slices.Values[people](nil) }
func (all people) Complete() bool               { return true }

// read stands for package match: it knows who everybody is.
func read(csv string) people {
	reader, err := roster.NewReader(strings.NewReader(csv), &roster.Options{Name: "users.csv"})
	if err != nil {
		panic(err)
	}
	var all people
	for row, err := range reader.Rows() {
		if err != nil {
			panic(err)
		}
		all = append(all, person{row, "id-of-" + row.Get("Email")})
	}
	return all
}

var exampleApp = assign.App{ResourceID: "sp-1", DisplayName: "CORPDB1", Roles: []assign.AppRole{
	{ID: "r-1", DisplayName: "General", AllowedMemberTypes: []string{"User"}, IsEnabled: true},
	{ID: "r-2", DisplayName: "Auditor", AllowedMemberTypes: []string{"User"}, IsEnabled: true},
}}

// After a review: whose accounts must be closed in the application, a ticket for each,
// and the proof by a new export.
func ExampleJournal() {
	folder, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(folder)
	journal, err := fulfill.OpenJournal(filepath.Join(folder, "CORPDB1.journal"), exampleApp, nil)
	if err != nil {
		panic(err)
	}
	defer journal.Close()

	// In January the application's list is read, and who holds what in the directory.
	list, err := fulfill.NewList(read("Login,Email\nADA1,ada@example.com\nBOB1,bob@example.com\n"),
		&fulfill.ListOptions{Column: "Login"})
	if err != nil {
		panic(err)
	}
	granted := func(id, email string) assign.Assignment {
		return assign.Assignment{ID: id, PrincipalID: "id-of-" + email, PrincipalType: "User", ResourceID: "sp-1", AppRoleID: "r-1"}
	}
	ada, bob := granted("a-1", "ada@example.com"), granted("a-2", "bob@example.com")
	everybody := map[string]fulfill.UserStatus{ada.PrincipalID: fulfill.UserIsEnabled, bob.PrincipalID: fulfill.UserIsEnabled}
	january := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	record(journal, fulfill.Look{Time: january, Roles: exampleApp.Roles, Users: everybody, List: list,
		Access: fulfill.Access{Complete: true, ResourceID: "sp-1", Assignments: []assign.Assignment{ada, bob}}})

	// In April a review has taken Ada's role away. With entra, governance.Client.Look reads all this.
	review := fulfill.Review{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: []fulfill.Decision{
		{PrincipalID: ada.PrincipalID, Decision: "Deny", ReviewedBy: "Grace Hopper", Reviewed: january.AddDate(0, 3, 0)}}}
	record(journal, fulfill.Look{Time: january.AddDate(0, 3, 1), Roles: exampleApp.Roles, Users: everybody, Reviews: []fulfill.Review{review},
		Access: fulfill.Access{Complete: true, ResourceID: "sp-1", Assignments: []assign.Assignment{bob}}})
	journal.State().Revocations().WriteText(os.Stdout)

	for range 2 { // the second time there is nothing left to open
		due, err := journal.State().Due(nil)
		if err != nil {
			panic(err)
		}
		delivery, err := journal.Deliver(context.Background(), printed{}, due)
		fmt.Println(delivery.Opened, delivery.Before, err)
	}

	closure, err := journal.State().Prove(slicesOf(read("Login,Email\nBOB1,bob@example.com\n")), nil)
	if err != nil {
		panic(err)
	}
	closure.WriteText(os.Stdout)
	if err := journal.Proven(closure); err != nil {
		panic(err)
	}
	// Output:
	// Access to CORPDB1 on 16 April 2026: 1 account to look at
	//
	//        1  accounts to close in the application
	//
	// To close
	//   Account  Person           Because
	//   ADA1     ada@example.com  General: denied by Grace Hopper on 15 April 2026
	// CORPDB1: close the account ADA1 of ada@example.com (General: denied by Grace Hopper on 15 April 2026)
	// 1 0 <nil>
	// 0 1 <nil>
	// CORPDB1: 1 of 1 account done, says the new export of 1 row
}

// record shows what a look brings before it is written down.
func record(journal *fulfill.Journal, look fulfill.Look) {
	news, err := journal.State().Compare(look, nil)
	if err != nil {
		panic(err) // and nothing is written: half an answer would close accounts
	}
	if err := journal.Record(news); err != nil {
		panic(err)
	}
}

func slicesOf(all people) iter.Seq2[roster.Row, error] {
	return func(yield func(roster.Row, error) bool) {
		for _, p := range all {
			if !yield(p.row, nil) {
				return
			}
		}
	}
}

// printed is a Ticketer for a desk that works on paper.
type printed struct{}

func (printed) Open(_ context.Context, ticket fulfill.Ticket) error {
	fmt.Println(ticket.Summary)
	return nil
}
