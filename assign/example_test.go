package assign_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/assign/assigntest"
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

// A report stands for match.Report, which knows whether the roster was read to
// its end and whose rows are not resolved.
type report struct{ people []person }

func (r report) All() iter.Seq[person]        { return slices.Values(r.people) }
func (r report) Unresolved() iter.Seq[person] { return slices.Values([]person(nil)) }
func (r report) Complete() bool               { return true }

var exampleApp = assign.App{ResourceID: "sp-1", DisplayName: "CORPDB1", Roles: []assign.AppRole{
	{ID: "r-1", DisplayName: "General", AllowedMemberTypes: []string{"User"}, IsEnabled: true},
	{ID: "r-2", DisplayName: "Auditor", AllowedMemberTypes: []string{"User"}, IsEnabled: true},
}}

// From a roster to assignments that were made and seen.
func Example() {
	ctx := context.Background()
	client := assigntest.NewMemory(exampleApp) // in production an entra.Client
	found := people("Email,Role\nada@example.com,General\nbob@example.com,Auditor\n")

	wants, failed := assign.Wants(slices.Values(found), assign.RoleColumn("Role", exampleApp.Roles, nil))
	for _, row := range failed {
		fmt.Println(row)
	}
	current, err := client.Assignments(ctx, exampleApp.ResourceID)
	if err != nil {
		panic(err)
	}
	plan, err := assign.NewPlan(exampleApp, wants, current, nil)
	if err != nil {
		panic(err)
	}
	plan.WriteText(os.Stdout)
	done, err := assign.Apply(ctx, client, plan, nil)
	if err != nil {
		panic(err)
	}
	done.WriteText(os.Stdout)
	_, err = assign.Verify(ctx, client, done.Done(), &assign.VerifyOptions{Agree: 1})
	fmt.Println("verified:", err == nil)
	// Output:
	// Plan for CORPDB1: 2 assignments to add, 0 to remove
	//
	//        2  to add
	//
	// To add
	//   User             Role     Because
	//   ada@example.com  General  row 2 of users.csv (ada@example.com) has the role
	//                             General
	//   bob@example.com  Auditor  row 3 of users.csv (bob@example.com) has the role
	//                             Auditor
	// CORPDB1: 2 of 2 changes made
	// verified: true
}

// Who is no longer in the roster loses the role, once it is certain that the
// roster is whole, and not too many at a time.
func ExamplePolicy() {
	found := people("Email\nada@example.com\nbob@example.com\ncy@example.com\n")
	rule, _ := assign.OneRole(exampleApp.Roles, "General")
	wants, failed := assign.Wants(slices.Values(found), rule)

	var current []assign.Assignment
	for _, who := range []string{"ada", "bob", "cy", "dee", "eve"} {
		current = append(current, assign.Assignment{ID: "a-" + who, PrincipalID: "id-of-" + who + "@example.com", PrincipalType: "User",
			PrincipalDisplayName: who, ResourceID: exampleApp.ResourceID, AppRoleID: "r-1"})
	}
	policy := &assign.Policy{Remove: assign.RemoveUnlisted}
	_, err := assign.NewPlan(exampleApp, wants, current[:4], policy)
	fmt.Println(errors.Is(err, assign.ErrUnfinished))

	policy.Roll = assign.NewRoll(report{found}, failed)
	plan, err := assign.NewPlan(exampleApp, wants, current[:4], policy)
	fmt.Println(plan.Changes[0].PrincipalName, plan.Changes[0].Reason, err)

	_, err = assign.NewPlan(exampleApp, wants, current, policy)
	var limit *assign.LimitError
	fmt.Println(errors.As(err, &limit), len(limit.Changes), "of", limit.Current)
	// Output:
	// true
	// dee no row of users.csv names this user <nil>
	// true 2 of 5
}

// A role that doesn't exist is refused before anything else happens.
func ExampleOneRole() {
	_, err := assign.OneRole(exampleApp.Roles, "Generl")
	fmt.Println(err)
	// Output:
	// role "Generl": the application has no such role; users can be given: Auditor, General
}

// A store of one's own that makes one change at a time is a function.
func ExampleWriterFunc() {
	members := map[string]bool{"cy": true}
	writer := assign.WriterFunc(func(_ context.Context, _ string, change assign.Change) error {
		members[change.PrincipalID] = change.Action == assign.Add
		return nil
	})
	plan := assign.Plan{Changes: []assign.Change{
		{Action: assign.Add, PrincipalID: "ada"}, {Action: assign.Remove, PrincipalID: "cy"}}}
	report, err := assign.Apply(context.Background(), writer, plan, nil)
	fmt.Println(members, report.Count(assign.Done), err)
	// Output:
	// map[ada:true cy:false] 2 <nil>
}
