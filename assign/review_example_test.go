package assign_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rollcall-go/rollcall/assign"
)

// After a review: whose accounts must be closed in the application, and a ticket
// for each.
func ExampleNewRevocations() {
	granted := assign.Assignment{ID: "a-1", PrincipalID: "id-of-ada@example.com", PrincipalType: "User", ResourceID: "sp-1", AppRoleID: "r-1"}
	before := assign.Access{Complete: true, ResourceID: "sp-1", Assignments: []assign.Assignment{granted}}
	taken := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	snapshot, err := assign.NewSnapshot(exampleApp, slices.Values(people("Login,Email\nADA1,ada@example.com\n")), before, taken,
		&assign.SnapshotOptions{Column: "Login"})
	if err != nil {
		panic(err)
	}
	// Months later; in between the snapshot was a file (Encode, DecodeSnapshot).
	list, err := assign.NewRevocations(snapshot, assign.Present{
		Access: assign.Access{Complete: true, ResourceID: "sp-1"}, // the assignment is gone
		Users:  map[string]assign.UserStatus{"id-of-ada@example.com": assign.UserIsEnabled},
		Reviews: []assign.Review{{Complete: true, Applied: true, Name: "CORPDB1 2026", Decisions: []assign.Decision{{PrincipalID: "id-of-ada@example.com",
			Decision: "Deny", ReviewedBy: "Grace Hopper", Reviewed: taken.AddDate(0, 3, 0)}}}},
	})
	if err != nil {
		panic(err)
	}
	list.WriteText(os.Stdout)

	folder, _ := os.MkdirTemp("", "example")
	defer os.RemoveAll(folder)
	for range 2 { // the second time there is nothing left to open
		delivery, err := assign.Deliver(context.Background(), printed{}, list, filepath.Join(folder, "tickets.json"))
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

func (printed) Open(_ context.Context, ticket assign.Ticket) error {
	fmt.Println(ticket.Summary)
	return nil
}
