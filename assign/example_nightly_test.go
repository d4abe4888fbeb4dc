package assign_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
)

// nightly brings the assignments in line, as a job does that nobody watches. Its
// limits are what a usual night needs. More than that is an error, and nothing is
// written. With package match, the accounts are a *match.Report, and store is an
// entra.Client.
func nightly(ctx context.Context, store assigntest.Store, accounts report) (*assign.Report, error) {
	rule, err := assign.OneRole(exampleApp.Roles, "General")
	if err != nil {
		return nil, err
	}
	wants, failed := assign.Wants(accounts.All(), rule)
	current, err := store.Assignments(ctx, exampleApp.ResourceID)
	if err != nil {
		return nil, err
	}
	plan, err := assign.NewPlan(exampleApp, wants, current, &assign.Policy{
		MaxAdditions: 20,
		Remove:       assign.RemoveUnlisted,
		MaxRemovals:  2,
		Roll:         assign.NewRoll(accounts, failed),
		Protected:    []string{"id-of-break-glass@example.com"},
	})
	if err != nil {
		return nil, err
	}
	done, err := assign.Apply(ctx, store, plan, nil)
	if err != nil {
		return done, err // the next night makes the rest
	}
	_, err = assign.Verify(ctx, store, done.Done(), &assign.VerifyOptions{Agree: 1})
	return done, err
}

// A nightly job with a guard: a list that has lost most of its rows removes nobody.
func ExamplePolicy_nightlyJob() {
	ctx, store := context.Background(), assigntest.NewMemory(exampleApp)
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("user%d@example.com", i+1))
	}
	nights := map[string][]string{"Monday": names, "Tuesday": names[:19], "Wednesday": names[:3]}
	for _, night := range []string{"Monday", "Tuesday", "Wednesday"} {
		list := "Email\n" + strings.Join(nights[night], "\n") + "\n"
		done, err := nightly(ctx, store, report{people(list)})
		var limit *assign.LimitError
		switch {
		case errors.As(err, &limit):
			fmt.Printf("%s: refused, %d of %d would go; somebody must look at the list\n",
				night, len(limit.Changes), limit.Current)
		case errors.Is(err, assign.ErrUnfinished):
			fmt.Printf("%s: refused, the list is not whole: %v\n", night, err)
		case err != nil:
			fmt.Printf("%s: %v\n", night, err)
		default:
			fmt.Printf("%s: %d made\n", night, done.Count(assign.Done))
		}
	}
	// Output:
	// Monday: 20 made
	// Tuesday: 1 made
	// Wednesday: refused, 16 of 19 would go; somebody must look at the list
}
