package fulfill_test

import (
	"context"
	"fmt"
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

// people stands for package match: it knows who everybody is.
func people(csv string) []person {
	reader, err := roster.NewReader(strings.NewReader(csv), &roster.Options{Name: "users.csv"})
	if err != nil {
		panic(err)
	}
	var all []person
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

// After a review: whose accounts must be closed in the application, and a ticket
// for each.
func ExampleNewRevocations() {
	granted := assign.Assignment{ID: "a-1", PrincipalID: "id-of-ada@example.com", PrincipalType: "User", ResourceID: "sp-1", AppRoleID: "r-1"}
	before := fulfill.Access{Complete: true, ResourceID: "sp-1", Assignments: []assign.Assignment{granted}}
	taken := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	snapshot, err := fulfill.NewSnapshot(exampleApp, slices.Values(people("Login,Email\nADA1,ada@example.com\n")), before, taken,
		&fulfill.SnapshotOptions{Column: "Login"})
	if err != nil {
		panic(err)
	}
	// Months later; in between the snapshot was a file (Encode, DecodeSnapshot).
	list, err := fulfill.NewRevocations(snapshot, fulfill.Present{
		Access: fulfill.Access{Complete: true, ResourceID: "sp-1"}, // the assignment is gone
		Users:  map[string]fulfill.UserStatus{"id-of-ada@example.com": fulfill.UserIsEnabled},
		Reviews: []fulfill.Review{{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: []fulfill.Decision{{PrincipalID: "id-of-ada@example.com",
			Decision: "Deny", ReviewedBy: "Grace Hopper", Reviewed: taken.AddDate(0, 3, 0)}}}},
	}, nil)
	if err != nil {
		panic(err)
	}
	list.WriteText(os.Stdout)

	folder, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(folder)
	for range 2 { // the second time there is nothing left to open
		delivery, err := fulfill.Deliver(context.Background(), printed{}, list, filepath.Join(folder, "tickets.json"), nil)
		fmt.Println(delivery.Opened, delivery.Before, err)
	}
	// Output:
	// Access to CORPDB1 lost since 15 January 2026: 1 account
	//
	//        1  accounts to close in the application
	//
	// To close
	//   Account  Person           Because
	//   ADA1     ada@example.com  General: denied by Grace Hopper on 15 April 2026
	// CORPDB1: close the account ADA1 of ada@example.com (General: denied by Grace Hopper on 15 April 2026)
	// 1 0 <nil>
	// 0 1 <nil>
}

// printed is a Ticketer for a desk that works on paper.
type printed struct{}

func (printed) Open(_ context.Context, ticket fulfill.Ticket) error {
	fmt.Println(ticket.Summary)
	return nil
}
