package entra_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/rollcall-go/rollcall/assign"
	"github.com/rollcall-go/rollcall/entra"
	"github.com/rollcall-go/rollcall/entra/graph"
	"github.com/rollcall-go/rollcall/graphfake"
	"github.com/rollcall-go/rollcall/match"
	"github.com/rollcall-go/rollcall/roster"
)

// From a list to assignments: the client is match's directory, and assign's reader
// and writer.
func Example() {
	ctx := context.Background()
	tenant := graphfake.New(nil) // stands in for Microsoft Graph
	tenant.AddUser(graphfake.User{UserPrincipalName: "ada@contoso.example", DisplayName: "Ada"})
	client, err := entra.Connect(graph.StaticToken("any"), &graph.ConnectOptions{Transport: tenant.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := roster.NewReader(strings.NewReader("EMail\nada@contoso.example\nbob@contoso.example\n"), nil)
	if err != nil {
		log.Fatal(err)
	}
	report, err := match.Run(ctx, client, accounts.Rows(), match.Column("EMail", "userPrincipalName"), nil)
	if err != nil {
		log.Fatal(err)
	}
	app, err := client.Register(ctx, entra.Registration{
		Application: entra.ApplicationRef{DisplayName: "CORPDB1"}, Roles: []string{"General"}})
	if err != nil {
		log.Fatal(err)
	}
	rule, err := assign.OneRole(app.AppRoles, "General")
	if err != nil {
		log.Fatal(err)
	}
	wants, failed := assign.Wants(report.Found(nil), rule)
	current, err := client.Assignments(ctx, app.ServicePrincipalID)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := assign.NewPlan(app.App(), wants, current, nil)
	if err != nil {
		log.Fatal(err)
	}
	done, err := assign.Apply(ctx, client, plan, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Count(match.Matched), "matched,", report.Count(match.NotFound), "not found,",
		done.Count(assign.Done), "assigned,", len(failed), "without a role")
	// Output:
	// 1 matched, 1 not found, 1 assigned, 0 without a role
}
